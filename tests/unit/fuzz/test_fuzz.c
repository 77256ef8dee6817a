/* SPDX-License-Identifier: BSD-2-Clause */
/* The fuzzer's parts that need no network: which cases there are, what the journal keeps. */
#include "check.h"
#include "frames.h"

#include "fuzz/own.h"
#include "host/starter.h"

#include <tcpcraft/clock.h>
#include <tcpcraft/diff.h>
#include <tcpcraft/error.h>
#include <tcpcraft/fuzz.h>
#include <tcpcraft/link.h>
#include <tcpcraft/mutate.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOKED_AT 3000

#define IP6_OF(plen, nxt, rest) "60000000" #plen #nxt "40" IP6_ENDS #rest \
	"00000000000000005000faf000000000"

static struct tc_fuzz_space *space_over(uint8_t family, const char *fields,
					const char *strategies, uint64_t seed)
{
	struct tc_fuzz_space_config cfg = {
		.fields = fields, .family = family, .segments = "syn,ack,data,fin",
		.strategies = strategies, .seed = seed, .payload_len = 16,
	};
	struct tc_fuzz_space *s = NULL;
	struct tc_error err = { 0 };

	CHECK_OK(tc_fuzz_space_open(&s, &cfg, &err), err);
	return s;
}

static struct tc_fuzz_space *space(const char *strategies, uint64_t seed)
{
	return space_over(4, "tcp.*,ip.ttl,prot.*", strategies, seed);
}

static void same_seed_same_cases(void)
{
	const char *all = "boundary,flip,random,options,sequence,pairwise";
	struct tc_fuzz_space *a = space(all, 7), *b = space(all, 7), *c = space(all, 8);
	struct tc_fuzz_case x, y, z;
	unsigned different = 0;

	for (uint64_t n = 0; n < LOOKED_AT; n++) {
		tc_fuzz_space_case(a, n, &x);
		tc_fuzz_space_case(b, n, &y);
		tc_fuzz_space_case(c, n, &z);
		CHECK_U64(x.iss, y.iss);
		CHECK_STR(x.rule[0], y.rule[0]);
		different += strcmp(x.rule[0], z.rule[0]) != 0;
	}
	CHECK(different > LOOKED_AT / 2);
	tc_fuzz_space_close(a);
	tc_fuzz_space_close(b);
	tc_fuzz_space_close(c);
}

/* What a case was, it stays: journals and reports of findings name it by seed and number. */
static void cases_stay_what_they_are(void)
{
	static const struct { uint64_t n; const char *rule; } cases[] = {
		{ 0, "ack: tcp.flags.urg=0" },
		{ 1, "fin: ip.version=0" },
		{ 2, "syn: tcp.window_size_value^=0x200" },
		{ 100, "data[1]: ip.frag_offset+=1" },
		{ 101, "syn: ip.checksum^=0x4000" },
		{ 3000, "data[1]: tcp.ack=1989675283" },
		{ 100000, "syn: tcp.srcport=8871" },
	};
	struct tc_fuzz_space *s = space_over(4, "tcp.*,ip.*,prot.*", "random,boundary,flip", 9);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct tc_fuzz_case c;

		tc_fuzz_space_case(s, cases[i].n, &c);
		CHECK_STR(c.rule[0], cases[i].rule);
	}
	tc_fuzz_space_close(s);
}

static void are_rules(struct tc_fuzz_space *s)
{
	struct tc_error err = { 0 };

	for (uint64_t n = 0; n < LOOKED_AT; n++) {
		const char *rules[TC_FUZZ_RULES];
		struct tc_mutate *m = NULL;
		struct tc_fuzz_case c;

		tc_fuzz_space_case(s, n, &c);
		for (unsigned i = 0; i < c.n_rules; i++)
			rules[i] = c.rule[i];
		CHECK_OK(tc_mutate_open(&m, rules, c.n_rules, (struct tc_payload){ .surely = true }, &err), err);
		tc_mutate_close(m);
	}
	tc_fuzz_space_close(s);
}

static void every_case_is_a_rule(void)
{
	const char *all = "boundary,flip,random,options,sequence,pairwise";

	are_rules(space(all, 1));
	are_rules(space_over(6, "tcp.*,ipv6.*,prot.*", all, 1));
}

