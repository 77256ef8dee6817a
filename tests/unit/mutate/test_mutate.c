/* SPDX-License-Identifier: BSD-2-Clause */
/* Surgery: rules are read, and what they make of an exchange between two stacks. */
#include "check.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/mutate.h>
#include <tcpcraft/packet.h>

#define CLIENT 0
#define SERVER 1
#define SERVER_PORT 9999
#define CLIENT_PORT 10000
#define GIVE_UP (5 * TC_S)

static void refused(const char *rule, const char *part)
{
	struct tc_error err = { 0 };
	struct tc_mutate *m = NULL;

	CHECK(tc_mutate_open(&m, &rule, 1, (struct tc_payload){ 0 }, &err) < 0);
	CHECK(strstr(err.msg, part) != NULL);
	if (!strstr(err.msg, part))
		printf("%s: %s\n", rule, err.msg);
}

static void wrong_rules(void)
{
	refused("", "character 1");
	refused("daa: drop", "character 1: none of syn, ack");
	refused("data[0]: drop", "character 6");
	refused("syn[1]: drop", "only data[N] and seg[N]");
	refused("data[1: drop", "']' is missing");
	refused("data where NOWHERE: drop", "character 12: none of LISTEN, SYN-SENT");
	refused("data every 0: drop", "every K");
	refused("data", "':'");
	refused("data:", "neither FIELD=VALUE");
	refused("data: dorp", "character 7");
	refused("data: drop; tcp.nothing=1", "tcp.nothing");
	refused("data: tcp.hdr_len=16", "16 bytes is 4");
	refused("data: tcp.seq", "character 14: =VALUE, +=N or ^=MASK is needed behind 'tcp.seq'");
	refused("data: ipv6.hopopts.len=x", "character 24");
	refused("data: icmpv6.type=1", "eth, ip or ipv6, tcp and what TCP carries, not 'icmpv6'");
	refused("data: tcp.seq+=x", "character 16: += takes a number, 5, 0x10 or -1, not 'x'");
	refused("data: tcp.seq^=-1", "^= takes bits as a number, 0x10 or 16, not '-1'");
	refused("data: tcp.options+=1", "only = is for");
	refused("data: tcp.md5=0102", "character 15: tcp.md5 takes bad, or 16 bytes as hex digits");
	refused("data: tcp.ao=000000000000000000000000", "tcp.ao of zeros is what a key fills in");
	refused("data: tcp.md5=00000000000000000000000000000000", "bad is wrong");
	refused("data: tcp.ao=xy", "character 14");
	refused("data: tcp.ao", "=VALUE, +=N or ^=MASK is needed behind 'tcp.ao'");
	refused("data: tcp.md5^=1", "only = is for");
	refused("data: arp.opcode=1", "eth, ip or ipv6, tcp and what TCP carries, not 'arp'");
	refused("data: dup 0", "character 11: expected a number: 'dup [1 to 100 copies]'");
	refused("data: delay", "character 12: expected a number: 'delay MS, 1 to 3600000'");
	refused("data[x]: drop", "character 6: expected a number: '[N] counts from 1'");
	refused("data", "not the end");
	refused("data: ", "renege: the end");
	refused("data: fragment 9", "multiples of 8");
	refused("data: before xx", "character 14");
	refused("data: overlap 3 odd", "neither old nor new");
	refused("data: drop drop", "';' or the end");
}

static void right_rules(void)
{
	static const char *const rules[] = {
		"syn: tcp.options=hex:0500", "ack:drop", "fin: dup; dup 3",
		("data[3] where ESTABLISHED every 2 +retx: "
		 "tcp.seq+=-1 ; tcp.flags^=0x02;prot.length=513"),
		"rst: delay 1", "seg[2]: split 3; overlap 2 new; swap", "any: truncate 0; pad 1",
		"data: before 41; after 4142; fragment 8; ip.dst=127.0.0.1",
	};
	struct tc_error err = { 0 };
	struct tc_mutate *m = NULL;

	CHECK_OK(tc_mutate_open(&m, rules, sizeof rules / sizeof *rules, (struct tc_payload){ 0 }, &err), err);
	tc_mutate_close(m);
}

/* ---- an exchange under rules --------------------------------------------------------- */

