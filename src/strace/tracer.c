/* SPDX-License-Identifier: BSD-2-Clause */
/* strace and what it traces, as one thing; see tracer.h. */
#include "own.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define START_WITHIN (5 * TC_S)
#define LOOK_MS 2
#define PORTS_MOST 16
#define TCP_LISTEN_HEX 0x0a		/* in /proc/net/tcp */

/* Calls that mean something beside the wire; '?': where the kernel has it. */
#define CALLS "trace=%network,read,write,readv,writev,close,sendfile,dup,?dup2,dup3," \
	      "?poll,ppoll,?select,pselect6,?epoll_wait,epoll_pwait,?epoll_pwait2,execve"

/* strace's own descriptors are not the program's: what it opens first is number 3. */
#define WRAP "exec >&4 2>&4 3>&- 4>&-\n"

struct tc_tracer {
	struct keeper keeper;		/* pid 0: none */
	struct tc_strace *parser;
	int lines;			/* from strace; -1: not traced, or over */
	bool started, traced;		/* started: by us */
	bool listens_somewhere;
	uint16_t ports[PORTS_MOST];
	unsigned n_ports;
};

/* ---- starting ------------------------------------------------------------------------ */

static int start(struct tc_tracer *t, const struct tc_tracer_config *cfg, int messages,
		 bool traced, struct tc_error *err)
{
	char pid[16], *wrapped = NULL;
	const char *argv[20] = { "strace", "-q", "-f", "-ttt", "-T", "-yy", "-s", "64", "-o",
				 "/dev/fd/3", "-e", CALLS };
	unsigned n = traced ? 12 : 0;
	int ends[2] = { -1, -1 }, rc;

	if (cfg->exec && asprintf(&wrapped, WRAP "%s", cfg->exec) < 0)
		return tc_nomem(err);
	snprintf(pid, sizeof pid, "%d", cfg->pid);
	argv[n++] = cfg->exec ? "sh" : "-p";
	argv[n++] = cfg->exec ? "-c" : pid;
	argv[n++] = wrapped;
	argv[n] = NULL;
	rc = traced && pipe2(ends, O_CLOEXEC) < 0 ? tc_fail_errno(err, "pipe") : 0;
	if (rc >= 0)
		rc = tc_keeper_start(&t->keeper, argv, ends[1], messages, err);
	if (ends[1] >= 0)
		close(ends[1]);
	if (rc >= 0 && traced)
		fcntl(ends[0], F_SETFL, O_NONBLOCK);
	else if (ends[0] >= 0)
		close(ends[0]);
	t->lines = rc >= 0 ? ends[0] : -1;
	free(wrapped);
	return rc;
}

static void stop(struct tc_tracer *t)
{
	if (t->keeper.pid)
		tc_keeper_end(&t->keeper);
	if (t->lines >= 0)
		close(t->lines);
	t->lines = -1;
}

/* Who traces the process now; 0: nobody. */
static int tracer_of(int pid)
{
	char path[40], line[128];
	int tracer = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof line, f))
		if (strncmp(line, "TracerPid:", 10) == 0)
			tracer = atoi(line + 10);
	if (f)
		fclose(f);
	return tracer;
}

/* Until strace has its hands on the program: false when it ended instead. */
static bool is_tracing(const struct tc_tracer *t, const struct tc_tracer_config *cfg)
{
	tc_time until = tc_clock_monotonic() + START_WITHIN;
	struct pollfd p = { .fd = t->lines, .events = POLLIN };

	while (tc_clock_monotonic() < until) {
		if (poll(&p, 1, LOOK_MS) > 0)
			return p.revents & POLLIN;
		if (cfg->pid && tracer_of(cfg->pid))
			return true;
	}
	return false;
}

/* strace's first words, as the reason. */
static void explain(struct tc_buf *notice, const struct tc_tracer_config *cfg, int messages)
{
	char text[256];
	ssize_t n = pread(messages, text, sizeof text - 1, 0);

	text[n > 0 ? n : 0] = 0;
	text[strcspn(text, "\n")] = 0;
	tc_buf_printf(notice, "no system calls beside the wire: %s; ",
		      n > 0 ? text : "strace ended at once");
	if (strstr(text, "not found"))
		tc_buf_text(notice, "install it: apt-get install strace");
	else
		tc_buf_printf(notice, "be root, or see kernel.yama.ptrace_scope and the "
			      "container's seccomp rules%s",
			      cfg->exec ? "; the program runs all the same" : "");
}

