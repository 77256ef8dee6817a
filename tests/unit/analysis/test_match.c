/* SPDX-License-Identifier: BSD-2-Clause */
/* Which answer belongs to which packet, and what is expected of answers. */
#include "check.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include "analysis/expect.h"
#include <tcpcraft/match.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/spec.h>

#include <errno.h>

#define US 0x0a000001u
#define PEER 0x0a000002u

/* A frame from a spec's texts, IPv4 on; `first` packet only. */
static size_t frame_of(const char *const *pairs, uint8_t *out, struct tc_crafted *info)
{
	struct tc_craft_config cfg = { .rounds = 1 };
	struct tc_crafted c[TC_CRAFT_BATCH];
	struct tc_error err = { 0 };
	struct tc_craft *craft = NULL;
	struct tc_spec *s = NULL;

	CHECK_OK(tc_spec_open(&s, &err), err);
	for (; *pairs; pairs++)
		CHECK_OK(tc_spec_add_pair(s, *pairs, &err), err);
	CHECK_OK(tc_spec_default(s, "ip.src", "10.0.0.1", &err), err);
	CHECK_OK(tc_spec_default(s, "ip.dst", "10.0.0.2", &err), err);
	CHECK_OK(tc_craft_open(&craft, s, &cfg, &err), err);
	CHECK_U64(tc_craft_fill(craft, c, 1, &err), 1);
	memcpy(out, c[0].bytes, c[0].len);
	c[0].bytes = c[0].whole = out;
	if (info)
		*info = c[0];
	tc_craft_close(craft);
	tc_spec_free(s);
	return c[0].len;
}

static struct tc_probe *send_it(struct tc_match *m, const char *const *pairs)
{
	static uint8_t bytes[2048];
	struct tc_crafted c;
	struct tc_probe *p;

	frame_of(pairs, bytes, &c);
	p = tc_match_add(m, &c);
	CHECK(p != NULL);
	return p;
}

static struct tc_probe *answer_it(struct tc_match *m, const char *const *pairs)
{
	uint8_t bytes[2048];
	size_t n = frame_of(pairs, bytes, NULL);
	struct tc_error err = { 0 };
	struct tc_rx rx;

	CHECK_OK(tc_rx_parse(&rx, bytes, n, TC_DLT_RAW, &err), err);
	return tc_match_reply(m, &rx);
}

#define SEND(m, ...) send_it(m, (const char *const[]){ __VA_ARGS__, NULL })
#define PEER_SAYS "ip.src=10.0.0.2", "ip.dst=10.0.0.1", "tcp.srcport=80", "tcp.dstport=4000"
#define ANSWER(m, ...) answer_it(m, (const char *const[]){ PEER_SAYS, __VA_ARGS__, NULL })

static struct tc_match *matcher(void)
{
	struct tc_error err = { 0 };
	struct tc_match *m = NULL;

	CHECK_OK(tc_match_open(&m, 100000, &err), err);
	return m;
}

static void a_probe_is_read_from_its_frame(void)
{
	struct tc_match *m = matcher();
	struct tc_probe *p = SEND(m, "tcp.srcport=4000", "tcp.dstport=80", "tcp.flags=SF",
				  "tcp.seq=7", "tcp.ack=9", "ip.ttl=3", "ip.id=99",
				  "data.data=hello", "tcp.options=mss 1460",
				  "trailer.data=xx");

	CHECK(p->tcp && p->dlt == TC_DLT_RAW && p->number == 1);
	CHECK(tc_addr_v4(&p->flow.local_addr) == US &&
	      tc_addr_v4(&p->flow.remote_addr) == PEER);
	CHECK(p->flow.local_port == 4000 && p->flow.remote_port == 80);
	CHECK(p->seq == 7 && p->ack == 9 && p->ttl == 3 && p->ip_id == 99);
	CHECK_U64(p->seq_len, 5 + 2);
	p = SEND(m, "tcp.flags=S", "tcp.hdr_len=15", "data.data=hello");
	CHECK_U64(p->seq_len, 6);	/* a header that lies counts as the shortest */
	p = SEND(m, "icmp.type=8");
	CHECK(!p->tcp);
	p = SEND(m, "arp.opcode=1");
	CHECK(!p->tcp && p->dlt == TC_DLT_EN10MB);
	tc_match_close(m);
}

