/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys of a personality out of text, and what they make of a configuration. */
#include "traits.h"

#include "base/nearest.h"
#include "wire/place.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/segment.h>
#include <tcpcraft/tcpopt.h>

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KEY_LONG 32

static bool is_set(const struct tc_traits *t, const struct tc_trait *r)
{
	return t->set & 1u << (r - tc_trait_rows);
}

static const struct tc_trait *find(const char *key)
{
	for (const struct tc_trait *r = tc_trait_rows; r->key; r++)
		if (strcmp(r->key, key) == 0)
			return r;
	return NULL;
}

bool tc_traits_has(const struct tc_traits *t, const char *key)
{
	const struct tc_trait *r = find(key);

	return r && is_set(t, r);
}

bool tc_trait_row(unsigned nth, struct tc_trait_row *row)
{
	const struct tc_trait *r = tc_trait_rows;

	while (nth && r->key)
		r++, nth--;
	*row = (struct tc_trait_row){ r->key, r->arg, r->doc };
	return r->key != NULL;
}

static int unknown(const char *key, struct tc_error *err)
{
	struct tc_nearest near = { .word = key };

	for (const struct tc_trait *r = tc_trait_rows; r->key; r++)
		tc_nearest(&near, r->key);
	if (near.name)
		return tc_fail(err, -ENOENT, "there is no such key: did you mean %s?", near.name);
	return tc_fail(err, -ENOENT, "there is no such key: --help-all lists them under --tcp");
}

int tc_traits_set(struct tc_traits *t, const char *key, const char *value,
		  struct tc_error *err)
{
	const struct tc_trait *r = find(key);
	int rc = r ? tc_trait_parse(r, &t->value, value, err) : unknown(key, err);

	if (rc >= 0)
		t->set |= 1u << (r - tc_trait_rows);
	return rc < 0 ? rc : 0;
}

/* A key that one text says twice is a slip: which was meant nobody knows. */
static int set_once(struct tc_traits *t, uint32_t *said, const char *key, const char *value,
		    struct tc_error *err)
{
	const struct tc_trait *r = find(key);
	const uint32_t bit = r ? 1u << (r - tc_trait_rows) : 0;

	if (*said & bit)
		return tc_fail(err, -EINVAL, "it is said twice: leave one out");
	*said |= bit;
	return tc_traits_set(t, key, value, err);
}

/* n bytes of KEY=VALUE, behind which no 0 need be: they are of a file. */
static int set_pair(struct tc_traits *t, uint32_t *said, const char *text, size_t n,
		    struct tc_error *err)
{
	char *pair = calloc(n + 1, 1), *eq;
	struct tc_error why = { 0 };
	int rc;

	if (!pair)
		return tc_nomem(err);
	memcpy(pair, text, n);
	eq = strchr(pair, '=');
	if (eq)
		*eq = '\0';
	if (!eq || eq == pair || strlen(pair) > KEY_LONG)
		rc = tc_fail(err, -EINVAL, "'%.*s' is not KEY=VALUE", (int)(n < 60 ? n : 60), text);
	else
		rc = set_once(t, said, pair, eq + 1, &why);
	if (rc < 0 && why.code)
		tc_fail(err, -EINVAL, "%s=: %s", pair, why.msg);
	free(pair);
	return rc < 0 ? -EINVAL : 0;
}

int tc_traits_parse(struct tc_traits *t, const char *text, struct tc_error *err)
{
	uint32_t said = 0;
	size_t n;
	int rc;

	for (;; text += n + 1) {
		n = strcspn(text, ",");
		rc = set_pair(t, &said, text, n, err);
		if (rc < 0 || !text[n])
			return rc;
	}
}

/* What is left of a line without its comment and the blanks around. */
static void strip(const char **line, size_t *n)
{
	const char *comment = memchr(*line, '#', *n);

	if (comment)
		*n = (size_t)(comment - *line);
	while (*n && isspace((unsigned char)(*line)[*n - 1]))
		--*n;
	while (*n && isspace((unsigned char)**line))
		++*line, --*n;
}

int tc_traits_read(struct tc_traits *t, const char *name, const void *text, size_t n,
		   struct tc_error *err)
{
	const char *at = text, *end = at + n;
	struct tc_error why = { 0 };
	uint32_t said = 0;
	int rc;

	for (unsigned number = 1; at < end; number++) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		const char *line = at;
		size_t len = (size_t)((nl ? nl : end) - at);

		at += len + 1;
		strip(&line, &len);
		if (memchr(line, '\0', len))
			return tc_fail(err, -EINVAL, "%s:%u: a byte 0 is not text", name, number);
		rc = len ? set_pair(t, &said, line, len, &why) : 0;
		if (rc < 0)
			return tc_fail(err, rc, "%s:%u: %s", name, number, why.msg);
	}
	return 0;
}

