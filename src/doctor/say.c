/* SPDX-License-Identifier: BSD-2-Clause */
/* What a check found, and the cure, in words. */
#include "own.h"

#include <stdarg.h>
#include <stdio.h>

void tc_doctor_say(struct tc_checkup *f, enum tc_health h, const char *fmt, ...)
{
	va_list ap;

	f->health = h;
	va_start(ap, fmt);
	vsnprintf(f->found, sizeof f->found, fmt, ap);
	va_end(ap);
}

void tc_doctor_cure(struct tc_checkup *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->cure, sizeof f->cure, fmt, ap);
	va_end(ap);
}
