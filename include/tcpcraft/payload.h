/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What TCP carries: frames that a header of the field table describes, PROT or one that was
 * read from text (header_read.h). What a user does with whole frames; all of it lives in
 * the header's rows.
 */
#ifndef TCPCRAFT_PAYLOAD_H
#define TCPCRAFT_PAYLOAD_H

#include <tcpcraft/field.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_buf;
struct tc_error;

/* What the payload of a connection is. All zero: nobody knows; PROT frames are recognised. */
struct tc_payload {
	const struct tc_header *hdr;	/* NULL: PROT's */
	bool surely;			/* what we send are such frames, though they may not
					 * look it */
};

/*
 * Append a frame around the payload. `sets` are n_sets texts "FIELD=VALUE" as the user wrote
 * them, of h's fields; what is set is sent as set, however wrong, and the rest computed.
 * -EMSGSIZE for a payload over h's limit while the row that counts it is not set; -EINVAL
 * for a payload where h has no place for one; what the field table says for a bad set.
 */
int tc_payload_build(struct tc_buf *out, const struct tc_header *h, const uint8_t *payload,
		     size_t n, char *const *sets, size_t n_sets, struct tc_error *err);

/*
 * Append one line for people with every field of the frame; "BAD, expected …" behind a
 * computed one that is wrong, "(usually …)" behind another that differs from its default, if
 * that is a magic number or not 0. Cut frames say how many bytes are missing. Returns
 * false, and appends nothing, when the bytes do not look like such a frame and are not
 * surely one.
 */
bool tc_payload_describe(struct tc_buf *out, struct tc_payload what, const uint8_t *bytes,
			 size_t n);

/*
 * Bytes of the frame that begins here. -EAGAIN: it is not all there; -EBADMSG: no such frame
 * can begin so; -ENOTSUP: nothing in such a frame says where it ends.
 */
int tc_payload_length(const struct tc_header *h, const uint8_t *bytes, size_t n,
		      struct tc_error *err);

/* Can these bytes be a frame of h, cut perhaps: have they its marks, or, when it has none,
 * can it be read? */
bool tc_payload_looks(const struct tc_header *h, const uint8_t *bytes, size_t n);

#endif
