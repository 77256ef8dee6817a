/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The starter and the way to it; see starter.h. A byte asks, a number answers, and with what was
 * begun comes its handle (pidfd_open(2)): that it has ended is seen in the same moment by who is
 * behind the wall, whether the starter has its turn on a processor or not. It runs our code after
 * fork(2), and other threads of ours may have been anywhere, so it keeps to system calls.
 */
#include "starter.h"

#include "child.h"

#include "base/opened.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_EACH 2		/* ms, where there is no handle (before Linux 5.3) */
#define ANSWERS_WITHIN 60000	/* ms, though all of a group is to be killed first */

enum { START = 's', STATUS = '?', END = 'e', LEAVE = 'l' };

struct tc_starter {
	const char *name;
	pid_t pid;			/* its own; 0: none */
	int fd;				/* of the socket pair, or -1 */
	bool runs;
	int ended;			/* tc_child_handle of what runs, or -1 */
};

/* An answer, and room for a descriptor beside it. */
struct answer {
	int rc;
	struct iovec bytes;
	struct msghdr msg;
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} beside;
};

static void make_answer(struct answer *a)
{
	memset(a, 0, sizeof *a);
	a->bytes = (struct iovec){ &a->rc, sizeof a->rc };
	a->msg.msg_iov = &a->bytes;
	a->msg.msg_iovlen = 1;
	a->msg.msg_control = a->beside.room;
	a->msg.msg_controllen = sizeof a->beside.room;
}

/* ---- in the starter ------------------------------------------------------------------ */

static bool answer(int fd, int rc, int handle)
{
	struct answer a;

	make_answer(&a);
	a.rc = rc;
	if (handle < 0) {
		a.msg.msg_control = NULL;
		a.msg.msg_controllen = 0;
	} else {
		a.beside.head = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
						  .cmsg_type = SCM_RIGHTS,
						  .cmsg_len = CMSG_LEN(sizeof handle) };
		memcpy(CMSG_DATA(&a.beside.head), &handle, sizeof handle);
	}
	return sendmsg(fd, &a.msg, MSG_NOSIGNAL) == (ssize_t)sizeof a.rc;
}

/* It is not reaped: its number is its group's, and must stay that. */
static int status_of(pid_t pid)
{
	siginfo_t ended = { 0 };

	if (!pid || waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG | WNOWAIT) != 0)
		return -ECHILD;
	if (!ended.si_pid)
		return -EAGAIN;
	return ended.si_code == CLD_EXITED ? ended.si_status : 128 + ended.si_status;
}

static void end(pid_t *pid)
{
	if (*pid)
		tc_child_kill(-*pid);
	*pid = 0;
}

static bool start(const struct tc_starter_config *cfg, int fd, pid_t *pid)
{
	int handle, rc;
	bool told;

	end(pid);
	*pid = cfg->start(cfg->ctx);
	rc = *pid < 0 ? -errno : 0;
	if (rc < 0)
		*pid = 0;
	handle = *pid ? tc_child_handle(*pid) : -1;
	told = answer(fd, rc, handle);
	if (handle >= 0)
		close(handle);
	return told;
}

static bool obey(const struct tc_starter_config *cfg, int fd, char asked, pid_t *pid)
{
	switch (asked) {
	case START:
		return start(cfg, fd, pid);
	case STATUS:
		return answer(fd, status_of(*pid), -1);
	case END:
		end(pid);
		break;
	case LEAVE:
		if (status_of(*pid) == -EAGAIN)
			return answer(fd, -EAGAIN, -1);
		if (*pid)
			tc_child_wait(*pid, TC_CHILD_NEVER);
		*pid = 0;
		break;
	}
	return answer(fd, 0, -1);
}

/* Signals of the terminal are for who asks, whose end is the end of this; and one that ignores
 * SIGCHLD, as who started us may have, would not hear how anything ended. */
static void serve(const struct tc_starter_config *cfg, int fd)
{
	int fds[TC_STARTER_FDS + 1], n = (int)cfg->n_fds;
	sigset_t all;
	pid_t pid = 0;
	char asked;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	signal(SIGCHLD, SIG_DFL);
	prctl(PR_SET_NAME, "tcpcraft-starts");
	memcpy(fds, cfg->fds, cfg->n_fds * sizeof *fds);
	fds[n] = fd;
	tc_child_descriptors(fds, cfg->n_fds + 1);
	fcntl(n, F_SETFD, FD_CLOEXEC);
	while (recv(n, &asked, 1, 0) == 1 && obey(cfg, n, asked, &pid))
		;
	end(&pid);
	_exit(0);
}

/* ---- in our own process -------------------------------------------------------------- */

int tc_starter_open(struct tc_starter **out, const struct tc_starter_config *cfg,
		    struct tc_error *err)
{
	struct tc_starter *s = calloc(1, sizeof *s);
	int ends[2], rc = 0;

