/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What comes before the network layer's header, for each pcap link type that carries
 * IP (https://www.tcpdump.org/linktypes.html).
 */
#include "link_type.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LLC_BYTES 8

static int cut(const char *what, size_t want, size_t have, struct tc_error *err)
{
	return tc_fail(err, -EBADMSG, "%s cut: it needs %zu bytes, the frame has %zu", what,
		       want, have);
}

size_t tc_llc(const uint8_t *at, size_t n, uint16_t *type)
{
	static const uint8_t snap[2][6] = { { 0xaa, 0xaa, 3 }, { 0xaa, 0xaa, 3, 0, 0, 0xf8 } };

	*type = TC_TYPE_NONE;
	if (n < LLC_BYTES || (memcmp(at, snap[0], 6) != 0 && memcmp(at, snap[1], 6) != 0))
		return 0;
	*type = tc_get16(at + 6);
	return LLC_BYTES;
}

/* ---- readers ------------------------------------------------------------------------ */

/* The ethertype is the header's last two bytes. */
static int read_last(const struct tc_link_type *t, const uint8_t *frame, size_t n,
		     uint16_t *type, struct tc_error *err)
{
	(void)n, (void)err;
	*type = tc_get16(frame + t->bytes - 2);
	return (int)t->bytes;
}

/* Linux' own number for LLC (linux/if_ether.h, ETH_P_802_2) is none of 802.3. */
static int read_sll(const struct tc_link_type *t, const uint8_t *frame, size_t n,
		    uint16_t *type, struct tc_error *err)
{
	(void)err;
	*type = tc_get16(frame + (t->dlt == TC_DLT_LINUX_SLL ? t->bytes - 2 : 0));
	if (*type == 4)
		return (int)(t->bytes + tc_llc(frame + t->bytes, n - t->bytes, type));
	return (int)t->bytes;
}

static int read_raw(const struct tc_link_type *t, const uint8_t *frame, size_t n,
		    uint16_t *type, struct tc_error *err)
{
	(void)t, (void)n, (void)err;
	*type = frame[0] >> 4 == 6 ? IPV6_ETHERTYPE : IP_ETHERTYPE;
	return 0;
}

static int read_none(const struct tc_link_type *t, const uint8_t *frame, size_t n,
		     uint16_t *type, struct tc_error *err)
{
	(void)frame, (void)n, (void)err;
	*type = t->type;
	return 0;
}

/* Frame control, two addresses; of its kinds one has LLC behind them (RFC 1390). */
static int read_fddi(const struct tc_link_type *t, const uint8_t *frame, size_t n,
		     uint16_t *type, struct tc_error *err)
{
	(void)err;
	*type = TC_TYPE_NONE;
	if ((frame[0] & 0x70) != 0x50)	/* with either class bit */
		return (int)t->bytes;
	return (int)(t->bytes + tc_llc(frame + t->bytes, n - t->bytes, type));
}

/* 2 is IPv4 everywhere; IPv6 is 10 on Linux, 26 on Solaris, 24, 28 or 30 on the BSDs. */
static uint16_t of_family(uint32_t family)
{
	switch (family) {
	case 2:
		return IP_ETHERTYPE;
	case 10:
	case 24:
	case 26:
	case 28:
	case 30:
		return IPV6_ETHERTYPE;
	}
	return TC_TYPE_NONE;
}

/*
 * The family is in the writer's byte order for LINKTYPE_NULL and _ENC, big-endian for
 * LINKTYPE_LOOP; files that mislabel one as the other exist, and no family is larger
 * than 255, so all are read either way round.
 */
static int read_family(const struct tc_link_type *t, const uint8_t *frame, size_t n,
		       uint16_t *type, struct tc_error *err)
{
	uint32_t family = tc_get32(frame);

	(void)n, (void)err;
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	*type = of_family(family);
	return (int)t->bytes;
}

/* Solaris: version, family, and what has no say in where the datagram begins. */
static int read_ipnet(const struct tc_link_type *t, const uint8_t *frame, size_t n,
		      uint16_t *type, struct tc_error *err)
{
	(void)n, (void)err;
	*type = of_family(frame[1]);
	return (int)t->bytes;
}

/* pf(4): the first byte is the header's length without its padding, the second a family. */
static int read_pflog(const struct tc_link_type *t, const uint8_t *frame, size_t n,
		      uint16_t *type, struct tc_error *err)
{
	unsigned len = (frame[0] + 3u) & ~3u;

	*type = of_family(frame[1]);
	return n < len ? cut(t->what, len, n, err) : (int)len;
}

/* Linux' netfilter log: a family, then attributes, one of which is the datagram. Their
 * numbers are in the writer's byte order; no type is larger than 255. */
static int read_nflog(const struct tc_link_type *t, const uint8_t *frame, size_t n,
		      uint16_t *type, struct tc_error *err)
{
	static const unsigned payload = 9;	/* NFULA_PAYLOAD */
	size_t at = t->bytes;

	(void)err;
	*type = of_family(frame[0]);
	while (n - at >= 4) {
		bool little = frame[at + 3] == 0;
		unsigned len = frame[at + !little] | (unsigned)frame[at + little] << 8;

		if (frame[at + (little ? 2 : 3)] == payload)
			return (int)at + 4;
		len = (len + 3) & ~3u;
		if (len < 4 || len > n - at)
			break;
		at += len;
	}
	*type = TC_TYPE_NO_PACKET;
	return 0;
}

/* RFC 1661 2 and 6.5, RFC 1662 3.1: address and control may be left out, and the first byte
 * of the protocol where it is 0. */
static int ppp(const uint8_t *frame, size_t n, size_t at, uint16_t *type,
	       struct tc_error *err)
{
	static const uint16_t types[][2] = {
		{ 0x0021, IP_ETHERTYPE }, { 0x0057, IPV6_ETHERTYPE },
		{ 0x0281, TC_ETHERTYPE_MPLS }, { 0x0283, TC_ETHERTYPE_MPLS_UP },
	};
	size_t bytes;
	unsigned proto;

	if (n - at >= 2 && frame[at] == 0xff && frame[at + 1] == 3)
		at += 2;
	bytes = n - at >= 1 && frame[at] & 1 ? 1 : 2;
	if (n - at < bytes)
		return cut("PPP header", at + bytes, n, err);
	proto = bytes == 1 ? frame[at] : tc_get16(frame + at);
	*type = TC_TYPE_PPP;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i][0] == proto)
			*type = types[i][1];
	return (int)(at + bytes);
}

