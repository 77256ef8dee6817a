/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of sendmsg and recvmsg: bytes in several places, and what goes or comes beside
 * them, such as the errors and times of MSG_ERRQUEUE. */
#include "own.h"

#include <tcpcraft/clock.h>

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <linux/errqueue.h>

#define CONTROL_MOST 1024u	/* bytes beside the bytes */

/* ---- vectors ---------------------------------------------------------------------- */

static int wants_vector(const struct tc_call_writer *w, const struct tc_script_arg *a)
{
	return tc_call_fail_at(w, a, -EOPNOTSUPP, "a vector is [{..., 10}, {\"text\", 4}], with as "
			       "many parts as are said");
}

/* {..., 10}: bytes and their number. */
static bool is_part(const struct tc_script_arg *a)
{
	return a->kind == TC_ARG_STRUCT && a->items && a->items->next && !a->items->next->next;
}

static int put_part(struct tc_call_writer *w, const struct tc_script_arg *a, bool back,
		    struct iovec *part)
{
	uint8_t *bytes = NULL;
	long n = 0;
	int rc = tc_call_arg_number(w, a->items->next, &n);

	if (rc >= 0)
		rc = tc_call_put_bytes(w, a->items, n, back, &bytes);
	part->iov_base = bytes;
	part->iov_len = (size_t)n;
	return rc;
}

/* A list, of which `said` says how many parts it has. */
static int put_parts(struct tc_call_writer *w, const struct tc_script_arg *a,
		     const struct tc_script_arg *said, bool back, struct iovec **parts, size_t *n)
{
	const struct tc_script_arg *of;
	uint8_t *at = NULL;
	long count = 0, want = 0;
	int rc;

	if (!a || a->kind != TC_ARG_LIST)
		return wants_vector(w, a);
	for (of = a->items; of; of = of->next, count++)
		if (!is_part(of))
			return wants_vector(w, of);
	rc = tc_call_arg_number(w, said, &want);
	if (rc >= 0 && want != count)
		return wants_vector(w, a);
	if (rc >= 0)
		rc = tc_call_room(w, count * (long)sizeof **parts, &at);
	*parts = (struct iovec *)(void *)at;
	*n = (size_t)count;
	for (size_t i = 0; rc >= 0 && i < *n; i++) {
		of = i ? of->next : a->items;
		rc = put_part(w, of, back, &(*parts)[i]);
	}
	return rc;
}

int tc_call_put_vector(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	struct iovec *parts = NULL;
	size_t n;
	int rc;

	if (tc_call_put_bad_pointer(w, a))
		return 0;
	rc = put_parts(w, a, a ? a->next : NULL, w->back, &parts, &n);
	w->to->arg[w->i] = (long)(intptr_t)parts;
	return rc;
}

/* What was read fills one part behind the other. */
int tc_call_compare_vector(const struct tc_call_writer *w, const struct tc_script_arg *a,
			   const uint8_t *at)
{
	long left = w->to->result;
	struct iovec part;
	int rc = 0;

	for (a = a->items; a && rc >= 0 && left >= 0; a = a->next, at += sizeof part) {
		memcpy(&part, at, sizeof part);
		rc = tc_call_compare_bytes(w, a->items, part.iov_base,
					   left < (long)part.iov_len ? left : (long)part.iov_len);
		left -= left < (long)part.iov_len ? left : (long)part.iov_len;
	}
	return rc;
}

/* ---- beside the bytes ------------------------------------------------------------- */

static const struct tc_script_arg *member(const struct tc_script_arg *a, const char *name)
{
	const struct tc_script_arg *m = a->items;

	while (m && (!m->name || strcmp(m->name, name) != 0))
		m = m->next;
	return m;
}

/* What the data of a control message are, by how they are written. */
static const struct tc_call_struct *data_struct(const struct tc_script_arg *data)
{
	if (data->kind != TC_ARG_STRUCT || !data->items || !data->items->name)
		return NULL;
	return strncmp(data->items->name, "ee_", 3) == 0 ? &tc_call_sock_error : &tc_call_timestamp;
}

/* How many bytes they are: behind an error stands the address of who sent it (ip(7)), there are
 * three times. */
