/* SPDX-License-Identifier: BSD-2-Clause */
/* Steps that tunnels of several kinds have; see own.h. */
#include "own.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WLAN_DATA 8		/* version 0, data */
#define WLAN_FRAGMENT 22	/* where its number is */
#define WLAN_MOST 36
#define LLC_BYTES 8

void tc_walk_name(struct tc_walk *w, const char *what, int64_t number)
{
	char *text = w->t->text;
	size_t n = strlen(text);

	if (number < 0)
		snprintf(text + n, TC_TUNNEL_TEXT - n, "%s%s", n ? ", " : "", what);
	else
		snprintf(text + n, TC_TUNNEL_TEXT - n, "%s%s %" PRId64, n ? ", " : "", what, number);
}

static bool pass_ethernet(struct tc_walk *w)
{
	if (!tc_walk_has(w, ETH_BYTES))
		return false;
	tc_walk_mark(w, 0, TC_HDR_ETH, ETH_BYTES);
	return tc_walk_step(w, ETH_BYTES, tc_get16(PLACE(w->frame + w->off, ETH_TYPE)));
}

bool tc_walk_enter(struct tc_walk *w, size_t bytes, uint16_t type)
{
	w->t->inside = true;
	w->off += bytes;
	w->type = type;
	if (type == ETHERTYPE_ETHERNET)
		return pass_ethernet(w);
	return type == IP_ETHERTYPE || type == IPV6_ETHERTYPE || type == TC_ETHERTYPE_MPLS ||
	       type == TC_ETHERTYPE_MPLS_UP || type == VLAN_ETHERTYPE || tc_walk_strange(w);
}

/* The byte that says what it is comes first (IEEE 802.11 9.2.4.1); some access points swap it with
 * the one behind it in what they send through tunnels, and some of them a fragment's number with a
 * sequence's (9.2.4.4), which is no number then. A header in front of LLC has 36 bytes at most. */
bool tc_walk_enter_wlan(struct tc_walk *w, size_t bytes)
{
	uint8_t head[WLAN_MOST + LLC_BYTES], first;
	size_t n = w->n - w->off - bytes;
	uint16_t type;
	int rc;

	n = n < sizeof head ? n : sizeof head;
	memcpy(head, w->frame + w->off + bytes, n);
	if (n >= 2 && (head[0] & 15) != WLAN_DATA && (head[1] & 15) == WLAN_DATA) {
		first = head[0];
		head[0] = head[1];
		head[1] = first;
		if (n > WLAN_FRAGMENT)
			head[WLAN_FRAGMENT] = 0;
	}
	rc = tc_link_read(head, n, TC_DLT_WLAN, &type, NULL);
	if (rc < 0 || (rc > 0 && type == TC_TYPE_NONE && n < (size_t)rc + LLC_BYTES)) {
		w->t->lost = TC_TUNNEL_CUT;
		return false;
	}
	if (rc == 0) {
		w->t->unread = type;
		return tc_walk_strange(w);
	}
	tc_walk_name(w, "802.11", -1);
	tc_walk_mark(w, bytes, PEEL_WLAN, (size_t)rc);
	return tc_walk_enter(w, bytes + (size_t)rc, type);
}
