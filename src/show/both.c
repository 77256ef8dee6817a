/* SPDX-License-Identifier: BSD-2-Clause */
/* What became of each segment between two captures, as text and JSON; see both.h. */
#include "both.h"
#include "both_own.h"

#include "report/json.h"
#include "report/ladder.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TELL_EACH 1024u			/* segments */

struct both {
	const struct tc_show_options *o;
	struct tc_gathered g[2];
	struct tc_passages p;
	struct tc_view view;		/* short or long lines */
	unsigned number;		/* of the client's capture */
	long other;			/* … and of the server's, from 0 */
	uint64_t before, size;		/* bytes of files that are read, and of both; 0: unknown */
	uint64_t told;			/* segments of the client's, in connections before */
	struct tc_buf out;
};

static const char *const side_name[2] = { "client", "server" };

/* ---- text ---------------------------------------------------------------------------------- */

static void put_ends(struct tc_buf *out, const struct tc_gathered_convo *c, bool flipped)
{
	char a[TC_ADDR_PORT_STRING], b[TC_ADDR_PORT_STRING];

	tc_buf_printf(out, "%s --> %s",
		      tc_addr_port_string(&c->addr[flipped], c->port[flipped], a),
		      tc_addr_port_string(&c->addr[!flipped], c->port[!flipped], b));
}

static bool is_translated(const struct tc_passages *p)
{
	for (unsigned i = 0; i < 2; i++)
		if (p->convo[0]->port[i] != p->convo[1]->port[i ^ p->flipped] ||
		    !tc_addr_equal(&p->convo[0]->addr[i], &p->convo[1]->addr[i ^ p->flipped]))
			return true;
	return false;
}

static void put_clock(struct tc_buf *out, const struct tc_passage_clock *c)
{
	double ahead = (double)c->offset / TC_S;

	if (!c->known && !c->one_way) {
		tc_buf_text(out, "clocks: no segment is in both captures: taken to be the same\n");
		return;
	}
	tc_buf_printf(out, "clocks: the server's is %.6f s %s", ahead < 0 ? -ahead : ahead,
		      ahead < 0 ? "behind" : "ahead");
	if (c->one_way)
		tc_buf_text(out, ", if the fastest segment needs no time: all that is in both went "
			    "one way\n");
	else
		tc_buf_printf(out, ", ± %.6f s", (double)c->error / TC_S);
	if (c->drifts)
		tc_buf_printf(out, ", and gains %.1f us a second", c->drift * 1e6);
	if (!c->one_way)
		tc_buf_text(out, "\n");
}

static void put_heading(struct both *x)
{
	const struct tc_passages *p = &x->p;

	tc_buf_printf(&x->out, "%sconnection %u: ", x->out.len ? "\n" : "", x->number);
	put_ends(&x->out, p->convo[0], false);
	if (is_translated(p)) {
		tc_buf_printf(&x->out, "\nat the server %ld: ", x->other + 1);
		put_ends(&x->out, p->convo[1], p->flipped);
	}
	tc_buf_text(&x->out, "\n");
	for (unsigned i = 0; i < 2; i++)
		if (p->isn[0][i] != p->isn[1][i])
			tc_buf_printf(&x->out, "numbers of the %s: ISN %u -> %u\n", side_name[i],
				      p->isn[i][i], p->isn[!i][i]);
	put_clock(&x->out, &p->clock);
}

/* Eleven columns: when, or what is there instead. */
static void put_when(struct tc_buf *out, bool there, tc_time at, const char *instead)
{
	if (there)
		tc_line_time(out, at);
	else
		tc_buf_printf(out, "%10s ", instead);
}

/* "  0.000000 --->   0.010012  ", the client on the left */
static void put_way(struct tc_buf *out, const struct tc_passage *x, tc_time start)
{
	bool lost = x->fate == TC_FATE_LOST;
	const char *unsent = x->fate == TC_FATE_DOUBLED ? "(again)" : "(path)";
	tc_time left = (x->from ? x->arrived_at : x->at) - start,
		right = (x->from ? x->at : x->arrived_at) - start;

	put_when(out, x->from ? !lost : x->sent != NULL, left, x->from ? "" : unsent);
	tc_buf_text(out, x->from ? lost ? "x--- " : "<--- " : lost ? "---x " : "---> ");
	put_when(out, x->from ? x->sent != NULL : !lost, right, x->from ? unsent : "");
	tc_buf_text(out, " ");
}

