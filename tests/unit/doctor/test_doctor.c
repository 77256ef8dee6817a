/* SPDX-License-Identifier: BSD-2-Clause */
/* What the doctor reads out of a packet filter's rules, and how it writes what it found.
 * The checks themselves are tested in namespaces (tests/net/test_doctor.sh). */
#include "check.h"

#include "doctor/own.h"

#include <tcpcraft/buf.h>

#include <errno.h>
#include <stdlib.h>

static struct tc_doctor_rules iptables(const char *text)
{
	struct tc_doctor_rules r = { 0 };

	tc_doctor_read_iptables(&r, text);
	return r;
}

static struct tc_doctor_rules nft(const char *text)
{
	struct tc_doctor_rules r = { 0 };

	tc_doctor_read_nft(&r, text, true);
	return r;
}

#define FILTER "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [9:9]\n"

static void open_rules_are_not_complained_of(void)
{
	static const char *const saves[] = {
		"", "*filter\n", "garbage\n-A\n:\n-A X\n-A X -j\n",
		FILTER "COMMIT\n",
		FILTER "-A FORWARD -j DROP\nCOMMIT\n",
		FILTER "-A OUTPUT -p udp -m udp --dport 53 -j DROP\nCOMMIT\n",
		FILTER ":TCPCRAFT-OUT - [0:0]\n-A OUTPUT -j TCPCRAFT-OUT\n-A TCPCRAFT-OUT -s "
		"10.0.0.1/32 -p tcp -m tcp --tcp-flags RST RST -j DROP\nCOMMIT\n",
		FILTER ":UNUSED - [0:0]\n-A UNUSED -j DROP\nCOMMIT\n",
		FILTER "-A INPUT -i eth0 -p tcp -j DROP\nCOMMIT\n",
	};

	for (size_t i = 0; i < sizeof saves / sizeof *saves; i++) {
		struct tc_doctor_rules r = iptables(saves[i]);

		CHECK_U64(r.out.n, 0);
		CHECK_U64(r.in.n, 0);
		CHECK_U64(r.invalid.n, 0);
	}
}

static void what_drops_on_the_way_out_is_found(void)
{
	struct tc_doctor_rules r = iptables(
		FILTER "-A OUTPUT -p tcp -m tcp --dport 99 -j DROP\n"
		"-A OUTPUT -d 10.0.0.0/8 -j REJECT --reject-with icmp-port-unreachable\nCOMMIT\n");

	CHECK_U64(r.out.n, 2);
	CHECK_STR(r.out.first, "-A OUTPUT -p tcp -m tcp --dport 99 -j DROP");
	CHECK_U64(r.in.n, 0);
	r = iptables("*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT DROP [0:0]\nCOMMIT\n");
	CHECK_U64(r.out.n, 1);
	CHECK_STR(r.out.first, ":OUTPUT DROP ");
	r = iptables("*mangle\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -j DROP\nCOMMIT\n");
	CHECK_U64(r.out.n, 1);
}

static void jumps_are_followed_as_far_as_they_go(void)
{
	struct tc_doctor_rules r = iptables(
		FILTER ":a - [0:0]\n:b - [0:0]\n:c - [0:0]\n"
		"-A c -j DROP\n-A b -g c\n-A a -j b\n-A b -j a\n-A INPUT -j a\nCOMMIT\n");

	CHECK_U64(r.in.n, 1);
	CHECK_U64(r.out.n, 0);
	/* the same names in another table are other chains */
	r = iptables("*raw\n:OUTPUT ACCEPT [0:0]\n:a - [0:0]\n-A OUTPUT -j a\nCOMMIT\n"
		     "*filter\n:a - [0:0]\n-A a -j DROP\nCOMMIT\n");
	CHECK_U64(r.out.n, 0);
}

static void a_policy_that_lets_lo_in_is_known(void)
{
	struct tc_doctor_rules r = iptables(
		"*filter\n:INPUT DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -i lo -j ACCEPT\n"
		"COMMIT\n");

	CHECK_U64(r.in.n, 1);
	CHECK(r.accepts_lo);
	CHECK(!iptables("*filter\n:INPUT DROP [0:0]\n-A INPUT -i eth0 -j ACCEPT\n").accepts_lo);
}

