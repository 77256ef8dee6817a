/* SPDX-License-Identifier: BSD-2-Clause */
/* Many payloads: see each.h. */
#include "each.h"

#include "base/text.h"
#include "live/prot_run.h"

#include <tcpcraft/hex.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define REPLY_KEPT 32
#define PAUSE (200 * TC_MS)		/* of a peer whose reply has no known end */
#define RANGES_MOST 40			/* in the last line; more are told by rows */

/* A connection that has ended. */
struct row {
	bool over;
	uint8_t verdict, kept;
	uint8_t reply[REPLY_KEPT];
	uint64_t acked, received;
	tc_time took;			/* since the handshake; -1: there was none */
};

struct each {
	struct prot_run run;
	const struct each_config *cfg;
	struct messages payloads;
	struct row *rows;		/* a connection each */
	unsigned shown;			/* of them, in order */
};

/* ---- rows ----------------------------------------------------------------------------- */

static size_t payload_of(const struct each *e, unsigned number)
{
	return (number - 1) % e->payloads.n;
}

static size_t length_of(const struct each *e, unsigned number)
{
	size_t len;

	messages_at(&e->payloads, payload_of(e, number), &len);
	return len;
}

static void put_head(const struct each *e, struct tc_buf *out)
{
	if (e->run.o->csv)
		tc_buf_text(out, "payload,length,verdict,acked,received,took_us,reply_hex\n");
	else
		tc_buf_printf(out, "%8s %8s  %-11s %8s %8s %10s  %s\n", "payload", "length",
			      "verdict", "acked", "received", "ms", "reply");
}

static void put_csv(const struct each *e, unsigned number, struct tc_buf *out)
{
	const struct row *r = &e->rows[number - 1];

	tc_buf_printf(out, "%zu,%zu,%s,%" PRIu64 ",%" PRIu64 ",", payload_of(e, number) + 1,
		      length_of(e, number), tc_verdict_name(r->verdict), r->acked, r->received);
	if (r->took >= 0)
		tc_buf_printf(out, "%" PRId64, r->took / TC_US);
	tc_buf_text(out, ",");
	tc_hex_encode(out, r->reply, r->kept);
	tc_buf_text(out, "\n");
}

static void put_text(const struct each *e, unsigned number, struct tc_buf *out)
{
	const struct row *r = &e->rows[number - 1];

	tc_buf_printf(out, "%8zu %8zu  %-11s %8" PRIu64 " %8" PRIu64, payload_of(e, number) + 1,
		      length_of(e, number), tc_verdict_name(r->verdict), r->acked, r->received);
	if (r->took >= 0)
		tc_buf_printf(out, " %10.3f", (double)r->took / (double)TC_MS);
	else
		tc_buf_printf(out, " %10s", "-");
	if (r->kept) {
		tc_buf_text(out, "  ");
		tc_text_print(out, r->reply, r->kept, REPLY_KEPT);
	}
	tc_buf_text(out, "\n");
}

/* Prints the rows of connections that are over, up to the first that is not. */
static void show(struct each *e)
{
	const struct options *o = e->run.o;
	struct tc_buf *out = &e->run.live.text;

	while (e->shown < o->count && e->rows[e->shown].over) {
		e->shown++;
		if (o->csv)
			put_csv(e, e->shown, out);
		else if (!o->quiet)
			put_text(e, e->shown, out);
	}
}

static tc_time took(const struct tc_exchange *x, const struct tc_conn_info *info)
{
	tc_time end = x->replied_at ? x->replied_at : x->decided_at;

	return info->established_at && end > info->established_at ? end - info->established_at
	       : info->established_at ? 0 : -1;
}

static void on_told(struct prot_run *run, unsigned number, const struct tc_exchange *x,
		    const struct tc_conn_info *info)
{
	struct each *e = run->ctx;
	struct row *r = &e->rows[number - 1];

	*r = (struct row){
		.over = true, .verdict = (uint8_t)x->verdict, .acked = info->bytes_acked,
		.received = info->bytes_received, .took = took(x, info),
		.kept = (uint8_t)(x->reply.len < REPLY_KEPT ? x->reply.len : REPLY_KEPT),
	};
	if (r->kept)
		memcpy(r->reply, x->reply.data, r->kept);
	if (run->o->json)
		tc_json_connection(&run->live.text, number, info, x->verdict, x->reply.data,
				   x->reply.len, &(struct tc_json_asked){
					payload_of(e, number) + 1, length_of(e, number),
					r->took });
	else
		show(e);
}

/* ---- what it comes to ------------------------------------------------------------------- */

/* In short: "1-8 silent, 9 reply, 10-64 reset". of: the verdicts in order, TC_VERDICTS where a
 * payload has several; from: the name of the first. */
