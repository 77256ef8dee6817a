/* SPDX-License-Identifier: BSD-2-Clause */
/* Where lessons are, and which. */
#ifndef TUTOR_LESSONS_H
#define TUTOR_LESSONS_H

#include <tcpcraft/error.h>

#include "teach/lesson.h"

/* Read a lesson: the file, or, with file NULL, one that is installed under that name.
 * -ENOENT: there is none; else as tc_lesson_parse. */
int lessons_read(struct tc_lesson **l, const char *file, const char *name,
		 struct tc_error *err);

/* Call `tell` for each that is installed, by name. -ENOENT: the folder is missing. */
int lessons_each(int (*tell)(void *ctx, const char *name, struct tc_error *err), void *ctx,
		 struct tc_error *err);

#endif