/* What stands before PPP has t->bytes - 1: a direction, or with it the control byte. */
static int read_ppp(const struct tc_link_type *t, const uint8_t *frame, size_t n,
		    uint16_t *type, struct tc_error *err)
{
	return ppp(frame, n, t->bytes - 1, type, err);
}

/* A serial line may be Cisco's HDLC as well: its addresses are no others' (RFC 1547 4.3.1). */
static int read_serial(const struct tc_link_type *t, const uint8_t *frame, size_t n,
		       uint16_t *type, struct tc_error *err)
{
	if (frame[0] != 0x0f && frame[0] != 0x8f)
		return ppp(frame, n, 0, type, err);
	if (n < t->bytes)
		return cut("Cisco HDLC header", t->bytes, n, err);
	*type = tc_get16(frame + 2);
	return 4;
}

/* RFC 2427 3, 4: an address whose last byte has 1 in its lowest bit (Q.922 3.3.2), control, a pad
 * where there is one, and the protocol's number, which may be SNAP's. Where control is not there,
 * Cisco's form is: an ethertype. */
static int read_frame_relay(const struct tc_link_type *t, const uint8_t *frame, size_t n,
			    uint16_t *type, struct tc_error *err)
{
	static const uint8_t snap[] = { 0x80, 0, 0, 0 };
	size_t at = frame[1] & 1 ? 2 : frame[2] & 1 ? 3 : 4, bytes;

	*type = TC_TYPE_NONE;
	if (frame[0] & 1 || !(frame[at - 1] & 1))
		return (int)t->bytes;
	if (n - at >= 2 && frame[at] == 3)
		at += frame[at + 1] ? 1 : 2;
	else if (n - at >= 2) {
		*type = tc_get16(frame + at);
		return (int)at + 2;
	}
	if (n - at < 1)
		return cut(t->what, at + 1, n, err);
	bytes = frame[at] == snap[0] ? sizeof snap + 2 : 1;
	if (n - at < bytes)
		return cut(t->what, at + bytes, n, err);
	if (frame[at] == 0xcc)
		*type = IP_ETHERTYPE;
	else if (frame[at] == 0x8e)
		*type = IPV6_ETHERTYPE;
	else if (memcmp(frame + at, snap, sizeof snap) == 0)
		*type = tc_get16(frame + at + sizeof snap);
	return (int)(at + bytes);
}

