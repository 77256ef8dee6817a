/* SPDX-License-Identifier: BSD-2-Clause */
/* Scripts carried out against each other: two runs, client and server, at the two ends of a
 * link in memory. What one is told to send the other is told to expect, or not to. */
#include "check.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/link.h>
#include <tcpcraft/route.h>
#include <tcpcraft/script_run.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define CLIENT 0x0a000001u
#define SERVER 0x0a000002u
#define PORT 80
#define AGAIN 5			/* for what the machine was too late for */
#define FIRST 4294967290u	/* --iss of the client: all numbers cross the wrap */

struct side {
	struct tc_link *link;
	struct tc_script *script;
	pthread_t other;
	bool server, strict;
	unsigned n_ports;
	struct tc_script_result result;
	struct tc_error err;
	struct tc_buf lines;		/* of the story: flags and events' lines */
	int rc;
};

static void on_event(void *ctx, const struct tc_story_event *e, const struct tc_script_event *line)
{
	struct side *s = ctx;

	(void)line;
	if (e->rx && e->origin == TC_ORIGIN_PEER) {
		tc_script_put_segment(&s->lines, e->rx, tc_story_isns(e));
		tc_buf_text(&s->lines, "\n");
	}
}

static void stop_here(int signal)
{
	const struct timespec time = { .tv_sec = 1, .tv_nsec = 200000000 };

	(void)signal;
	nanosleep(&time, NULL);
}

/* Whoever says "wait" looks at nothing for 1.2 s, and the other gets no processor for so long if
 * he says "stop". */
static void on_say(void *ctx, const char *text)
{
	struct side *s = ctx;

	if (strcmp(text, "wait") == 0)
		usleep(1200000);
	if (strcmp(text, "stop") == 0)
		pthread_kill(s->other, SIGUSR1);
}

static const struct tc_script_ops ops = { .tell = on_event, .say = on_say };

static void *play_side(void *arg)
{
	struct side *s = arg;
	struct tc_path path = { .mtu = 65535, .ifname = "memory" };
	struct tc_script_run_config cfg = {
		.script = s->script, .link = s->link, .path = &path, .server = s->server,
		.flow = tc_flow_v4(CLIENT, SERVER, 20000, PORT), .n_ports = s->n_ports,
		.iss_given = !s->server, .iss = FIRST, .seed = 1, .leave_open = true,
		.strict_segments = s->strict, .patience = 3 * TC_S, .ops = &ops, .ctx = s,
		.tolerance = 100 * TC_MS,
	};
	struct tc_script_run *run = NULL;

	if (s->server)
		cfg.flow = tc_flow_v4(SERVER, 0, PORT, 0);
	s->rc = tc_script_run_open(&run, &cfg, &s->err);
	if (s->rc >= 0)
		s->rc = tc_script_run(run, &s->result, &s->err);
	tc_script_run_close(run);
	return NULL;
}

struct game {
	struct side client, server;
};

static void read_side(struct side *s, const char *text)
{
	CHECK_OK(tc_script_parse(&s->script, "x", text, strlen(text), NULL, 0, &s->err), s->err);
	s->n_ports = 8;
}

static void play(struct game *g, const char *client, const char *server)
{
	struct tc_error err = { 0 };
	pthread_t t;

	read_side(&g->client, client);
	read_side(&g->server, server);
	g->server.server = true;
	g->server.other = pthread_self();
	CHECK(signal(SIGUSR1, stop_here) != SIG_ERR);
	CHECK_OK(tc_link_open_pair(&g->client.link, &g->server.link, &err), err);
	CHECK(pthread_create(&t, NULL, play_side, &g->server) == 0);
	play_side(&g->client);
	pthread_join(t, NULL);
	signal(SIGUSR1, SIG_DFL);
	CHECK_OK(g->client.rc, g->client.err);
	CHECK_OK(g->server.rc, g->server.err);
	tc_link_close(g->client.link);
	tc_link_close(g->server.link);
	tc_script_free(g->client.script);
	tc_script_free(g->server.script);
	tc_buf_add_u8(&g->client.lines, 0);
	tc_buf_add_u8(&g->server.lines, 0);
}

