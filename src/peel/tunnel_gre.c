/* SPDX-License-Identifier: BSD-2-Clause */
/* GRE and what it carries that has a header of its own; see tunnel.h. */
#include "own.h"

#define GRE_CHECKSUM 0x8000u
#define GRE_ROUTING  0x4000u
#define GRE_KEY      0x2000u
#define GRE_SEQUENCE 0x1000u
#define GRE_ACK      0x0080u		/* of version 1 (RFC 2637 4.1) */
#define GRE_VERSION  0x0007u
#define TYPE_PPP     0x880b
#define TYPE_WCCP    0x883e
#define TYPE_ERSPAN  0x88be		/* of type I and II */
#define TYPE_ERSPAN3 0x22eb
#define ERSPAN_BYTES 8
#define ERSPAN3_BYTES 12
#define ERSPAN_PLATFORM_BYTES 8
#define WCCP_BYTES   4
#define IPV4_LEAST   0x45		/* version 4 and a header of 20 bytes … */
#define IPV4_MOST    0x4f		/* … to 60 (RFC 791 3.1) */

/* What a switch mirrors. Where there is no sequence number there is no header either: type I
 * (draft-foschiano-erspan 4). */
static bool pass_erspan(struct tc_walk *w, unsigned flags)
{
	const uint8_t *head = w->frame + w->off;

	if (!(flags & GRE_SEQUENCE)) {
		tc_walk_name(w, "erspan", -1);
		return tc_walk_enter(w, 0, ETHERTYPE_ETHERNET);
	}
	if (!tc_walk_has(w, ERSPAN_BYTES))
		return false;
	if (head[0] >> 4 != 1)
		return tc_walk_strange(w);
	tc_walk_name(w, "erspan", tc_get16(head + 2) & 0x3ff);
	tc_walk_mark(w, 0, PEEL_ERSPAN, ERSPAN_BYTES);
	return tc_walk_enter(w, ERSPAN_BYTES, ETHERTYPE_ETHERNET);
}

/* Type III says what it mirrors, and if a platform's own header follows (the same, 4.3). */
static bool pass_erspan3(struct tc_walk *w)
{
	const uint8_t *head = w->frame + w->off;
	size_t bytes = ERSPAN3_BYTES;
	unsigned what;

	if (!tc_walk_has(w, bytes))
		return false;
	if (head[0] >> 4 != 2)
		return tc_walk_strange(w);
	what = head[10] >> 2 & 0x1f;
	bytes += head[11] & 1 ? ERSPAN_PLATFORM_BYTES : 0;
	if (!tc_walk_has(w, bytes + 1))
		return false;
	tc_walk_name(w, "erspan", tc_get16(head + 2) & 0x3ff);
	tc_walk_mark(w, 0, PEEL_ERSPAN3, bytes);
	return tc_walk_enter(w, bytes, what == 0 ? ETHERTYPE_ETHERNET :
			     what == 2 ? tc_type_of_version(head[bytes]) : TC_TYPE_NONE);
}

/* A cache's router: IP, in version 2 behind a header that begins with two flags and zeros, as none
 * of IPv4 does. */
static bool pass_wccp(struct tc_walk *w)
{
	size_t bytes;

	if (!tc_walk_has(w, WCCP_BYTES + 1))
		return false;
	tc_walk_name(w, "wccp", -1);
	bytes = w->frame[w->off] >= IPV4_LEAST && w->frame[w->off] <= IPV4_MOST ? 0 : WCCP_BYTES;
	if (bytes)
		tc_walk_mark(w, 0, PEEL_WCCP, bytes);
	return tc_walk_enter(w, bytes, tc_type_of_version(w->frame[w->off + bytes]));
}

/* Version 1, PPTP's: a key always, and without a sequence number nothing but an acknowledgment
 * (RFC 2637 4.1). */
static bool pass_pptp(struct tc_walk *w, unsigned flags)
{
	size_t ppp = GRE_BYTES + 8 + (flags & GRE_ACK ? 4 : 0), bytes, at = 8;
	uint16_t type;
	int rc;

	if ((flags & (GRE_KEY | GRE_VERSION)) != (GRE_KEY | 1))
		return tc_walk_strange(w);
	if (!(flags & GRE_SEQUENCE) || !tc_walk_has(w, ppp + 1))
		return false;
	rc = tc_link_read(w->frame + w->off + ppp, w->n - w->off - ppp, TC_DLT_PPP, &type, NULL);
	if (rc < 0) {
		w->t->lost = TC_TUNNEL_CUT;
		return false;
	}
	bytes = (size_t)rc;
	tc_walk_name(w, "pptp", tc_get16(w->frame + w->off + 6));
	tc_walk_mark(w, 0, PEEL_GRE, GRE_BYTES);
	tc_walk_mark(w, GRE_BYTES, PEEL_PPTP_KEY, 4);
	tc_walk_mark(w, at, PEEL_GRE_SEQUENCE, 4);
	at += 4;
	if (flags & GRE_ACK) {
		tc_walk_mark(w, at, PEEL_PPTP_ACK, 4);
		at += 4;
	}
	if (bytes > 2) {	/* address and control, before the protocol */
		tc_walk_mark(w, at, PEEL_PPP_ADDRESS, 2);
		at += 2;
	}
	tc_walk_mark(w, at, ppp + bytes - at == 2 ? PEEL_PPP : PEEL_PPP_SHORT, ppp + bytes - at);
	return tc_walk_enter(w, ppp + bytes, type);
}

/* An access point's numbers for 802.11 frames, each of a queue of its own (Aruba). */
static bool is_wlan(unsigned type)
{
	return type >= 0x8200 && type <= 0x8370 && !(type & 15);
}

/* What flags add, in the order in which it stands, four bytes each. */
static const struct { unsigned flag, kind; } parts[] = {
	{ GRE_CHECKSUM, PEEL_GRE_SUM }, { GRE_KEY, PEEL_GRE_KEY },
	{ GRE_SEQUENCE, PEEL_GRE_SEQUENCE },
};

size_t tc_walk_gre_bytes(unsigned flags)
{
	size_t bytes = GRE_BYTES;

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		bytes += flags & parts[i].flag ? 4 : 0;
	return bytes;
}

bool tc_walk_gre(struct tc_walk *w)
{
	const uint8_t *head = w->frame + w->off;
	unsigned flags, type;

	if (!tc_walk_has(w, GRE_BYTES))
		return false;
	flags = tc_get16(head);
	type = tc_get16(head + 2);
	if (type == TYPE_PPP && flags & GRE_VERSION)
		return pass_pptp(w, flags);
	if (flags & (GRE_ROUTING | GRE_VERSION))
		return tc_walk_strange(w);
	if (!tc_walk_has(w, tc_walk_gre_bytes(flags)))
		return false;
	tc_walk_name(w, "gre", -1);
	tc_walk_mark(w, 0, PEEL_GRE, GRE_BYTES);
	for (size_t i = 0, at = GRE_BYTES; i < sizeof parts / sizeof *parts; i++)
		if (flags & parts[i].flag) {
			tc_walk_mark(w, at, parts[i].kind, 4);
			at += 4;
		}
	w->off += tc_walk_gre_bytes(flags);
	switch (type) {
	case TYPE_ERSPAN:
		return pass_erspan(w, flags);
	case TYPE_ERSPAN3:
		return pass_erspan3(w);
	case TYPE_WCCP:
		return pass_wccp(w);
	}
	return is_wlan(type) ? tc_walk_enter_wlan(w, 0) : tc_walk_enter(w, 0, (uint16_t)type);
}
