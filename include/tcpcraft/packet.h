/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A packet as a stack of layers, each the bytes of one header plus a bitmap of the
 * rows that were set on purpose. Explicit beats computed: tc_packet_build fills every
 * row that is not set (lengths, protocols, checksums) and never touches one that is;
 * tcp.checksum=0 really sends zero. No files, sockets or clock.
 *
 *	struct tc_packet p = { 0 };
 *	int ip = tc_packet_push(&p, tc_header_get(TC_HDR_IP), &err);
 *	int tcp = tc_packet_push(&p, tc_header_get(TC_HDR_TCP), &err);
 *	tc_packet_set(&p, ip, TC_IP_DST, 0x7f000001, &err);
 *	tc_packet_set_text(&p, "tcp.flags", "S", NULL, &err);
 *	n = tc_packet_build(&p, bytes, sizeof bytes, &err);
 *	tc_packet_free(&p);
 *
 * A packet is owned by its caller, used by one thread at a time.
 */
#ifndef TCPCRAFT_PACKET_H
#define TCPCRAFT_PACKET_H

#include <tcpcraft/buf.h>
#include <tcpcraft/addr.h>
#include <tcpcraft/field.h>

#define TC_LAYERS_MAX 12		/* of them four of IPv6's extension headers */
#define TC_LAYER_FIXED_MAX 64		/* bytes of head + tail of any header */
#define TC_PACKET_MAX 65589		/* 65535 bytes behind IPv6, an Ethernet header */

/* What the lengths and numbers of a layer were computed from; they are not computed
 * again while this is the same. Kept by tc_packet_build. */
struct tc_layer_from {
	uint64_t rows;			/* bit n: row n was computed */
	size_t len;			/* bytes of the layer */
	size_t counted;			/* bytes of it and of all inside */
	const struct tc_header *next;
};

struct tc_layer {
	const struct tc_header *hdr;
	uint64_t set;			/* bit n: row n was set on purpose */
	uint64_t bad;			/* bit n: … to be wrong: the right value XOR 1 */
	uint8_t fixed[TC_LAYER_FIXED_MAX]; /* head bytes, then tail bytes */
	struct tc_buf var;		/* value of the variable row, unpadded */
	struct tc_buf *part;		/* values of hdr->parts; room for TC_PARTS_MAX, or NULL */
	struct tc_layer_from from;
};

struct tc_packet {
	struct tc_layer layer[TC_LAYERS_MAX];
	unsigned n;			/* layers in use, outermost first */
};

/* Free what the layers own; the packet is empty and valid again. */
void tc_packet_free(struct tc_packet *p);

/* Take all layers away. Their memory is kept for the next ones, so a packet that is
 * parsed or pushed again and again allocates only at first. */
void tc_packet_clear(struct tc_packet *p);

/* Add a layer inside the others, all rows at their defaults, none set. Returns its
 * index; -EMSGSIZE beyond TC_LAYERS_MAX or for a header over TC_LAYER_FIXED_MAX. */
int tc_packet_push(struct tc_packet *p, const struct tc_header *hdr, struct tc_error *err);

/* Add a layer at place `at` (0 .. p->n), outside the layers at and after it. As
 * tc_packet_push. */
int tc_packet_insert(struct tc_packet *p, unsigned at, const struct tc_header *hdr,
		     struct tc_error *err);

/* Index of the nth (from 0) layer made of hdr, or -ENOENT. */
int tc_packet_layer(const struct tc_packet *p, const struct tc_header *hdr, unsigned nth);

/* Set a row of fixed width by number and mark it set. -ERANGE names the field and
 * both numbers. `layer` is an index of this packet. */
int tc_packet_set(struct tc_packet *p, int layer, unsigned row, tc_value value,
		  struct tc_error *err);

/* The same for what tc_field_find found, also an alias: each row that it covers gets its
 * bits. ref->hdr is that of the layer, ref->field of fixed width. */
int tc_packet_set_ref(struct tc_packet *p, int layer, const struct tc_field_ref *ref,
		      tc_value value, struct tc_error *err);

/* The header of this family (4 or 6), and the addresses of a layer made of it, which are
 * marked set. */
const struct tc_header *tc_header_ip(uint8_t family);

/* What a frame begins with: Ethernet, or IP of the version that its first bits say. */
enum tc_header_id tc_frame_begins(const uint8_t *frame, size_t n, bool ethernet);

void tc_packet_set_addrs(struct tc_packet *p, int layer, const struct tc_addr *src,
			 const struct tc_addr *dst);

/* Value of a row of fixed width, host order: set, default, or as parsed. Computed rows
 * that are not set hold what the last tc_packet_build or tc_packet_parse put there. The
 * first has the last 64 bits of a row that is wider. */
uint64_t tc_packet_get(const struct tc_packet *p, int layer, unsigned row);
tc_value tc_packet_value(const struct tc_packet *p, int layer, unsigned row);

/* Set the last variable row of a layer (options, payload; var_row) and mark it set; those
 * before it (tc_part) are set by text. Bytes are copied.
 * Options are padded with zeros to a 32-bit boundary when built, those of IPv6 by Pad1 or
 * PadN (RFC 8200 4.2) to a 64-bit one. -EMSGSIZE when longer
 * than the header can say (40 bytes of options), but see tc_packet_set_text. */
