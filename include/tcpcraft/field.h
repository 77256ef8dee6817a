/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The field table: what a header is made of. Everything that knows a field by name,
 * place or meaning is a loop over these rows. The tables are const; which fields of
 * a packet the user has set is kept by the packet (packet.h).
 */
#ifndef TCPCRAFT_FIELD_H
#define TCPCRAFT_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpcraft/bits.h>
#include <tcpcraft/fields.h>

struct tc_buf;
struct tc_error;

/* The value of a field of any width, in host order: an IPv6 address is a number, too. What
 * names its rows and knows them to be narrower may use uint64_t. */
__extension__ typedef unsigned __int128 tc_value;

/* How a value is read and shown. Those in _LE are little-endian. */
enum tc_kind {
	TC_KIND_UINT,		/* decimal */
	TC_KIND_HEX,		/* number, shown as 0x… */
	TC_KIND_FLAG,		/* one bit */
	TC_KIND_PORT,		/* number or service name, also of /etc/services */
	TC_KIND_IP4,		/* dotted quad, any inet_aton form */
	TC_KIND_IP6,		/* any form of RFC 4291 2.2, shown as in RFC 5952 */
	TC_KIND_MAC,
	TC_KIND_CSUM,		/* hex; also `bad`: the right value XOR 1 */
	TC_KIND_CSUM_LE,
	TC_KIND_UINT_LE,
	TC_KIND_HEX_LE,
	TC_KIND_TCPFLAGS,	/* letters (SA, S.), names (syn,ack) or a number */
	TC_KIND_TCPOPT,		/* variable: options as tcpdump prints them, or hex:… */
	TC_KIND_IPOPT,		/* variable: hex:… */
	TC_KIND_IP6OPT,		/* variable: hex:…; Pad1 or PadN fills up 8 bytes */
	TC_KIND_NDOPT,		/* variable: hex:… */
	TC_KIND_IP6LIST,	/* variable: addresses with commas, or hex:… */
	TC_KIND_BYTES,		/* variable: text, or hex:… */
};

/* Who fills the field when the user does not. */
enum tc_autofill {
	TC_FILL_NONE,		/* the default */
	TC_FILL_HDR_LEN,	/* this header's length in 32-bit words */
	TC_FILL_EXT_LEN,	/* … in 8-byte units, the first one not counted */
	TC_FILL_TOTAL_LEN,	/* bytes from this header's start to the packet's end */
	TC_FILL_BODY_LEN,	/* bytes from this header's end to the packet's end */
	TC_FILL_ETHERTYPE,	/* ethertype of the next layer; before data it stays */
	TC_FILL_IPPROTO,	/* IP protocol of the next layer; the same */
	TC_FILL_ICMPV6,		/* type of ICMPv6 message that the next layer is of; the same */
	TC_FILL_VAR_LEN,	/* length of the variable rows from .. to + tc_field.add, bytes */
	TC_FILL_KEY,		/* who has the key, when all else is there; with none zeros */
	/* From here on: sums over rows tc_field.from .. to, in this order of the bytes,
	 * which take their own bytes for zero. */
	TC_FILL_XOR,		/* XOR of the bytes */
	TC_FILL_SUM,		/* their arithmetic sum */
	TC_FILL_INET,		/* their Internet checksum */
	TC_FILL_CRC16,		/* CRC-16/CCITT-FALSE of them */
	TC_FILL_CRC32,		/* CRC-32 (IEEE 802.3) of them */
	/* From here on: sums over the header itself, computed after all above. */
	TC_FILL_CSUM_HDR,	/* Internet checksum of this header */
	TC_FILL_CSUM_ALL,	/* … of this header and all after it */
	TC_FILL_CSUM_PSEUDO,	/* … and the pseudo-header of the IP layer outside */
};

/* Mutators that make sense for a field; bits of tc_field.mut. */
#define TC_MUT_BOUNDARY 0x01u	/* 0, 1, max-1, max, sign bit */
#define TC_MUT_FLIP     0x02u	/* one bit, or some */
#define TC_MUT_RANDOM   0x04u	/* any value */
#define TC_MUT_OFFBYONE 0x08u	/* one more, one less than the computed value */
#define TC_MUT_LENGTH   0x10u	/* shorter, longer */
#define TC_MUT_OPTION   0x20u	/* well-formed and malformed option lists */

