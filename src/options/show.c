/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of commands that read captures. */
#include "own.h"

#include "wire/link_type.h"

#include <errno.h>
#include <string.h>

static int set_linktype(struct options *o, const char *v, struct tc_error *err)
{
	o->show.dlt = tc_dlt_parse(v, err);
	o->show.dlt_given = true;
	return o->show.dlt < 0 ? o->show.dlt : 0;
}

static int check_html(struct options *o, const char *v, struct tc_error *err)
{
	(void)o;
	if (strcmp(v, "-") == 0)	/* results go there, and a page cannot be streamed */
		return tc_fail(err, -EINVAL, "--html: a page needs a file, not standard output");
	return 0;
}

const struct option_row show_rows[] = {
	{ 0, "connection", "N", GROUP_SHOW, "only this one, all of it",
	  NUMBER(show.connection, 1, UINT32_MAX), .wanted = "they are numbered from 1",
	  USUAL(GROUP_SHOW) },
	{ 0, "filter", "EXPR", GROUP_SHOW, "only what matches, as for tcpdump",
	  TEXT(show.filter), USUAL(GROUP_SHOW) },
	{ 0, "linktype", "TYPE", GROUP_LINKTYPE,
	  "what frames begin with, whatever the file says", CUSTOM(set_linktype) },
	{ 0, "fingerprint", NULL, GROUP_SHOW,
	  "what each SYN and SYN,ACK says of its sender, as p0f writes it",
	  FLAG(show.fingerprint), USUAL(GROUP_SHOW) },
	{ 0, "both", NULL, GROUP_SHOW,
	  "two captures of the same, the client's and the server's: one ladder",
	  FLAG(show.both), USUAL(GROUP_SHOW) },
	{ 0, "script", NULL, GROUP_SHOW,
	  "as a script for tcpcraft run, which plays the opening side again",
	  FLAG(show.script), USUAL(GROUP_SHOW) },
	{ 0, "loose", NULL, GROUP_SHOW,
	  "with --script: for another server, whose options and answers may differ",
	  FLAG(show.loose) },
	{ 0, "record", "FILE", GROUP_RECORD,
	  "the connection as a script for tcpcraft run", FILE_NAME(record_file) },
	{ 0, "html", "FILE", GROUP_NET | GROUP_SHOW | GROUP_FILES,
	  "a page for browsers: ladder, bytes, fields, plot",
	  FILE_NAME(html_file), .set = check_html,
	  USUAL(GROUP_SHOW | GROUP_TALK | GROUP_MEET | GROUP_CONFORM) },
	{ 0 }
};