static void leave(struct game *g)
{
	tc_buf_free(&g->client.lines);
	tc_buf_free(&g->server.lines);
}

/* How late it was, behind a comma, is another time another. */
static void said(const struct side *s, const char *error, char got[TC_ERROR_MSG_MAX])
{
	snprintf(got, TC_ERROR_MSG_MAX, "%.*s", error[0] && error[strlen(error) - 1] == ' ' ?
		 (int)strlen(error) : TC_ERROR_MSG_MAX - 1, s->result.error.msg);
}

static void check_side(const struct side *s, const char *error, unsigned line)
{
	char got[TC_ERROR_MSG_MAX];

	said(s, error, got);
	check_str(got, error, s->server ? "server" : "client", line, __FILE__);
	check_u64(s->result.verdict, *error ? TC_SCRIPT_FAILED : TC_SCRIPT_PASSED, "verdict",
		  line, __FILE__);
}

/* Else the machine was busy, which is nobody's verdict, or had the one's thread wait and not the
 * other's: then both play again. What is wrong is so each time. */
static bool is_as_wanted(const struct side *s, const char *error)
{
	char got[TC_ERROR_MSG_MAX];

	said(s, error, got);
	return s->result.verdict != TC_SCRIPT_INCONCLUSIVE && strcmp(got, error) == 0;
}

/* Play, and want these errors ("" for none). */
static void want_at(const char *client, const char *server, const char *client_error,
		    const char *server_error, unsigned line)
{
	struct game g = { 0 };

	play(&g, client, server);
	for (int i = 0; i < AGAIN && !(is_as_wanted(&g.client, client_error) &&
				       is_as_wanted(&g.server, server_error)); i++) {
		leave(&g);
		g = (struct game){ 0 };
		play(&g, client, server);
	}
	check_side(&g.client, client_error, line);
	check_side(&g.server, server_error, line);
	leave(&g);
}

#define WANT(client, server, e1, e2) want_at(client, server, e1, e2, __LINE__)

/* A handshake, as both ends write it; the server counts from 500. */
#define OPEN_C "+0 < S 0:0(0) win 1000 <mss 1000,sackOK,TS val 1 ecr 0,nop,wscale 3>\n" \
	"+0~+2 > S. 500:500(0) ack 1 win 2000 <mss 900,sackOK,TS val 70 ecr 1,nop,wscale 4>\n" \
	"+0 < . 1:1(0) ack 501 win 1000 <nop,nop,TS val 2 ecr 70>\n"
#define OPEN_S "* > S 0:0(0) win 1000 <mss 1000,sackOK,TS val 100 ecr 0,nop,wscale 3>\n" \
	"+0 < S. 500:500(0) ack 1 win 2000 <mss 900,sackOK,TS val 7 ecr 100,nop,wscale 4>\n" \
	"+0~+2 > . 1:1(0) ack 501 win 1000 <nop,nop,TS val 101 ecr 7>\n"

static void handshake(void)
{
	WANT(OPEN_C, OPEN_S, "", "");
}

static void data(void)
{
	WANT(OPEN_C "+0 < P. 1:6(5) ack 501 win 10 \"hello\"\n"
	     "+0~+2 > P. 501:517(16) ack 6 prot \"world\"\n"
	     "+0 < F. 6:6(0) ack 517\n+0~+2 > . 517:517(0) ack 7\n"
	     "expect state=CLOSE_WAIT\n+0~+2 > F. 517:517(0) ack 7\n"
	     "expect state=LAST_ACK\n+0 < . 7:7(0) ack 518\nexpect state=CLOSED",
	     OPEN_S "+0~+2 > P. 1:6(5) ack 501 win 10 \"hello\"\n"
	     "+0 < P. 501:517(16) ack 6 prot \"world\"\n+0~+2 > F. 6:6(0) ack 517\n"
	     "+0 < . 517:517(0) ack 7\nexpect state=FIN_WAIT_2\n"
	     "+.05 < F. 517:517(0) ack 7\n+0~+2 > . 7:7(0) ack 518\nexpect state=TIME_WAIT",
	     "", "");
}

