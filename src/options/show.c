/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of commands that read captures. */
#include "own.h"

#include "pcap/relabel.h"

#include <errno.h>
#include <string.h>

static int set_connection(struct options *o, const char *v, struct tc_error *err)
{
	uint64_t n = 0;
	int rc = option_number("--connection", v, UINT32_MAX, &n, err);

	if (rc == 0 && n == 0)
		rc = tc_fail(err, -EINVAL, "--connection: they are numbered from 1");
	o->show.connection = (unsigned)n;
	return rc;
}

static int set_filter(struct options *o, const char *v, struct tc_error *err)
{
	(void)err;
	o->show.filter = v;
	return 0;
}

static int set_linktype(struct options *o, const char *v, struct tc_error *err)
{
	o->show.dlt = tc_dlt_parse(v, err);
	o->show.dlt_given = true;
	return o->show.dlt < 0 ? o->show.dlt : 0;
}

static int set_html(struct options *o, const char *v, struct tc_error *err)
{
	o->html_file = v;
	if (strcmp(v, "-") == 0)	/* results go there, and a page is no stream */
		return tc_fail(err, -EINVAL, "--html: a page needs a file, not standard output");
	return 0;
}

static int set_record(struct options *o, const char *v, struct tc_error *err)
{
	(void)err;
	o->record_file = v;
	return 0;
}

static int set_script(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->show.script = true;
	return 0;
}

static int set_loose(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->show.loose = true;
	return 0;
}

const struct option_row show_rows[] = {
	{ 0, "connection", "N", GROUP_SHOW, set_connection, "only this one, all of it" },
	{ 0, "filter", "EXPR", GROUP_SHOW, set_filter, "only what matches, as for tcpdump" },
	{ 0, "linktype", "TYPE", GROUP_LINKTYPE, set_linktype,
	  "what frames begin with, whatever the file says" },
	{ 0, "script", NULL, GROUP_SHOW, set_script,
	  "as a script for tcpcraft run, which plays the opening side again" },
	{ 0, "loose", NULL, GROUP_SHOW, set_loose,
	  "with --script: for another server, whose options and answers may differ" },
	{ 0, "record", "FILE", GROUP_RECORD, set_record,
	  "the connection as a script for tcpcraft run" },
	{ 0, "html", "FILE", GROUP_NET | GROUP_SHOW | GROUP_FILES, set_html,
	  "a page for browsers: ladder, bytes, fields, plot" },
	{ 0 }
};