struct bed {
	struct tc_link *link[2];
	struct tc_stack *client, *server;
	struct tc_mutate *m;
	struct tc_buf got;		/* by the server */
	struct tc_buf told;		/* mutations and surgery, one line each */
	struct tc_buf first;		/* changed frame */
	struct tc_conn *conn;
	unsigned withheld, unread;
	bool over;
};

static void tell(void *ctx, const struct tc_trace *t)
{
	struct bed *b = ctx;

	b->withheld += t->withheld;
	if (t->n_mutations && !b->first.len)
		tc_buf_add(&b->first, t->frame, t->frame_len);
	b->unread += t->frame && !t->rx;
	if (t->surgery)
		tc_buf_printf(&b->told, "%s\n", t->surgery);
	for (unsigned i = 0; i < t->n_mutations; i++)
		tc_buf_printf(&b->told, "%s %s -> %s\n", t->mutations[i].field,
			      t->mutations[i].from, t->mutations[i].to);
}

/* 10.0.0.1 and 10.0.0.2, or fd00::1 and fd00::2 */
static struct tc_addr host(uint8_t family, int side)
{
	const uint8_t v6[16] = { 0xfd, [15] = (uint8_t)(1 + side) };

	return family == 6 ? tc_addr_from_v6(v6) : tc_addr_from_v4(0x0a000001u + (unsigned)side);
}

static struct tc_stack *open_stack(struct bed *b, int side, uint8_t family)
{
	struct tc_path path = { .src = host(family, side), .dst = host(family, !side),
				.mtu = 1500 };
	struct tc_observer observer = { .ctx = b, .trace = tell };
	struct tc_tcp_config tcp;
	struct tc_stack_config cfg = { .link = b->link[side], .path = &path, .tcp = &tcp,
				       .observer = side ? NULL : &observer,
				       .port_lo = side ? SERVER_PORT : CLIENT_PORT,
				       .port_hi = side ? SERVER_PORT : CLIENT_PORT };
	struct tc_error err = { 0 };
	struct tc_stack *s = NULL;

	tc_tcp_config_default(&tcp, family, 1500);
	CHECK_OK(tc_stack_open(&s, &cfg, &err), err);
	return s;
}

static void server_data(struct tc_conn *c, void *ctx, const uint8_t *bytes, size_t n)
{
	struct bed *b = ctx;

	tc_buf_add(&b->got, bytes, n);
	tc_conn_consumed(c, n);
}

static void server_peer_closed(struct tc_conn *c, void *ctx)
{
	(void)ctx;
	tc_conn_close(c);
}

static const struct tc_conn_ops server_ops = { .data = server_data,
					       .peer_closed = server_peer_closed };

static const struct tc_conn_ops *accept_it(void *ctx, struct tc_conn *c, void **conn_ctx)
{
	(void)c;
	*conn_ctx = ctx;
	return &server_ops;
}

static void client_connected(struct tc_conn *c, void *ctx)
{
	(void)ctx;
	tc_conn_send(c, "first message", 13, NULL);
	tc_conn_close(c);
}

static void client_ended(struct tc_conn *c, void *ctx, enum tc_end end)
{
	(void)c, (void)end;
	((struct bed *)ctx)->over = true;
}

static const struct tc_conn_ops client_ops = { .connected = client_connected,
					       .ended = client_ended };

/* One connection, "first message" and FIN, under one rule. */
static void run_over(struct bed *b, uint8_t family, const char *rule, bool follow)
{
	struct tc_flow flow = { .local_addr = host(family, CLIENT), .local_port = CLIENT_PORT,
				.remote_addr = host(family, SERVER),
				.remote_port = SERVER_PORT };
	tc_time until = tc_clock_monotonic() + GIVE_UP;
	struct tc_error err = { 0 };

	*b = (struct bed){ 0 };
	CHECK_OK(tc_link_open_pair(&b->link[0], &b->link[1], &err), err);
	b->client = open_stack(b, CLIENT, family);
	b->server = open_stack(b, SERVER, family);
	CHECK_OK(tc_mutate_open(&b->m, &rule, 1, (struct tc_payload){ 0 }, &err), err);
	if (follow)
		tc_mutate_follow_wire(b->m);
	tc_stack_set_filter(b->client, &(struct tc_filter){ b->m, tc_mutate_segment });
	CHECK_OK(tc_stack_listen(b->server, &(struct tc_addr){ 0 }, SERVER_PORT, 8, accept_it, b, &err), err);
	b->conn = tc_conn_open(b->client, &flow, 0x12345678, &client_ops, b, &err);
	while (!b->over && tc_clock_monotonic() < until) {
		CHECK_OK(tc_stack_run(b->client, 0, NULL, 0, &err), err);
		CHECK_OK(tc_stack_run(b->server, 0, NULL, 0, &err), err);
	}
	tc_stack_drain(b->client, 0);
	tc_buf_add_u8(&b->told, 0);
	tc_buf_add_u8(&b->got, 0);
}