struct tc_sym {			/* a name for a value; a list ends with name NULL */
	uint32_t value;
	const char *name;
};

struct tc_field {
	const char *name;	/* Wireshark's display-filter name */
	uint16_t off;		/* bits, see fields.h */
	uint8_t bits;		/* width, 0 = variable */
	uint8_t kind;		/* enum tc_kind */
	uint8_t autofill;	/* enum tc_autofill */
	uint8_t mut;		/* TC_MUT_… */
	uint64_t def;		/* value when nobody sets it */
	uint8_t from, to;	/* rows that a sum covers, or TC_FILL_VAR_LEN counts; the variable
				 * row in built-in ones */
	int16_t add;		/* TC_FILL_VAR_LEN: bytes that it counts besides */
	const char *unit;	/* "" when the value is a plain number */
	const struct tc_sym *syms; /* NULL when values have no names */
	const char *alias;	/* second name (Scapy's), or NULL */
	const char *ref;	/* where it is defined */
	const char *doc;	/* one line */
};

extern const struct tc_sym tc_syms_ethertype[];
extern const struct tc_sym tc_syms_port[];	/* well-known; see TC_KIND_PORT */
extern const struct tc_sym tc_syms_icmp[];
extern const struct tc_sym tc_syms_icmpv6[];

#define TC_PARTS_MAX 8		/* of one header */

/* A variable row before the header's last one, which is var_row. What counts it stands before
 * it: else nobody could tell where the next field begins. Its tc_field.off is where its bytes
 * stand between those of fixed width. */
struct tc_part {
	uint8_t row, counter;		/* row indices */
	unsigned max;			/* longest legal value, bytes; 0 = no limit */
	const uint8_t *def;		/* value when nobody sets it */
	size_t def_len;
};

/* A header: its rows, and how it hangs in a packet. */
struct tc_header {
	const char *name;		/* "tcp" */
	const char *title;		/* "Transmission Control Protocol" */
	const struct tc_field *rows;
	unsigned n_rows;		/* at most 64: one bit each in tc_layer.set */
	const struct tc_field *aliases;	/* names for runs of rows (tcp.flags) */
	unsigned n_aliases;
	unsigned head_bytes;		/* bytes of fixed width before the variable row */
	unsigned tail_bytes;		/* bytes after it */
	int var_row;			/* index of the variable row, or -1 */
	const struct tc_part *parts;	/* further variable rows, all before it; none in what a
					 * packet is made of below its payload */
	unsigned n_parts;
	uint64_t auto_rows;		/* bit n: row n has an autofill */
	uint64_t sum_rows;		/* those of them that are sums */
	uint64_t mark_rows;		/* bit n: bytes where row n has not its default are
					 * not this header (what no number announces) */
	unsigned var_max;		/* longest legal value of it, bytes; 0 = no limit */
	uint16_t ethertype;		/* what names it in eth.type, or 0 */
	int ipproto;			/* what names it in ip.proto, ipv6.nxt …, or -1 */
	uint16_t icmpv6;		/* what names it in icmpv6.type: TC_ICMPV6_TYPES, or 0 */
};

/* Up to two types of ICMPv6 message that have the same body; the first is the usual one. */
#define TC_ICMPV6_TYPES(a, b) ((a) | (b) << 8)

/* One line a header: HDR, name, title, var_max, ethertype, ipproto, icmpv6, mark_rows. Their
 * order is that of layers in a packet; that of IPv6's extension headers is RFC 8200's 4.1. */