/* Which fields they name: of the family's header, of each that can be put behind it, and none
 * that leads elsewhere. */
static void ipv6_has_fields_of_its_own(void)
{
	static const char *const named[] = {
		"ipv6.hlim", "ipv6.plen", "ipv6.tclass.dscp", "ipv6.hopopts.len",
		"ipv6.hopopts.options", "ipv6.routing.segleft", "ipv6.fraghdr.more",
		"ipv6.dstopts.nxt",
	}, *const never[] = { "ipv6.src=", "ipv6.dst=", "ipv6.routing.src.addr" };
	struct tc_fuzz_space *s = space_over(6, "ipv6.*", "random", 5);
	unsigned had[sizeof named / sizeof *named] = { 0 };

	for (uint64_t n = 0; n < LOOKED_AT; n++) {
		struct tc_fuzz_case c;

		tc_fuzz_space_case(s, n, &c);
		CHECK(strstr(c.rule[0], " ip.") == NULL);
		for (size_t i = 0; i < sizeof never / sizeof *never; i++)
			CHECK(strstr(c.rule[0], never[i]) == NULL);
		for (size_t i = 0; i < sizeof named / sizeof *named; i++)
			had[i] += strstr(c.rule[0], named[i]) != NULL;
	}
	for (size_t i = 0; i < sizeof named / sizeof *named; i++)
		CHECK(had[i] > 0);
	tc_fuzz_space_close(s);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void each_listed_once(void)
{
	struct tc_fuzz_space *s = space("boundary", 3);
	uint64_t n = tc_fuzz_space_listed(s);
	char (*rules)[TC_FUZZ_RULE_MAX] = calloc(n, sizeof *rules);
	bool limit = false;

	CHECK(n > 100 && rules);
	for (uint64_t i = 0; i < n; i++) {
		struct tc_fuzz_case c;

		tc_fuzz_space_case(s, i, &c);
		memcpy(rules[i], c.rule[0], sizeof *rules);
		limit |= strcmp(c.rule[0], "data[1]: prot.length=513") == 0;
	}
	qsort(rules, n, sizeof *rules, by_text);
	for (uint64_t i = 1; i < n; i++)
		CHECK(strcmp(rules[i - 1], rules[i]) != 0);
	CHECK(limit);		/* one more than the table says is allowed */
	free(rules);
	tc_fuzz_space_close(s);
}

static void refuses_over(uint8_t family, const char *fields, const char *segments,
			 const char *strategies, const char *part)
{
	struct tc_fuzz_space_config cfg = { .fields = fields, .family = family,
					    .segments = segments,
					    .strategies = strategies, .payload_len = 5 };
	struct tc_fuzz_space *s = NULL;
	struct tc_error err = { 0 };

	CHECK_U64(-tc_fuzz_space_open(&s, &cfg, &err), EINVAL);
	CHECK(strstr(err.msg, part) != NULL);
}

static void refuses(const char *fields, const char *segments, const char *strategies,
		    const char *part)
{
	refuses_over(4, fields, segments, strategies, part);
}

static int read_known(struct tc_buf *known, const char *text, size_t n, struct tc_error *err)
{
	return tc_fuzz_known_read(known, "file", (const uint8_t *)text, n, err);
}

static void known_differences_are_lines(void)
{
	static const char text[] = "# a remark: none\n\ntcp.flags *: answer: *\nlast syn: x\n"
				   "ip.options *: *against*\nip.ttl syn: death: *\n"
				   "tcp.ack data: answer: reset against reply\n"
				   "ip.id syn: death: lives against died\n";
	struct tc_buf known = { 0 };
	struct tc_error err = { 0 };
	char line[TC_FUZZ_KNOWN_LINE + 2];

	CHECK_OK(read_known(&known, text, sizeof text - 1, &err), err);
	CHECK(tc_fuzz_known_has(&known, "tcp.flags data: answer: reset against reply"));
	CHECK(tc_fuzz_known_has(&known, "last syn: x"));
	CHECK(!tc_fuzz_known_has(&known, "last syn: xy"));
	CHECK(tc_fuzz_known_has(&known, "a syn & tcp.ack data: answer: reset against reply"));
	CHECK(tc_fuzz_known_has(&known, "tcp.ack data & a syn: answer: reset against reply"));
	CHECK(!tc_fuzz_known_has(&known, "a syn & tcp.ack data: answer: reset against closed"));
	CHECK(!tc_fuzz_known_has(&known, "a syn & tcp.flags data: answer: reset against reply"));
	CHECK(tc_fuzz_known_has(&known, "b data & last syn: x"));
	CHECK(!tc_fuzz_known_has(&known, "b data & last syn: xy"));
	CHECK(!tc_fuzz_known_has(&known, "a syn & b data: answer: reset against reply"));
	CHECK(!tc_fuzz_known_has(&known, "a syn & tcp.flags data"));
	CHECK(tc_fuzz_known_has(&known, "ip.options syn: answer: reply against reset"));
	CHECK(!tc_fuzz_known_has(&known, "ip.options syn: death: lives against died"));
	CHECK(tc_fuzz_known_has(&known, "ip.ttl syn: death: lives against died"));
	CHECK(tc_fuzz_known_has(&known, "ip.id syn: death: lives against died"));
	CHECK(!tc_fuzz_known_has(&known, "ip.id syn & a data: death: lives against died"));
	CHECK(!tc_fuzz_known_has(&known, "a data & ip.ttl syn: death: lives against died"));
	CHECK(!tc_fuzz_known_has(&known, "# a remark: none"));
	CHECK(!tc_fuzz_known_has(&known, ""));
	CHECK_U64(read_known(&known, "no colon\n", 9, &err), (uint64_t)-EINVAL);
	CHECK_U64(read_known(&known, "a b: c\0", 7, &err), (uint64_t)-EINVAL);
	memset(line, 'a', sizeof line);
	memcpy(line, "a: ", 3);
	CHECK_OK(read_known(&known, line, TC_FUZZ_KNOWN_LINE, &err), err);
	CHECK_U64(read_known(&known, line, sizeof line, &err), (uint64_t)-EINVAL);
	tc_buf_free(&known);
}

static void wrong_spaces(void)
{
	refuses("ipv6.hlim", "syn", "flip", "'ipv6.hlim' is not a field of eth, ip, tcp or prot");
	refuses_over(6, "ip.ttl", "syn", "flip",
		     "'ip.ttl' is not a field of eth, ipv6, tcp or prot");
	refuses_over(6, "ipv6.dst", "syn", "flip", "elsewhere");
	refuses_over(6, "ipv6.routing.src.addr", "syn", "random", "elsewhere");
	refuses("tcp.nix", "syn", "flip", "'tcp.nix' is not a field");
	refuses("ip.dst", "syn", "flip", "elsewhere");
	refuses("eth.*", "syn", "flip", "no field of these");
	refuses("tcp.*", "sin", "flip", "'sin'");
	refuses("tcp.*", "syn", "luck", "'luck'");
	refuses("prot.*", "syn,fin", "flip", "no field of these");
}

static void write_journal(struct tc_buf *out, unsigned n)
{
	struct tc_fuzz_space *s = space("boundary,pairwise", 4);
	struct tc_journal_head h = { .seed = 4, .fields = "tcp.*", .segments = "syn",
				     .strategies = "flip", .oracle = "prot",
				     .request = (const uint8_t *)"abc", .request_len = 3 };
	struct tc_fuzz_outcome o = { .verdict = TC_VERDICT_RESET, .bytes_acked = 9,
				     .kind = TC_FUZZ_DIED, .why = "SIGSEGV" };

	tc_journal_put_head(out, &h);
	for (unsigned i = 0; i < n; i++) {
		struct tc_fuzz_case c;

		tc_fuzz_space_case(s, i, &c);
		tc_journal_put_case(out, &c, &o);
	}
	tc_fuzz_space_close(s);
}

static void journal_comes_back(void)
{
	struct tc_fuzz_space *s = space("boundary,pairwise", 4);
	struct tc_buf text = { 0 };
	struct tc_error err = { 0 };
	struct tc_fuzz_case c;
	struct tc_journal j;

	write_journal(&text, 20);
	CHECK_OK(tc_journal_read(&j, text.data, text.len, &err), err);
	CHECK_U64(j.n, 20);
	CHECK_U64(j.head.seed, 4);
	CHECK_U64(j.head.family, 4);	/* said only of IPv6 */
	CHECK_MEM(j.head.request, "abc", 3);
	tc_fuzz_space_case(s, 19, &c);
	CHECK_STR(j.entries[19].c.rule[1], c.rule[1]);
	CHECK_U64(j.entries[19].c.iss, c.iss);
	CHECK_U64(j.entries[19].o.verdict, TC_VERDICT_RESET);
	CHECK_U64(j.entries[19].o.kind, TC_FUZZ_DIED);
	tc_journal_close(&j);
	tc_fuzz_space_close(s);
	tc_buf_free(&text);
}

static void cut_journal(void)
{
	struct tc_buf text = { 0 };
	struct tc_error err = { 0 };
	struct tc_journal j;
	size_t head;

	write_journal(&text, 3);
	head = (size_t)((uint8_t *)memchr(text.data, '\n', text.len) - text.data) + 1;
	for (size_t n = 0; n <= text.len; n++) {
		int rc = tc_journal_read(&j, text.data, n, &err);

		CHECK_U64(rc < 0, n < head);
		CHECK(j.good <= n && (n < text.len || j.n == 3));
		tc_journal_close(&j);
	}
	CHECK(tc_journal_read(&j, (const uint8_t *)"{}\n[]\n", 6, &err) < 0);
	CHECK_STR(err.msg, "line 2: not JSON: ");
	tc_journal_close(&j);
	tc_buf_free(&text);
}

/* Of one thing: a rule that names the field, or a payload, which has none. */
static void about_one(const struct tc_fuzz_case *c)
{
	if (c->payload[0]) {
		CHECK_U64(c->n_rules, 0);
		CHECK_STR(c->field, "prot.payload");
		CHECK_STR(c->segment, "data");
		return;
	}
	CHECK_U64(c->n_rules, 1);
	CHECK(strstr(c->rule[0], c->field) != NULL);
	CHECK(strncmp(c->rule[0], c->segment, strlen(c->segment)) == 0);
}

static void what_a_case_is_about(void)
{
	struct tc_fuzz_space *s = space("boundary,pairwise,capture,payload", 2);
	unsigned two = 0, captured = 0, payloads = 0;

	for (uint64_t n = 0; n < LOOKED_AT; n++) {
		struct tc_fuzz_case c;

		tc_fuzz_space_case(s, n, &c);
		if (c.n_rules + !!c.payload[0] == 2) {
			two++;
			CHECK_STR(c.field, "two at once");
			CHECK_STR(c.segment, "any");
			CHECK_STR(c.value_class, c.strategy);
		} else {
			about_one(&c);
		}
		captured += strcmp(c.strategy, TC_FUZZ_CAPTURE) == 0;
		payloads += strcmp(c.strategy, "payload") == 0;
	}
	CHECK(two > LOOKED_AT / 4 && captured > LOOKED_AT / 5);
	CHECK(payloads > 50);
	tc_fuzz_space_close(s);
}

static void head_comes_back(void)
{
	struct tc_journal_head h = { .seed = 4, .family = 6, .listen = true, .fields = "tcp.*",
				     .segments = "syn", .strategies = "flip", .oracle = "prot",
				     .shard = 2, .shards = 3, .n_always = 1,
				     .always = { "any: ip.ttl=7" },
				     .base = { "syn: ip.ttl=9", "", "", "fin: drop" },
				     .tcp = "mss=1400,ts=off" };
	struct tc_buf text = { 0 }, again = { 0 };
	struct tc_error err = { 0 };
	struct tc_journal j;

	tc_journal_put_head(&text, &h);
	CHECK_OK(tc_journal_read(&j, text.data, text.len, &err), err);
	CHECK_U64(j.head.shard, 2);
	CHECK_U64(j.head.family, 6);
	CHECK(j.head.listen);
	CHECK_STR(j.head.always[0], "any: ip.ttl=7");
	CHECK_STR(j.head.base[3], "fin: drop");
	CHECK_STR(j.head.tcp, "mss=1400,ts=off");
	tc_journal_put_head(&again, &j.head);
	CHECK_U64(again.len, text.len);
	CHECK_MEM(again.data, text.data, text.len);
	tc_journal_close(&j);
	tc_buf_free(&text);
	tc_buf_free(&again);
}

static void base_of_a_capture(void)
{
	struct tc_fuzz_base b = { 0 };
	struct tc_error err = { 0 };
	struct tc_mutate *m;

	CHECK_OK(tc_fuzz_base_read(&b, "pcaps/demo-3-json.pcap", 4, NULL, &err), err);
	CHECK(b.request.len > 10 && b.request.data[0] == '{');
	for (unsigned i = 0; i < 4; i++) {
		const char *rule = b.rule[i];

		CHECK(rule[0] != 0);
		CHECK_OK(tc_mutate_open(&m, &rule, 1, (struct tc_payload){ 0 }, &err), err);
		tc_mutate_close(m);
	}
	CHECK(strstr(b.rule[0], "tcp.options=hex:02") != NULL);
	CHECK(strncmp(b.rule[0], "syn: ip.ttl=64; ip.dsfield=0; ip.flags.df=1; tcp.", 48) == 0);
	tc_buf_free(&b.request);
	b = (struct tc_fuzz_base){ 0 };
	CHECK_OK(tc_fuzz_base_read(&b, "pcaps/demo-3-json.pcap", 6, NULL, &err), err);
	CHECK(strncmp(b.rule[2], "data[1]: ipv6.hlim=64; ipv6.tclass=0; tcp.", 41) == 0);
	CHECK(strstr(b.rule[2], "ip.") == NULL);
	tc_buf_free(&b.request);
	b = (struct tc_fuzz_base){ 0 };
	CHECK(tc_fuzz_base_read(&b, "pcaps/README.md", 4, NULL, &err) < 0);
	CHECK(tc_fuzz_base_read(&b, "pcaps/nowhere.pcap", 4, NULL, &err) < 0);
	tc_buf_free(&b.request);
}

static int count_frame(void *ctx, const struct tc_frame *f, struct tc_error *err)
{
	unsigned *n = ctx;

	(void)err;
	CHECK(f->len == 1400);
	return ++*n == 5 ? -ECANCELED : 0;
}

static void tape_holds_the_last(void)
{
	static const uint8_t bytes[1400];
	struct tc_fuzz_tape *t = tc_fuzz_tape_open();
	struct tc_fuzz_outcome o = { .from = 19990, .to = 19993 };
	struct tc_error err;
	unsigned n = 0;

	for (tc_time i = 0; i < 20000; i++)	/* 28 MB: more than it holds */
		tc_fuzz_tape_add(t, &(struct tc_frame){ bytes, sizeof bytes, sizeof bytes, i,
						     TC_DLT_RAW });
	CHECK_U64(tc_fuzz_tape_each(t, &o, true, count_frame, &n, &err), 0);
	CHECK_U64(n, 4);
	n = 0;
	o = (struct tc_fuzz_outcome){ .from = 0, .to = 100 };
	tc_fuzz_tape_each(t, &o, true, count_frame, &n, &err);
	CHECK_U64(n, 0);		/* long since wiped */
	o = (struct tc_fuzz_outcome){ .from = 0, .to = 30000 };
	CHECK_U64(-tc_fuzz_tape_each(t, &o, true, count_frame, &n, &err), ECANCELED);
	CHECK_U64(n, 5);
	n = 0;
	tc_fuzz_tape_each(t, &o, false, count_frame, &n, &err);
	CHECK_U64(n, 0);		/* none of them has the port */
	tc_fuzz_tape_close(t);
}

static void tape_holds_a_window(void)
{
	static const uint8_t bytes[1400];
	struct tc_fuzz_outcome o = { .from = 0, .to = 3 };
	struct tc_error err;

	for (unsigned cases = 4096; cases <= 16384; cases *= 4) {
		struct tc_fuzz_tape *t = tc_fuzz_tape_open();
		unsigned n = 0;

		tc_fuzz_tape_keep(t, cases);
		for (tc_time i = 0; i < 11000; i++)	/* 15 MiB */
			tc_fuzz_tape_add(t, &(struct tc_frame){ bytes, sizeof bytes, sizeof bytes,
							     i, TC_DLT_RAW });
		tc_fuzz_tape_each(t, &o, true, count_frame, &n, &err);
		CHECK_U64(n, cases == 16384 ? 4 : 0);
		tc_fuzz_tape_close(t);
	}
}

static int count_any(void *ctx, const struct tc_frame *f, struct tc_error *err)
{
	(void)f, (void)err;
	++*(unsigned *)ctx;
	return 0;
}

/* By a port that stands behind headers of either family, also where they are wrong. */
static void tape_knows_ports(void)
{
	static const struct { const char *hex; unsigned found; } frames[] = {
		{ IP_SYN, 1 },			/* from 36118 */
		{ "4500ffffe978400040065341 7f000001 7f000001 8d16270f ce6e4b2b", 1 },
		{ "4500003ce978000140065341 7f000001 7f000001 8d16270f", 0 }, /* later piece */
		{ IP6_OF(0014, 06, 8d160050), 1 },
		{ IP6_OF(0ff0, 06, 8d160050), 1 },	/* longer than it is */
		{ IP6_OF(0014, 11, 8d160050), 0 },	/* UDP */
		{ IP6_OF(0014, 06, 4e200050), 0 },
		{ IP6_OF(001c, 3c, 0600010400000000 8d160050), 1 },
		{ IP6_OF(001c, 2c, 0600000100000007 8d160050), 1 },	/* first piece */
		{ IP6_OF(001c, 2c, 0600000900000007 8d160050), 0 },	/* later one */
	};
	struct tc_error err;

	for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
		struct tc_fuzz_outcome o = { .from = 1, .to = 1, .port = 36118 };
		struct tc_fuzz_tape *t = tc_fuzz_tape_open();
		struct frame f = frame_of(frames[i].hex);
		unsigned n = 0;

		tc_fuzz_tape_add(t, &(struct tc_frame){ f.bytes, f.n, f.n, 1, TC_DLT_RAW });
		CHECK_U64(tc_fuzz_tape_each(t, &o, false, count_any, &n, &err), 0);
		check_u64(n, frames[i].found, frames[i].hex, __LINE__, __FILE__);
		free(f.bytes);
		tc_fuzz_tape_close(t);
	}
}

