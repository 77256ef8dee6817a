/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A script for who reads it: what each line does, and which clause of which document, or habit of
 * the kernel, it rests on. Nothing is carried out, so only what stands in the script is known:
 * numbers that are computed are passed over. Pure.
 */
#ifndef SCRIPT_EXPLAIN_H
#define SCRIPT_EXPLAIN_H

#include <tcpcraft/script.h>

struct tc_buf;

/* Append each line, and under it what it does. */
void tc_script_explain(struct tc_buf *out, const struct tc_script *s);
/* The same, an object of JSON a line: {"type":"line", "script", "line", "source",
 * "notes":[{"text", "rests_on"}]}. */
void tc_script_explain_json(struct tc_buf *out, const struct tc_script *s);

#endif
