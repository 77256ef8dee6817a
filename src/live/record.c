/* SPDX-License-Identifier: BSD-2-Clause */
/* --record: the connection as a script that can be played. */
#include "live.h"

#include <stdlib.h>

struct recording {
	struct tc_record *record;
	struct tc_outfile *file;
};

static void drop_record(struct live *l, void *own)
{
	struct recording *r = own;

	(void)l;
	tc_outfile_abort(r->file);
	tc_record_free(r->record);
	free(r);
}

static int open_record(struct live *l, void **own, struct tc_error *err)
{
	struct recording *r = calloc(1, sizeof *r);
	int rc;

	*own = r;
	if (!r)
		return tc_nomem(err);
	rc = tc_outfile_open(&r->file, l->o->record_file, l->o->force, err);
	return rc < 0 ? rc : tc_record_open(&r->record, err);
}

static void tell(void *own, struct tc_view *v, const struct tc_story_event *e)
{
	tc_record_event(((struct recording *)own)->record, v, e);
}

/* Without anything to play that is not a failure. */
static int close_record(struct live *l, void *own, struct tc_error *err)
{
	struct recording *r = own;
	unsigned others = tc_record_others(r->record);
	struct tc_buf script = { 0 };
	struct tc_error why = { 0 };
	int rc = 0;

	if (others)
		terminal_say(l->o, stderr, "tcpcraft: --record: the first connection, "
			     "not the %u others\n", others);
	if (tc_record_script(r->record, "recorded by tcpcraft", &script, &why) < 0)
		terminal_say(l->o, stderr, "tcpcraft: --record: %s\n", why.msg);
	else
		rc = tc_outfile_write(r->file, script.data, script.len, err);
	if (rc >= 0 && !why.code) {
		rc = tc_outfile_close(r->file, err);
		r->file = NULL;
	}
	tc_buf_free(&script);
	drop_record(l, r);
	return rc;
}

const struct live_form live_form_record = {
	.name = offsetof(struct options, record_file),
	.open = open_record, .close = close_record, .drop = drop_record,
	.tell = tell, .kinds = TC_STORY_TOLD | TC_STORY_CAPTURED,
};
