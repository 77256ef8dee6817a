/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A frame taken apart for reading: every field of every header with its bits, value and
 * meaning; computed fields are judged. Bytes are hostile and may end anywhere: what is
 * there is explained, what is missing is said. Nothing here fails for bad bytes.
 */
#ifndef TCPCRAFT_EXPLAIN_H
#define TCPCRAFT_EXPLAIN_H

#include <tcpcraft/error.h>
#include <tcpcraft/frame.h>
#include <tcpcraft/ao.h>
#include <tcpcraft/md5sig.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/segment.h>

struct tc_buf;
struct tc_tunnel;

#define TC_EXPLAIN_PARTS 8	/* a frame, what is in its tunnels, what an ICMP error quotes,
				 * a PROT frame */
#define TC_EXPLAIN_LAYERS (TC_EXPLAIN_PARTS * TC_LAYERS_MAX + 50)

/* A header, or what there is of it. */
struct tc_explain_layer {
	const struct tc_header *hdr;
	size_t at;			/* bytes from the frame's start */
	size_t len;			/* bytes of it that are there */
	const struct tc_packet *packet;	/* NULL: it is cut, or its length lies, or a tunnel's */
	int index;			/* its layer there */
	bool quoted;			/* inside an ICMP error: cut on purpose */
	bool around;			/* a tunnel's, whole; its table is for reading only */
};

struct tc_explain {
	const uint8_t *bytes;		/* of the frame; the caller's */
	size_t n;
	size_t missing;			/* bytes that were on the wire and are not here */
	size_t link_bytes;		/* of a link header that no table describes */
	int dlt;
	const struct tc_tunnel *tunnel;	/* while it is taken apart */
	const struct tc_header *payload; /* what TCP carries, where it looks so */
	/* set them once it is open: digests are judged; or NULL */
	const struct tc_md5_key *md5;
	const struct tc_ao_key *ao;
	const struct tc_ao_way *ao_way;	/* with ao */
	struct tc_packet part[TC_EXPLAIN_PARTS];
	unsigned n_parts;
	struct tc_explain_layer layer[TC_EXPLAIN_LAYERS];
	unsigned n_layers;
	char damage[TC_ERROR_MSG_MAX];	/* what cannot be read, or "" */
};

/*
 * Take a frame apart. dlt: its pcap link type, or TC_DLT_UNKNOWN, when `first` says what
 * it begins with. *e is zeroed first, must not move, and must be freed, also after -ENOMEM,
 * the only error. The frame's bytes must outlive it.
 */
int tc_explain_open(struct tc_explain *e, const struct tc_frame *f, int dlt,
		    enum tc_header_id first, struct tc_error *err);

/* The same from a header that is given itself; payload: what TCP carries, NULL for PROT.
 * Both outlive *e. */
int tc_explain_open_as(struct tc_explain *e, const struct tc_frame *f, int dlt,
		       const struct tc_header *first, const struct tc_header *payload,
		       struct tc_error *err);
void tc_explain_free(struct tc_explain *e);

/* Judgement of a field. */
enum tc_check {
	TC_CHECK_NONE,		/* nothing computes it */
	TC_CHECK_OK,
	TC_CHECK_BAD,		/* `expected` is right */
	TC_CHECK_PARTIAL,	/* a checksum left to an offload: normal on lo and veth */
	TC_CHECK_UNKNOWN,	/* `why` tells what it would take */
};

struct tc_explained {
	const struct tc_field *field;
	bool there;		/* all its bits are */
	unsigned bit, bits;	/* place in the header, as in the RFC's picture */
	tc_value value;		/* fixed width */
	const uint8_t *bytes;	/* variable width: bits / 8 of them */
	enum tc_check check;
	uint64_t expected;
	uint8_t digest[TC_MD5_BYTES];	/* the same of options */
	uint8_t digest_n;		/* its bytes; 0: it is not known, or was right */
	const char *why;
};

/* Row `row` of layer `layer`. */
void tc_explain_field(const struct tc_explain *e, unsigned layer, unsigned row,
		      struct tc_explained *x);

/* "ok", "BAD", "partial", "not checked", "". */
const char *tc_check_name(enum tc_check c);

/* What to show besides the fields. */
#define TC_EXPLAIN_RULER 0x1u	/* each header as the RFCs draw it */
#define TC_EXPLAIN_SUMS  0x2u	/* each checksum worked out */
#define TC_EXPLAIN_BRIEF 0x4u	/* JSON: leave out what the table says of every such field */

/* Append it all for people, or as one JSON line (type `packet`). number: of the frame,
 * from 1. */
void tc_explain_text(struct tc_buf *out, const struct tc_explain *e, uint64_t number,
		     unsigned show);
void tc_explain_json(struct tc_buf *out, const struct tc_explain *e, uint64_t number,
		     unsigned show);

/* The parts: a header's picture, and one checksum worked out word by word. */
void tc_explain_ruler(struct tc_buf *out, const struct tc_explain *e, unsigned layer);
void tc_explain_sum(struct tc_buf *out, const struct tc_explain *e, unsigned layer,
		    unsigned row);

#endif
