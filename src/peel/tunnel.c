/* SPDX-License-Identifier: BSD-2-Clause */
/* The layers around a datagram; see tunnel.h. */
#include "tunnel.h"
#include "headers.h"

#include "wire/link_type.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LAYERS_MOST 16
#define ETHERTYPE_ETHERNET 0x6558	/* transparent Ethernet bridging */
#define PPPOE_BYTES 6
#define METADATA_BYTES 8
#define METADATA_GROUP 1		/* its option: the sender's security group */
#define CONTROL_WORD_BYTES 4
#define PPP_IPV4 0x0021
#define PPP_IPV6 0x0057
#define PROTO_IPV4 4
#define PROTO_UDP 17
#define PROTO_IPV6 41
#define PROTO_GRE 47
#define UDP_BYTES 8
#define PORT_VXLAN 4789
#define PORT_VXLAN_LINUX 8472	/* what Linux took before there was a number of its own */
#define PORT_GENEVE 6081
#define PORT_GTP 2152
#define PORT_TEREDO 3544
#define VXLAN_BYTES 8
#define VXLAN_HAS_VNI 0x08
#define GENEVE_BYTES 8
#define GTP_BYTES 8
#define GTP_KIND 0xf0		/* of its first byte: version and protocol, … */
#define GTP_VERSION_1 0x30
#define GTP_EXTENDED 0x04	/* … E: extensions follow, … */
#define GTP_MORE 0x07		/* … E, S or PN: four bytes more do */
#define GTP_PACKET 255		/* its second: a user's packet */
#define TEREDO_SENDER 1
#define TEREDO_ORIGIN 0
#define TEREDO_SENDER_BYTES 13	/* and as many as its bytes 2 and 3 say */
#define TEREDO_ORIGIN_BYTES 8
#define GRE_CHECKSUM 0x8000u
#define GRE_ROUTING  0x4000u
#define GRE_KEY      0x2000u
#define GRE_SEQUENCE 0x1000u
#define GRE_VERSION  0x0007u
#define FRAGMENT     0x3fffu		/* more fragments, or an offset: ip.flags and offset */

/* Headers are passed from the outermost to the innermost; this is where we are. */
struct walk {
	const uint8_t *frame;
	size_t n, off;
	uint16_t type;			/* ethertype of what is at off */
	struct tc_tunnel *t;
};

static bool has(struct walk *w, size_t bytes)
{
	if (w->n - w->off >= bytes)
		return true;
	w->t->lost = TC_TUNNEL_CUT;
	return false;
}

static bool strange(struct walk *w)
{
	w->t->lost = TC_TUNNEL_STRANGE;
	return false;
}

static void name(struct walk *w, const char *what, int64_t number)
{
	char *text = w->t->text;
	size_t n = strlen(text);

	if (number < 0)
		snprintf(text + n, TC_TUNNEL_TEXT - n, "%s%s", n ? ", " : "", what);
	else
		snprintf(text + n, TC_TUNNEL_TEXT - n, "%s%s %" PRId64, n ? ", " : "", what, number);
}

/* Note a header of this kind, `behind` bytes after w->off. */
static void mark(struct walk *w, size_t behind, unsigned kind, size_t bytes)
{
	struct tc_tunnel *t = w->t;

	if (t->n_headers < TC_TUNNEL_HEADERS)
		t->header[t->n_headers++] = (struct tc_tunnel_header){
			.at = (uint32_t)(w->off + behind), .len = (uint32_t)bytes,
			.kind = kind };
}

/* Pass a header of so many bytes; `type` is what follows. */
static bool step(struct walk *w, size_t bytes, uint16_t type)
{
	w->off += bytes;
	w->type = type;
	return true;
}

