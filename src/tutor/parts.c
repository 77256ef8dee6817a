/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of a lesson, each by a child: it moves into a network of its own, and from behind its
 * wall there is no way into the next one. What it hands on is what was answered.
 */
#include "teaching.h"

#include "host/pool.h"
#include "live/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct told {				/* in memory that the child has as well */
	struct tc_lesson_answer answer[TC_LESSON_STEPS];
	unsigned n;
	bool spaced;
};

struct parts {
	struct teaching *t;
	struct told *told;
	int code;
};

/* Each part has files of its own: x.pcap, x-2.pcap … The name goes with the child. */
static const char *file_of(const char *name, size_t part)
{
	const char *slash = name ? strrchr(name, '/') : NULL;
	const char *dot = name ? strrchr(slash ? slash : name, '.') : NULL;
	int stem = dot ? (int)(dot - name) : name ? (int)strlen(name) : 0;
	char *own;

	if (!name || part == 0)
		return name;
	return asprintf(&own, "%.*s-%zu%s", stem, name, part + 1, dot ? dot : "") < 0 ? name : own;
}

static int work(void *ctx, size_t job)
{
	struct parts *p = ctx;
	struct teaching *t = p->t;
	struct options o = *t->o;
	int code;

	o.write_file = file_of(o.write_file, job);
	o.html_file = file_of(o.html_file, job);
	t->o = &o;
	code = output_finish(&o, teaching_part(t, &t->lesson->part[job]));
	memcpy(p->told->answer, t->sheet.answer, sizeof p->told->answer);
	p->told->n = t->sheet.n;
	p->told->spaced = t->spaced;
	return code;
}

/* The answers come from a process that has read bytes of the wire, so they are checked. */
static bool is_sound(const struct tc_lesson *l, const struct told *told)
{
	for (unsigned i = 0; i < told->n && i < TC_LESSON_STEPS; i++) {
		unsigned step = 0;

		while (step < l->n_steps && told->answer[i].step != &l->step[step])
			step++;
		if (step == l->n_steps)
			return false;
	}
	return told->n <= TC_LESSON_STEPS;
}

static bool done(void *ctx, size_t job, int code, struct tc_buf *out)
{
	struct parts *p = ctx;
	const struct told told = *p->told;	/* nobody writes to it any more */
	struct tc_error err;

	(void)job, (void)out;
	p->code = code;
	if (is_sound(p->t->lesson, &told)) {
		memcpy(p->t->sheet.answer, told.answer, sizeof told.answer);
		p->t->sheet.n = told.n;
		p->t->spaced = told.spaced;
	} else {
		tc_fail(&err, -EBADMSG, "what was answered got lost");
		p->code = fail(p->t->o, EXIT_MACHINE, &err);
	}
	return p->code == EXIT_DONE;
}

static int run(struct parts *p, struct live *signals, struct tc_error *err)
{
	const struct tc_pool pool = {
		.n_jobs = p->t->lesson->n_parts, .at_once = 1, .talks = true,
		.stop_fd = signals->signal_fd, .work = work, .done = done, .ctx = p,
	};
	int rc = tc_pool_run(&pool, err);

	if (rc > 0)
		live_read_signal(signals);
	return rc;
}

int teaching_parts(struct teaching *t)
{
	struct parts p = { .t = t };
	struct tc_error err = { 0 };
	struct live signals = { .signal_fd = live_open_signals(&err) };
	int rc = signals.signal_fd < 0 ? -1 : 0;

	p.told = mmap(NULL, sizeof *p.told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (rc >= 0 && p.told == MAP_FAILED)
		rc = tc_fail_errno(&err, "no memory to share with children");
	if (rc >= 0)
		rc = run(&p, &signals, &err);
	if (p.told != MAP_FAILED)
		munmap(p.told, sizeof *p.told);
	if (signals.signal_fd >= 0)
		close(signals.signal_fd);
	return rc < 0 ? fail(t->o, EXIT_MACHINE, &err) :
	       signals.signal ? EXIT_SIGNAL + signals.signal : p.code;
}
