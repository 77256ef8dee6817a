/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SYNs a second on one core with varying ports and sequence numbers: `tcpcraft send --flood`
 * against what people use today. Each program runs by itself on the last core, in turn; what
 * counts is what the other host's interface has received in the middle of its run, so that
 * neither its start nor what it says of itself matters.
 *
 *	flood TARGET NETNS IF	TARGET's host drops what comes to its interface IF inside
 *				the namespace NETNS
 *
 * The commands find in the environment: TARGET, which this program puts there, our interface
 * OURS with its MAC and address SOURCE, TCPCRAFT.
 */
#include "measure.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/if_link.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 5
#define ENOUGH 200		/* packets: it is under way */
#define STARTS_IN (10 * TC_S)
#define LET_RUN (100 * TC_MS)
#define MEASURE (500 * TC_MS)

static const char ours[] = "exec \"$TCPCRAFT\" send $TARGET 80 --flags S tcp.srcport=rand "
			   "tcp.seq=rand --flood --timeout 0.1";

static const char scapy[] =
	"exec /usr/bin/python3 -c 'import os, random\n"
	"from scapy.all import Ether, IP, TCP, conf\n"
	"e = os.environ\n"
	"s = conf.L2socket(iface=e[\"OURS\"])\n"
	"while True:\n"
	"    s.send(Ether(src=e[\"MAC\"], dst=\"02:00:00:00:00:09\") /"
	" IP(src=e[\"SOURCE\"], dst=e[\"TARGET\"]) /"
	" TCP(sport=random.randrange(1024, 65536), dport=80, flags=\"S\","
	" seq=random.randrange(1 << 32)))'";

struct rival {
	const char *name, *command;
	double target;
};

static const struct rival rivals[] = {
	{ "hping3 --flood", "exec hping3 --flood -S -p 80 -I $OURS $TARGET", 4 },
	{ "nping", "exec nping --tcp -p 80 --flags syn --delay 0 -c 100000000 -H -N -q $TARGET",
	  4 },
	{ "trafgen, 1 CPU", "echo \"{ eth(da=02:00:00:00:00:09, sa=$MAC),"
	  " ipv4(saddr=$SOURCE, daddr=$TARGET), tcp(sp=drnd(), dp=80, seq=drnd(), syn) }\" |"
	  " exec trafgen --dev $OURS --conf - --cpus 1", 1.2 },
	{ "Scapy build and send", scapy, 200 },
};

#define RIVALS (sizeof rivals / sizeof rivals[0])

struct run {
	const char *their_if;
	int home, there;
	struct bench bench[RIVALS];
};

/* 32 bits, as the kernel's older counters are: a difference is right all the same. */
static int received(const struct run *r, uint32_t *n)
{
	struct ifaddrs *all = NULL, *i;
	int rc = -ENODEV;

	if (setns(r->there, CLONE_NEWNET) < 0)
		return -errno;
	if (getifaddrs(&all) < 0)
		rc = -errno;
	for (i = all; i; i = i->ifa_next)
		if (i->ifa_addr && i->ifa_addr->sa_family == AF_PACKET && i->ifa_data &&
		    strcmp(i->ifa_name, r->their_if) == 0) {
			*n = ((const struct rtnl_link_stats *)i->ifa_data)->rx_packets;
			rc = 0;
		}
	freeifaddrs(all);
	return setns(r->home, CLONE_NEWNET) < 0 ? -errno : rc;
}

static void rest(tc_time ns)
{
	struct timespec ts = { ns / TC_S, ns % TC_S };

	nanosleep(&ts, NULL);
}

/* In a process group of its own, which ends with it. */
static pid_t start(const char *command)
{
	pid_t parent = getpid(), pid = fork();
	int nowhere;

	if (pid)
		return pid;
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
		_exit(3);
	setpgid(0, 0);
	nowhere = open("/dev/null", O_RDWR);
	dup2(nowhere, 0);
	dup2(nowhere, 1);
	dup2(nowhere, 2);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

/* Politely first: tcpcraft and trafgen have something to put away. */
static void end(pid_t pid)
{
	tc_time until = tc_clock_monotonic() + TC_S;

	kill(-pid, SIGINT);
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (tc_clock_monotonic() > until)
			kill(-pid, SIGKILL);
		rest(5 * TC_MS);
	}
	kill(-pid, SIGKILL);
}

static int wait_for_start(const struct run *r, pid_t pid, uint32_t before)
{
	tc_time until = tc_clock_monotonic() + STARTS_IN;
	siginfo_t info = { 0 };
	uint32_t n = before;
	int rc = 0;

	while (rc == 0 && n - before < ENOUGH) {
		if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    info.si_pid || tc_clock_monotonic() > until)
			return -ENOENT;
		rest(5 * TC_MS);
		rc = received(r, &n);
	}
	return rc;
}

/* Thousands a second, or negative. */
static double rate_of(const struct run *r, const char *command)
{
	uint32_t first = 0, last = 0;
	tc_time began, took;
	int rc = received(r, &first);
	pid_t pid = rc < 0 ? -1 : start(command);

	if (pid < 0)
		return -1;
	rc = wait_for_start(r, pid, first);
	if (rc == 0) {
		rest(LET_RUN);
		rc = received(r, &first);
	}
	began = tc_clock_monotonic();
	rest(MEASURE);
	took = tc_clock_monotonic() - began;
	if (rc == 0)
		rc = received(r, &last);
	end(pid);
	return rc < 0 ? -1 : (double)(last - first) * 1e6 / (double)took;
}

/* Ours beside each of theirs: what else the machine does has changed meanwhile. */
static void one_round(struct run *r)
{
	for (size_t i = 0; i < RIVALS; i++) {
		double theirs = rate_of(r, rivals[i].command);
		double mine = theirs < 0 ? -1 : rate_of(r, ours);

		if (mine > 0 && theirs > 0)
			bench_add(&r->bench[i], mine, theirs);
	}
}

int main(int argc, char **argv)
{
	static struct run r;
	int bad = 0;

	if (argc != 4) {
		fprintf(stderr, "usage: flood TARGET NETNS IF\n");
		return 2;
	}
	setenv("TARGET", argv[1], 1);
	r.their_if = argv[3];
	r.home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	r.there = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (r.home < 0 || r.there < 0) {
		bench_skip("send --flood", "no namespace %s: %s", argv[2], strerror(errno));
		return 1;
	}
	bench_pin();
	for (size_t i = 0; i < RIVALS; i++)
		r.bench[i] = (struct bench){ .what = "send --flood", .unit = "k/s",
					     .theirs = rivals[i].name,
					     .target = rivals[i].target };
	for (unsigned n = 0; n < ROUNDS; n++)
		one_round(&r);
	for (size_t i = 0; i < RIVALS; i++) {
		if (r.bench[i].n) {
			bench_report(&r.bench[i]);
			continue;
		}
		bench_skip(rivals[i].name, "it did not run, or tcpcraft send --flood beside it: is it "
			   "there? (as root: scripts/setup bench)");
		bad = 1;
	}
	return bad;
}
