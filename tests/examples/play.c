/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A script is carried out: it opens a connection and wants a SYN,ACK. The link is one in
 * memory whose other end is another script, in a thread; tc_session_open with `bare` gives a
 * real one, with the kernel kept quiet.
 */
#include <tcpcraft/script_run.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

struct side {
	const char *name, *text;
	struct tc_flow flow;
	struct tc_link *link;
	struct tc_script_result result;
	struct tc_error err;
};

static const struct tc_script_ops ops;	/* no callbacks: nobody watches */

static void *play(void *arg)
{
	struct side *s = arg;
	struct tc_path path = { .mtu = 1500, .ifname = "memory" };
	struct tc_script *script = NULL;
	struct tc_script_run *run = NULL;
	struct tc_script_run_config cfg = {
		.link = s->link, .path = &path, .flow = s->flow, .n_ports = 1,
		.server = s->flow.remote_port == 0, .leave_open = true,
		.tolerance = TC_S, .patience = 10 * TC_S, .ops = &ops,
	};

	if (tc_script_parse(&script, s->name, s->text, strlen(s->text), NULL, 0, &s->err) < 0)
		return NULL;
	cfg.script = script;
	if (tc_script_run_open(&run, &cfg, &s->err) >= 0)
		tc_script_run(run, &s->result, &s->err);
	tc_script_run_close(run);
	tc_script_free(script);
	return NULL;
}

int main(void)
{
	struct side us = { .name = "client", .flow = tc_flow_v4(0x0a000001, 0x0a000002, 20000, 80),
			   .text = "0 < S 0:0(0) win 1000\n* > S. 0:0(0) ack 1 win 500\n" };
	struct side them = { .name = "server", .flow = tc_flow_v4(0x0a000002, 0, 80, 0),
			     .text = "* > S 0:0(0) win 1000\n+0 < S. 0:0(0) ack 1 win 500\n" };
	pthread_t thread;

	if (tc_link_open_pair(&us.link, &them.link, &us.err) < 0 ||
	    pthread_create(&thread, NULL, play, &them) != 0)
		return 1;
	play(&us);
	pthread_join(thread, NULL);
	printf("client %s, %u events%s\n", tc_script_verdict_name(us.result.verdict),
	       us.result.events, us.result.error.msg);
	tc_link_close(us.link);
	tc_link_close(them.link);
	return us.err.code || them.err.code || us.result.verdict != TC_SCRIPT_PASSED;
}
