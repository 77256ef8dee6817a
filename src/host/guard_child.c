/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The script's process. Why a socket and not two pipes: a write to a dead reader must
 * not raise SIGPIPE in the program, and one descriptor cannot be half inherited. Every
 * process that the script starts keeps its output open, so the end of the output means
 * that nothing is left that could still change a rule.
 */
#include "guard_child.h"

#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <tcpcraft/error.h>

#define SCRIPT "rst-guard"
#define SAFE_PATH "PATH=/usr/sbin:/usr/bin:/sbin:/bin"
#define SCRIPT_SAYS SCRIPT ": "
#define WORDS_MOST 32

extern char **environ;

/* Only the owner of the program is trusted to have put it there: of a build in /tmp, one
 * of the folders above it may be everybody's. */
static bool has_script(char *path, size_t n, const char *root, const char *folder,
		       uid_t owner)
{
	struct stat script;

	return snprintf(path, n, "%s/%s/" SCRIPT, root, folder) < (int)n &&
	       stat(path, &script) == 0 && S_ISREG(script.st_mode) &&
	       script.st_uid == owner && access(path, X_OK) == 0;
}

/* A build tree has the script one to three folders up (build/, build/SAN/peers/); an
 * installation has it beside the program's folder, wherever that was put (DESTDIR). */
static bool find_in_tree(char *path, size_t n)
{
	char exe[PATH_MAX];
	struct stat program;
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *slash;

	if (len <= 0 || stat("/proc/self/exe", &program) != 0)
		return false;
	exe[len] = '\0';
	for (int up = 0; up < 4; up++) {
		slash = strrchr(exe, '/');
		if (!slash)
			return false;
		*slash = '\0';
		if (up > 0 && has_script(path, n, exe, "scripts", program.st_uid))
			return true;
		if (up == 1 && has_script(path, n, exe, "libexec/tcpcraft", program.st_uid))
			return true;
	}
	return false;
}

static int find_script(char *path, size_t n, struct tc_error *err)
{
	const char *dir = secure_getenv("TCPCRAFT_LIBEXEC");

	if (dir && !*dir)
		dir = NULL;
	if (!dir && find_in_tree(path, n))
		return 0;
	if (snprintf(path, n, "%s/" SCRIPT, dir ? dir : TC_LIBEXEC) >= (int)n)
		return tc_fail(err, -TC_ERR_NO_GUARD_SCRIPT, "TCPCRAFT_LIBEXEC is too long: %.60s...", dir);
	if (access(path, X_OK) == 0)
		return 0;
	return tc_fail(err, -TC_ERR_NO_GUARD_SCRIPT, "the guard's script is missing: no program %s; set "
		       "TCPCRAFT_LIBEXEC to the folder that has " SCRIPT, path);
}

/* A pair that a program started with closed standard descriptors cannot confuse with
 * the child's 0, 1 and 2. */
