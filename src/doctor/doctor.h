/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Will it work on this machine, and if not, what is to be done? Every check looks, says
 * what it found and names a cure; the last ones prove the guard in a network namespace
 * that nobody else sees. Nothing of the machine is changed, no frame leaves it, and
 * nothing is left behind: children die with the process.
 */
#ifndef DOCTOR_DOCTOR_H
#define DOCTOR_DOCTOR_H

#include <stddef.h>

struct tc_buf;

enum tc_health {
	TC_HEALTH_OK,
	TC_HEALTH_WARN,		/* something may not work, or not be as expected */
	TC_HEALTH_FAIL,		/* the main job will not work */
};

#define TC_HEALTHS (TC_HEALTH_FAIL + 1)

struct tc_checkup {
	const char *check;	/* "privileges" … */
	enum tc_health health;
	char found[320];
	char cure[256];		/* empty when ok */
};

/* The name of the nth check, in their order; NULL behind the last. */
const char *tc_doctor_name(size_t nth);

/* Runs every check, in order, or those that the n names ask for, and calls tell after each.
 * counts[health] is how many there were. Takes 10 s at most, usually one; longer where others
 * want the processors. One thread, and no other may run meanwhile. */
void tc_doctor_run(char *const *names, size_t n,
		   void (*tell)(void *ctx, const struct tc_checkup *f), void *ctx,
		   unsigned counts[TC_HEALTHS]);

/* Append a finding for people (one line, and one for the cure), or as a `check` line of
 * the JSON contract; and the `result` line. */
void tc_doctor_line(struct tc_buf *out, const struct tc_checkup *f);
void tc_doctor_json(struct tc_buf *out, const struct tc_checkup *f);
void tc_doctor_json_result(struct tc_buf *out, const unsigned counts[TC_HEALTHS], int exit);

/* Append what libraries the program runs with, "libpcap 1.10.3, …". */
void tc_doctor_versions(struct tc_buf *out);

#endif
