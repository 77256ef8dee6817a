/* SPDX-License-Identifier: BSD-2-Clause */
/* --record: the connection as a script that can be played. */
#include "live.h"

#include <stddef.h>

static int open_record(struct live *l, void **ctx, struct tc_error *err)
{
	int rc = tc_outfile_open(&l->record_file, l->o->record_file, l->o->force, err);

	if (rc >= 0)
		rc = tc_record_open(&l->record, err);
	*ctx = l->record;
	return rc;
}

/* Without anything to play that is not a failure. */
static int close_record(struct live *l, struct tc_error *err)
{
	struct tc_buf script = { 0 };
	struct tc_error why = { 0 };
	unsigned others;
	int rc = 0;

	if (!l->record) {
		tc_outfile_abort(l->record_file);
		return 0;
	}
	others = tc_record_others(l->record);
	if (others)
		terminal_say(l->o, stderr, "tcpcraft: --record: the first connection, "
			     "not the %u others\n", others);
	if (tc_record_script(l->record, "recorded by tcpcraft", &script, &why) < 0) {
		terminal_say(l->o, stderr, "tcpcraft: --record: %s\n", why.msg);
		tc_outfile_abort(l->record_file);
	} else {
		rc = tc_outfile_write(l->record_file, script.data, script.len, err);
		if (rc >= 0)
			rc = tc_outfile_close(l->record_file, err);
		else
			tc_outfile_abort(l->record_file);
	}
	tc_record_free(l->record);
	tc_buf_free(&script);
	return rc;
}

static void drop_record(struct live *l)
{
	tc_outfile_abort(l->record_file);
	l->record_file = NULL;
}

const struct live_form live_form_record = {
	.name = offsetof(struct options, record_file),
	.open = open_record, .close = close_record, .drop = drop_record,
	.tell = tc_record_event, .kinds = TC_STORY_TOLD | TC_STORY_CAPTURED,
};
