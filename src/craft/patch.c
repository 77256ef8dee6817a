/* SPDX-License-Identifier: BSD-2-Clause */
/* Patching built frames; see patch.h. */
#include "patch.h"

#include "wire/family.h"
#include "wire/pseudo.h"
#include "wire/target.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/checksum.h>

/* Where the bytes that layer i counts end: a trailer is counted by nobody. */
static size_t counted_end(const struct tc_packet *p, unsigned i)
{
	for (unsigned k = i + 1; k < p->n; k++)
		if (p->layer[k].hdr == tc_header_get(TC_HDR_TRAILER))
			return tc_packet_offset(p, (int)k);
	return tc_packet_offset(p, (int)p->n);
}

/* Where a row's offset counts from. */
static size_t base_of(const struct tc_packet *p, unsigned layer, unsigned row)
{
	const struct tc_layer *l = &p->layer[layer];

	return tc_packet_offset(p, (int)layer) +
	       (tc_layer_bit(l, row) - l->hdr->rows[row].off) / 8;
}

/* The addresses that the pseudo-header of layer i is made of. */
static void place_pseudo(struct patch_site *site, const struct tc_packet *p, unsigned i)
{
	int ip = tc_ip_outside(p, (int)i);
	const struct tc_family *f;
	const struct tc_field *rows;
	size_t at;

	if (ip < 0)
		return;
	at = tc_packet_offset(p, ip);
	f = tc_family_of(p->layer[ip].hdr);
	rows = p->layer[ip].hdr->rows;
	site->pseudo_from = at + rows[f->src].off / 8;
	site->pseudo_to = at + (size_t)(rows[f->dst].off + rows[f->dst].bits) / 8;
}

static bool add_site(struct patch_sites *s, const struct tc_packet *p, unsigned i,
		     unsigned row)
{
	const struct tc_field *f = &p->layer[i].hdr->rows[row];
	size_t from = tc_packet_offset(p, (int)i);
	struct patch_site *site = &s->site[s->n];

	if (s->n == PATCH_SITES || from % 2)
		return false;
	*site = (struct patch_site){
		.at = base_of(p, i, row) + f->off / 8, .from = from,
		.to = from + tc_packet_layer_len(p, (int)i),
		.flip = p->layer[i].bad >> row & 1,
	};
	if (f->autofill == TC_FILL_CSUM_PSEUDO) {
		site->to = counted_end(p, i);
		place_pseudo(site, p, i);
	}
	s->n++;
	return true;
}

/* Sums over a variable row alone do not change with other fields. */
static bool covers_fields(const struct tc_field *f)
{
	return f->autofill == TC_FILL_CSUM_HDR || f->autofill == TC_FILL_CSUM_ALL ||
	       f->autofill == TC_FILL_CSUM_PSEUDO;
}

bool tc_patch_sites(struct patch_sites *s, const struct tc_packet *p)
{
	s->n = 0;
	/* a routing header, or a source route, decides which destination is summed */
	if (tc_packet_layer(p, tc_header_get(TC_HDR_ROUTING), 0) >= 0)
		return false;
	for (unsigned i = 0; i < p->n; i++) {
		const struct tc_layer *l = &p->layer[i];
		uint64_t rows = l->hdr->sum_rows & (~l->set | l->bad);

		if (l->hdr == tc_header_get(TC_HDR_IP) &&
		    tc_options_route(l->var.data, l->var.len))
			return false;
		for (; rows; rows &= rows - 1) {
			unsigned row = (unsigned)__builtin_ctzll(rows);

			if (!covers_fields(&l->hdr->rows[row]))
				continue;
			/* all that it covers may become zero (an ICMP echo reply) */
			if (l->hdr->rows[row].autofill == TC_FILL_CSUM_ALL ||
			    !add_site(s, p, i, row))
				return false;
		}
	}
	for (unsigned a = 0; a < s->n; a++)	/* a sum over a sum */
		for (unsigned b = 0; b < s->n; b++)
			if (a != b && s->site[b].at >= s->site[a].from &&
			    s->site[b].at < s->site[a].to)
				return false;
	return true;
}

static bool is_covered(const struct patch_site *site, size_t byte)
{
	return (byte >= site->from && byte < site->to) ||
	       (byte >= site->pseudo_from && byte < site->pseudo_to);
}

void tc_patch_make(struct patch *patch, const struct patch_sites *s,
		   const struct tc_packet *p, int layer, const struct tc_field_ref *ref)
{
	const struct tc_field *f = ref->field;
	size_t first, last;

	patch->field = f;
	patch->base = base_of(p, (unsigned)layer, ref->row < 0 ? 0 : (unsigned)ref->row);
	first = patch->base + f->off / 8;
	last = patch->base + (f->off + f->bits - 1u) / 8;
	patch->word = first & ~(size_t)1;
	patch->words = (unsigned)((last - patch->word) / 2 + 1);
	patch->sites = 0;
	for (unsigned i = 0; i < s->n; i++)
		if (is_covered(&s->site[i], first))
			patch->sites |= 1u << i;
}

static bool is_patched(const struct patch *patches, size_t n, size_t byte)
{
	for (size_t i = 0; i < n; i++)
		if (byte >= patches[i].word &&
		    byte < patches[i].word + 2 * patches[i].words)
			return true;
	return false;
}

bool tc_patch_is_exact(const struct patch_sites *s, const struct patch *patches, size_t n,
		       const uint8_t *frame)
{
	for (unsigned i = 0; i < s->n; i++) {
		const struct patch_site *site = &s->site[i];
		bool constant = site->pseudo_to;	/* the protocol number, at least */

		for (size_t k = site->from; k < site->to && !constant; k++)
			constant = frame[k] && (k & ~(size_t)1) != site->at &&
				   !is_patched(patches, n, k);
		if (!constant)
			return false;
	}
	return true;
}

void tc_patch_apply(const struct patch *patch, const struct patch_sites *s, uint8_t *frame,
		    tc_value value)
{
	uint8_t *word = frame + patch->word, *at;
	uint16_t old[PATCH_WORDS], sum;

	for (unsigned i = 0; i < patch->words; i++)
		old[i] = tc_get16(word + 2 * i);
	tc_field_put(patch->field, frame + patch->base, value);
	for (unsigned k = 0; k < s->n; k++) {
		if (!(patch->sites >> k & 1))
			continue;
		at = frame + s->site[k].at;
		sum = tc_get16(at) ^ s->site[k].flip;
		for (unsigned i = 0; i < patch->words; i++)
			sum = tc_checksum_update16(sum, old[i], tc_get16(word + 2 * i));
		tc_put16(at, sum ^ s->site[k].flip);
	}
}
