/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A part of a lesson on the wire: its script is carried out as `run --local` does, against
 * this machine's kernel in a network of its own; the ladder has the program's calls as its
 * third column, and the steps of the lesson stand where the script says.
 */
#include "teaching.h"

#include "host/netns.h"
#include "wall/wall.h"

#include <tcpcraft/buf.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>


/* ---- what the run tells ---------------------------------------------------------------- */

static void note_packet(struct teaching *t, const struct tc_story_event *e)
{
	bool unseen = e->tags & TC_TAG_BIT(UNSEEN);

	if (!e->rx || e->rx->kind != TC_RX_TCP)
		return;
	if (e->origin == TC_ORIGIN_US && !unseen)
		tc_calls_sent(t->hand.calls, e->frame.stamp);
	if (e->origin != TC_ORIGIN_KERNEL)
		tc_ends_segment(&t->ends, e->origin == TC_ORIGIN_US, e->rx);
	t->last.len = 0;
	tc_buf_add(&t->last, e->frame.bytes, e->frame.len);
	t->last_dlt = e->frame.dlt;
}

/* For the plot of --html: what the kernel's congestion window is now (TCP_INFO). */
static uint32_t kernel_cwnd(const struct teaching *t)
{
	struct tc_sockdiag d;
	struct tc_error err;

	if (!t->o->html_file || t->diag < 0 || !t->ends.our_port ||
	    tc_sockdiag_find(t->diag, t->ends.peer_port, t->ends.our_port, &d, &err) < 0 || !d.info)
		return 0;
	return d.snd_cwnd * d.snd_mss;
}

/* The call without its time in the script. */
static const char *call_text(const struct tc_script_event *e)
{
	const char *text = e->source ? e->source : "";
	size_t time = strspn(text, "+*~.0123456789");

	return text + time + strspn(text + time, " \t");
}

/* Steps have their own words (on_step). */
static void on_event(void *ctx, const struct tc_story_event *told, const struct tc_script_event *line)
{
	struct teaching *t = ctx;
	struct tc_story_event e = *told;

	note_packet(t, &e);
	if (line && (line->kind == TC_SCRIPT_SAY || line->kind == TC_SCRIPT_ASK))
		return;
	if (e.words)
		e.words = call_text(line);
	if (e.rx)
		e.cwnd[1] = kernel_cwnd(t);
	t->spaced = t->spaced && !t->live.story;
	live_tell(&t->live, &e);
}

static void on_step(void *ctx, const char *text)
{
	struct teaching *t = ctx;
	const struct tc_lesson_step *s = tc_lesson_step(t->lesson, text);

	if (s)
		teaching_step(t, s);
	live_print(&t->live);
}

static const struct tc_script_ops ops = {
	.frame = run_script_frame, .tell = on_event, .say = on_step, .ask = on_step,
	.turn = run_script_turn, .call = run_script_call, .busy = run_script_busy,
};

/* ---- the run ------------------------------------------------------------------------------ */

static int carry_out(struct teaching *t, struct tc_error *err)
{
	struct tc_script_run_config cfg = { .script = t->part->script, .ops = &ops };
	const struct live_wall wall = { .needs = TC_WALL_SESSION };
	int rc = live_wall_session(&t->live, &wall, err);

	if (rc < 0)
		return rc;
	t->run = (struct run_script){ .live = &t->live, .session = &t->cfg,
				      .hand = &t->hand };
	return run_script_carry_out(&t->run, &cfg, &t->result, err);
}

/* The kernel of our side has our address as well, and answers what it does not know. */
static int give_address(struct teaching *t, struct tc_error *err)
{
	struct tc_session_config *cfg = &t->cfg;
	int rc;

	if (!t->part->guarded)
		return 0;
	rc = tc_netns_hwaddr(cfg->ifname, cfg->source_mac, err);
	if (rc >= 0)
		rc = tc_local_introduce(t->hand.kernel, err);
	if (rc >= 0)
		rc = tc_netns_address(cfg->ifname, &cfg->source,
				      cfg->source.family == 6 ? 128 : 32, err);
	cfg->source_mac = NULL;
	cfg->skip_probe = false;
	cfg->guard = t->part->guard;
	return rc;
}

static int open_kernel(struct teaching *t)
{
	struct tc_error err = { 0 };
	int rc = run_hand_open(&t->hand, t->o, t->part->script, NULL, &t->cfg, &err);

	if (rc == -EOPNOTSUPP)
		return fail(t->o, EXIT_USAGE, &err);
	if (rc >= 0)
		rc = give_address(t, &err);
	if (rc < 0)
		return fail(t->o, EXIT_MACHINE, &err);
	t->diag = tc_sockdiag_open(tc_hand_pid(tc_local_hand(t->hand.kernel)), NULL);
	return 0;
}

static int exit_code(struct teaching *t)
{
	const struct tc_script_result *r = &t->result;
	struct tc_buf why = { 0 };
	int code = EXIT_DONE;

	if (r->verdict != TC_SCRIPT_PASSED && r->verdict != TC_SCRIPT_INTERRUPTED) {
		live_print(&t->live);
		tc_script_sentence(&why, &(struct tc_script_report){
			.script = t->part->script, .result = r });
		terminal_give(t->o, stderr, &why);
		code = r->verdict == TC_SCRIPT_FAILED ? EXIT_FINDING :
		       r->verdict == TC_SCRIPT_INCONCLUSIVE ? EXIT_PEER : EXIT_USAGE;
	}
	return code;
}

/* For the page of --html. */
static void put_score(void *ctx, struct tc_buf *out)
{
	const struct teaching *t = ctx;

	if (t->sheet.n && !t->o->teach.go_on)
		tc_buf_printf(out, "%u of %u questions answered right",
			      tc_lesson_right(&t->sheet), t->sheet.n);
	else
		tc_buf_printf(out, "lesson: %s (part %td of %u)", t->lesson->title,
			      t->part - t->lesson->part + 1, t->lesson->n_parts);
	if (t->result.verdict != TC_SCRIPT_PASSED) {
		tc_buf_text(out, "\n");
		tc_script_sentence(out, &(struct tc_script_report){
			.script = t->part->script, .result = &t->result });
	}
}

int teaching_part(struct teaching *t, const struct tc_lesson_part *part)
{
	struct tc_error err = { 0 };
	int code;

	t->part = part;
	t->diag = -1;
	live_config(&t->live, t->o, 1, false, false, &t->cfg);
	t->cfg.no_stack = true;
	t->live.own_sinks = true;
	t->live.say = put_score;
	t->live.say_ctx = t;
	t->live.view.many = tc_script_names_ports(part->script);
	t->live.view.mirrored = tc_script_is_server(part->script);
	t->live.view.program = true;
	code = open_kernel(t);
	if (code == 0)
		code = live_start(&t->live, NULL, NULL, &t->cfg);
	if (code == 0) {
		code = carry_out(t, &err) < 0 ? fail(t->o, EXIT_MACHINE, &err) : exit_code(t);
		teaching_answers(t);
		code = live_close(&t->live, code);
	}
	if (t->diag >= 0)
		close(t->diag);
	run_hand_close(&t->hand);
	tc_buf_free(&t->last);
	return code;
}
