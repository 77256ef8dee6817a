/* SPDX-License-Identifier: BSD-2-Clause */
/* A system call as a line of the ladder (its third column), and as a JSON line. */
#include "base/name.h"
#include "report/json.h"

#include "weave.h"

#include <string.h>

#define COLUMN 44		/* where calls stand */
#define ARGS_MOST 72		/* of a call's arguments, for people */

/* Long arguments lose their middle: what was called on what is at their begin, flags and
 * lengths are at their end. */
static void put_call(struct tc_buf *out, const struct tc_syscall *c)
{
	const char *args = c->text + c->args, *behind = args + c->args_len;

	if (c->kind != TC_SYSCALL_CALL || c->args_len <= ARGS_MOST) {
		tc_buf_text(out, c->text);
		return;
	}
	tc_buf_add(out, c->text, c->args + ARGS_MOST / 2);
	tc_buf_text(out, " ... ");
	tc_buf_text(out, behind - ARGS_MOST / 2);
}

void tc_syscall_text(struct tc_buf *out, const struct tc_syscall *c, tc_time start,
		     bool moved, bool with_pid)
{
	size_t line = out->len;

	tc_line_time(out, tc_syscall_at(c) - start);
	while (out->len - line < COLUMN && !out->failed)
		tc_buf_add_u8(out, ' ');
	tc_buf_text(out, moved ? "|~ " : "|  ");
	if (with_pid)
		tc_buf_printf(out, "[%d] ", c->pid);
	put_call(out, c);
	if (c->kind == TC_SYSCALL_CALL && c->duration < 0)
		tc_buf_text(out, " (never returned)");
	tc_buf_add_u8(out, '\n');
}

static const char *kind_name(enum tc_syscall_kind kind)
{
	static const char *const names[] = {
		[TC_SYSCALL_CALL] = "call", [TC_SYSCALL_SIGNAL] = "signal",
		[TC_SYSCALL_EXIT] = "exit",
	};

	return TC_NAME(names, kind);
}

void tc_syscall_json(struct tc_buf *out, const struct tc_syscall *c, tc_time start,
		     bool moved, unsigned connection)
{
	json_t *o = tc_json_line("syscall");
	char args[TC_SYSCALL_TEXT];

	put_int(o, "time_us", (uint64_t)((tc_syscall_at(c) - start) / TC_US));
	put_int(o, "epoch_ns", (uint64_t)tc_syscall_at(c));
	if (connection)
		put_int(o, "connection", connection);
	put_int(o, "pid", (uint64_t)c->pid);
	put_text(o, "kind", kind_name(c->kind));
	put_text(o, "name", c->name);
	if (c->kind == TC_SYSCALL_CALL) {
		snprintf(args, sizeof args, "%.*s", (int)c->args_len, c->text + c->args);
		put_text(o, "args", args);
	}
	if (c->returned)
		put_int(o, "result", (uint64_t)c->value);
	put_text(o, "errno", c->error);
	if (c->duration >= 0)
		put_int(o, "duration_us", (uint64_t)(c->duration / TC_US));
	put_text(o, "text", c->text);
	if (moved)
		json_object_set_new(o, "causal", json_true());
	tc_json_put_line(out, o);
}
