/* SPDX-License-Identifier: BSD-2-Clause */
/* A difference as people see it: what both servers did, beside each other. */
#include "campaign.h"

#include "report/beside.h"

#include <stdlib.h>

struct noting {
	struct tc_beside_side *side;
	uint16_t port;			/* ours */
	struct tc_isns isn;		/* ours, the server's */
	bool known[2];
};

/* A case may change any number: what the first segment of a side has is its first. */
static int note(void *ctx, const struct tc_frame *f, struct tc_error *err)
{
	struct noting *n = ctx;
	struct tc_rx rx;
	bool ours;

	(void)err;
	if (tc_rx_parse(&rx, f->bytes, f->len, f->dlt, NULL) < 0)
		return 0;
	ours = rx.kind == TC_RX_TCP && rx.sport == n->port;
	if (rx.kind == TC_RX_TCP && !n->known[ours]) {
		n->known[ours] = true;
		*(ours ? &n->isn.seq : &n->isn.ack) = rx.seg.seq;
	}
	tc_beside_add(n->side, &rx, ours, f->stamp, ours ? n->isn : (struct tc_isns){
		      n->isn.ack, n->isn.seq }, 0);
	return 0;
}

static int note_all(struct tc_beside_side *side, const struct tc_fuzz_tape *tape,
		    const struct tc_fuzz_outcome *o, struct tc_error *err)
{
	struct noting n = { .side = side, .port = o->port };

	return o->port ? tc_fuzz_tape_each(tape, o, false, note, &n, err) : 0;
}

int campaign_put_ladders(const struct campaign *g, const struct tc_fuzz_outcome *own,
			 const struct tc_fuzz_outcome *other, struct tc_buf *out,
			 struct tc_error *err)
{
	struct tc_beside_side *side = calloc(2, sizeof *side);
	char name[80];
	int rc = side ? note_all(&side[0], g->tape, own, err) : tc_nomem(err);

	if (rc >= 0)
		rc = note_all(&side[1], g->other.tape, other, err);
	snprintf(name, sizeof name, "%s:%s", g->host, g->port);
	if (rc >= 0)
		tc_beside_put(out, "    ", name, &side[0], g->o->fuzz.against, &side[1]);
	free(side);
	return rc;
}
