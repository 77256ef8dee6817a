/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of all commands: one table, read by the parser and by --help. */
#include "own.h"

#include "base/addr.h"

#include <tcpcraft/field.h>
#include <tcpcraft/rng.h>
#include <tcpcraft/route.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int set_json(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->json = true;
	return 0;
}

static int set_quiet(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->quiet = true;
	return 0;
}

static int set_verbose(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->verbose++;
	return 0;
}

static int set_color(struct options *o, const char *v, struct tc_error *err)
{
	static const char *const names[] = {
		[COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never",
	};

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(v, names[i]) == 0) {
			o->color = (enum color)i;
			return 0;
		}
	return tc_fail(err, -EINVAL, "--color: '%s' is none of auto, always, never", v);
}

static int set_help(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->help = true;
	return 0;
}

static int set_interface(struct options *o, const char *v, struct tc_error *err)
{
	(void)err;
	o->ifname = v;
	return 0;
}

#define SOURCES_MAX 64

static int add_source(struct options *o, uint32_t addr, struct tc_error *err)
{
	uint32_t *more;

	if (!o->source) {
		o->source = addr;
		return 0;
	}
	if (o->n_more_sources + 1 >= SOURCES_MAX)
		return tc_fail(err, -ERANGE, "--source: more than %d addresses", SOURCES_MAX);
	more = realloc(o->more_sources, (o->n_more_sources + 1) * sizeof *more);
	if (!more)
		return tc_nomem(err);
	o->more_sources = more;
	more[o->n_more_sources++] = addr;
	return 0;
}

/* One address, or A-B. */
static int add_sources(struct options *o, char *item, struct tc_error *err)
{
	char *dash = strchr(item, '-');
	uint32_t first, last;
	int rc;

	if (dash)
		*dash = 0;
	rc = tc_host_parse(&first, item, true, err);
	last = first;
	if (rc >= 0 && dash)
		rc = tc_host_parse(&last, dash + 1, true, err);
	if (rc >= 0 && last < first)
		rc = tc_fail(err, -EINVAL, "--source: %s-%s is the wrong way round", item,
			     dash ? dash + 1 : item);
	for (uint32_t addr = first; rc >= 0 && addr - first <= last - first; addr++)
		rc = add_source(o, addr, err);
	return rc;
}

/* ADDR, A,B,… or A-B, or a mixture. */
static int set_source(struct options *o, const char *v, struct tc_error *err)
{
	char *text = strdup(v), *save = NULL, *item;
	int rc = text ? 0 : tc_nomem(err);

	for (item = text ? strtok_r(text, ",", &save) : NULL; item && rc >= 0;
	     item = strtok_r(NULL, ",", &save))
		rc = add_sources(o, item, err);
	if (rc >= 0 && !o->source)
		rc = tc_fail(err, -EINVAL, "--source: '%s' names no address", v);
	free(text);
	return rc;
}

static int set_source_mac(struct options *o, const char *v, struct tc_error *err)
{
	uint64_t mac = 0;

	o->source_mac_own = strcmp(v, "own") == 0;
	if (o->source_mac_own)
		return 0;
	if (strchr(v, ':') == NULL || !tc_mac_read(&mac, v))
		return tc_fail(err, -EINVAL, "--source-mac: '%s' is neither own nor a MAC as "
			       "02:00:00:00:00:01", v);
	tc_mac_bytes(o->source_mac, mac);
	o->source_mac_given = true;
	return 0;
}

static int set_source_port(struct options *o, const char *v, struct tc_error *err)
{
	struct tc_error why;

	if (tc_port_parse(&o->source_port, v, &why) < 0)
		return tc_fail(err, -EINVAL, "-g: %s", why.msg);
	return 0;
}

static int set_iss(struct options *o, const char *v, struct tc_error *err)
{
	uint64_t n = 0;
	int rc = option_number("--iss", v, UINT32_MAX, &n, err);

	o->iss = (tc_seq)n;
	o->iss_given = true;
	return rc;
}

