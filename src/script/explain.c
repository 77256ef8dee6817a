/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of a script and what they do; see explain.h. */
#include "explain.h"

#include "explain_own.h"
#include "own.h"

#include "base/text.h"
#include "report/json.h"

typedef void tell_line(struct tc_buf *out, const struct tc_script *s,
		       const struct tc_script_event *e, const struct notes *notes, unsigned depth);

/* ---- what packetdrill has not, and commands ----------------------------------------- */

static void explain_statement(struct notes *n, const struct tc_script_event *e)
{
	static const struct { const char *text, *rests_on; } of[] = {
		[TC_SCRIPT_SHELL] = { "a shell runs this in the network of the script, if "
				      "--allow-shell lets it; it has to end with status 0", NULL },
		[TC_SCRIPT_CODE] = { "Python that looks at the newest socket as it is here, and runs "
				     "when the script has ended", "tcp(7), TCP_INFO" },
		[TC_SCRIPT_ANY_MORE] = { "what arrives is passed over, until something meets the next "
					 "expectation", NULL },
		[TC_SCRIPT_LET] = { "a name for a number", NULL },
		[TC_SCRIPT_REPEAT] = { "the lines within, so many times", NULL },
		[TC_SCRIPT_FOR] = { "the lines within, for each number", NULL },
		[TC_SCRIPT_IF_SEEN] = { "if this arrives in the time given: the lines within; else those "
					"behind else", NULL },
		[TC_SCRIPT_EXPECT_STATE] = { "the peer's TCP has to be in this state, by what was "
					     "exchanged", "RFC 9293 3.3.2" },
		[TC_SCRIPT_EXPECT_NUMBER] = { "the two numbers have to compare so", NULL },
		[TC_SCRIPT_SAY] = { "the words are told", NULL },
		[TC_SCRIPT_ASK] = { "the words are told, and a line is waited for", NULL },
	};

	if (e->kind == TC_SCRIPT_SILENCE)
		tc_sc_note(n, NULL, "nothing may arrive for %.3f s", (double)e->duration / TC_S);
	else if ((size_t)e->kind < sizeof of / sizeof *of && of[e->kind].text)
		tc_sc_note(n, of[e->kind].rests_on, "%s", of[e->kind].text);
}

static void explain_time(struct notes *n, const struct tc_script_event *e)
{
	const struct tc_script_time *t = &e->time;
	bool expects = e->kind == TC_SCRIPT_PACKET ? !e->packet.sent :
		       e->kind == TC_SCRIPT_ICMP && !e->icmp.sent;

	if (e->call.blocks)
		tc_sc_note(n, NULL, "it blocks, and has to end %.3f s later",
			   (double)(e->call.until - t->from) / TC_S);
	if (t->when == TC_WHEN_ANY && expects)
		tc_sc_note(n, NULL, "whenever it comes");
	else if (expects && (t->when == TC_WHEN_RANGE || t->when == TC_WHEN_RELATIVE_RANGE))
		tc_sc_note(n, NULL, "between %.3f and %.3f s %s", (double)t->from / TC_S,
			   (double)t->to / TC_S, t->when == TC_WHEN_RANGE ? "from the beginning" :
			   "behind the line before");
}

/* ---- lines -------------------------------------------------------------------------- */

static void explain_event(struct notes *n, struct tc_sc_seen *seen,
			  const struct tc_script_event *e)
{
	if (e->kind == TC_SCRIPT_CALL)
		tc_sc_explain_call(n, &e->call);
	else if (e->kind == TC_SCRIPT_ICMP)
		tc_sc_explain_icmp(n, &e->icmp);
	else if (e->kind != TC_SCRIPT_PACKET)
		explain_statement(n, e);
	if (e->kind == TC_SCRIPT_PACKET || (e->kind == TC_SCRIPT_IF_SEEN && e->packet.start))
		tc_sc_explain_packet(n, seen, e);
	explain_time(n, e);
}

static void explain_block(struct tc_buf *out, const struct tc_script *s, struct tc_sc_seen *seen,
			  const struct tc_script_event *e, unsigned depth, tell_line *tell)
{
	struct notes notes;

	for (; e; e = e->next) {
		notes.n = 0;
		explain_event(&notes, seen, e);
		tell(out, s, e, &notes, depth);
		explain_block(out, s, seen, e->body, depth + 1, tell);
		explain_block(out, s, seen, e->other, depth + 1, tell);
	}
}

/* The script's words are anybody's: what does not print is shown by its number. */
static void tell_text(struct tc_buf *out, const struct tc_script *s,
		      const struct tc_script_event *e, const struct notes *notes, unsigned depth)
{
	(void)s;
	tc_buf_printf(out, "%4u| %*s", e->line, (int)(2 * depth), "");
	tc_text_show_all(out, e->source, e->source ? strlen(e->source) : 0);
	tc_buf_text(out, "\n");
	for (unsigned i = 0; i < notes->n; i++) {
		tc_buf_printf(out, "      %*s", (int)(2 * depth), "");
		tc_text_show_all(out, notes->of[i].text, strlen(notes->of[i].text));
		if (notes->of[i].rests_on)
			tc_buf_printf(out, " (%s)", notes->of[i].rests_on);
		tc_buf_text(out, "\n");
	}
}

static void tell_json(struct tc_buf *out, const struct tc_script *s,
		      const struct tc_script_event *e, const struct notes *notes, unsigned depth)
{
	json_t *line = json_object(), *all = json_array();

	(void)depth;
	put_text(line, "type", "line");
	put_text(line, "script", s->file);
	put_int(line, "line", e->line);
	put_text(line, "source", e->source);
	for (unsigned i = 0; i < notes->n; i++) {
		json_t *note = json_object();

		put_text(note, "text", notes->of[i].text);
		put_text(note, "rests_on", notes->of[i].rests_on);
		json_array_append_new(all, note);
	}
	json_object_set_new(line, "notes", all);
	tc_json_put_line(out, line);
}

void tc_script_explain(struct tc_buf *out, const struct tc_script *s)
{
	struct tc_sc_seen seen = { 0 };

	explain_block(out, s, &seen, s->events, 0, tell_text);
}

void tc_script_explain_json(struct tc_buf *out, const struct tc_script *s)
{
	struct tc_sc_seen seen = { 0 };

	explain_block(out, s, &seen, s->events, 0, tell_json);
}