static void sack(void)
{
	WANT(OPEN_C "+0 < . 11:16(5) ack 501\n"
	     "+0~+2 > . 501:501(0) ack 1 <nop,nop,sack 11:16 21:26>\n"
	     "+0 < . 1:1(0) ack 501 <nop,nop,sack 501:502>",
	     OPEN_S "+0~+2 > . 11:16(5) ack 501\n"
	     "+0 < . 501:501(0) ack 1 <nop,nop,sack 11:16 21:26>\n"
	     "+0~+2 > . 1:1(0) ack 501 <nop,nop,sack 501:502>", "", "");
}

static void differences(void)
{
	WANT(OPEN_C "+0 < F. 1:1(0) ack 502 win 10",
	     OPEN_S "+0~+2 > . 2:2(0) ack 501 win 11", "",
	     "x:4:1: tcp.flags is F., expected .; tcp.seq is 1, expected 2; tcp.ack is 502, "
	     "expected 501; tcp.window_size_value is 10, expected 11");
	WANT(OPEN_C "+0 < P. 1:4(3) ack 501 \"abc\"", OPEN_S "+0~+2 > P. 1:4(3) ack 501 \"abd\"",
	     "", "x:4:1: data.data byte 3 is 0x63, expected 0x64");
	WANT(OPEN_C "+0 < P. 1:4(3) ack 501 <nop,nop,sack 1:2>", OPEN_S
	     "+0~+2 > P. 1:4(3) ack 501 <nop,nop,TS val 1 ecr 7>", "",
	     "x:4:1: tcp.options is <nop,nop,sack 1:2>, expected <nop,nop,TS val 1 ecr 7>");
	WANT(OPEN_C "+0 < [ect0, ttl 9] . 1:1(0) ack 501 {tcp.checksum=bad}",
	     OPEN_S "+0~+2 > [ce, ttl 8] . 1:1(0) ack 501", "",
	     "x:4:1: ip.ttl is 9, expected 8; ip.dsfield says ect0, expected ce; "
	     "tcp.checksum is wrong");
	WANT(OPEN_C "+0 < . 1:1(0) ack 501", OPEN_S "+0~+2 > . 1:1(0) ack 501 {ip.ttl=1-9}", "",
	     "x:4:1: ip.ttl is 64, expected 1-9");
	WANT(OPEN_C "+0 < P. 1:4(3) ack 501 \"abc\"",
	     OPEN_S "+0~+2 > . 1:4(3) ack 501 {tcp.flags.push=\"0,1\"}", "", "");
	WANT(OPEN_C "+0 < P. 1:4(3) ack 501 \"abc\"",
	     OPEN_S "+0~+2 > P. 1:4(3) ack 501 {tcp.flags.push=0}", "",
	     "x:4:1: tcp.flags.push is 1, expected 0");
}

