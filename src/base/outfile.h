/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that appear only when they are whole: written beside their target, without a name
 * or under a temporary one. Pipes, devices and "-" (standard output) are written as bytes
 * come; they stay what and where they are, with or without force and also on failure. A
 * file that is replaced (force) keeps its mode and, where the caller may give files away,
 * its owner; a link to it stays. Sockets and links to nowhere are refused. Not
 * thread-safe.
 */
#ifndef BASE_OUTFILE_H
#define BASE_OUTFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct tc_error;
struct tc_outfile;

enum tc_outfile_kind {
	TC_OUTFILE_NEW,			/* there is nothing of that name */
	TC_OUTFILE_OVER,		/* a file, which may be overwritten */
	TC_OUTFILE_NODE,		/* a pipe or a device, to be opened as it is */
};

/* What an output of that name would be written to: an enum tc_outfile_kind. Refusals are
 * those of tc_outfile_open(). Opens nothing. */
int tc_outfile_check(const char *path, bool force, struct tc_error *err);

/* -EEXIST when path is a file, a disk or a link to nowhere and !force; -ENXIO for a socket;
 * the system's errno otherwise. */
int tc_outfile_open(struct tc_outfile **o, const char *path, bool force,
		    struct tc_error *err);

/* The same of what is open already: bytes go there as they come. fd stays the caller's; name is
 * for messages. */
int tc_outfile_take(struct tc_outfile **o, int fd, const char *name, struct tc_error *err);

/* -ENOSPC and others: the line names the file. */
int tc_outfile_write(struct tc_outfile *o, const void *bytes, size_t n, struct tc_error *err);

/* Flush what was written to a pipe, at whose other end somebody may wait; does nothing to a
 * file. */
int tc_outfile_pass(struct tc_outfile *o, struct tc_error *err);

/* Flush and give the file its name; on error nothing is left. o is gone either way. */
int tc_outfile_close(struct tc_outfile *o, struct tc_error *err);

/* Leave no file; of what was there before nothing is removed. NULL is allowed. */
void tc_outfile_abort(struct tc_outfile *o);

/* In a child that was forked behind fflush(NULL): the file is its parent's alone. It is closed
 * here, and nothing becomes of it; o is gone. NULL is allowed. */
void tc_outfile_leave(struct tc_outfile *o);

/* For what is read while it grows: a new file, with force an emptied one, or a pipe or
 * device as it is. The caller closes it. NULL: the line says why, with the codes of
 * tc_outfile_open(). */
FILE *tc_outfile_stream(const char *path, bool force, struct tc_error *err);

#endif