static void a_syn_is_answered_by_its_own_number(void)
{
	struct tc_match *m = matcher();
	struct tc_probe *p = SEND(m, "tcp.srcport=4000", "tcp.flags=S",
				  "tcp.seq=4294967295");

	CHECK(ANSWER(m, "tcp.flags=SA", "tcp.ack=0") == p);
	CHECK(ANSWER(m, "tcp.flags=SA", "tcp.ack=1") == NULL);
	CHECK(ANSWER(m, "tcp.flags=SA", "tcp.ack=4294967295") == NULL);
	CHECK(ANSWER(m, "tcp.flags=RA", "tcp.ack=0") == p);
	CHECK(ANSWER(m, "tcp.flags=RA", "tcp.ack=5") == NULL);
	CHECK(ANSWER(m, "tcp.flags=R", "tcp.seq=0") == NULL);
	CHECK(ANSWER(m, "tcp.flags=A", "tcp.ack=5") == p);	/* a challenge: RFC 5961 4 */
	tc_match_close(m);
}

static void other_addresses_and_ports_are_no_answer(void)
{
	struct tc_match *m = matcher();

	SEND(m, "tcp.srcport=4000", "tcp.flags=S", "tcp.seq=9");
	CHECK(answer_it(m, (const char *const[]){ "ip.src=10.0.0.3", "ip.dst=10.0.0.1",
		"tcp.srcport=80", "tcp.dstport=4000", "tcp.flags=SA", "tcp.ack=10", NULL }) ==
	      NULL);
	CHECK(answer_it(m, (const char *const[]){ "ip.src=10.0.0.2", "ip.dst=10.0.0.1",
		"tcp.srcport=81", "tcp.dstport=4000", "tcp.flags=SA", "tcp.ack=10", NULL }) ==
	      NULL);
	CHECK(answer_it(m, (const char *const[]){ "ip.src=10.0.0.1", "ip.dst=10.0.0.2",
		"tcp.srcport=4000", "tcp.dstport=80", "tcp.flags=SA", "tcp.ack=10", NULL }) ==
	      NULL);
	CHECK(tc_match_knows(m, &(struct tc_flow[]){ tc_flow_v4(US, PEER, 4000, 80) }[0]));
	CHECK(!tc_match_knows(m, &(struct tc_flow[]){ tc_flow_v4(US, PEER, 4000, 81) }[0]));
	tc_match_close(m);
}

static void a_reset_to_an_ack_takes_its_number(void)
{
	struct tc_match *m = matcher();
	struct tc_probe *p = SEND(m, "tcp.srcport=4000", "tcp.flags=A", "tcp.seq=5",
				  "tcp.ack=1000");

	CHECK(ANSWER(m, "tcp.flags=R", "tcp.seq=1000") == p);	/* RFC 9293 3.5.2 */
	CHECK(ANSWER(m, "tcp.flags=R", "tcp.seq=1001") == NULL);
	CHECK(ANSWER(m, "tcp.flags=PA", "tcp.seq=1000", "tcp.ack=5", "data.data=x") == p);
	tc_match_close(m);
}

static void data_may_be_acknowledged_in_part(void)
{
	struct tc_match *m = matcher();
	struct tc_probe *p = SEND(m, "tcp.srcport=4000", "tcp.flags=S", "tcp.seq=100",
				  "data.data=hello");

	CHECK(ANSWER(m, "tcp.flags=SA", "tcp.ack=101") == p);	/* the SYN alone */
	CHECK(ANSWER(m, "tcp.flags=RA", "tcp.ack=106") == p);	/* all of it */
	CHECK(ANSWER(m, "tcp.flags=RA", "tcp.ack=107") == NULL);
	tc_match_close(m);
}

static void of_equal_probes_the_oldest_open_one_is_answered(void)
{
	struct tc_match *m = matcher();

	for (int i = 0; i < 3; i++)
		SEND(m, "tcp.srcport=4000", "tcp.flags=S", "tcp.seq=7");
	for (unsigned i = 0; i < 3; i++) {
		struct tc_probe *p = ANSWER(m, "tcp.flags=SA", "tcp.ack=8");

		CHECK(p == tc_match_nth(m, i));
		p->answers++;
	}
	CHECK(ANSWER(m, "tcp.flags=SA", "tcp.ack=8") == tc_match_nth(m, 2));	/* again */
	tc_match_close(m);
}