static bool pass_vlan(struct walk *w)
{
	const uint8_t *tag = w->frame + w->off;

	if (!has(w, VLAN_BYTES))
		return false;
	name(w, "vlan", tc_get16(tag) & 0xfff);
	mark(w, 0, w->type == TC_ETHERTYPE_SERVICE_TAG ? (unsigned)PEEL_SERVICE_TAG : TC_HDR_VLAN,
	     VLAN_BYTES);
	return step(w, VLAN_BYTES, tc_get16(PLACE(tag, VLAN_ETYPE)));
}

static bool pass_ethernet(struct walk *w)
{
	if (!has(w, ETH_BYTES))
		return false;
	mark(w, 0, TC_HDR_ETH, ETH_BYTES);
	return step(w, ETH_BYTES, tc_get16(PLACE(w->frame + w->off, ETH_TYPE)));
}

static bool pass_pppoe(struct walk *w)
{
	const uint8_t *head = w->frame + w->off;
	unsigned proto, bytes = PPPOE_BYTES + 2;

	if (!has(w, bytes))
		return false;
	proto = tc_get16(head + PPPOE_BYTES);
	if (proto & 0x100) {		/* compressed to one byte: RFC 1661 6.5 */
		proto >>= 8;
		bytes--;
	}
	if (head[0] != 0x11 || head[1] || (proto != PPP_IPV4 && proto != PPP_IPV6))
		return strange(w);
	name(w, "pppoe", tc_get16(head + 2));
	mark(w, 0, PEEL_PPPOE, PPPOE_BYTES);
	mark(w, PPPOE_BYTES, bytes == PPPOE_BYTES + 2 ? PEEL_PPP : PEEL_PPP_SHORT,
	     bytes - PPPOE_BYTES);
	w->t->inside = true;
	return step(w, bytes, proto == PPP_IPV4 ? IP_ETHERTYPE : IPV6_ETHERTYPE);
}

/* Cisco's, before what an Ethernet frame carries: the group of who sent it, where it is of this
 * version, of eight bytes, and has that one option. */
static bool pass_metadata(struct walk *w)
{
	const uint8_t *head = w->frame + w->off;

	if (!has(w, METADATA_BYTES))
		return false;
	if (head[0] != 1 || head[1] != 1 || tc_get16(head + 2) != METADATA_GROUP)
		return strange(w);
	name(w, "sgt", tc_get16(head + 4));
	mark(w, 0, PEEL_METADATA, METADATA_BYTES);
	w->t->inside = true;
	return step(w, METADATA_BYTES, tc_get16(head + METADATA_BYTES - 2));
}

static bool enter(struct walk *w, size_t bytes, uint16_t type)
{
	w->t->inside = true;
	w->off += bytes;
	w->type = type;
	if (type == ETHERTYPE_ETHERNET)
		return pass_ethernet(w);
	return type == IP_ETHERTYPE || type == IPV6_ETHERTYPE || type == TC_ETHERTYPE_MPLS ||
	       type == TC_ETHERTYPE_MPLS_UP || type == VLAN_ETHERTYPE || strange(w);
}

/* Labels do not say what they carry; the first four bits behind them do (RFC 4928 2). */
static bool pass_mpls(struct walk *w)
{
	uint32_t label;

	do {
		if (!has(w, 5))
			return false;
		label = tc_get32(w->frame + w->off);
		name(w, "mpls", label >> 12);
		mark(w, 0, PEEL_MPLS, 4);
		w->off += 4;
	} while (!(label & 0x100));
	w->t->inside = true;
	switch (w->frame[w->off] >> 4) {
	case 4:
		return step(w, 0, IP_ETHERTYPE);
	case 6:
		return step(w, 0, IPV6_ETHERTYPE);
	case 0:		/* a control word, and Ethernet (RFC 4385 3, RFC 4448 4.6) */
		if (!has(w, CONTROL_WORD_BYTES))
			return false;
		name(w, "pw", -1);
		mark(w, 0, PEEL_CONTROL_WORD, CONTROL_WORD_BYTES);
		return enter(w, CONTROL_WORD_BYTES, ETHERTYPE_ETHERNET);
	}
	return strange(w);
}

