/* SPDX-License-Identifier: BSD-2-Clause */
/* What of the options of `fuzz` does not go together. */
#include "campaign.h"

#include <errno.h>
#include <string.h>

#define CALLERS_MOST 64		/* each has a process that begins it */

const char *campaign_check_command(const struct options *o)
{
	return o->fuzz.oracle && strncmp(o->fuzz.oracle, "exec:", 5) == 0 ? o->fuzz.oracle + 5
									  : NULL;
}

/* Servers, or clients? */
static int check_direction(const struct options *o, struct tc_error *err)
{
	const struct fuzz_options *z = &o->fuzz;

	if (!z->listen)
		return z->call ? tc_fail(err, -EINVAL, "--call runs a client: it goes with "
					 "--listen; a server is --spawn") : 0;
	if (z->spawn)
		return tc_fail(err, -EINVAL, "--spawn runs a server: with --listen the client "
			       "is --call");
	if (z->oracle && strcmp(z->oracle, "prot") == 0)
		return tc_fail(err, -EINVAL, "--oracle prot is for servers: with --listen it is "
			       "connect, or exec:CMD");
	if (z->base)
		return tc_fail(err, -EINVAL, "--base is a capture's client side, and with "
			       "--listen that is the target");
	if (o->source_port)
		return tc_fail(err, -EINVAL, "-g: with --listen PORT is ours already");
	if (z->call && z->parallel > CALLERS_MOST)
		return tc_fail(err, -EINVAL, "--parallel: --call runs up to %d clients at once",
			       CALLERS_MOST);
	return 0;
}

/* One server, or two? */
static int check_against(const struct fuzz_options *z, struct tc_error *err)
{
	if (!z->against && (z->known || z->save_known))
		return tc_fail(err, -EINVAL, "--known and --save-known are of differences: they "
			       "go with --against");
	if (z->against && z->listen)
		return tc_fail(err, -EINVAL, "--against compares servers: it does not go with "
			       "--listen");
	if (z->against && z->dry_run)
		return tc_fail(err, -EINVAL, "--dry-run and --against do not go together: the "
			       "cases are the same");
	return 0;
}

/* Each job is a session of its own: what is about one process, or one session, is not theirs. */
static int check_jobs(const struct options *o, struct tc_error *err)
{
	const struct fuzz_options *z = &o->fuzz;
	const char *with = z->spawn ? "--spawn" : z->pid ? "--pid" : z->listen ? "--listen"
		: z->against ? "--against" : z->replay ? "--replay" : o->write_file ? "-w"
		: o->verbose ? "-v" : o->source_port ? "-g" : o->source.family ? "--source"
		: o->vlan.n ? "--vlan" : NULL;

	if (o->suite.jobs < 2)
		return 0;
	if (with)
		return tc_fail(err, -EINVAL, "--jobs and %s do not go together: each job has a "
			       "session of its own, and %s is for a single session", with, with);
	if (z->parallel && z->parallel < o->suite.jobs)
		return tc_fail(err, -EINVAL, "--jobs shares out what is at once: --parallel is to "
			       "be %u or more", o->suite.jobs);
	return 0;
}

int campaign_check_options(struct options *o, struct tc_error *err)
{
	struct fuzz_options *z = &o->fuzz;

	if (check_direction(o, err) < 0 || check_against(z, err) < 0 || check_jobs(o, err) < 0)
		return -EINVAL;
	if (z->oracle && strcmp(z->oracle, "prot") != 0 && !campaign_is_connect(o) &&
	    !campaign_check_command(o))
		return tc_fail(err, -EINVAL, "--oracle: '%s' is none of prot, connect, exec:CMD",
			       z->oracle);
	if (o->step)
		return tc_fail(err, -EINVAL, "--step: fuzz does not stop at each segment; the "
			       "command that it prints for a finding, prot or connect with "
			       "--mutate, takes --step");
	if (z->spawn && z->pid)
		return tc_fail(err, -EINVAL, "--spawn and --pid both name the server: use one");
	if (z->dry_run && o->html_file)
		return tc_fail(err, -EINVAL, "--dry-run and --html do not go together: nothing "
			       "is sent");
	if (z->replay && z->case_given == z->all)
		return tc_fail(err, -EINVAL, "--replay needs --case N or --all");
	if (!z->replay && (z->case_given || z->all))
		return tc_fail(err, -EINVAL, "--case and --all go with --replay FILE");
	if (z->base && strcmp(z->base, "-") == 0)
		return tc_fail(err, -EINVAL, "--base: - is standard input, and a capture is read "
			       "twice: name a file");
	if (z->base && o->data.len)
		return tc_fail(err, -EINVAL, "--base and %s both give the payload: use one",
			       o->data_how);
	if (o->n_mutates > TC_FUZZ_ALWAYS)
		return tc_fail(err, -EINVAL, "--mutate: at most %d rules", TC_FUZZ_ALWAYS);
	if (z->strategies && strstr(z->strategies, TC_FUZZ_CAPTURE) && !z->base)
		return tc_fail(err, -EINVAL, "--strategy capture needs --base FILE");
	return 0;
}
