/* SPDX-License-Identifier: BSD-2-Clause */
/* Ports and guard of all scripts; see share.h. To have a guard for each costs more than most
 * scripts: its rules are made and removed by programs. */
#include "share.h"

#include "base/pace.h"
#include "live/live.h"
#include "many.h"

#include <tcpcraft/route.h>

#include <errno.h>
#include <stdlib.h>

#define PORTS_MOST 8192u	/* a block larger than that is hard to find */

#define JOBS_OF_SUITE 8		/* its cases wait more than they work */

/* Of the kernel's memory, for each child: a script exchanges a few dozen segments, and 64
 * children with the ring of a fuzzer would take 4 GiB. */
#define CHILD_CAPTURE ((size_t)8 << 20)

/* Each script its own, and others when it is asked again: what a peer still remembers of a
 * connection shall not meet the next. In a large suite the first ports have rested when it is
 * their turn again. A script that cannot be read is told of by who carries it out. */
static void choose_ports(struct suite_share *h, const struct suite_run *s)
{
	unsigned next = 0, n;

	for (size_t i = 0; i < s->suite.n; i++) {
		struct tc_script *script = NULL;
		struct tc_error err;

		n = script_read(&script, s->suite.cases[i].path, s->o, &err) < 0 ? 1 :
		    script_ports(script);
		tc_script_free(script);
		if (s->o->source_port || next + n > PORTS_MOST / 2)
			next = 0;
		h->offset[i] = next;
		next += n;
		h->ports = next > h->ports ? next : h->ports;
	}
	h->again = s->o->source_port ? 0 : h->ports;
	h->looks = s->o->source_port || !s->cases ? 0 : TC_NEEDS_COUNT;
}

static int fits(const struct suite_share *h, const struct options *o, struct tc_error *err)
{
	return !o->source_port || o->source_port + h->ports - 1 <= UINT16_MAX ? 0 :
	       tc_fail(err, -EINVAL, "-g %u: a script may need %u ports from there on, and the last "
		       "is %u", o->source_port, h->ports, UINT16_MAX);
}

/* Its capture only shows that there could be one. */
static void see_nothing(void *ctx, const struct tc_path *path, uint16_t port_lo,
			uint16_t port_hi, struct tc_buf *out)
{
	(void)ctx;
	(void)path;
	(void)port_lo;
	(void)port_hi;
	tc_buf_text(out, "len < 1");
}

static int open_session(struct suite_share *h, struct suite_run *s, struct tc_error *err)
{
	struct tc_session_config cfg;
	struct live l;
	int rc;

	live_config(&l, s->o, h->ports + h->again + h->looks, true, false, &cfg);
	cfg.no_stack = true;
	cfg.busy_poll = true;	/* no thread of the capture's: who forks children has none */
	cfg.capture_bytes = CHILD_CAPTURE;
	cfg.filter = see_nothing;
	cfg.observer = (struct tc_observer){ 0 };
	rc = tc_host_parse(&cfg.dst, s->host, s->o->family, false, err);
	return rc < 0 ? rc : tc_session_open(&h->session, &cfg, err);
}

int suite_share_open(struct suite_share *h, struct suite_run *s, struct tc_error *err)
{
	struct tc_session *session;
	int rc;

	h->offset = calloc(s->suite.n, sizeof *h->offset);
	if (!h->offset)
		return tc_nomem(err);
	choose_ports(h, s);
	rc = fits(h, s->o, err);
	if (rc >= 0)
		rc = open_session(h, s, err);
	if (rc < 0)
		return rc;
	s->on_this_host = tc_session_path(h->session)->local;
	if (!tc_session_neigh(h->session) && !s->o->vlan.n)
		return 0;
	session = h->session;		/* it answers for an address: so does each of theirs */
	h->session = NULL;
	return tc_session_close(session, NULL, err);
}

static struct script_place place(const struct suite_share *h, unsigned offset)
{
	struct script_place p = { .capture_bytes = CHILD_CAPTURE };
	struct tc_flow flow;

	if (!h->session)
		return p;
	tc_session_flow(h->session, 0, &flow);
	p.guard = tc_session_guard(h->session);
	p.family = flow.remote_addr.family;
	p.first_port = (uint16_t)(flow.local_port + offset);
	return p;
}

struct script_place suite_share_place(const struct suite_share *h, size_t at, bool again)
{
	return place(h, h->session ? h->offset[at] + (again ? h->again : 0) : 0);
}

struct script_place suite_share_look(const struct suite_share *h, enum tc_case_needs needs)
{
	return place(h, h->looks ? h->ports + h->again + needs : 0);
}

bool suite_share_is_far(const struct suite_run *s)
{
	return s->o->script.dut && !options_no_host(s->o);
}

unsigned suite_share_jobs(const struct suite_run *s)
{
	if (s->o->suite.jobs || suite_share_is_far(s))
		return s->o->suite.jobs ? s->o->suite.jobs : 1;
	return s->cases && (s->on_this_host || !s->host) ? JOBS_OF_SUITE : 1;
}

unsigned suite_share_at_once(const struct suite_run *s)
{
	double rate = tc_pace_choose(s->o->rate, s->on_this_host || !s->host, TC_OFF_HOST_PACKETS);
	unsigned jobs = suite_share_jobs(s), most = s->cases ? tc_pace_at_once(rate, jobs) : jobs;

	if (most < jobs && s->suite.n > most && s->o->rate <= 0 && !s->o->quiet)
		terminal_say(s->o, stderr, "another host: %u cases at once, not %u (--rate N for "
			     "more)\n", most, jobs);
	return most;
}

int suite_share_close(struct suite_share *h, struct tc_session_summary *sum,
		      struct tc_error *err)
{
	int rc = tc_session_close(h->session, sum, err);

	free(h->offset);
	*h = (struct suite_share){ 0 };
	return rc;
}
