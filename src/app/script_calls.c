/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls of a script on their way to the local kernel and back: which there are, which
 * run, and whether what they returned is what the script says. */
#include "script_calls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

/* (recv and send are recvfrom and sendto without an address; see script_args.c for what
 * the letters mean.) */
static const struct tc_call_kind kinds[] = {
	{ "socket", SYS_socket, "ddd", true },
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

struct running {		/* a call that was started */
	struct tc_local_call *call;	/* NULL: none */
	const struct tc_script_event *event;
	const struct tc_call_kind *kind;	/* NULL: a shell line */
};

struct tc_calls {
	struct tc_local *local;
	struct tc_call_fds fds;
	struct tc_call_env env;
	struct running running[TC_LOCAL_CALLS];
};

/* ---- can it be done? --------------------------------------------------------------- */

static int unknown_call(const struct tc_script *s, const struct tc_script_event *e,
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
		      struct tc_local_call *scratch, struct tc_error *err)
{
	const struct tc_call_kind *kind = tc_call_kind(e->call.name);
	const struct tc_script_arg *result = e->call.result;
	long v;
	int rc;

	if (!kind)
		return unknown_call(env->script, e, err);
	rc = tc_call_args(env, e, kind, scratch, err);
	if (rc >= 0 && result && result->kind != TC_ARG_ELLIPSIS)
		rc = tc_call_number(env->script, result, &v, err);
	if (rc >= 0 && e->call.error && !tc_call_word(e->call.error, &v))
		rc = tc_script_fail(env->script, e->line, e->column, err, -EOPNOTSUPP,
				    "the errno %s is not known", e->call.error);
	return rc;
}

static int check_events(const struct tc_call_env *env, const struct tc_script_event *e,
			bool allow_shell, struct tc_local_call *scratch,
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
		else if (e->kind == TC_SCRIPT_CODE)
			rc = tc_script_fail(env->script, e->line, e->column, err, -EOPNOTSUPP,
					    "code in %%{ }%% is not run");
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
	struct tc_local_call scratch = { .bytes = malloc(TC_LOCAL_BYTES) };
	int rc = scratch.bytes ? check_events(&env, s->events, allow_shell, &scratch, err)
			       : tc_fail(err, -ENOMEM, "out of memory");

	free(scratch.bytes);
	return rc;
}

/* ---- made -------------------------------------------------------------------------- */

int tc_calls_open(struct tc_calls **out, const struct tc_script *s,
		  const struct tc_calls_config *cfg, struct tc_error *err)
{
	struct tc_calls *c = calloc(1, sizeof *c);

	if (!c)
		return tc_fail(err, -ENOMEM, "out of memory");
	c->local = cfg->local;
	c->env = (struct tc_call_env){
		.script = s, .fds = &c->fds,
		.addr = tc_local_addr(cfg->local), .peer = tc_local_peer(cfg->local),
		.bind_port = cfg->bind_port ? cfg->bind_port : TC_CALLS_PORT,
		.connect_port = cfg->connect_port ? cfg->connect_port : TC_CALLS_PORT,
	};
	*out = c;
	return 0;
}

void tc_calls_close(struct tc_calls *c)
{
	free(c);
}

static int put_shell(const struct tc_calls *c, const struct tc_script_event *e,
		     struct tc_local_call *to, struct tc_error *err)
{
	size_t n = strlen(e->text) + 1;

	if (n > TC_LOCAL_BYTES)
		return tc_script_fail(c->env.script, e->line, e->column, err, -EMSGSIZE,
				      "a command of more than 1 MiB");
	to->number = TC_LOCAL_SHELL;
	memcpy(to->bytes, e->text, n);
	return 0;
}

static struct running *find_running(struct tc_calls *c, const struct tc_local_call *call)
{
	struct running *r = c->running;

	while (r->call != call)
		r++;
	return r;
}

int tc_calls_start(struct tc_calls *c, const struct tc_script_event *e, struct tc_error *err)
{
	struct tc_local_call *call = tc_local_new(c->local);
	struct running *r = call ? find_running(c, NULL) : NULL;
	int rc;

	if (!r)
		return tc_script_fail(c->env.script, e->line, e->column, err, -EBUSY,
				      "%d calls block already", TC_LOCAL_CALLS);
	*r = (struct running){ .call = call, .event = e };
	if (e->kind == TC_SCRIPT_SHELL) {
		rc = put_shell(c, e, call, err);
	} else {
		r->kind = tc_call_kind(e->call.name);
		rc = r->kind ? tc_call_args(&c->env, e, r->kind, call, err)
			     : unknown_call(c->env.script, e, err);
	}
	if (rc >= 0)
		rc = tc_local_start(c->local, call, err);
	if (rc < 0) {
		tc_local_release(c->local, call);
		r->call = NULL;
	}
	return rc;
}

/* ---- judged ------------------------------------------------------------------------ */

/* The kernel gives the numbers of closed descriptors again, as scripts do. */
static void name_fd(struct tc_call_fds *fds, long script, long live)
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

static void say_result(const struct tc_local_call *call, char *text, size_t n)
{
	if (call->result == -1)
		snprintf(text, n, "-1 %s (%s)", tc_call_errno(call->error),
			 strerror(call->error));
	else
		snprintf(text, n, "%ld", call->result);
}

static int judge_result(struct tc_calls *c, const struct running *r, struct tc_error *err)
{
	const struct tc_script_call *call = &r->event->call;
	const struct tc_local_call *done = r->call;
	bool any = !call->result || call->result->kind == TC_ARG_ELLIPSIS;
	long want = done->result, code = done->error;
	char got[128];
	int rc = any ? 0 : tc_call_number(c->env.script, call->result, &want, err);

	if (rc >= 0 && call->error && !tc_call_word(call->error, &code))
		return -EOPNOTSUPP;	/* checked before */
	say_result(done, got, sizeof got);
	if (r->kind->gives_fd && want >= 0 && done->result >= 0 && !any) {
		name_fd(&c->fds, want, done->result);
		return 0;
	}
	if (rc >= 0 && done->result == want && done->error == code)
		return 0;
	return tc_fail(err, -EPROTO, "%s returned %s, expected %ld%s%s", call->name, got, want,
		       call->error ? " " : "", call->error ? call->error : "");
}

static int judge_shell(const struct tc_local_call *done, struct tc_error *err)
{
	if (done->result == 0)
		return 0;
	return tc_fail(err, -EPROTO, "the command ended with exit code %ld", done->result);
}

static int judge_call(struct tc_calls *c, const struct running *r, struct tc_error *err)
{
	int rc = judge_result(c, r, err);
	struct tc_error why = { 0 };

	if (rc < 0)
		return rc;
	rc = tc_call_compare(&c->env, r->event, r->kind, r->call, &why);
	return rc < 0 ? tc_fail(err, rc, "%s: %s", r->event->call.name, why.msg) : 0;
}

int tc_calls_next(struct tc_calls *c, tc_time until, struct tc_calls_done *done,
		  struct tc_error *err)
{
	struct tc_error why = { 0 }, gone = { 0 };
	struct tc_local_call *call = tc_local_next(c->local, until, &gone);
	struct running *r;

	if (!call)
		return gone.code ? tc_fail(err, gone.code, "%s", gone.msg) : 0;
	r = find_running(c, call);
	*done = (struct tc_calls_done){ .event = r->event, .began = call->began,
					.ended = call->ended };
	done->met = (r->kind ? judge_call(c, r, &why) : judge_shell(call, &why)) >= 0;
	snprintf(done->why, sizeof done->why, "%s", why.msg);
	tc_local_release(c->local, call);
	r->call = NULL;
	return 1;
}

int tc_calls_fd(const struct tc_calls *c)
{
	return tc_local_fd(c->local);
}

unsigned tc_calls_running(const struct tc_calls *c)
{
	unsigned n = 0;

	for (int i = 0; i < TC_LOCAL_CALLS; i++)
		n += c->running[i].call != NULL;
	return n;
}

const struct tc_script_event *tc_calls_blocked(const struct tc_calls *c)
{
	for (int i = 0; i < TC_LOCAL_CALLS; i++)
		if (c->running[i].call)
			return c->running[i].event;
	return NULL;
}
