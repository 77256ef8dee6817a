/* SPDX-License-Identifier: BSD-2-Clause */
/* Targets as people list them: names, networks, files. */

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

/* What of a network is not a host: of IPv4 its first and last address (but RFC 3021), of IPv6 the
 * first, which is its routers' (RFC 4291 2.6.1; RFC 6164 for two). */
static bool is_host(uint32_t i, uint32_t last, uint8_t family)
{
	if (last < 2)
		return true;
	return i != 0 && (family == 6 || i != last);
}

/* 10.0.0.0/24, 2001:db8::/120: its hosts. */
static int add_network(struct tc_buf *out, struct tc_target *t, const char *bits_text,
		       struct tc_error *err)
{
	char *end;
	unsigned long bits = strtoul(bits_text, &end, 10), width;
	struct tc_addr first = { 0 };
	uint32_t last;
	int rc = tc_host_parse(&first, t->host, 0, true, err);

	if (rc < 0)
		return rc;
	width = first.family == 6 ? 128 : 32;
	if (end == bits_text || *end || bits > width)
		return tc_fail(err, -EINVAL, "'%s/%s': a network's length is 0 to %lu%s", t->host,
			       bits_text, width, *end == ':' ?
			       "; a port stands behind brackets: [2001:db8::/120]:80" :
			       *end == '%' ? "; a scope stands before the slash" : "");
	if (width - bits > 31 || (1ul << (width - bits)) > TC_TARGETS_MAX)
		return tc_fail(err, -ERANGE, "'%s/%s' is more than %d targets", t->host,
			       bits_text, TC_TARGETS_MAX);
	last = (uint32_t)((1ul << (width - bits)) - 1);
	for (unsigned long bit = bits; bit < width; bit++)
		first.bytes[bit / 8] &= (uint8_t)~(0x80u >> bit % 8);
	for (uint32_t i = 0; i <= last && rc >= 0; i++) {
		tc_addr_string(&first, t->host);
		if (is_host(i, last, first.family))
			rc = add(out, t, err);
		tc_addr_add(&first, 1);
	}
	return rc;
}

/* The ":PORT" of HOST:PORT and [ADDR]:PORT is cut off; NULL: there is none. More colons than
 * one and no brackets are an IPv6 address. */
static char *cut_port(char *item)
{
	char *bracket = strchr(item, ']'), *from = bracket ? bracket : item;
	char *colon = strchr(from, ':');

	if (!colon || strchr(colon + 1, ':'))
		return NULL;
	*colon = 0;
	return colon + 1;
}

/* [ADDR], [ADDR]/BITS and [ADDR/BITS] without the brackets */
static char *cut_brackets(char *item)
{
	char *close = *item == '[' && strchr(item, ':') ? strchr(item, ']') : NULL;

	if (!close || (close[1] && close[1] != '/'))
		return item;
	memmove(close, close + 1, strlen(close));
	return item + 1;
}

/* HOST[/BITS][:PORT], an IPv6 address or network with a port in brackets */
static int add_item(struct tc_buf *out, char *item, struct tc_error *err)
{
	struct tc_target t = { .port = 0 };
	char *port = cut_port(item), *slash;
	int rc = port ? tc_port_parse(&t.port, port, err) : 0;

	item = cut_brackets(item);
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
