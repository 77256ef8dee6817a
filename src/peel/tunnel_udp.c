/* SPDX-License-Identifier: BSD-2-Clause */
/* Tunnels in UDP, each at a port of its own; see tunnel.h. */
#include "own.h"

#define UDP_BYTES 8
#define PORT_VXLAN 4789
#define PORT_VXLAN_LINUX 8472	/* what Linux took before there was a number of its own */
#define PORT_GENEVE 6081
#define PORT_GTP 2152
#define PORT_TEREDO 3544
#define PORT_CAPWAP 5247
#define PORT_GRE 4754
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
#define GRE_RESERVED 0x4fff	/* and version 0 (RFC 8086 3.1) */
#define CAPWAP_BYTES 8
#define CAPWAP_NATIVE 0x01	/* of its third byte: not Ethernet */
#define CAPWAP_WLAN 1		/* and whose: 802.11's */
#define CAPWAP_FRAGMENT 0x80	/* of its fourth */
#define CAPWAP_KEEP_ALIVE 0x08

/* What UDP carries: bytes that are here, and how many its length says there are. */
struct datagram {
	const uint8_t *data;
	size_t said;
};

/* Are there so many bytes? Where UDP says that there are not it is no tunnel's. */
static bool holds(struct tc_walk *w, const struct datagram *d, size_t bytes)
{
	return bytes <= d->said && tc_walk_has(w, UDP_BYTES + bytes);
}

/* Note UDP's header and the tunnel's behind it, and go on behind both. */
static bool enter_udp(struct tc_walk *w, unsigned kind, size_t bytes, uint16_t type)
{
	tc_walk_mark(w, 0, PEEL_UDP, UDP_BYTES);
	tc_walk_mark(w, UDP_BYTES, kind, bytes);
	return tc_walk_enter(w, UDP_BYTES + bytes, type);
}

static bool pass_vxlan(struct tc_walk *w, const struct datagram *d)
{
	if (!holds(w, d, VXLAN_BYTES) || !(d->data[0] & VXLAN_HAS_VNI))
		return false;
	tc_walk_name(w, "vxlan", tc_get32(d->data + 4) >> 8);
	return enter_udp(w, PEEL_VXLAN, VXLAN_BYTES, ETHERTYPE_ETHERNET);
}

static bool pass_geneve(struct tc_walk *w, const struct datagram *d)
{
	size_t bytes;

	if (!holds(w, d, GENEVE_BYTES))
		return false;
	bytes = GENEVE_BYTES + (d->data[0] & 0x3fu) * 4;
	if (d->data[0] >> 6 || !holds(w, d, bytes))
		return false;
	tc_walk_name(w, "geneve", tc_get32(d->data + 4) >> 8);
	return enter_udp(w, PEEL_GENEVE, bytes, tc_get16(d->data + 2));
}

/* The header, four bytes more if one of their flags is set, and extensions, each of which begins
 * with its length in words and ends with the type of the next (3GPP TS 29.281 5.1, 5.2.1). */
static bool pass_gtp(struct tc_walk *w, const struct datagram *d)
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
			return tc_walk_strange(w);
		bytes += head[bytes] * (size_t)4;
		if (!holds(w, d, bytes + 1))
			return false;
		next = head[bytes - 1];
	}
	tc_walk_name(w, "gtp", tc_get32(head + 4));
	return enter_udp(w, PEEL_GTP, bytes, tc_type_of_version(head[bytes]));
}

/* IPv6, and before it who the sender is and where it stands, or one of these (RFC 4380 5.1.1):
 * it is known by IPv6's own length. */
static bool pass_teredo(struct tc_walk *w, const struct datagram *d)
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
	tc_walk_name(w, "teredo", -1);
	tc_walk_mark(w, 0, PEEL_UDP, UDP_BYTES);
	if (sender)
		tc_walk_mark(w, UDP_BYTES, PEEL_TEREDO_SENDER, sender);
	if (origin)
		tc_walk_mark(w, UDP_BYTES + sender, PEEL_TEREDO_ORIGIN, origin);
	return tc_walk_enter(w, UDP_BYTES + six, IPV6_ETHERTYPE);
}

/* An access point's frames, 802.11's or Ethernet's: the length of the header in words, and what it
 * carries (RFC 5415 4.3, RFC 5416 5). Of neither keep-alives nor fragments anything is read. */
static bool pass_capwap(struct tc_walk *w, const struct datagram *d)
{
	const uint8_t *head = d->data;
	size_t bytes;
	bool native;

	if (!holds(w, d, CAPWAP_BYTES))
		return false;
	bytes = (size_t)(head[1] >> 3) * 4;
	native = head[2] & CAPWAP_NATIVE;
	if (head[0] || bytes < CAPWAP_BYTES || head[3] & (CAPWAP_FRAGMENT | CAPWAP_KEEP_ALIVE) ||
	    (native && (head[2] >> 1 & 0x1f) != CAPWAP_WLAN) || !holds(w, d, bytes))
		return false;
	tc_walk_name(w, "capwap", -1);
	tc_walk_mark(w, 0, PEEL_UDP, UDP_BYTES);
	tc_walk_mark(w, UDP_BYTES, PEEL_CAPWAP, bytes);
	bytes += UDP_BYTES;
	return native ? tc_walk_enter_wlan(w, bytes) :
			tc_walk_enter(w, bytes, ETHERTYPE_ETHERNET);
}

/* RFC 8086: as it is behind IP, and something in it. */
static bool pass_gre(struct tc_walk *w, const struct datagram *d)
{
	if (!holds(w, d, GRE_BYTES) || tc_get16(d->data) & GRE_RESERVED ||
	    !holds(w, d, tc_walk_gre_bytes(tc_get16(d->data)) + 1))
		return false;
	tc_walk_mark(w, 0, PEEL_UDP, UDP_BYTES);
	w->off += UDP_BYTES;
	return tc_walk_gre(w);
}

/* What has the port of a tunnel and no valid header of it is ordinary UDP. */
bool tc_walk_udp(struct tc_walk *w)
{
	static const struct {
		uint16_t port;
		bool both;		/* the source's says as much */
		bool (*pass)(struct tc_walk *w, const struct datagram *d);
	} rows[] = {
		{ PORT_VXLAN, false, pass_vxlan }, { PORT_VXLAN_LINUX, false, pass_vxlan },
		{ PORT_GENEVE, false, pass_geneve }, { PORT_GTP, true, pass_gtp },
		{ PORT_TEREDO, true, pass_teredo }, { PORT_CAPWAP, true, pass_capwap },
		{ PORT_GRE, false, pass_gre },
	};
	const uint8_t *udp = w->frame + w->off;
	struct datagram d = { .data = udp + UDP_BYTES };

	if (w->n - w->off < 4)
		return false;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (rows[i].port != tc_get16(udp + 2) &&
		    !(rows[i].both && rows[i].port == tc_get16(udp)))
			continue;
		if (!tc_walk_has(w, UDP_BYTES))
			return false;
		d.said = tc_get16(udp + 4);	/* 0: more than a number of 16 bits (RFC 2675 4) */
		d.said = d.said ? d.said - (d.said < UDP_BYTES ? d.said : UDP_BYTES) : SIZE_MAX;
		return rows[i].pass(w, &d);
	}
	return false;
}
