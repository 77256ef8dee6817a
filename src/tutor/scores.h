/* SPDX-License-Identifier: BSD-2-Clause */
/* The file of a class: a line for each lesson that somebody has worked through. */
#ifndef TUTOR_SCORES_H
#define TUTOR_SCORES_H

#include <tcpcraft/error.h>

#include "teach/lesson.h"

/* To be written behind what is there; many may do so at once. The descriptor, -1 where
 * `file` is NULL, or a negative error. */
int scores_open(const char *file, struct tc_error *err);

/* Add the line of this sheet, now over, and close the descriptor. */
int scores_add(int fd, const char *file, struct tc_lesson_sheet *s, int exit_code,
	       struct tc_error *err);

#endif
