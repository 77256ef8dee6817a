/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fingerprint: what two data bases of systems are asked with, in their notations: nmap's lines
 * but for the one of UDP, and p0f's signature of the SYN,ACK, or of a client's SYN. Where nmap's data base is on
 * this machine the names that are nearest to the lines are told.
 */
#include "fingerprint/nmap.h"
#include "fingerprint/p0f.h"
#include "lab/lab.h"

#include <tcpcraft/error.h>
#include <tcpcraft/rng.h>

#include <stdio.h>

TC_DEFINE_EXPERIMENT(fingerprint, "fingerprint",
	"which system it is like: nmap's lines (IPv4) and their nearest names, p0f's signature",
	"RFC 9293 3.10.7 leaves open what these differ in", .ports = 32, .asks_host = true,
	.asks = TC_ASKS_BOTH);

#define USUAL "mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7"
#define USUAL_MSS 1460
#define GAP (25 * TC_MS)		/* between probes of which each is asked alone */
#define PATIENCE (500 * TC_MS)
#define TRIES 3
#define PORT_FIRST 30000u		/* where few listen */
#define PORTS 30000u
#define NEAREST 3u
#define ACK 0x42130577u			/* any number but 0 */

struct work {
	struct tc_lab *lab;
	struct tc_finding *f;
	struct tc_lab_conn *conns[TC_NMAP_ANSWERS];
	int sent[TC_NMAP_PROBES];	/* numbers of segments */
	struct tc_nmap_answer answers[TC_NMAP_ANSWERS];
	uint16_t closed;
	bool is_closed;			/* it answered with a reset */
};

/* ---- p0f ---------------------------------------------------------------------------- */

static void tell_p0f(struct tc_finding *f, const char *name, const struct tc_rx *rx, uint16_t mss)
{
	struct tc_buf text = { 0 };

	tc_p0f(&text, rx, mss);
	if (text.len && !text.failed)
		tc_finding_text(f, name, "%.*s", (int)text.len, (const char *)text.data);
	tc_buf_free(&text);
}

/* One usual SYN, and its answer. */
static int ask_p0f(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	const struct tc_lab_open how = { .options = USUAL, .ts = true, .greeting = true };
	struct tc_lab_conn *c;
	struct tc_lab_frame *seen;
	int rc = tc_lab_begin_seen(lab, f, &c, &how, &seen, err);

	if (rc <= 0)
		return rc;
	tell_p0f(f, "p0f_syn_ack", &seen->rx, USUAL_MSS);
	rc = tc_lab_hang_up(lab, c, err);
	return rc < 0 ? rc : 1;
}

static int ask_client(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct tc_lab_conn *c;
	struct tc_lab_frame *seen;
	int rc = tc_lab_next_call(lab, &c, &seen, err);

	if (rc <= 0)
		return rc < 0 ? rc : tc_finding_blame(f, lab, c);
	seen->cited = true;
	tell_p0f(f, "p0f_syn", &seen->rx, 0);
	tc_finding_told(f, "taken", "its SYN is %s in p0f's notation",
			tc_finding_fact(f, "p0f_syn") ? tc_finding_fact(f, "p0f_syn")->text : "");
	rc = tc_lab_hang_up(lab, c, err);
	return rc < 0 ? rc : 0;
}

/* ---- nmap --------------------------------------------------------------------------- */

/* One that resets a plain SYN; else the last that was tried, as a filter may be before it. */
static int find_closed(struct work *w, struct tc_error *err)
{
	const struct tc_lab_open how = { .wait = PATIENCE };
	int rc = 0;

	for (unsigned i = 0; i < TRIES && rc >= 0 && !w->is_closed; i++) {
		struct tc_lab_conn *c = tc_lab_conn(w->lab);

		if (!c)
			return tc_nomem(err);
		w->closed = (uint16_t)(PORT_FIRST + tc_rng_below(w->lab->rng, PORTS));
		c->flow.remote_port = w->closed;
		rc = tc_lab_open(w->lab, c, &how, err);
		w->is_closed = c->end == TC_LAB_REFUSED;
		if (rc > 0)
			rc = tc_lab_hang_up(w->lab, c, err);
	}
	return rc < 0 ? rc : 0;
}

