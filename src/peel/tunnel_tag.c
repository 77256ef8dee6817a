/* SPDX-License-Identifier: BSD-2-Clause */
/* Tags and short headers behind Ethernet's, each of its own ethertype; see tunnel.h. */
#include "own.h"

#define METADATA_BYTES 8
#define METADATA_GROUP 1		/* its option: the sender's security group */
#define ETAG_BYTES 8
#define VNTAG_BYTES 6
#define PBB_BYTES 4
#define FABRICPATH_BYTES 2
#define NSH_BYTES 8

static bool pass_vlan(struct tc_walk *w)
{
	const uint8_t *tag = w->frame + w->off;

	if (!tc_walk_has(w, VLAN_BYTES))
		return false;
	tc_walk_name(w, "vlan", tc_get16(tag) & 0xfff);
	tc_walk_mark(w, 0, w->type == TC_ETHERTYPE_SERVICE_TAG ? (unsigned)PEEL_SERVICE_TAG :
		     TC_HDR_VLAN, VLAN_BYTES);
	return tc_walk_step(w, VLAN_BYTES, tc_get16(PLACE(tag, VLAN_ETYPE)));
}

/* Cisco's, before what an Ethernet frame carries: the group of who sent it, where it is of this
 * version, of eight bytes, and has that one option. */
static bool pass_metadata(struct tc_walk *w)
{
	const uint8_t *head = w->frame + w->off;

	if (!tc_walk_has(w, METADATA_BYTES))
		return false;
	if (head[0] != 1 || head[1] != 1 || tc_get16(head + 2) != METADATA_GROUP)
		return tc_walk_strange(w);
	tc_walk_name(w, "sgt", tc_get16(head + 4));
	tc_walk_mark(w, 0, PEEL_METADATA, METADATA_BYTES);
	w->t->inside = true;
	return tc_walk_step(w, METADATA_BYTES, tc_get16(head + METADATA_BYTES - 2));
}

/* A port extender's, where the frame goes (IEEE 802.1BR 7); and Cisco's of the same use, the other
 * end's virtual interface. Both have the number behind two bytes, and their ethertype at the end. */
static bool pass_port(struct tc_walk *w)
{
	const bool etag = w->type == TC_ETHERTYPE_ETAG;
	const size_t bytes = etag ? ETAG_BYTES : VNTAG_BYTES;
	const uint8_t *tag = w->frame + w->off;

	if (!tc_walk_has(w, bytes))
		return false;
	tc_walk_name(w, etag ? "etag" : "vntag", tc_get16(tag + 2) & 0xfff);
	tc_walk_mark(w, 0, etag ? PEEL_ETAG : PEEL_VNTAG, bytes);
	w->t->inside = true;
	return tc_walk_step(w, bytes, tc_get16(tag + bytes - 2));
}

/* A provider's backbone: the service, and the customer's whole frame (IEEE 802.1Q 9.7). */
static bool pass_pbb(struct tc_walk *w)
{
	if (!tc_walk_has(w, PBB_BYTES))
		return false;
	tc_walk_name(w, "pbb", tc_get32(w->frame + w->off) & 0xffffff);
	tc_walk_mark(w, 0, PEEL_PBB, PBB_BYTES);
	return tc_walk_enter(w, PBB_BYTES, ETHERTYPE_ETHERNET);
}

/* Cisco's: a tree and the hops that are left, and a whole frame. */
static bool pass_fabricpath(struct tc_walk *w)
{
	if (!tc_walk_has(w, FABRICPATH_BYTES))
		return false;
	tc_walk_name(w, "fabricpath", tc_get16(w->frame + w->off) >> 6);
	tc_walk_mark(w, 0, PEEL_FABRICPATH, FABRICPATH_BYTES);
	return tc_walk_enter(w, FABRICPATH_BYTES, ETHERTYPE_ETHERNET);
}

/* RFC 8300 2: a path of services. Its length is in words, its protocols have numbers of its own. */
static bool pass_nsh(struct tc_walk *w)
{
	static const uint16_t types[] = {
		[1] = IP_ETHERTYPE, [2] = IPV6_ETHERTYPE, [3] = ETHERTYPE_ETHERNET,
		[5] = TC_ETHERTYPE_MPLS,
	};
	const uint8_t *head = w->frame + w->off;
	size_t bytes, next;

	if (!tc_walk_has(w, NSH_BYTES))
		return false;
	bytes = (head[1] & 0x3fu) * 4;
	next = head[3];
	if (head[0] >> 6 || bytes < NSH_BYTES)
		return tc_walk_strange(w);
	if (!tc_walk_has(w, bytes))
		return false;
	tc_walk_name(w, "nsh", tc_get32(head + 4) >> 8);
	tc_walk_mark(w, 0, PEEL_NSH, bytes);
	return tc_walk_enter(w, bytes, next < sizeof types / sizeof *types ? types[next] : 0);
}

bool tc_walk_tag(struct tc_walk *w)
{
	static const struct {
		uint16_t type;
		bool (*pass)(struct tc_walk *w);
	} rows[] = {
		{ VLAN_ETHERTYPE, pass_vlan }, { TC_ETHERTYPE_SERVICE_TAG, pass_vlan },
		{ TC_ETHERTYPE_OLD_TAG, pass_vlan }, { TC_ETHERTYPE_METADATA, pass_metadata },
		{ TC_ETHERTYPE_ETAG, pass_port }, { TC_ETHERTYPE_VNTAG, pass_port },
		{ TC_ETHERTYPE_PBB, pass_pbb }, { TC_ETHERTYPE_FABRICPATH, pass_fabricpath },
		{ TC_ETHERTYPE_NSH, pass_nsh },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].type == w->type)
			return rows[i].pass(w);
	return false;
}