	if (!s)
		return tc_nomem(err);
	*s = (struct tc_starter){ .name = cfg->name, .fd = -1, .ended = -1 };
	if (cfg->n_fds > TC_STARTER_FDS)
		rc = tc_fail(err, -EINVAL, "'%s' is to have %u descriptors: %u at most",
			     cfg->name, cfg->n_fds, TC_STARTER_FDS);
	else if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		rc = tc_fail_errno(err, "no way to the process that is to start '%s'", cfg->name);
	if (rc < 0)
		return TC_OPENED(out, s, rc, tc_starter_close);
	s->pid = tc_child_fork(SIGKILL);
	if (s->pid == 0)
		serve(cfg, ends[1]);
	s->fd = ends[0];
	close(ends[1]);
	if (s->pid < 0) {
		s->pid = 0;
		rc = tc_fail_errno(err, "no process that is to start '%s'", cfg->name);
	}
	return TC_OPENED(out, s, rc, tc_starter_close);
}

static void forget(struct tc_starter *s)
{
	if (s->ended >= 0)
		close(s->ended);
	s->ended = -1;
	s->runs = false;
}

/* False: none in time, which is never read then. It is ended, and what it runs with it, so that
 * nobody waits for one that was stopped. */
static bool get_answer(const struct tc_starter *s, struct answer *a)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	int rc;

	while ((rc = poll(&p, 1, ANSWERS_WITHIN)) < 0 && errno == EINTR)
		;
	if (rc > 0 && recvmsg(s->fd, &a->msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) ==
		      (ssize_t)sizeof a->rc)
		return true;
	shutdown(s->fd, SHUT_RDWR);
	kill(s->pid, SIGKILL);
	return false;
}

/* Its answer; what came beside it, or -1, becomes s->ended where something was begun. */
static int ask(struct tc_starter *s, char what)
{
	struct answer a;

	make_answer(&a);
	if (send(s->fd, &what, 1, MSG_NOSIGNAL) != 1 || !get_answer(s, &a))
		return -ECHILD;
	if (what == START && a.msg.msg_controllen >= CMSG_LEN(sizeof(int)))
		memcpy(&s->ended, CMSG_DATA(&a.beside.head), sizeof(int));
	return a.rc;
}

int tc_starter_fail(const struct tc_starter *s, int rc, struct tc_error *err)
{
	if (rc == -ECHILD)
		return tc_fail(err, rc, "the process that starts '%s' is gone, or does not "
			       "answer: begin again", s->name);
	return tc_fail(err, rc, "cannot start '%s': %s", s->name, strerror(-rc));
}

int tc_starter_start(struct tc_starter *s, struct tc_error *err)
{
	int rc;

	forget(s);
	rc = ask(s, START);
	s->runs = rc >= 0;
	return rc < 0 ? tc_starter_fail(s, rc, err) : rc;
}

bool tc_starter_runs(const struct tc_starter *s)
{
	return s->runs;
}

/* Until there is something to ask about, or the next look: -ECANCELED for stop_fd. */
static int look_out(const struct tc_starter *s, tc_time deadline, int stop_fd)
{
	struct pollfd p[] = { { .fd = s->ended, .events = POLLIN },
			      { .fd = stop_fd, .events = POLLIN } };
	tc_time left = deadline == TC_CHILD_NEVER ? deadline : deadline - tc_clock_monotonic();
	int ms = left <= 0 ? 0 : left / TC_MS >= 1000 ? 1000 : (int)(left / TC_MS) + 1;

	poll(p, 2, s->ended < 0 && ms > LOOK_EACH ? LOOK_EACH : ms);
	return p[1].revents ? -ECANCELED : s->ended < 0 || p[0].revents;
}

int tc_starter_wait(struct tc_starter *s, tc_time deadline, int stop_fd)
{
	int rc;

	for (;;) {
		rc = look_out(s, deadline, stop_fd);
		if (rc > 0)
			rc = ask(s, STATUS);
		else if (rc == 0)
			rc = -EAGAIN;
		if (rc != -EAGAIN)
			return rc;
		if (tc_clock_monotonic() >= deadline)
			return -ETIMEDOUT;
	}
}

void tc_starter_end(struct tc_starter *s)
{
	if (s->runs)
		ask(s, END);
	forget(s);
}

void tc_starter_leave(struct tc_starter *s)
{
	if (s->runs && ask(s, LEAVE) == -EAGAIN)
		ask(s, END);
	forget(s);
}

void tc_starter_close(struct tc_starter *s)
{
	if (!s)
		return;
	forget(s);
	if (s->fd >= 0) {
		shutdown(s->fd, SHUT_RDWR);	/* which it waits for; others may have a copy */
		close(s->fd);
	}
	if (s->pid)
		tc_child_wait(s->pid, TC_CHILD_NEVER);
	free(s);
}
