/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The library's side of the guard, with scripts in the place of rst-guard that do what
 * the real one does seldom: refuse, die, be slow of word, talk too much.
 */
#include <tcpcraft/guard.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

#include "check.h"

/* Every call is noted; a second script, called with del, finds a rule that dropped 9. */
#define NOTE "#!/bin/sh\n[ $1 = --words ] || exit 9\nshift\necho \"$*\" >>\"$0.calls\"\n" \
	     "[ $1 = hold ] || { echo blocked 9; exit 0; }\n"
#define HOLD NOTE "echo ready iptables\nwhile read -r l; do case $l in " \
	     "count) echo blocked 5;; del) break;; esac; done\necho blocked 7\n"

#define REFUSE(word, line) NOTE "echo 'cannot " word "' >&2\necho 'rst-guard: " line \
	"' >&2\nexit 3\n"

/* Addresses as constants. */
#define V4(...) { .family = 4, .bytes = { __VA_ARGS__ } }
#define V6(hi, lo) { .family = 6, .bytes = { 0xfd, 0x77, [14] = hi, lo } }

static const struct tc_guard_spec one = {
	.mode = TC_GUARD_RST, .local = V4(10, 0, 0, 1), .port = 4000,
	.peer = V4(10, 0, 0, 2), .peer_port = 80,
};

struct place {
	char dir[32];
	char script[48];
	char calls[64];
};

