/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft completion: for the shells, the words that could come next. What a shell reads is
 * a few lines that ask this program; it alone knows its commands, options and fields. */
#include "completion.h"

#include "options/row.h"

#include <tcpcraft/mutate.h>

#include <errno.h>
#include <string.h>

/* ---- options -------------------------------------------------------------------------- */

struct wanted {
	const char *name;
	size_t len;
	char letter;
	const struct option_row *row;
};

static void match(void *ctx, const struct option_row *row)
{
	struct wanted *want = ctx;

	if (want->letter ? row->letter == want->letter
			 : strlen(row->name) == want->len &&
			   strncmp(row->name, want->name, want->len) == 0)
		want->row = row;
}

/* The row of a word that is an option, "--name", "--name=VALUE" or "-x"; or NULL. */
static const struct option_row *row_of(const struct command *c, const char *word)
{
	struct wanted want = { 0 };

	if (word[0] != '-' || !word[1])
		return NULL;
	if (word[1] == '-') {
		want.name = word + 2;
		want.len = strcspn(want.name, "=");
	} else if (!word[2]) {
		want.letter = word[1];
	}
	options_each(c->groups, match, &want);
	return want.row;
}

static void add_option(void *ctx, const struct option_row *row)
{
	char name[64];

	snprintf(name, sizeof name, "--%s", row->name);
	words_add(ctx, name, row->help);
}

/* What is behind the last sign of `typed` is what is being typed. */
static void begin_behind(struct words *w, char sign)
{
	const char *last = memrchr(w->typed, sign, w->len);

	if (!last)
		return;
	w->before_len += (size_t)(last + 1 - w->typed);
	w->len -= (size_t)(last + 1 - w->typed);
	w->typed = last + 1;
}

/* "where: syn,ack,data,fin", or "auto, rst, shield, nft or off". */
static void add_listed(struct words *w, const char *help)
{
	char word[32];
	size_t n;

	begin_behind(w, ',');
	for (; *help; help += n) {
		help += strspn(help, ", ");
		n = strcspn(help, ", ");
		snprintf(word, sizeof word, "%.*s", (int)n, help);
		if (n && help[n - 1] != ':' && strcmp(word, "or") != 0)
			words_add(w, word, NULL);
	}
}

static void add_values(struct words *w, const struct option_row *row)
{
	static const struct { const char *option; char sign; } of_fields[] = {
		{ "set", '=' }, { "expect", '=' }, { "fields", 0 },
	};
	struct tc_mutate_preset p;

	for (size_t i = 0; i < sizeof of_fields / sizeof *of_fields; i++)
		if (strcmp(row->name, of_fields[i].option) == 0) {
			begin_behind(w, ',');
			words_add_fields(w, of_fields[i].sign);
		}
	if (strcmp(row->name, "mutate") == 0)
		for (unsigned i = 0; tc_mutate_preset(i, &p); i++)
			words_add(w, p.name, p.doc);
	if (row->help_lists)
		add_listed(w, row->help);
	for (const char *const *name = row->names; name && *name; name++)
		words_add(w, *name, NULL);
}

/* ---- a command line ------------------------------------------------------------------- */

/* The last word of n: a value of the option before it, an option, or an argument. */
static void add_behind(struct words *w, const struct command *c, int n, char **word)
{
	const struct option_row *row = NULL;
	int argument = 1;

	for (int i = 0; i + 1 < n; i++) {
		bool is_value = row != NULL;

		row = is_value ? NULL : row_of(c, word[i]);
		if (!row && !is_value)
			argument++;
		if (row && (!row->arg || strchr(word[i], '=')))
			row = NULL;
	}
	if (row) {
		add_values(w, row);
	} else if (strncmp(w->typed, "--", 2) == 0 && strchr(w->typed, '=')) {
		row = row_of(c, w->typed);
		begin_behind(w, '=');
		if (row)
			add_values(w, row);
	} else if (w->typed[0] == '-') {
		options_each(c->groups, add_option, w);
	} else if (c->words && argument >= c->words_at) {
		c->words(w);
	}
}

/* What could stand for the last of these words. */
static void add_all(const struct command *const *all, int n, char **word)
{
	const char *last = n ? word[n - 1] : "";
	struct words w = { .typed = last, .len = strlen(last), .before = last };
	bool help = n > 1 && strcmp(word[0], "help") == 0;

	for (; *all; all++)
		if (n <= 1 || help)
			words_add(&w, (*all)->name, (*all)->one_line);
		else if (strcmp((*all)->name, word[0]) == 0)
			add_behind(&w, *all, n - 1, word + 1);
}

/* ---- the shells ------------------------------------------------------------------------ */

static const struct { const char *name, *text; } shells[] = {
	{ "bash",
	  "# bash completion of tcpcraft: source <(tcpcraft completion bash)\n"
	  "# (Bash ends words at = and :, too, and puts what it is told behind the last of them.)\n"
	  "_tcpcraft() {\n"
	  "\tlocal typed=${COMP_LINE:0:COMP_POINT} before words\n"
	  "\tread -ra words <<<\"$typed\"\n"
	  "\t[[ $typed != *[[:space:]] ]] || words+=('')\n"
	  "\tbefore=${words[-1]%${words[-1]##*[$COMP_WORDBREAKS]}}\n"
	  "\tlocal IFS=$'\\n'\n"
	  "\tCOMPREPLY=($(\"$1\" completion words -- \"${words[@]:1}\" 2>/dev/null))\n"
	  "\tCOMPREPLY=(\"${COMPREPLY[@]%%$'\\t'*}\")\n"
	  "\tCOMPREPLY=(\"${COMPREPLY[@]#\"$before\"}\")\n"
	  "\t[[ ${COMPREPLY-} != *= ]] || compopt -o nospace 2>/dev/null\n"
	  "}\n"
	  "complete -o default -F _tcpcraft tcpcraft\n" },
	{ "zsh",
	  "#compdef tcpcraft\n"
	  "# zsh completion of tcpcraft: source <(tcpcraft completion zsh)\n"
	  "_tcpcraft() {\n"
	  "\tlocal -a lines\n"
	  "\tlines=(\"${(@f)$(tcpcraft completion words -- \"${(@)words[2,CURRENT]}\" "
	  "2>/dev/null)}\")\n"
	  "\tif [[ -n ${lines[1]} ]]; then\n"
	  "\t\tcompadd -- \"${(@)lines%%$'\\t'*}\"\n"
	  "\telse\n"
	  "\t\t_files\n"
	  "\tfi\n"
	  "}\n"
	  "if [[ ${funcstack[1]-} = _tcpcraft ]]; then _tcpcraft \"$@\"; "
	  "else compdef _tcpcraft tcpcraft; fi\n" },
	{ "fish",
	  "# fish completion of tcpcraft: tcpcraft completion fish | source\n"
	  "complete -c tcpcraft -a '(tcpcraft completion words -- (commandline -opc)[2..] "
	  "(commandline -ct) 2>/dev/null)'\n" },
};

void completion_shells(struct words *w)
{
	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
		words_add(w, shells[i].name, NULL);
}

int completion_run(const struct command *const *all, struct options *o, int argc, char **argv)
{
	if (argc == 1)
		for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
			if (strcmp(argv[0], shells[i].name) == 0) {
				fputs(shells[i].text, stdout);
				return EXIT_DONE;
			}
	if (strcmp(argv[0], "words") == 0) {
		add_all(all, argc - 1, argv + 1);
		return EXIT_DONE;
	}
	return fail_usage(o, "completion: '%s' is none of bash, zsh and fish",
			  argv[argc - 1]);
}
