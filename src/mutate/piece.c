/* SPDX-License-Identifier: BSD-2-Clause */
/* What the actions of a rule do to a segment: one frame in, any number out. */
#include "own.h"

#include "craft/fragment.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct tc_header *hdr(enum tc_header_id id)
{
	return tc_header_get(id);
}

static int tcp_layer(const struct piece *pc)
{
	return tc_packet_layer(&pc->p, hdr(TC_HDR_TCP), 0);
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

/* A new, empty piece at place i. */
static struct piece *add_piece(struct pieces *ps, size_t i, struct tc_error *err)
{
	struct piece **more, *pc;

	if (ps->n == PIECES_MAX) {
		tc_fail(err, -ENOBUFS, "more than %d frames would come of one segment",
			PIECES_MAX);
		return NULL;
	}
	more = realloc(ps->at, (ps->n + 1) * sizeof *more);
	pc = calloc(1, sizeof *pc);
	if (more)
		ps->at = more;
	if (!more || !pc) {
		free(pc);
		tc_nomem(err);
		return NULL;
	}
	memmove(ps->at + i + 1, ps->at + i, (ps->n - i) * sizeof *ps->at);
	ps->at[i] = pc;
	ps->n++;
	return pc;
}

static int copy_packet(struct tc_packet *to, const struct tc_packet *from,
		       struct tc_error *err)
{
	for (unsigned i = 0; i < from->n; i++) {
		const struct tc_layer *l = &from->layer[i];
		int at = tc_packet_push(to, l->hdr, err);

		if (at < 0)
			return at;
		to->layer[at].set = l->set;
		to->layer[at].bad = l->bad;
		memcpy(to->layer[at].fixed, l->fixed, sizeof l->fixed);
		tc_buf_add(&to->layer[at].var, l->var.data, l->var.len);
		if (to->layer[at].var.failed)
			return tc_nomem(err);
	}
	return 0;
}

/* The same once more, behind piece i. */
static struct piece *copy_piece(struct pieces *ps, size_t i, struct tc_error *err)
{
	struct piece *pc = add_piece(ps, i + 1, err);
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
	struct piece *pc = add_piece(ps, 0, err);
	int rc = pc ? tc_packet_parse(&pc->p, frame, len, ps->ethernet ? TC_HDR_ETH : TC_HDR_IP,
				      err) : -ENOMEM;

	if (rc >= 0)
		tc_packet_relax(&pc->p);
	return rc < 0 ? rc : 0;
}

int tc_piece_build(struct pieces *ps, struct piece *pc, struct tc_error *err)
{
	if (!ps->bytes)
		ps->bytes = malloc(TC_PACKET_MAX);
	if (!ps->bytes)
		return tc_nomem(err);
	return tc_packet_build(&pc->p, ps->bytes, TC_PACKET_MAX, err);
}

/* ---- what a field says ------------------------------------------------------------- */

/* Rows and aliases are named in the table; head or tail says where they count from. */
static tc_value value_of(const struct tc_packet *p, int layer, const struct tc_field_ref *ref)
{
	if (ref->row >= 0)
		return tc_packet_value(p, layer, (unsigned)ref->row);
	return tc_field_value(ref->field, p->layer[layer].fixed);
}

static void describe(const struct tc_packet *p, int layer, const struct tc_field_ref *ref,
		     char text[TC_MUTATION_TEXT])
{
	const struct tc_layer *l = &p->layer[layer];
	struct tc_buf b = { 0 };

	if (ref->field->bits)
		tc_field_print(ref->field, value_of(p, layer, ref), false, &b);
	else
		tc_field_print_bytes(ref->field, l->var.data, l->var.len, &b);
	tc_buf_add_u8(&b, 0);
	if (b.len > TC_MUTATION_TEXT)
		snprintf(text, TC_MUTATION_TEXT, "%.56s...", (char *)b.data);
	else if (!b.failed)
		snprintf(text, TC_MUTATION_TEXT, "%s", (char *)b.data);
	tc_buf_free(&b);
}

/* Where a change of this field is written down; its first value is kept. */
static struct tc_mutation *note(struct piece *pc, int layer, const struct tc_field_ref *ref)
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

static void say(struct piece *pc, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(struct piece *pc, const char *fmt, ...)
{
	size_t used = strlen(pc->what);
	va_list ap;

	if (used)
		used += (size_t)snprintf(pc->what + used, sizeof pc->what - used, "; ");
	if (used >= sizeof pc->what)
		return;
	va_start(ap, fmt);
	vsnprintf(pc->what + used, sizeof pc->what - used, fmt, ap);
	va_end(ap);
}

/* ---- payload ----------------------------------------------------------------------- */

/* The payload as built, in *out (into ps->bytes). */
static int payload(struct pieces *ps, struct piece *pc, const uint8_t **out,
		   struct tc_error *err)
{
	int n = tc_piece_build(ps, pc, err);
	size_t from;

	if (n < 0)
		return n;
	from = tc_packet_offset(&pc->p, tcp_layer(pc) + 1);
	*out = ps->bytes + from;
	return n - (int)from;
}

/* Other bytes behind the TCP header. */
static int put_payload(struct piece *pc, const uint8_t *bytes, size_t n, struct tc_error *err)
{
	int at;

	pc->p.n = (unsigned)tcp_layer(pc) + 1;
	if (n == 0)
		return 0;
	at = tc_packet_push(&pc->p, hdr(TC_HDR_DATA), err);
	return at < 0 ? at : tc_packet_set_bytes(&pc->p, at, bytes, n, err);
}

/* The frame in the payload becomes a layer. What is wrong in it was meant so: only what
 * is as it would be computed is computed again. */
static int open_frame(struct pieces *ps, struct piece *pc, struct tc_error *err)
{
	const struct tc_header *h = ps->payload.hdr ? ps->payload.hdr : hdr(TC_HDR_PROT);
	struct tc_packet q = { 0 };
	const uint8_t *bytes;
	int n = payload(ps, pc, &bytes, err), at = -ENOMSG;
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
		pc->p.n = (unsigned)tcp_layer(pc) + 1;
		at = copy_packet(&pc->p, &q, err);
	}
	tc_packet_free(&q);
	return at;
}

/* ---- actions ----------------------------------------------------------------------- */

static int no_ethernet(const struct action *a, struct tc_error *err)
{
	return tc_fail(err, -EOPNOTSUPP, "%s cannot be set on this path: what is sent begins "
		       "with IPv4; use --inject link on an Ethernet interface",
		       a->ref.field->name);
}

static int change(struct piece *pc, int layer, const struct action *a, struct tc_error *err)
{
	const struct tc_field *f = a->ref.field;
	tc_value old;

	if (a->kind == ACT_SET)
		return tc_packet_set_text(&pc->p, f->name, a->text, a->ref.hdr, err);
	old = value_of(&pc->p, layer, &a->ref);
	old = a->kind == ACT_ADD ? old + a->n : old ^ a->n;
	return tc_packet_set_ref(&pc->p, layer, &a->ref, old & tc_field_max(f), err);
}

static int act_field(struct pieces *ps, size_t i, const struct action *a, struct tc_error *err)
{
	struct piece *pc = ps->at[i];
	int layer = tc_packet_layer(&pc->p, a->ref.hdr, 0), rc;

	if (layer < 0 && a->ref.hdr == hdr(TC_HDR_ETH))
		return no_ethernet(a, err);
	if (layer < 0 && a->ref.hdr != hdr(TC_HDR_IP) && tcp_layer(pc) >= 0 && !pc->raw) {
		rc = open_frame(ps, pc, err);
		if (rc < 0)
			return rc == -ENOMSG ? 0 : rc;
		layer = tc_packet_layer(&pc->p, a->ref.hdr, 0);
	}
	if (layer < 0)
		return 0;
	rc = tc_piece_build(ps, pc, err);	/* so that computed fields say what they are */
	if (rc < 0)
		return rc;
	note(pc, layer, &a->ref);
	rc = change(pc, layer, a, err);
	return rc < 0 ? rc : 1;
}

static void clear_flags(struct piece *pc, uint64_t flags)
{
	static const struct { uint64_t flag; unsigned row; } rows[] = {
		{ TC_FLAG_SYN, TC_TCP_SYN }, { TC_FLAG_FIN, TC_TCP_FIN },
		{ TC_FLAG_RST, TC_TCP_RESET }, { TC_FLAG_PSH, TC_TCP_PUSH },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (flags & rows[i].flag)
			tc_packet_set(&pc->p, tcp_layer(pc), rows[i].row, 0, NULL);
}

static void move_seq(struct piece *pc, uint32_t by)
{
	int tcp = tcp_layer(pc);
	uint32_t seq = (uint32_t)tc_packet_get(&pc->p, tcp, TC_TCP_SEQ) + by;

	tc_packet_set(&pc->p, tcp, TC_TCP_SEQ, seq, NULL);
}

static bool has_flag(const struct piece *pc, unsigned row)
{
	return tc_packet_get(&pc->p, tcp_layer(pc), row) != 0;
}

/* In two: the first `cut` bytes, and those from `from` on. */
static int cut_in_two(struct pieces *ps, size_t i, size_t cut, size_t from, bool fresh,
		      struct tc_error *err)
{
	struct piece *first = ps->at[i], *second;
	struct tc_buf all = { 0 };
	const uint8_t *bytes;
	int n = payload(ps, first, &bytes, err), rc;

	if (n < 0)
		return n;
	tc_buf_add(&all, bytes, (size_t)n);
	second = all.failed ? NULL : copy_piece(ps, i, err);
	rc = second ? put_payload(first, all.data, cut, err) : -ENOMEM;
	for (size_t k = from; fresh && second && k < cut; k++)
		all.data[k] = (uint8_t)~all.data[k];
	if (rc >= 0)
		rc = put_payload(second, all.data + from, (size_t)n - from, err);
	if (rc >= 0) {
		clear_flags(first, TC_FLAG_FIN | TC_FLAG_PSH);
		move_seq(second, (uint32_t)from + has_flag(second, TC_TCP_SYN));
		clear_flags(second, TC_FLAG_SYN);
	}
	tc_buf_free(&all);
	return rc < 0 ? rc : 1;
}

static int act_split(struct pieces *ps, size_t i, const struct action *a, struct tc_error *err)
{
	const uint8_t *bytes;
	int n = payload(ps, ps->at[i], &bytes, err), rc;
	size_t cut = (size_t)a->n, from = cut;

	if (n < 2)
		return n < 0 ? n : 0;
	if (a->kind == ACT_OVERLAP) {
		cut = (size_t)n / 2;
		from = cut > a->n ? cut - (size_t)a->n : 0;
	}
	if (cut >= (size_t)n)
		return 0;
	rc = cut_in_two(ps, i, cut, from, a->fresh, err);
	if (rc < 0)
		return rc;
	for (size_t k = 0; k < 2; k++)
		say(ps->at[i + k], "%s after %zu bytes, part %zu of 2",
		    a->kind == ACT_SPLIT ? "split" : "overlap: cut", cut, k + 1);
	return 2;
}

static int act_length(struct pieces *ps, size_t i, const struct action *a, struct tc_error *err)
{
	struct piece *pc = ps->at[i];
	struct tc_buf all = { 0 };
	const uint8_t *bytes;
	int n = payload(ps, pc, &bytes, err), rc;
	size_t len = n < 0 ? 0 : (size_t)n;

	if (n < 0 || (a->kind == ACT_TRUNCATE && a->n >= len))
		return n < 0 ? n : 0;
	say(pc, "%s from %zu to %zu bytes", a->kind == ACT_TRUNCATE ? "cut" : "padded", len,
	    a->kind == ACT_TRUNCATE ? (size_t)a->n : len + (size_t)a->n);
	tc_buf_add(&all, bytes, a->kind == ACT_TRUNCATE ? (size_t)a->n : len);
	for (uint64_t k = 0; a->kind == ACT_PAD && k < a->n; k++)
		tc_buf_add_u8(&all, 0);
	rc = all.failed ? tc_nomem(err)
			: put_payload(pc, all.data, all.len, err);
	tc_buf_free(&all);
	return rc < 0 ? rc : 1;
}

static int act_beside(struct pieces *ps, size_t i, const struct action *a, struct tc_error *err)
{
	struct piece *other = copy_piece(ps, i, err), *pc = ps->at[i];
	const uint8_t *bytes;
	int n = other ? payload(ps, pc, &bytes, err) : -ENOMEM, rc;
	uint32_t len;

	if (n < 0)
		return n;
	len = (uint32_t)n + has_flag(pc, TC_TCP_SYN) + has_flag(pc, TC_TCP_FIN);
	if (a->kind == ACT_BEFORE) {		/* the copy stands behind: let them swap */
		ps->at[i] = other;
		ps->at[i + 1] = pc;
		len = 0;
	}
	other->extra = true;
	clear_flags(other, TC_FLAG_SYN | TC_FLAG_FIN | TC_FLAG_RST);
	move_seq(other, len);
	say(other, "%zu bytes of their own, %s", a->bytes.len,
	    a->kind == ACT_BEFORE ? "before" : "after");
	rc = put_payload(other, a->bytes.data, a->bytes.len, err);
	return rc < 0 ? rc : 2;
}

static int act_dup(struct pieces *ps, size_t i, const struct action *a, struct tc_error *err)
{
	for (unsigned k = (unsigned)a->n; k-- > 0;) {	/* the last first: it moves on */
		struct piece *copy = copy_piece(ps, i, err);

		if (!copy)
			return -ENOMEM;
		say(copy, "copy %u of %u", k + 1, (unsigned)a->n);
	}
	return 1 + (int)a->n;
}

static int act_delay(struct piece *pc, const struct action *a)
{
	pc->delay += (tc_time)a->n * TC_MS;
	say(pc, "delayed %llu ms", (unsigned long long)a->n);
	return 1;
}

/* Unless somebody set it, DF and fragments exclude each other. */
static void may_fragment(struct piece *pc)
{
	int ip = tc_packet_layer(&pc->p, hdr(TC_HDR_IP), 0);

	for (unsigned i = 0; i < pc->n_mutations; i++)
		if (strncmp(pc->mutations[i].field, "ip.flags", 8) == 0)
			return;
	tc_packet_unset(&pc->p, ip, TC_IP_DF);
}

static int add_fragment(struct pieces *ps, size_t i, const uint8_t *frame, size_t len,
			const struct piece *whole, unsigned k, size_t of, struct tc_error *err)
{
	struct piece *pc = add_piece(ps, i, err);
	int rc = pc ? tc_packet_parse(&pc->p, frame, len,
				      ps->ethernet ? TC_HDR_ETH : TC_HDR_IP, err) : -ENOMEM;

	if (!pc || (rc < 0 && pc->p.n == 0))	/* headers cut by it are kept as bytes */
		return rc;
	pc->raw = true;
	pc->numbered = whole->numbered;
	pc->from = whole->from;
	pc->to = whole->to;
	pc->delay = whole->delay;
	tc_packet_unset(&pc->p, tc_packet_layer(&pc->p, hdr(TC_HDR_IP), 0), TC_IP_CHECKSUM);
	say(pc, "fragment %u of %zu", k, of);
	return 0;
}

static int act_fragment(struct pieces *ps, size_t i, const struct action *a,
			struct tc_error *err)
{
	struct tc_fragments f = { 0 };
	struct piece *pc = ps->at[i];
	size_t from = 0, n = 0;
	int rc;

	if (pc->raw)
		return 0;
	may_fragment(pc);
	tc_piece_number(pc);
	rc = tc_piece_build(ps, pc, err);
	if (rc >= 0)
		rc = tc_fragments_make(&f, &pc->p, ps->bytes, (size_t)a->n, err);
	if (rc >= 0)
		n = fragments_count(&f);
	for (size_t k = 0; k < n && rc >= 0; k++) {
		size_t end;

		memcpy(&end, f.end.data + k * sizeof end, sizeof end);
		rc = add_fragment(ps, i + 1 + k, f.bytes.data + from, end - from, pc,
				  (unsigned)k + 1, n, err);
		from = end;
	}
	tc_fragments_free(&f);
	if (rc < 0)
		return rc;
	piece_free(pc);
	memmove(ps->at + i, ps->at + i + 1, (--ps->n - i) * sizeof *ps->at);
	return (int)n;
}

/* One piece. Returns how many it became, 0 when nothing was done, negative on failure. */
static int act_on(struct pieces *ps, size_t i, const struct action *a, struct tc_error *err)
{
	bool fragment = ps->at[i]->raw || tcp_layer(ps->at[i]) < 0;

	switch (a->kind) {
	case ACT_SET:
	case ACT_ADD:
	case ACT_XOR:
		return act_field(ps, i, a, err);
	case ACT_DUP:
		return act_dup(ps, i, a, err);
	case ACT_DELAY:
		return act_delay(ps->at[i], a);
	case ACT_SPLIT:
	case ACT_OVERLAP:
		return fragment ? 0 : act_split(ps, i, a, err);
	case ACT_TRUNCATE:
	case ACT_PAD:
		return fragment ? 0 : act_length(ps, i, a, err);
	case ACT_BEFORE:
	case ACT_AFTER:
		return fragment ? 0 : act_beside(ps, i, a, err);
	case ACT_FRAGMENT:
		return act_fragment(ps, i, a, err);
	case ACT_DROP:
	case ACT_SWAP:
		break;
	}
	return 0;
}

/* The segment's own first or last part, for what goes before or after it. */
static size_t own_part(const struct pieces *ps, bool last)
{
	size_t found = 0;

	for (size_t i = ps->n; i-- > 0;)
		if (!ps->at[i]->extra) {
			found = i;
			if (last)
				break;
		}
	return found;
}

int tc_pieces_act(struct pieces *ps, const struct action *a, struct tc_error *err)
{
	int done = 0, rc;

	if (a->kind == ACT_BEFORE || a->kind == ACT_AFTER)
		return act_on(ps, own_part(ps, a->kind == ACT_AFTER), a, err);
	for (size_t i = 0; i < ps->n; i += rc > 1 ? (size_t)rc : 1) {
		rc = act_on(ps, i, a, err);
		if (rc < 0)
			return rc;
		done |= rc > 0;
	}
	return done;
}