static struct tc_fuzz_outcome outcome(enum tc_verdict v, const char *reply, tc_time took)
{
	struct tc_fuzz_outcome o = { .verdict = v, .took = took, .reply_hash = (uint8_t)*reply };

	snprintf(o.reply_text, sizeof o.reply_text, "%s", reply);
	snprintf(o.state, sizeof o.state, "all acknowledged");
	return o;
}

static void differ(const struct tc_fuzz_outcome *a, const struct tc_fuzz_outcome *b,
		   const char *want)
{
	struct tc_buf text = { 0 };
	struct tc_diff d;

	tc_fuzz_diff(&d, a, b);
	tc_diff_put(&text, &d);
	CHECK_STR(text.data ? (char *)text.data : "", want);
	tc_buf_free(&text);
}

static void what_two_servers_differ_in(void)
{
	struct tc_fuzz_outcome a = outcome(TC_VERDICT_REPLY, "x", TC_MS), b = a;

	differ(&a, &b, "");
	b.took = 40 * TC_MS;
	differ(&a, &b, "timing: at once against slow");
	b.took = 30 * TC_MS;		/* a busy host */
	differ(&a, &b, "");
	b = outcome(TC_VERDICT_REPLY, "y", TC_MS);
	snprintf(b.state, sizeof b.state, "some acknowledged");
	differ(&a, &b, "payload: x against y; state: all acknowledged against some acknowledged");
	b.verdict = TC_VERDICT_RESET;
	differ(&a, &b, "answer: reply against reset");
	b = a;
	b.kind = TC_FUZZ_ACCEPTED;
	differ(&a, &b, "must be dropped: dropped against taken");
	b.kind = TC_FUZZ_DIED;
	differ(&a, &b, "death: lives against died");
	a.kind = TC_FUZZ_DIED;
	differ(&a, &b, "");
	a.kind = TC_FUZZ_NOTHING;
	a.not_carried = true;		/* then nothing was asked */
	differ(&a, &b, "");
}

