/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Differences that are known: a file of lines, as tc_fuzz_known_read has them. They are counted,
 * and not told again.
 */
#include "campaign.h"

#include "base/outfile.h"

#include <errno.h>
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
	struct tc_buf file = { 0 };
	int rc = name ? tc_buf_read_file(&file, name, KNOWN_MAX, err) : 0;

	if (rc >= 0)
		rc = tc_fuzz_known_read(&g->known, name ? name : "", file.data, file.len, err);
	tc_buf_free(&file);
	return rc;
}

bool campaign_is_known(const struct campaign *g, const struct finding *f)
{
	struct tc_buf key = { 0 };
	bool yes;

	campaign_put_key(&key, f);
	tc_buf_add_u8(&key, 0);
	yes = !key.failed && tc_fuzz_known_has(&g->known, (const char *)key.data);
	tc_buf_free(&key);
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
