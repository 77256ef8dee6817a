/* SPDX-License-Identifier: BSD-2-Clause */
/* The frames that come of a segment: their layers, what was changed in them, the payload. */
#include "own.h"

#include "base/array.h"
#include "base/format.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int tc_piece_tcp(const struct piece *pc)
{
	return tc_packet_layer(&pc->p, tc_header_get(TC_HDR_TCP), 0);
}

static void piece_free(struct piece *pc)
{
	tc_packet_free(&pc->p);
	free(pc);
}

void tc_pieces_free(struct pieces *ps)
{
	for (size_t i = 0; i < ps->n; i++)
		piece_free(ps->at[i]);
	free(ps->at);
	ps->at = NULL;
	ps->n = 0;
}

struct piece *tc_piece_add(struct pieces *ps, size_t i, struct tc_error *err)
{
	struct piece *pc;

	if (ps->n == PIECES_MAX) {
		tc_fail(err, -ENOBUFS, "more than %d frames would come of one segment",
			PIECES_MAX);
		return NULL;
	}
	pc = calloc(1, sizeof *pc);
	if (!pc || !tc_array_grow(&ps->at, ps->n, sizeof *ps->at)) {
		free(pc);
		tc_nomem(err);
		return NULL;
	}
	memmove(ps->at + i + 1, ps->at + i, (ps->n - i) * sizeof *ps->at);
	ps->n++;
	ps->at[i] = pc;
	return pc;
}

void tc_piece_remove(struct pieces *ps, size_t i)
{
	piece_free(ps->at[i]);
	memmove(ps->at + i, ps->at + i + 1, (--ps->n - i) * sizeof *ps->at);
}

static int copy_packet(struct tc_packet *to, const struct tc_packet *from,
		       struct tc_error *err)
{
	for (unsigned i = 0; i < from->n; i++) {
		const struct tc_layer *l = &from->layer[i];
		int at = tc_packet_push(to, l->hdr, err);
		bool failed;

		if (at < 0)
			return at;
		to->layer[at].set = l->set;
		to->layer[at].bad = l->bad;
		memcpy(to->layer[at].fixed, l->fixed, sizeof l->fixed);
		tc_buf_add(&to->layer[at].var, l->var.data, l->var.len);
		failed = to->layer[at].var.failed;
		for (unsigned k = 0; k < l->hdr->n_parts; k++) {
			to->layer[at].part[k].len = 0;
			tc_buf_add(&to->layer[at].part[k], l->part[k].data, l->part[k].len);
			failed |= to->layer[at].part[k].failed;
		}
		if (failed)
			return tc_nomem(err);
	}
	return 0;
}

struct piece *tc_piece_copy(struct pieces *ps, size_t i, struct tc_error *err)
{
	struct piece *pc = tc_piece_add(ps, i + 1, err);
	const struct piece *from = ps->at[i];

	if (!pc || copy_packet(&pc->p, &from->p, err) < 0)
		return NULL;
	pc->delay = from->delay;
	pc->raw = from->raw;
	memcpy(pc->mutations, from->mutations, sizeof pc->mutations);
	memcpy(pc->refs, from->refs, sizeof pc->refs);
	pc->n_mutations = from->n_mutations;
	memcpy(pc->what, from->what, sizeof pc->what);
	return pc;
}

int tc_pieces_start(struct pieces *ps, const uint8_t *frame, size_t len,
		    struct tc_error *err)
{
	struct piece *pc = tc_piece_add(ps, 0, err);
	int rc = pc ? tc_packet_parse(&pc->p, frame, len,
				      tc_frame_begins(frame, len, ps->ethernet), err) : -ENOMEM;

	if (rc >= 0)
		tc_packet_relax(&pc->p);
	return rc < 0 ? rc : 0;
}

int tc_piece_build(struct piece *pc, uint8_t *bytes, struct tc_error *err)
{
	return tc_packet_build(&pc->p, bytes, TC_PACKET_MAX, err);
}

/* ---- what a field says ------------------------------------------------------------- */

tc_value tc_piece_value(const struct tc_packet *p, int layer, const struct tc_field_ref *ref)
{
	if (ref->row >= 0)
		return tc_packet_value(p, layer, (unsigned)ref->row);
	return tc_field_value(ref->field, p->layer[layer].fixed);
}