static void asked_up_to_a_gap(void)
{
	struct tc_fuzz_outcome out[3] = { { .verdict = TC_VERDICT_REPLY },
					  { .verdict = TC_VERDICT_INTERRUPTED },
					  { .verdict = TC_VERDICT_SILENT } };

	CHECK_U64(tc_fuzz_asked(out, 3), 1);
	CHECK_U64(tc_fuzz_asked(out, 1), 1);
	CHECK_U64(tc_fuzz_asked(out, 0), 0);
	out[1].not_carried = true;	/* over: there is no more to it */
	CHECK_U64(tc_fuzz_asked(out, 3), 3);
}

/* ---- commands ---------------------------------------------------------------------- */

static int nothing_happens(void *ctx, tc_time until)
{
	(void)ctx;
	(void)until;
	return 0;
}

/* As tc_fuzz_check_passes. */
static bool check_passes(struct tc_fuzz *f, const char *command, tc_time within)
{
	struct tc_error err = { 0 };
	bool passes;

	*f = (struct tc_fuzz){ .cfg = { .check = command, .turn = nothing_happens },
			       .check_within = within };
	CHECK_OK(tc_fuzz_open_check(f, &err), err);
	passes = tc_fuzz_check_passes(f);
	tc_starter_close(f->check);
	return passes;
}