static bool pass_gre(struct walk *w)
{
	const uint8_t *head = w->frame + w->off;
	static const struct { unsigned flag, kind; } parts[] = {
		{ GRE_CHECKSUM, PEEL_GRE_SUM }, { GRE_KEY, PEEL_GRE_KEY },
		{ GRE_SEQUENCE, PEEL_GRE_SEQUENCE },
	};
	unsigned flags;
	size_t bytes = 4;

	if (!has(w, bytes))
		return false;
	flags = tc_get16(head);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		bytes += flags & parts[i].flag ? 4 : 0;
	if (flags & (GRE_ROUTING | GRE_VERSION))
		return strange(w);
	if (!has(w, bytes))
		return false;
	name(w, "gre", -1);
	mark(w, 0, PEEL_GRE, 4);
	for (size_t i = 0, at = 4; i < sizeof parts / sizeof *parts; i++)
		if (flags & parts[i].flag) {
			mark(w, at, parts[i].kind, 4);
			at += 4;
		}
	return enter(w, bytes, tc_get16(head + 2));
}

/* What UDP carries: bytes that are here, and how many its length says there are. */
struct datagram {
	const uint8_t *data;
	size_t said;
};

/* Are there so many bytes? Where UDP says that there are not it is no tunnel's. */
static bool holds(struct walk *w, const struct datagram *d, size_t bytes)
{
	return bytes <= d->said && has(w, UDP_BYTES + bytes);
}

/* Note UDP's header and the tunnel's behind it, and go on behind both. */
static bool enter_udp(struct walk *w, unsigned kind, size_t bytes, uint16_t type)
{
	mark(w, 0, PEEL_UDP, UDP_BYTES);
	mark(w, UDP_BYTES, kind, bytes);
	return enter(w, UDP_BYTES + bytes, type);
}

static bool pass_vxlan(struct walk *w, const struct datagram *d)
{
	if (!holds(w, d, VXLAN_BYTES) || !(d->data[0] & VXLAN_HAS_VNI))
		return false;
	name(w, "vxlan", tc_get32(d->data + 4) >> 8);
	return enter_udp(w, PEEL_VXLAN, VXLAN_BYTES, ETHERTYPE_ETHERNET);
}

static bool pass_geneve(struct walk *w, const struct datagram *d)
{
	size_t bytes;

	if (!holds(w, d, GENEVE_BYTES))
		return false;
	bytes = GENEVE_BYTES + (d->data[0] & 0x3fu) * 4;
	if (d->data[0] >> 6 || !holds(w, d, bytes))
		return false;
	name(w, "geneve", tc_get32(d->data + 4) >> 8);
	return enter_udp(w, PEEL_GENEVE, bytes, tc_get16(d->data + 2));
}

/* Of an IP packet, where nothing else says which it is. */
static uint16_t type_of_version(uint8_t first)
{
	return first >> 4 == 4 ? IP_ETHERTYPE : first >> 4 == 6 ? IPV6_ETHERTYPE : TC_TYPE_NONE;
}

/* The header, four bytes more if one of their flags is set, and extensions, each of which begins
 * with its length in words and ends with the type of the next (3GPP TS 29.281 5.1, 5.2.1). */
static bool pass_gtp(struct walk *w, const struct datagram *d)
{
	const uint8_t *head = d->data;
	size_t bytes = GTP_BYTES;
	uint8_t next = 0;

	if (!holds(w, d, bytes) || (head[0] & GTP_KIND) != GTP_VERSION_1 ||
	    head[1] != GTP_PACKET || tc_get16(head + 2) + bytes != d->said)
		return false;
	bytes += head[0] & GTP_MORE ? 4 : 0;
	if (!holds(w, d, bytes + 1))
		return false;
	if (head[0] & GTP_EXTENDED)
		next = head[bytes - 1];
	while (next) {
		if (!head[bytes])
			return strange(w);
		bytes += head[bytes] * (size_t)4;
		if (!holds(w, d, bytes + 1))
			return false;
		next = head[bytes - 1];
	}
	name(w, "gtp", tc_get32(head + 4));
	return enter_udp(w, PEEL_GTP, bytes, type_of_version(head[bytes]));
}