static int set_inject(struct options *o, const char *v, struct tc_error *err)
{
	static const char *const names[] = {
		[TC_INJECT_AUTO] = "auto", [TC_INJECT_LINK] = "link", [TC_INJECT_RAW] = "raw",
	};

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(v, names[i]) == 0) {
			o->inject = (enum tc_inject)i;
			return 0;
		}
	return tc_fail(err, -EINVAL, "--inject: '%s' is none of auto, link, raw", v);
}

static int set_guard(struct options *o, const char *v, struct tc_error *err)
{
	int mode = tc_guard_mode_parse(v, err);

	if (mode < 0)
		return mode;
	o->guard = (enum tc_guard_mode)mode;
	o->guard_given = true;
	return 0;
}

static int set_mark(struct options *o, const char *v, struct tc_error *err)
{
	uint64_t n = 0;
	int rc = option_number("--mark", v, UINT32_MAX, &n, err);

	if (rc == 0 && n == 0)
		rc = tc_fail(err, -EINVAL, "--mark: 0 is what every packet has; choose another");
	o->mark = (uint32_t)n;
	return rc;
}

static int set_write(struct options *o, const char *v, struct tc_error *err)
{
	o->write_file = v;
	return option_is_file("-w", v, err);
}

static int set_force(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->force = true;
	return 0;
}

static int set_seed(struct options *o, const char *v, struct tc_error *err)
{
	o->seed_given = true;
	return option_number("--seed", v, UINT64_MAX, &o->seed, err);
}

static int seconds(const char *what, const char *v, tc_time *out, struct tc_error *err)
{
	char *end;
	double s = strtod(v, &end);

	if (end == v || *end || !isfinite(s) || s <= 0 || s > 86400)
		return tc_fail(err, -EINVAL, "%s: '%s' is not a number of seconds above 0, "
			       "86400 at most", what, v);
	*out = (tc_time)(s * (double)TC_S);
	return 0;
}

static int set_timeout(struct options *o, const char *v, struct tc_error *err)
{
	o->timeout_given = true;
	return seconds("--timeout", v, &o->timeout, err);
}

static int set_hold(struct options *o, const char *v, struct tc_error *err)
{
	return seconds("--hold", v, &o->hold, err);
}

static int set_rate(struct options *o, const char *v, struct tc_error *err)
{
	char *end;

	o->rate = strtod(v, &end);
	if (end == v || *end || !isfinite(o->rate) || o->rate < 0.001 || o->rate > 1e9)
		return tc_fail(err, -EINVAL, "--rate: '%s' is not a number a second, 0.001 or "
			       "more", v);
	return 0;
}

static int set_busy_poll(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->busy_poll = true;
	return 0;
}

static int set_authorized(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->authorized = true;
	return 0;
}

static int set_count(struct options *o, const char *v, struct tc_error *err)
{
	uint64_t n = 0;
	int rc = option_number("--count", v, 100000000, &n, err);

	if (rc == 0 && n == 0)
		rc = tc_fail(err, -EINVAL, "--count: at least 1");
	o->count = (unsigned)n;
	return rc;
}

static int set_parallel(struct options *o, const char *v, struct tc_error *err)
{
	uint64_t n = 0;
	int rc = option_number("--parallel", v, 1000000, &n, err);

	if (rc == 0 && n == 0)
		rc = tc_fail(err, -EINVAL, "--parallel: at least 1");
	o->parallel = (unsigned)n;
	return rc;
}

static int set_keepalive(struct options *o, const char *v, struct tc_error *err)
{
	return seconds("--keepalive", v, &o->keepalive, err);
}

static int set_msl(struct options *o, const char *v, struct tc_error *err)
{
	return seconds("--msl", v, &o->msl, err);
}

static int set_no_nagle(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->no_nagle = true;
	return 0;
}

static int set_no_delayed_ack(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->no_delayed_ack = true;
	return 0;
}

static int set_keep(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->keep = true;
	return 0;
}

static int set_prot(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->prot = true;
	return 0;
}

