/* SPDX-License-Identifier: BSD-2-Clause */
/* What is around experiments: targets as people list them, findings as lines and back,
 * comparisons, the times of segments. */
#include "check.h"

#include "lab/lab.h"

#include <tcpcraft/error.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct tc_target *targets(const char *text, struct tc_buf *out, int *n)
{
	struct tc_error err = { 0 };

	out->len = 0;
	*n = tc_targets_parse(out, text, &err);
	if (*n < 0)
		CHECK(err.msg[0] != 0);
	return (const struct tc_target *)(const void *)out->data;
}

static void hosts_are_listed(void)
{
	struct tc_buf out = { 0 };
	const struct tc_target *t;
	int n;

	t = targets("a.example,10.0.0.1:80,127.1", &out, &n);
	CHECK_U64(n, 3);
	CHECK_STR(t[0].host, "a.example");
	CHECK_U64(t[0].port, 0);
	CHECK_STR(t[1].host, "10.0.0.1");
	CHECK_U64(t[1].port, 80);
	CHECK_STR(t[2].host, "127.1");
	t = targets("fe80::1", &out, &n);	/* no port 1: who resolves it says why not */
	CHECK_U64(n, 1);
	CHECK_STR(t[0].host, "fe80::1");
	tc_buf_free(&out);
}

static void networks_are_their_hosts(void)
{
	struct tc_buf out = { 0 };
	const struct tc_target *t;
	int n;

	t = targets("10.1.2.77/29:9", &out, &n);
	CHECK_U64(n, 6);
	CHECK_STR(t[0].host, "10.1.2.73");
	CHECK_STR(t[5].host, "10.1.2.78");
	CHECK_U64(t[5].port, 9);
	t = targets("10.1.2.3/31,10.9.9.9/32", &out, &n);
	CHECK_U64(n, 3);
	CHECK_STR(t[0].host, "10.1.2.2");
	CHECK_STR(t[1].host, "10.1.2.3");
	CHECK_STR(t[2].host, "10.9.9.9");
	t = targets("255.255.255.252/30", &out, &n);	/* the end of all addresses */
	CHECK_U64(n, 2);
	CHECK_STR(t[1].host, "255.255.255.254");
	t = targets("10.0.0.0/16", &out, &n);
	CHECK_U64(n, 65534);
	t = targets("2001:db8::9/126,[2001:db8::/127]:9,[fd00::1]:7,[fd00::]/127:8", &out, &n);
	CHECK_U64(n, 8);
	CHECK_STR(t[0].host, "2001:db8::9");
	CHECK_STR(t[2].host, "2001:db8::b");
	CHECK_U64(t[2].port, 0);
	CHECK_STR(t[3].host, "2001:db8::");
	CHECK_STR(t[4].host, "2001:db8::1");
	CHECK_U64(t[4].port, 9);
	CHECK_STR(t[5].host, "fd00::1");
	CHECK_U64(t[5].port, 7);
	tc_buf_free(&out);
}

static void what_is_no_target_is_refused(void)
{
	static const char *const bad[] = {
		"", ",", ":80", "10.0.0.0/33", "10.0.0.0/x", "10.0.0.0/", "a/24", "10.0.0.0/8",
		"0.0.0.0/0", "::/96", "[::1]/129:1", "[::1]:0", "a:0", "a:70000", "a:", "@/nowhere/at/all", "10.0.0.0/16,10.1.0.0/16",
		"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
	};
	struct tc_buf out = { 0 };
	int n;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		targets(bad[i], &out, &n);
		if (n >= 0)
			printf("taken: '%s'\n", bad[i]);
		CHECK(n < 0);
	}
	tc_buf_free(&out);
}

static void a_file_has_one_a_line(void)
{
	char path[] = "/tmp/tcpcraft-targets-XXXXXX", text[64];
	int fd = mkstemp(path), n;
	struct tc_buf out = { 0 };
	const struct tc_target *t;
	static const char lines[] = "# mine\n10.0.0.1\n\n  10.0.0.2:22 # ssh\r\n10.0.0.4/31";

	CHECK(fd >= 0 && write(fd, lines, sizeof lines - 1) == sizeof lines - 1);
	snprintf(text, sizeof text, "@%s,last", path);
	t = targets(text, &out, &n);
	CHECK_U64(n, 5);
	CHECK_STR(t[1].host, "10.0.0.2");
	CHECK_U64(t[1].port, 22);
	CHECK_STR(t[3].host, "10.0.0.5");
	CHECK_STR(t[4].host, "last");
	close(fd);
	unlink(path);
	tc_buf_free(&out);
}