#define TC_HEADERS(H) \
	H(ETH,  "eth",  "Ethernet",                        0,   0,      -1, 0, 0) \
	H(VLAN, "vlan", "802.1Q tag",                      0,   0x8100, -1, 0, 0) \
	H(ARP,  "arp",  "Address Resolution Protocol",     0,   0x0806, -1, 0, 0) \
	H(IP,   "ip",   "Internet Protocol version 4",     40,  0x0800, 4,  0, 0) \
	H(IPV6, "ipv6", "Internet Protocol version 6",     0,   0x86dd, 41, 0, 0) \
	H(HOPOPTS, "ipv6.hopopts", "IPv6 hop-by-hop options", 2046, 0,  0,  0, 0) \
	H(ROUTING, "ipv6.routing", "IPv6 routing header",  2040, 0,     43, 0, 0) \
	H(FRAGHDR, "ipv6.fraghdr", "IPv6 fragment header", 0,   0,      44, 0, 0) \
	H(DSTOPTS, "ipv6.dstopts", "IPv6 destination options", 2046, 0, 60, 0, 0) \
	H(ICMP, "icmp", "Internet Control Message Protocol", 0, 0,      1,  0, 0) \
	H(ICMPV6, "icmpv6", "Internet Control Message Protocol version 6", 0, 0, 58, 0, 0) \
	H(ICMPV6_ERROR, "icmpv6.error", "ICMPv6 destination unreachable or time exceeded", \
	  0, 0, -1, TC_ICMPV6_TYPES(1, 3), 0) \
	H(ICMPV6_BIG, "icmpv6.big", "ICMPv6 packet too big", 0, 0, -1, TC_ICMPV6_TYPES(2, 0), 0) \
	H(ICMPV6_PARAM, "icmpv6.param", "ICMPv6 parameter problem", \
	  0, 0, -1, TC_ICMPV6_TYPES(4, 0), 0) \
	H(ICMPV6_ECHO, "icmpv6.echo", "ICMPv6 echo", 0, 0, -1, TC_ICMPV6_TYPES(128, 129), 0) \
	H(ICMPV6_RS, "icmpv6.nd.rs", "Router solicitation", 0, 0, -1, TC_ICMPV6_TYPES(133, 0), 0) \
	H(ICMPV6_RA, "icmpv6.nd.ra", "Router advertisement", 0, 0, -1, TC_ICMPV6_TYPES(134, 0), 0) \
	H(ICMPV6_NS, "icmpv6.nd.ns", "Neighbour solicitation", \
	  0, 0, -1, TC_ICMPV6_TYPES(135, 0), 0) \
	H(ICMPV6_NA, "icmpv6.nd.na", "Neighbour advertisement", \
	  0, 0, -1, TC_ICMPV6_TYPES(136, 0), 0) \
	H(ICMPV6_RD, "icmpv6.nd.rd", "Redirect", 0, 0, -1, TC_ICMPV6_TYPES(137, 0), 0) \
	H(TCP,  "tcp",  "Transmission Control Protocol",   40,  0,      6,  0, 0) \
	H(PROT, "prot", "PROT frame",                      512, 0,      -1, 0, 1u << TC_PROT_MAGIC) \
	H(DATA, "data", "Data",                            0,   0,      -1, 0, 0) \
	H(TRAILER, "trailer", "Bytes after the datagram",  0,   0,      -1, 0, 0)

enum tc_header_id {
#define H(id, ...) TC_HDR_##id,
	TC_HEADERS(H)
#undef H
	TC_HDR_COUNT
};

/*
 * Made from fields.h, for each header: row numbers (TC_TCP_SEQ is the index of tcp.seq
 * in the rows of TC_HDR_TCP; TC_TCP_ROWS is their count), and compile-time places for
 * fast paths that may not walk a table (TC_TCP_SEQ_OFF and TC_TCP_SEQ_BITS, in bits).
 */
#define TC_FIELD_NONE(...)
#define TC_FIELD_ROW(hdr, row, ...) TC_##hdr##_##row,
#define TC_FIELD_PLACE(hdr, row, name, off, bits, ...) \
	TC_##hdr##_##row##_OFF = off, TC_##hdr##_##row##_BITS = bits,
