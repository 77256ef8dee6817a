/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls that scripts may make, and whether all that a script asks for can be done. */
#include "own.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

/* (recv and send are recvfrom and sendto without an address. Calls that are not there on every
 * processor are left out where they are not.) */
static const struct tc_call_kind kinds[] = {
	{ "socket", SYS_socket, .args = {
		CALL_DOMAIN, CALL_NUMBER, CALL_NUMBER }, .gives = GIVES_SOCKET },
	{ "bind", SYS_bind, .args = { CALL_DESCRIPTOR, CALL_KERNEL, CALL_ADDRESS_LENGTH } },
	{ "listen", SYS_listen, .args = { CALL_DESCRIPTOR, CALL_NUMBER } },
	{ "accept", SYS_accept, .args = {
		CALL_DESCRIPTOR, CALL_ADDRESS_BACK, CALL_LENGTH_BACK }, .gives = GIVES_SOCKET },
	{ "connect", SYS_connect, .args = {
		CALL_DESCRIPTOR, CALL_PEER, CALL_ADDRESS_LENGTH } },
	{ "read", SYS_read, .args = { CALL_DESCRIPTOR, CALL_BYTES_BACK, CALL_NUMBER } },
	{ "readv", SYS_readv, .args = { CALL_DESCRIPTOR, CALL_VECTOR_BACK, CALL_NUMBER } },
	{ "recv", SYS_recvfrom, .args = {
		CALL_DESCRIPTOR, CALL_BYTES_BACK, CALL_NUMBER, CALL_NUMBER } },
	{ "recvfrom", SYS_recvfrom, .args = {
		CALL_DESCRIPTOR, CALL_BYTES_BACK, CALL_NUMBER, CALL_NUMBER, CALL_ADDRESS_BACK,
		CALL_LENGTH_BACK } },
	{ "recvmsg", SYS_recvmsg, .args = {
		CALL_DESCRIPTOR, CALL_MESSAGE_BACK, CALL_NUMBER } },
	{ "write", SYS_write, .args = { CALL_DESCRIPTOR, CALL_BYTES, CALL_NUMBER } },
	{ "writev", SYS_writev, .args = { CALL_DESCRIPTOR, CALL_VECTOR, CALL_NUMBER } },
	{ "send", SYS_sendto, .args = {
		CALL_DESCRIPTOR, CALL_BYTES, CALL_NUMBER, CALL_NUMBER } },
	{ "sendto", SYS_sendto, .args = {
		CALL_DESCRIPTOR, CALL_BYTES, CALL_NUMBER, CALL_NUMBER, CALL_PEER,
		CALL_ADDRESS_LENGTH } },
	{ "sendmsg", SYS_sendmsg, .args = { CALL_DESCRIPTOR, CALL_MESSAGE, CALL_NUMBER } },
	{ "close", SYS_close, .args = { CALL_DESCRIPTOR } },
	{ "abort", TC_HAND_ABORT, .args = { CALL_DESCRIPTOR } },
	{ "status", TC_HAND_STATUS, .args = { CALL_DESCRIPTOR } },
	{ "shutdown", SYS_shutdown, .args = { CALL_DESCRIPTOR, CALL_NUMBER } },
	{ "setsockopt", SYS_setsockopt, .args = {
		CALL_DESCRIPTOR, CALL_NUMBER, CALL_NUMBER, CALL_VALUE, CALL_NUMBER } },
	{ "getsockopt", SYS_getsockopt, .args = {
		CALL_DESCRIPTOR, CALL_NUMBER, CALL_NUMBER, CALL_VALUE_BACK, CALL_LENGTH_BACK } },
	{ "fcntl", SYS_fcntl, .args = { CALL_DESCRIPTOR, CALL_NUMBER, CALL_NUMBER_IF_ANY } },
	{ "ioctl", SYS_ioctl, .args = { CALL_DESCRIPTOR, CALL_NUMBER, CALL_NUMBER_BACK } },
	{ "sendfile", SYS_sendfile, .args = {
		CALL_DESCRIPTOR, CALL_DESCRIPTOR, CALL_OFFSET, CALL_NUMBER } },
	{ "splice", SYS_splice, .args = {
		CALL_DESCRIPTOR, CALL_OFFSET, CALL_DESCRIPTOR, CALL_OFFSET, CALL_NUMBER,
		CALL_NUMBER } },
	{ "epoll_ctl", SYS_epoll_ctl, .args = {
		CALL_DESCRIPTOR, CALL_NUMBER, CALL_DESCRIPTOR, CALL_EVENT } },
#ifdef SYS_poll
	{ "poll", SYS_poll, .args = { CALL_POLLED, CALL_NUMBER, CALL_NUMBER } },
#endif
#ifdef SYS_epoll_create
	{ "epoll_create", SYS_epoll_create, .args = { CALL_NUMBER }, .gives = GIVES_FILE },
#endif
#ifdef SYS_epoll_wait
	{ "epoll_wait", SYS_epoll_wait, .args = {
		CALL_DESCRIPTOR, CALL_EVENTS_BACK, CALL_NUMBER, CALL_NUMBER } },
#endif
#ifdef SYS_pipe
	{ "pipe", SYS_pipe, .args = { CALL_PIPE_BACK } },
#endif
#ifdef SYS_open
	{ "open", SYS_open, .args = {
		CALL_PATH, CALL_NUMBER, CALL_NUMBER_IF_ANY },
	  .gives = GIVES_FILE, .reaches_files = true },
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
	char names[512] = "";
	size_t used = 0;

	for (size_t i = 0; i < KINDS && used < sizeof names; i++)
		used += (size_t)snprintf(names + used, sizeof names - used, "%s%s",
					 i ? ", " : "", kinds[i].name);
	return tc_script_fail(s, e->line, e->column, err, -EOPNOTSUPP,
			      "%s() is not one of the calls that can be made: %s",
			      e->call.name, names);
}

static int check_call(const struct tc_call_env *env, const struct tc_script_event *e,
		      bool allow_shell, struct tc_hand_call *scratch, struct tc_error *err)
{
	const struct tc_call_kind *kind = tc_call_kind(e->call.name);
	const struct tc_script_arg *result = e->call.result;
	long v;
	int rc;

	if (!kind)
		return tc_call_unknown(env->script, e, err);
	if (kind->reaches_files && !allow_shell)
		return tc_script_fail(env->script, e->line, e->column, err, -EOPNOTSUPP,
				      "%s() reaches the files of this machine: --allow-shell "
				      "lets it, as you", kind->name);
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
			rc = check_call(env, e, allow_shell, scratch, err);
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