static void put_passage(struct both *b, const struct tc_passage *x)
{
	const struct tc_passing *s = x->sent ? x->sent : x->arrived;
	const tc_seq *isn = b->p.isn[x->sent ? x->from : !x->from];

	put_way(&b->out, x, b->p.passage[0].at);
	/* two times and an arrow leave a short line no room for what each of them says */
	tc_ladder_segment(&b->out, &b->view, &s->rx,
			  (struct tc_isns){ isn[s->from], isn[!s->from] }, b->number, x->from,
			  b->view.brief ? TC_LINE_PARTIAL : 0);
	tc_buf_text(&b->out, "\n");
	tc_both_notes(&b->out, &b->p, x);
}

static void put_count(struct tc_buf *out, unsigned n, const char *what)
{
	if (n)
		tc_buf_printf(out, ", %u %s", n, what);
}

static void put_sum(struct both *b, unsigned from)
{
	const struct tc_passages *p = &b->p;
	const unsigned *n = p->count[from];
	unsigned sent = n[TC_FATE_ARRIVED] + n[TC_FATE_LOST];

	tc_buf_printf(&b->out, "%s: %u sent, %u arrived", side_name[from], sent,
		      n[TC_FATE_ARRIVED]);
	put_count(&b->out, n[TC_FATE_LOST], "lost");
	put_count(&b->out, n[TC_FATE_DOUBLED], "doubled");
	put_count(&b->out, p->changed[from], "changed");
	put_count(&b->out, p->late[from], "delayed");
	put_count(&b->out, p->parts[from], "cut on the way");
	put_count(&b->out, n[TC_FATE_PATH], "by the path in its name");
	if (n[TC_FATE_ARRIVED])
		tc_buf_printf(&b->out, "; delay %.3f ms, at least %.3f ms; TTL %+d",
			      (double)p->usual[from] / TC_MS, (double)p->fastest[from] / TC_MS,
			      -p->hops[from]);
	tc_buf_text(&b->out, "\n");
}

/* ---- JSON ------------------------------------------------------------------------------- */

static void add_change(void *ctx, const char *field, const char *was, const char *is)
{
	json_t *o = json_object();

	put_text(o, "field", field);
	put_text(o, "from", was);
	put_text(o, "to", is);
	json_array_append_new(ctx, o);
}

/* Times may be before the first: numbers with a sign. */
static void put_us(json_t *o, const char *key, tc_time t)
{
	json_object_set_new(o, key, json_integer((json_int_t)(t / TC_US)));
}

static void json_passage(struct both *b, const struct tc_passage *x)
{
	const struct tc_passing *s = x->sent ? x->sent : x->arrived;
	json_t *o = tc_json_line("passage"), *changes = json_array();
	tc_time start = b->p.passage[0].at;
	char flags[16];

	put_int(o, "connection", b->number);
	put_text(o, "from", side_name[x->from]);
	put_text(o, "fate", tc_fate_name[x->fate]);
	if (x->sent)
		put_us(o, "sent_us", x->at - start);
	if (x->arrived)
		put_us(o, "arrived_us", x->arrived_at - start);
	if (x->late)
		put_us(o, "late_us", x->late);
	if (x->after_end)
		json_object_set_new(o, "after_end", json_true());
	tc_flags_print(s->rx.seg.flags, flags);
	put_text(o, "flags", flags);
	put_int(o, "seq_rel", s->seq);
	if (s->rx.seg.flags & TC_FLAG_ACK)
		put_int(o, "ack_rel", s->ack);
	put_int(o, "length", s->rx.seg.len);
	if (x->sent && x->sent->parts > 1)
		put_int(o, "parts", x->sent->parts);
	if (x->missing)
		put_int(o, "missing", x->missing);
	tc_passage_changes(&b->p, x, add_change, changes);
	put_some(o, "changes", changes);
	tc_json_put_line(&b->out, o);
}

static void json_side(json_t *o, const struct tc_passages *p, unsigned from)
{
	json_t *s = json_object();

	for (unsigned f = 0; f < TC_FATES; f++)
		put_int(s, tc_fate_name[f], p->count[from][f]);
	put_int(s, "changed", p->changed[from]);
	put_int(s, "delayed", p->late[from]);
	put_int(s, "cut", p->parts[from]);
	put_us(s, "delay_us", p->usual[from]);
	put_us(s, "delay_least_us", p->fastest[from]);
	json_object_set_new(s, "ttl", json_integer(-p->hops[from]));
	json_object_set_new(o, side_name[from], s);
}

