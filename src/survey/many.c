/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All targets. Of several each is asked by a child, as behind its wall a process opens no second
 * session, and many at once, as experiments wait far more than they work. What the children share
 * is ours: one guard for all their ports, the rate, the file of --save, what is compared, and
 * standard output, on which targets stand in the order of the list.
 */
#include "survey.h"

#include "base/pace.h"
#include "host/pool.h"
#include "host/ports.h"

#include <tcpcraft/guard.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define AT_ONCE_MOST 256u
#define PORTS_MOST 16384u	/* a block larger than that is hard to find */

/* Of the kernel's memory, for each child: an experiment gets a few dozen frames at once, and
 * 256 with the ring of a fuzzer would take 16 GiB. */
#define CHILD_CAPTURE ((size_t)2 << 20)

/* What became of a target. */
struct outcome {
	struct tc_buf output;
	bool over, told;
};

struct many {
	struct probing *p;
	struct tc_ports *ports;
	struct tc_guard *guard;
	struct outcome *outcomes;	/* by target */
	size_t over, told;
	off_t found;			/* how much was read of what was found */
	unsigned at_once, blocks;	/* of ports, p->share.ports each */
	uint16_t first_port;
	int worst;
};

/* The rate is of all together; each gets the same part of it. */
static unsigned choose_at_once(const struct probing *p)
{
	double rate = tc_pace_choose(p->o->rate, false, TC_OFF_HOST_PACKETS);
	unsigned most = p->o->fuzz.parallel ? p->o->fuzz.parallel :
			tc_pace_at_once(rate, AT_ONCE_MOST);

	return p->n_targets < most ? (unsigned)p->n_targets : most;
}

static int work(void *ctx, size_t job)
{
	struct many *m = ctx;
	struct probing *p = m->p;
	const struct tc_target *t = (const struct tc_target *)(const void *)p->targets.data;
	int code;

	p->target_at = job;
	if (p->share.of)
		p->share.first_port =
			(uint16_t)(m->first_port + job % m->blocks * p->share.ports);
	code = probing_visit(p, &t[job]);
	fflush(stdout);
	return code == 0 && p->unanswered ? EXIT_PEER : code;
}

/* All that is known and whose turn it is. */
static void tell(struct many *m)
{
	struct probing *p = m->p;

	progress_wipe(&p->progress);
	for (; m->told < p->n_targets && m->outcomes[m->told].over; m->told++) {
		struct tc_buf *out = &m->outcomes[m->told].output;

		if (out->len)
			terminal_write(p->o, stdout, out->data, out->len);
		tc_buf_free(out);
	}
	fflush(stdout);
	if (p->share.of)	/* else the child tells how far it is */
		progress_count(&p->progress, "targets", m->over, p->n_targets);
}

/* Append what is in a file of the children's from *at on. */
static void read_on(int fd, off_t *at, struct tc_buf *out)
{
	char bytes[4096];
	ssize_t n;

	for (; (n = pread(fd, bytes, sizeof bytes, *at)) > 0; *at += n)
		tc_buf_add(out, bytes, (size_t)n);
}

/* What the target was found to do: it is read by who did not talk to it. */
static int find(struct many *m)
{
	struct probing *p = m->p;
	struct tc_buf lines = { 0 };
	struct tc_error err = { 0 };

	if (p->share.found_fd < 0)
		return 0;
	read_on(p->share.found_fd, &m->found, &lines);
	probing_findings(&p->kept, &lines, &err);
	tc_buf_free(&lines);
	return err.code ? fail(p->o, EXIT_MACHINE, &err) : 0;
}

static bool done(void *ctx, size_t job, int code, struct tc_buf *out)
{
	struct many *m = ctx;

	m->outcomes[job] = (struct outcome){ .output = *out, .over = true };
	*out = (struct tc_buf){ 0 };
	m->over++;
	m->worst = code > m->worst ? code : m->worst;
	code = find(m);
	m->worst = code > m->worst ? code : m->worst;
	if (job == 0)
		m->p->n_first = m->p->kept.len / sizeof(struct tc_finding);
	tell(m);
	return true;
}

/* To have a guard for each would cost more than the experiments. The same ports serve for
 * several targets: what comes from another is not theirs. */
static int share_guard(struct many *m, struct tc_error *err)
{
	const struct probing *p = m->p;
	struct tc_guard_spec spec = { .mode = p->o->guard, .mark = p->o->mark };
	size_t blocks = PORTS_MOST / p->share.ports;
	int rc;

	m->blocks = (unsigned)(p->n_targets < blocks ? p->n_targets : blocks);
	if (p->o->source_port || m->blocks == 0)
		m->blocks = 1;
	rc = tc_ports_reserve(&m->ports, &spec.local, p->o->source_port,
			      m->blocks * p->share.ports, err);
	if (rc < 0)
		return rc;
	m->first_port = tc_ports_first(m->ports);
	spec.port = m->first_port;
	spec.port_hi = (uint16_t)(m->first_port + m->blocks * p->share.ports - 1);
	return tc_guard_start(&m->guard, &spec, err);
}

