/* SPDX-License-Identifier: BSD-2-Clause */
/* HOST and PORT as people write them in one word. */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

struct command;
struct tc_error;
struct tc_target;

/* HOST[:PORT] of --against, one host: 0, or -EINVAL. */
int target_other(const char *text, struct tc_target *t, struct tc_error *err);

/*
 * Where the command expects HOST: HOST:PORT becomes two arguments, :PORT of an address that
 * may be left out one; a list of hosts (commas, @FILE, ADDR/BITS) stays as it is. argv has
 * room for one more than its n. Returns how many there are now; -EINVAL for a URL and,
 * where the command has no IPv6, for brackets, with the cure.
 */
int target_split(const struct command *c, int n, char **argv, struct tc_error *err);

#endif
