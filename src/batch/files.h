/* SPDX-License-Identifier: BSD-2-Clause */
/* What many scripts are written to, and what they are compared with: files that the options
 * name. */
#ifndef BATCH_FILES_H
#define BATCH_FILES_H

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

struct options;
struct suite_run;
struct tc_html;
struct tc_outfile;
struct tc_pcap_writer;
struct tc_suite_case;

struct suite_files {
	struct tc_outfile *junit;
	struct tc_html *page;
	struct tc_pcap_writer *capture;
	struct tc_error failed;		/* the first that could not be written into that */
};

/* Before the first script; f is zero. What cannot be written is said here: codes of
 * tc_outfile_open(). */
int suite_files_open(const struct options *o, struct suite_files *f, struct tc_error *err);
/* With what came of them; each file is whole, or is not there: negative, with the first error, if
 * one is not. */
int suite_files_close(const struct suite_run *s, struct suite_files *f, struct tc_error *err);
void suite_files_drop(struct suite_files *f);
/* In a child, which reads what strangers sent: none of them is its business. */
void suite_files_leave(struct suite_files *f);

/*
 * The frames of one script, for -w. *fd, which is 0 before, takes a capture that its child writes;
 * the end closes it and puts what was written into c, as much as is kept. An -errno where it
 * cannot be kept.
 */
int suite_frames_begin(int *fd, struct tc_error *err);
void suite_frames_end(int *fd, struct tc_suite_case *c);

/* What came of the case is known: write its frames, with that, and let go of them. */
void suite_frames_write(struct suite_files *f, struct tc_suite_case *c);

#endif
