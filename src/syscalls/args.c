/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arguments of calls, from a script's tree to memory, and what the kernel left there back
 * to the tree. A letter for each argument of a call says what it is:
 *
 *	d number	f descriptor	l length	x number that may be left out
 *	m domain of a socket
 *	a address of our side		b of the kernel's	n its length
 *	A address that comes back	N its length
 *	w bytes to write		r bytes that are read (the length follows)
 *	v option's value		V value that comes back		L its length
 *	p descriptors of poll
 */
#include "own.h"

#include "host/sockaddr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define VALUE_MAX 4096		/* of an option's value */
#define ALIGN 8

/* Are the sockets of IPv6? */
static bool is_six(const struct tc_call_writer *w)
{
	return w->env->addr.family == 6;
}

/* ---- numbers ---------------------------------------------------------------------- */

static int put_number(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	return tc_call_arg_number(w, a, &w->to->arg[w->i]);
}

static int put_domain(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	w->to->arg[w->i] = is_six(w) ? AF_INET6 : AF_INET;
	return a && a->kind == TC_ARG_ELLIPSIS ? 0 : put_number(w, a);
}

static int put_optional(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	return !a || a->kind == TC_ARG_ELLIPSIS ? 0 : put_number(w, a);
}

static int put_fd(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	int rc = put_number(w, a);

	w->to->arg[w->i] = tc_call_descriptor(w->env, w->to->arg[w->i]);
	return rc;
}

/* ---- memory ----------------------------------------------------------------------- */