static int open_traced(struct tc_tracer *t, const struct tc_tracer_config *cfg,
		       struct tc_buf *notice, struct tc_error *err)
{
	int messages = memfd_create("strace", MFD_CLOEXEC), other = 0, rc;

	if (messages < 0)
		return tc_fail_errno(err, "cannot keep what strace says");
	if (cfg->pid)
		other = tracer_of(cfg->pid);
	if (other) {
		tc_buf_printf(notice, "no system calls beside the wire: process %d is traced "
			      "by process %d already", cfg->pid, other);
		close(messages);
		return 0;
	}
	rc = start(t, cfg, messages, true, err);
	t->traced = rc >= 0 && is_tracing(t, cfg);
	if (rc >= 0 && !t->traced) {
		stop(t);
		explain(notice, cfg, messages);
	}
	close(messages);
	return rc;
}

int tc_tracer_open(struct tc_tracer **out, const struct tc_tracer_config *cfg,
		   struct tc_buf *notice, struct tc_error *err)
{
	struct tc_tracer *t = calloc(1, sizeof *t);
	int rc = t ? tc_strace_open(&t->parser, err) : tc_nomem(err);

	if (t)
		t->lines = -1;
	if (rc >= 0 && !cfg->exec && kill(cfg->pid, 0) < 0 && errno == ESRCH)
		rc = tc_fail(err, -TC_ERR_NO_PROCESS, "there is no process %d", cfg->pid);
	if (rc >= 0 && !cfg->untraced)
		rc = open_traced(t, cfg, notice, err);
	if (rc >= 0 && cfg->exec && !t->traced)
		rc = start(t, cfg, STDERR_FILENO, false, err);
	if (rc < 0) {
		tc_tracer_close(t);
		return rc;
	}
	t->started = cfg->exec != NULL;
	*out = t;
	return 0;
}

void tc_tracer_close(struct tc_tracer *t)
{
	if (!t)
		return;
	stop(t);
	tc_strace_close(t->parser);
	free(t);
}

/* ---- while it runs --------------------------------------------------------------------- */

int tc_tracer_fd(const struct tc_tracer *t)
{
	return t->lines;
}

struct listener {
	struct tc_tracer *t;
	tc_syscall_fn *tell;
	void *ctx;
};

static void on_call(void *ctx, const struct tc_syscall *c)
{
	struct listener *l = ctx;
	struct tc_tracer *t = l->t;
	uint16_t port = c->n_sockets ? c->sockets[0].local : 0;

	if (strcmp(c->name, "listen") == 0 && c->returned && c->value == 0 && c->n_sockets) {
		t->listens_somewhere |= port == 0;
		if (t->n_ports < PORTS_MOST)
			t->ports[t->n_ports++] = port;
	}
	l->tell(l->ctx, c);
}

void tc_tracer_read(struct tc_tracer *t, tc_syscall_fn *tell, void *ctx)
{
	struct listener l = { t, tell, ctx };
	uint8_t bytes[16384];
	ssize_t n;

	while (t->lines >= 0) {
		n = read(t->lines, bytes, sizeof bytes);
		if (n > 0) {
			tc_strace_feed(t->parser, bytes, (size_t)n, on_call, &l);
			continue;
		}
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		tc_strace_end(t->parser, on_call, &l);
		close(t->lines);
		t->lines = -1;
	}
}

/* Is there a listener of any address, in the tables of this network namespace? */
static bool is_in_table(const char *path, uint16_t port)
{
	unsigned at, state;
	char line[256];
	bool found = false;
	FILE *f = fopen(path, "re");

	while (f && !found && fgets(line, sizeof line, f))
		found = sscanf(line, " %*u: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x", &at,
			       &state) == 2 && at == port && state == TCP_LISTEN_HEX;
	if (f)
		fclose(f);
	return found;
}

enum tc_tracer_state tc_tracer_look(struct tc_tracer *t, uint16_t port)
{
	bool listens = t->listens_somewhere;

	for (unsigned i = 0; i < t->n_ports; i++)
		listens |= t->ports[i] == port;
	if (!t->traced)
		listens = is_in_table("/proc/net/tcp", port) ||
			  is_in_table("/proc/net/tcp6", port);
	if (listens || !t->started)
		return TC_TRACER_LISTENS;
	return tc_keeper_program_ended(&t->keeper) ? TC_TRACER_ENDED : TC_TRACER_STARTING;
}
