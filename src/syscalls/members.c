/* SPDX-License-Identifier: BSD-2-Clause */
/* Structures among the arguments of calls, and the numbers that they are made of. */
#include "own.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

int tc_call_fail_at(const struct tc_call_writer *w, const struct tc_script_arg *a, int code,
		   const char *what)
{
	const struct tc_script_event *e = w->event;

	return tc_script_fail(w->env->script, a ? a->line : e->line, a ? a->column : e->column,
			      w->err, code, "%s: %s", e->call.name, what);
}

int tc_call_arg_number(const struct tc_call_writer *w, const struct tc_script_arg *a, long *v)
{
	if (!a)
		return tc_call_fail_at(w, a, -EOPNOTSUPP, "an argument is missing");
	return tc_call_number(w->env->script, a, v, w->err);
}

/* A number that the script has not got from a call is not a descriptor of the child
 * either. */
long tc_call_descriptor(const struct tc_call_env *env, long script)
{
	for (unsigned i = 0; env->fds && i < env->fds->n; i++)
		if (env->fds->of[i].script == script)
			return env->fds->of[i].live;
	return script < 0 ? script : 1000000 + script;
}

void tc_call_store(uint8_t *at, unsigned size, long v)
{
	uint16_t v16 = (uint16_t)v;
	uint32_t v32 = (uint32_t)v;

	memcpy(at, size == 2 ? (void *)&v16 : size == 4 ? (void *)&v32 : (void *)&v, size);
}

long tc_call_load(const uint8_t *at, unsigned size)
{
	int16_t v16;
	int32_t v32;
	long v;

	memcpy(size == 2 ? (void *)&v16 : size == 4 ? (void *)&v32 : (void *)&v, at, size);
	return size == 2 ? v16 : size == 4 ? v32 : v;
}

#define ADDRESS6 16u		/* bytes of a member that is not a number */

/* Members that scripts name, of struct sockaddr_in and _in6, linger, timeval and pollfd. */
static const struct member {
	const char *name;
	unsigned off, size;
	bool fd;
} members[] = {
	{ "sa_family", 0, 2, false }, { "sin_family", 0, 2, false },
	{ "sin_port", 2, 2, false }, { "sin_addr", 4, 4, false },
	{ "sin6_family", 0, 2, false }, { "sin6_port", 2, 2, false },
	{ "sin6_flowinfo", 4, 4, false }, { "sin6_addr", 8, ADDRESS6, false },
	{ "sin6_scope_id", 24, 4, false },
	{ "onoff", 0, 4, false }, { "l_onoff", 0, 4, false },
	{ "linger", 4, 4, false }, { "l_linger", 4, 4, false },
	{ "tv_sec", 0, 8, false }, { "tv_usec", 8, 8, false },
	{ "fd", 0, 4, true }, { "events", 4, 2, false }, { "revents", 6, 2, false },
};

static const struct member *member(const char *name)
{
	for (size_t i = 0; name && i < sizeof members / sizeof *members; i++)
		if (strcmp(members[i].name, name) == 0)
			return &members[i];
	return NULL;
}

static int fill_member(const struct tc_call_writer *w, const struct tc_script_arg *m,
		       const struct member *of, uint8_t *at)
{
	long v;
	int rc;

	if (of->size == ADDRESS6)
		return tc_call_address6(w->env->script, m, at + of->off, w->err);
	rc = tc_call_arg_number(w, m, &v);
	if (rc >= 0)
		tc_call_store(at + of->off, of->size, of->fd ? tc_call_descriptor(w->env, v) : v);
	return rc;
}

int tc_call_fill(const struct tc_call_writer *w, const struct tc_script_arg *a, uint8_t *at)
{
	const struct tc_script_arg *m;
	const struct member *of;
	int rc = 0;

	for (m = a->items; m && rc >= 0; m = m->next) {
		of = member(m->name);
		if (!of)
			return tc_call_fail_at(w, m, -EOPNOTSUPP, "a member that is not known");
		if (m->kind != TC_ARG_ELLIPSIS)
			rc = fill_member(w, m, of, at);
	}
	return rc;
}

int tc_call_differs(const struct tc_call_writer *w, const struct tc_script_arg *a,
			  const uint8_t *at)
{
	const struct tc_script_arg *m;
	const struct member *of;
	uint8_t want[TC_CALL_STRUCT] = { 0 };
	int rc = tc_call_fill(w, a, want);
	long is, must;

	for (m = a->items; m && rc >= 0; m = m->next) {
		of = member(m->name);
		if (of->size == ADDRESS6) {
			if (m->kind != TC_ARG_ELLIPSIS && memcmp(at + of->off, want + of->off, ADDRESS6))
				rc = tc_fail(w->err, -TC_ERR_UNMET, "%s is another address", m->name);
			continue;
		}
		is = tc_call_load(at + of->off, of->size);
		must = tc_call_load(want + of->off, of->size);
		if (m->kind != TC_ARG_ELLIPSIS && is != must)
			rc = tc_fail(w->err, -TC_ERR_UNMET, "%s is %#lx, expected %#lx", m->name, is,
				     must);
	}
	return rc;
}
