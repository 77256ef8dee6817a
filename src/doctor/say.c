/* SPDX-License-Identifier: BSD-2-Clause */
/* What a check found, and the cure, in words. */
#include "own.h"

#include "base/format.h"

#include <stdio.h>

void tc_doctor_say(struct tc_checkup *f, enum tc_health h, const char *fmt, ...)
{
	f->health = h;
	TC_FORMAT(f->found, sizeof f->found, fmt);
}

void tc_doctor_cure(struct tc_checkup *f, const char *fmt, ...)
{
	TC_FORMAT(f->cure, sizeof f->cure, fmt);
}