static void among_others(void)
{
	static const char sends[] = OPEN_C
		"+0 < . 1:1(0) ack 501 <nop,nop,TS val 3 ecr 70,sack 5:9>";

	WANT(sends, OPEN_S "+0~+2 > . 1:1(0) ack 501 <sack 5:9,...>", "", "");
	WANT(sends, OPEN_S "+0~+2 > . 1:1(0) ack 501 <sack 5:9,TS val 102 ecr 7,...>\n"
	     "+0 < . 501:501(0) ack 1 <TS val 9 ecr 102>", "", "");
	WANT(sends, OPEN_S "+0~+2 > . 1:1(0) ack 501 <sack 5:8,...>", "",
	     "x:4:1: tcp.options is <nop,nop,TS val 3 ecr 7,sack 5:9,hex:0000>, "
	     "expected <sack 5:8,...>");
	WANT(sends, OPEN_S "+0~+2 > . 1:1(0) ack 501 <TS val 102 ecr 8,...>", "",
	     "x:4:1: tcp.options is <nop,nop,TS val 3 ecr 7,sack 5:9,hex:0000>, "
	     "expected <TS val 3 ecr 8,...>");
	WANT("0 < S 0:0(0) win 5 <mss 9,sackOK>", "* > S 0:0(0) <sackOK,...>", "", "");
	WANT("0 < S 0:0(0) win 5 <mss 9>", "* > S 0:0(0) <sackOK,...>", "",
	     "x:1:1: tcp.options is <mss 9>, expected <sackOK,...>");
	WANT("0 < S 0:0(0) win 5 <mptcp mp_capable version 1 flags 0x01>",
	     "* > S 0:0(0) <mptcp mp_capable version 1 flags 0x81,...>", "",
	     "x:1:1: tcp.options is <mptcp mp_capable version 1 flags 0x01>, "
	     "expected <mptcp mp_capable version 1 flags 0x81,...>");
	WANT("0 < S 0:0(0) win 5 <ao keyid 1 rnextkeyid 2 mac 01020304>",
	     "* > S 0:0(0) <ao keyid 1 rnextkeyid 3 mac 01020304,...>", "",
	     "x:1:1: tcp.options is <ao keyid 1 rnextkeyid 2 mac 01020304>, "
	     "expected <ao keyid 1 rnextkeyid 3 mac 01020304,...>");
}

static void comparisons(void)
{
	WANT("let a = 7\nexpect a == 7\nexpect a != 8\nexpect a < 8\nexpect a <= 7\n"
	     "expect a > -1\nexpect a >= 7\n+0 < S 0:0(0) win 5", "* > S 0:0(0) <...>", "", "");
	WANT("0 < S 50:50(0) win 5", "* > S 50:50(0)\nexpect tcp.seq == 50\n"
	     "expect tcp.window_size_value >= 6", "", "x:3:1: 5 is not >= 6");
	WANT("0 < S 9:9(0) win 5\nexpect raw.sent.tcp.seq == 4294967290", "* > S 0:0(0)\n"
	     "expect tcp.seq == 0\nexpect raw.tcp.seq != 4294967290", "",
	     "x:3:1: 4294967290 is not != 4294967290");
}

static void parts(void)
{
	WANT(OPEN_C "+0 < . 1:1001(1000) ack 501\n+0 < P. 1001:1501(500) ack 501",
	     OPEN_S "+0~+2 > P. 1:1501(1500) ack 501", "", "");
	WANT(OPEN_C "+0 < P. 1:1501(1500) ack 501",
	     OPEN_S "+0~+2 > . 1:1001(1000) ack 501\n+0~+2 > P. 1001:1501(500) ack 501", "", "");
	WANT(OPEN_C "+0 < . 1:1001(1000) ack 501\n+0 < P. 1001:1501(500) ack 501",
	     "--strict_segments\n" OPEN_S "+0~+2 > P. 1:1501(1500) ack 501", "",
	     "x:5:1: tcp.flags is ., expected P.; length is 1000 bytes, expected 1500");
	WANT(OPEN_C "+0 < . 1:1001(1000) ack 501", OPEN_S "+0~+.1 > . 1:1501(1500) ack 501", "",
	     "x:4:1: only 1000 of its 1500 bytes came");
}

