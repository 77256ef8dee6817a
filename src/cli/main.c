/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft: finding the command, and help. */
#include "commands.h"
#include "completion.h"
#include "live/output.h"
#include "rights.h"
#include "target.h"

#include "base/nearest.h"
#include "doctor/doctor.h"

#include <tcpcraft/version.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define EXAMPLES_SHORT 2

static int complete(const struct command *cmd, struct options *o, int argc, char **argv);

/* It speaks of all the others, and so stands beside their table. */
static const struct command cmd_completion = {
	.name = "completion", .args = "bash|zsh|fish",
	.one_line = "what a shell reads to complete our words",
	.groups = GROUP_QUIET,
	.min_args = 1, .max_args = 1024, .words_at = 1, .words = completion_shells,
	.run = complete,
	.more = "source <(tcpcraft completion bash)",
};

static const struct command *const commands[] = {
#define X(name) &cmd_##name,
	COMMANDS(X)
#undef X
	&cmd_completion,
	NULL
};

static int complete(const struct command *cmd, struct options *o, int argc, char **argv)
{
	(void)cmd;
	return completion_run(commands, o, argc, argv);
}

static void help(FILE *out)
{
	fprintf(out, "tcpcraft %s: hold a TCP connection in your hand\n"
		"usage: tcpcraft COMMAND [ARGUMENT…] [OPTION…]\n\n", TC_VERSION);
	for (const struct command *const *c = commands; *c; c++)
		fprintf(out, "  %-10s %s\n", (*c)->name, (*c)->one_line);
	fprintf(out, "\ntcpcraft COMMAND --help tells the options; man tcpcraft the rest.\n");
}

/* The first of them, which are what most people want. */
static void examples(const char *text, bool all)
{
	size_t n = 0;

	for (int i = 0; text[n] && (all || i < EXAMPLES_SHORT); i++) {
		n += strcspn(text + n, "\n");
		n += text[n] == '\n';
	}
	printf("\n%.*s%s", (int)n, text, text[n] ? "" : "\n");
}

static void command_help(const struct command *c, bool all)
{
	printf("usage: tcpcraft %s %s%s[OPTION…]\n%s\n\n", c->name, c->args,
	       *c->args ? " " : "", c->one_line);
	all = options_help(stdout, c->groups, all);
	if (c->more)
		examples(c->more, all);
	if (!all)
		printf("tcpcraft %s --help-all    (more of each option)\n", c->name);
}

static const struct command *find(const char *name)
{
	for (const struct command *const *c = commands; *c; c++)
		if (strcmp((*c)->name, name) == 0)
			return *c;
	return NULL;
}

static int run(const struct command *c, int argc, char **argv)
{
	struct tc_error err = { 0 };
	struct tc_buf line = { 0 };
	struct options o;
	int n, code;

	page_command_line(&line, c->name, argc, argv);
	n = options_parse(&o, c->groups, argc, argv, &err);
	o.wall = c->wall;
	o.command_line = line.failed ? NULL : (const char *)line.data;

	if (n >= 0 && c->host && !o.help && !o.help_all)
		n = target_split(c, n, argv, &err);
	if (n < 0) {
		code = fail(&o, EXIT_USAGE, &err);
	} else if (o.help || o.help_all) {
		command_help(c, o.help_all);
		code = EXIT_DONE;
	} else if (n < c->min_args || n > c->max_args) {
		code = fail_usage(&o, "%s arguments: usage: tcpcraft %s%s%s (see tcpcraft "
				  "%s --help)", n < c->min_args ? "too few" : "too many", c->name,
				  *c->args ? " " : "", c->args, c->name);
	} else {
		if (o.no_sandbox)	/* once, whatever processes there will be */
			terminal_say(&o, stderr, "tcpcraft: --no-sandbox: no walls around what is "
				     "read\n");
		code = c->run(c, &o, n, argv);
	}
	code = output_finish(&o, code);
	options_free(&o);
	tc_buf_free(&line);
	return code;
}

/* A standard stream that is closed must not become the number of a socket of ours: it is
 * an empty input, or an output that cannot be written. */
static void keep_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static int no_command(const char *name)
{
	struct tc_nearest near = { .word = name };
	struct tc_error err;

	for (const struct command *const *c = commands; *c; c++)
		tc_nearest(&near, (*c)->name);
	if (near.name)
		tc_fail(&err, -EINVAL, "there is no command '%s': did you mean %s?", name,
			near.name);
	else
		tc_fail(&err, -EINVAL, "there is no command '%s': see tcpcraft --help", name);
	fprintf(stderr, "tcpcraft: %s\n", err.msg);
	return EXIT_USAGE;
}

/* help, or help COMMAND. */
static int tell_help(const char *name)
{
	const struct command *c = name ? find(name) : NULL;

	if (name && !c)
		return no_command(name);
	if (c)
		command_help(c, false);
	else
		help(stdout);
	return output_finish(&(struct options){ 0 }, EXIT_DONE);
}

static int tell_version(void)
{
	struct tc_buf libraries = { 0 }, walls = { 0 };

	tc_doctor_versions(&libraries);
	tc_wall_print(&walls);
	printf("tcpcraft %s%s%s\nlibraries: %s\nwalls: %s\n", tc_version(),
	       *TC_COMMIT ? ", built from " : "", TC_COMMIT,
	       libraries.failed ? "" : (const char *)libraries.data,
	       walls.failed ? "" : (const char *)walls.data);
	tc_buf_free(&libraries);
	tc_buf_free(&walls);
	return output_finish(&(struct options){ 0 }, EXIT_DONE);
}

int main(int argc, char **argv)
{
	const struct command *c;
	struct tc_error err = { 0 };

	keep_standard_streams();
	output_open();
	if (rights_settle(&err) < 0)
		return fail(&(struct options){ 0 }, EXIT_MACHINE, &err);
	signal(SIGPIPE, SIG_IGN);	/* a closed pipe is an error of the write, */
	signal(SIGXFSZ, SIG_IGN);	/* and so is ulimit -f */
	signal(SIGCHLD, SIG_DFL);	/* ends of children are told, whoever started us */
	if (argc < 2) {
		help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return tell_help(argv[2]);
	if (strcmp(argv[1], "--version") == 0)
		return tell_version();
	c = find(argv[1]);
	return c ? run(c, argc - 2, argv + 2) : no_command(argv[1]);
}
