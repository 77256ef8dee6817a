/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft guard: what the guard script knows of the rules in force. */
#include "commands.h"

#include "report/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *verb;
	int (*run)(struct tc_buf *out, struct tc_error *err);
} verbs[] = {
	{ "list", tc_guard_list },
	{ "sweep", tc_guard_sweep },
	{ "status", tc_guard_status },
};

/* "backend=nft mode=rst …": a line of the list as a JSON line, numbers as numbers. */
static void print_rule(const struct options *opt, char *line)
{
	json_t *o = tc_json_line("rule");
	char *save = NULL, *word, *eq, *end;
	long long n;

	for (word = strtok_r(line, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		eq = strchr(word, '=');
		if (!eq || !eq[1])
			continue;
		*eq = 0;
		n = strtoll(eq + 1, &end, 10);
		json_object_set_new(o, word, *end ? tc_json_text(eq + 1, strlen(eq + 1))
						       : json_integer(n));
	}
	terminal_json(opt, o);
}

/* "back end: iptables v1.8.9": a line of the status, in the words of doctor's checks. */
static void print_check(const struct options *opt, const char *line, const char *colon)
{
	json_t *o = tc_json_line("check");

	json_object_set_new(o, "check", tc_json_text(line, (size_t)(colon - line)));
	put_text(o, "found", colon + 2);
	terminal_json(opt, o);
}

static void print_lines(const struct options *opt, struct tc_buf *out)
{
	char *save = NULL, *line, *colon;

	tc_buf_add_u8(out, 0);
	if (out->failed)
		return;
	for (line = strtok_r((char *)out->data, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "rule: ", 6) == 0)	/* of the status */
			line += 6;
		colon = strstr(line, ": ");
		if (strncmp(line, "backend=", 8) == 0)
			print_rule(opt, line);	/* a colon is of IPv6 there */
		else if (colon)
			print_check(opt, line, colon);
	}
}

static void words(struct words *w)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		words_add(w, verbs[i].verb, NULL);
}

static int entry(const struct command *cmd, struct options *o, int argc, char **argv)
{
	struct tc_error err = { 0 };
	struct tc_buf out = { 0 };
	int code;

	(void)argc;
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		if (strcmp(argv[0], verbs[i].verb) != 0)
			continue;
		code = verbs[i].run(&out, &err) < 0 ? fail(o, EXIT_MACHINE, &err) : EXIT_DONE;
		if (o->json)
			print_lines(o, &out);
		else if (out.len)
			terminal_write(o, stdout, out.data, out.len);
		tc_buf_free(&out);
		return code;
	}
	return fail_usage(o, "guard: '%s' is none of %s", argv[0], cmd->args);
}

const struct command cmd_guard = {
	.name = "guard", .args = "list|sweep|status",
	.one_line = "the rules that keep the kernel's RST away",
	.groups = GROUP_OUT,
	.min_args = 1, .max_args = 1, .words_at = 1, .words = words,
	.run = entry,
};
