/* SPDX-License-Identifier: BSD-2-Clause */
/* A part of a lesson, carried out: what `teach` does once it has read the lesson. */
#ifndef TUTOR_TEACHING_H
#define TUTOR_TEACHING_H

#include "live/run_script.h"

#include "teach/ends.h"
#include "teach/lesson.h"

#define TEACHING_ASKED 4		/* in a row */

struct teaching {
	struct run_script run;			/* first: what the run's ops get */
	const struct options *o;
	const struct tc_lesson *lesson;
	const struct tc_lesson_part *part;
	struct live live;
	struct tc_session_config cfg;
	struct run_hand hand;
	struct tc_ends ends;
	int diag;				/* of tc_sockdiag_find, or -1 */
	struct tc_buf last;			/* the last packet, as captured */
	int last_dlt;
	struct tc_lesson_answer asked[TEACHING_ASKED];	/* the wire has not answered yet */
	unsigned n_asked;
	bool spaced;				/* the last line is empty */
	struct tc_lesson_sheet sheet;		/* what it has answered */
	struct tc_script_result result;
};

/* All parts, one after the other, until one ends otherwise than it should: t->sheet has the
 * answers. 0, or an exit code after having printed why. (parts.c) */
int teaching_parts(struct teaching *t);

/* One on a network of its own, from which this process does not come back. The same. */
int teaching_part(struct teaching *t, const struct tc_lesson_part *part);

/* teaching_words.c: a step is reached. */
void teaching_step(struct teaching *t, const struct tc_lesson_step *s);

/* What the wire answered, and who was right. */
void teaching_answers(struct teaching *t);

#endif
