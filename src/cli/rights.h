/* SPDX-License-Identifier: BSD-2-Clause */
/* With whose rights this process works: settled once, before anything is opened. */
#ifndef CLI_RIGHTS_H
#define CLI_RIGHTS_H

struct tc_error;

/* Under sudo files are the invoking user's: what is opened must be open to him, and what is
 * written belongs to him (setfsuid(2): network and children keep root's rights). Negative, with the
 * line: the program is set-user-ID or set-group-ID, and refuses. */
int rights_settle(struct tc_error *err);

#endif
