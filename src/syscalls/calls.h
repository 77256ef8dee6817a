/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls and shell lines of a script, made by a hand (hand.h) and judged: result, errno, what
 * was read, what an option or poll(2) says. The numbers of descriptors in a script are names:
 * what socket and accept gave stands for the script's
 * number from then on. `...` is what the call needs: the default address of our side or
 * theirs, a length, zeros to write, anything that comes back.
 *
 * One thread. The script must outlive this.
 */
#ifndef SYSCALLS_CALLS_H
#define SYSCALLS_CALLS_H

#include <tcpcraft/addr.h>
#include <tcpcraft/error.h>
#include <tcpcraft/script.h>

struct tc_calls;
struct tc_code_runner;
struct tc_hand;

#define TC_CALLS_PORT 8080	/* of both sides, where a script says nothing */

struct tc_calls_config {
	struct tc_hand *hand;		/* outlives this */
	struct tc_code_runner *runner;	/* the same; NULL: the script has no code */
	struct tc_addr addr, peer;	/* of the machine under test, ours */
	uint16_t bind_port;		/* of `...` in bind; 0 = TC_CALLS_PORT */
	uint16_t connect_port;		/* … in connect, sendto; 0 = TC_CALLS_PORT */
	bool mapped;			/* sockets are AF_INET6 over IPv4 (RFC 4291 2.5.5.2) */
	tc_time tolerance;		/* of when a call ends; 0 = 4 ms */
	tc_time patience;		/* with a shell line; 0 = 30 s */
};

/*
 * Can all of it be carried out? 0, or -EOPNOTSUPP for what cannot, which is not a failure of
 * the peer's: a call that is not in the list, a word, member or option value
 * that is not known; a shell line without allow_shell. The line names the place and what
 * there is.
 */
int tc_calls_check(const struct tc_script *s, bool allow_shell, struct tc_error *err);

/* What runs a script's code, %{ }%, in the end, and is to be there before any wall. */
int tc_code_runner_open(struct tc_code_runner **r, struct tc_error *err);
void tc_code_runner_close(struct tc_code_runner *r);	/* NULL is allowed */

int tc_calls_open(struct tc_calls **c, const struct tc_script *s,
		  const struct tc_calls_config *cfg, struct tc_error *err);
void tc_calls_close(struct tc_calls *c);	/* NULL is allowed; ends none of the calls */

/* Nothing is waited for any more when fd (signalfd(2), …) is readable: -ECANCELED then. */
void tc_calls_stop_on(struct tc_calls *c, int fd);

/*
 * For struct tc_script_ops (tcpcraft/script_run.h). Make the call or shell line of an
 * event; `zero` is the script's second 0 (CLOCK_REALTIME), from which times count that come
 * back; one that does not block is waited for, a call at most a second, and judged. *when is
 * set to when it ended, of one that blocks to when it began. Negative when it is not as the
 * script says, -EOPNOTSUPP when it cannot be made, or is a shell line that has not ended in time;
 * -TC_ERR_HAND_LACKS and -TC_ERR_HAND_GONE of the hand.
 */
int tc_calls_make(struct tc_calls *c, const struct tc_script_event *e, tc_time zero,
		  tc_time *when, struct tc_error *err);

/* After each wait: judge the blocking calls that have ended. -TC_ERR_UNMET: one is not as the
 * script says, or should have ended more than a second ago. */
int tc_calls_turn(struct tc_calls *c, struct tc_error *err);

/* A packet of ours went out at `stamp`: a call that it wakes is late with it, which is no
 * fault of the kernel's. */
void tc_calls_sent(struct tc_calls *c, tc_time stamp);

/* The event of the call that was not as the script says; NULL: none. */
const struct tc_script_event *tc_calls_failed(const struct tc_calls *c);

bool tc_calls_busy(const struct tc_calls *c);	/* a call blocks */
int tc_calls_fd(const struct tc_calls *c);	/* readable when one has ended */

/* When the script is carried out: run its code. -TC_ERR_UNMET if a call ended later than the
 * script says, or the code fails; -EOPNOTSUPP if the code cannot be run. */
int tc_calls_end(struct tc_calls *c, struct tc_error *err);

/* It is over, whatever came of it: a far hand leaves no socket behind. -TC_ERR_HAND_GONE: it
 * does not answer any more, and whatever the script found is not to be trusted. `stopped`: somebody
 * waits for our end, so it has a second, whatever tc_calls_stop_on says. */
int tc_calls_leave(struct tc_calls *c, bool stopped, struct tc_error *err);

#endif