/* n zeroed bytes, which argument i points to. */
static int room(struct tc_call_writer *w, long n, uint8_t **at)
{
	if (n < 0 || (size_t)n > TC_HAND_BYTES - w->used)
		return tc_call_fail_at(w, NULL, -EOPNOTSUPP, "more than 1 MiB of arguments");
	*at = w->to->bytes + w->used;
	memset(*at, 0, (size_t)n);
	w->to->arg[w->i] = (long)(intptr_t)*at;
	w->used += ((size_t)n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	w->used = w->used > TC_HAND_BYTES ? TC_HAND_BYTES : w->used;
	return 0;
}

static bool is_null(const struct tc_script_arg *a)
{
	return (a->kind == TC_ARG_WORD && strcmp(a->text, "NULL") == 0) ||
	       (a->kind == TC_ARG_NUMBER && a->number == 0);
}

/* ---- addresses -------------------------------------------------------------------- */

/* The number of an interface is left out: it is of another network than the call's. */
static void store_address(uint8_t *at, const struct tc_addr *addr, uint16_t port)
{
	struct tc_addr anywhere = *addr;
	struct sockaddr_storage to;

	anywhere.scope = 0;
	memcpy(at, &to, tc_sockaddr(&to, &anywhere, port));
}

static int put_address(struct tc_call_writer *w, const struct tc_script_arg *a,
		       const struct tc_addr *addr, uint16_t port)
{
	struct tc_addr none = { .family = addr->family };
	uint8_t *at = NULL;
	int rc;

	if (!a)
		return tc_call_fail_at(w, a, -EOPNOTSUPP, "an address is missing");
	if (is_null(a))
		return 0;
	rc = room(w, sizeof(struct sockaddr_storage), &at);
	if (rc < 0)
		return rc;
	if (a->kind != TC_ARG_ELLIPSIS && a->kind != TC_ARG_STRUCT)
		return tc_call_fail_at(w, a, -EOPNOTSUPP, "an address is ... or {sa_family=AF_INET, "
			       "sin_port=htons(80), sin_addr=inet_addr(\"10.0.0.1\")}; of IPv6 "
			       "{sa_family=AF_INET6, sin6_port=htons(80), "
			       "sin6_addr=inet_pton(\"::1\")}");
	if (a->kind == TC_ARG_STRUCT) {
		store_address(at, &none, 0);
		return tc_call_fill(w, a, at);
	}
	store_address(at, addr, port);
	return 0;
}

static int put_ours(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	return put_address(w, a, &w->env->peer, w->env->connect_port);
}

static int put_theirs(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	return put_address(w, a, &w->env->addr, w->env->bind_port);
}

static long address_length(const struct tc_call_writer *w)
{
	return is_six(w) ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

static int put_address_length(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	w->to->arg[w->i] = address_length(w);
	return a && a->kind == TC_ARG_ELLIPSIS ? 0 : put_number(w, a);
}

static int put_address_back(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	uint8_t *at = NULL;

	if (!a)
		return tc_call_fail_at(w, a, -EOPNOTSUPP, "an address is missing");
	return is_null(a) ? 0 : room(w, sizeof(struct sockaddr_storage), &at);
}

/* [16], or `...` for the length of what is before it. */
static int put_length_back(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	long n = address_length(w);
	uint8_t *at = NULL;
	int rc;

	if (a && is_null(a))
		return 0;
	if (!a || (a->kind != TC_ARG_ELLIPSIS && a->kind != TC_ARG_LIST))
		return tc_call_fail_at(w, a, -EOPNOTSUPP, "a length that comes back is ... or [16]");
	rc = a->kind == TC_ARG_LIST ? tc_call_arg_number(w, a->items, &n) : 0;
	if (rc >= 0)
		rc = room(w, sizeof(int), &at);
	if (rc >= 0)
		tc_call_store(at, sizeof(int), n);
	return rc;
}

/* What [16] says goes in, and has to come back. */
static int compare_length(const struct tc_call_writer *w, const struct tc_script_arg *a,
			  const uint8_t *at)
{
	long is = tc_call_load(at, sizeof(int)), must = is;
	int rc = 0;

	if (a->kind == TC_ARG_LIST && a->items && w->to->result >= 0)
		rc = tc_call_arg_number(w, a->items, &must);
	return rc < 0 || is == must ? rc :
	       tc_fail(w->err, -TC_ERR_UNMET, "the length is %ld, expected %ld", is, must);
}

static int compare_address(const struct tc_call_writer *w, const struct tc_script_arg *a,
			   const uint8_t *at)
{
	return a->kind == TC_ARG_STRUCT && w->to->result >= 0 ? tc_call_differs(w, a, at) : 0;
}

/* ---- data ------------------------------------------------------------------------- */

static int put_data(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	uint8_t *at = NULL;
	long n;
	int rc;

	if (!a || (a->kind != TC_ARG_ELLIPSIS && a->kind != TC_ARG_STRING))
		return tc_call_fail_at(w, a, -EOPNOTSUPP, "bytes are ... or \"text\"");
	rc = tc_call_arg_number(w, a->next, &n);
	if (rc >= 0 && a->kind == TC_ARG_STRING && (long)a->n > n)
		n = (long)a->n;
	if (rc >= 0)
		rc = room(w, n, &at);
	if (rc >= 0 && a->kind == TC_ARG_STRING)
		memcpy(at, a->text, a->n);
	return rc;
}

static int put_buffer(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	int rc = put_data(w, a);

	if (rc >= 0 && a->kind == TC_ARG_STRING)	/* that is what is expected */
		memset((void *)(intptr_t)w->to->arg[w->i], 0, a->n);
	return rc;
}

static int compare_data(const struct tc_call_writer *w, const struct tc_script_arg *a,
			const uint8_t *at)
{
	size_t i;

	if (a->kind != TC_ARG_STRING || w->to->result < 0)
		return 0;
	for (i = 0; i < a->n && i < (size_t)w->to->result; i++)
		if ((uint8_t)a->text[i] != at[i])
			return tc_fail(w->err, -TC_ERR_UNMET, "byte %zu is 0x%02x, expected 0x%02x", i,
				       at[i], (uint8_t)a->text[i]);
	return i < a->n ? tc_fail(w->err, -TC_ERR_UNMET, "%zu bytes, expected %zu", i, a->n) : 0;
}

/* ---- options ---------------------------------------------------------------------- */

/* The value into `at`, of VALUE_MAX bytes; its length is returned. */
static int fill_value(const struct tc_call_writer *w, const struct tc_script_arg *a, uint8_t *at)
{
	int n = 0, rc = 0;
	long v;

	if (!a)
		return tc_call_fail_at(w, a, -EOPNOTSUPP, "an option's value is missing");
	if (a->kind == TC_ARG_ELLIPSIS)
		return 0;
	if (a->kind == TC_ARG_STRUCT)
		return tc_call_fill(w, a, at) < 0 ? w->err->code : TC_CALL_STRUCT;
	if (a->kind == TC_ARG_STRING) {
		if (a->n >= VALUE_MAX)
			return tc_call_fail_at(w, a, -EOPNOTSUPP, "more than 4 KiB of an option's value");
		memcpy(at, a->text, a->n);
		return (int)a->n;
	}
	if (a->kind != TC_ARG_LIST) {
		rc = tc_call_arg_number(w, a, &v);
		tc_call_store(at, sizeof(int), rc < 0 ? 0 : v);
		return rc < 0 ? rc : (int)sizeof(int);
	}
	for (a = a->items; a && n < VALUE_MAX; a = a->next, n += (int)sizeof(int)) {
		rc = tc_call_arg_number(w, a, &v);
		if (rc < 0)
			return rc;
		tc_call_store(at + n, sizeof(int), v);
	}
	return n;
}

static int put_value(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	uint8_t *at = NULL;
	int rc = room(w, VALUE_MAX, &at);

	if (rc >= 0)
		rc = fill_value(w, a, at);
	return rc < 0 ? rc : 0;
}

static int put_value_back(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	int rc = put_value(w, a);

	if (rc >= 0)
		memset((void *)(intptr_t)w->to->arg[w->i], 0, VALUE_MAX);
	return rc;
}

static int compare_value(const struct tc_call_writer *w, const struct tc_script_arg *a,
			 const uint8_t *at)
{
	uint8_t want[VALUE_MAX] = { 0 };
	int n;

	if (w->to->result < 0)
		return 0;
	if (a->kind == TC_ARG_STRUCT)
		return tc_call_differs(w, a, at);
	n = fill_value(w, a, want);
	if (n < 0 || memcmp(at, want, (size_t)n) == 0)
		return n < 0 ? n : 0;
	if (a->kind == TC_ARG_STRING)
		return tc_fail(w->err, -TC_ERR_UNMET, "the value is \"%.64s\", expected \"%.64s\"",
			       (const char *)at, (const char *)want);
	return tc_fail(w->err, -TC_ERR_UNMET, "the value is %ld, expected %ld",
		       tc_call_load(at, sizeof(int)), tc_call_load(want, sizeof(int)));
}

/* ---- poll ------------------------------------------------------------------------- */

#define POLLFD 8u		/* bytes of a struct pollfd */
#define REVENTS 6u		/* where it has what comes back */

static int put_poll(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	static const char how[] = "descriptors are [{fd=4, events=POLLIN, revents=POLLIN}]";
	const struct tc_script_arg *of;
	uint8_t *at = NULL;
	long n = 0;
	int rc;

	if (!a || a->kind != TC_ARG_LIST)
		return tc_call_fail_at(w, a, -EOPNOTSUPP, how);
	for (of = a->items; of; of = of->next, n++)
		if (of->kind != TC_ARG_STRUCT)
			return tc_call_fail_at(w, of, -EOPNOTSUPP, how);
	rc = room(w, n * (long)POLLFD, &at);
	for (of = a->items; of && rc >= 0; of = of->next, at += POLLFD) {
		rc = tc_call_fill(w, of, at);
		memset(at + REVENTS, 0, 2);	/* which says what is expected back */
	}
	return rc;
}

static int compare_poll(const struct tc_call_writer *w, const struct tc_script_arg *a,
			const uint8_t *at)
{
	int rc = 0;

	for (a = a->items; a && rc >= 0; a = a->next, at += POLLFD)
		rc = tc_call_differs(w, a, at);
	return rc;
}

/* ---- all of a call ---------------------------------------------------------------- */

static const struct letter {
	char letter;
	int (*put)(struct tc_call_writer *w, const struct tc_script_arg *a);
	int (*compare)(const struct tc_call_writer *w, const struct tc_script_arg *a,
		       const uint8_t *at);
} letters[] = {
	{ 'd', put_number, NULL },
	{ 'l', put_number, NULL },
	{ 'm', put_domain, NULL },
	{ 'x', put_optional, NULL },
	{ 'f', put_fd, NULL },
	{ 'a', put_ours, NULL },
	{ 'b', put_theirs, NULL },
	{ 'n', put_address_length, NULL },
	{ 'A', put_address_back, compare_address },
	{ 'N', put_length_back, compare_length },
	{ 'w', put_data, NULL },
	{ 'r', put_buffer, compare_data },
	{ 'v', put_value, NULL },
	{ 'V', put_value_back, compare_value },
	{ 'L', put_length_back, compare_length },
	{ 'p', put_poll, compare_poll },
};

static const struct letter *letter(char c)
{
	const struct letter *l = letters;

	while (l->letter != c)
		l++;
	return l;
}

int tc_call_args(const struct tc_call_env *env, const struct tc_script_event *e,
		 const struct tc_call_kind *kind, struct tc_hand_call *to,
		 struct tc_error *err)
{
	struct tc_call_writer w = { .env = env, .event = e, .to = to, .err = err };
	const struct tc_script_arg *a = e->call.args;
	int rc = 0;

	to->number = kind->number;
	for (; kind->args[w.i] && rc >= 0; w.i++, a = a ? a->next : NULL)
		rc = letter(kind->args[w.i])->put(&w, a);
	if (rc >= 0 && a)
		rc = tc_call_fail_at(&w, a, -EOPNOTSUPP, "an argument too many");
	return rc;
}

int tc_call_compare(const struct tc_call_env *env, const struct tc_script_event *e,
		    const struct tc_call_kind *kind, const struct tc_hand_call *done,
		    struct tc_error *err)
{
	struct tc_hand_call copy = *done;
	struct tc_call_writer w = { .env = env, .event = e, .to = &copy, .err = err };
	const struct tc_script_arg *a = e->call.args;
	const struct letter *l;
	int rc = 0;

	for (; kind->args[w.i] && a && rc >= 0; w.i++, a = a->next) {
		l = letter(kind->args[w.i]);
		if (l->compare && done->arg[w.i])
			rc = l->compare(&w, a, (const uint8_t *)(intptr_t)done->arg[w.i]);
	}
	return rc;
}