static void run_as(struct bed *b, const char *rule, bool follow)
{
	run_over(b, 4, rule, follow);
	CHECK_U64(tc_mutate_hits(b->m, 0), 1);
}

static void run(struct bed *b, const char *rule)
{
	run_as(b, rule, false);
}

static void done(struct bed *b)
{
	tc_stack_close(b->client);
	tc_stack_close(b->server);
	tc_mutate_close(b->m);
	tc_link_close(b->link[0]);
	tc_link_close(b->link[1]);
	tc_buf_free(&b->got);
	tc_buf_free(&b->told);
	tc_buf_free(&b->first);
}

/* The peer has everything in the end, and the story says what was done. */
static void survives_over(uint8_t family, const char *rule, const char *told)
{
	struct bed b;

	run_over(&b, family, rule, false);
	CHECK_U64(tc_mutate_hits(b.m, 0), 1);
	CHECK(b.over);
	CHECK_STR((const char *)b.got.data, "first message");
	CHECK(strstr((const char *)b.told.data, told) != NULL);
	if (!strstr((const char *)b.told.data, told))
		printf("%s: told %s\n", rule, (const char *)b.told.data);
	done(&b);
}

static void survives(const char *rule, const char *told)
{
	survives_over(4, rule, told);
}

static void ipv6_headers(void)
{
	survives_over(6, "data[1]: ipv6.hlim=7; dup", "ipv6.hlim 64 -> 7");
	survives_over(6, "data[1]: ipv6.plen+=-1", "ipv6.plen 45 -> 44");
	survives_over(6, "data[1]: fragment 8", "fragment 1 of 6");
}

/* What is behind them is read all the same. */
static void extension_headers_are_put_in(void)
{
	survives_over(6, "data[1]: ipv6.dstopts.options=hex:0100",
		      "with ipv6.dstopts");
	survives_over(6, "syn: ipv6.hopopts.options=hex:01020000", "ipv6.hopopts.options");
	survives_over(6, "syn: ipv6.routing.type=3; ipv6.hopopts.len+=0; ipv6.fraghdr.ident=7",
		      "with ipv6.routing; with ipv6.hopopts; with ipv6.fraghdr");
	survives_over(6, "data[1]: ipv6.dstopts.nxt=17", "ipv6.dstopts.nxt 6 -> 17");
	survives_over(6, "data[1]: ipv6.fraghdr.more=1", "ipv6.fraghdr.more 0 -> 1");
}

/* In the order of RFC 8200 4.1, whatever the order in which they were named. */
static void extension_headers_stand_in_order(void)
{
	static const uint8_t chain[] = { 0, 43, 44, 60, 6 };
	struct tc_packet p = { 0 };
	struct tc_error err = { 0 };
	struct bed b;

	run_over(&b, 6, "syn: ipv6.dstopts.len+=0; ipv6.hopopts.len+=0; ipv6.fraghdr.ident=1; "
		 "ipv6.routing.type=3", false);
	CHECK_OK(tc_packet_parse(&p, b.first.data, b.first.len, TC_HDR_IPV6, &err), err);
	CHECK_U64(p.n, 6);
	for (unsigned i = 0; i < sizeof chain && i < p.n; i++)
		CHECK_U64(tc_packet_get(&p, (int)i, i ? 0 : TC_IPV6_NXT), chain[i]);
	tc_packet_free(&p);
	done(&b);
}

/* IPv4 has none of them; what is said of another family does nothing. */
static void rules_of_the_other_family(void)
{
	struct bed b;

	run_over(&b, 4, "syn: ipv6.dstopts.len=1; ipv6.hlim=3", false);
	CHECK(b.over);
	CHECK_U64(tc_mutate_hits(b.m, 0), 0);
	done(&b);
	run_over(&b, 6, "syn: ip.ttl=3", false);
	CHECK(b.over);
	CHECK_U64(tc_mutate_hits(b.m, 0), 0);
	done(&b);
}