/* Infiniband's: where it goes, the ethertype, and two bytes of nothing (RFC 4391 6). */
static int read_ipoib(const struct tc_link_type *t, const uint8_t *frame, size_t n,
		      uint16_t *type, struct tc_error *err)
{
	(void)n, (void)err;
	*type = tc_get16(frame + t->bytes - 4);
	return (int)t->bytes;
}

/* ---- 802.11 ------------------------------------------------------------------------- */

/* IEEE 802.11 9.2.4, 9.3.2. padded: the header is filled up to 32 bits. */
static int wlan(const uint8_t *frame, size_t n, size_t at, bool padded, uint16_t *type,
		struct tc_error *err)
{
	size_t head = 24;
	bool qos;

	if (n - at < 2)
		return cut("802.11 header", at + 2, n, err);
	*type = TC_TYPE_WLAN_CONTROL;
	if ((frame[at] & 0x0f) != 0x08 || frame[at] & 0x40)
		return (int)at;
	qos = frame[at] & 0x80;
	head += (frame[at + 1] & 3) == 3 ? 6 : 0;	/* a fourth address */
	if (n - at < head + (qos ? 2 : 0))
		return cut("802.11 header", at + head + (qos ? 2 : 0), n, err);
	if (frame[at + 1] & 4 || frame[at + 22] & 15 || (qos && frame[at + head] & 0x80))
		*type = TC_TYPE_WLAN_PIECES;
	if (frame[at + 1] & 0x40)
		*type = TC_TYPE_WLAN_PROTECTED;
	if (*type != TC_TYPE_WLAN_CONTROL)
		return (int)at;
	head += qos ? (frame[at + 1] & 0x80 ? 6 : 2) : 0;	/* and HT control */
	head = padded ? (head + 3) & ~(size_t)3 : head;
	if (n - at < head)
		return cut("802.11 header", at + head, n, err);
	at += head;
	return (int)(at + tc_llc(frame + at, n - at, type));
}

static int read_wlan(const struct tc_link_type *t, const uint8_t *frame, size_t n,
		     uint16_t *type, struct tc_error *err)
{
	(void)t;
	return wlan(frame, n, 0, false, type, err);
}

static uint16_t little16(const uint8_t *b)
{
	return (uint16_t)(b[0] | b[1] << 8);
}

/* radiotap.org: words that say which fields follow, each at a place of its own alignment;
 * the second of them are flags, behind the first, a time. */
static bool is_padded(const uint8_t *frame, size_t len)
{
	bool time = frame[4] & 1, flags = frame[4] & 2;
	size_t at = 4;

	while (at + 4 <= len && frame[at + 3] & 0x80)
		at += 4;
	at += 4;
	if (time)
		at = ((at + 7) & ~(size_t)7) + 8;
	return flags && at < len && frame[at] & 0x20;
}

static int read_radiotap(const struct tc_link_type *t, const uint8_t *frame, size_t n,
			 uint16_t *type, struct tc_error *err)
{
	size_t len = little16(frame + 2);

	if (len < t->bytes || len > n)
		return cut(t->what, len < t->bytes ? t->bytes : len, n, err);
	return wlan(frame, n, len, is_padded(frame, len), type, err);
}