/* IPv6, and before it who the sender is and where it stands, or one of these (RFC 4380 5.1.1):
 * it is known by IPv6's own length. */
static bool pass_teredo(struct walk *w, const struct datagram *d)
{
	size_t sender = 0, origin = 0, six;

	if (!holds(w, d, 2))
		return false;
	if (tc_get16(d->data) == TEREDO_SENDER) {
		if (!holds(w, d, TEREDO_SENDER_BYTES))
			return false;
		sender = TEREDO_SENDER_BYTES + (size_t)d->data[2] + d->data[3];
	}
	if (!holds(w, d, sender + 2))
		return false;
	if (tc_get16(d->data + sender) == TEREDO_ORIGIN)
		origin = TEREDO_ORIGIN_BYTES;
	six = sender + origin;
	if (!holds(w, d, six + IPV6_BYTES) || d->data[six] >> 4 != 6 ||
	    six + IPV6_BYTES + tc_get16(PLACE(d->data + six, IPV6_PLEN)) != d->said)
		return false;
	name(w, "teredo", -1);
	mark(w, 0, PEEL_UDP, UDP_BYTES);
	if (sender)
		mark(w, UDP_BYTES, PEEL_TEREDO_SENDER, sender);
	if (origin)
		mark(w, UDP_BYTES + sender, PEEL_TEREDO_ORIGIN, origin);
	return enter(w, UDP_BYTES + six, IPV6_ETHERTYPE);
}

/* What has the port of a tunnel and no valid header of it is ordinary UDP. */
static bool pass_udp(struct walk *w)
{
	static const struct {
		uint16_t port;
		bool both;		/* the source's says as much */
		bool (*pass)(struct walk *w, const struct datagram *d);
	} rows[] = {
		{ PORT_VXLAN, false, pass_vxlan }, { PORT_VXLAN_LINUX, false, pass_vxlan },
		{ PORT_GENEVE, false, pass_geneve }, { PORT_GTP, true, pass_gtp },
		{ PORT_TEREDO, true, pass_teredo },
	};
	const uint8_t *udp = w->frame + w->off;
	struct datagram d = { .data = udp + UDP_BYTES };

	if (w->n - w->off < 4)
		return false;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (rows[i].port != tc_get16(udp + 2) &&
		    !(rows[i].both && rows[i].port == tc_get16(udp)))
			continue;
		if (!has(w, UDP_BYTES))
			return false;
		d.said = tc_get16(udp + 4);	/* 0: more than a number of 16 bits (RFC 2675 4) */
		d.said = d.said ? d.said - (d.said < UDP_BYTES ? d.said : UDP_BYTES) : SIZE_MAX;
		return rows[i].pass(w, &d);
	}
	return false;
}

/* Pass what follows an IP header (w->off is behind it): `proto` is its protocol's number. */
static bool pass_proto(struct walk *w, uint8_t proto, bool outer6)
{
	if (proto == PROTO_GRE)
		return pass_gre(w);
	if (proto == PROTO_UDP)
		return pass_udp(w);
	if (proto != PROTO_IPV4 && proto != PROTO_IPV6)
		return false;
	if (proto == PROTO_IPV4)
		name(w, outer6 ? "4in6" : "ip in ip", -1);
	else
		name(w, outer6 ? "6in6" : "6in4", -1);
	return enter(w, 0, proto == PROTO_IPV4 ? IP_ETHERTYPE : IPV6_ETHERTYPE);
}

/* An IP header: the innermost one so far. */
static void found(struct walk *w)
{
	w->t->at = w->off;
	w->t->ethertype = w->type;
	mark(w, 0, w->type == IP_ETHERTYPE ? TC_HDR_IP : TC_HDR_IPV6, 0);
}

