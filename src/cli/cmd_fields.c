/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft fields: the field table, as it is. */
#include "commands.h"

#include "explain/lua.h"
#include "report/json.h"
#include "wire/digest.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static const struct { unsigned bit; const char *name; } mutators[] = {
	{ TC_MUT_BOUNDARY, "boundary" }, { TC_MUT_FLIP, "flip" },
	{ TC_MUT_RANDOM, "random" }, { TC_MUT_OFFBYONE, "off-by-one" },
	{ TC_MUT_LENGTH, "length" }, { TC_MUT_OPTION, "options" },
};

static void put_mutators(struct tc_buf *out, const struct tc_field *f)
{
	const char *sep = "";

	for (size_t i = 0; i < sizeof mutators / sizeof *mutators; i++)
		if (f->mut & mutators[i].bit) {
			tc_buf_printf(out, "%s%s", sep, mutators[i].name);
			sep = ",";
		}
}

static void put_default(struct tc_buf *out, const struct tc_field *f)
{
	if (f->autofill != TC_FILL_NONE)
		tc_buf_printf(out, "computed");
	else if (f->bits)
		tc_field_print(f, f->def, false, out);
	else
		tc_buf_printf(out, "empty");
}

static void print_text(const struct options *o, const struct tc_field *f, const char *def, const char *mut)
{
	char width[16] = "variable";

	if (f->bits)
		snprintf(width, sizeof width, "%u", f->bits);
	terminal_say(o, stdout, "%-22s %-8s %-12s %-18s %s\n", f->name, width, f->unit,
		     def, *f->doc ? f->doc : "-");
	terminal_say(o, stdout, "%22s   %s%s%s%s%s\n", "", mut, *mut && *f->ref ? "; " : "",
		     f->ref, f->alias ? "; also " : "", f->alias ? f->alias : "");
}

static void print_json(const struct options *opt, const struct tc_field *f, const char *def,
		       const char *mut)
{
	const struct { const char *key, *value; } texts[] = {
		{ "unit", f->unit }, { "default", def }, { "mutators", mut },
		{ "alias", f->alias }, { "reference", f->ref }, { "doc", f->doc },
	};
	json_t *o = tc_json_line("field");

	put_text(o, "name", f->name);
	put_int(o, "bits", f->bits);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		put_text(o, texts[i].key, texts[i].value);
	terminal_json(opt, o);
}

static bool print_if(const struct options *o, const struct tc_field *f, const char *glob,
		     bool first)
{
	struct tc_buf def = { 0 }, mut = { 0 };

	if (glob && fnmatch(glob, f->name, 0) != 0 &&
	    (!f->alias || fnmatch(glob, f->alias, 0) != 0))
		return false;
	put_default(&def, f);
	tc_buf_printf(&mut, "%s", "");
	put_mutators(&mut, f);
	if (first && !o->json)
		terminal_say(o, stdout, "%-22s %-8s %-12s %-18s %s\n", "FIELD", "BITS",
			     "UNIT", "DEFAULT", "MEANING; mutators; "
			     "reference; other name");
	if (o->json)
		print_json(o, f, (char *)def.data, (char *)mut.data);
	else
		print_text(o, f, (char *)def.data, (char *)mut.data);
	tc_buf_free(&def);
	tc_buf_free(&mut);
	return true;
}

static void print_header(const struct options *o, const struct tc_header *hdr,
			 const char *glob, unsigned *shown)
{
	for (unsigned i = 0; i < hdr->n_rows; i++)
		*shown += print_if(o, &hdr->rows[i], glob, !*shown);
	for (unsigned i = 0; i < hdr->n_aliases; i++)
		*shown += print_if(o, &hdr->aliases[i], glob, !*shown);
	for (unsigned i = 0; hdr == tc_header_get(TC_HDR_TCP) && tc_digest_at(i); i++)
		*shown += print_if(o, &tc_digest_at(i)->field, glob, !*shown);
}

static void words(struct words *w)
{
	words_add_fields(w, 0);
	words_add_digests(w, 0);
}

static int print_lua(const struct options *o, const char *glob)
{
	struct tc_buf text = { 0 };

	if (!o->payload || glob || o->json)
		return fail_usage(o, "--lua is for the header of --payload-spec, all of it: "
				  "tcpcraft fields --payload-spec FILE --lua >mine.lua");
	tc_header_lua(&text, o->payload);
	terminal_lines(stdout, text.data, text.len);
	tc_buf_free(&text);
	return EXIT_DONE;
}

static int entry(const struct command *cmd, struct options *o, int argc, char **argv)
{
	const char *glob = argc ? argv[0] : NULL;
	unsigned shown = 0;

	(void)cmd;
	if (o->lua)
		return print_lua(o, glob);
	for (int h = 0; h < TC_HDR_COUNT; h++) {
		const struct tc_header *hdr = tc_header_get((enum tc_header_id)h);

		if (!o->payload || strcmp(hdr->name, o->payload->name) != 0)
			print_header(o, hdr, glob, &shown);
	}
	if (o->payload)
		print_header(o, o->payload, glob, &shown);
	if (shown)
		return EXIT_DONE;
	return fail_usage(o, "no field matches '%s': tcpcraft fields lists all", glob);
}

const struct command cmd_fields = {
	.name = "fields", .args = "[GLOB]",
	.one_line = "every field: width, unit, default, mutators, reference",
	.groups = GROUP_SPEC | GROUP_FIELDS | GROUP_OUT,
	.min_args = 0, .max_args = 1, .words_at = 1, .words = words,
	.run = entry,
	.more = "tcpcraft fields 'tcp.flags*'\n"
		"tcpcraft fields --payload-spec mine.spec --lua >mine.lua",
};
