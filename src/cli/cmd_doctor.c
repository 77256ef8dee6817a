/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft doctor: what this machine can do, what is in the way, and the cure. */
#include "commands.h"

#include "doctor/doctor.h"

#include <errno.h>
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

static void words(struct words *w)
{
	for (size_t i = 0; tc_doctor_name(i); i++)
		words_add(w, tc_doctor_name(i), NULL);
}

static int refuse_unknown(const struct options *o, int argc, char **argv)
{
	struct tc_error err = { 0 };
	struct tc_buf all = { 0 };
	size_t k;

	for (int i = 0; i < argc; i++) {
		for (k = 0; tc_doctor_name(k) && strcmp(argv[i], tc_doctor_name(k)) != 0; k++)
			;
		if (tc_doctor_name(k))
			continue;
		for (k = 0; tc_doctor_name(k); k++)
			tc_buf_printf(&all, "%s%s", k ? ", " : "", tc_doctor_name(k));
		tc_fail(&err, -EINVAL, "doctor: '%.40s' is no check: %s", argv[i],
			all.failed ? "see tcpcraft doctor" : (const char *)all.data);
		tc_buf_free(&all);
		return fail(o, EXIT_USAGE, &err);
	}
	return EXIT_DONE;
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
	terminal_give(o, stdout, &line);	/* at once: before a check forks */
}

static int entry(const struct command *cmd, struct options *o, int argc, char **argv)
{
	struct doctoring d = { .o = o };
	unsigned counts[TC_HEALTHS];
	struct tc_buf line = { 0 };
	int code;

	(void)cmd;
	code = refuse_unknown(o, argc, argv);
	if (code != EXIT_DONE)
		return code;
	tc_doctor_run(argv, (size_t)argc, tell, &d, counts);
	code = counts[TC_HEALTH_FAIL] ? EXIT_MACHINE : EXIT_DONE;
	if (o->json) {
		tc_doctor_json_result(&line, counts, code);
		terminal_give(o, stdout, &line);
	} else {
		terminal_say(o, stdout, "%s: %u ok, %u to know, %u in the way\n",
			     argc ? "of these checks" : code == EXIT_DONE ? "tcpcraft will work here" :
			     d.privileged ? "tcpcraft will not work here" :
			     "no connections from here",
			     counts[TC_HEALTH_OK], counts[TC_HEALTH_WARN],
			     counts[TC_HEALTH_FAIL]);
		if (argc == 0)
			say_what_works(&d);
	}
	return code;
}

const struct command cmd_doctor = {
	.name = "doctor", .args = "[CHECK...]",
	.one_line = "what works on this machine, what does not, and the cure",
	.groups = GROUP_OUT,
	.min_args = 0, .max_args = 64, .words_at = 1, .words = words,
	.run = entry,
	.more = "tcpcraft doctor\ntcpcraft doctor guard-rst guard-nft\ntcpcraft doctor --json",
};