static void statements(void)
{
	WANT("let N = 3\n" OPEN_C "for I in 1..N { +0 < . I*10:I*10+1(1) ack 501 hex:00 }\n"
	     "+.05 < . 100:100(0) ack 501 win 77\n+0~+2 > . sent.tcp.ack:501(0) ack 1 win 78",
	     OPEN_S "any\n+0~+2 > . 30:31(1) ack 501 hex:00\n+0~+2 > . 100:100(0) ack 501\n"
	     "let W = tcp.window_size_value\n+0 < . 501:501(0) ack 1 win W+1", "", "");
	WANT(OPEN_C "+0~+.1 if seen > . 501:501(0) ack 9 { let X = 1/0 } else { say \"none\" }\n"
	     "+0~+2 if seen > . 501:501(0) ack 8 { say \"yes\" } else { let X = 1/0 }\n"
	     "if seen { let X = 1/0 }", OPEN_S "+.3 < . 501:501(0) ack 8", "", "");
	WANT(OPEN_C "+0 silence .1", OPEN_S "", "", "");
	WANT(OPEN_C "+0 silence .3", OPEN_S "+.1 < . 501:501(0) ack 1",
	     "x:4:1: something came, ", "");
}

/* What came in the time before the silence is not told as if it came in it. */
static void before_a_silence(void)
{
	struct game g = { 0 };
	const char *said = g.client.result.error.msg;

	play(&g, OPEN_C "+1 silence .1", OPEN_S "+0 < . 501:501(0) ack 1");
	check_side(&g.client, "x:4:1: something came that no line expects, ", __LINE__);
	CHECK(strstr(said, " s before the silence began") && !strstr(said, " -"));
	leave(&g);
}

static void times(void)
{
	WANT(OPEN_C "+.5 < . 1:1(0) ack 501", OPEN_S "+0 > . 1:1(0) ack 501", "",
	     "x:4:1: it came ");
	WANT(OPEN_C "+0 < . 1:1(0) ack 501", OPEN_S "+.8 > . 1:1(0) ack 501", "",
	     "x:4:1: it came ");
	WANT(OPEN_C "+.3 < . 1:1(0) ack 501\n+.2 < . 1:1(0) ack 501", OPEN_S
	     "+.2~+.4 > . 1:1(0) ack 501\n+.2 > . 1:1(0) ack 501", "", "");
	/* behind a look that saw nothing the plan is kept, though the look took longer (its window
	 * ends at .2; until .3 somebody reads what is captured late) */
	WANT(OPEN_C "+.1 if seen > . 501:501(0) ack 9 { } else { +.25 < . 1:1(0) ack 501 }",
	     OPEN_S "+.4 > . 1:1(0) ack 501", "", "");
	/* what came while we were late is read before anybody says that nothing came */
	WANT("+0 < S 0:0(0) win 5\n+0 say \"wait\"\n+.3 > S. 0:0(0) ack 1",
	     "* > S 0:0(0) win 5\n+.3 < S. 0:0(0) ack 1 win 5", "", "");
	/* of absolute times the gap counts, from when the one before was seen */
	WANT("0 < S 0:0(0) win 5\n0.3 < S 0:0(0) win 5\n0.5 < S 0:0(0) win 5",
	     "* > S 0:0(0) win 5\n+.3 > S 0:0(0) win 5\n+.2 > S 0:0(0) win 5", "", "");
	WANT("+0 < S 0:0(0) win 5\n+0~+.1 > S. 0:0(0)", "* > S 0:0(0) win 5",
	     "x:2:1: nothing came within ", "");
}

/* What the client, late as it is, says of the peer. */
static void judged_late(const char *client, const char *server, enum tc_script_verdict verdict,
			const char *error)
{
	struct game g = { 0 };

	play(&g, client, server);
	for (int i = 0; i < AGAIN && !strstr(g.client.result.error.msg, error); i++) {
		leave(&g);
		g = (struct game){ 0 };
		play(&g, client, server);
	}
	CHECK_U64(g.client.result.verdict, verdict);
	CHECK(strstr(g.client.result.error.msg, error));
	leave(&g);
}