static void checks_say_whether_all_is_well(void)
{
	struct tc_fuzz f;

	CHECK(check_passes(&f, "! read -r line", 60 * TC_S) && !f.stop);	/* nothing to read */
	CHECK(!check_passes(&f, "exit 1", 60 * TC_S) && !f.check_hangs && !f.stop);
	CHECK(!check_passes(&f, "exec sleep 600", 1) && f.check_hangs && !f.stop);
	check_passes(&f, "/no/such/program 2>/dev/null", 60 * TC_S);
	CHECK(f.stop && strstr(f.fault.msg, "--oracle: '/no/such/program"));
	check_passes(&f, "read -r n name state p rest </proc/$PPID/stat; kill -9 $p; sleep 600",
		     60 * TC_S);
	CHECK(f.stop && tc_fuzz_stopped(&f, NULL) == -ECHILD);
}

static void a_check_that_hangs_again_and_again_ends_it(void)
{
	struct tc_fuzz f = { .cfg = { .check = "exec sleep 600", .turn = nothing_happens },
			     .check_within = 1 };
	struct tc_error err = { 0 };

	CHECK_OK(tc_fuzz_open_check(&f, &err), err);
	CHECK(!tc_fuzz_check_passes(&f) && !f.stop);
	CHECK(!tc_fuzz_check_passes(&f) && !f.stop);
	tc_fuzz_check_passes(&f);
	CHECK(f.stop && strstr(f.fault.msg, "--oracle: 'exec sleep 600' has not ended"));
	tc_starter_close(f.check);
}

