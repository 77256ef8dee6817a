/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sack-receiver: bytes that come out of order, and twice. What the peer's SACK blocks say of
 * them: are they right, does the newest stand first, are duplicates told (D-SACK). The bytes
 * are x, without an end of line.
 */
#include "lab/lab.h"

TC_DEFINE_EXPERIMENT(sack_receiver, "sack-receiver",
	"are SACK blocks right, the newest first, and duplicates told",
	"RFC 2018 4: the first block has the newest; RFC 2883: duplicates",
	.ports = 8, .needs = TC_NEEDS_LIFE);

#define PIECE 10u			/* bytes: the nth begins at n times that */
#define WAIT TC_S
#define TRIES 3				/* connections */

/* A piece that is sent, and what must be answered: so many pieces acknowledged, these blocks. */
struct step {
	const char *what;
	unsigned piece, ack, n;
	struct { unsigned from, to; } block[3];
	bool dsack;			/* the first block is of RFC 2883 */
};

static const struct step steps[] = {
	{ "a hole before it", 1, 0, 1, { { 1, 2 } }, false },
	{ "a second hole: the newest first", 3, 0, 2, { { 3, 4 }, { 1, 2 } }, false },
	{ "one that is kept already", 1, 0, 3, { { 1, 2 }, { 1, 2 }, { 3, 4 } }, true },
	{ "the first hole is filled", 0, 2, 1, { { 3, 4 } }, false },
	{ "one that is acknowledged already", 0, 2, 2, { { 0, 1 }, { 3, 4 } }, true },
	{ "the last hole is filled", 2, 4, 0, { { 0, 0 } }, false },
};

#define N_STEPS (sizeof steps / sizeof *steps)

struct told {
	bool plain, dsack;		/* so far all are right */
	const char *wrong;		/* the first that was not, but for D-SACK */
};

static bool is_right(const struct tc_seg *seg, tc_seq base, const struct step *s)
{
	const struct tc_seg_opts *o = &seg->opts;
	const unsigned n = o->present & TC_HAS_SACK ? o->n_sack : 0;

	if (seg->ack != base + PIECE * s->ack || n != s->n)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (o->sack[i].left != base + PIECE * s->block[i].from ||
		    o->sack[i].right != base + PIECE * s->block[i].to)
			return false;
	return true;
}

static int send_piece(struct tc_lab *lab, struct tc_lab_conn *c, tc_seq at, struct tc_error *err)
{
	struct tc_lab_seg seg;

	tc_lab_make(c, TC_FLAG_ACK, &seg);
	seg.seq = at;
	seg.payload = "xxxxxxxxxx";
	seg.len = PIECE;
	return tc_lab_cite_sent(lab, tc_lab_put(lab, c, &seg, err));
}

/* A piece, and the ACKs behind it until one is right: others may come besides, as the server
 * reads, or answers. 1; 0: none came at all. */
static int ask(struct tc_lab *lab, struct tc_lab_conn *c, const struct step *s, tc_seq base,
	       bool *right, struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + tc_lab_wait(lab, WAIT);
	int number = send_piece(lab, c, base + PIECE * s->piece, err), rc = number;
	struct tc_lab_frame *seen;
	bool any = false;

	*right = false;
	while (rc >= 0 && !*right && c->end == TC_LAB_ALIVE &&
	       (rc = tc_lab_next(lab, c, until, &seen, err)) > 0) {
		if (seen->rx.kind != TC_RX_TCP || seen->rx.seg.len ||
		    seen->stamp < tc_lab_sent_at(lab, number))
			continue;
		seen->cited = any = true;
		*right = is_right(&seen->rx.seg, base, s);
	}
	return rc < 0 ? rc : any;
}

static int watch(struct tc_lab *lab, struct tc_lab_conn *c, struct told *t,
		 struct tc_error *err)
{
	const tc_seq base = c->snd_nxt;
	bool right;
	int rc = 1;

	*t = (struct told){ .plain = true, .dsack = true };
	c->snd_nxt += PIECE * 4;
	for (size_t i = 0; i < N_STEPS && rc > 0 && c->end == TC_LAB_ALIVE; i++) {
		rc = ask(lab, c, &steps[i], base, &right, err);
		if (right || rc <= 0)
			continue;
		if (!steps[i].dsack && t->plain)
			t->wrong = steps[i].what;
		t->plain &= steps[i].dsack;
		t->dsack &= !steps[i].dsack;
	}
	return rc;
}

static void tell(struct tc_finding *f, const struct told *t)
{
	tc_finding_text(f, "blocks", t->plain ? "right" : "wrong");
	tc_finding_text(f, "dsack", t->dsack ? "yes" : "no");
	if (!t->plain)
		tc_finding_told(f, "wrong", "SACK is agreed to, but its blocks are not those of RFC "
				"2018: %s", t->wrong);
	else if (t->dsack)
		tc_finding_told(f, "right", "SACK blocks are right, the newest first, and duplicates "
				"are told (D-SACK)");
	else
		tc_finding_told(f, "right-no-dsack", "SACK blocks are right, the newest first; "
				"duplicates are not told, or not as D-SACK has it");
}

/* One connection. 1: *t is filled; 0: a piece got no ACK, or the finding is made. */
static int try(struct tc_lab *lab, struct tc_finding *f, struct told *t, struct tc_error *err)
{
	const struct tc_lab_open how = { .options = "mss 536,nop,nop,sackOK" };
	struct tc_lab_conn *c;
	int rc = tc_lab_begin(lab, f, &c, &how, err);

	if (rc <= 0)
		return rc;
	if (!(c->peer.present & TC_HAS_SACK_OK)) {
		tc_lab_cite_all(lab, c);
		tc_finding_told(f, "off", "SACK is not agreed to");
		return 0;
	}
	rc = watch(lab, c, t, err);
	if (rc >= 0 && c->end != TC_LAB_ALIVE)
		tc_finding_blame(f, lab, c);
	if (rc <= 0 || f->verdict[0])
		return rc < 0 ? rc : 0;
	rc = tc_lab_hang_up(lab, c, err);
	return rc < 0 ? rc : 1;
}

/* What is sent again would be told as a duplicate: a piece that was lost spoils a connection. */
static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct told t;
	int rc = 0;

	for (unsigned i = 0; i < TRIES && rc == 0 && !f->verdict[0]; i++)
		rc = try(lab, f, &t, err);
	if (rc > 0)
		tell(f, &t);
	else if (rc == 0 && !f->verdict[0])
		tc_finding_untold(f, "no ACK answers bytes that come out of order");
	return rc < 0 ? rc : 0;
}