static void put_ranges(struct tc_buf *out, const uint8_t *of, size_t n, size_t from)
{
	unsigned ranges = 0;

	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && of[end] == of[i]; end++)
			;
		if (++ranges > RANGES_MOST) {
			tc_buf_text(out, ", …");
			return;
		}
		tc_buf_printf(out, "%s%zu", i ? ", " : "", from + i);
		if (end > i + 1)
			tc_buf_printf(out, "-%zu", from + end - 1);
		tc_buf_printf(out, " %s", of[i] < TC_VERDICTS ? tc_verdict_name(of[i])
			      : "not always the same");
	}
}

/* The verdict of each payload, TC_VERDICTS where its connections had several. NULL: no memory. */
static uint8_t *verdicts(const struct each *e)
{
	uint8_t *of = calloc(e->payloads.n + 1, 1);

	for (unsigned i = 0; of && i < e->run.o->count; i++) {
		size_t at = i % e->payloads.n;

		if (e->rows[i].over)
			of[at] = of[at] == TC_VERDICT_NONE || of[at] == e->rows[i].verdict
				 ? e->rows[i].verdict : TC_VERDICTS;
	}
	return of;
}

/* Payloads without a frame around them that are A..B long are named by their lengths. */
static bool are_lengths(const struct each *e)
{
	for (unsigned i = 1; i < e->payloads.n; i++)
		if (length_of(e, i + 1) != length_of(e, i) + 1)
			return false;
	return e->payloads.n > 1 && !e->cfg->header;
}

static void put_sum(void *ctx, struct tc_buf *out)
{
	const struct each *e = ctx;
	bool lengths = are_lengths(e);
	uint8_t *of = verdicts(e);

	tc_buf_printf(out, "%zu payload%s, %u connection%s; %s ", e->payloads.n,
		      e->payloads.n == 1 ? "" : "s", e->run.started,
		      e->run.started == 1 ? "" : "s", lengths ? "length" : "payload");
	if (of)
		put_ranges(out, of, e->payloads.n, lengths ? length_of(e, 1) : 1);
	tc_buf_text(out, "; ");
	tc_guard_sentence(out, &e->run.live.sum);
	free(of);
}

static void tell_end(struct each *e, const char *host, uint16_t port, int code)
{
	const struct prot_run *r = &e->run;
	struct tc_buf line = { 0 };
	struct tc_result res = {
		.command = e->cfg->command, .verdict = r->worst, .host = host, .port = port,
		.info = &r->last, .connections = r->started, .bytes_sent = r->bytes_sent,
		.bytes_acked = r->bytes_acked, .bytes_received = r->bytes_received,
		.handshake_ns = r->handshakes, .n_handshakes = r->n_handshakes,
		.tcp = &r->o->tcp, .seed = r->o->seed, .exit = code, .sum = &r->live.sum,
	};

	if (code == EXIT_USAGE || (r->o->csv && !r->o->json))
		return;
	if (r->o->json) {
		tc_json_result(&line, &res);
		terminal_write(r->o, stdout, line.data, line.len);
	} else {
		put_sum(e, &line);
		terminal_line(r->o, stdout, &line);
	}
	tc_buf_free(&line);
}

/* ---- the run -------------------------------------------------------------------------- */

static int prepare(struct each *e, struct options *o, struct tc_error *err)
{
	int rc = messages_make(&e->payloads, o, e->cfg->header, err);

	e->run.o = o;
	e->run.each = &e->payloads;
	e->run.told = on_told;
	e->run.ctx = e;
	e->run.xc = (struct tc_exchange_config){
		.expect = e->cfg->expect, .expect_len = e->cfg->expect_len, .pause = PAUSE,
		.timeout = o->timeout, .hold = o->hold,
	};
	e->rows = calloc(o->count, sizeof *e->rows);
	if (!e->rows)
		return tc_nomem(err);
	return rc < 0 ? rc : prot_run_prepare(&e->run, err);
}

static int drive(struct each *e, const char *host, const char *port)
{
	struct prot_run *r = &e->run;
	struct tc_session_config cfg;
	int code = live_open(&r->live, r->o, host, port, prot_run_ports(r->o), true, false, &cfg);

	if (code)
		return code;
	r->live.say = put_sum;
	r->live.say_ctx = e;
	if (!r->o->json && (r->o->csv || !r->o->quiet))
		put_head(e, &r->live.text);
	code = prot_run_drive(r);
	tell_end(e, host, cfg.dst_port, code);
	return code;
}

int each_run(struct options *o, const struct each_config *cfg, const char *host,
	     const char *port)
{
	struct each e = { .cfg = cfg };
	struct tc_error err = { 0 };
	int code = prepare(&e, o, &err) < 0 ? fail(o, EXIT_USAGE, &err) : drive(&e, host, port);

	messages_free(&e.payloads);
	prot_run_free(&e.run);
	free(e.rows);
	return code;
}