static const struct option_row rows[] = {
	{ 'k', "keep", NULL, GROUP_LISTEN, set_keep, "one client after another, many at once" },
	{ 0, "prot", NULL, GROUP_LISTEN, set_prot, "answer PROT frames as the legacy server" },
	{ 'c', "count", "N", GROUP_PROT, set_count, "N connections" },
	{ 0, "parallel", "K", GROUP_PROT, set_parallel,
		"K of them at once (1); more than one: the data carries the third ACK" },
	{ 0, "hold", "SECONDS", GROUP_PROT, set_hold, "rest after the handshake" },
	{ 0, "rate", "N", GROUP_RATE, set_rate, "at most N a second" },
	{ 'i', "interface", "DEV", GROUP_NET, set_interface, "send and capture here" },
	{ 0, "source", "ADDR", GROUP_CLIENT, set_source, "our address, or A,B or A-B" },
	{ 0, "source-mac", "MAC", GROUP_CLIENT, set_source_mac,
	  "of an address that no host owns; or own (02:…)" },
	{ 'g', "source-port", "PORT", GROUP_CLIENT, set_source_port, "our (first) port" },
	{ 0, "iss", "N", GROUP_CLIENT, set_iss, "our initial sequence number" },
	{ 0, "inject", "HOW", GROUP_NET, set_inject, "auto, link or raw" },
	{ 0, "guard", "MODE", GROUP_NET, set_guard, "rst, shield, nft or off" },
	{ 0, "mark", "N", GROUP_NET, set_mark, "mark of our own resets (0x7463)" },
	{ 'w', "write", "FILE", GROUP_NET | GROUP_FILES, set_write, "capture; .pcapng has comments" },
	{ 0, "force", NULL, GROUP_NET | GROUP_FORCE, set_force, "overwrite FILE" },
	{ 0, "seed", "N", GROUP_NET, set_seed, "decides all that is random" },
	{ 0, "timeout", "SECONDS", GROUP_NET, set_timeout, "for each answer (5)" },
	{ 0, "keepalive", "SECONDS", GROUP_TCP, set_keepalive, "probe an idle peer (off)" },
	{ 0, "msl", "SECONDS", GROUP_TCP, set_msl, "stay in TIME-WAIT for two of these (off)" },
	{ 0, "no-nagle", NULL, GROUP_TCP, set_no_nagle, "small segments go at once" },
	{ 0, "no-delayed-ack", NULL, GROUP_TCP, set_no_delayed_ack, "ACK every segment" },
	{ 0, "busy-poll", NULL, GROUP_NET, set_busy_poll, "never sleep: faster, hotter" },
	{ 0, "authorized", NULL, GROUP_NET, set_authorized, "I may test a public target" },
	{ 0, "json", NULL, GROUP_OUT | GROUP_QUIET, set_json, "JSON lines on stdout" },
	{ 'q', "quiet", NULL, GROUP_OUT | GROUP_QUIET, set_quiet, "the result only" },
	{ 'v', "verbose", NULL, GROUP_OUT, set_verbose, "show more" },
	{ 0, "color", "WHEN", GROUP_OUT, set_color, "auto (on a terminal), always or never" },
	{ 'h', "help", NULL, ~0u, set_help, "this help" },
	{ 0 }
};

static const struct option_row *const tables[] = {
	rows, payload_rows, send_rows, show_rows, fuzz_rows, probe_rows, trace_rows, run_rows,
};

#define N_TABLES (sizeof tables / sizeof *tables)

/* The row of a command that has these groups, by its name or its letter. */
static const struct option_row *find(unsigned groups, const char *name, size_t len,
				     char letter)
{
	for (size_t t = 0; t < N_TABLES; t++)
		for (const struct option_row *r = tables[t]; r->name; r++) {
			if (!(r->group & groups))
				continue;
			if (letter ? r->letter == letter
				   : strlen(r->name) == len && !strncmp(r->name, name, len))
				return r;
		}
	return NULL;
}

static const struct field_row *find_field(unsigned groups, const char *name, size_t len)
{
	for (const struct field_row *f = field_rows; f->name && groups & GROUP_SEND; f++)
		if (strlen(f->name) == len && strncmp(f->name, name, len) == 0)
			return f;
	return NULL;
}

/* The arguments, and the one that is read. */
struct args {
	char **argv;
	int argc, at;
};

