/* SPDX-License-Identifier: BSD-2-Clause */
/* The wall of a command: put up when all is open, before the first byte of a peer's or of a
 * capture's is read. */
#include "live.h"

#include "wall/wall.h"

#include <jansson.h>
#include <string.h>

static bool is_walled(const struct options *o, unsigned needs)
{
	return needs && !o->no_sandbox;
}

static int put_up(const struct options *o, const struct tc_wall *wall, struct tc_error *err)
{
	if (!is_walled(o, wall->needs))
		return 0;
	json_object_seed(0);	/* jansson's, by chance: the file of that is not to be had later */
	return tc_wall_up(wall, err);
}

int live_wall_of(const struct options *o, unsigned needs, const char *const *reads,
		 unsigned n_reads, struct tc_error *err)
{
	const char *outputs[LIVE_FORMS_MOST];
	const struct tc_wall wall = {
		.needs = needs, .reads = reads, .n_reads = n_reads,
		.outputs = outputs, .n_outputs = forms_files(o, outputs),
	};

	return put_up(o, &wall, err);
}

int live_wall(const struct options *o, const char *const *reads, unsigned n_reads,
	      struct tc_error *err)
{
	return live_wall_of(o, o->wall, reads, n_reads, err);
}

/* What their ends have to start is started now. */
static int foresee(const struct live *l, const struct live_wall *w, struct tc_error *err)
{
	int rc = is_walled(l->o, w->needs) ? tc_session_foresee(l->session, err) : 0;

	for (size_t i = 0; i < sizeof w->also / sizeof *w->also && rc >= 0; i++)
		if (w->also[i] && is_walled(l->o, w->needs))
			rc = tc_session_foresee(w->also[i], err);
	return rc;
}

int live_wall_session(struct live *l, const struct live_wall *w, struct tc_error *err)
{
	const struct options *o = l->o;
	const unsigned more = sizeof w->output / sizeof *w->output;
	const char *outputs[LIVE_FORMS_MOST + sizeof w->output / sizeof *w->output];
	struct options named = *o;
	unsigned n;
	struct tc_wall wall = { .needs = w->needs, .outputs = outputs };
	int rc = foresee(l, w, err);

	if (l->write_fd)
		named.write_file = NULL;	/* it is open, and not ours to name */
	n = forms_files(&named, outputs);
	wall.n_outputs = n + more;
	memcpy(outputs + n, w->output, sizeof w->output);
	return rc < 0 ? rc : put_up(o, &wall, err);
}