static void begin(struct place *p, const char *text)
{
	int fd;

	strcpy(p->dir, "/tmp/tc_guard_XXXXXX");
	CHECK(mkdtemp(p->dir) != NULL);
	snprintf(p->script, sizeof(p->script), "%s/rst-guard", p->dir);
	snprintf(p->calls, sizeof(p->calls), "%s.calls", p->script);
	fd = open(p->script, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	setenv("TCPCRAFT_LIBEXEC", p->dir, 1);
}

static void end(struct place *p)
{
	unsetenv("TCPCRAFT_LIBEXEC");
	unlink(p->calls);
	unlink(p->script);
	CHECK(rmdir(p->dir) == 0);
}

/* The nth call noted, as text. */
static void check_call(const struct place *p, int nth, const char *want)
{
	char line[512] = "";
	FILE *f = fopen(p->calls, "re");

	for (int i = 0; f && i < nth; i++)
		if (!fgets(line, sizeof(line), f))
			line[0] = '\0';
	if (f)
		fclose(f);
	line[strcspn(line, "\n")] = '\0';
	CHECK_STR(line, want);
}

static void names_round_trip(void)
{
	struct tc_error err;

	for (int i = TC_GUARD_RST; i <= TC_GUARD_AUTO; i++)
		CHECK_U64(tc_guard_mode_parse(tc_guard_mode_name((enum tc_guard_mode)i),
					      &err), i);
	CHECK(tc_guard_mode_parse("drop", &err) == -EINVAL);
	CHECK(strstr(err.msg, "'drop'") && strstr(err.msg, "shield"));
}

static void none_needs_no_script(void)
{
	struct tc_guard_spec spec = one;
	struct tc_guard *g = NULL;
	uint64_t blocked = 1;
	struct tc_error err;

	setenv("TCPCRAFT_LIBEXEC", "/nonexistent", 1);
	spec.mode = TC_GUARD_OFF;
	CHECK(tc_guard_start(&g, &spec, &err) == 0 && !g);
	spec.mode = TC_GUARD_NONE;
	CHECK(tc_guard_start(&g, &spec, &err) == 0 && !g);
	CHECK(tc_guard_blocked(g, &err) == 0);
	CHECK(tc_guard_stop(g, &blocked, &err) == 0 && blocked == 0);
	CHECK(tc_guard_mode(g) == TC_GUARD_NONE);
	spec.mode = TC_GUARD_RST;
	CHECK(tc_guard_start(&g, &spec, &err) == -TC_ERR_NO_GUARD_SCRIPT && !g);
	CHECK(strstr(err.msg, "/nonexistent/rst-guard") != NULL);
	unsetenv("TCPCRAFT_LIBEXEC");
}

static void bad_scopes(void)
{
	struct tc_guard_spec spec = one;
	struct tc_guard *g;
	struct tc_error err;

	spec.port = 0;
	CHECK(tc_guard_start(&g, &spec, &err) == -EINVAL);
	spec = one;
	spec.port_hi = 3999;
	CHECK(tc_guard_start(&g, &spec, &err) == -EINVAL);
	CHECK(strstr(err.msg, "4000-3999") != NULL);
	spec = one;
	spec.local_hi = tc_addr_from_v4(1);
	CHECK(tc_guard_start(&g, &spec, &err) == -EINVAL);
	CHECK(strstr(err.msg, "10.0.0.1-0.0.0.1") != NULL);
	spec.local_hi = (struct tc_addr)V6(0, 1);
	CHECK(tc_guard_start(&g, &spec, &err) == -EINVAL);
	spec = one;
	spec.peer = (struct tc_addr)V6(0, 1);
	CHECK(tc_guard_start(&g, &spec, &err) == -EINVAL);
	CHECK(strstr(err.msg, "10.0.0.1 and fd77::1 are of two families") != NULL);
}

/* The inode of our pid namespace. */
static unsigned long pidns(void)
{
	struct stat ns = { 0 };

	CHECK(stat("/proc/self/ns/pid", &ns) == 0);
	return (unsigned long)ns.st_ino;
}

/* The words of a call are `before`, our process id and where that counts, `after`. */
static void check_words(struct tc_guard_spec spec, const char *before, const char *after)
{
	struct tc_guard *g;
	struct tc_error err;
	struct place p;
	char want[512];

	begin(&p, HOLD);
	CHECK_OK(tc_guard_start(&g, &spec, &err), err);
	CHECK_OK(tc_guard_stop(g, NULL, &err), err);
	snprintf(want, sizeof(want), "%s%ld --pidns %lu%s", before, (long)getpid(), pidns(),
		 after);
	check_call(&p, 1, want);
	check_call(&p, 2, "");
	end(&p);
}

static void scope_in_words(void)
{
	check_words(one, "hold --mode rst --local 10.0.0.1 --ports 4000:4000 "
		    "--peer 10.0.0.2 --mark 0x7463 --owner ", " --peer-port 80");
	check_words((struct tc_guard_spec){ .mode = TC_GUARD_SHIELD, .port = 1,
					    .port_hi = 65535, .mark = 0xffffffff },
		    "hold --mode shield --local any --ports 1:65535 "
		    "--peer any --mark 0xffffffff --owner ", "");
	check_words((struct tc_guard_spec){ .mode = TC_GUARD_NFT, .port = 9,
					    .local = V4(255, 255, 255, 254),
					    .local_hi = V4(255, 255, 255, 255),
					    .peer = V4(0) },
		    "hold --mode rst --local 255.255.255.254-255.255.255.255 --ports 9:9 "
		    "--peer 0.0.0.0 --mark 0x7463 --owner ", " --backend nft");
	check_words((struct tc_guard_spec){ .mode = TC_GUARD_RST, .port = 9,
					    .local = V6(0, 1), .local_hi = V6(1, 1) },
		    "hold --mode rst --local fd77::1-fd77::101 --ports 9:9 "
		    "--peer any --mark 0x7463 --owner ", "");
	check_words((struct tc_guard_spec){ .mode = TC_GUARD_RST, .port = 9,
					    .local = { .family = 6, .scope = 1,
						       .bytes = { 0xfe, 0x80, [15] = 1 } } },
		    "hold --mode rst --local fe80::1 --ports 9:9 "
		    "--peer any --mark 0x7463 --owner ", "");
	/* not of one peer, which is what a table of ours is for */
	check_words((struct tc_guard_spec){ .mode = TC_GUARD_AUTO, .port = 9,
					    .local = V4(10, 0, 0, 1) },
		    "hold --mode rst --local 10.0.0.1 --ports 9:9 "
		    "--peer any --mark 0x7463 --owner ", "");
	check_words((struct tc_guard_spec){ .mode = TC_GUARD_AUTO, .port = 9,
					    .local = V4(10, 0, 0, 1), .peer = V4(0) },
		    "hold --mode rst --local 10.0.0.1 --ports 9:9 "
		    "--peer 0.0.0.0 --mark 0x7463 --owner ", "");
}

static void counts(void)
{
	struct tc_guard *g;
	struct tc_error err;
	struct place p;
	uint64_t n;

	begin(&p, HOLD);
	CHECK_OK(tc_guard_start(&g, &one, &err), err);
	CHECK(tc_guard_mode(g) == TC_GUARD_RST);
	CHECK_U64(tc_guard_blocked(g, &err), 5);
	CHECK_U64(tc_guard_blocked(g, &err), 5);
	CHECK_OK(tc_guard_stop(g, &n, &err), err);
	CHECK_U64(n, 7);
	end(&p);
}

static void nft_stands_in(void)
{
	struct tc_guard *g;
	struct tc_error err;
	struct place p;

	begin(&p, NOTE "echo 'some warning' >&2\necho 'rst-guard: not swept' >&2\n"
	      "echo ready nft\nread -r l\necho blocked 0\n");
	CHECK_OK(tc_guard_start(&g, &one, &err), err);
	CHECK(tc_guard_mode(g) == TC_GUARD_NFT);
	CHECK_OK(tc_guard_stop(g, NULL, &err), err);
	end(&p);
}

static void refusals(void)
{
	static const struct {
		const char *text;
		int code;
		const char *part;
	} rows[] = {
		{ REFUSE("privilege", "no privilege: run it as root"),
		  -EPERM, "guard: no privilege: run it as root" },
		{ REFUSE("no-iptables", "neither of them: apt-get"),
		  -TC_ERR_NO_IPTABLES, "apt-get" },
		{ REFUSE("no-nft", "no such tool"), -TC_ERR_NO_NFT, "tool" },
		{ REFUSE("locked", "somebody is at it"), -EBUSY, "somebody" },
		/* what the line says is for people only */
		{ REFUSE("other", "no privilege, iptables is missing, the xtables lock"), -EIO,
		  "xtables lock" },
		{ REFUSE("unheard-of", "a later script"), -EIO, "later" },
		{ NOTE "echo 'rst-guard: something else' >&2\nexit 3\n", -EIO,
		  "something else" },
		{ NOTE "kill -9 $$\n", -EIO, "was it killed?" },
		{ "#!/nonexistent/sh\n", -ENOENT, "cannot run" },
	};
	struct tc_guard *g;
	struct tc_error err;
	struct place p;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(&p, rows[i].text);
		CHECK_U64(-tc_guard_start(&g, &one, &err), -rows[i].code);
		CHECK(!g);
		check_true(strstr(err.msg, rows[i].part) != NULL, err.msg, __LINE__, __FILE__);
		end(&p);
	}
}