static void conntrack_has_a_line_of_its_own(void)
{
	struct tc_doctor_rules r = iptables(
		FILTER "-A INPUT -m conntrack --ctstate INVALID -j DROP\n"
		"-A OUTPUT -m state --state INVALID -j DROP\nCOMMIT\n");

	CHECK_U64(r.invalid.n, 2);
	CHECK_U64(r.in.n + r.out.n, 0);
}

static void other_managers_are_known_by_their_chains(void)
{
	struct tc_doctor_rules r = iptables(
		FILTER ":DOCKER-USER - [0:0]\n:ufw-before-input - [0:0]\nCOMMIT\n");

	CHECK(r.managed[MANAGER_DOCKER]);
	CHECK(r.managed[MANAGER_UFW]);
	CHECK(!r.managed[MANAGER_FIREWALLD]);
	r = nft("{\"nftables\":[{\"table\":{\"family\":\"inet\",\"name\":\"firewalld\"}}]}");
	CHECK(r.managed[MANAGER_FIREWALLD]);
	CHECK(!r.managed[MANAGER_DOCKER]);
}

/* What `nft -j list ruleset` prints, without the handles. */
static const char nft_rules[] =
	"{\"nftables\":["
	"{\"metainfo\":{\"version\":\"1.0.6\",\"release_name\":\"Lester Gooch #5\",\""
	"json_schema_version\":1}},"
	"{\"table\":{\"family\":\"inet\",\"name\":\"fw\"}},"
	"{\"set\":{\"family\":\"inet\",\"name\":\"ports\",\"table\":\"fw\",\"type\":"
	"\"inet_service\",\"comment\":\"drop\",\"elem\":[1,2,3]}},"
	"{\"chain\":{\"family\":\"inet\",\"table\":\"fw\",\"name\":\"out\",\"type\":"
	"\"filter\",\"hook\":\"output\",\"prio\":0,\"policy\":\"drop\"}},"
	"{\"chain\":{\"family\":\"inet\",\"table\":\"fw\",\"name\":\"in\",\"type\":\""
	"filter\",\"hook\":\"input\",\"prio\":0,\"policy\":\"accept\"}},"
	"{\"chain\":{\"family\":\"inet\",\"table\":\"fw\",\"name\":\"later\"}},"
	"{\"chain\":{\"family\":\"inet\",\"table\":\"fw\",\"name\":\"unused\"}},"
	"{\"rule\":{\"family\":\"inet\",\"table\":\"fw\",\"chain\":\"out\",\"expr\":["
	"{\"match\":{\"op\":\"in\",\"left\":{\"ct\":{\"key\":\"state\"}},\"right\":\""
	"invalid\"}},{\"drop\":null}]}},"
	"{\"rule\":{\"family\":\"inet\",\"table\":\"fw\",\"chain\":\"out\",\"comment"
	"\":\"tcp too\",\"expr\":[{\"match\":{\"op\":\"==\",\"left\":{\"payload\":{\""
	"protocol\":\"udp\",\"field\":\"dport\"}},\"right\":53}},{\"drop\":null}]}},"
	"{\"rule\":{\"family\":\"inet\",\"table\":\"fw\",\"chain\":\"out\",\"comment"
	"\":\"we drop nothing\",\"expr\":[{\"match\":{\"op\":\"==\",\"left\":{\"paylo"
	"ad\":{\"protocol\":\"ip\",\"field\":\"daddr\"}},\"right\":\"10.0.0.1\"}},{\""
	"accept\":null}]}},"
	"{\"rule\":{\"family\":\"inet\",\"table\":\"fw\",\"chain\":\"out\",\"expr\":["
	"{\"match\":{\"op\":\"==\",\"left\":{\"payload\":{\"protocol\":\"tcp\",\"fiel"
	"d\":\"dport\"}},\"right\":{\"set\":[1,2,3]}}},{\"reject\":{\"type\":\"tcp re"
	"set\"}}]}},"
	"{\"rule\":{\"family\":\"inet\",\"table\":\"fw\",\"chain\":\"out\",\"expr\":["
	"{\"jump\":{\"target\":\"later\"}}]}},"
	"{\"rule\":{\"family\":\"inet\",\"table\":\"fw\",\"chain\":\"in\",\"expr\":[{"
	"\"match\":{\"op\":\"==\",\"left\":{\"meta\":{\"key\":\"iifname\"}},\"right\""
	":\"lo\"}},{\"accept\":null}]}},"
	"{\"rule\":{\"family\":\"inet\",\"table\":\"fw\",\"chain\":\"in\",\"expr\":[{"
	"\"match\":{\"op\":\"==\",\"left\":{\"meta\":{\"key\":\"iifname\"}},\"right\""
	":\"eth0\"}},{\"drop\":null}]}},"
	"{\"rule\":{\"family\":\"inet\",\"table\":\"fw\",\"chain\":\"in\",\"expr\":[{"
	"\"vmap\":{\"key\":{\"payload\":{\"protocol\":\"tcp\",\"field\":\"dport\"}},"
	"\"data\":{\"set\":[[22,{\"accept\":null}],[23,{\"drop\":null}]]}}}]}},"
	"{\"rule\":{\"family\":\"inet\",\"table\":\"fw\",\"chain\":\"later\",\"expr\""
	":[{\"match\":{\"op\":\"==\",\"left\":{\"meta\":{\"key\":\"l4proto\"}},\"righ"
	"t\":\"tcp\"}},{\"drop\":null}]}},"
	"{\"rule\":{\"family\":\"inet\",\"table\":\"fw\",\"chain\":\"unused\",\"expr"
	"\":[{\"drop\":null}]}},"
	"{\"table\":{\"family\":\"ip\",\"name\":\"filter\"}},"
	"{\"chain\":{\"family\":\"ip\",\"table\":\"filter\",\"name\":\"OUTPUT\",\"typ"
	"e\":\"filter\",\"hook\":\"output\",\"prio\":0,\"policy\":\"drop\"}},"
	"{\"table\":{\"family\":\"ip6\",\"name\":\"six\"}},"
	"{\"chain\":{\"family\":\"ip6\",\"table\":\"six\",\"name\":\"o\",\"type\":\"f"
	"ilter\",\"hook\":\"output\",\"prio\":0,\"policy\":\"drop\"}},"
	"{\"table\":{\"family\":\"ip\",\"name\":\"tcpcraft_1_2_3\"}},"
	"{\"chain\":{\"family\":\"ip\",\"table\":\"tcpcraft_1_2_3\",\"name\":\"guard"
	"\",\"type\":\"filter\",\"hook\":\"output\",\"prio\":0,\"policy\":\"accept\"}"
	"},"
	"{\"rule\":{\"family\":\"ip\",\"table\":\"tcpcraft_1_2_3\",\"chain\":\"guard"
	"\",\"expr\":[{\"match\":{\"op\":\"==\",\"left\":{\"payload\":{\"protocol\":"
	"\"tcp\",\"field\":\"sport\"}},\"right\":7000}},{\"drop\":null}]}}"
	"]}";

