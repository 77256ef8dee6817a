/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet's header with the tags of a VLAN: read from text and frames, and made. */
#include <tcpcraft/vlan.h>

#include "link_type.h"

#include "base/addr.h"

#include <tcpcraft/error.h>
#include <tcpcraft/packet.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_MASK 0xfffu
#define ID_MOST 4094		/* 4095 is reserved: IEEE 802.1Q 9.6 */
#define PRIORITY_MOST 7

/* ---- text ------------------------------------------------------------------------- */

/* Digits alone, up to `most`; *text behind them. */
static bool take_number(const char **text, unsigned most, unsigned *out)
{
	const char *at = *text;

	*out = 0;
	while (*at >= '0' && *at <= '9' && *out <= most)
		*out = *out * 10 + (unsigned)(*at++ - '0');
	if (at == *text || *out > most)
		return false;
	*text = at;
	return true;
}

int tc_vlan_parse(struct tc_vlan *out, const char *text, struct tc_error *err)
{
	struct tc_vlan v = { 0 };
	const char *at = text;
	unsigned n;

	do {
		if (v.n == TC_VLAN_TAGS)
			return tc_fail(err, -EINVAL, "'%s': a frame has two tags here at most, "
				       "as in 100.10", text);
		if (!take_number(&at, ID_MOST, &n) || n == 0)
			return tc_fail(err, -EINVAL, "'%s': the ID of a VLAN is 1 to %d, as in "
				       "10, 100.10 or 10:5", text, ID_MOST);
		v.id[v.n++] = (uint16_t)n;
	} while (*at == '.' && at++);
	if (*at == ':') {
		at++;
		if (!take_number(&at, PRIORITY_MOST, &n) || *at)
			return tc_fail(err, -EINVAL, "'%s': a priority is 0 to %d, as in 10:5",
				       text, PRIORITY_MOST);
		v.priority = (uint8_t)n;
	}
	if (*at)
		return tc_fail(err, -EINVAL, "'%s': a VLAN is ID[.ID][:PRIO], as in 10, 100.10 "
			       "or 10:5", text);
	*out = v;
	return 0;
}

void tc_vlan_text(const struct tc_vlan *v, char text[TC_VLAN_TEXT])
{
	size_t n = 0;

	*text = '\0';
	for (unsigned i = 0; i < v->n; i++, n = strlen(text))
		snprintf(text + n, TC_VLAN_TEXT - n, "%svlan %u", n ? ", " : "", v->id[i]);
}

/* ---- frames ----------------------------------------------------------------------- */

/* The IDs of the frame's tags; how many there are, which may be more than `most`. */
static unsigned read_tags(const uint8_t *frame, size_t n, int dlt, uint16_t *ids, unsigned most)
{
	uint16_t type;
	int rc = tc_link_read(frame, n, dlt, &type, NULL);
	unsigned count = 0;

	if (rc < 0)
		return 0;
	for (size_t at = (size_t)rc; tc_is_tag(type) && n - at >= VLAN_BYTES; at += VLAN_BYTES) {
		uint16_t id = tc_get16(frame + at) & ID_MASK;

		type = tc_get16(PLACE(frame + at, VLAN_ETYPE));
		if (id == 0)
			continue;
		if (count < most)
			ids[count] = id;
		count++;
	}
	return count;
}

void tc_vlan_around(const uint8_t *frame, size_t n, int dlt, char text[TC_VLAN_TEXT])
{
	struct tc_vlan v = { 0 };
	unsigned tags = read_tags(frame, n, dlt, v.id, TC_VLAN_TAGS);

	v.n = (uint8_t)(tags < TC_VLAN_TAGS ? tags : TC_VLAN_TAGS);
	tc_vlan_text(&v, text);
}

bool tc_vlan_has(const struct tc_vlan *v, const uint8_t *frame, size_t n, int dlt)
{
	uint16_t ids[TC_VLAN_TAGS] = { 0 };

	if (read_tags(frame, n, dlt, ids, TC_VLAN_TAGS) != v->n)
		return false;
	for (unsigned i = 0; i < v->n; i++)
		if (ids[i] != v->id[i])
			return false;
	return true;
}

/* The type that announces a tag: the outer of two is the provider's (IEEE 802.1Q 9.5). */
static int push_tag(struct tc_packet *p, const struct tc_vlan *v, unsigned i, struct tc_error *err)
{
	int tag = tc_packet_push(p, tc_header_get(TC_HDR_VLAN), err), rc = tag;

	if (rc >= 0 && i == 0 && v->n > 1)
		rc = tc_packet_set(p, tag - 1, TC_ETH_TYPE, TC_ETHERTYPE_SERVICE_TAG, err);
	if (rc >= 0)
		rc = tc_packet_set(p, tag, TC_VLAN_PRIORITY, v->priority, err);
	return rc < 0 ? rc : tc_packet_set(p, tag, TC_VLAN_ID, v->id[i], err);
}

int tc_vlan_push(struct tc_packet *p, const uint8_t to[6], const uint8_t from[6],
		 const struct tc_vlan *v, struct tc_error *err)
{
	int eth = tc_packet_push(p, tc_header_get(TC_HDR_ETH), err);
	int rc = eth < 0 ? eth : tc_packet_set(p, eth, TC_ETH_DST, tc_mac_number(to), err);

	if (rc >= 0)
		rc = tc_packet_set(p, eth, TC_ETH_SRC, tc_mac_number(from), err);
	for (unsigned i = 0; i < v->n && rc >= 0; i++)
		rc = push_tag(p, v, i, err);
	return rc < 0 ? rc : 0;
}

size_t tc_vlan_head(const struct tc_vlan *v)
{
	return ETH_BYTES + (size_t)v->n * VLAN_BYTES;
}