/* Who starts the client is gone: of the client that says nothing. Not before it has said that
 * the client is there. */
static void a_fault_of_this_machine_is_no_death(void)
{
	const tc_time until = tc_clock_monotonic() + 60 * TC_S;
	char dir[] = "/tmp/tcpcraft-unit-XXXXXX", command[256];
	struct tc_fuzz_target *t = NULL;
	struct tc_error err = { 0 };

	CHECK(mkdtemp(dir) != NULL);
	snprintf(command, sizeof command, "while [ -d %s ]; do sleep 0.01; done; read -r n name "
		 "state p rest </proc/$PPID/stat; kill -9 $p; sleep 600", dir);
	CHECK_OK(tc_fuzz_target_open_client(&t, command, 1, &err), err);
	CHECK(tc_fuzz_target_call(t, 1) == 1);
	CHECK(rmdir(dir) == 0);
	while (!tc_fuzz_target_is_dead(t) && tc_fuzz_target_fault(t, NULL) == 0 &&
	       tc_clock_monotonic() < until)
		usleep(5000);
	CHECK(!tc_fuzz_target_is_dead(t));
	CHECK(tc_fuzz_target_fault(t, &err) == -ECHILD);
	CHECK(tc_fuzz_target_fault(NULL, NULL) == 0);
	tc_fuzz_target_close(t);
}

