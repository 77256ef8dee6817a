/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft doctor: what this machine can do, what is in the way, and the cure. */
#include "cli.h"
#include "commands.h"

#include "doctor/doctor.h"

#include <string.h>

struct doctoring {
	const struct options *o;
	bool privileged, namespaces;	/* what the checks of these names found */
};

/* A machine that lets us reach no network is still good for much. */
static void say_what_works(const struct doctoring *d)
{
	if (d->privileged)
		return;
	terminal_say(d->o, stdout, "works without privilege: %sshow, explain, relabel, "
		     "fields, send --dry-run\n",
		     d->namespaces ? "teach, run --local, " : "");
}

static void tell(void *ctx, const struct tc_checkup *f)
{
	struct doctoring *d = ctx;
	const struct options *o = d->o;
	struct tc_buf line = { 0 };

	if (strcmp(f->check, "privileges") == 0)
		d->privileged = f->health == TC_HEALTH_OK;
	if (strcmp(f->check, "namespaces") == 0)
		d->namespaces = f->health == TC_HEALTH_OK;

	if (o->json)
		tc_doctor_json(&line, f);
	else if (!o->quiet || f->health != TC_HEALTH_OK)
		tc_doctor_line(&line, f);
	if (line.len)
		terminal_write(o, stdout, line.data, line.len);
	fflush(stdout);		/* before a check forks */
	tc_buf_free(&line);
}

static int entry(const struct command *cmd, struct options *o, int argc, char **argv)
{
	struct doctoring d = { .o = o };
	unsigned counts[TC_HEALTHS];
	struct tc_buf line = { 0 };
	int code;

	(void)cmd, (void)argc, (void)argv;
	tc_doctor_run(tell, &d, counts);
	code = counts[TC_HEALTH_FAIL] ? EXIT_MACHINE : EXIT_DONE;
	if (o->json) {
		tc_doctor_json_result(&line, counts, code);
		terminal_write(o, stdout, line.data, line.len);
		tc_buf_free(&line);
	} else {
		terminal_say(o, stdout, "%s: %u ok, %u to know, %u in the way\n",
			     code == EXIT_DONE ? "tcpcraft will work here" :
			     d.privileged ? "tcpcraft will not work here" :
			     "no connections from here",
			     counts[TC_HEALTH_OK], counts[TC_HEALTH_WARN],
			     counts[TC_HEALTH_FAIL]);
		say_what_works(&d);
	}
	return code;
}

const struct command cmd_doctor = {
	.name = "doctor", .args = "",
	.one_line = "what works on this machine, what does not, and the cure",
	.groups = GROUP_OUT,
	.min_args = 0, .max_args = 0,
	.run = entry,
	.more = "tcpcraft doctor\ntcpcraft doctor --json",
};
