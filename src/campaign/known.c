/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Differences that are known: a line each, which says where and how two servers differ
 * ("tcp.flags data: answer: reset against reply"), with * and ? as in file names. They are
 * counted, and not told again.
 */
#include "campaign.h"

#include "base/outfile.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#define KNOWN_MAX (1u << 20)

/* "data[1]: tcp.flags^=2" is of tcp.flags in data. */
static void put_place(struct tc_buf *out, const char *rule)
{
	size_t segment = strcspn(rule, "[: ");
	const char *action = strchr(rule, ':');

	action = action ? action + 1 + strspn(action + 1, " ") : rule;
	tc_buf_printf(out, "%.*s %.*s", (int)strcspn(action, "=^+ ;"), action, (int)segment,
		      rule);
}

void campaign_put_key(struct tc_buf *out, const struct finding *f)
{
	for (unsigned i = 0; i < f->c.n_rules; i++) {
		tc_buf_text(out, i ? " & " : "");
		put_place(out, f->c.rule[i]);
	}
	if (f->c.n_rules == 0)
		tc_buf_printf(out, "payload data");
	tc_buf_printf(out, ": %s", f->why);
}

int campaign_read_known(struct campaign *g, struct tc_error *err)
{
	const char *name = g->o->fuzz.known;
	int rc = name ? tc_buf_read_file(&g->known, name, KNOWN_MAX, err) : 0;
	char *end;

	if (rc < 0)
		return rc;
	tc_buf_add(&g->known, "", 1);
	if (g->known.failed)
		return tc_nomem(err);
	if (name && memchr(g->known.data, 0, g->known.len - 1))
		return tc_fail(err, -EINVAL, "%s: there is a NUL byte in it: a line is "
			       "FIELD SEGMENT: HOW", name);
	for (char *line = (char *)g->known.data; *line; line = end + (*end != 0)) {
		end = line + strcspn(line, "\n");
		if (*line != '#' && end > line && !memmem(line, (size_t)(end - line), ": ", 2))
			return tc_fail(err, -EINVAL, "%s: '%.*s' is not FIELD SEGMENT: HOW",
				       name, (int)(end - line < 60 ? end - line : 60), line);
	}
	return 0;
}

bool campaign_is_known(const struct campaign *g, const struct finding *f)
{
	struct tc_buf key = { 0 }, pattern = { 0 };
	const char *line = (const char *)g->known.data;
	bool yes = false;

	campaign_put_key(&key, f);
	for (size_t n; line && *line && !yes; line += n + (line[n] != 0)) {
		n = strcspn(line, "\n");
		pattern.len = 0;
		tc_buf_printf(&pattern, "%.*s", (int)n, line);
		yes = n && *line != '#' && key.data && pattern.data &&
		      fnmatch((const char *)pattern.data, (const char *)key.data, 0) == 0;
	}
	tc_buf_free(&key);
	tc_buf_free(&pattern);
	return yes;
}

/* What was known, and what was found. */
int campaign_check_known(const struct campaign *g, struct tc_error *err)
{
	const char *name = g->o->fuzz.save_known;
	int kind = name ? tc_outfile_check(name, g->o->force, err) : 0;

	return kind < 0 ? kind : 0;
}

int campaign_save_known(struct campaign *g, struct tc_error *err)
{
	struct tc_outfile *file;
	struct tc_buf text = { 0 };
	int rc;

	if (!g->o->fuzz.save_known)
		return 0;
	if (g->known.len > 1)
		tc_buf_add(&text, g->known.data, g->known.len - 1);
	if (text.len && text.data[text.len - 1] != '\n')
		tc_buf_text(&text, "\n");
	for (unsigned i = 0; i < g->n_findings; i++)
		if (g->findings[i].kind == TC_FUZZ_DIFFERS && !g->findings[i].again) {
			campaign_put_key(&text, &g->findings[i]);
			tc_buf_text(&text, "\n");
		}
	rc = tc_outfile_open(&file, g->o->fuzz.save_known, g->o->force, err);
	if (rc >= 0 && text.len)
		rc = tc_outfile_write(file, text.data, text.len, err);
	if (rc >= 0)
		rc = tc_outfile_close(file, err);
	tc_buf_free(&text);
	return rc;
}