static void copy(const struct tc_trait *r, struct tc_personality *to,
		 const struct tc_personality *from)
{
	memcpy((char *)to + r->at, (const char *)from + r->at, r->size);
	memcpy((char *)to + r->with, (const char *)from + r->with, r->with_size);
}

void tc_traits_over(struct tc_traits *t, const struct tc_traits *over)
{
	for (const struct tc_trait *r = tc_trait_rows; r->key; r++)
		if (is_set(over, r))
			copy(r, &t->value, &over->value);
	t->set |= over->set;
}

void tc_traits_print(const struct tc_traits *t, struct tc_buf *out)
{
	const char *sep = "";

	for (const struct tc_trait *r = tc_trait_rows; r->key; r++) {
		if (!is_set(t, r))
			continue;
		tc_buf_printf(out, "%s%s=", sep, r->key);
		tc_trait_print(r, &t->value, out);
		sep = ",";
	}
}

void tc_personality_default(struct tc_personality *p, uint8_t family, unsigned mtu)
{
	const struct tc_field *ip = tc_header_get(TC_HDR_IP)->rows;

	*p = (struct tc_personality){
		.ip = { .ttl = (uint8_t)ip[TC_IP_TTL].def, .df = ip[TC_IP_DF].def != 0 },
	};
	tc_tcp_config_default(&p->tcp, family, mtu);
}

/* ---- what contradicts ------------------------------------------------------------------- */

static int check_order(const struct tc_personality *p, struct tc_error *err)
{
	const struct { bool offered; uint8_t has; const char *option, *key; } all[] = {
		{ p->tcp.use_wscale, TC_HAS_WSCALE, "wscale", "wscale" },
		{ p->tcp.use_ts, TC_HAS_TS, "TS", "ts" },
		{ p->tcp.use_sack, TC_HAS_SACK_OK, "sackOK", "sack" },
		{ p->tcp.use_md5, TC_HAS_MD5, "md5", "md5" },
		{ p->ip.fastopen, TC_HAS_FASTOPEN, "fastopen", "fastopen" },
		{ p->tcp.ao.on, TC_HAS_AO, "ao", "ao" },
	};
	const uint8_t has = tc_syn_order_has(&p->ip.order);

	for (size_t i = 0; p->ip.order.n && i < sizeof all / sizeof *all; i++)
		if (all[i].offered && !(has & all[i].has))
			return tc_fail(err, -EINVAL, "options= has no place for %s, which is "
				       "offered: add it, or say %s=off", all[i].option,
				       all[i].key);
	return 0;
}

static int check_window(const struct tc_tcp_config *c, struct tc_error *err)
{
	const uint32_t window = tc_tcp_config_window(c, false);

	if (window > c->rcv_buf && (c->syn_window || c->window_in_mss))
		return tc_fail(err, -EINVAL, "window=%u is more than rcvbuf=%u holds", window,
			       c->rcv_buf);
	if (c->answer_window > c->rcv_buf)
		return tc_fail(err, -EINVAL, "answer-window=%u is more than rcvbuf=%u holds",
			       c->answer_window, c->rcv_buf);
	if (c->use_wscale && c->wscale != TC_WSCALE_FITS && !(c->rcv_buf >> c->wscale))
		return tc_fail(err, -EINVAL, "wscale=%u counts in %u bytes, of which rcvbuf=%u "
			       "has not one: every window would be shut", c->wscale,
			       1u << c->wscale, c->rcv_buf);
	return 0;
}

int tc_traits_apply(const struct tc_traits *t, struct tc_personality *p,
		    struct tc_error *err)
{
	int rc;

	for (const struct tc_trait *r = tc_trait_rows; r->key; r++)
		if (is_set(t, r))
			copy(r, p, &t->value);
	rc = check_order(p, err);
	if (rc >= 0 && p->ip.fastopen && (p->tcp.use_md5 || p->tcp.ao.on))
		rc = tc_fail(err, -EINVAL, "a cookie of fastopen= and %s= are more than the "
			     "%d bytes of options that a SYN holds: leave one out",
			     p->tcp.ao.on ? "ao" : "md5", TC_OPTIONS_MAX);
	if (rc >= 0 && p->tcp.use_md5 && p->tcp.ao.on)
		rc = tc_fail(err, -EINVAL, "md5= and ao= contradict: a segment is signed by one "
			     "of them (RFC 5925 2.2)");
	if (rc >= 0 && p->tcp.rto_initial < p->tcp.rto_min)
		rc = tc_fail(err, -EINVAL, "rto-init= is less than rto-min=%g",
			     (double)p->tcp.rto_min / (double)TC_S);
	return rc < 0 ? rc : check_window(&p->tcp, err);
}