static void rules_of_nft_are_read(void)
{
	struct tc_doctor_rules r = nft(nft_rules);

	CHECK_U64(r.out.n, 3);		/* the policy, the reject, and what is jumped to */
	CHECK_STR(r.out.first, "inet fw out policy drop");
	CHECK_U64(r.in.n, 1);		/* the map; not that of eth0 */
	CHECK(r.accepts_lo);
	CHECK_U64(r.invalid.n, 1);
	CHECK_STR(r.invalid.first, "ct state invalid drop");
	tc_doctor_read_nft(&r, nft_rules, false);	/* iptables does not read it for us */
	CHECK_U64(r.out.n, 7);
	r = (struct tc_doctor_rules){ .family = 6 };
	tc_doctor_read_nft(&r, nft_rules, true);
	CHECK_U64(r.out.n, 4);		/* those of inet, and the policy of IPv6's own table */
	CHECK_U64(r.in.n, 1);
	CHECK(r.accepts_lo);
}

#define OUT "{\"nftables\":[{\"chain\":{\"family\":\"inet\",\"table\":\"t\",\"name\":\"o\"," \
	"\"hook\":\"output\",\"policy\":\"accept\"}},{\"map\":{\"family\":\"inet\",\"table\":\"t\"," \
	"\"name\":\"fate\",\"elem\":[[24,{\"drop\":null}]]}},{\"rule\":{\"family\":\"inet\"," \
	"\"table\":\"t\",\"chain\":\"o\",\"expr\":["
#define MATCH(op, left, right) "{\"match\":{\"op\":\"" op "\",\"left\":" left ",\"right\":" \
	right "}},"
#define META(key) "{\"meta\":{\"key\":\"" key "\"}}"
#define FIELD(proto, name) "{\"payload\":{\"protocol\":\"" proto "\",\"field\":\"" name "\"}}"
#define DROP "{\"drop\":null}"
#define END "]}}]}"