static int ask(struct work *w, unsigned i, struct tc_error *err)
{
	const struct tc_nmap_probe *p = &tc_nmap_probes[i];
	struct tc_lab_conn *c = w->conns[i] ? w->conns[i] : tc_lab_conn(w->lab);
	struct tc_lab_seg seg;

	if (!c)
		return tc_nomem(err);
	w->conns[i] = c;
	if (p->closed)
		c->flow.remote_port = w->closed;
	tc_lab_make(c, p->flags, &seg);
	seg.seq = c->iss;
	seg.ack = p->no_ack ? 0 : ACK;
	seg.window = p->window;
	seg.urgent = p->urgent;
	seg.options = p->options;
	seg.set[0].field = "ip.flags.df";
	seg.set[0].value = p->df ? "1" : "0";
	if (p->flags & TC_FLAG_SYN)
		c->snd_nxt = c->iss + 1;
	w->answers[i] = (struct tc_nmap_answer){ .seq = seg.seq, .ack = seg.ack };
	w->sent[i] = tc_lab_put(w->lab, c, &seg, err);
	return w->sent[i] < 0 ? w->sent[i] : 0;
}

/* Both echoes, each of which its reply names. */
static int ping(struct work *w, struct tc_error *err)
{
	int rc = 0;

	for (unsigned i = 0; i < TC_NMAP_ANSWERS - TC_NMAP_IE && rc >= 0; i++) {
		const struct tc_nmap_echo *e = &tc_nmap_echoes[i];
		const struct tc_lab_echo echo = { e->df, e->dsfield, e->code, e->number, e->len };
		struct tc_lab_conn *c = tc_lab_conn(w->lab);

		if (!c)
			return tc_nomem(err);
		w->conns[TC_NMAP_IE + i] = c;
		w->answers[TC_NMAP_IE + i].rx = NULL;
		rc = tc_lab_ping(w->lab, c, &echo, err);
	}
	return rc < 0 ? rc : 0;
}

