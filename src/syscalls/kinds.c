/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls that scripts may make, and whether all that a script asks for can be done. */
#include "own.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

/* (recv and send are recvfrom and sendto without an address; see args.c for what
 * the letters mean.) */
static const struct tc_call_kind kinds[] = {
	{ "socket", SYS_socket, "mdd", true },
	{ "bind", SYS_bind, "fbn", false },
	{ "listen", SYS_listen, "fd", false },
	{ "accept", SYS_accept, "fAN", true },
	{ "connect", SYS_connect, "fan", false },
	{ "read", SYS_read, "frl", false },
	{ "recv", SYS_recvfrom, "frld", false },
	{ "write", SYS_write, "fwl", false },
	{ "send", SYS_sendto, "fwld", false },
	{ "sendto", SYS_sendto, "fwldan", false },
	{ "close", SYS_close, "f", false },
	{ "abort", TC_HAND_ABORT, "f", false },
	{ "status", TC_HAND_STATUS, "f", false },
	{ "shutdown", SYS_shutdown, "fd", false },
	{ "setsockopt", SYS_setsockopt, "fddvl", false },
	{ "getsockopt", SYS_getsockopt, "fddVL", false },
	{ "fcntl", SYS_fcntl, "fdx", false },
#ifdef SYS_poll
	{ "poll", SYS_poll, "pdd", false },
#endif
};

#define KINDS (sizeof kinds / sizeof *kinds)

const struct tc_call_kind *tc_call_kind(const char *name)
{
	for (size_t i = 0; i < KINDS; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

int tc_call_unknown(const struct tc_script *s, const struct tc_script_event *e,
		    struct tc_error *err)
{
	char names[256] = "";
	size_t used = 0;

	for (size_t i = 0; i < KINDS && used < sizeof names; i++)
		used += (size_t)snprintf(names + used, sizeof names - used, "%s%s",
					 i ? ", " : "", kinds[i].name);
	return tc_script_fail(s, e->line, e->column, err, -EOPNOTSUPP,
			      "%s() is not one of the calls that can be made: %s",
			      e->call.name, names);
}

static int check_call(const struct tc_call_env *env, const struct tc_script_event *e,
		      struct tc_hand_call *scratch, struct tc_error *err)
{
	const struct tc_call_kind *kind = tc_call_kind(e->call.name);
	const struct tc_script_arg *result = e->call.result;
	long v;
	int rc;

	if (!kind)
		return tc_call_unknown(env->script, e, err);
	rc = tc_call_args(env, e, kind, scratch, err);
	if (rc >= 0 && result && result->kind != TC_ARG_ELLIPSIS)
		rc = tc_call_number(env->script, result, &v, err);
	if (rc >= 0 && e->call.error && !tc_call_word(e->call.error, &v))
		rc = tc_script_fail(env->script, e->line, e->column, err, -EOPNOTSUPP,
				    "the errno %s is not known", e->call.error);
	return rc;
}

static int check_events(const struct tc_call_env *env, const struct tc_script_event *e,
			bool allow_shell, struct tc_hand_call *scratch,
			struct tc_error *err)
{
	int rc = 0;

	for (; e && rc >= 0; e = e->next) {
		if (e->kind == TC_SCRIPT_CALL)
			rc = check_call(env, e, scratch, err);
		else if (e->kind == TC_SCRIPT_SHELL && !allow_shell)
			rc = tc_script_fail(env->script, e->line, e->column, err, -EOPNOTSUPP,
					    "a shell command: --allow-shell runs it, as you, in "
					    "the network of the script");
		if (rc >= 0)
			rc = check_events(env, e->body, allow_shell, scratch, err);
		if (rc >= 0)
			rc = check_events(env, e->other, allow_shell, scratch, err);
	}
	return rc;
}

int tc_calls_check(const struct tc_script *s, bool allow_shell, struct tc_error *err)
{
	struct tc_call_env env = { .script = s };
	struct tc_hand_call scratch = { .bytes = malloc(TC_HAND_BYTES) };
	int rc = scratch.bytes ? check_events(&env, s->events, allow_shell, &scratch, err)
			       : tc_nomem(err);

	free(scratch.bytes);
	return rc;
}
