/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that appear only when they are whole: written beside their target, without a name
 * or under a temporary one. Pipes, devices and "-" (standard output) are written as bytes
 * come. Not thread-safe.
 */
#ifndef TCPCRAFT_OUTFILE_H
#define TCPCRAFT_OUTFILE_H

#include <stdbool.h>
#include <stddef.h>

struct tc_error;
struct tc_outfile;

/* -EEXIST when path exists and !force; the system's errno otherwise. */
int tc_outfile_open(struct tc_outfile **o, const char *path, bool force,
		    struct tc_error *err);

/* -ENOSPC and others: the line names the file. */
int tc_outfile_write(struct tc_outfile *o, const void *bytes, size_t n, struct tc_error *err);

/* Flush and give the file its name; on error nothing is left. o is gone either way. */
int tc_outfile_close(struct tc_outfile *o, struct tc_error *err);

/* Leave no file. NULL is allowed. */
void tc_outfile_abort(struct tc_outfile *o);

#endif