/* What has come for these by then; less, where all has. A SYN,ACK is reset at once. */
static int hear(struct work *w, unsigned from, unsigned to, tc_time until, struct tc_error *err)
{
	struct tc_lab_frame *seen;
	int rc = 0;

	for (unsigned i = from; i < to; i++) {
		struct tc_nmap_answer *a = &w->answers[i];

		rc = w->conns[i] ? 1 : 0;
		while (rc > 0 && !a->rx) {
			rc = tc_lab_next(w->lab, w->conns[i], until, &seen, err);
			if (rc <= 0 || seen->rx.kind == TC_RX_ICMP_ERROR)
				continue;
			seen->cited = true;
			a->rx = &seen->rx;
			if (seen->rx.seg.flags & TC_FLAG_SYN)
				rc = tc_lab_hang_up(w->lab, w->conns[i], err);
		}
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* All six, 0.1 s apart, and what shows whether echoes have the same identifications: once more,
 * where one of them or its answer was lost. */
static int ask_sequence(struct work *w, struct tc_error *err)
{
	bool all = false;
	int rc = 0;

	for (unsigned try = 0; try < TRIES && !all; try++) {
		tc_time next = tc_clock_monotonic();

		all = true;
		for (unsigned i = 0; i < TC_NMAP_SEQS && rc >= 0; i++, next += TC_NMAP_STEP) {
			w->conns[i] = NULL;
			rc = tc_lab_sleep(w->lab, next, err);
			if (rc >= 0)
				rc = hear(w, 0, i, 0, err);
			if (rc >= 0)
				rc = ask(w, i, err);
		}
		if (rc >= 0)
			rc = ping(w, err);
		if (rc >= 0)
			rc = hear(w, 0, TC_NMAP_SEQS, tc_clock_monotonic() + PATIENCE, err);
		if (rc >= 0)
			rc = hear(w, TC_NMAP_IE, TC_NMAP_ANSWERS, tc_clock_monotonic() + PATIENCE, err);
		if (rc < 0)
			return rc;
		for (unsigned i = 0; i < TC_NMAP_SEQS; i++) {
			w->answers[i].sent = tc_lab_sent_at(w->lab, w->sent[i]);
			all &= w->answers[i].rx != NULL;
		}
	}
	return 0;
}

/* The others; those that are not answered again, since many never are. */
static int ask_tests(struct work *w, struct tc_error *err)
{
	int rc = 0;

	for (unsigned try = 0; try < TRIES && rc >= 0; try++) {
		for (unsigned i = TC_NMAP_ECN; i < TC_NMAP_PROBES && rc >= 0; i++) {
			if (w->answers[i].rx)
				continue;
			rc = ask(w, i, err);
			if (rc >= 0)
				rc = tc_lab_sleep(w->lab, tc_clock_monotonic() + GAP, err);
		}
		if (rc >= 0)
			rc = hear(w, TC_NMAP_ECN, TC_NMAP_PROBES, tc_clock_monotonic() + PATIENCE, err);
	}
	return rc;
}

/* ---- what it comes to ----------------------------------------------------------------- */

/* Random numbers make SEQ another one each time. */
static void tell_line(struct tc_finding *f, unsigned line, const struct tc_buf *text)
{
	static const char *const names[TC_NMAP_LINES] = {
		"seq", "ops", "win", "ecn", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "ie",
	};

	(line == 0 ? tc_finding_note : tc_finding_text)(f, names[line], "%.*s", (int)text->len,
							text->data ? (const char *)text->data : "");
}

static void tell_names(const struct tc_lab *lab, struct tc_finding *f,
		       const struct tc_buf *lines, unsigned came)
{
	struct tc_nmap_name best[NEAREST];
	unsigned n = 0;

	if (!lab->cfg.os_base) {
		tc_finding_told(f, "taken", "%u of %u probes are answered; nmap's data base of "
				"names is not on this machine", came, TC_NMAP_ANSWERS);
		return;
	}
	n = tc_nmap_nearest(lab->cfg.os_base, lab->cfg.os_base_len, lines, best, NEAREST);
	for (unsigned i = 0; i < n; i++) {
		char key[32];

		snprintf(key, sizeof key, "nearest_%u", i + 1);
		tc_finding_note(f, key, "%s (%.1f %%)", best[i].name, best[i].percent);
	}
	if (n)
		tc_finding_told(f, "named", "%u of %u probes are answered, most like \"%s\" of nmap's "
				"data base: %.1f %% of the points", came, TC_NMAP_ANSWERS, best[0].name,
				best[0].percent);
	else
		tc_finding_told(f, "nameless", "%u of %u probes are answered, as by no system of "
				"nmap's data base", came, TC_NMAP_ANSWERS);
}

static void tell(const struct work *w)
{
	const struct tc_path *path = w->lab->path;
	const bool direct = path->local || (path->ethernet && tc_addr_is_none(&path->gateway));
	struct tc_buf lines[TC_NMAP_LINES] = { { 0 } };
	unsigned came = 0;

	for (unsigned i = 0; i < TC_NMAP_ANSWERS; i++)
		came += w->answers[i].rx != NULL;
	tc_finding_note(w->f, "closed_port", "%u%s", w->closed,
			w->is_closed ? "" : ", which does not reset");
	for (unsigned i = 0; i < TC_NMAP_LINES; i++) {
		tc_nmap_line(&lines[i], i, w->answers, direct);
		tell_line(w->f, i, &lines[i]);
	}
	tell_names(w->lab, w->f, lines, came);
	for (unsigned i = 0; i < TC_NMAP_LINES; i++)
		tc_buf_free(&lines[i]);
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct work w = { .lab = lab, .f = f };
	int rc = lab->cfg.clients ? ask_client(lab, f, err) : ask_p0f(lab, f, err);

	if (rc <= 0 || lab->cfg.clients)
		return rc;
	if (lab->family == 6) {
		tc_finding_told(f, "taken", "its SYN,ACK is %s in p0f's notation; nmap asks IPv6 in "
				"another way", tc_finding_fact(f, "p0f_syn_ack")->text);
		return 0;
	}
	rc = find_closed(&w, err);
	if (rc >= 0)
		rc = ask_sequence(&w, err);
	if (rc >= 0)
		rc = ask_tests(&w, err);
	if (rc >= 0)
		tell(&w);
	return rc;
}