static void a_challenge_goes_to_an_open_probe(void)
{
	struct tc_match *m = matcher();
	struct tc_probe *p;

	SEND(m, "tcp.srcport=4000", "tcp.flags=S", "tcp.seq=7")->answers = 1;
	SEND(m, "tcp.srcport=4000", "tcp.flags=S", "tcp.seq=70");
	p = ANSWER(m, "tcp.flags=A", "tcp.ack=5000");
	CHECK(p == tc_match_nth(m, 1));
	p->answers = 1;
	CHECK(ANSWER(m, "tcp.flags=A", "tcp.ack=5000") == NULL);
	tc_match_close(m);
}

/* An ICMP error whose quote is the first 28 bytes of `quoted`. */
static struct tc_probe *icmp_error(struct tc_match *m, const char *const *quoted)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t inner[2048], outer[2048];
	char data[80] = "data.data=hex:";
	struct tc_error err = { 0 };
	struct tc_rx rx;
	size_t n, at = strlen(data);

	frame_of(quoted, inner, NULL);
	for (size_t i = 0; i < 28; i++) {
		data[at++] = digits[inner[i] >> 4];
		data[at++] = digits[inner[i] & 15];
	}
	data[at] = 0;
	n = frame_of((const char *const[]){ "icmp.type=11", "ip.src=10.0.9.9",
		     "ip.dst=10.0.0.1", data, NULL }, outer, NULL);
	CHECK_OK(tc_rx_parse(&rx, outer, n, TC_DLT_RAW, &err), err);
	CHECK_U64(tc_reply_kind_of(&rx), TC_REPLY_ICMP);
	return tc_match_reply(m, &rx);
}

#define QUOTE(m, ...) icmp_error(m, (const char *const[]){ __VA_ARGS__, NULL })

static void icmp_errors_are_matched_by_what_they_quote(void)
{
	struct tc_match *m = matcher();

	SEND(m, "tcp.srcport=4000", "tcp.seq=7", "ip.id=1", "ip.ttl=1");
	SEND(m, "tcp.srcport=4000", "tcp.seq=7", "ip.id=2", "ip.ttl=2");
	SEND(m, "tcp.srcport=4000", "tcp.seq=8", "ip.id=3", "ip.ttl=3");
	CHECK(QUOTE(m, "tcp.srcport=4000", "tcp.seq=7", "ip.id=2", "ip.ttl=0") ==
	      tc_match_nth(m, 1));
	CHECK(QUOTE(m, "tcp.srcport=4000", "tcp.seq=7", "ip.id=1") == tc_match_nth(m, 0));
	CHECK(QUOTE(m, "tcp.srcport=4000", "tcp.seq=8", "ip.id=9") == tc_match_nth(m, 2));
	CHECK(QUOTE(m, "tcp.srcport=4000", "tcp.seq=9", "ip.id=3") == NULL);
	CHECK(QUOTE(m, "tcp.srcport=4001", "tcp.seq=8", "ip.id=3") == NULL);
	tc_match_close(m);
}

static void copies_are_known_by_their_bytes(void)
{
	struct tc_match *m = matcher();
	uint8_t frame[14 + 2048] = { 0 };
	size_t n;

	SEND(m, "tcp.seq=1");
	SEND(m, "tcp.seq=2");
	SEND(m, "tcp.seq=3");
	n = frame_of((const char *const[]){ "tcp.seq=2", NULL }, frame + 14, NULL);
	CHECK(tc_match_copy(m, frame, 14 + n, 14) == tc_match_nth(m, 1));
	tc_match_nth(m, 1)->stamped = true;
	CHECK(tc_match_copy(m, frame, 14 + n, 14) == NULL);
	frame[14 + 30] ^= 1;
	CHECK(tc_match_copy(m, frame, 14 + n, 14) == NULL);
	/* the wire keeps the order: what was passed over has been lost */
	n = frame_of((const char *const[]){ "tcp.seq=1", NULL }, frame + 14, NULL);
	CHECK(tc_match_copy(m, frame, 14 + n, 14) == NULL);
	n = frame_of((const char *const[]){ "tcp.seq=3", NULL }, frame, NULL);
	CHECK(tc_match_copy(m, frame, n, 0) == tc_match_nth(m, 2));
	tc_match_close(m);
}

