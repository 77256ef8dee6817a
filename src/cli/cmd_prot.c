/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft prot: a PROT frame, its ACK, and what became of the connection. */
#include "commands.h"
#include "prot_run.h"

#include <tcpcraft/prot.h>

#include <errno.h>
#include <string.h>

static void put_verdict(const struct prot_run *r, struct tc_buf *out)
{
	tc_buf_printf(out, "%s: ", tc_verdict_name(r->worst));
	tc_verdict_sentence(out, r->worst, &r->last, r->reply.data, r->reply.len,
			    r->o->timeout);
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
		fwrite(r->reply.data, 1, r->reply.len, stdout);
		if (r->worst != TC_VERDICT_REPLY)
			fprintf(stderr, "%s\n", (char *)line.data);
	} else {
		put_sentence(r, &line);
		printf("%s\n", (char *)line.data);
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
		.seed = r->o->seed, .exit = code, .sum = &r->live.sum,
	};

	if (!r->o->json) {
		if (code != EXIT_MACHINE || r->verdicts[TC_VERDICT_REPLY])
			print_for_people(r);
		return;
	}
	tc_json_result(&line, &res);
	fwrite(line.data, 1, line.len, stdout);
	tc_buf_free(&line);
}

static int run_prot(struct prot_run *r, const char *host, const char *port)
{
	struct tc_session_config cfg;
	struct tc_error err = { 0 };
	int code;

	if (prot_run_prepare(r, &err) < 0)
		return fail(r->o, EXIT_USAGE, &err);
	code = live_open(&r->live, r->o, host, port, prot_run_ports(r->o), r->o->count > 1,
			 false, &cfg);
	if (code)
		return code;
	r->live.view.prot = true;
	r->live.say = put_sentence;
	r->live.say_ctx = r;
	code = prot_run_drive(r);
	if (code == 0 && r->worst != TC_VERDICT_REPLY)
		code = EXIT_PEER;
	code = live_close(&r->live, code);
	print_result(r, host, cfg.dst_port, code);
	return code;
}

int cmd_prot(const struct command *cmd, struct options *o, int argc, char **argv)
{
	struct prot_run r = { .o = o };
	struct tc_buf frame = { 0 };
	struct tc_error err = { 0 };
	int code;

	(void)cmd;
	if (argc == 3 && o->data_how) {
		tc_fail(&err, -EINVAL, "TEXT and %s both give the payload: use one",
			o->data_how);
		return fail(o, EXIT_USAGE, &err);
	}
	if (argc == 3)
		tc_buf_add(&o->data, argv[2], strlen(argv[2]));
	if (tc_prot_build(&frame, o->data.data, o->data.len, o->sets, o->n_sets, &err) < 0) {
		tc_buf_free(&frame);
		return fail(o, EXIT_USAGE, &err);
	}
	o->frames = true;
	r.xc = (struct tc_exchange_config){
		.request = frame.data, .request_len = frame.len,
		.expect = (const uint8_t *)TC_PROT_ACK, .expect_len = TC_PROT_ACK_LEN,
		.timeout = o->timeout, .hold = o->hold,
	};
	code = run_prot(&r, argv[0], argv[1]);
	tc_buf_free(&frame);
	prot_run_free(&r);
	return code;
}
