/* SPDX-License-Identifier: BSD-2-Clause */
/* What arguments of calls are made of: numbers, descriptors, and the memory that they point to,
 * with bytes and addresses in it. */
#include "own.h"

#include "host/sockaddr.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define ALIGN 8
/* What may be said, in hexadecimal, for an address that cannot be used: within the first page, or
 * where no process has memory. Any other would be a place in the process that makes the call. */
#define FIRST_PAGE 4096
#define NO_MEMORY ((int64_t)1 << 47)

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

/* The kernel gives the numbers of closed descriptors again, as scripts do. */
void tc_call_name_descriptor(struct tc_call_fds *fds, long script, long live)
{
	unsigned i = 0;

	while (i < fds->n && fds->of[i].script != script)
		i++;
	if (i == TC_CALL_FDS)
		return;
	fds->of[i].script = script;
	fds->of[i].live = (int)live;
	fds->n += i == fds->n;
}

/* ---- memory ----------------------------------------------------------------------- */

int tc_call_room(struct tc_call_writer *w, long n, uint8_t **at)
{
	if (n < 0 || (size_t)n > TC_HAND_BYTES - w->used)
		return tc_call_fail_at(w, NULL, -EOPNOTSUPP, "more than 1 MiB of arguments");
	*at = w->to->bytes + w->used;
	memset(*at, 0, (size_t)n);
	w->used += ((size_t)n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	w->used = w->used > TC_HAND_BYTES ? TC_HAND_BYTES : w->used;
	return 0;
}

int tc_call_point(struct tc_call_writer *w, long n, uint8_t **at)
{
	int rc = tc_call_room(w, n, at);

	if (rc >= 0)
		w->to->arg[w->i] = (long)(intptr_t)*at;
	return rc;
}

void tc_call_store(uint8_t *at, unsigned size, long v)
{
	uint8_t v8 = (uint8_t)v;
	uint16_t v16 = (uint16_t)v;
	uint32_t v32 = (uint32_t)v;

	memcpy(at, size == 1 ? (void *)&v8 : size == 2 ? (void *)&v16 : size == 4 ? (void *)&v32 :
	       (void *)&v, size);
}

long tc_call_load(const uint8_t *at, unsigned size)
{
	int16_t v16;
	int32_t v32;
	long v;

	if (size == 1)
		return *at;
	memcpy(size == 2 ? (void *)&v16 : size == 4 ? (void *)&v32 : (void *)&v, at, size);
	return size == 2 ? v16 : size == 4 ? v32 : v;
}

/* ---- pointers --------------------------------------------------------------------- */

bool tc_call_is_null(const struct tc_script_arg *a)
{
	return a->kind == TC_ARG_WORD && strcmp(a->text, "NULL") == 0;
}

bool tc_call_put_bad_pointer(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	bool number = a && a->kind == TC_ARG_NUMBER && (a->hex || a->number == 0) &&
		      (a->number < FIRST_PAGE || a->number >= NO_MEMORY);

	if (number || (a && tc_call_is_null(a)))
		w->to->arg[w->i] = number ? (long)a->number : 0;
	return number || (a && tc_call_is_null(a));
}

/* ---- addresses and bytes ---------------------------------------------------------- */

bool tc_call_is_six(const struct tc_call_writer *w)
{
	return w->env->addr.family == 6;
}

/* The number of an interface is left out: it is of another network than the call's. */
void tc_call_store_address(uint8_t *at, const struct tc_addr *addr, uint16_t port)
{
	struct tc_addr anywhere = *addr;
	struct sockaddr_storage to;

	anywhere.scope = 0;
	memcpy(at, &to, tc_sockaddr(&to, &anywhere, port));
}

int tc_call_put_peer(struct tc_call_writer *w, uint8_t **at, long *n)
{
	int rc = tc_call_room(w, sizeof(struct sockaddr_storage), at);

	if (rc >= 0)
		tc_call_store_address(*at, &w->env->peer, w->env->connect_port);
	*n = tc_call_is_six(w) ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
	return rc;
}

int tc_call_put_bytes(struct tc_call_writer *w, const struct tc_script_arg *a, long n,
		      bool back, uint8_t **at)
{
	int rc;

	if (a->kind != TC_ARG_ELLIPSIS && a->kind != TC_ARG_STRING)
		return tc_call_fail_at(w, a, -EOPNOTSUPP, "bytes are ..., \"text\" or NULL");
	if (a->kind == TC_ARG_STRING && (long)a->n > n)
		n = (long)a->n;
	rc = tc_call_room(w, n, at);
	if (rc >= 0 && a->kind == TC_ARG_STRING && !back)	/* back it is what is expected */
		memcpy(*at, a->text, a->n);
	return rc;
}

int tc_call_compare_bytes(const struct tc_call_writer *w, const struct tc_script_arg *a,
			  const uint8_t *at, long got)
{
	size_t i;

	if (a->kind != TC_ARG_STRING || got < 0)
		return 0;
	for (i = 0; i < a->n && i < (size_t)got; i++)
		if ((uint8_t)a->text[i] != at[i])
			return tc_fail(w->err, -TC_ERR_UNMET, "byte %zu is 0x%02x, expected 0x%02x", i,
				       at[i], (uint8_t)a->text[i]);
	return i < a->n ? tc_fail(w->err, -TC_ERR_UNMET, "%zu bytes, expected %zu", i, a->n) : 0;
}
