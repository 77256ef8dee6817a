/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcp.md5 and tcp.ao: the digest in the option of RFC 2385, the code in that of RFC 5925. They are
 * no rows of the TCP header, since options stand anywhere: who looks for a field's name asks here,
 * too. One of zeros is signed when the segment goes out; what is set here stays as it is, and is
 * wrong but by chance. In tcpopt_text.c, beside the text of the options that they are in.
 */
#ifndef WIRE_DIGEST_H
#define WIRE_DIGEST_H

#include <tcpcraft/field.h>

struct tc_buf;
struct tc_error;

struct tc_digest {
	struct tc_field field;		/* bits: its width; off: none, an option stands anywhere */
	uint8_t kind, head;		/* of the option; bytes that stand in it before */
};

static inline unsigned tc_digest_bytes(const struct tc_digest *d)
{
	return d->field.bits / 8;
}

/* The nth of them; NULL: there are no more. */
const struct tc_digest *tc_digest_at(unsigned nth);

/* That of this name, or NULL. */
const struct tc_digest *tc_digest_named(const char *name);

/* Append what "bad" or hex digits say of it. -EINVAL: neither, another length, or zeros. */
int tc_digest_parse(const struct tc_digest *d, const char *text, size_t n, struct tc_buf *bytes,
		    struct tc_error *err);

/* Append its option with the digest that such a text says, or with one of zeros (NULL), from a
 * word's boundary on. Negative as tc_digest_parse. */
int tc_digest_option(const struct tc_digest *d, const char *text, struct tc_buf *options,
		     struct tc_error *err);

#endif
