/* SPDX-License-Identifier: BSD-2-Clause */
/* The experiments that are meet's own, one a file; the others are those of probe. */
#ifndef MEET_STEPS_H
#define MEET_STEPS_H

#include "lab/lab.h"

extern const struct tc_experiment tc_meet_answers;
extern const struct tc_experiment tc_meet_talk;
extern const struct tc_experiment tc_meet_takes;

/* What a system began with so that this much of it is left: 64, 128 or 255. */
unsigned tc_ttl_first(unsigned ttl);

#endif
