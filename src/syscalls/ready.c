/* SPDX-License-Identifier: BSD-2-Clause */
/* What poll(2) and epoll(7) are asked about, and what they say of it. */
#include "own.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

int tc_call_put_polled(struct tc_call_writer *w, const struct tc_script_arg *a)
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
	rc = tc_call_point(w, n * (long)sizeof(struct pollfd), &at);
	for (of = a->items; of && rc >= 0; of = of->next, at += sizeof(struct pollfd)) {
		rc = tc_call_fill(w, &tc_call_pollfd, of, at);
		/* which says what is expected back */
		memset(at + offsetof(struct pollfd, revents), 0, sizeof(short));
	}
	return rc;
}

/* Are structures in a row as they are listed? */
static int compare_row(const struct tc_call_writer *w, const struct tc_call_struct *of,
		       const struct tc_script_arg *list, const uint8_t *at)
{
	int rc = 0;

	for (; list && rc >= 0; list = list->next, at += of->size)
		rc = tc_call_differs(w, of, list, at);
	return rc;
}

int tc_call_compare_polled(const struct tc_call_writer *w, const struct tc_script_arg *a,
			   const uint8_t *at)
{
	return compare_row(w, &tc_call_pollfd, a->items, at);
}

int tc_call_put_event(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	uint8_t *at = NULL;
	int rc;

	if (tc_call_put_bad_pointer(w, a))
		return 0;
	if (!a || a->kind != TC_ARG_STRUCT)
		return tc_call_fail_at(w, a, -EOPNOTSUPP, "an event is {events=EPOLLIN, fd=4}");
	rc = tc_call_point(w, tc_call_epoll_event.size, &at);
	return rc < 0 ? rc : tc_call_fill(w, &tc_call_epoll_event, a, at);
}

/* One {…} is the first that comes back, [{…}, {…}] are several. */
static const struct tc_script_arg *events(const struct tc_script_arg *a)
{
	return a->kind == TC_ARG_LIST ? a->items : a;
}

/* One alone has others behind it that are no events. */
static int each_event(const struct tc_call_writer *w, const struct tc_script_arg *a, long *n)
{
	uint8_t scratch[TC_CALL_STRUCT];
	int rc = 0;

	*n = 0;
	for (const struct tc_script_arg *of = events(a); of && rc >= 0; of = of->next) {
		if (of->kind != TC_ARG_STRUCT)
			return tc_call_fail_at(w, of, -EOPNOTSUPP, "events that come back are ..., "
				       "{events=EPOLLIN, fd=4} or [{…}, {…}]");
		rc = tc_call_fill(w, &tc_call_epoll_event, of, scratch);
		++*n;
		if (a->kind == TC_ARG_STRUCT)
			break;
	}
	return rc;
}

int tc_call_put_events_back(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	uint8_t *at = NULL;
	long most = 0, n = 0;
	int rc;

	if (!a)
		return tc_call_fail_at(w, a, -EOPNOTSUPP, "events that come back are missing");
	rc = tc_call_arg_number(w, a->next, &most);
	if (rc >= 0 && a->kind != TC_ARG_ELLIPSIS)
		rc = each_event(w, a, &n);
	most = most > n ? most : n;
	return rc < 0 ? rc : most > (long)TC_HAND_BYTES ?
	       tc_call_fail_at(w, a->next, -EOPNOTSUPP, "more than 1 MiB of events") :
	       tc_call_point(w, most * (long)tc_call_epoll_event.size, &at);
}

int tc_call_compare_events(const struct tc_call_writer *w, const struct tc_script_arg *a,
			   const uint8_t *at)
{
	if (w->to->result < 0 || a->kind == TC_ARG_ELLIPSIS)
		return 0;
	return a->kind == TC_ARG_LIST ? compare_row(w, &tc_call_epoll_event, a->items, at) :
	       tc_call_differs(w, &tc_call_epoll_event, a, at);
}
