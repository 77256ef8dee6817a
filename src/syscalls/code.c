/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Code of a script, %{ … }%: what the newest socket was is noted where it stands, and one
 * python3 runs all of it when the script has been carried out, as to start a process in
 * between would change what is measured. What it is, with the lock that it puts on itself
 * before it reads anything (lock.c), stands before any wall; what it is to do is written behind
 * one, by who may have been taken over, as lines:
 *
 *	file NAME	set NAME VALUE		run LINE CODE		(in hexadecimal)
 */
#include "own.h"

#include "base/opened.h"
#include "host/child.h"
#include "host/starter.h"

#include <tcpcraft/clock.h>
#include <tcpcraft/hex.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define MEMORY_MOST ((rlim_t)1 << 30)
#define SAID_MOST 300
#define WRITTEN_MOST ((rlim_t)1 << 16)	/* a file in memory is nobody's address space */

/* Exit codes of the program: none of python's own, such as 1 for a module that is missing. */
enum { CODE_FAILED = 81, CODE_FREE = 82 };

/* What it begins with is `filter`, in hexadecimal. An error is told with the line of the script
 * that it came from, in the first line of the file that is descriptor 3. What the code prints is
 * nobody's. */
static const char program[] =
	"import os, sys, ctypes, textwrap, traceback\n"
	"names, file = {}, 'script'\n"
	"def lock(filter):\n"
	"    class Program(ctypes.Structure):\n"
	"        _fields_ = [('n', ctypes.c_ushort), ('at', ctypes.c_char_p)]\n"
	"    prctl = ctypes.CDLL(None).prctl\n"
	"    p = Program(len(filter) // 8, filter)\n"
	"    if prctl(38, 1, 0, 0, 0) or prctl(22, 2, ctypes.byref(p), 0, 0):\n"
	"        os._exit(82)\n"
	"def read(text, line):\n"
	"    text, before = text.lstrip(' \\t'), '\\n' * (line - 1)\n"
	"    first, _, rest = text.partition('\\n')\n"
	"    try:\n"
	"        return compile(before + text + '\\n', file, 'exec')\n"
	"    except IndentationError:\n"
	"        return compile(before + first + '\\n' + textwrap.dedent(rest), file, 'exec')\n"
	"def run(line, text):\n"
	"    try:\n"
	"        exec(read(text, line), names)\n"
	"    except BaseException as e:\n"
	"        at = [f.lineno for f in traceback.extract_tb(e.__traceback__)\n"
	"              if f.filename == file]\n"
	"        text = '%d %s%s\\n' % (at[-1] if at else getattr(e, 'lineno', None) or line,\n"
	"               type(e).__name__, ': %s' % e if str(e) else '')\n"
	"        os.lseek(3, 0, 0)\n"
	"        os.write(3, text.encode(errors='replace')[:300])\n"
	"        os._exit(81)\n"
	"lock(bytes.fromhex(filter))\n"
	"for what, *words in [l.split() for l in sys.stdin.read().splitlines()]:\n"
	"    if what == 'file': file = bytes.fromhex(words[0]).decode(errors='replace')\n"
	"    if what == 'set': names[words[0]] = int(words[1])\n"
	"    if what == 'run': run(int(words[0]), bytes.fromhex(''.join(words[1:])).decode())\n";

struct tc_code {
	struct tc_code *next;
	const struct tc_script_event *event;
	uint8_t info[TC_HAND_INFO], memory[TC_HAND_INFO];
};

int tc_code_note(struct tc_code **all, const struct tc_script_event *e, const uint8_t *bytes,
		 struct tc_error *err)
{
	struct tc_code *c = calloc(1, sizeof *c);

	if (!c)
		return tc_nomem(err);
	c->event = e;
	memcpy(c->info, bytes, sizeof c->info);
	memcpy(c->memory, bytes + TC_HAND_INFO, sizeof c->memory);
	while (*all)
		all = &(*all)->next;
	*all = c;
	return 0;
}

void tc_code_free(struct tc_code *all)
{
	for (struct tc_code *next; all; all = next) {
		next = all->next;
		free(all);
	}
}

/* ---- the lines ----------------------------------------------------------------------- */

static void put_value(void *ctx, const char *name, uint64_t v)
{
	tc_buf_printf(ctx, "set %s %llu\n", name, (unsigned long long)v);
}

static void put_hex(struct tc_buf *out, const char *before, const char *text)
{
	tc_buf_text(out, before);
	tc_hex_encode(out, (const uint8_t *)text, strlen(text));
	tc_buf_text(out, "\n");
}

static int put_lines(struct tc_buf *out, const struct tc_code *c, const char *file,
		     struct tc_error *err)
{
	put_hex(out, "file ", file);
	for (const struct tc_call_word *w = tc_call_words; w->name; w++)
		if (strncmp(w->name, "TCP", 3) == 0)
			put_value(out, w->name, (uint64_t)w->value);
	for (; c; c = c->next) {
		tc_code_values(c->info, c->memory, put_value, out);
		tc_buf_printf(out, "run %u ", c->event->line);
		put_hex(out, "", c->event->text);
	}
	return out->failed ? tc_nomem(err) : 0;
}