/* AVS: a number that is the same in all, then the length. Prism's has its length there as
 * well, in the writer's byte order, and is of at most some hundreds of bytes. */
static int read_prism(const struct tc_link_type *t, const uint8_t *frame, size_t n,
		      uint16_t *type, struct tc_error *err)
{
	bool little = tc_get32(frame) >> 12 != 0x80211 && frame[7] == 0;
	size_t len = little ? little16(frame + 4) : tc_get32(frame + 4);

	if (len < t->bytes || len > n)
		return cut(t->what, len < t->bytes ? t->bytes : len, n, err);
	return wlan(frame, n, len, false, type, err);
}

/* What one packet is known by: the length of that, and the link type of what follows, which is
 * none of these itself. */
static int read_ppi(const struct tc_link_type *t, const uint8_t *frame, size_t n,
		    uint16_t *type, struct tc_error *err)
{
	size_t len = little16(frame + 2);
	int dlt = little16(frame + 4), rc;

	*type = TC_TYPE_NO_LINK;
	if (dlt == t->dlt || !tc_dlt_name(dlt))
		return (int)t->bytes;
	if (len < t->bytes || len > n)
		return cut(t->what, len < t->bytes ? t->bytes : len, n, err);
	rc = tc_link_read(frame + len, n - len, dlt, type, err);
	return rc < 0 ? rc : rc + (int)len;
}

/* ---- the table ---------------------------------------------------------------------- */

#define SIGN(what) "the frames begin with " what " and an IP header"
#define FAMILY "the frames begin with a 4-byte address family and an IP header"

/* Where frames fit two equally often the first is taken. */
static const struct tc_link_type types[] = {
	{ TC_DLT_IPV4, "IPV4", "IP header", NULL, read_none, 0, IP_ETHERTYPE },
	{ TC_DLT_IPV6, "IPV6", "IP header", NULL, read_none, 0, IPV6_ETHERTYPE },
	{ TC_DLT_LOOP, "LOOP", "loopback header", FAMILY, read_family, 4, 0 },
	{ TC_DLT_RAW, "RAW", "IP header", "the frames begin with an IP header", read_raw, 1, 0 },
	{ TC_DLT_EN10MB, "EN10MB", "Ethernet header",
	  "the frames begin with an Ethernet header and what its type says", read_last, ETH_BYTES, 0 },
	{ TC_DLT_LINUX_SLL, "LINUX_SLL", "cooked (SLL) header",
	  SIGN("a cooked header (SLL)"), read_sll, 16, 0 },
	{ TC_DLT_LINUX_SLL2, "LINUX_SLL2", "cooked (SLL2) header",
	  SIGN("a cooked header (SLL2)"), read_sll, 20, 0 },
	{ TC_DLT_NULL, "NULL", "loopback header", FAMILY, read_family, 4, 0 },
	{ TC_DLT_RAW_BSD, "RAW", "IP header", NULL, read_raw, 1, 0 },
	{ TC_DLT_RAW_OPENBSD, "RAW", "IP header", NULL, read_raw, 1, 0 },
	{ TC_DLT_WLAN, "IEEE802_11", "802.11 header", SIGN("an 802.11 header"), read_wlan, 2, 0 },
	{ 127, "IEEE802_11_RADIO", "radiotap header",
	  SIGN("a radiotap header, an 802.11 header"), read_radiotap, 8, 0 },
	{ 119, "PRISM_HEADER", "Prism header", SIGN("a Prism header, an 802.11 header"),
	  read_prism, 8, 0 },
	{ 163, "IEEE802_11_RADIO_AVS", "AVS header", NULL, read_prism, 8, 0 },
	{ 192, "PPI", "PPI header", NULL, read_ppi, 8, 0 },
	{ 107, "FRELAY", "frame relay header", NULL, read_frame_relay, 4, 0 },
	{ 242, "IPOIB", "Infiniband header", NULL, read_ipoib, 44, 0 },
	{ 104, "C_HDLC", "Cisco HDLC header", SIGN("a Cisco HDLC header"), read_last, 4, 0 },
	{ TC_DLT_PPP, "PPP", "PPP header", SIGN("a PPP header"), read_serial, 4, 0 },
	{ 50, "PPP_SERIAL", "PPP header", NULL, read_serial, 4, 0 },
	{ 51, "PPP_ETHER", "PPPoE header", SIGN("a PPPoE header"), read_none, 0,
	  TC_ETHERTYPE_PPPOE },
	{ 166, "PPP_PPPD", "PPP header", NULL, read_ppp, 3, 0 },
	{ 204, "PPP_WITH_DIR", "PPP header", SIGN("a direction, a PPP header"), read_ppp, 2, 0 },
	{ 10, "FDDI", "FDDI header", SIGN("an FDDI header"), read_fddi, 13, 0 },
	{ 109, "ENC", "enc header", SIGN("an enc header"), read_family, 12, 0 },
	{ 117, "PFLOG", "pf log's header", SIGN("a pf log's header"), read_pflog, 4, 0 },
	{ 226, "IPNET", "IPNET header", SIGN("an IPNET header"), read_ipnet, 24, 0 },
	{ 239, "NFLOG", "netfilter log's header", SIGN("a netfilter log's header"),
	  read_nflog, 4, 0 },
};
#define N_TYPES (sizeof types / sizeof *types)

