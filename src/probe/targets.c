/* SPDX-License-Identifier: BSD-2-Clause */
/* Targets as people list them: names, networks, files. */
#include "base/addr.h"

#include <tcpcraft/probe.h>

#include <tcpcraft/error.h>
#include <tcpcraft/route.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (4u << 20)

static int add(struct tc_buf *out, const struct tc_target *t, struct tc_error *err)
{
	if (out->len / sizeof *t >= TC_TARGETS_MAX)
		return tc_fail(err, -ERANGE, "more than %d targets", TC_TARGETS_MAX);
	tc_buf_add(out, t, sizeof *t);
	return out->failed ? tc_nomem(err) : 0;
}

/* 10.0.0.0/24: its hosts; of /31 and /32 all (RFC 3021). */
static int add_network(struct tc_buf *out, struct tc_target *t, const char *bits_text,
		       struct tc_error *err)
{
	char *end;
	unsigned long bits = strtoul(bits_text, &end, 10);
	uint32_t addr, mask, first, last;
	int rc = tc_host_parse(&addr, t->host, true, err);

	if (rc < 0)
		return rc;
	if (end == bits_text || *end || bits > 32)
		return tc_fail(err, -EINVAL, "'%s/%s': a network's length is 0 to 32", t->host,
			       bits_text);
	mask = bits ? ~(uint32_t)0 << (32 - bits) : 0;
	first = addr & mask;
	last = addr | ~mask;
	if (last - first >= TC_TARGETS_MAX)
		return tc_fail(err, -ERANGE, "'%s/%s' is more than %d targets", t->host,
			       bits_text, TC_TARGETS_MAX);
	if (bits < 31) {
		first++;
		last--;
	}
	for (uint32_t a = first; a - first <= last - first && rc >= 0; a++) {
		tc_addr_text(a, t->host);
		rc = add(out, t, err);
	}
	return rc;
}

/* HOST[/BITS][:PORT] */
static int add_item(struct tc_buf *out, char *item, struct tc_error *err)
{
	struct tc_target t = { .port = 0 };
	char *colon = strrchr(item, ':'), *slash;
	int rc = 0;

	if (colon && strchr(item, ':') == colon) {	/* more of them: left to who knows IPv6 */
		*colon = 0;
		rc = tc_port_parse(&t.port, colon + 1, err);
	}
	slash = strchr(item, '/');
	if (slash)
		*slash++ = 0;
	if (rc < 0)
		return rc;
	if (!*item || strlen(item) >= sizeof t.host)
		return tc_fail(err, -EINVAL, "'%s' is not a target: HOST, ADDR/BITS or @FILE",
			       item);
	snprintf(t.host, sizeof t.host, "%s", item);
	return slash ? add_network(out, &t, slash, err) : add(out, &t, err);
}

static int add_items(struct tc_buf *out, char *text, const char *between,
		     struct tc_error *err)
{
	char *save = NULL, *item;
	int rc = 0;

	for (item = strtok_r(text, between, &save); item && rc >= 0;
	     item = strtok_r(NULL, between, &save))
		rc = add_item(out, item, err);
	return rc;
}

/* One a line; # begins a remark. */
static int add_file(struct tc_buf *out, const char *path, struct tc_error *err)
{
	struct tc_buf text = { 0 };
	int rc = tc_buf_read_file(&text, path, FILE_MAX, err);

	if (rc >= 0)
		tc_buf_add_u8(&text, 0);
	if (text.failed)
		rc = tc_nomem(err);
	if (rc >= 0) {
		for (char *at = (char *)text.data; (at = strchr(at, '#')); )
			while (*at && *at != '\n')
				*at++ = ' ';
		rc = add_items(out, (char *)text.data, " \t\r\n,", err);
	}
	tc_buf_free(&text);
	return rc;
}

int tc_targets_parse(struct tc_buf *out, const char *text, struct tc_error *err)
{
	char *copy = strdup(text), *save = NULL, *item;
	int rc = copy ? 0 : tc_nomem(err);

	for (item = copy ? strtok_r(copy, ",", &save) : NULL; item && rc >= 0;
	     item = strtok_r(NULL, ",", &save))
		rc = item[0] == '@' ? add_file(out, item + 1, err) : add_item(out, item, err);
	if (rc >= 0 && out->len == 0)
		rc = tc_fail(err, -EINVAL, "'%s' names no target", text);
	free(copy);
	return rc < 0 ? rc : (int)(out->len / sizeof(struct tc_target));
}