static void the_ring_grows_and_forgets_from_the_oldest(void)
{
	struct tc_match *m = matcher();
	char port[32], seq[32], ack[32], dport[32];

	for (unsigned i = 0; i < 3000; i++) {
		snprintf(port, sizeof port, "tcp.srcport=%u", 1000 + i % 7);
		snprintf(seq, sizeof seq, "tcp.seq=%u", 1000 * i);
		SEND(m, port, seq, "tcp.flags=S");
		if (i >= 1000)
			tc_match_drop(m);
	}
	CHECK_U64(tc_match_count(m), 1000);
	for (unsigned i = 1900; i < 3000; i++) {
		struct tc_probe *p;

		snprintf(dport, sizeof dport, "tcp.dstport=%u", 1000 + i % 7);
		snprintf(ack, sizeof ack, "tcp.ack=%u", 1000 * i + 1);
		p = answer_it(m, (const char *const[]){ "ip.src=10.0.0.2",
			"ip.dst=10.0.0.1", "tcp.srcport=80", dport, ack, "tcp.flags=SA", NULL });
		CHECK((p != NULL) == (i >= 2000));
		CHECK(!p || p->seq == 1000 * i);
	}
	tc_match_close(m);
}

static void a_full_ring_takes_no_more(void)
{
	struct tc_match *m = NULL;
	uint8_t bytes[2048];
	struct tc_crafted c;

	CHECK(tc_match_open(&m, 2, NULL) == 0);
	frame_of((const char *const[]){ "tcp.seq=1", NULL }, bytes, &c);
	CHECK(tc_match_add(m, &c) != NULL);
	CHECK(tc_match_add(m, &c) != NULL);
	CHECK(tc_match_add(m, &c) == NULL);
	tc_match_drop(m);
	CHECK(tc_match_add(m, &c) != NULL);
	tc_match_close(m);
	CHECK(tc_match_open(&m, 2, NULL) == 0);
	CHECK(!tc_match_knows(m, &(struct tc_flow){ 0 }));
	tc_match_close(m);
}

