/* SPDX-License-Identifier: BSD-2-Clause */
#include "target.h"

#include "cli.h"

#include <tcpcraft/probe.h>
#include <tcpcraft/route.h>

#include <errno.h>
#include <string.h>

/* scheme://host:port/path: what of it is asked for. */
static int refuse_url(const struct command *c, const char *url, struct tc_error *err)
{
	const char *host = strstr(url, "://") + 3, *user = strpbrk(host, "@/?#");
	int scheme = (int)(host - 3 - url), n, port_n;
	const char *port = url;

	if (user && *user == '@')
		host = user + 1;
	n = port_n = (int)strcspn(host, ":/?#");
	if (host[n] == ':') {
		port = host + n + 1;
		port_n = (int)strcspn(port, "/?#");
	} else {
		port_n = scheme;	/* http and https are names of ports, too */
	}
	return tc_fail(err, -EINVAL, "'%.80s' is a URL: give host and port: tcpcraft %s %.*s "
		       "%.*s", url, c->name, n, host, port_n, port);
}

static bool is_port(const char *text)
{
	uint16_t port;

	return tc_port_parse(&port, text, NULL) >= 0;
}

/* What stands where PORT should is not a port. If a port follows it, it was HOST, and the command
 * says what is wrong with it; the last word of `run` may be a script. */
static int wrong_port(const struct command *c, int n, char **argv, int at, const char *text,
		      struct tc_error *err)
{
	uint16_t port;

	if ((n > at + 1 && is_port(argv[at + 1])) ||
	    (c->host == TARGET_LAST && text[strspn(text, "0123456789")]))
		return n;
	return tc_port_parse(&port, text, err);
}

/* [ADDR]:PORT; what is wrong with an address the command says. */
static int split_brackets(const struct command *c, int n, char **argv, int at,
			  struct tc_error *err)
{
	char *end = strchr(argv[at], ']');

	if (!end || end[1] != ':')
		return n;
	if (!is_port(end + 2))
		return wrong_port(c, n, argv, at, end + 2, err);
	memmove(argv + at + 2, argv + at + 1, (size_t)(n - at - 1) * sizeof *argv);
	end[1] = 0;
	argv[at + 1] = end + 2;
	return n + 1;
}

int target_split(const struct command *c, int n, char **argv, struct tc_error *err)
{
	int at = c->host == TARGET_LAST ? n - 1 : c->host - 1;
	char *text = at >= 0 && at < n ? argv[at] : NULL, *colon = text ? strchr(text, ':') : NULL;

	if (!colon)
		return n;
	if (strstr(text, "://"))
		return refuse_url(c, text, err);
	if (strpbrk(text, ",/@"))
		return n;	/* a list: each of its hosts may have a port of its own */
	if (text[0] == '[')
		return split_brackets(c, n, argv, at, err);
	if (strchr(colon + 1, ':'))
		return n;	/* IPv6 */
	if (!is_port(colon + 1))
		return wrong_port(c, n, argv, at, colon + 1, err);
	*colon++ = 0;
	if (!*text) {		/* [ADDR] PORT: no ADDR */
		argv[at] = colon;
		return n;
	}
	memmove(argv + at + 2, argv + at + 1, (size_t)(n - at - 1) * sizeof *argv);
	argv[at + 1] = colon;
	return n + 1;
}

int target_other(const char *text, struct tc_target *t, struct tc_error *err)
{
	struct tc_buf list = { 0 };
	int n = tc_targets_parse(&list, text, err);

	if (n > 1)
		n = tc_fail(err, -EINVAL, "--against: '%s' is more than one host", text);
	if (n == 1)
		memcpy(t, list.data, sizeof *t);
	tc_buf_free(&list);
	return n < 0 ? n : 0;
}