/* A rule of a table for both families that names one is about that one. */
static void each_family_has_its_rules(void)
{
	static const struct {
		const char *text;
		unsigned of4, of6;
	} rows[] = {
		{ OUT DROP END, 1, 1 },
		{ OUT MATCH("==", FIELD("tcp", "dport"), "80") DROP END, 1, 1 },
		{ OUT MATCH("==", FIELD("ip", "daddr"), "\"10.0.0.1\"") DROP END, 1, 0 },
		{ OUT MATCH("==", FIELD("ip6", "daddr"), "\"::1\"") DROP END, 0, 1 },
		{ OUT MATCH("==", FIELD("ip6", "daddr"), "\"::1\"")
		  MATCH("==", FIELD("tcp", "dport"), "80") DROP END, 0, 1 },
		{ OUT MATCH("==", META("nfproto"), "\"ipv4\"") DROP END, 1, 0 },
		{ OUT MATCH("==", META("nfproto"), "\"ipv6\"") DROP END, 0, 1 },
		{ OUT MATCH("==", META("protocol"), "\"ip\"") DROP END, 1, 0 },
		{ OUT MATCH("!=", META("nfproto"), "\"ipv6\"") DROP END, 1, 1 },
		{ OUT MATCH("==", META("l4proto"), "\"icmpv6\"") DROP END, 0, 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tc_doctor_rules of4 = { .family = 4 }, of6 = { .family = 6 };

		tc_doctor_read_nft(&of4, rows[i].text, true);
		tc_doctor_read_nft(&of6, rows[i].text, true);
		check_true(of4.out.n == rows[i].of4 && of6.out.n == rows[i].of6, rows[i].text,
			   __LINE__, __FILE__);
	}
}

/* What it takes to know that a rule drops, and of what. */
static void the_shapes_of_rules_are_told_apart(void)
{
	static const struct {
		const char *text, *first;	/* "": it drops nothing of ours */
	} rows[] = {
		/* the word icmp says how it is rejected, not what is */
		{ OUT MATCH("==", FIELD("ip", "daddr"),
			    "{\"prefix\":{\"addr\":\"10.0.0.0\",\"len\":8}}")
		  "{\"reject\":{\"type\":\"icmp\",\"expr\":\"port-unreachable\"}}" END,
		  "ip daddr 10.0.0.0/8 reject" },
		{ OUT MATCH("!=", META("l4proto"), "\"udp\"") DROP END, "l4proto != udp drop" },
		{ OUT MATCH("==", META("l4proto"), "\"udp\"") DROP END, "" },
		{ OUT MATCH("==", FIELD("ip", "protocol"), "{\"set\":[\"tcp\",\"udp\"]}")
		  DROP END, "ip protocol { tcp, udp } drop" },
		{ OUT MATCH("==", FIELD("tcp", "dport"), "{\"range\":[1,65535]}")
		  "{\"counter\":{\"packets\":0,\"bytes\":0}}," DROP END,
		  "tcp dport 1-65535 counter drop" },
		{ OUT "{\"vmap\":{\"key\":" FIELD("tcp", "dport") ",\"data\":\"@fate\"}}" END,
		  "tcp dport vmap" },
		{ OUT "{\"vmap\":{\"key\":" FIELD("tcp", "dport") ",\"data\":\"@none\"}}" END,
		  "" },
		{ OUT "{\"log\":{\"prefix\":\"drop\"}},{\"accept\":null}" END, "" },
		{ OUT "{\"jump\":{\"target\":\"drop\"}}" END, "" },
		{ OUT "{\"match\":7},{\"match\":{\"left\":[[]]}},7,\"drop\"" END, "" },
		{ OUT "{\"match\":{\"right\":{\"\\u001b\":null}}}," DROP END, "  ... drop" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tc_doctor_rules r = nft(rows[i].text);

		CHECK_STR(r.out.first, rows[i].first);
		CHECK_U64(r.out.n, rows[i].first[0] != 0);
	}
}

/* A brace in a comment hid all that came after it, when the rules were read as text. */
static void a_comment_is_no_rule(void)
{
	struct tc_doctor_rules r = nft(
		"{\"nftables\":[{\"chain\":{\"family\":\"inet\",\"table\":\"t\",\"name\":\"a\"}},"
		"{\"rule\":{\"family\":\"inet\",\"table\":\"t\",\"chain\":\"a\",\"comment\":\"{\","
		"\"expr\":[{\"accept\":null}]}},{\"chain\":{\"family\":\"inet\",\"table\":\"t\","
		"\"name\":\"b\",\"hook\":\"output\",\"policy\":\"drop\"}}]}");

	CHECK_STR(r.out.first, "inet t b policy drop");
}

/* Cut anywhere, and with any byte changed: nothing is read beyond the text. */
static void no_text_can_hurt(void)
{
	char *copy;

	for (size_t n = 0; n < sizeof nft_rules; n++) {
		copy = malloc(n + 1);
		memcpy(copy, nft_rules, n);
		copy[n] = '\0';
		nft(copy);
		iptables(copy);
		copy[n / 2] = n == 0 ? 0 : "{}:[,]\" "[n % 8];
		nft(copy);
		iptables(copy);
		free(copy);
	}
	CHECK(true);
}

static void findings_are_written_for_people_and_programs(void)
{
	struct tc_checkup f = { .check = "ports", .found = "few \"are\" left" };
	unsigned counts[TC_HEALTHS] = { 3, 2, 1 };
	struct tc_buf b = { 0 };

	tc_doctor_line(&b, &f);
	CHECK_STR((char *)b.data, "ok    ports         few \"are\" left\n");
	b.len = 0;
	tc_doctor_say(&f, TC_HEALTH_WARN, "%d left", 7);
	tc_doctor_cure(&f, "take %s", "others");
	tc_doctor_line(&b, &f);
	CHECK_STR((char *)b.data, "warn  ports         7 left\n"
		  "                    cure: take others\n");
	b.len = 0;
	tc_doctor_json(&b, &f);
	CHECK_STR((char *)b.data, "{\"type\":\"check\",\"check\":\"ports\",\"health\":\"warn\","
		  "\"found\":\"7 left\",\"cure\":\"take others\"}\n");
	b.len = 0;
	tc_doctor_json_result(&b, counts, 3);
	CHECK_STR((char *)b.data, "{\"type\":\"result\",\"command\":\"doctor\",\"ok\":3,"
		  "\"warn\":2,\"fail\":1,\"exit\":3}\n");
	tc_buf_free(&b);
}

static void another_program_is_run_and_not_waited_for_for_ever(void)
{
	const char *const echo[] = { "echo", "a", "b", NULL };
	const char *const fails[] = { "false", NULL };
	const char *const none[] = { "no-such-program-of-all", NULL };
	const char *const slow[] = { "sleep", "100", NULL };
	tc_time now = tc_clock_monotonic();
	struct tc_buf out = { 0 };

	CHECK_U64(tc_doctor_spawn(echo, &out, now + 10 * TC_S), 0);
	CHECK_U64(out.len, 4);
	CHECK_MEM(out.data, "a b\n", 4);
	CHECK_U64(tc_doctor_spawn(fails, &out, now + 10 * TC_S), 1);
	CHECK_U64(-tc_doctor_spawn(none, &out, now + 10 * TC_S), ENOENT);
	CHECK(!tc_doctor_has(none[0]));
	CHECK(tc_doctor_has("sh"));
	now = tc_clock_monotonic();
	CHECK_U64(-tc_doctor_spawn(slow, &out, now + 50 * TC_MS), ETIMEDOUT);
	CHECK(tc_clock_monotonic() - now < 10 * TC_S);
	tc_buf_free(&out);
}

CU_TestInfo tests_doctor[] = {
	{ "open rules are not complained of", open_rules_are_not_complained_of },
	{ "what drops on the way out is found", what_drops_on_the_way_out_is_found },
	{ "jumps are followed as far as they go", jumps_are_followed_as_far_as_they_go },
	{ "a policy that lets lo in is known", a_policy_that_lets_lo_in_is_known },
	{ "conntrack has a line of its own", conntrack_has_a_line_of_its_own },
	{ "other managers are known by their chains",
	  other_managers_are_known_by_their_chains },
	{ "rules of nft are read", rules_of_nft_are_read },
	{ "a rule of a table for both families that names one is of that one",
	  each_family_has_its_rules },
	{ "the shapes of rules are told apart", the_shapes_of_rules_are_told_apart },
	{ "a comment is not a rule", a_comment_is_no_rule },
	{ "no text can hurt", no_text_can_hurt },
	{ "findings are written for people and programs",
	  findings_are_written_for_people_and_programs },
	{ "another program is run and not waited for for ever",
	  another_program_is_run_and_not_waited_for_for_ever },
	CU_TEST_INFO_NULL,
};
