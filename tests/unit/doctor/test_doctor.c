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
	r = nft("table inet firewalld {\n\tchain filter_OUTPUT {\n\t}\n}\n");
	CHECK(r.managed[MANAGER_FIREWALLD]);
	CHECK(!r.managed[MANAGER_DOCKER]);
}

static const char nft_rules[] =
	"table inet fw {\n"
	"\tset ports {\n"
	"\t\ttype inet_service\n"
	"\t\telements = { 1, 2,\n"
	"\t\t\t     3 }\n"
	"\t\tcomment \"drop\"\n"
	"\t}\n\n"
	"\tchain out {\n"
	"\t\ttype filter hook output priority filter; policy drop;\n"
	"\t\tct state { invalid } drop\n"
	"\t\tudp dport 53 drop comment \"tcp too\"\n"
	"\t\tip daddr 10.0.0.1 accept comment \"we drop nothing\"\n"
	"\t\ttcp dport { 1, 2,\n"
	"\t\t\t     3 } reject with tcp reset\n"
	"\t\tjump later\n"
	"\t}\n\n"
	"\tchain in {\n"
	"\t\ttype filter hook input priority filter; policy accept;\n"
	"\t\tiifname \"lo\" accept\n"
	"\t\tiifname \"eth0\" drop\n"
	"\t\ttcp dport vmap { 22 : accept, 23 : drop }\n"
	"\t}\n\n"
	"\tchain later {\n"
	"\t\tmeta l4proto tcp drop\n"
	"\t}\n\n"
	"\tchain unused {\n"
	"\t\tdrop\n"
	"\t}\n"
	"}\n"
	"table ip filter {\n"
	"\tchain OUTPUT {\n"
	"\t\ttype filter hook output priority filter; policy drop;\n"
	"\t}\n"
	"}\n"
	"table ip6 six {\n"
	"\tchain o {\n"
	"\t\ttype filter hook output priority filter; policy drop;\n"
	"\t}\n"
	"}\n"
	"table ip tcpcraft_1_2_3 {\n"
	"\tchain guard {\n"
	"\t\ttype filter hook output priority filter; policy accept;\n"
	"\t\ttcp sport 7000 drop\n"
	"\t}\n"
	"}\n";

static void rules_of_nft_are_read(void)
{
	struct tc_doctor_rules r = nft(nft_rules);

	CHECK_U64(r.out.n, 3);		/* the policy, the reject, and what is jumped to */
	CHECK_STR(r.out.first, "inet fw out policy drop");
	CHECK_U64(r.in.n, 1);		/* the map; not that of eth0 */
	CHECK(r.accepts_lo);
	CHECK_U64(r.invalid.n, 1);
	CHECK_STR(r.invalid.first, "ct state { invalid } drop");
	tc_doctor_read_nft(&r, nft_rules, false);	/* iptables does not read it for us */
	CHECK_U64(r.out.n, 7);
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
		copy[n / 2] = n == 0 ? 0 : "{}:\n-*\" "[n % 8];
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
	{ "no text can hurt", no_text_can_hurt },
	{ "findings are written for people and programs",
	  findings_are_written_for_people_and_programs },
	{ "another program is run and not waited for for ever",
	  another_program_is_run_and_not_waited_for_for_ever },
	CU_TEST_INFO_NULL,
};