static void describe(const struct tc_packet *p, int layer, const struct tc_field_ref *ref,
		     char text[TC_MUTATION_TEXT])
{
	const struct tc_buf *bytes = tc_layer_bytes(&p->layer[layer], (unsigned)ref->row);
	struct tc_buf b = { 0 };

	if (ref->field->bits)
		tc_field_print(ref->field, tc_piece_value(p, layer, ref), false, &b);
	else
		tc_field_print_bytes(ref->field, bytes->data, bytes->len, &b);
	tc_buf_add_u8(&b, 0);
	if (b.len > TC_MUTATION_TEXT)
		snprintf(text, TC_MUTATION_TEXT, "%.56s...", (char *)b.data);
	else if (!b.failed)
		snprintf(text, TC_MUTATION_TEXT, "%s", (char *)b.data);
	tc_buf_free(&b);
}

struct tc_mutation *tc_piece_note(struct piece *pc, int layer, const struct tc_field_ref *ref)
{
	struct tc_mutation *m = pc->mutations;

	for (unsigned i = 0; i < pc->n_mutations; i++)
		if (m[i].field == ref->field->name)
			return &m[i];
	if (pc->n_mutations == MUTATIONS_MAX)
		return NULL;
	m += pc->n_mutations;
	m->field = ref->field->name;
	describe(&pc->p, layer, ref, m->from);
	pc->refs[pc->n_mutations++] = *ref;
	return m;
}

void tc_piece_finish(struct piece *pc)
{
	for (unsigned i = 0; i < pc->n_mutations; i++) {
		int layer = tc_packet_layer(&pc->p, pc->refs[i].hdr, 0);

		if (layer >= 0)
			describe(&pc->p, layer, &pc->refs[i], pc->mutations[i].to);
	}
}

void tc_piece_say(struct piece *pc, const char *fmt, ...)
{
	size_t used = strlen(pc->what);

	if (used)
		used += (size_t)snprintf(pc->what + used, sizeof pc->what - used, "; ");
	if (used >= sizeof pc->what)
		return;
	TC_FORMAT(pc->what + used, sizeof pc->what - used, fmt);
}

/* ---- payload ----------------------------------------------------------------------- */

int tc_piece_payload(struct pieces *ps, struct piece *pc, const uint8_t **out,
		   struct tc_error *err)
{
	int n = tc_piece_build(pc, ps->bytes, err);
	size_t from;

	if (n < 0)
		return n;
	from = tc_packet_offset(&pc->p, tc_piece_tcp(pc) + 1);
	*out = ps->bytes + from;
	return n - (int)from;
}

int tc_piece_put_payload(struct piece *pc, const uint8_t *bytes, size_t n, struct tc_error *err)
{
	int at;

	pc->p.n = (unsigned)tc_piece_tcp(pc) + 1;
	if (n == 0)
		return 0;
	at = tc_packet_push(&pc->p, tc_header_get(TC_HDR_DATA), err);
	return at < 0 ? at : tc_packet_set_bytes(&pc->p, at, bytes, n, err);
}

/* The frame in the payload becomes a layer. What is wrong in it was meant so: only what
 * is as it would be computed is computed again. */
int tc_piece_open_frame(struct pieces *ps, struct piece *pc, struct tc_error *err)
{
	const struct tc_header *h = ps->payload.hdr ? ps->payload.hdr : tc_header_get(TC_HDR_PROT);
	struct tc_packet q = { 0 };
	const uint8_t *bytes;
	int n = tc_piece_payload(ps, pc, &bytes, err), at = -ENOMSG;
	uint64_t right;

	if (n < 0)
		return n;
	if (n && (ps->payload.surely || tc_payload_looks(h, bytes, (size_t)n)) &&
	    tc_packet_parse_as(&q, bytes, (size_t)n, h, NULL) >= 0) {
		for (unsigned row = 0; row < h->n_rows; row++)
			if (h->auto_rows >> row & 1 &&
			    tc_packet_computed(&q, 0, row, &right, NULL) >= 0 &&
			    right == tc_packet_get(&q, 0, row))
				tc_packet_unset(&q, 0, row);
		pc->p.n = (unsigned)tc_piece_tcp(pc) + 1;
		at = copy_packet(&pc->p, &q, err);
	}
	tc_packet_free(&q);
	return at;
}
