/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft guard: what the guard script knows of the rules in force. */
#include "cli.h"
#include "commands.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *verb;
	int (*run)(struct tc_buf *out, struct tc_error *err);
} verbs[] = {
	{ "list", tc_guard_list },
	{ "sweep", tc_guard_sweep },
	{ "status", tc_guard_status },
};

int cmd_guard(const struct command *cmd, struct options *o, int argc, char **argv)
{
	struct tc_error err = { 0 };
	struct tc_buf out = { 0 };
	int code;

	(void)argc;
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		if (strcmp(argv[0], verbs[i].verb) != 0)
			continue;
		code = verbs[i].run(&out, &err) < 0 ? fail(o, EXIT_MACHINE, &err) : EXIT_DONE;
		if (out.len)
			fwrite(out.data, 1, out.len, stdout);
		tc_buf_free(&out);
		return code;
	}
	tc_fail(&err, -EINVAL, "guard: '%s' is none of %s", argv[0], cmd->args);
	return fail(o, EXIT_USAGE, &err);
}
