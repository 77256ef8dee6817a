/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tc_guard_start in two, for who has something else to do while the script is at work. Errors
 * are its errors, at the one or the other.
 */
#ifndef HOST_GUARD_BEGIN_H
#define HOST_GUARD_BEGIN_H

#include <tcpcraft/guard.h>

int tc_guard_begin(struct tc_guard **g, const struct tc_guard_spec *spec, struct tc_error *err);

/* The rule is in force, or *g is gone, and NULL. For every guard that was begun. */
int tc_guard_await(struct tc_guard **g, struct tc_error *err);

#endif