/* ---- python --------------------------------------------------------------------------- */

/* Where things are in the starter, and in the program. */
enum { FD_LINES = 0, FD_SAID = 3 };

/* (On a Debian the first is there before the shims of version managers.) */
static void become_python(const char *text)
{
	const char *const argv[] = { "python3", "-I", "-S", "-B", "-c", text, NULL };
	const int fds[] = { FD_LINES, 1, 2, FD_SAID };
	const struct rlimit memory = { MEMORY_MOST, MEMORY_MOST };
	const struct rlimit written = { WRITTEN_MOST, WRITTEN_MOST };

	setpgid(0, 0);
	tc_child_descriptors(fds, 4);
	setrlimit(RLIMIT_AS, &memory);
	setrlimit(RLIMIT_FSIZE, &written);
	tc_child_become("/usr/bin/python3", argv);
	tc_child_become("python3", argv);
	_exit(127);
}

static pid_t start_python(void *ctx)
{
	const struct tc_code_runner *r = ctx;
	pid_t pid = tc_child_fork(SIGKILL);

	if (pid == 0)
		become_python((const char *)r->program.data);
	if (pid > 0)
		setpgid(pid, pid);
	return pid;
}

static int write_program(struct tc_buf *to, struct tc_error *err)
{
	int rc;

	tc_buf_text(to, "filter = '");
	rc = tc_code_lock(to, err);
	tc_buf_printf(to, "'\n%s", program);
	return rc >= 0 && to->failed ? tc_nomem(err) : rc;
}

int tc_code_runner_open(struct tc_code_runner **out, struct tc_error *err)
{
	struct tc_code_runner *r = calloc(1, sizeof *r);
	int rc;

	if (!r)
		return tc_nomem(err);
	r->lines = memfd_create("lines", MFD_CLOEXEC);
	r->said = memfd_create("said", MFD_CLOEXEC);
	rc = r->lines < 0 || r->said < 0 ? tc_fail_errno(err, "cannot hand over the code")
					 : write_program(&r->program, err);
	if (rc >= 0) {
		const int fds[] = { r->lines, -1, -1, r->said };
		const struct tc_starter_config cfg = { "python3", start_python, r, fds, 4 };

		rc = tc_starter_open(&r->starter, &cfg, err);
	}
	return TC_OPENED(out, r, rc, tc_code_runner_close);
}

void tc_code_runner_close(struct tc_code_runner *r)
{
	if (!r)
		return;
	tc_starter_close(r->starter);
	if (r->lines >= 0)
		close(r->lines);
	if (r->said >= 0)
		close(r->said);
	tc_buf_free(&r->program);
	free(r);
}

static int run_python(struct tc_code_runner *r, tc_time patience, int stop_fd,
		      struct tc_error *err)
{
	int rc = tc_starter_start(r->starter, err);

	if (rc < 0)
		return rc;
	rc = tc_starter_wait(r->starter, tc_clock_monotonic() + patience, stop_fd);
	tc_starter_end(r->starter);
	if (rc == -ECANCELED)
		return tc_fail(err, rc, "interrupted");
	if (rc == -ETIMEDOUT)
		return tc_fail(err, -EOPNOTSUPP, "the code in %%{ }%% has not ended within %.3f s: "
			       "it was ended", (double)patience / TC_S);
	return rc < 0 ? tc_starter_fail(r->starter, rc, err) : rc;
}

/* It said "LINE Exception: text". */
static int code_failed(const struct tc_code *all, const struct tc_script *s, int from,
		       const struct tc_script_event **failed, struct tc_error *err)
{
	char said[SAID_MOST + 1], *text;
	ssize_t got = pread(from, said, SAID_MOST, 0);
	unsigned long line;

	said[got > 0 ? got : 0] = 0;
	said[strcspn(said, "\n")] = 0;
	line = strtoul(said, &text, 10);
	*failed = all->event;
	for (const struct tc_code *c = all; c && c->event->line <= line; c = c->next)
		*failed = c->event;
	return tc_script_fail(s, (unsigned)line, 1, err, -TC_ERR_UNMET, "the code:%s", text);
}

int tc_code_run(struct tc_code_runner *r, const struct tc_code *all, const struct tc_script *s,
		tc_time patience, int stop_fd, const struct tc_script_event **failed,
		struct tc_error *err)
{
	struct tc_buf lines = { 0 };
	int rc = put_lines(&lines, all, s->file, err);

	if (rc >= 0 && pwrite(r->lines, lines.data, lines.len, 0) != (ssize_t)lines.len)
		rc = tc_fail_errno(err, "cannot hand over the code");
	if (rc >= 0)
		rc = run_python(r, patience, stop_fd, err);
	if (rc == CODE_FAILED)
		rc = code_failed(all, s, r->said, failed, err);
	else if (rc > 0)
		rc = tc_fail(err, -EOPNOTSUPP, rc == CODE_FREE ? "the code in %%{ }%% cannot be "
			     "locked in: it is not run" : "python3, which runs the code in %%{ }%%, "
			     "ended with exit code %d (has it the module ctypes?)", rc);
	tc_buf_free(&lines);
	return rc;
}
