/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft explain: every field of given packets, what it means, whether it is right. */
#include "commands.h"

#include <tcpcraft/explain.h>
#include "analysis/conversation.h"
#include "pcap/frames.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct explaining {
	const struct options *o;
	uint64_t only;			/* this frame, 0 = all */
	const struct tc_header *from;	/* what bytes begin with, NULL: guess */
	uint64_t shown;
	struct tc_convos *convos;	/* of --ao, whose keys are of both SYNs; else NULL */
};

static void forgotten(void *ctx, struct tc_convo *c)
{
	(void)ctx, (void)c;
}

/* TCP-AO: the connection so far; what is no segment leaves it as it was. */
static struct tc_ao_way follow(struct explaining *x, const struct tc_frame *f)
{
	struct tc_convo *c;
	struct tc_rx rx;
	unsigned from;
	uint32_t tags;

	if (tc_rx_parse_cut(&rx, f->bytes, f->len, f->wire_len, f->dlt, NULL) < 0 ||
	    rx.kind != TC_RX_TCP)
		return (struct tc_ao_way){ 0 };
	c = tc_convos_segment(x->convos, &rx, f->stamp, NULL, &from, &tags);
	return c ? tc_convo_ao_way(c, from) : (struct tc_ao_way){ 0 };
}

static void give_keys(const struct explaining *x, struct tc_explain *e,
		      const struct tc_ao_way *way)
{
	const struct tc_ip_config *ip = &x->o->tcp.value.ip;

	if (ip->md5.n)
		e->md5 = &ip->md5;
	if (ip->ao.n) {
		e->ao = &ip->ao;
		e->ao_way = way;
	}
}

static int explain_frame(void *ctx, uint64_t number, const struct tc_frame *f,
			 struct tc_error *err)
{
	struct explaining *x = ctx;
	const struct tc_header *first =
		x->from ? x->from : tc_header_get(tc_frames_guess(f->bytes, f->len));
	unsigned show = (x->o->send.checksum ? TC_EXPLAIN_SUMS : 0) |
			(x->o->quiet ? 0 : TC_EXPLAIN_RULER);
	struct tc_buf out = { 0 };
	struct tc_ao_way way = { 0 };
	struct tc_explain e;
	int rc;

	if (x->convos)
		way = follow(x, f);
	if (x->only && number != x->only)
		return 0;
	rc = tc_explain_open_as(&e, f, x->from ? TC_DLT_UNKNOWN : f->dlt, first, x->o->payload,
				err);
	give_keys(x, &e, &way);
	if (rc >= 0 && x->o->json)
		tc_explain_json(&out, &e, number, show);
	else if (rc >= 0)
		tc_explain_text(&out, &e, number, show);
	tc_explain_free(&e);
	if (out.failed)
		rc = tc_nomem(err);
	if (rc >= 0 && x->shown++ && !x->o->json)
		terminal_say(x->o, stdout, "\n");
	if (rc >= 0 && !terminal_write(x->o, stdout, out.data, out.len))
		rc = tc_fail_errno(err, "cannot write standard output");
	tc_buf_free(&out);
	return rc;
}

static int read_number(const char *text, uint64_t *n, struct tc_error *err)
{
	char *end;

	errno = 0;
	*n = strtoull(text, &end, 10);
	if (text[0] < '1' || text[0] > '9' || *end || errno)
		return tc_fail(err, -EINVAL,
			       "'%.40s' is not the number of a packet, 1 or more", text);
	return 0;
}

/* The header that --from names; that of --payload-spec comes first. */
static int find_header(struct explaining *x, const struct options *o, struct tc_error *err)
{
	enum tc_header_id id;
	int rc;

	if (o->payload && strcmp(o->send.from, o->payload->name) == 0) {
		x->from = o->payload;
		return 0;
	}
	rc = tc_frames_header(o->send.from, &id, err);
	if (rc >= 0)
		x->from = tc_header_get(id);
	return rc;
}

static int entry(const struct command *cmd, struct options *o, int argc, char **argv)
{
	struct explaining x = { .o = o };
	struct tc_error err = { 0 };
	int rc = 0;

	(void)cmd;
	if (o->send.from)
		rc = find_header(&x, o, &err);
	if (rc >= 0 && argc == 2)
		rc = read_number(argv[1], &x.only, &err);
	if (rc >= 0 && live_wall(o, (const char *const *)argv, 1, &err) < 0)
		return fail(o, EXIT_MACHINE, &err);
	if (rc >= 0 && o->tcp.value.ip.ao.n)
		rc = tc_convos_open(&x.convos, forgotten, NULL, &err);
	if (rc >= 0)
		rc = tc_frames_read(argv[0], explain_frame, &x, &err);
	tc_convos_close(x.convos);
	if (rc == -EBADMSG && x.shown) {
		struct tc_error why = err;

		fflush(stdout);
		tc_fail(&err, rc, "%s; explained up to there", why.msg);
	}
	if (rc >= 0 && x.only && !x.shown)
		rc = tc_fail(&err, -EINVAL, "%s has no packet %s", argv[0], argv[1]);
	else if (rc >= 0 && !x.shown)
		rc = tc_fail(&err, -EINVAL, "%s: there is no packet in it", argv[0]);
	if (rc < 0)
		return fail(o, ferror(stdout) ? EXIT_MACHINE : EXIT_USAGE, &err);
	return EXIT_DONE;
}

const struct command cmd_explain = {
	.name = "explain", .args = "HEX|FILE|- [N]",
	.one_line = "every field of given packets, and whether it is right",
	.groups = GROUP_EXPLAIN | GROUP_BYTES | GROUP_SPEC | GROUP_OUT,
	.min_args = 1, .max_args = 2,
	.run = entry,
	.wall = TC_WALL_READS,
	.more = "tcpcraft explain 4500002800010000400666ccc0000201c00002020014005000000000…\n"
		"tcpcraft explain run.pcap 3 --checksum",
};
