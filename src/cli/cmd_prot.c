/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft prot: a PROT frame, its ACK, and what became of the connection. */
#include "cli.h"
#include "commands.h"

#include <tcpcraft/exchange.h>
#include <tcpcraft/prot.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRESS_NS (200 * TC_MS)

struct prot_run {
	struct live live;
	const struct options *o;
	struct tc_exchange_config xc;
	struct tc_exchange *x;		/* one a connection, in order of opening */
	unsigned started, retired;	/* x[retired .. started) are in use */
	unsigned verdicts[TC_VERDICTS];
	enum tc_verdict worst;		/* of the first that was no reply, else reply */
	tc_time *handshakes;
	size_t n_handshakes;
	uint64_t bytes_sent, bytes_acked, bytes_received;
	struct tc_conn_info last;	/* of the connection that the result speaks of */
	struct tc_buf reply;		/* its reply */
	tc_time began, progress_at;
};

static void keep_as_result(struct prot_run *r, const struct tc_exchange *x)
{
	r->worst = x->verdict;
	r->last = x->info;
	r->reply.len = 0;
	tc_buf_add(&r->reply, x->reply.data, x->reply.len);
}

/* The oldest exchange needs no more attention: count it and give its memory back. */
static void retire(struct prot_run *r)
{
	struct tc_exchange *x = &r->x[r->retired++];

	tc_conn_info(x->conn, &x->info);
	r->verdicts[x->verdict]++;
	r->bytes_sent += x->info.bytes_sent;
	r->bytes_acked += x->info.bytes_acked;
	r->bytes_received += x->info.bytes_received;
	if (x->info.established_at)
		r->handshakes[r->n_handshakes++] =
			x->info.established_at - x->info.syn_sent_at;
	if (r->worst == TC_VERDICT_NONE || r->worst == TC_VERDICT_REPLY)
		keep_as_result(r, x);
	if (r->o->json && r->o->count > 1)
		tc_json_connection(&r->live.text, r->retired, &x->info, x->verdict,
				   x->reply.data, x->reply.len);
	tc_exchange_free(x);
}

static int start_next(struct prot_run *r)
{
	struct tc_exchange *x = &r->x[r->started];
	struct tc_error err = { 0 };
	struct tc_flow flow;

	tc_session_flow(r->live.session, r->started, &flow);
	x->cfg = &r->xc;
	if (tc_exchange_start(x, tc_session_stack(r->live.session), &flow,
			      live_iss(&r->live), &err) < 0)
		return fail(r->o, EXIT_MACHINE, &err);
	r->started++;
	return 0;
}

static void show_progress(struct prot_run *r, tc_time now)
{
	double rate, left;

	if (r->o->count == 1 || r->o->quiet || now < r->progress_at || !isatty(STDERR_FILENO))
		return;
	r->progress_at = now + PROGRESS_NS;
	rate = (double)r->started * (double)TC_S / (double)(now - r->began + 1);
	left = (double)(r->o->count - r->started) / (rate > 0 ? rate : 1);
	fprintf(stderr, "\r%u of %u, %.0f a second, %.0f s to go \033[K", r->started,
		r->o->count, rate, left);
}

/* Until every connection is over and quiet: one after the other, the next is opened when
 * the one before has ended; ended ones linger in TIME-WAIT beside it. */
static int drive(struct prot_run *r)
{
	struct tc_exchange *x;
	tc_time now, until;
	int code = start_next(r);

	while (code == 0 && r->retired < r->started && !r->live.signal) {
		x = &r->x[r->started - 1];
		now = tc_clock_monotonic();
		until = now + (x->over ? 10 * TC_MS : TC_S);
		code = live_turn(&r->live, until, NULL, 0);
		if (code)
			break;
		if (x->over && r->started < r->o->count)
			code = start_next(r);
		while (r->retired < r->started && r->x[r->retired].over &&
		       tc_conn_is_quiet(r->x[r->retired].conn))
			retire(r);
		show_progress(r, now);
	}
	while (r->retired < r->started) {
		tc_exchange_stop(&r->x[r->retired], TC_VERDICT_INTERRUPTED);
		retire(r);
	}
	if (r->progress_at)
		fprintf(stderr, "\r\033[K");
	return code;
}

static void print_for_people(struct prot_run *r)
{
	struct tc_buf line = { 0 };
	const char *sep = "";

	if (r->o->quiet) {
		fwrite(r->reply.data, 1, r->reply.len, stdout);
		return;
	}
	tc_buf_printf(&line, "%s: ", tc_verdict_name(r->worst));
	tc_verdict_sentence(&line, r->worst, &r->last, r->reply.data, r->reply.len,
			    r->o->timeout);
	if (r->o->count > 1) {
		tc_buf_printf(&line, "\n%u connections:", r->started);
		for (unsigned v = 0; v < TC_VERDICTS; v++)
			if (r->verdicts[v]) {
				tc_buf_printf(&line, "%s %u %s", sep, r->verdicts[v],
					      tc_verdict_name(v));
				sep = ",";
			}
	} else if (r->n_handshakes) {
		tc_buf_printf(&line, "; handshake %lld us",
			      (long long)(r->handshakes[0] / TC_US));
	}
	tc_buf_printf(&line, "; ");
	tc_guard_sentence(&line, &r->live.sum);
	printf("%s", (char *)line.data);
	if (r->live.sum.capture_dropped)
		printf("; %llu frames lost by the capture",
		       (unsigned long long)r->live.sum.capture_dropped);
	printf("\n");
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
	int code;

	r->x = calloc(r->o->count, sizeof *r->x);
	r->handshakes = calloc(r->o->count, sizeof *r->handshakes);
	if (!r->x || !r->handshakes) {
		struct tc_error err;

		tc_fail(&err, -ENOMEM, "out of memory for %u connections", r->o->count);
		return fail(r->o, EXIT_MACHINE, &err);
	}
	code = live_open(&r->live, r->o, host, port, r->o->count, false, &cfg);
	if (code)
		return code;
	r->live.view.prot = true;
	r->began = tc_clock_monotonic();
	code = drive(r);
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
	r.xc = (struct tc_exchange_config){
		.request = frame.data, .request_len = frame.len,
		.expect = (const uint8_t *)TC_PROT_ACK, .expect_len = TC_PROT_ACK_LEN,
		.timeout = o->timeout,
	};
	code = run_prot(&r, argv[0], argv[1]);
	tc_buf_free(&frame);
	tc_buf_free(&r.reply);
	free(r.x);
	free(r.handshakes);
	return code;
}