/* Of those that run one dies: it is told of once, and the others still count. */
static void several_clients_are_begun_and_counted(void)
{
	const tc_time until = tc_clock_monotonic() + 60 * TC_S;
	char dir[] = "/tmp/tcpcraft-unit-XXXXXX", command[256], why[128] = "";
	struct tc_fuzz_target *t = NULL;
	struct tc_error err = { 0 };

	CHECK(mkdtemp(dir) != NULL);
	snprintf(command, sizeof command, "rmdir %s 2>/dev/null && kill -SEGV $$; sleep 600", dir);
	CHECK_OK(tc_fuzz_target_open_client(&t, command, 3, &err), err);
	CHECK_U64(tc_fuzz_target_callers(t), 0);
	CHECK(tc_fuzz_target_call(t, 2) == 2);
	CHECK(tc_fuzz_target_call(t, 2) == 0);
	while (!tc_fuzz_target_is_dead(t) && tc_clock_monotonic() < until)
		usleep(5000);
	CHECK_U64(tc_fuzz_target_callers(t), 1);
	CHECK(tc_fuzz_target_call(t, 3) == 0);		/* the dead one is to be told of first */
	CHECK(tc_fuzz_target_died(t, why) && strcmp(why, "SIGSEGV") == 0);
	CHECK(!tc_fuzz_target_died(t, why));
	CHECK(tc_fuzz_target_call(t, 9) == 2);
	CHECK_U64(tc_fuzz_target_callers(t), 3);
	tc_fuzz_target_end_callers(t);
	CHECK_U64(tc_fuzz_target_callers(t), 0);
	tc_fuzz_target_close(t);
}

