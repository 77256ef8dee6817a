/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --step. A segment is shown before it is sent; an answer lets it go, or changes it in the
 * words of --mutate. The connections' clock stands still meanwhile, so that no timer of
 * ours makes more of the wait than a person's thinking; the peer's run on.
 */
#include "stepping.h"

#include <tcpcraft/explain.h>
#include "wire/segment_line.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MOST 1024

struct stepping {
	int fd;
	bool own_fd;		/* the terminal: ours to close */
	bool tty;
	bool running;		/* no more questions */
	bool told;		/* how to answer */
	struct tc_buf changes;	/* of the segment in hand: "ACTION; ACTION" */
};

static const char help[] =
	"  Enter, go       send it\n"
	"  FIELD=VALUE     change a field (tcp.win=0); also FIELD+=N, FIELD^=MASK\n"
	"  drop, dup, delay MS, split N, truncate N, ...   as in --mutate; with ';' several\n"
	"  undo            forget the changes\n"
	"  show            every field of it\n"
	"  run             send it, and all that follow\n"
	"  quit            end the run\n";

int stepping_open(struct live *l, bool stdin_is_payload, struct tc_error *err)
{
	struct stepping *s = calloc(1, sizeof *s);

	if (!s)
		return tc_nomem(err);
	s->own_fd = stdin_is_payload;
	s->fd = stdin_is_payload ? open("/dev/tty", O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	if (s->fd < 0) {
		free(s);
		return tc_fail(err, -EINVAL, "--step: standard input is the payload, and there "
			       "is no terminal to ask: give the payload with --data-string or "
			       "--data-file");
	}
	s->tty = isatty(s->fd);
	l->stepping = s;
	return 0;
}

void stepping_close(struct stepping *s)
{
	if (!s)
		return;
	if (s->own_fd)
		close(s->fd);
	tc_buf_free(&s->changes);
	free(s);
}

/* Whatever a person may change is captured as well; where it may not lead, see change(). */
int stepping_widen(void *ctx, const struct tc_path *path, uint16_t port_lo,
		   uint16_t port_hi, struct tc_wider *w, struct tc_error *err)
{
	struct live *l = ctx;

	w->any_protocol = true;
	w->any_ether = true;
	return l->mutate ? tc_mutate_widen(l->mutate, path, port_lo, port_hi, w, err) : 0;
}

/* ---- showing ------------------------------------------------------------------------- */

static void print(const struct live *l, struct tc_buf *text)
{
	terminal_write(l->o, stderr, text->data, text->len);
	tc_buf_free(text);
}

static void show_segment(const struct live *l, const struct tc_outgoing *out)
{
	struct tc_buf text = { 0 };
	struct tc_conn_info info;
	struct tc_rx rx;

	tc_conn_info(out->conn, &info);
	tc_buf_text(&text, "step ");
	if (l->view.many)
		tc_buf_printf(&text, "[%u] ", out->conn_id);
	if (tc_rx_parse(&rx, out->frame, out->len, out->dlt, NULL) == 0) {
		tc_line_segment(&text, &rx, (struct tc_isns){ info.iss, info.irs },
				out->retransmission ? TC_LINE_ISN : 0);
		tc_buf_printf(&text, "%s\n", out->retransmission ? " [retransmission]" : "");
		tc_line_payload(&text, l->view.payload, rx.payload, rx.seg.len);
	}
	print(l, &text);
}

static void show_fields(const struct live *l, const struct tc_outgoing *out)
{
	struct tc_frame f = { .bytes = out->frame, .len = out->len, .wire_len = out->len,
			      .dlt = out->dlt };
	struct tc_buf text = { 0 };
	struct tc_explain e;

	if (tc_explain_open(&e, &f, out->dlt, TC_HDR_IP, NULL) == 0)
		tc_explain_text(&text, &e, out->nth, 0);
	tc_explain_free(&e);
	print(l, &text);
}

/* ---- changing ------------------------------------------------------------------------ */

/* The segment would have to wait for another one, which nobody has seen yet. */
static bool names_swap(const char *actions)
{
	for (const char *at = actions; at; at = strchr(at, ';')) {
		at += strspn(at, "; ");
		if (strncmp(at, "swap", 4) == 0)
			return true;
	}
	return false;
}

static int check_rule(struct tc_mutate **m, const struct live *l, const char *actions,
		      struct tc_error *err)
{
	struct tc_wider w = { 0 };
	int rc = tc_mutate_open_actions(m, actions, l->view.payload, err);

	if (rc >= 0 && names_swap(actions))
		rc = tc_fail(err, -EINVAL, "swap: the next segment is not there yet; use delay");
	if (rc >= 0)
		rc = tc_mutate_widen(*m, tc_session_path(l->session), 1, 1, &w, err);
	if (rc >= 0 && (w.n_own || w.any_peer))
		rc = tc_fail(err, -EINVAL, "that leads to another address or port, which "
			     "is neither guarded nor captured: use --mutate for it");
	return rc;
}

/* One more change for the segment in hand; it is checked, and done when the segment goes. */
static void change(struct live *l, const char *line)
{
	struct tc_mutate *m = NULL;
	struct tc_error err = { 0 };
	struct tc_buf *all = &l->stepping->changes;
	size_t before = all->len;

	tc_buf_printf(all, "%s%s", before ? "; " : "", line);
	if ((all->failed ? tc_nomem(&err) :
	     check_rule(&m, l, (const char *)all->data, &err)) < 0) {
		terminal_say(l->o, stderr, "tcpcraft: %s\n", err.msg);
		all->len = before;
		if (all->data)
			all->data[before] = 0;
	}
	tc_mutate_close(m);
}

/* As filters say: true when other frames, or none, took its place. */
static bool send_changed(struct live *l, const struct tc_outgoing *out)
{
	struct tc_mutate *m = NULL;
	struct tc_error err = { 0 };
	bool taken;

	if (tc_mutate_open_actions(&m, (const char *)l->stepping->changes.data,
				   l->view.payload, &err) < 0) {
		terminal_say(l->o, stderr, "tcpcraft: %s\n", err.msg);
		return false;
	}
	taken = tc_mutate_segment(m, out);
	if (tc_mutate_refused(m, &err) < 0)
		terminal_say(l->o, stderr, "tcpcraft: %s\n", err.msg);
	tc_mutate_close(m);
	return taken;
}

/* ---- the answers ---------------------------------------------------------------------- */

static const char *trim(char *line)
{
	size_t n;

	line += strspn(line, " \t");
	n = strlen(line);
	while (n && strchr(" \t\r;", line[n - 1]))
		line[--n] = 0;
	return line;
}

static bool is(const char *line, const char *word)
{
	return strcmp(line, word) == 0;
}

/* True when the segment's fate is known. */
static bool answered(struct live *l, const struct tc_outgoing *out, const char *line)
{
	struct stepping *s = l->stepping;

	if (is(line, "") || is(line, "go"))
		return true;
	if (is(line, "run")) {
		s->running = true;
		return true;
	}
	if (is(line, "quit")) {
		l->signal = SIGINT;
		s->running = true;
		return true;
	}
	if (is(line, "help") || is(line, "?"))
		terminal_say(l->o, stderr, "%s", help);
	else if (is(line, "show"))
		show_fields(l, out);
	else if (is(line, "undo"))
		s->changes.len = 0;
	else
		change(l, line);
	return is(line, "drop") && s->changes.len;
}

static void ask(struct live *l, const struct tc_outgoing *out)
{
	struct stepping *s = l->stepping;
	char line[LINE_MOST];
	bool done = false;

	live_print(l);
	show_segment(l, out);
	if (s->tty && !s->told)
		terminal_say(l->o, stderr, "(Enter sends it, FIELD=VALUE changes it, help tells "
			     "the rest)\n");
	s->told = true;
	while (!done) {
		if (s->tty)
			terminal_say(l->o, stderr, "%s",
				     s->changes.len ? "changed, step> " : "step> ");
		if (!live_read_line(l, l->stepping->fd, line, sizeof line)) {
			s->running = true;
			return;
		}
		done = answered(l, out, trim(line));
	}
}

bool stepping_segment(void *ctx, const struct tc_outgoing *out)
{
	struct live *l = ctx;
	struct stepping *s = l->stepping;

	s->changes.len = 0;
	if (!s->running) {
		tc_stack_clock_stop(out->stack);
		ask(l, out);
		l->stood_still += tc_stack_clock_go(out->stack);
	}
	if (s->changes.len)
		return send_changed(l, out);
	return l->mutate && tc_mutate_segment(l->mutate, out);
}
