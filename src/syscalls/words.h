/* SPDX-License-Identifier: BSD-2-Clause */
/* Words that calls and their errors are written with. */
#ifndef SYSCALLS_WORDS_H
#define SYSCALLS_WORDS_H

#include <stdbool.h>

/* The value of SOCK_STREAM, POLLIN, ECONNRESET …; false: not known. */
bool tc_call_word(const char *name, long *value);
bool tc_call_errno_value(const char *name, int *value);	/* of errors alone */
const char *tc_call_errno(int code);		/* "ECONNRESET"; "errno" for an unknown one */

#endif
