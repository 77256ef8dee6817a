/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk over TCP options: the only place that looks at an option's length byte, so
 * the only place that has to distrust it (RFC 9293 3.2, MUST-7). And the other way: those
 * of a SYN in an order that somebody chose, off the fast path.
 */
#include <tcpcraft/tcpopt.h>

#include "base/name.h"
#include <tcpcraft/bits.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/segment.h>

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

int tc_tcpopt_next(struct tc_tcpopt_iter *it, struct tc_tcpopt *opt, struct tc_error *err)
{
	size_t left = (size_t)(it->end - it->at);
	uint8_t kind, len;

	if (left == 0 || it->at[0] == TC_OPT_EOL)
		return 0;
	kind = it->at[0];
	if (kind == TC_OPT_NOP) {
		*opt = (struct tc_tcpopt){ .kind = kind, .len = 1 };
		it->at++;
		return 1;
	}
	if (left < 2)
		return tc_fail(err, -EBADMSG, "option %u: no length byte, 1 byte left",
			       kind);
	len = it->at[1];
	if (len < 2)
		return tc_fail(err, -EBADMSG, "option %u: length %u, the least is 2",
			       kind, len);
	if (len > left)
		return tc_fail(err, -EBADMSG, "option %u: length %u but %zu bytes left",
			       kind, len, left);
	opt->kind = kind;
	opt->len = len;
	opt->data = len > 2 ? it->at + 2 : NULL;
	it->at += len;
	return 1;
}

static const struct word {
	const char *name;
	uint8_t kind, len, has;
} words[] = {
	{ "mss", TC_OPT_MSS, 4, TC_HAS_MSS },
	{ "nop", TC_OPT_NOP, 1, 0 },
	{ "wscale", TC_OPT_WSCALE, 3, TC_HAS_WSCALE },
	{ "sackOK", TC_OPT_SACK_PERM, 2, TC_HAS_SACK_OK },
	{ "TS", TC_OPT_TS, 10, TC_HAS_TS },
	{ "md5", TC_OPT_MD5, 18, TC_HAS_MD5 },
	{ "fastopen", TC_OPT_FASTOPEN, 2 + TC_COOKIE_MAX, TC_HAS_FASTOPEN },	/* at most */
	{ "ao", TC_OPT_AO, 16, TC_HAS_AO },
	{ "eol", TC_OPT_EOL, 1, 0 },
};

#define N_WORDS (sizeof words / sizeof *words)

static const struct word *of_kind(uint8_t kind)
{
	const struct word *w = words;

	while (w->kind != kind)
		w++;
	return w;
}

static const struct word *of_name(const char *name, size_t len)
{
	for (size_t i = 0; i < N_WORDS; i++)
		if (strlen(words[i].name) == len && !strncasecmp(words[i].name, name, len))
			return &words[i];
	return NULL;
}

uint8_t tc_syn_order_has(const struct tc_syn_order *o)
{
	uint8_t has = 0;

	for (unsigned i = 0; i < o->n; i++)
		has |= of_kind(o->kind[i])->has;
	return has;
}

static int no_such(const char *name, size_t len, struct tc_error *err)
{
	char all[120] = "";

	for (size_t i = 0; i < N_WORDS; i++)
		tc_name_add(all, sizeof all, words[i].name, "");
	return tc_fail(err, -EINVAL, "'%.*s' is none of %s", (int)(len < 40 ? len : 40), name,
		       all);
}

/* `bytes`: of what stands before it. */
static int add(struct tc_syn_order *o, const char *name, size_t len, size_t *bytes,
	       struct tc_error *err)
{
	const struct word *w = of_name(name, len);

	if (!w)
		return no_such(name, len, err);
	if (o->n && o->kind[o->n - 1] == TC_OPT_EOL)
		return tc_fail(err, -EINVAL, "%s stands behind eol, which is the end", w->name);
	if (w->has & tc_syn_order_has(o))
		return tc_fail(err, -EINVAL, "%s stands there twice", w->name);
	*bytes += w->len;
	if (*bytes > TC_OPTIONS_MAX)
		return tc_fail(err, -EMSGSIZE, "that is more than the %d bytes of options that "
			       "a header holds", TC_OPTIONS_MAX);
	o->kind[o->n++] = w->kind;
	return 0;
}

int tc_syn_order_parse(struct tc_syn_order *o, const char *text, struct tc_error *err)
{
	size_t len, bytes = 0;
	int rc;

	o->n = 0;
	for (;; text += len + 1) {
		len = strcspn(text, ":");
		rc = add(o, text, len, &bytes, err);
		if (rc < 0)
			return rc;
		if (!text[len])
			break;
	}
	if (!(tc_syn_order_has(o) & TC_HAS_MSS))
		return tc_fail(err, -EINVAL, "mss is missing: every SYN says it (RFC 9293 3.7.1)");
	return 0;
}

void tc_syn_order_print(const struct tc_syn_order *o, struct tc_buf *out)
{
	for (unsigned i = 0; i < o->n; i++)
		tc_buf_printf(out, "%s%s", i ? ":" : "", of_kind(o->kind[i])->name);
}

/* Its length: a cookie may be shorter than its place. */
static size_t write_one(uint8_t *at, const struct word *w, const struct tc_seg_opts *opts)
{
	const struct tc_cookie *cookie = &opts->cookie;
	const size_t len = w->kind == TC_OPT_FASTOPEN ? 2u + cookie->n : w->len;

	memset(at, 0, len);
	at[0] = w->kind;
	if (w->has)
		at[1] = (uint8_t)len;
	if (w->kind == TC_OPT_MSS) {
		tc_put16(at + 2, opts->mss);
	} else if (w->kind == TC_OPT_WSCALE) {
		at[2] = opts->wscale;
	} else if (w->kind == TC_OPT_TS) {
		tc_put32(at + 2, opts->ts_val);
		tc_put32(at + 6, opts->ts_ecr);
	} else if (w->kind == TC_OPT_FASTOPEN) {
		memcpy(at + 2, cookie->bytes, cookie->n);
	} else if (w->kind == TC_OPT_AO) {
		at[2] = opts->ao_keyid;
		at[3] = opts->ao_rnextkeyid;
	}
	return len;
}

size_t tc_syn_order_write(const struct tc_syn_order *o, const struct tc_seg_opts *opts,
			  uint8_t out[40])
{
	assert(o->n > 0);
	const uint8_t filler = o->kind[o->n - 1] == TC_OPT_EOL ? TC_OPT_EOL : TC_OPT_NOP;
	size_t n = 0, nops = 0;

	for (unsigned i = 0; i < o->n; i++) {
		const struct word *w = of_kind(o->kind[i]);

		if (w->has && !(opts->present & w->has)) {
			n -= nops;
		} else if (w->kind != TC_OPT_EOL) {
			n += write_one(out + n, w, opts);
		}
		nops = w->kind == TC_OPT_NOP ? nops + 1 : 0;
	}
	while (n % 4)
		out[n++] = filler;
	return n;
}