static int open_pair(int pair[2], struct tc_error *err)
{
	int high, rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return tc_fail_errno(err, "no socket for the guard's script");
	for (int i = 0; i < 2; i++) {
		if (pair[i] > STDERR_FILENO)
			continue;
		high = fcntl(pair[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		if (high < 0) {
			rc = tc_fail_errno(err, "no socket for the guard's script");
			close(pair[0]);
			close(pair[1]);
			return rc;
		}
		close(pair[i]);
		pair[i] = high;
	}
	return 0;
}

/* Who is not root has his capabilities from the program's file, and the script, which has none,
 * would lose them: those that iptables and nft ask for are passed on (PR_CAP_AMBIENT), to this
 * child alone. The legacy iptables works through a raw socket. */
static bool pass_on(bool on)
{
	static const int passed[] = { CAP_NET_ADMIN, CAP_NET_RAW };
	struct __user_cap_header_struct of = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct have[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (geteuid() == 0 || syscall(SYS_capget, &of, have) < 0)
		return false;
	for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
		if (on)
			have[0].inheritable |= have[0].permitted & 1u << passed[i];
		else
			have[0].inheritable &= ~(1u << passed[i]);
	if (syscall(SYS_capset, &of, have) < 0)	/* what is not inheritable is not ambient */
		return false;
	for (size_t i = 0; on && i < sizeof passed / sizeof *passed; i++)
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, passed[i], 0, 0);
	return true;
}

/* Where our capabilities are not the user's own, nor are the programs of his $PATH. */
static int spawn_privileged(pid_t *pid, const char *path,
			    const posix_spawn_file_actions_t *files,
			    const posix_spawnattr_t *attr, const char **argv)
{
	char path_alone[] = SAFE_PATH;
	char *const safe[] = { path_alone, NULL };
	bool passed = pass_on(true);
	int rc = posix_spawn(pid, path, files, attr, (char *const *)argv,
			     getauxval(AT_SECURE) ? safe : environ);

	if (passed)
		pass_on(false);
	return rc;
}

/* A session of its own (no Ctrl-C from the terminal), default SIGCHLD and no blocked
 * signals (the shell waits for its children), and the socket as 0, 1, 2, nothing else. */
static int spawn(pid_t *pid, const char *path, const char **argv, int fd)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t set;
	int rc;

	rc = posix_spawn_file_actions_init(&files);
	if (rc != 0)
		return rc;
	rc = posix_spawnattr_init(&attr);
	if (rc != 0) {
		posix_spawn_file_actions_destroy(&files);
		return rc;
	}
	for (int i = 0; i <= STDERR_FILENO && rc == 0; i++)
		rc = posix_spawn_file_actions_adddup2(&files, fd, i);
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
#endif
	sigemptyset(&set);
	posix_spawnattr_setsigmask(&attr, &set);
	sigaddset(&set, SIGCHLD);
	posix_spawnattr_setsigdefault(&attr, &set);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
				 POSIX_SPAWN_SETSIGDEF);
	if (rc == 0)
		rc = spawn_privileged(pid, path, &files, &attr, argv);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

/* program: what is run, with argv from its own name on. */
static int start(struct tc_guard_child *c, const char *program, const char **argv,
		 struct tc_error *err)
{
	int pair[2];
	int rc = open_pair(pair, err);

	if (rc != 0)
		return rc;
	rc = spawn(&c->pid, program, argv, pair[1]);
	close(pair[1]);
	if (rc != 0) {
		close(pair[0]);
		return tc_fail(err, -rc, "cannot run %s: %s", program, strerror(rc));
	}
	c->fd = pair[0];
	return 0;
}

/* The script, with its words from the third on in argv. */
static int prepare(struct tc_guard_child *c, char path[PATH_MAX], const char **argv,
		   struct tc_error *err)
{
	memset(c, 0, sizeof(*c));
	argv[0] = path;
	argv[1] = "--words";
	return find_script(path, PATH_MAX, err);
}

int tc_guard_child_start(struct tc_guard_child *c, const char **argv, struct tc_error *err)
{
	char path[PATH_MAX];
	int rc = prepare(c, path, argv, err);

	return rc ? rc : start(c, path, argv, err);
}

int tc_guard_child_start_waiting(struct tc_guard_child *c, const char **argv,
				 struct tc_error *err)
{
	static const char wait[] = "read -r go && exec \"$0\" \"$@\"";
	const char *later[WORDS_MOST + 4] = { "sh", "-c", wait };
	char path[PATH_MAX];
	int rc = prepare(c, path, argv, err);

	for (size_t i = 0; i < WORDS_MOST && argv[i]; i++)
		later[3 + i] = argv[i];
	return rc ? rc : start(c, "/bin/sh", later, err);
}

int tc_guard_child_fork(struct tc_guard_child *c, void (*run)(void *ctx, int fd), void *ctx,
			struct tc_error *err)
{
	int pair[2];
	int rc = open_pair(pair, err);

	if (rc != 0)
		return rc;
	memset(c, 0, sizeof(*c));
	c->fd = pair[0];
	c->pid = tc_child_fork(0);
	if (c->pid == 0)
		run(ctx, pair[1]);
	if (c->pid < 0)
		rc = tc_fail_errno(err, "no process for the guard");
	close(pair[1]);
	if (rc != 0)
		close(pair[0]);
	return rc;
}

void tc_guard_child_say(struct tc_guard_child *c, const char *line)
{
	ssize_t n;

	do
		n = send(c->fd, line, strlen(line), MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
}

/* 1 bytes came, 0 the end, negative errno. */
static int fill(struct tc_guard_child *c, tc_time deadline)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	tc_time left = deadline - tc_clock_monotonic();
	ssize_t n;
	int rc;

	if (left < 0)
		return -ETIMEDOUT;
	rc = poll(&p, 1, (int)(left / TC_MS) + 1);
	if (rc <= 0)
		return rc == 0 || errno == EINTR ? -EAGAIN : -errno;
	n = recv(c->fd, c->in + c->len, sizeof(c->in) - c->len, MSG_DONTWAIT);
	if (n > 0)
		c->len += (size_t)n;
	/* A child that died with our last line unread resets the socket: the end too. */
	if (n < 0 && errno != ECONNRESET)
		return errno == EINTR ? -EAGAIN : -errno;
	return n > 0;
}

/* Take the first line out of in[]; one that does not fit is cut there. */
static bool take(struct tc_guard_child *c, char *line, size_t n)
{
	char *end = memchr(c->in, '\n', c->len);
	size_t len = end ? (size_t)(end - c->in) : c->len;
	size_t used = end ? len + 1 : len;
	size_t keep = len < n - 1 ? len : n - 1;

	if (!end && c->len < sizeof(c->in))
		return false;
	memcpy(line, c->in, keep);
	line[keep] = '\0';
	memmove(c->in, c->in + used, c->len - used);
	c->len -= used;
	return true;
}

/* A line that says in one word why this machine cannot; the message follows. */
static bool take_word(struct tc_guard_child *c, const char *line)
{
	static const struct {
		const char *line;
		int code;
	} words[] = {
		{ "cannot privilege", -EPERM },
		{ "cannot locked", -EBUSY },
		{ "cannot no-iptables", -TC_ERR_NO_IPTABLES },
		{ "cannot no-nft", -TC_ERR_NO_NFT },
		{ "cannot other", 0 },
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(line, words[i].line) == 0) {
			c->code = words[i].code;
			return true;
		}
	return false;
}

int tc_guard_child_line(struct tc_guard_child *c, char *line, size_t n, tc_time deadline,
			bool heed)
{
	const size_t name = strlen(SCRIPT_SAYS);
	int rc;

	for (;;) {
		while (take(c, line, n)) {
			if (take_word(c, line))
				continue;
			if (strncmp(line, SCRIPT_SAYS, name) != 0)
				return 1;
			snprintf(c->said, sizeof(c->said), "%s", line + name);
			if (heed)
				return -EPIPE;
		}
		rc = fill(c, deadline);
		if (rc <= 0 && rc != -EAGAIN)
			return rc;
	}
}

int tc_guard_child_end(struct tc_guard_child *c, tc_time deadline)
{
	int rc;

	close(c->fd);
	c->fd = -1;
	rc = tc_child_wait(c->pid, deadline);
	/* Reaped by the program's own handler of SIGCHLD: its code is lost. */
	return rc == -ECHILD ? 0 : rc;
}