/* It may have put its rule in force just before: a second script takes it away. */
static void killed_at_start(void)
{
	struct tc_guard *g;
	struct tc_error err;
	struct place p;
	char want[160];

	begin(&p, NOTE "kill -9 $$\n");
	CHECK(tc_guard_start(&g, &one, &err) == -EIO);
	snprintf(want, sizeof(want), "del --mode rst --local 10.0.0.1 --ports 4000:4000 "
		 "--peer 10.0.0.2 --mark 0x7463 --owner %ld --pidns %lu --peer-port 80",
		 (long)getpid(), pidns());
	check_call(&p, 2, want);
	end(&p);
}

static void killed_later(void)
{
	struct tc_guard *g;
	struct tc_error err;
	struct place p;
	uint64_t n;

	begin(&p, NOTE "echo ready iptables\nread -r l\nkill -9 $$\n");
	CHECK_OK(tc_guard_start(&g, &one, &err), err);
	CHECK(tc_guard_blocked(g, &err) == -EPIPE);
	CHECK(tc_guard_blocked(g, &err) == -EPIPE);
	CHECK_OK(tc_guard_stop(g, &n, &err), err);
	CHECK_U64(n, 9);
	end(&p);
}

static void rule_vanished(void)
{
	struct tc_guard *g;
	struct tc_error err;
	struct place p;
	uint64_t n = 1;

	begin(&p, "#!/bin/sh\n[ $2 = hold ] || exit 0\necho ready iptables\n"
	      "while read -r l; do echo 'rst-guard: the rule is gone' >&2\n"
	      "[ $l = count ] || exit 0; done\n");
	CHECK_OK(tc_guard_start(&g, &one, &err), err);
	CHECK(tc_guard_blocked(g, &err) == -EPIPE);
	CHECK_STR(err.msg, "guard: the rule is gone");
	CHECK(tc_guard_stop(g, &n, &err) == -EPIPE);
	CHECK_STR(err.msg, "guard: the rule is gone");
	CHECK_U64(n, 0);
	end(&p);
}

