/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arguments of calls, from a script's tree to memory, and what the kernel left there back
 * to the tree, by what each is (enum tc_call_arg).
 */
#include "own.h"

#include "host/sockaddr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define VALUE_MAX 4096		/* of an option's value */

/* ---- numbers ---------------------------------------------------------------------- */

static int put_number(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	return tc_call_arg_number(w, a, &w->to->arg[w->i]);
}

static int put_domain(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	w->to->arg[w->i] = tc_call_is_six(w) ? AF_INET6 : AF_INET;
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

/* Does it point to memory of the call? */
static bool is_ours(const struct tc_hand_call *c, long pointer)
{
	uintptr_t at = (uintptr_t)pointer, from = (uintptr_t)c->bytes;

	return at >= from && at - from < TC_HAND_BYTES;
}

/* ---- addresses -------------------------------------------------------------------- */

static int put_address(struct tc_call_writer *w, const struct tc_script_arg *a,
		       const struct tc_addr *addr, uint16_t port)
{
	struct tc_addr none = { .family = addr->family };
	uint8_t *at = NULL;
	long family = 0;
	int rc;

	if (!a)
		return tc_call_fail_at(w, a, -EOPNOTSUPP, "an address is missing");
	if (tc_call_put_bad_pointer(w, a))
		return 0;
	if (a->kind != TC_ARG_ELLIPSIS && a->kind != TC_ARG_STRUCT && a->kind != TC_ARG_WORD)
		return tc_call_fail_at(w, a, -EOPNOTSUPP, "an address is ..., AF_UNSPEC or "
			       "{sa_family=AF_INET, "
			       "sin_port=htons(80), sin_addr=inet_addr(\"10.0.0.1\")}; of IPv6 "
			       "{sa_family=AF_INET6, sin6_port=htons(80), "
			       "sin6_addr=inet_pton(\"::1\")}");
	rc = a->kind == TC_ARG_WORD ? tc_call_arg_number(w, a, &family) : 0;
	if (rc >= 0)
		rc = tc_call_point(w, sizeof(struct sockaddr_storage), &at);
	if (rc < 0)
		return rc;
	if (a->kind == TC_ARG_WORD)	/* alone, it is one without port and address */
		tc_call_store(at, sizeof(sa_family_t), family);
	else
		tc_call_store_address(at, a->kind == TC_ARG_STRUCT ? &none : addr,
			      a->kind == TC_ARG_STRUCT ? 0 : port);
	return a->kind == TC_ARG_STRUCT ? tc_call_fill(w, &tc_call_sockaddr, a, at) : 0;
}

static int put_peer(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	return put_address(w, a, &w->env->peer, w->env->connect_port);
}

static int put_kernel(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	return put_address(w, a, &w->env->addr, w->env->bind_port);
}

static long address_length(const struct tc_call_writer *w)
{
	return tc_call_is_six(w) ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
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
	return tc_call_put_bad_pointer(w, a) ? 0 :
	       tc_call_point(w, sizeof(struct sockaddr_storage), &at);
}

/* The number has been read, or rc says why not. */
static int put_pointed(struct tc_call_writer *w, int rc, unsigned bytes, long n)
{
	uint8_t *at = NULL;

	if (rc >= 0)
		rc = tc_call_point(w, bytes, &at);
	if (rc >= 0)
		tc_call_store(at, bytes, n);
	return rc;
}

/* [16], or `...` for the length of what is before it. */
static int put_length_back(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	long n = address_length(w);
	int rc;

	if (tc_call_put_bad_pointer(w, a))
		return 0;
	if (!a || (a->kind != TC_ARG_ELLIPSIS && a->kind != TC_ARG_LIST))
		return tc_call_fail_at(w, a, -EOPNOTSUPP, "a length that comes back is ... or [16]");
	rc = a->kind == TC_ARG_LIST ? tc_call_arg_number(w, a->items, &n) : 0;
	return put_pointed(w, rc, sizeof(int), n);
}

/* What [16] says goes in, and has to come back. */
static int compare_int(const struct tc_call_writer *w, const struct tc_script_arg *a,
		       const uint8_t *at, const char *what)
{
	long is = tc_call_load(at, sizeof(int)), must = is;
	int rc = 0;

	if (a->kind == TC_ARG_LIST && a->items && w->to->result >= 0)
		rc = tc_call_arg_number(w, a->items, &must);
	return rc < 0 || (int)is == (int)must ? rc :
	       tc_fail(w->err, -TC_ERR_UNMET, "the %s is %ld, expected %ld", what, is, must);
}

static int compare_length(const struct tc_call_writer *w, const struct tc_script_arg *a,
			  const uint8_t *at)
{
	return compare_int(w, a, at, "length");
}

static int compare_address(const struct tc_call_writer *w, const struct tc_script_arg *a,
			   const uint8_t *at)
{
	return a->kind == TC_ARG_STRUCT && w->to->result >= 0 ? tc_call_differs(w, &tc_call_sockaddr, a, at) : 0;
}

/* ---- data ------------------------------------------------------------------------- */

static int put_data(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	uint8_t *at = NULL;
	long n;
	int rc;

	if (!a)
		return tc_call_fail_at(w, a, -EOPNOTSUPP, "bytes are missing");
	rc = tc_call_arg_number(w, a->next, &n);
	if (rc < 0 || tc_call_put_bad_pointer(w, a))
		return rc;
	rc = tc_call_put_bytes(w, a, n, w->back, &at);
	w->to->arg[w->i] = (long)(intptr_t)at;
	return rc;
}

static int compare_bytes(const struct tc_call_writer *w, const struct tc_script_arg *a,
			 const uint8_t *at)
{
	return tc_call_compare_bytes(w, a, at, w->to->result);
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
		return tc_call_fill(w, &tc_call_value, a, at) < 0 ? w->err->code :
		       (int)tc_call_value.size;
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
	int rc = 0;

	if (a && tc_call_is_null(a))
		return 0;
	rc = tc_call_point(w, VALUE_MAX, &at);
	if (rc >= 0)
		rc = fill_value(w, a, at);
	return rc < 0 ? rc : 0;
}

static int put_value_back(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	int rc = put_value(w, a);

	if (rc >= 0 && w->to->arg[w->i])
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
		return tc_call_differs(w, &tc_call_value, a, at);
	n = fill_value(w, a, want);
	if (n < 0 || memcmp(at, want, (size_t)n) == 0)
		return n < 0 ? n : 0;
	if (a->kind == TC_ARG_STRING)
		return tc_fail(w->err, -TC_ERR_UNMET, "the value is \"%.64s\", expected \"%.64s\"",
			       (const char *)at, (const char *)want);
	return tc_fail(w->err, -TC_ERR_UNMET, "the value is %ld, expected %ld",
		       tc_call_load(at, sizeof(int)), tc_call_load(want, sizeof(int)));
}

/* [1000]: what goes in, for what takes a number, and has to come back. */
static int put_number_back(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	long v = 0;
	int rc;

	if (!a || tc_call_put_bad_pointer(w, a))
		return 0;
	if (a->kind != TC_ARG_ELLIPSIS && a->kind != TC_ARG_LIST)
		return tc_call_fail_at(w, a, -EOPNOTSUPP, "a number that comes back is ... or [1000]");
	rc = a->kind == TC_ARG_LIST ? tc_call_arg_number(w, a->items, &v) : 0;
	return put_pointed(w, rc, sizeof(int), v);
}

static int compare_number(const struct tc_call_writer *w, const struct tc_script_arg *a,
			  const uint8_t *at)
{
	return compare_int(w, a, at, "number");
}

/* ---- files ------------------------------------------------------------------------ */

static int put_path(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	uint8_t *at = NULL;
	int rc;

	if (!a || a->kind != TC_ARG_STRING)
		return tc_call_fail_at(w, a, -EOPNOTSUPP, "the name of a file is \"text\"");
	rc = tc_call_point(w, (long)a->n + 1, &at);
	if (rc >= 0)
		memcpy(at, a->text, a->n);
	return rc;
}

static int put_offset(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	long v = 0;
	int rc;

	if (tc_call_put_bad_pointer(w, a))
		return 0;
	if (!a || a->kind != TC_ARG_LIST)
		return tc_call_fail_at(w, a, -EOPNOTSUPP, "an offset is NULL or [0]");
	rc = tc_call_arg_number(w, a->items, &v);
	return put_pointed(w, rc, sizeof(loff_t), v);
}

static int put_pipe(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	static const char how[] = "the ends of a pipe are [5, 6]";
	uint8_t *at = NULL;
	long v;
	int rc;

	if (!a || a->kind != TC_ARG_LIST || !a->items || !a->items->next || a->items->next->next)
		return tc_call_fail_at(w, a, -EOPNOTSUPP, how);
	rc = tc_call_arg_number(w, a->items, &v);
	if (rc >= 0)
		rc = tc_call_arg_number(w, a->items->next, &v);
	return rc < 0 ? rc : tc_call_point(w, 2 * sizeof(int), &at);
}

static int name_pipe(const struct tc_call_writer *w, const struct tc_script_arg *a,
		     const uint8_t *at)
{
	const struct tc_script_arg *end = a->items;
	long script;

	for (; end && w->to->result >= 0; end = end->next, at += sizeof(int))
		if (tc_call_arg_number(w, end, &script) >= 0)
			tc_call_name_descriptor(w->env->fds, script, tc_call_load(at, sizeof(int)));
	return 0;
}

/* ---- all of a call ---------------------------------------------------------------- */

static const struct {
	tc_call_put *put;
	tc_call_compare_arg *compare;
} kinds[CALL_ARG_COUNT] = {
	[CALL_NUMBER] = { put_number, NULL },
	[CALL_NUMBER_IF_ANY] = { put_optional, NULL },
	[CALL_DOMAIN] = { put_domain, NULL },
	[CALL_DESCRIPTOR] = { put_fd, NULL },
	[CALL_PEER] = { put_peer, NULL },
	[CALL_KERNEL] = { put_kernel, NULL },
	[CALL_ADDRESS_LENGTH] = { put_address_length, NULL },
	[CALL_ADDRESS_BACK] = { put_address_back, compare_address },
	[CALL_LENGTH_BACK] = { put_length_back, compare_length },
	[CALL_BYTES] = { put_data, NULL },
	[CALL_BYTES_BACK] = { put_data, compare_bytes },
	[CALL_VALUE] = { put_value, NULL },
	[CALL_VALUE_BACK] = { put_value_back, compare_value },
	[CALL_NUMBER_BACK] = { put_number_back, compare_number },
	[CALL_VECTOR] = { tc_call_put_vector, NULL },
	[CALL_VECTOR_BACK] = { tc_call_put_vector, tc_call_compare_vector },
	[CALL_MESSAGE] = { tc_call_put_message, NULL },
	[CALL_MESSAGE_BACK] = { tc_call_put_message, tc_call_compare_message },
	[CALL_POLLED] = { tc_call_put_polled, tc_call_compare_polled },
	[CALL_EVENT] = { tc_call_put_event, NULL },
	[CALL_EVENTS_BACK] = { tc_call_put_events_back, tc_call_compare_events },
	[CALL_PIPE_BACK] = { put_pipe, name_pipe },
	[CALL_PATH] = { put_path, NULL },
	[CALL_OFFSET] = { put_offset, NULL },
};

int tc_call_args(const struct tc_call_env *env, const struct tc_script_event *e,
		 const struct tc_call_kind *kind, struct tc_hand_call *to,
		 struct tc_error *err)
{
	struct tc_call_writer w = { .env = env, .event = e, .to = to, .err = err };
	const struct tc_script_arg *a = e->call.args;
	int rc = 0;

	to->number = kind->number;
	for (; kind->args[w.i] && rc >= 0; w.i++, a = a ? a->next : NULL) {
		w.back = kinds[kind->args[w.i]].compare;
		rc = kinds[kind->args[w.i]].put(&w, a);
	}
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
	tc_call_compare_arg *compare;
	int rc = 0;

	for (; kind->args[w.i] && a && rc >= 0; w.i++, a = a->next) {
		compare = kinds[kind->args[w.i]].compare;
		if (compare && is_ours(done, done->arg[w.i]))
			rc = compare(&w, a, (const uint8_t *)(intptr_t)done->arg[w.i]);
	}
	return rc;
}
