/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals that ask us to stop. */
#include "live.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* From here on the signals that end us are read like any other input, so that there is
 * one way out, which cleans up. */
int live_open_signals(struct tc_error *err)
{
	struct sigaction hup = { 0 };
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaction(SIGHUP, NULL, &hup);
	if (hup.sa_handler != SIG_IGN)	/* else nohup(1) was asked to outlive the terminal */
		sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? tc_fail_errno(err, "cannot watch for signals") : fd;
}

void live_read_signal(struct live *l)
{
	struct signalfd_siginfo info;

	if (read(l->signal_fd, &info, sizeof info) == (ssize_t)sizeof info && !l->signal)
		l->signal = (int)info.ssi_signo;
}