static void what_brings_a_target_back_is_run(void)
{
	struct tc_fuzz_target *t = NULL;
	struct tc_error err = { 0 };

	CHECK_OK(tc_fuzz_target_open_revival(&t, "echo no way; exit 3", &err), err);
	CHECK(tc_fuzz_target_run(t, 60 * TC_S, &err) == -EPROTO);
	CHECK(strstr(err.msg, "exit 3: no way") != NULL);
	tc_fuzz_target_close(t);
	CHECK_OK(tc_fuzz_target_open_revival(&t, "sleep 600", &err), err);
	CHECK(tc_fuzz_target_run(t, 1, &err) == -ETIMEDOUT);
	tc_fuzz_target_close(t);
	CHECK_OK(tc_fuzz_target_open_client(&t, NULL, 1, &err), err);
	CHECK(tc_fuzz_target_run(t, 1, &err) == -ENOTSUP);
	tc_fuzz_target_close(t);
}

CU_TestInfo tests_fuzz[] = {
	{ "a check says whether all is well, or that it cannot", checks_say_whether_all_is_well },
	{ "a check that hangs again and again ends it", a_check_that_hangs_again_and_again_ends_it },
	{ "a fault of this machine is no death", a_fault_of_this_machine_is_no_death },
	{ "several clients are begun and counted", several_clients_are_begun_and_counted },
	{ "what brings a target back is run, and told of", what_brings_a_target_back_is_run },
	{ "cases were asked up to the first that was not", asked_up_to_a_gap },
	{ "a case says which field of which segment it is about", what_a_case_is_about },
	{ "the head of a journal comes back as it was written", head_comes_back },
	{ "a capture's client is a request and rules", base_of_a_capture },
	{ "the tape holds the last frames, by time and port", tape_holds_the_last },
	{ "and all of a window, where it is told how many those are", tape_holds_a_window },
	{ "it knows ports behind headers of either family, right or wrong", tape_knows_ports },
	{ "the same seed gives the same cases, another one others", same_seed_same_cases },
	{ "over IPv4 they stay what they are", cases_stay_what_they_are },
	{ "over IPv6 they are of its own fields", ipv6_has_fields_of_its_own },
	{ "every case is rules that --mutate takes", every_case_is_a_rule },
	{ "each boundary value is tried once before chance goes on", each_listed_once },
	{ "unknown fields, segments and strategies are named", wrong_spaces },
	{ "known differences are lines", known_differences_are_lines },
	{ "a journal comes back as it was written", journal_comes_back },
	{ "a cut journal is used up to the cut", cut_journal },
	{ "two servers differ in life, answer, payload, state or time",
	  what_two_servers_differ_in },
	CU_TEST_INFO_NULL,
};