_Static_assert(N_TYPES <= TC_LINK_TYPES_MOST, "TC_LINK_TYPES_MOST");

const struct tc_link_type *tc_link_type(unsigned i)
{
	return i < N_TYPES ? &types[i] : NULL;
}

static const struct tc_link_type *find(int dlt)	/* or NULL */
{
	for (size_t i = 0; i < N_TYPES; i++)
		if (types[i].dlt == dlt)
			return &types[i];
	return NULL;
}

const char *tc_dlt_name(int dlt)
{
	const struct tc_link_type *t = find(dlt);

	return t ? t->name : NULL;
}

/* LINKTYPE_RAW of files is 101, the first of the numbers that the name stands for. */
int tc_dlt_parse(const char *text, struct tc_error *err)
{
	struct tc_buf names = { 0 };
	char *end;
	unsigned long n = strtoul(text, &end, 10);
	int rc;

	if (end != text && !*end && n <= UINT16_MAX)
		return (int)n;
	for (size_t i = 0; i < N_TYPES; i++)
		if (strcmp(types[i].name, text) == 0)
			return types[i].dlt;
	for (size_t i = 0; i < N_TYPES; i++) {
		if (types[i].sign || strcmp(types[i].name, "RAW") != 0)
			tc_buf_printf(&names, "%s%s", i ? ", " : "", types[i].name);
	}
	rc = tc_fail(err, -EINVAL, "link type '%s': a number, or one of %s", text,
		     names.failed ? "" : (const char *)names.data);
	tc_buf_free(&names);
	return rc;
}

int tc_link_read(const uint8_t *frame, size_t n, int dlt, uint16_t *type,
		 struct tc_error *err)
{
	const struct tc_link_type *t = find(dlt);

	if (!t)
		return tc_fail(err, -EBADMSG, "link type %d is not one that is read here", dlt);
	if (n < t->bytes)
		return cut(t->what, t->bytes, n, err);
	return t->read(t, frame, n, type, err);
}

/* Tags take four bytes each, so n bounds them. */
int tc_link_header(const uint8_t *frame, size_t n, int dlt, uint16_t *ethertype,
		   struct tc_error *err)
{
	int rc = tc_link_read(frame, n, dlt, ethertype, err);
	size_t off = (size_t)rc;

	if (rc < 0)
		return rc;
	while (tc_is_tag(*ethertype)) {
		if (n < off + VLAN_BYTES)
			return cut("802.1Q tag", off + VLAN_BYTES, n, err);
		*ethertype = tc_get16(PLACE(frame + off, VLAN_ETYPE));
		off += VLAN_BYTES;
	}
	if (tc_is_length(*ethertype))
		off += tc_llc(frame + off, n - off, ethertype);
	return (int)off;
}