#define H(id, ...) \
	enum { TC_FIELDS_##id(TC_FIELD_ROW, TC_FIELD_NONE) TC_##id##_ROWS }; \
	enum { TC_FIELDS_##id(TC_FIELD_PLACE, TC_FIELD_PLACE) };
TC_HEADERS(H)
#undef H

/* Bytes before the payload (var_row) of a frame whose parts have their defaults. */
size_t tc_header_before(const struct tc_header *h);

/* The built-in header, by number. */
const struct tc_header *tc_header_get(enum tc_header_id id);

/* Where a name leads. */
struct tc_field_ref {
	const struct tc_header *hdr;
	const struct tc_field *field;	/* a row, or an alias row */
	int row;			/* row index; -1 for an alias over several rows */
};

/*
 * Find a field by name: canonical or alias name, exact or a unique prefix ("tcp.win").
 * `extra` is a header to look in first (a user-supplied one), or NULL. It stands in the
 * place of a built-in one of the same name.
 * -ENOENT: the line lists the nearest names; -EINVAL when ambiguous: it lists the
 * candidates.
 */
int tc_field_find(struct tc_field_ref *ref, const char *name,
		  const struct tc_header *extra, struct tc_error *err);

/* Largest value that fits: 2^bits - 1. Rows with bits > 0 only. */
static inline tc_value tc_field_max(const struct tc_field *f)
{
	return ~(tc_value)0 >> (128 - f->bits);
}

/* The other byte order, for rows of a little-endian kind: they are whole bytes. */
static inline uint64_t tc_field_order(const struct tc_field *f, uint64_t value)
{
	if (f->kind == TC_KIND_CSUM_LE || f->kind == TC_KIND_UINT_LE ||
	    f->kind == TC_KIND_HEX_LE)
		return __builtin_bswap64(value) >> (64 - f->bits);
	return value;
}

/* Value at a row, given the header's bytes: `head` for rows before the variable row,
 * the same function with the tail's bytes for rows after it. Host order. */
static inline uint64_t tc_field_get(const struct tc_field *f, const uint8_t *bytes)
{
	return tc_field_order(f, tc_bits_get(bytes, f->off, f->bits));
}

/* The same for a row of any width; tc_field_get has the last 64 bits of a wider one. Rows
 * of more than 64 bits begin with a whole byte and have 128. */
static inline tc_value tc_field_value(const struct tc_field *f, const uint8_t *bytes)
{
	if (f->bits <= 64)
		return tc_field_get(f, bytes);
	return (tc_value)tc_bits_get(bytes, f->off, 64) << 64 |
	       tc_bits_get(bytes, f->off + 64u, 64);
}

static inline void tc_field_put(const struct tc_field *f, uint8_t *bytes, tc_value value)
{
	if (f->bits <= 64) {
		tc_bits_put(bytes, f->off, f->bits, tc_field_order(f, (uint64_t)value));
		return;
	}
	tc_bits_put(bytes, f->off, 64, (uint64_t)(value >> 64));
	tc_bits_put(bytes, f->off + 64u, 64, (uint64_t)value);
}

/*
 * Read a value as people write it, for a row of fixed width: 80, 0x50, hex:0050, http,
 * 10.0.0.1, 167772161, 2001:db8::1, MACs, SA, S., syn,ack, a symbol. `bad` is not read here
 * (packet.h). -EINVAL / -ERANGE with the field, the text and what is allowed;
 * a value 4 times too small for hdr_len's unit is explained ("counts 32-bit words:
 * 20 bytes is 5").
 */
int tc_field_parse(const struct tc_field *f, const char *text, tc_value *value,
		   struct tc_error *err);

/* The same for a variable row: options as tcpdump prints them, text, hex:… or hex:N*…, which
 * is the same N times (not in TCP's options, where hex:… is one of several). Appends to *out,
 * unpadded; lengths are not judged, but -EMSGSIZE for more than TC_PACKET_MAX bytes. */
int tc_field_parse_bytes(const struct tc_field *f, const char *text, struct tc_buf *out,
			 struct tc_error *err);

/* Append n bytes of a variable row as text that tc_field_parse_bytes reads back. */
void tc_field_print_bytes(const struct tc_field *f, const uint8_t *bytes, size_t n,
			  struct tc_buf *out);

/* Append the value as people read it ("0x1c46", "10.0.0.1", "S."); with `long_form`
 * the symbol too ("6 (tcp)"). */
void tc_field_print(const struct tc_field *f, tc_value value, bool long_form,
		    struct tc_buf *out);

#endif