/* A file for lines of all children. */
static int share_lines(int *fd, struct tc_error *err)
{
	*fd = memfd_create("lines", MFD_CLOEXEC);
	return *fd < 0 || fcntl(*fd, F_SETFL, O_APPEND) < 0 ?
	       tc_fail_errno(err, "cannot keep the results") : 0;
}

/* An address that is nobody's, or a VLAN's, is answered for by one session; what is compared is
 * asked under the same conditions. */
static bool may_be_at_once(const struct probing *p)
{
	return !p->compare && p->o->source.family == 0 && !p->o->vlan.n;
}

static int open_shared(struct many *m, struct tc_error *err)
{
	struct probing *p = m->p;
	unsigned of = may_be_at_once(p) ? choose_at_once(p) : 0;
	int rc = 0;

	m->at_once = of ? of : 1;
	p->share = (struct probing_share){
		.of = of, .ports = probing_ports(p), .capture_bytes = CHILD_CAPTURE,
		.kept_fd = -1, .found_fd = -1,
	};
	m->outcomes = calloc(p->n_targets, sizeof *m->outcomes);
	if (!m->outcomes)
		return tc_nomem(err);
	if (p->save)
		rc = share_lines(&p->share.kept_fd, err);
	if (rc >= 0 && p->compare)
		rc = share_lines(&p->share.found_fd, err);
	return rc >= 0 && of ? share_guard(m, err) : rc;
}

/* What the children kept goes to the file of --save. */
static int save_kept(const struct many *m, struct tc_error *err)
{
	struct tc_buf lines = { 0 };
	off_t at = 0;
	int rc = 0;

	if (m->p->share.kept_fd < 0)
		return 0;
	read_on(m->p->share.kept_fd, &at, &lines);
	if (lines.failed)
		rc = tc_nomem(err);
	else if (lines.len)
		rc = tc_outfile_write(m->p->save, lines.data, lines.len, err);
	tc_buf_free(&lines);
	return rc;
}

static int close_shared(struct many *m, struct tc_error *err)
{
	int rc = tc_guard_stop(m->guard, NULL, err);

	tc_ports_release(m->ports);
	if (rc >= 0)
		rc = save_kept(m, err);
	if (m->p->share.kept_fd >= 0)
		close(m->p->share.kept_fd);
	if (m->p->share.found_fd >= 0)
		close(m->p->share.found_fd);
	free(m->outcomes);
	return rc;
}

static int run_all(struct many *m, struct live *l, struct tc_error *err)
{
	struct tc_pool pool = {
		.n_jobs = m->p->n_targets, .at_once = m->at_once, .stop_fd = l->signal_fd,
		.work = work, .done = done, .ctx = m,
	};
	int rc;

	m->p->progress.o = m->p->o;
	rc = tc_pool_run(&pool, err);
	if (rc > 0)
		live_read_signal(l);
	if (rc) {	/* who stops a run wants to know what came of it until then */
		for (size_t i = 0; i < m->p->n_targets; i++)
			m->outcomes[i].over = true;
		tell(m);
	}
	progress_wipe(&m->p->progress);
	return rc;
}

static int visit_each(struct probing *p)
{
	struct many m = { .p = p };
	struct tc_error err = { 0 }, end = { 0 };
	struct live l = { .signal_fd = live_open_signals(&err) };
	int rc = l.signal_fd < 0 ? l.signal_fd : open_shared(&m, &err);

	if (rc >= 0)
		rc = run_all(&m, &l, &err);
	if (m.outcomes && close_shared(&m, &end) < 0 && rc >= 0) {
		err = end;
		rc = end.code;
	}
	if (l.signal_fd >= 0)
		close(l.signal_fd);
	if (rc < 0)
		return fail(p->o, exit_for(OF_SESSION, &err), &err);
	return l.signal ? EXIT_SIGNAL + l.signal : m.worst;
}

/* A target that cannot be reached is one row of many: the others are still asked. */
int probing_visit_all(struct probing *p)
{
	int code;

	if (p->n_targets > 1)
		return visit_each(p);
	p->share.kept_fd = p->share.found_fd = -1;
	code = probing_visit(p, (const struct tc_target *)(const void *)p->targets.data);
	return code == 0 && p->unanswered ? EXIT_PEER : code;
}