static void answers_have_kinds(void)
{
	static const struct { const char *flags, *data, *kind; } cases[] = {
		{ "SA", "", "syn-ack" }, { "S", "", "syn" }, { "R", "", "rst" },
		{ "RA", "", "rst" }, { "FA", "", "fin" }, { "FPA", "x", "fin" },
		{ "PA", "x", "data" }, { "A", "", "ack" }, { "none", "", "other" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char flags[32], data[32];
		uint8_t bytes[256];
		struct tc_rx rx;
		size_t n;

		snprintf(flags, sizeof flags, "tcp.flags=%s", cases[i].flags);
		snprintf(data, sizeof data, "data.data=%s", cases[i].data);
		n = frame_of((const char *const[]){ flags, data, NULL }, bytes, NULL);
		CHECK(tc_rx_parse(&rx, bytes, n, TC_DLT_RAW, NULL) == 0);
		CHECK_STR(tc_reply_kind_name(tc_reply_kind_of(&rx)), cases[i].kind);
	}
}

/* ---- expectations ----------------------------------------------------------------- */

/* What is not met by an answer of these fields: "" when all is. */
static const char *unmet(const char *const *expected, size_t n_expected,
			 enum tc_reply_kind kind, const char *const *pairs)
{
	static char text[256];
	struct tc_error err = { 0 };
	struct tc_expect *e = NULL;
	struct tc_buf why = { 0 };
	uint8_t bytes[2048];
	size_t n = pairs ? frame_of(pairs, bytes, NULL) : 0;
	bool met;

	CHECK_OK(tc_expect_open(&e, expected, n_expected, &err), err);
	met = tc_expect_met(e, kind, pairs ? bytes : NULL, n, TC_DLT_RAW, &why);
	CHECK(met == (why.len == 0));
	snprintf(text, sizeof text, "%s", met ? "" : (char *)why.data);
	tc_buf_free(&why);
	tc_expect_close(e);
	return text;
}

#define UNMET1(expected, kind, ...) \
	unmet((const char *const[]){ expected }, 1, kind, \
	      (const char *const[]){ __VA_ARGS__, NULL })

static void expectations_hold_kinds_and_fields(void)
{
	CHECK_STR(UNMET1("any", TC_REPLY_RST, "tcp.flags=R"), "");
	CHECK_STR(UNMET1("rst", TC_REPLY_RST, "tcp.flags=R"), "");
	CHECK_STR(UNMET1("syn-ack", TC_REPLY_RST, "tcp.flags=R"),
		  "the answer is rst, expected syn-ack");
	CHECK_STR(UNMET1("none", TC_REPLY_RST, "tcp.flags=R"),
		  "the answer is rst, expected none");
	CHECK_STR(UNMET1("tcp.flags=SA", TC_REPLY_SYN_ACK, "tcp.flags=SA"), "");
	CHECK_STR(UNMET1("tcp.flags=SA", TC_REPLY_RST, "tcp.flags=RA"),
		  "tcp.flags is R., expected SA");
	CHECK_STR(UNMET1("ip.ttl=50-64", TC_REPLY_RST, "ip.ttl=64"), "");
	CHECK_STR(UNMET1("ip.ttl=50-64,255", TC_REPLY_RST, "ip.ttl=255"), "");
	CHECK_STR(UNMET1("ip.ttl=50-64", TC_REPLY_RST, "ip.ttl=65"),
		  "ip.ttl is 65, expected 50-64");
	CHECK_STR(UNMET1("tcp.checksum=auto", TC_REPLY_RST, "ip.ttl=65"), "");
	CHECK_STR(UNMET1("tcp.checksum=bad", TC_REPLY_RST, "tcp.checksum=bad"), "");
	CHECK(strstr(UNMET1("tcp.checksum=auto", TC_REPLY_RST, "tcp.checksum=0x1234"),
		     "tcp.checksum is 0x1234, expected auto") != NULL);
	CHECK_STR(UNMET1("tcp.options=mss 1460,wscale 7", TC_REPLY_RST,
			 "tcp.options=mss 1460,wscale 7"), "");	/* padded by one byte */
	CHECK_STR(UNMET1("tcp.options=mss 1460", TC_REPLY_RST, "tcp.options=mss 1400"),
		  "tcp.options is mss 1400, expected mss 1460");
	CHECK_STR(UNMET1("data.data=hello", TC_REPLY_DATA, "data.data=hello"), "");
	CHECK(*UNMET1("data.data=hell", TC_REPLY_DATA, "data.data=hello"));
	CHECK_STR(UNMET1("icmp.type=11", TC_REPLY_RST, "tcp.flags=R"),
		  "the answer has no icmp, expected icmp.type=11");
}

static void silence_meets_only_none(void)
{
	const char *const none[] = { "none" }, *const any[] = { "any" };
	const char *const field[] = { "ip.ttl=64" }, *const two[] = { "any", "ip.ttl=1" };

	CHECK_STR(unmet(none, 1, TC_REPLY_NONE, NULL), "");
	CHECK_STR(unmet(any, 1, TC_REPLY_NONE, NULL), "no answer, expected any");
	CHECK_STR(unmet(field, 1, TC_REPLY_NONE, NULL), "no answer, expected any");
	CHECK_STR(unmet(two, 2, TC_REPLY_RST, (const char *const[]){ "ip.ttl=2", NULL }),
		  "ip.ttl is 2, expected 1");
}

static void bad_expectations_are_refused(void)
{
	static const struct { const char *text, *say; } cases[] = {
		{ "synack", "--expect: 'synack' is neither FIELD=VALUE nor one of any, none, "
		  "syn-ack, rst, syn, fin, data, ack, icmp, other; did you mean syn-ack?" },
		{ "ip.ttl=300", "ip.ttl=300 is out of range: 8 bits hold 0 to 255" },
		{ "ip.tttl=3", "ip.tttl: no such field; did you mean ip.ttl?" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct tc_error err = { 0 };
		struct tc_expect *e = NULL;

		CHECK(tc_expect_open(&e, &cases[i].text, 1, &err) < 0);
		CHECK_STR(err.msg, cases[i].say);
	}
}

CU_TestInfo tests_match[] = {
	{ "a probe is read from its frame", a_probe_is_read_from_its_frame },
	{ "a SYN is answered by its own number", a_syn_is_answered_by_its_own_number },
	{ "other addresses and ports are no answer", other_addresses_and_ports_are_no_answer },
	{ "a reset to an ACK takes its number", a_reset_to_an_ack_takes_its_number },
	{ "data may be acknowledged in part", data_may_be_acknowledged_in_part },
	{ "of equal probes the oldest open one is answered",
	  of_equal_probes_the_oldest_open_one_is_answered },
	{ "a challenge goes to an open probe", a_challenge_goes_to_an_open_probe },
	{ "ICMP errors are matched by what they quote",
	  icmp_errors_are_matched_by_what_they_quote },
	{ "copies are known by their bytes", copies_are_known_by_their_bytes },
	{ "the ring grows and forgets from the oldest",
	  the_ring_grows_and_forgets_from_the_oldest },
	{ "a full ring takes no more", a_full_ring_takes_no_more },
	{ "answers have kinds", answers_have_kinds },
	{ "expectations hold kinds and fields", expectations_hold_kinds_and_fields },
	{ "silence meets only none", silence_meets_only_none },
	{ "bad expectations are refused", bad_expectations_are_refused },
	CU_TEST_INFO_NULL
};