static bool pass_ipv4(struct walk *w)
{
	const uint8_t *ip = w->frame + w->off;
	size_t head;

	if (w->n - w->off < IP_BYTES)
		return has(w, IP_BYTES);
	found(w);
	head = (ip[0] & 15u) * 4;
	if (ip[0] >> 4 != 4 || head < IP_BYTES || w->n - w->off < head ||
	    tc_get16(PLACE(ip, IP_RB)) & FRAGMENT)
		return false;
	w->off += head;
	return pass_proto(w, *PLACE(ip, IP_PROTO), false);
}

static bool pass_ipv6(struct walk *w)
{
	const uint8_t *ip = w->frame + w->off;
	uint8_t proto;
	size_t len;

	if (!has(w, IPV6_BYTES))
		return false;
	found(w);
	if (ip[0] >> 4 != 6)
		return false;
	proto = *PLACE(ip, IPV6_NXT);
	w->off += IPV6_BYTES;
	while (proto == HOPOPTS_IPPROTO || proto == DSTOPTS_IPPROTO || proto == ROUTING_IPPROTO) {
		len = w->n - w->off < 2 ? 8 : (w->frame[w->off + 1] + 1u) * 8;
		if (w->n - w->off < len)
			return false;
		proto = w->frame[w->off];
		w->off += len;
	}
	return pass_proto(w, proto, true);
}

static bool pass_llc(struct walk *w)
{
	size_t bytes = tc_llc(w->frame + w->off, w->n - w->off, &w->type);

	if (bytes)
		mark(w, 0, PEEL_LLC, bytes);
	w->off += bytes;
	return bytes;
}

/* false: here it ends. */
static bool pass(struct walk *w)
{
	static const struct {
		uint16_t type;
		bool (*pass)(struct walk *w);
	} rows[] = {
		{ IP_ETHERTYPE, pass_ipv4 }, { IPV6_ETHERTYPE, pass_ipv6 },
		{ VLAN_ETHERTYPE, pass_vlan }, { TC_ETHERTYPE_SERVICE_TAG, pass_vlan },
		{ TC_ETHERTYPE_OLD_TAG, pass_vlan }, { TC_ETHERTYPE_PPPOE, pass_pppoe },
		{ TC_ETHERTYPE_MPLS, pass_mpls }, { TC_ETHERTYPE_MPLS_UP, pass_mpls },
		{ TC_ETHERTYPE_METADATA, pass_metadata },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].type == w->type)
			return rows[i].pass(w);
	return tc_is_length(w->type) && pass_llc(w);
}

static void find(struct tc_tunnel *t, const uint8_t *frame, size_t n, int dlt)
{
	struct walk w = { .frame = frame, .n = n, .t = t };
	unsigned layers = 0;
	int off;

	t->inside = false;
	t->at = 0;
	t->ethertype = 0;
	t->lost = TC_TUNNEL_FOUND;
	t->n_headers = 0;
	off = tc_link_read(frame, n, dlt, &w.type, NULL);
	if (off < 0)
		return;
	w.off = (size_t)off;
	while (layers < LAYERS_MOST && pass(&w))
		layers++;
	if (layers == LAYERS_MOST)
		t->lost = TC_TUNNEL_DEEP;
	/* what stands around one that was not reached is not around the one that was */
	t->inside = t->inside && t->ethertype;
}

void tc_tunnel_find(struct tc_tunnel *t, const uint8_t *frame, size_t n, int dlt)
{
	t->text[0] = '\0';
	find(t, frame, n, dlt);
}

bool tc_tunnel_enter(struct tc_tunnel *t, struct tc_frame *f, bool on)
{
	if (!on)
		t->text[0] = '\0';
	find(t, f->bytes, f->len, f->dlt);
	if (!t->inside)
		return false;
	f->bytes += t->at;
	f->len -= t->at;
	f->wire_len -= t->at;
	f->dlt = t->ethertype == IPV6_ETHERTYPE ? TC_DLT_IPV6 : TC_DLT_IPV4;
	return true;
}