static void harmless_surgery(void)
{
	survives("data[1]: split 5", "split after 5 bytes, part 2 of 2");
	survives("data[1]: overlap 3", "overlap: cut after 6 bytes, part 2 of 2");
	survives("data[1]: dup 3", "copy 3 of 3");
	survives("data[1]: swap", "swapped with the next");
	survives("data[1]: delay 20; dup", "delayed 20 ms; copy 1 of 1");
	survives("data[1]: truncate 4", "cut from 13 to 4 bytes");
	survives("syn: dup", "copy 1 of 1");
	survives("data[1]: tcp.window_size_value=1", "tcp.window_size_value");
}

static void mended_by_retransmission(void)
{
	survives("data[1]: drop", "dropped");
	survives("data[1]: tcp.checksum=bad", "tcp.checksum 0x");
	survives("data[1]: tcp.hdr_len=4", "tcp.hdr_len 8 -> 4");
	survives("data[1]: ip.version=6", "ip.version 4 -> 6");
	survives("data[1]: tcp.seq+=100000", "tcp.seq");
	survives("data[1]: tcp.dstport^=1; dup", "tcp.dstport 9999 -> 9998");
	survives("data[1]: tcp.options=hex:0500", "tcp.options");
	survives("data[1]: fragment 8", "fragment 1 of 6");
}

static void other_bytes(void)
{
	struct bed b;

	run(&b, "data[1]: before 414243");
	CHECK_STR((const char *)b.got.data, "ABCst message");
	done(&b);
	run(&b, "data[1]: overlap 4 new; tcp.flags=.");
	CHECK_STR((const char *)b.got.data, "first message");	/* the first copy counts */
	done(&b);
	run(&b, "fin: drop");
	CHECK_U64(b.withheld, 1);
	done(&b);
	run(&b, "data[1]: tcp.hdr_len=1");
	CHECK_U64(b.unread, 1);
	done(&b);
}

/* The connection goes on from what was sent: the peer has that, nothing is mended, and both
 * sides close. */
static void numbers_follow_the_wire(void)
{
	static const struct { const char *rule, *got; } cases[] = {
		{ "syn: tcp.seq=0xffffffff", "first message" },
		{ "data[1]: truncate 5", "first" },
		{ "data[1]: pad 2", "first message" },	/* and two zeros behind it */
		{ "data[1]: after 2121", "first message!!" },
		{ "data[1]: overlap 4 old", "first message" },
		{ "data[1]: truncate 3; dup", "fir" },
		{ "data[1]: tcp.flags=F.; truncate 6", "first " },
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct bed b;

		run_as(&b, cases[i].rule, true);
		check_true(b.over, cases[i].rule, __LINE__, __FILE__);
		check_str((const char *)b.got.data, cases[i].got, cases[i].rule, __LINE__,
			  __FILE__);
		done(&b);
	}
}

/* What is dropped is not followed: it is sent again as it was. */
static void what_is_dropped_is_not_followed(void)
{
	struct bed b;

	run_as(&b, "data[1]: drop", true);
	CHECK(b.over);
	CHECK_STR((const char *)b.got.data, "first message");
	done(&b);
	run_as(&b, "data[1]: truncate 0", true);
	CHECK(b.over);
	CHECK_STR((const char *)b.got.data, "first message");
	done(&b);
}

CU_TestInfo tests_mutate[] = {
	{ "a wrong rule is refused with the place in it", wrong_rules },
	{ "every selector and action can be written", right_rules },
	{ "what TCP must put up with changes nothing for the peer", harmless_surgery },
	{ "what TCP must drop is mended by the honest retransmission", mended_by_retransmission },
	{ "segments over IPv6 are changed as those over IPv4", ipv6_headers },
	{ "extension headers are put into segments over IPv6", extension_headers_are_put_in },
	{ "they stand in the order of RFC 8200", extension_headers_stand_in_order },
	{ "rules on the other family's header do nothing", rules_of_the_other_family },
	{ "bytes that were put in reach the peer", other_bytes },
	{ "our numbers follow the wire, where that is asked for", numbers_follow_the_wire },
	{ "what is dropped is not followed", what_is_dropped_is_not_followed },
	CU_TEST_INFO_NULL,
};
