/* SPDX-License-Identifier: BSD-2-Clause */
/* The questions, asked one after the other; see meet.h. */
#include "meet.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <string.h>

#define REFUSES_FOR TC_S		/* before it counts as gone */

void tc_meet_free(struct tc_meet *m)
{
	for (size_t i = 0; i < TC_MEET_STEPS_MAX; i++)
		tc_finding_free(&m->found[i]);
}

unsigned tc_meet_ports(enum tc_meet_from from)
{
	unsigned most = 1;
	size_t n;
	const struct tc_meet_step *steps = tc_meet_steps(&n);

	for (size_t i = 0; i < n; i++)
		if (steps[i].from == from && steps[i].what->ports > most)
			most = steps[i].what->ports;
	return most;
}

/* Whether a connection from elsewhere stays open shows when ours would be over for long. */
static tc_time longer_than(const struct tc_unprovoked *u)
{
	return (tc_time)(2 * u->after_s * (double)TC_S) + TC_S;
}

/* One refusal says little: what is started again for each client, or counts connections, refuses
 * for a moment. */
static int confirm_gone(const struct tc_probe_config *cfg, struct tc_finding *f,
			struct tc_error *err)
{
	struct tc_probe_config probe = *cfg;
	int rc;

	if (!f->target_after || strcmp(f->target_after, "refused") != 0)
		return 0;
	probe.until = 0;
	rc = tc_probe_answers(&probe, REFUSES_FOR, err);
	if (rc <= 0)
		return rc;
	f->target_after = NULL;
	tc_buf_text(&f->sentence, " (for a moment: it takes them again)");
	return 0;
}

/* A question that takes more connections than the server serves at once waits for them in vain. */
static void put_cause(const struct tc_meet *m, struct tc_finding *f)
{
	const struct tc_finding *talk = tc_meet_found(m, "talk");
	const struct tc_fact *serves = talk ? tc_finding_fact(talk, "serves") : NULL;

	if (serves && f != talk && strcmp(f->verdict, "out-of-time") == 0)
		tc_buf_printf(&f->sentence, "; of connections at once talk found: "
			      "%s", serves->text);
}

/* As its row says, from where it says. */
static int ask(struct tc_meet *m, const struct tc_meet_step *step, struct tc_finding *f,
	       const struct tc_meet_config *cfg, tc_time over, struct tc_error *err)
{
	struct tc_probe_config probe = cfg->probe;
	struct tc_unprovoked elsewhere = { .habit = TC_HABIT_UNKNOWN };
	struct tc_error why = { 0 };
	tc_time now = tc_clock_monotonic();
	int rc;

	if (!probe.timeout)
		probe.timeout = step->timeout;
	if (step->from != TC_MEET_USUAL && probe.timeout < longer_than(&m->usual))
		probe.timeout = longer_than(&m->usual);
	probe.until = now + step->most + (probe.timeout ? probe.timeout : step->what->patience);
	if (probe.until > over)
		probe.until = over;
	probe.unprovoked = step->from == TC_MEET_USUAL ? &m->usual : &elsewhere;
	if (step->from != TC_MEET_USUAL)
		probe.session = cfg->session(cfg->ctx, step->from, &why);
	if (!probe.session) {
		tc_finding_unknown(f, "not-asked", "%s", why.msg);
		return 0;
	}
	rc = tc_probe_run(step->what, &probe, f, err);
	put_cause(m, f);
	return rc < 0 ? rc : confirm_gone(&probe, f, err);
}

int tc_meet_run(struct tc_meet *m, const struct tc_meet_config *cfg, struct tc_error *err)
{
	tc_time over = tc_clock_monotonic() + TC_MEET_WITHIN + cfg->probe.timeout;
	size_t n;
	const struct tc_meet_step *steps = tc_meet_steps(&n);
	int rc = 0;

	for (size_t i = 0; i < n && rc >= 0; i++) {
		const char *why = steps[i].not_now ? steps[i].not_now(m) : NULL;

		m->found[i].experiment = steps[i].what;
		if (!why && tc_meet_is_gone(m))
			why = "the target refuses connections now";
		if (!why && tc_clock_monotonic() >= over)
			why = "half a minute is over";
		if (why)
			tc_finding_unknown(&m->found[i], "not-asked", "%s", why);
		else
			rc = ask(m, &steps[i], &m->found[i], cfg, over, err);
		m->stopped = rc == -EINTR;
		cfg->told(cfg->ctx, m, i);
	}
	return rc;
}