static void experiments_are_found_by_name(void)
{
	const struct tc_experiment *const *all;
	size_t n;

	all = tc_experiments(&n);
	CHECK(n >= 9);
	for (size_t i = 0; i < n; i++) {
		CHECK(tc_experiment_find(all[i]->name) == all[i]);
		CHECK(all[i]->ports >= 1);
		CHECK(all[i]->one_line[0] && all[i]->clause[0]);
	}
	CHECK(tc_experiment_find("no-such") == NULL);
	CHECK(tc_experiment_find("read_size") == NULL);
}

static void experiments_say_whom_they_ask(void)
{
	static const struct { const char *name; bool servers, clients; } rows[] = {
		{ "backlog", true, false }, { "synack-retries", true, false },
		{ "offer", false, true }, { "syn-retries", false, true },
		{ "isn", true, true }, { "blind-attack", true, true },
		{ "keepalive", true, false },	/* two connections at once */
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct tc_experiment *e = tc_experiment_find(rows[i].name);

		CHECK(e && tc_experiment_asks(e, false) == rows[i].servers);
		CHECK(e && tc_experiment_asks(e, true) == rows[i].clients);
	}
}

static void a_client_has_its_role(void)
{
	struct tc_finding f = { .experiment = tc_experiment_find("isn"), .peer = "client" };
	struct tc_probe_report r = { .port = 9000, .clients = true };
	struct tc_buf line = { 0 };

	tc_finding_told(&f, "weak", "x");
	tc_probe_json(&line, &r, &f);
	tc_buf_add_u8(&line, 0);
	CHECK(strstr((char *)line.data, "\"port\":9000,\"role\":\"client\"") != NULL);
	CHECK(strstr((char *)line.data, "\"host\"") == NULL);	/* it is any address of ours */
	line.len = 0;
	r.host = "10.0.0.1";
	r.clients = false;
	tc_probe_json(&line, &r, &f);
	tc_buf_add_u8(&line, 0);
	CHECK(strstr((char *)line.data, "\"role\"") == NULL);
	tc_buf_free(&line);
	tc_finding_free(&f);
}

static void fill(struct tc_finding *f)
{
	*f = (struct tc_finding){ .experiment = tc_experiment_find("options") };
	tc_finding_told(f, "negotiates", "it said \"%s\", and more", "yes");
	tc_finding_value(f, 1460);
	tc_finding_number(f, "mss", 1460);
	tc_finding_text(f, "sack", "yes");
	tc_finding_measure(f, "timestamp_hz", 1000.123456);
	tc_finding_note(f, "cookie", "0102");
}

static void findings_come_back_from_their_lines(void)
{
	struct tc_probe_report r = { .host = "10.0.0.1", .port = 80, .seed = 7 };
	struct tc_finding f, back = { 0 };
	struct tc_error err = { 0 };
	struct tc_buf line = { 0 };

	fill(&f);
	f.agree = 2;
	f.trials = 3;
	tc_probe_json(&line, &r, &f);
	CHECK_OK(tc_finding_parse(&back, (char *)line.data, line.len, &err), err);
	CHECK(back.experiment == f.experiment);
	CHECK_STR(back.verdict, "negotiates");
	CHECK(back.answered && back.has_value);
	CHECK(back.value == 1460);
	CHECK_U64(back.n_facts, 4);
	CHECK_STR(tc_finding_fact(&back, "timestamp_hz")->text, "1000");
	CHECK_STR(tc_finding_fact(&back, "cookie")->text, "0102");
	for (unsigned i = 0; i < f.n_facts; i++)
		CHECK(tc_finding_fact(&back, f.facts[i].name)->kind == f.facts[i].kind);
	tc_finding_free(&f);
	tc_finding_free(&back);
	tc_buf_free(&line);
}