/* What `list` of a script that describes itself prints. */
static void inherits_nothing(void)
{
	struct tc_buf out = { 0 };
	struct tc_error err;
	struct place p;
	sigset_t set, old;
	int fd;

	begin(&p, "#!/bin/sh\nls -l /proc/$$/fd\nread -r all </proc/$$/stat\n"
	      "set -- $all\n[ $6 = $$ ] && echo own session\n"
	      /* By the shell itself: one that waits for a child may block all signals. */
	      "while read -r name value; do\n"
	      "case $name in SigBlk:) echo $name $value ;; esac; done </proc/$$/status\n");
	fd = open(p.script, O_RDONLY);
	CHECK(fcntl(fd, F_DUPFD, 200) >= 200);
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, &old);
	CHECK_OK(tc_guard_list(&out, &err), err);
	sigprocmask(SIG_SETMASK, &old, NULL);
	close(200);
	close(fd);
	CHECK(out.data && strstr((char *)out.data, " 2 -> socket"));
	CHECK(out.data && !strstr((char *)out.data, " 200 -> "));
	CHECK(out.data && !strstr((char *)out.data, " 3 -> "));
	CHECK(out.data && strstr((char *)out.data, "own session"));
	CHECK(out.data && strstr((char *)out.data, "SigBlk: 0000000000000000"));
	tc_buf_free(&out);
	end(&p);
}

static void lists(void)
{
	struct tc_buf out = { 0 };
	struct tc_error err;
	struct place p;

	begin(&p, "#!/bin/sh\n[ $2 = list ] || exit 0\necho a=1\n"
	      "echo 'rst-guard: a word on the side' >&2\nprintf '%02000d\\n' 0\necho b=2\n");
	CHECK_OK(tc_guard_list(&out, &err), err);
	CHECK(out.len > 8 && memcmp(out.data, "a=1\n0000", 8) == 0);
	CHECK(out.len > 4 && memcmp(out.data + out.len - 4, "b=2\n", 4) == 0);
	CHECK(!strstr((char *)out.data, "side"));
	tc_buf_free(&out);
	CHECK_OK(tc_guard_sweep(&out, &err), err);
	CHECK_OK(tc_guard_status(&out, &err), err);
	CHECK_U64(out.len, 0);
	tc_buf_free(&out);
	end(&p);
}

/* Some programs let the kernel reap their children. */
static void children_reaped_by_others(void)
{
	struct tc_guard *g;
	struct tc_error err;
	struct place p;
	uint64_t n;

	begin(&p, HOLD);
	signal(SIGCHLD, SIG_IGN);
	CHECK_OK(tc_guard_start(&g, &one, &err), err);
	CHECK_OK(tc_guard_stop(g, &n, &err), err);
	signal(SIGCHLD, SIG_DFL);
	CHECK_U64(n, 7);
	end(&p);
}

CU_TestInfo tests_guard[] = {
	{ "a mode has one name, and the name means the mode", names_round_trip },
	{ "off and none start no script, a missing script is named", none_needs_no_script },
	{ "a scope that makes no sense is refused with both numbers", bad_scopes },
	{ "the scope goes to the script in words", scope_in_words },
	{ "the count is asked for, and told at the end", counts },
	{ "rst done by nft is called nft", nft_stands_in },
	{ "what the script refuses comes back as its line and an errno", refusals },
	{ "the rule of a script killed at its start is removed", killed_at_start },
	{ "the rule of a script killed later is removed and counted", killed_later },
	{ "a rule that somebody took away is told", rule_vanished },
	{ "the script inherits a socket and nothing else", inherits_nothing },
	{ "a list is passed on without the script's messages", lists },
	{ "a program that reaps all children can have a guard", children_reaped_by_others },
	CU_TEST_INFO_NULL
};
