/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A capture as people read it: its connections, then a ladder of each; or a line per
 * segment as they came; or JSON. One pass over the file; what is not yet to be written is
 * kept up to a fixed size.
 */
#ifndef SHOW_SHOW_H
#define SHOW_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_error;
struct tc_header;
struct tc_ao_key;
struct tc_md5_key;
struct tc_html_ladder;
struct tc_record;

/* A capture that is too large for ladders is shown as its list of connections. */
#define TC_SHOW_KEEP (4u << 20)	/* bytes of text */

struct tc_show_options {
	bool json;		/* and at the end a line of type `capture`: what the file had */
	bool name_file;		/* in each line of JSON: there are several files */
	bool table_only;
	bool all;		/* every segment as it came, however many */
	bool fingerprint;	/* instead of all that: what its SYNs say of their senders */
	bool brief;		/* ladders of short lines: struct tc_view */
	bool payload;		/* with `all`: what the segments carry as well */
	unsigned columns;	/* that text has: the list's rows fit, if they can; 0: any number */
	unsigned connection;	/* show only this one, 0 = all */
	const char *filter;	/* show only segments that match (pcap expression), or NULL */
	int dlt;		/* the link type, < 0: as the file says or its content */
	const struct tc_md5_key *md5;	/* segments that it does not vouch for are tagged; or NULL */
	const struct tc_ao_key *ao;	/* the same */
	const struct tc_header *frames;	/* what TCP carries; NULL: PROT, where it looks so */
	struct tc_record *record;	/* gets the segments instead of text; or NULL */
	struct tc_html_ladder *ladder;	/* for a page: gets what is shown; or NULL */
	/* Where text goes; false stops. */
	bool (*write)(void *ctx, const uint8_t *text, size_t n);
	/* What the user should know beside the result: one line. */
	void (*notice)(void *ctx, const char *line);
	/* Now and then: how far the file is read, in bytes; of: all, 0 if unknown. Or NULL. */
	void (*far)(void *ctx, uint64_t read, uint64_t of);
	/* The same of the segments of --both, when its files are read. */
	void (*told)(void *ctx, uint64_t segments, uint64_t of);
	void *ctx;
};

/* Show one file ("-": standard input). -EBADMSG: not a capture, or shown up to where it
 * is damaged; -EINVAL: the filter; -ENOENT: no connection of that number; -ECANCELED: the
 * writer stopped; the system's errno. */
int tc_show_file(const char *path, const struct tc_show_options *o, struct tc_error *err);

#endif