static size_t data_size(const struct tc_script_arg *data, int level)
{
	const struct tc_call_struct *of = data_struct(data);

	if (of == &tc_call_timestamp)
		return sizeof(struct scm_timestamping);
	if (of)
		return sizeof(struct sock_extended_err) +
		       (level == SOL_IP ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
	return data->kind == TC_ARG_STRING ? data->n : sizeof(int);
}

static int fill_data(const struct tc_call_writer *w, const struct tc_script_arg *data, uint8_t *at)
{
	const struct tc_call_struct *of = data_struct(data);
	long v = 0;
	int rc;

	if (of)
		return tc_call_fill(w, of, data, at);
	if (data->kind == TC_ARG_STRING) {
		memcpy(at, data->text, data->n);
		return 0;
	}
	rc = data->kind == TC_ARG_ELLIPSIS ? 0 : tc_call_arg_number(w, data, &v);
	tc_call_store(at, sizeof(int), v);
	return rc;
}

/* One control message into `room` bytes; how many it has taken, or negative. */
static int fill_control(const struct tc_call_writer *w, const struct tc_script_arg *a, uint8_t *at,
			size_t room)
{
	const struct tc_script_arg *level = member(a, "cmsg_level"), *type = member(a, "cmsg_type"),
				   *data = member(a, "cmsg_data");
	struct cmsghdr head = { 0 };
	long level_v = 0, type_v = 0;
	size_t n;
	int rc;

	if (a->kind != TC_ARG_STRUCT || !level || !type || !data)
		return tc_call_fail_at(w, a, -EOPNOTSUPP, "a control message is {cmsg_level=SOL_TCP, "
				       "cmsg_type=TCP_CM_INQ, cmsg_data=0}");
	rc = tc_call_arg_number(w, level, &level_v);
	if (rc >= 0)
		rc = tc_call_arg_number(w, type, &type_v);
	if (rc < 0)
		return rc;
	n = data_size(data, (int)level_v);
	if (n > CONTROL_MOST || CMSG_SPACE(n) > room)
		return tc_call_fail_at(w, a, -EOPNOTSUPP, "more than 1 KiB of control messages");
	head.cmsg_len = CMSG_LEN(n);
	head.cmsg_level = (int)level_v;
	head.cmsg_type = (int)type_v;
	memset(at, 0, CMSG_SPACE(n));
	memcpy(at, &head, sizeof head);
	rc = fill_data(w, data, at + CMSG_LEN(0));
	return rc < 0 ? rc : (int)CMSG_SPACE(n);
}

/* All of them; how many bytes, or negative. */
static int fill_controls(const struct tc_call_writer *w, const struct tc_script_arg *list,
			 uint8_t at[CONTROL_MOST])
{
	int used = 0, n;

	if (list->kind != TC_ARG_LIST)
		return tc_call_fail_at(w, list, -EOPNOTSUPP, "control messages are [{…}, {…}]");
	for (const struct tc_script_arg *a = list->items; a; a = a->next, used += n) {
		n = fill_control(w, a, at + used, CONTROL_MOST - (size_t)used);
		if (n < 0)
			return n;
	}
	return used;
}

/* Times of the kernel, and of the script. One of 0 s is not said. */
static int compare_time(const struct tc_call_writer *w, const struct tc_script_arg *data,
			const uint8_t *at)
{
	struct timespec is, want = { 0 };
	tc_time off;
	int rc = tc_call_fill(w, &tc_call_timestamp, data, (uint8_t *)&want);

	memcpy(&is, at, sizeof is);
	off = (tc_time)is.tv_sec * TC_S + is.tv_nsec - w->env->zero -
	      ((tc_time)want.tv_sec * TC_S + want.tv_nsec);
	if (rc < 0 || (want.tv_sec == 0 && want.tv_nsec == 0) ||
	    (off <= w->env->tolerance &&
	     off >= w->env->zero_first - w->env->zero - w->env->tolerance))
		return rc;
	return tc_fail(w->err, -TC_ERR_UNMET, "the time is %.3f ms %s than %ld.%06ld s",
		       (double)(off < 0 ? -off : off) / TC_MS, off < 0 ? "earlier" : "later",
		       (long)want.tv_sec, want.tv_nsec / 1000);
}

static int compare_data(const struct tc_call_writer *w, const struct tc_script_arg *data,
			const uint8_t *at, const uint8_t *want, size_t n)
{
	const struct tc_call_struct *of = data_struct(data);

	if (of)
		return of == &tc_call_timestamp ? compare_time(w, data, at) :
		       tc_call_differs(w, of, data, at);
	if (data->kind == TC_ARG_ELLIPSIS || memcmp(at, want, n) == 0)
		return 0;
	if (data->kind == TC_ARG_STRING)
		return tc_fail(w->err, -TC_ERR_UNMET, "a control message has other bytes");
	return tc_fail(w->err, -TC_ERR_UNMET, "cmsg_data is %ld, expected %ld",
		       tc_call_load(at, sizeof(int)), tc_call_load(want, sizeof(int)));
}

/* One that came, of at most `room` bytes, against what the script says. */
static int compare_control(const struct tc_call_writer *w, const struct tc_script_arg *a,
			   const uint8_t *at, const uint8_t *want, size_t room)
{
	struct cmsghdr is, must;

	memcpy(&must, want, sizeof must);
	if (room < sizeof is)
		return tc_fail(w->err, -TC_ERR_UNMET, "a control message did not come");
	memcpy(&is, at, sizeof is);
	if (is.cmsg_level != must.cmsg_level || is.cmsg_type != must.cmsg_type)
		return tc_fail(w->err, -TC_ERR_UNMET, "a control message has level %d and type %d, "
			       "expected %d and %d", is.cmsg_level, is.cmsg_type, must.cmsg_level,
			       must.cmsg_type);
	if (is.cmsg_len != must.cmsg_len || is.cmsg_len > room)
		return tc_fail(w->err, -TC_ERR_UNMET, "a control message has %zu bytes, expected %zu",
			       (size_t)is.cmsg_len, (size_t)must.cmsg_len);
	return compare_data(w, member(a, "cmsg_data"), at + CMSG_LEN(0), want + CMSG_LEN(0),
			    must.cmsg_len - CMSG_LEN(0));
}

static int compare_controls(const struct tc_call_writer *w, const struct tc_script_arg *list,
			    const struct msghdr *m)
{
	uint8_t want[CONTROL_MOST];
	const uint8_t *at = m->msg_control;
	size_t left = m->msg_controllen, used = 0, n;
	struct cmsghdr must;
	int rc = fill_controls(w, list, want);

	for (const struct tc_script_arg *a = list->items; a && rc >= 0; a = a->next, used += n) {
		memcpy(&must, want + used, sizeof must);
		n = CMSG_ALIGN(must.cmsg_len);
		rc = compare_control(w, a, at, want + used, left);
		at += n;
		left -= left < n ? left : n;
	}
	if (rc >= 0 && left >= sizeof(struct cmsghdr))
		rc = tc_fail(w->err, -TC_ERR_UNMET, "more control messages came than expected");
	return rc < 0 ? rc : 0;
}

/* ---- messages --------------------------------------------------------------------- */

static int put_controls(struct tc_call_writer *w, const struct tc_script_arg *list, bool back,
			struct msghdr *m)
{
	uint8_t said[CONTROL_MOST], *at = NULL;
	int n = fill_controls(w, list, said);
	int rc = n < 0 ? n : tc_call_room(w, n, &at);

	if (rc < 0)
		return rc;
	if (!back)
		memcpy(at, said, (size_t)n);
	m->msg_control = at;
	m->msg_controllen = (size_t)n;
	return 0;
}

static int put_name(struct tc_call_writer *w, const struct tc_script_arg *a, struct msghdr *m)
{
	uint8_t *at = NULL;
	long n = 0;
	int rc;

	if (a->kind != TC_ARG_ELLIPSIS)
		return tc_call_fail_at(w, a, -EOPNOTSUPP, "a message's address is msg_name(...)=...");
	rc = tc_call_put_peer(w, &at, &n);
	m->msg_name = at;
	m->msg_namelen = (socklen_t)n;
	return rc;
}

static int put_member(struct tc_call_writer *w, const struct tc_script_arg *a, bool back,
		      struct msghdr *m)
{
	const char *name = a->name ? a->name : "";
	size_t n = 0;
	long flags = 0;
	int rc;

	if (strcmp(name, "msg_name") == 0)
		return put_name(w, a, m);
	if (strcmp(name, "msg_control") == 0)
		return put_controls(w, a, back, m);
	if (strcmp(name, "msg_iov") == 0) {
		rc = put_parts(w, a, a->name_args, back, &m->msg_iov, &n);
		m->msg_iovlen = n;
		return rc;
	}
	if (strcmp(name, "msg_flags") != 0)
		return tc_call_fail_at(w, a, -EOPNOTSUPP, "a member that is not known");
	rc = a->kind == TC_ARG_ELLIPSIS ? 0 : tc_call_arg_number(w, a, &flags);
	if (rc >= 0 && flags && !back)
		return tc_call_fail_at(w, a, -EOPNOTSUPP, "the kernel does not look at msg_flags of "
				       "what is sent: they are an argument");
	return rc;
}

int tc_call_put_message(struct tc_call_writer *w, const struct tc_script_arg *a)
{
	struct msghdr m = { 0 };
	uint8_t *at = NULL;
	int rc;

	if (tc_call_put_bad_pointer(w, a))
		return 0;
	if (!a || a->kind != TC_ARG_STRUCT)
		return tc_call_fail_at(w, a, -EOPNOTSUPP, "a message is {msg_name(...)=..., "
				       "msg_iov(1)=[{..., 10}], msg_flags=0}");
	rc = tc_call_point(w, sizeof m, &at);
	for (a = a->items; a && rc >= 0; a = a->next)
		rc = put_member(w, a, w->back, &m);
	if (rc >= 0)
		memcpy(at, &m, sizeof m);
	return rc;
}

int tc_call_compare_message(const struct tc_call_writer *w, const struct tc_script_arg *a,
			    const uint8_t *at)
{
	const struct tc_script_arg *iov = member(a, "msg_iov"), *flags = member(a, "msg_flags"),
				   *control = member(a, "msg_control");
	struct msghdr m;
	long want = 0;
	int rc = 0;

	if (w->to->result < 0)
		return 0;
	memcpy(&m, at, sizeof m);
	if (flags && flags->kind != TC_ARG_ELLIPSIS)
		rc = tc_call_arg_number(w, flags, &want);
	if (rc >= 0 && flags && flags->kind != TC_ARG_ELLIPSIS && m.msg_flags != (int)want)
		rc = tc_fail(w->err, -TC_ERR_UNMET, "msg_flags is %#x, expected %#x",
			     (unsigned)m.msg_flags, (unsigned)want);
	if (rc >= 0 && control)
		rc = compare_controls(w, control, &m);
	if (rc >= 0 && iov && m.msg_iov)
		rc = tc_call_compare_vector(w, iov, (const uint8_t *)m.msg_iov);
	return rc;
}