/* The client waits for what comes 0.1 s after the server has stopped it. */
#define LATE_C "+0 < S 0:0(0) win 5\n+.2 > S. 0:0(0) ack 1\n"
#define LATE_S "* > S 0:0(0) win 5\n+.1 say \"stop\"\n+.1 < S. 0:0(0) ack 1 win 5\n"

static void being_late(void)
{
	/* what was said again meanwhile, behind an event that was met in time */
	judged_late(LATE_C "+.1 > . 1:1(0) ack 1 win 7\n+.1 > . 1:1(0) ack 1 win 9",
		    LATE_S "+.1 < . 1:1(0) ack 1 win 7\n+.1 < . 1:1(0) ack 1 win 7",
		    TC_SCRIPT_INCONCLUSIVE, "x:4:1: this machine was ");
	/* an ACK that says something new is no timer's */
	judged_late(LATE_C "+.1 > . 1:1(0) ack 1 win 9", LATE_S "+.1 < . 1:1(0) ack 1 win 7",
		    TC_SCRIPT_FAILED, "x:3:1: tcp.window_size_value is 7, expected 9");
	/* it was late before the event before, and not since */
	WANT(LATE_C "+1.6 > . 1:1(0) ack 1 win 7\n+.1 > . 1:1(0) ack 1 win 9",
	     LATE_S "+1.6 < . 1:1(0) ack 1 win 7\n+.1 < . 1:1(0) ack 1 win 7",
	     "x:4:1: tcp.window_size_value is 7, expected 9", "");
}

static void connections(void)
{
	WANT("for I in 1..3 { +0 < I > 80 S I:I(0) win 5 }\n"
	     "for I in 1..3 { +0~+2 > 80 > I S. 0:0(0) ack I+1 win 9 }",
	     "for I in 1..3 { * > I > 80 S I:I(0) win 5 }\n"
	     "for I in 1..3 { +0 < 80 > I S. I*9:I*9(0) ack I+1 win 9 }", "", "");
}

static void story(void)
{
	struct game g = { 0 };

	play(&g, OPEN_C "+0 < P. 1:3(2) ack 501 win 9 urg 0 <hex:fe06f98901020101> \"hi\"",
	     OPEN_S "+0~+2 > P. 1:3(2) ack 501 <...>");
	CHECK_STR((char *)g.client.lines.data,
		  "S. 500:500(0) ack 1 win 2000 <mss 900,sackOK,TS val 7 ecr 1,nop,wscale 4>\n");
	CHECK(g.server.lines.data && strstr((char *)g.server.lines.data,
		"S 0:0(0) win 1000 <mss 1000,sackOK,TS val 1 ecr 0,nop,wscale 3>\n"));
	CHECK(g.server.lines.data && strstr((char *)g.server.lines.data,
		"P. 1:3(2) ack 501 win 9 <FOEXP 0102,nop,nop>\n"));
	leave(&g);
}

CU_TestInfo tests_script_run[] = {
	{ "two scripts shake hands, each in its own numbers and timestamps", handshake },
	{ "data goes both ways, and both ends are told the other's state", data },
	{ "SACK edges are numbers of who is told", sack },
	{ "each field that differs is named, with both values", differences },
	{ "options may be named among others, in any order", among_others },
	{ "numbers are compared, counted from the SYN or as on the wire", comparisons },
	{ "segments may come in parts or together, unless they may not", parts },
	{ "let, for, any, if seen and silence do what they say", statements },
	{ "what came before a silence is told as that", before_a_silence },
	{ "what is early, late or missing is told, being late ourselves is not", times },
	{ "only while we were late, and only of what is said again, does nobody know", being_late },
	{ "each pair of ports is a connection", connections },
	{ "the story tells segments in the script's notation", story },
	CU_TEST_INFO_NULL,
};
