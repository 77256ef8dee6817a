/* SPDX-License-Identifier: BSD-2-Clause */
/* The valid request of a campaign, and whose frame it is. */
#include "campaign.h"

#include <tcpcraft/packet.h>
#include <tcpcraft/payload.h>

#include <errno.h>
#include <string.h>

const struct tc_header *campaign_frame(const struct options *o)
{
	return o->payload ? o->payload : tc_header_get(TC_HDR_PROT);
}

bool campaign_is_connect(const struct options *o)
{
	if (o->fuzz.listen)
		return true;
	return o->fuzz.oracle ? strcmp(o->fuzz.oracle, "connect") == 0 : o->payload != NULL;
}

/* A good frame, and nothing behind it? */
static bool is_frame(const struct tc_buf *b, const struct tc_header *h)
{
	size_t before = tc_header_before(h), fixed = before + h->tail_bytes;
	struct tc_buf again = { 0 };
	bool yes = b->len >= fixed &&
		   tc_payload_build(&again, h, b->data + before, b->len - fixed, NULL, 0,
				    NULL) >= 0 &&
		   again.len == b->len && memcmp(again.data, b->data, b->len) == 0;

	tc_buf_free(&again);
	return yes;
}

/* What differs from the spec's defaults in a request that is one frame of it becomes the default of
 * a header of this campaign: its cases are that frame, with what they change. NULL: it is none. */
static const struct tc_header *header_of(struct campaign_header *own, const struct tc_header *h,
					 const struct tc_buf *b)
{
	struct tc_packet p = { 0 };
	bool whole = tc_packet_parse_as(&p, b->data, b->len, h, NULL) >= 0 && p.n == 1;

	own->h = *h;
	own->h.rows = own->rows;
	own->h.parts = own->parts;
	memcpy(own->rows, h->rows, h->n_rows * sizeof *h->rows);
	for (unsigned row = 0; row < h->n_rows && whole; row++)
		if (own->rows[row].bits && own->rows[row].autofill == TC_FILL_NONE)
			own->rows[row].def = tc_packet_get(&p, 0, row);
	for (unsigned k = 0; k < h->n_parts && whole; k++) {
		own->parts[k] = h->parts[k];
		own->parts[k].def_len = p.layer[0].part[k].len;
		own->parts[k].def = b->data + tc_layer_bit(&p.layer[0], h->parts[k].row) / 8;
	}
	tc_packet_free(&p);
	return whole && tc_header_marks(h, b->data, b->len) && is_frame(b, &own->h) ? &own->h
										    : NULL;
}

static void choose_frame(struct campaign *g)
{
	g->prot = !campaign_is_connect(g->o);
	g->frame = g->prot || g->o->payload ? campaign_frame(g->o) : NULL;
}

void campaign_take_request(struct campaign *g, const uint8_t *bytes, size_t n)
{
	choose_frame(g);
	tc_buf_add(&g->request, bytes, n);
	if (g->frame && !is_frame(&g->request, g->frame))
		g->frame = g->o->payload ? header_of(&g->own, g->frame, &g->request) : NULL;
	g->prot = g->prot && g->frame;
}

static int take_base(struct campaign *g, struct tc_error *err)
{
	const struct fuzz_options *z = &g->o->fuzz;
	int rc;

	choose_frame(g);
	rc = campaign_read_base(g, err);

	if (rc < 0)
		return rc;
	campaign_take_request(g, g->base.request.data, g->base.request.len);
	if (!g->prot && z->oracle && strcmp(z->oracle, "prot") == 0)
		return tc_fail(err, -EINVAL, "%s: what its client sent is not a PROT frame: "
			       "use --oracle connect", z->base);
	if (!g->frame && g->o->payload)
		return tc_fail(err, -EINVAL, "%s: what its client sent is not one whole frame of %s: "
			       "leave --payload-spec out", z->base, g->o->payload->name);
	return 0;
}

#define HELLO "hello"		/* where no payload is given */

static int build_request(struct campaign *g, const struct tc_buf *data, struct tc_error *err)
{
	bool usual = !data->len && g->frame->var_row >= 0;

	return tc_payload_build(&g->request, g->frame,
				usual ? (const uint8_t *)HELLO : data->data,
				usual ? sizeof HELLO - 1 : data->len, NULL, 0, err);
}

int campaign_make_request(struct campaign *g, struct tc_error *err)
{
	const struct tc_buf *data = &g->o->data;

	if (g->o->fuzz.base)
		return take_base(g, err);
	choose_frame(g);
	if (g->frame)
		return build_request(g, data, err);
	tc_buf_add(&g->request, data->data, data->len);
	if (g->o->fuzz.listen && !data->len)	/* else no case of data would be one */
		tc_buf_text(&g->request, HELLO);
	return 0;
}
