/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of show --both share. */
#ifndef SHOW_BOTH_OWN_H
#define SHOW_BOTH_OWN_H

#include "analysis/passage.h"

#include <tcpcraft/buf.h>

struct tc_html_ladder;

/* What is odd about one, a line each, as they stand below it in the ladder. */
void tc_both_notes(struct tc_buf *out, const struct tc_passages *p, const struct tc_passage *x);

/* All of a connection on a page. */
void tc_both_page(struct tc_html_ladder *l, const struct tc_passages *p, unsigned number);

#endif
