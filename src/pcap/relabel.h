/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Captures whose header names the wrong link type, recognised by what their frames hold:
 * IPv4 and IPv6 headers whose numbers agree with each other, at the place where another
 * link type has them.
 */
#ifndef PCAP_RELABEL_H
#define PCAP_RELABEL_H

#include "wire/link_type.h"

struct tc_error;

#define TC_RELABEL_FRAMES 16	/* are enough to judge */

struct tc_relabel {
	int declared;			/* set by the caller, */
	bool little_endian;		/* as the file's own numbers; the rest zero */
	unsigned frames;
	unsigned fits_declared;
	unsigned fits[TC_LINK_TYPES_MOST];
	unsigned big_family, little_family;	/* byte order of 4-byte families */
};

/* Look at a frame: n bytes of wire_n. */
void tc_relabel_look(struct tc_relabel *r, const uint8_t *frame, size_t n, size_t wire_n);

/* The right link type as far as the frames tell, else the declared one; *why says in a
 * few words what spoke for it, NULL when nothing is to be changed. strict: also what
 * readers take either way, the byte order of a loopback family. */
int tc_relabel_verdict(const struct tc_relabel *r, bool strict, const char **why);

/* Called when all is open and nothing is read: from then on only `spool` is opened, for
 * reading. Negative ends it. */
struct tc_relabel_ready {
	int (*fn)(void *ctx, const char *spool, struct tc_error *err);
	/* Now and then: how far `in` is read, then how far `out` is written, in bytes; of: all, 0
	 * if unknown. Or NULL. */
	void (*far)(void *ctx, bool writing, uint64_t done, uint64_t of);
	void *ctx;
};

/*
 * Copy the capture `in` (pcap or pcapng, "-", packed or not) to the new file `out`, with
 * the link type in its header replaced and every other byte as it is. dlt < 0: as the
 * content says. -ENOMSG when there is nothing to change, and for pcapng with interfaces of
 * different link types. The line that tells what was
 * done and why goes to said. ready may be NULL. `out` appears only when it is whole. -EBADMSG no capture, or
 * damaged; -EEXIST without force; -EIO when `out` cannot be made (the line says why); the
 * system's errno for `in`.
 */
int tc_relabel_file(const char *in, const char *out, int dlt, bool force,
		    const struct tc_relabel_ready *ready, char said[200], struct tc_error *err);

#endif