/* The value of an option: behind '=' or the letter, else the next argument. */
static int take_value(struct args *a, const char *name, const char *arg, const char **value,
		      struct tc_error *err)
{
	if (!arg && *value)
		return tc_fail(err, -EINVAL, "--%s takes no value", name);
	if (arg && !*value) {
		if (a->at + 1 >= a->argc)
			return tc_fail(err, -EINVAL, "--%s needs %s", name, arg);
		*value = a->argv[++a->at];
	}
	return 0;
}

static int take(struct options *o, unsigned groups, const struct option_row *row,
		const char *given, const char *value, struct args *a, struct tc_error *err)
{
	int rc;

	if (!row)
		return option_unknown(tables, N_TABLES, groups, given, err);
	rc = take_value(a, row->name, row->arg, &value, err);
	return rc < 0 ? rc : row->set(o, value, err);
}

static int take_long(struct options *o, unsigned groups, struct args *a,
		     struct tc_error *err)
{
	const char *name = a->argv[a->at] + 2, *eq = strchr(name, '=');
	const char *value = eq ? eq + 1 : NULL;
	size_t len = eq ? (size_t)(eq - name) : strlen(name);
	const struct field_row *f = find_field(groups, name, len);
	int rc;

	if (!f)
		return take(o, groups, find(groups, name, len, 0), a->argv[a->at], value, a, err);
	rc = take_value(a, f->name, f->arg, &value, err);
	return rc < 0 ? rc : option_field(o, f->field, value, err);
}

static int take_letters(struct options *o, unsigned groups, struct args *a,
			struct tc_error *err)
{
	const char *at = a->argv[a->at] + 1;
	int rc = 0;

	for (; *at && rc >= 0; at++) {
		const struct option_row *row = find(groups, "", 0, *at);
		char given[3] = { '-', *at, 0 };

		rc = take(o, groups, row, given, row && row->arg && at[1] ? at + 1 : NULL, a,
			  err);
		if (rc >= 0 && row->arg)
			break;
	}
	return rc;
}

int options_parse(struct options *o, unsigned groups, int argc, char **argv,
		  struct tc_error *err)
{
	struct args a = { .argv = argv, .argc = argc };
	int n = 0, rc;

	*o = (struct options){ .timeout = 5 * TC_S, .count = 1, .parallel = 1,
			       .guard = TC_GUARD_RST,
			       .seed = tc_rng_kernel_u64() >> 32 };
	for (; a.at < argc; a.at++) {
		const char *arg = argv[a.at];

		if (arg[0] != '-' || !arg[1]) {
			argv[n++] = argv[a.at];
			continue;
		}
		if (strcmp(arg, "--") == 0) {
			while (++a.at < argc)
				argv[n++] = argv[a.at];
			break;
		}
		rc = arg[1] == '-' ? take_long(o, groups, &a, err)
				   : take_letters(o, groups, &a, err);
		if (rc < 0)
			return rc;
	}
	rc = options_finish_payload(o, groups, err);
	return rc < 0 ? rc : n;
}

void options_free(struct options *o)
{
	tc_buf_free(&o->probe.prefix);
	free(o->more_sources);
	options_free_payload(o);
	options_free_send(o);
	options_free_run(o);
}

static void help_line(FILE *out, char letter, const char *name, const char *arg,
		      const char *help, const char *more)
{
	char left[40];

	snprintf(left, sizeof left, "%c%c%s --%s%s%s", letter ? '-' : ' ',
		 letter ? letter : ' ', letter ? "," : " ", name, arg ? " " : "",
		 arg ? arg : "");
	fprintf(out, "  %-26s %s%s\n", left, help, more);
}

void options_help(FILE *out, unsigned groups)
{
	for (const struct field_row *f = field_rows; f->name && groups & GROUP_SEND; f++)
		help_line(out, 0, f->name, f->arg, "the same as ", f->field);
	for (size_t t = 0; t < N_TABLES; t++)
		for (const struct option_row *r = tables[t]; r->name; r++)
			if (r->group & groups)
				help_line(out, r->letter, r->name, r->arg, r->help, "");
}
