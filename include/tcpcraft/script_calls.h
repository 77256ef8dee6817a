/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls and shell lines of a script, made on a local kernel (tcpcraft/local.h) and
 * judged: result, errno, what was read, what an option or poll(2) says. The numbers of
 * descriptors in a script are names: what socket and accept gave stands for the script's
 * number from then on. `...` is what the call needs: the default address of our side or
 * theirs, a length, zeros to write, anything that comes back.
 *
 * One thread. The script must outlive this.
 */
#ifndef TCPCRAFT_SCRIPT_CALLS_H
#define TCPCRAFT_SCRIPT_CALLS_H

#include <tcpcraft/error.h>
#include <tcpcraft/script.h>

struct tc_calls;
struct tc_local;

#define TC_CALLS_PORT 8080	/* of both sides, where a script says nothing */

struct tc_calls_config {
	struct tc_local *local;		/* outlives this */
	uint16_t bind_port;		/* of `...` in bind; 0 = TC_CALLS_PORT */
	uint16_t connect_port;		/* … in connect, sendto; 0 = TC_CALLS_PORT */
};

/*
 * Can all of it be carried out? 0, or -EOPNOTSUPP for what cannot, which is no failure of
 * the peer's: code in %{ }%, a call that is not in the list, a word, member or option value
 * that is not known; a shell line without allow_shell. The line names the place and what
 * there is.
 */
int tc_calls_check(const struct tc_script *s, bool allow_shell, struct tc_error *err);

int tc_calls_open(struct tc_calls **c, const struct tc_script *s,
		  const struct tc_calls_config *cfg, struct tc_error *err);
void tc_calls_close(struct tc_calls *c);	/* NULL is allowed; ends none of the calls */

/* Begin the call or shell line of an event. -EOPNOTSUPP, -EINVAL, -EMSGSIZE for arguments;
 * -EBUSY when TC_LOCAL_CALLS are blocked. */
int tc_calls_start(struct tc_calls *c, const struct tc_script_event *e, struct tc_error *err);

struct tc_calls_done {
	const struct tc_script_event *event;
	tc_time began, ended;		/* CLOCK_REALTIME, as capture stamps are */
	bool met;			/* it was as the script says … */
	char why[TC_ERROR_MSG_MAX];	/* … or not: "accept returned -1 EAGAIN, expected 4" */
};

/* The next call that has ended: 1, or 0 when none has until `until` (monotonic, 0: now).
 * Negative when the local kernel's process is gone. */
int tc_calls_next(struct tc_calls *c, tc_time until, struct tc_calls_done *done,
		  struct tc_error *err);
int tc_calls_fd(const struct tc_calls *c);	/* readable when there may be one */
unsigned tc_calls_running(const struct tc_calls *c);

/* The event of a call that has not ended, or NULL. */
const struct tc_script_event *tc_calls_blocked(const struct tc_calls *c);

#endif
