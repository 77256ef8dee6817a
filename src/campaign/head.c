/* SPDX-License-Identifier: BSD-2-Clause */
/* What the cases of a journal share, taken from its first line for a replay. */
#include "campaign.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The payload spec: taken from the journal unless the command line gives one, which must be the
 * same then. */
static int take_spec(struct options *o, const struct tc_journal_head *h, struct tc_error *err)
{
	const char *given = (const char *)o->payload_text.data;

	if (!h->spec)
		return 0;		/* an old journal, or PROT's */
	if (!o->payload)
		return options_take_spec(o, h->spec_file ? h->spec_file : o->fuzz.replay,
					 h->spec, strlen(h->spec), err);
	if (strcmp(given, h->spec) == 0)
		return 0;
	return tc_fail(err, -EINVAL, "%s is not what the cases of %s were made with: do without "
		       "--payload-spec, the journal has it", o->payload_file, o->fuzz.replay);
}

int campaign_take_head(struct campaign *g, struct options *o,
		       const struct tc_journal_head *h, struct tc_error *err)
{
	struct fuzz_options *z = &o->fuzz;
	struct tc_traits tcp = { 0 };
	struct tc_error why;

	if (h->listen != z->listen)
		return tc_fail(err, -EINVAL, "%s is of cases for %s: replay it with%s --listen",
			       z->replay, h->listen ? "clients" : "servers",
			       h->listen ? "" : "out");
	if (h->family != g->dst.family)
		return tc_fail(err, -EINVAL, "%s is of cases over IPv%u, and %s is IPv%u: replay "
			       "it against an IPv%u address", z->replay, h->family,
			       g->host ? g->host : "the port", g->dst.family, h->family);
	if (take_spec(o, h, err) < 0)
		return -EINVAL;
	if (*h->tcp && tc_traits_parse(&tcp, h->tcp, &why) < 0)
		return tc_fail(err, -EBADMSG, "%s: %s", z->replay, why.msg);
	tc_traits_over(&tcp, &o->tcp);		/* what is said now counts */
	o->tcp = tcp;
	z->oracle = z->oracle ? z->oracle : h->oracle;
	z->fields = h->fields;
	z->segments = h->segments;
	campaign_take_request(g, h->request, h->request_len);
	g->always = h->always;
	g->n_always = h->n_always;
	for (unsigned i = 0; i < 4; i++)
		if (h->base[i])
			snprintf(g->base.rule[i], sizeof g->base.rule[i], "%s", h->base[i]);
	return 0;
}
