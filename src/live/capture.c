/* SPDX-License-Identifier: BSD-2-Clause */
/* -w: the frames of a run as a capture, with comments where its format has them. */
#include "live.h"

#include "pcap/write.h"

static void drop_capture(struct live *l, void *own)
{
	(void)own;
	tc_comments_free(l->comments);
	l->comments = NULL;
	tc_pcap_writer_abort(l->writer);
	l->writer = NULL;
}

static int open_writer(struct live *l, struct tc_error *err)
{
	const struct options *o = l->o;
	int dlt = tc_session_dlt(l->session);

	if (l->write_fd)
		return tc_pcap_writer_take(&l->writer, l->write_fd, o->write_file, dlt, err);
	return (o->comments ? tc_pcap_writer_open_ng : tc_pcap_writer_open)
		(&l->writer, o->write_file, dlt, o->force, err);
}

static int open_capture(struct live *l, void **own, struct tc_error *err)
{
	int rc = open_writer(l, err);

	if (rc >= 0)
		rc = tc_comments_open(&l->comments, l->writer, &l->write_err, err);
	if (rc < 0)
		drop_capture(l, NULL);
	*own = l->comments;
	return rc;
}

/* What failed before was told. */
static int close_capture(struct live *l, void *own, struct tc_error *err)
{
	int rc = 0;

	(void)own;
	if (!l->write_err.code) {
		tc_comments_flush(l->comments);
		rc = l->write_err.code;
		if (rc < 0)
			*err = l->write_err;
	}
	tc_comments_free(l->comments);
	if (l->write_err.code)
		tc_pcap_writer_abort(l->writer);
	else
		rc = tc_pcap_writer_close(l->writer, err);
	return rc;
}

const struct live_form live_form_capture = {
	.name = offsetof(struct options, write_file),
	.open = open_capture, .close = close_capture, .drop = drop_capture,
	.tell = tc_comments_event, .kinds = TC_STORY_TOLD | TC_STORY_FATE,
};