static void other_lines_are_no_findings(void)
{
	static const char *const other[] = {
		"{}", "{\"type\":\"result\",\"command\":\"prot\",\"experiment\":\"isn\"}",
		"{\"type\":\"result\",\"command\":\"probe\",\"experiment\":\"none-such\"}",
		"{\"type\":\"result\",\"command\":\"probe\",\"experiment\":7}", "[]",
	};
	static const char *const bad[] = { "", "{", "x", "{\"a\":1,\"a\":2}", "\xff" };
	struct tc_finding f = { 0 };
	struct tc_error err = { 0 };

	for (size_t i = 0; i < sizeof other / sizeof *other; i++)
		CHECK_U64(tc_finding_parse(&f, other[i], strlen(other[i]), &err), 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK(tc_finding_parse(&f, bad[i], strlen(bad[i]), &err) < 0);
	tc_finding_free(&f);
}

/* Of 196608 bytes all are told, to people and programs; times lose what is noise. */
static void counts_have_all_digits(void)
{
	const struct tc_probe_report r = { .host = "a", .port = 80 };
	struct tc_finding f = { .experiment = tc_experiment_find("options") }, other = f;
	struct tc_buf out = { 0 };

	tc_finding_count(&f, "bytes", 196608);
	tc_finding_count(&f, "many", 12345678901);
	tc_finding_measure(&f, "seconds", 1.23456);
	CHECK_STR(tc_finding_fact(&f, "bytes")->text, "196608");
	CHECK_STR(tc_finding_fact(&f, "many")->text, "12345678901");
	tc_probe_json(&out, &r, &f);
	tc_buf_add_u8(&out, 0);
	CHECK(strstr((char *)out.data, "\"numbers\":{\"bytes\":196608,\"many\":12345678901,"
				       "\"seconds\":1.23"));
	CHECK(strstr((char *)out.data, "\"measured\":[\"bytes\",\"many\",\"seconds\"]"));
	tc_finding_count(&other, "bytes", 190000);	/* another run's: about the same */
	CHECK(tc_diff_alike(f.facts[0].number, other.facts[0].number));
	tc_buf_free(&out);
	tc_finding_free(&f);
	tc_finding_free(&other);
}

static void measures_may_differ_a_little(void)
{
	struct tc_finding a, b;
	struct tc_diff pair;

	fill(&a);
	fill(&b);
	b.facts[2].number = 1240;
	snprintf(b.facts[3].text, sizeof b.facts[3].text, "ffff");
	CHECK_U64(tc_finding_diff(&pair, &a, &b), 0);
	b.facts[2].number = 1400;
	b.facts[0].number = 1461;
	snprintf(b.facts[1].text, sizeof b.facts[1].text, "no");
	CHECK_U64(tc_finding_diff(&pair, &a, &b), 3);
	CHECK_STR(pair.at[0].name, "mss");
	CHECK_STR(pair.at[1].a, "yes");
	CHECK_STR(pair.at[1].b, "no");
	tc_finding_free(&a);
	tc_finding_free(&b);
}

static void what_one_lacks_is_a_difference(void)
{
	struct tc_finding a, b;
	struct tc_diff pair;

	fill(&a);
	fill(&b);
	b.n_facts = 0;
	tc_finding_unknown(&b, "refused", "no");
	CHECK_U64(tc_finding_diff(&pair, &a, &b), 4);	/* notes do not count */
	CHECK_STR(pair.at[0].name, "verdict");
	CHECK_STR(pair.at[1].b, "");
	CHECK_U64(tc_finding_diff(&pair, &b, &a), 4);
	CHECK_STR(pair.at[1].a, "");
	tc_finding_free(&a);
	tc_finding_free(&b);
}

static void facts_beyond_the_room_are_left_out(void)
{
	struct tc_finding f = { 0 };

	for (unsigned i = 0; i < TC_FACTS_MAX + 5; i++)
		tc_finding_text(&f, "a name that is far longer than the room there is for it",
				"%0200u", i);
	CHECK_U64(f.n_facts, TC_FACTS_MAX);
	CHECK_U64(strlen(f.facts[0].name), sizeof f.facts[0].name - 1);
	tc_finding_free(&f);
}

static void rows_quote_what_needs_it(void)
{
	struct tc_probe_report r = { .host = "a\"b", .port = 80 };
	struct tc_buf out = { 0 };
	struct tc_finding f;

	fill(&f);
	tc_probe_csv(&out, &r, &f);
	CHECK_STR((char *)out.data, "\"a\"\"b\",80,options,negotiates,1460,yes,,,\"it said "
		  "\"\"yes\"\", and more\",\"mss=1460; sack=yes; timestamp_hz=1000; "
		  "cookie=0102\"\n");
	tc_finding_free(&f);
	tc_buf_free(&out);
}

static void schedules_know_their_factor(void)
{
	static const double at[] = { 0, 0.2, 0.6, 1.4, 3.0 };
	tc_time start = tc_clock_realtime() - 3 * TC_S, now = tc_clock_monotonic(), over;
	struct tc_schedule s = { .n = 0 };
	struct tc_finding f = { 0 };
	struct tc_lab_frame seen;

	memset(&seen, 0, sizeof seen);
	CHECK(tc_schedule_factor(&s) == 0);
	CHECK(tc_schedule_over_at(&s) == INT64_MAX);
	for (size_t i = 0; i < 5; i++) {
		seen.stamp = start + (tc_time)(at[i] * (double)TC_S);
		tc_schedule_add(&s, &seen);
	}
	CHECK(fabs(tc_schedule_factor(&s) - 2) < 0.001);
	over = tc_schedule_over_at(&s) - now;	/* the next was due in 3.2 s */
	CHECK(over > 32 * TC_S / 10 && over < 5 * TC_S);
	tc_schedule_facts(&s, &f);
	CHECK_STR(tc_finding_fact(&f, "at_s")->text, "0.000 0.200 0.600 1.400 3.000");
	CHECK_STR(tc_finding_fact(&f, "first_interval_s")->text, "0.2");
	tc_schedule_add(&s, &seen);	/* a copy made on the way */
	CHECK_U64(s.n, 5);
	for (unsigned i = 0; i < 2 * TC_SCHEDULE_MAX; i++) {
		seen.stamp += TC_S;
		tc_schedule_add(&s, &seen);
	}
	CHECK_U64(s.n, TC_SCHEDULE_MAX);
	tc_schedule_facts(&s, &f);		/* the text has its bounds */
	tc_finding_free(&f);
}

/* Of a reset that comes sooner than the timer nobody can say that the peer gave up. */
static void a_reset_before_the_timer_is_no_giving_up(void)
{
	struct tc_schedule s = { .at = { 1000 * TC_S, 1000 * TC_S + 300 * TC_MS }, .n = 1 };

	CHECK(tc_schedule_cut_short(&s, s.at[0] + 200 * TC_MS));
	CHECK(tc_schedule_cut_short(&s, s.at[0] + 2 * TC_S));
	CHECK(!tc_schedule_cut_short(&s, s.at[0] + 3 * TC_S));
	s.n = 2;
	CHECK(tc_schedule_cut_short(&s, s.at[1] + 200 * TC_MS));
	CHECK(!tc_schedule_cut_short(&s, s.at[1] + 300 * TC_MS));
	CHECK(!tc_schedule_cut_short(&s, s.at[1] + 600 * TC_MS));
}

/* A clock is measured by two of its readings, if they are far enough apart, and it is known how
 * far. */
static void a_clock_takes_time_to_measure(void)
{
	static const struct {
		int asked, came;	/* ms; the first was asked at 0, and came at 10 with 5000 */
		uint32_t value;
		double hz;
	} rows[] = {
		{ 610, 620, 5610, 1000 }, { 610, 620, 5061, 100 }, { 610, 620, 5019, 0 },
		{ 1, 11, 5001, 0 },	/* one tick in a millisecond */
		{ 610, 640, 5630, 1000 }, { 610, 700, 5610, 0 }, { 0, 620, 5610, 0 },
		{ 610, 620, 4990, 0 },		/* it runs backwards */
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tc_reading first = { 0, 10 * TC_MS, 5000 };
		struct tc_reading next = { rows[i].asked * TC_MS, rows[i].came * TC_MS,
					   rows[i].value };
		const char *why = NULL;

		CHECK(fabs(tc_reading_hz(&first, &next, &why) - rows[i].hz) < 1);
		CHECK((rows[i].hz > 0) == (why == NULL));
		first.value += UINT32_MAX - 5200;	/* it may turn over */
		next.value += UINT32_MAX - 5200;
		CHECK(fabs(tc_reading_hz(&first, &next, &why) - rows[i].hz) < 1);
	}
}

CU_TestInfo tests_probe[] = {
	{ "hosts are listed", hosts_are_listed },
	{ "networks are their hosts", networks_are_their_hosts },
	{ "what is not a target is refused", what_is_no_target_is_refused },
	{ "a file has one a line", a_file_has_one_a_line },
	{ "experiments are found by name", experiments_are_found_by_name },
	{ "experiments say whom they ask", experiments_say_whom_they_ask },
	{ "a client has its role", a_client_has_its_role },
	{ "findings come back from their lines", findings_come_back_from_their_lines },
	{ "other lines are no findings", other_lines_are_no_findings },
	{ "counts have all their digits", counts_have_all_digits },
	{ "measures may differ a little", measures_may_differ_a_little },
	{ "what one lacks is a difference", what_one_lacks_is_a_difference },
	{ "facts beyond the room are left out", facts_beyond_the_room_are_left_out },
	{ "rows quote what needs it", rows_quote_what_needs_it },
	{ "schedules know their factor", schedules_know_their_factor },
	{ "a clock takes time to measure", a_clock_takes_time_to_measure },
	{ "a reset before the timer is no giving up", a_reset_before_the_timer_is_no_giving_up },
	CU_TEST_INFO_NULL,
};