int tc_packet_set_bytes(struct tc_packet *p, int layer, const void *bytes, size_t n,
			struct tc_error *err);

/*
 * Set by name and text, as a user writes it: ("tcp.flags", "SA"), ("ip.dst",
 * "10.0.0.1"), ("tcp.checksum", "bad"), ("tcp.options", "mss 1460,nop,wscale 7"),
 * ("tcp.options", "hex:0500"), ("prot.payload", "hello"), ("prot.payload", "hex:00").
 * Options over 40 bytes are taken when given as hex. The field's header must be a layer
 * of the packet, the outermost of several: -ENOENT says which layers there are. `bad` is
 * kept as a wish and resolved by tc_packet_build (the right value XOR 1); `auto` is
 * tc_packet_unset for a row with an autofill.
 */
int tc_packet_set_text(struct tc_packet *p, const char *name, const char *text,
		       const struct tc_header *extra, struct tc_error *err);

/* Forget that a row was set: it is computed (or default) again. */
void tc_packet_unset(struct tc_packet *p, int layer, unsigned row);

/* After tc_packet_parse: forget the rows with an autofill, so that a changed packet is
 * rebuilt with right lengths and checksums. A protocol number before data stays. */
void tc_packet_relax(struct tc_packet *p);

/*
 * Bytes of the packet, computed rows filled: next-protocol numbers and lengths, then
 * checksums from the inside out. Lengths count the bytes that are there, whatever other
 * length fields were set to; a set header length does not change how many bytes are
 * sent. hdr_len stays at its largest value when hex options do not fit it. The checksums
 * of TCP and ICMPv6 cover the pseudo-header of the IP layer outside them (without one: no
 * pseudo-header), that of IPv6 with the last address of a routing header that has segments
 * left (RFC 8200 8.1). Returns the length; -EMSGSIZE when it is over cap, or when a computed
 * length does not fit its field, or is over the header's var_max, and is not set. The
 * packet's own bytes are updated with the computed values. No memory is allocated.
 */
int tc_packet_build(struct tc_packet *p, uint8_t *out, size_t cap, struct tc_error *err);

/* The value that tc_packet_build would compute for a row with an autofill if it were not
 * set; other rows: the current value (its last 64 bits). Used to say "BAD, expected 0x…". The packet is
 * not changed. Same errors as build, and -ENOMEM. */
int tc_packet_computed(const struct tc_packet *p, int layer, unsigned row,
		       uint64_t *value, struct tc_error *err);

/*
 * Take bytes apart from `first` inwards (TC_HDR_ETH, TC_HDR_IP, TC_HDR_PROT …); what *p
 * held is gone. Every row parsed is marked set, so building again gives the same bytes,
 * also after an error. Bytes beyond ip.len are a layer of their own (trailer.data) that
 * no length or checksum counts; an ip.len that is longer than what is there, or too short
 * for its own header (0 in super-segments), is kept, and all that is there belongs to the
 * datagram; so it is with an ipv6.plen of 0 (RFC 2675) unless ipv6.nxt says that nothing
 * follows. Payload that no table describes, and fragments but the first, are data.data.
 * -EBADMSG when a header cannot be taken apart: "tcp.hdr_len=4 is 16 bytes, a TCP header
 * needs 20"; -EAGAIN when the bytes end before the header does. In both cases *p holds
 * the layers before it, and the rest as data.
 */
int tc_packet_parse(struct tc_packet *p, const uint8_t *bytes, size_t n,
		    enum tc_header_id first, struct tc_error *err);

/* The same from a header that is given itself, such as a user-supplied one. */
int tc_packet_parse_as(struct tc_packet *p, const uint8_t *bytes, size_t n,
		       const struct tc_header *first, struct tc_error *err);

/* Do the bytes have the values that mark this header (mark_rows)? True when it has no
 * such rows, false when they are not all there. */
bool tc_header_marks(const struct tc_header *h, const uint8_t *bytes, size_t n);

/* One of IPv6's extension headers? Their addresses ascend in the order in which they stand in
 * a packet (RFC 8200 4.1). */
bool tc_header_is_extension(const struct tc_header *h);

/* The value of a variable row, which its layer owns. */
const struct tc_buf *tc_layer_bytes(const struct tc_layer *l, unsigned row);

/* Where a row begins in the layer as it is built, in bits; of row hdr->n_rows: its end. */
size_t tc_layer_bit(const struct tc_layer *l, unsigned row);

/* How many bytes rows f->from .. f->to of a sum are, and where in the layer they begin. */
size_t tc_layer_covered(const struct tc_layer *l, const struct tc_field *f, size_t *from);

/* The header that follows one whose first head_bytes are these, by its protocol number;
 * NULL: bytes that no table describes, such as those of fragments but the first. */
const struct tc_header *tc_header_next(const struct tc_header *h, const uint8_t *bytes);

/* Byte offset of a layer in the built packet, and its length with options, padding and
 * tail. `layer` up to p->n: the offset of p->n is the length of the packet. */
size_t tc_packet_offset(const struct tc_packet *p, int layer);
size_t tc_packet_layer_len(const struct tc_packet *p, int layer);

#endif
