/* SPDX-License-Identifier: BSD-2-Clause */
/* Structures among the arguments of calls. */
#include "own.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <linux/errqueue.h>

/* ---- structures ------------------------------------------------------------------- */

#define ADDRESS6 16u		/* bytes of a member that is not a number */
#define MEMBER(type, member) offsetof(type, member), sizeof ((type *)0)->member, false

/* sockaddr_in and _in6 */
const struct tc_call_struct tc_call_sockaddr = { sizeof(struct sockaddr_in6), {
	{ "sa_family", MEMBER(struct sockaddr, sa_family) },
	{ "sin_family", MEMBER(struct sockaddr_in, sin_family) },
	{ "sin_port", MEMBER(struct sockaddr_in, sin_port) },
	{ "sin_addr", MEMBER(struct sockaddr_in, sin_addr) },
	{ "sin6_family", MEMBER(struct sockaddr_in6, sin6_family) },
	{ "sin6_port", MEMBER(struct sockaddr_in6, sin6_port) },
	{ "sin6_flowinfo", MEMBER(struct sockaddr_in6, sin6_flowinfo) },
	{ "sin6_addr", MEMBER(struct sockaddr_in6, sin6_addr) },
	{ "sin6_scope_id", MEMBER(struct sockaddr_in6, sin6_scope_id) },
} };

/* linger and timeval */
const struct tc_call_struct tc_call_value = { sizeof(struct timeval), {
	{ "onoff", MEMBER(struct linger, l_onoff) }, { "l_onoff", MEMBER(struct linger, l_onoff) },
	{ "linger", MEMBER(struct linger, l_linger) },
	{ "l_linger", MEMBER(struct linger, l_linger) },
	{ "tv_sec", MEMBER(struct timeval, tv_sec) }, { "tv_usec", MEMBER(struct timeval, tv_usec) },
} };

const struct tc_call_struct tc_call_pollfd = { sizeof(struct pollfd), {
	{ "fd", offsetof(struct pollfd, fd), sizeof(int), true },
	{ "events", MEMBER(struct pollfd, events) }, { "revents", MEMBER(struct pollfd, revents) },
} };

const struct tc_call_struct tc_call_epoll_event = { sizeof(struct epoll_event), {
	{ "events", MEMBER(struct epoll_event, events) },
	{ "fd", offsetof(struct epoll_event, data.fd), sizeof(int), true },
	{ "ptr", MEMBER(struct epoll_event, data.ptr) },
	{ "u32", MEMBER(struct epoll_event, data.u32) },
	{ "u64", MEMBER(struct epoll_event, data.u64) },
} };

const struct tc_call_struct tc_call_sock_error = { sizeof(struct sock_extended_err), {
	{ "ee_errno", MEMBER(struct sock_extended_err, ee_errno) },
	{ "ee_origin", MEMBER(struct sock_extended_err, ee_origin) },
	{ "ee_type", MEMBER(struct sock_extended_err, ee_type) },
	{ "ee_code", MEMBER(struct sock_extended_err, ee_code) },
	{ "ee_info", MEMBER(struct sock_extended_err, ee_info) },
	{ "ee_data", MEMBER(struct sock_extended_err, ee_data) },
} };

/* The first of struct scm_timestamping. */
const struct tc_call_struct tc_call_timestamp = { sizeof(struct timespec), {
	{ "scm_sec", MEMBER(struct timespec, tv_sec) },
	{ "scm_nsec", MEMBER(struct timespec, tv_nsec) },
} };

static const struct tc_call_member *member(const struct tc_call_struct *of, const char *name)
{
	for (const struct tc_call_member *m = of->members; name && m->name; m++)
		if (strcmp(m->name, name) == 0)
			return m;
	return NULL;
}

static int fill_member(const struct tc_call_writer *w, const struct tc_script_arg *m,
		       const struct tc_call_member *of, uint8_t *at)
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

int tc_call_fill(const struct tc_call_writer *w, const struct tc_call_struct *of,
		 const struct tc_script_arg *a, uint8_t *at)
{
	const struct tc_script_arg *m;
	const struct tc_call_member *is;
	int rc = 0;

	for (m = a->items; m && rc >= 0; m = m->next) {
		is = member(of, m->name);
		if (!is)
			return tc_call_fail_at(w, m, -EOPNOTSUPP, "a member that is not known");
		if (m->kind != TC_ARG_ELLIPSIS)
			rc = fill_member(w, m, is, at);
	}
	return rc;
}

static int compare_member(const struct tc_call_writer *w, const struct tc_call_member *of,
			  const uint8_t *at, const uint8_t *want)
{
	long is, must;

	if (memcmp(at + of->off, want + of->off, of->size) == 0)
		return 0;
	if (of->size == ADDRESS6)
		return tc_fail(w->err, -TC_ERR_UNMET, "%s is another address", of->name);
	is = tc_call_load(at + of->off, of->size);
	must = tc_call_load(want + of->off, of->size);
	return tc_fail(w->err, -TC_ERR_UNMET, "%s is %#lx, expected %#lx", of->name, is, must);
}

int tc_call_differs(const struct tc_call_writer *w, const struct tc_call_struct *of,
		    const struct tc_script_arg *a, const uint8_t *at)
{
	uint8_t want[TC_CALL_STRUCT] = { 0 };
	int rc = tc_call_fill(w, of, a, want);

	for (const struct tc_script_arg *m = a->items; m && rc >= 0; m = m->next)
		if (m->kind != TC_ARG_ELLIPSIS)
			rc = compare_member(w, member(of, m->name), at, want);
	return rc;
}