static void json_both(struct both *b)
{
	const struct tc_passages *p = &b->p;
	json_t *o = tc_json_line("both");

	put_int(o, "connection", b->number);
	put_int(o, "connection_server", (uint64_t)b->other + 1);
	put_end(o, "src", &p->convo[0]->addr[0], p->convo[0]->port[0]);
	put_end(o, "dst", &p->convo[0]->addr[1], p->convo[0]->port[1]);
	put_end(o, "src_server", &p->convo[1]->addr[p->flipped], p->convo[1]->port[p->flipped]);
	put_end(o, "dst_server", &p->convo[1]->addr[!p->flipped], p->convo[1]->port[!p->flipped]);
	if (p->clock.known || p->clock.one_way)
		put_us(o, "offset_us", p->clock.offset);
	if (p->clock.known)
		put_us(o, "offset_error_us", p->clock.error);
	if (p->clock.drifts)
		json_object_set_new(o, "drift_ppm", json_real(p->clock.drift * 1e6));
	json_side(o, p, 0);
	json_side(o, p, 1);
	tc_json_put_line(&b->out, o);
}

/* ---- the whole ----------------------------------------------------------------------------- */

static void put_connection(struct both *b)
{
	const struct tc_show_options *o = b->o;

	if (o->ladder)
		tc_both_page(o->ladder, &b->p, b->number);
	if (!o->json)
		put_heading(b);
	for (size_t i = 0; i < b->p.n && !o->table_only; i++) {
		if (o->json)
			json_passage(b, &b->p.passage[i]);
		else
			put_passage(b, &b->p.passage[i]);
		if (o->told && i % TELL_EACH == 0)
			o->told(o->ctx, b->told + i, b->g[0].segments);
	}
	if (o->json)
		json_both(b);
	for (unsigned from = 0; from < 2 && !o->json; from++)
		put_sum(b, from);
}

static int follow(struct both *b, size_t i, struct tc_error *err)
{
	const tc_time end[2] = { b->g[0].last, b->g[1].last };
	int rc = tc_passages_open(&b->p, &b->g[0].convo[i], &b->g[1].convo[b->other], end, err);

	b->number = (unsigned)i + 1;
	if (rc == 0)
		put_connection(b);
	tc_passages_free(&b->p);
	return rc;
}

static void notice_alone(const struct both *b, const bool *alone, const bool *taken)
{
	char line[160];
	size_t here = 0, there = 0;

	for (size_t i = 0; i < b->g[0].n; i++)
		here += alone[i];
	for (size_t i = 0; i < b->g[1].n; i++)
		there += !taken[i];
	snprintf(line, sizeof line, "in one capture only: %zu connection%s of the client's, %zu "
		 "of the server's", here, here == 1 ? "" : "s", there);
	if ((here || there) && !b->o->connection)
		b->o->notice(b->o->ctx, line);
}

static int follow_all(struct both *b, struct tc_error *err)
{
	bool *taken = calloc(b->g[1].n + 1, sizeof *taken);
	bool *alone = calloc(b->g[0].n + 1, sizeof *alone);
	size_t found = 0;
	int rc = taken && alone ? 0 : tc_nomem(err);

	for (size_t i = 0; i < b->g[0].n && rc == 0; i++) {
		b->told += i ? b->g[0].convo[i - 1].n : 0;
		b->other = tc_passage_pair(&b->g[0], i, &b->g[1], taken);
		alone[i] = b->other < 0;
		if (alone[i])
			continue;
		taken[b->other] = true;
		if (b->o->connection && b->o->connection != i + 1)
			continue;
		found++;
		rc = follow(b, i, err);
	}
	if (rc == 0)
		notice_alone(b, alone, taken);
	if (rc == 0 && !found)
		rc = tc_fail(err, -ENOENT, "no connection%s is in both captures",
			     b->o->connection ? " of that number" : "");
	free(taken);
	free(alone);
	return rc;
}

static uint64_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
}

static void tell_far(void *ctx, uint64_t read, uint64_t of)
{
	const struct both *b = ctx;

	(void)of;
	if (b->o->far)
		b->o->far(b->o->ctx, b->before + read, b->size);
}

static int gather_both(struct both *b, const char *client, const char *server,
		       struct tc_error *err)
{
	int rc;

	if (size_of(client) && size_of(server))
		b->size = size_of(client) + size_of(server);
	rc = tc_gather(&b->g[0], client, tell_far, b, err);
	b->before = size_of(client);
	return rc < 0 ? rc : tc_gather(&b->g[1], server, tell_far, b, err);
}

int tc_show_both(const char *client, const char *server, const struct tc_show_options *o,
		 struct tc_error *err)
{
	struct both b = { .o = o, .view = { .brief = o->brief } };
	int rc = gather_both(&b, client, server, err);

	if (rc == 0)
		rc = follow_all(&b, err);
	if (b.out.failed)
		rc = tc_nomem(err);
	else if (b.out.len && !o->write(o->ctx, b.out.data, b.out.len))
		rc = tc_fail(err, -ECANCELED, "the output stopped");
	tc_buf_free(&b.out);
	tc_gathered_free(&b.g[0]);
	tc_gathered_free(&b.g[1]);
	return rc;
}
