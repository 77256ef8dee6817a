/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft prot: a PROT frame, its ACK, and what became of the connection. */
#include "commands.h"
#include "batch/each.h"
#include "live/prot_run.h"
#include "live/terminal.h"

#include <tcpcraft/prot.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define SHORT_REQUEST 65536
#define SHORT_CAPTURE ((size_t)32 << 20)	/* 256 frames of any length: more than a window */

static void put_verdict(const struct prot_run *r, struct tc_buf *out)
{
	if (!live_put_verdict(&r->live, out, r->worst, &r->last, &r->reply) ||
	    r->worst != TC_VERDICT_BAD_REPLY)
		return;
	tc_buf_printf(out, "; prot expects \"" TC_PROT_ACK "\"");
	if (r->o->payload)
		tc_buf_printf(out, ", connect --payload-spec takes any reply");
}

/* The last line, for people. */
static void put_sentence(void *ctx, struct tc_buf *out)
{
	const struct prot_run *r = ctx;
	const char *sep = "";

	put_verdict(r, out);
	if (r->o->count > 1) {
		tc_buf_printf(out, "\n%u connections:", r->started);
		for (unsigned v = 0; v < TC_VERDICTS; v++)
			if (r->verdicts[v]) {
				tc_buf_printf(out, "%s %u %s", sep, r->verdicts[v],
					      tc_verdict_name(v));
				sep = ",";
			}
	} else if (r->n_handshakes) {
		tc_buf_printf(out, "; handshake %lld us",
			      (long long)(r->handshakes[0] / TC_US));
	}
	tc_buf_printf(out, "; ");
	tc_guard_sentence(out, &r->live.sum);
	if (r->live.sum.capture_dropped)
		tc_buf_printf(out, "; %llu frames lost by the capture",
			      (unsigned long long)r->live.sum.capture_dropped);
}

static void print_for_people(struct prot_run *r)
{
	struct tc_buf line = { 0 };

	if (r->o->quiet) {	/* the reply alone; what went wrong is a message */
		put_verdict(r, &line);
		terminal_reply(r->o, r->reply.data, r->reply.len);
		if (r->worst != TC_VERDICT_REPLY)
			terminal_line(r->o, stderr, &line);
	} else {
		put_sentence(r, &line);
		terminal_line(r->o, stdout, &line);
	}
	tc_buf_free(&line);
}

static void print_result(struct prot_run *r, const char *host, uint16_t port, int code)
{
	struct tc_buf line = { 0 };
	struct tc_result res = {
		.command = "prot", .verdict = r->worst, .host = host, .port = port,
		.info = &r->last, .connections = r->started, .bytes_sent = r->bytes_sent,
		.bytes_acked = r->bytes_acked, .bytes_received = r->bytes_received,
		.reply = r->reply.data, .reply_len = r->reply.len,
		.handshake_ns = r->handshakes, .n_handshakes = r->n_handshakes,
		.tcp = &r->o->tcp, .seed = r->o->seed, .exit = code, .sum = &r->live.sum,
	};

	if (code == EXIT_USAGE)		/* the message has said it */
		return;
	if (!r->o->json) {
		if (code != EXIT_MACHINE || r->verdicts[TC_VERDICT_REPLY])
			print_for_people(r);
		return;
	}
	tc_json_result(&line, &res);
	terminal_give(r->o, stdout, &line);
}

static int run_prot(struct prot_run *r, const char *host, const char *port)
{
	struct tc_session_config cfg;
	struct tc_error err = { 0 };
	int code;

	if (prot_run_prepare(r, &err) < 0)
		return fail(r->o, EXIT_USAGE, &err);
	live_config(&r->live, r->o, prot_run_ports(r->o), r->o->count > 1, false, &cfg);
	/* Of the usual 64 MiB, where it must be a ring, the kernel would clear most for nothing. */
	cfg.at_once = r->o->count == 1 && !r->xc.n_more && !r->o->n_mutates &&
		      r->xc.request_len <= SHORT_REQUEST;
	cfg.capture_bytes = cfg.at_once ? SHORT_CAPTURE : 0;
	cfg.merge = live_merges(&r->live, &cfg);
	code = live_start(&r->live, host, port, &cfg);
	if (code)
		return code;
	r->live.say = put_sentence;
	r->live.say_ctx = r;
	code = prot_run_drive(r);
	print_result(r, host, cfg.dst_port, code);
	return code;
}

/* The first message is the request, the others follow it. */
static int set_requests(struct prot_run *r, const struct messages *m,
			struct tc_message **more, struct tc_error *err)
{
	*more = calloc(m->n, sizeof **more);
	if (!*more)
		return tc_nomem(err);
	for (size_t i = 1; i < m->n; i++)
		(*more)[i - 1].bytes = messages_at(m, i, &(*more)[i - 1].len);
	r->xc = (struct tc_exchange_config){
		.request = m->bytes.data, .request_len = m->end[0],
		.more = *more, .n_more = m->n - 1,
		.expect = (const uint8_t *)TC_PROT_ACK, .expect_len = TC_PROT_ACK_LEN,
		.timeout = r->o->timeout, .hold = r->o->hold,
	};
	return 0;
}

static int each(const struct command *cmd, struct options *o, char **argv)
{
	const struct each_config cfg = {
		.command = cmd->name,
		.header = o->payload ? o->payload : tc_header_get(TC_HDR_PROT),
		.expect = (const uint8_t *)TC_PROT_ACK, .expect_len = TC_PROT_ACK_LEN,
	};

	o->frames = true;
	return each_run(o, &cfg, argv[0], argv[1]);
}

static int entry(const struct command *cmd, struct options *o, int argc, char **argv)
{
	struct prot_run r = { .o = o };
	struct messages m = { 0 };
	struct tc_message *more = NULL;
	struct tc_error err = { 0 };
	int rc = 0, code;

	if (o->each && argc == 2)
		return each(cmd, o, argv);
	if (argc == 3 && o->data_how)
		rc = tc_fail(&err, -EINVAL, "TEXT and %s both give the payload: use one",
			     o->data_how);
	else if (argc == 3)
		rc = options_add_text(o, argv[2], &err);
	if (rc >= 0)
		rc = messages_make(&m, o, o->payload ? o->payload : tc_header_get(TC_HDR_PROT),
				   &err);
	if (rc >= 0)
		rc = set_requests(&r, &m, &more, &err);
	o->frames = true;
	code = rc < 0 ? fail(o, EXIT_USAGE, &err) : run_prot(&r, argv[0], argv[1]);
	messages_free(&m);
	free(more);
	prot_run_free(&r);
	return code;
}

const struct command cmd_prot = {
	.name = "prot", .args = "HOST PORT [TEXT]",
	.one_line = "send a PROT frame over a hand-made connection",
	.groups = GROUP_PROT | GROUP_RATE | GROUP_TRACE | GROUP_DATA | GROUP_TALK |
		  GROUP_SPEC | GROUP_MUTATE | GROUP_CLIENT | GROUP_NET | GROUP_RECORD |
		  GROUP_TCP | GROUP_LADDER | GROUP_EACH | GROUP_OUT,
	.min_args = 2, .max_args = 3, .host = 1,
	.run = entry,
	.wall = TC_WALL_SESSION,
	.more = "tcpcraft prot 127.0.0.1 9999 RECONSTRUCTED_PAYLOAD\n"
		"tcpcraft prot 127.0.0.1 9999 hello --set prot.version=2",
};
