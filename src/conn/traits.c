/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of what makes a personality: a row a key. Help, man page, JSON and errors are
 * made of it. */
#include "traits.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define DAY 86400

/* `arg` is what the row takes. */
static int number(const char *v, uint64_t least, uint64_t most, const char *arg, uint64_t *out,
		  struct tc_error *err)
{
	char *end;

	errno = 0;		/* 010 is ten: only 0x changes the base */
	*out = strtoull(v, &end, v[0] == '0' && (v[1] | 0x20) == 'x' ? 16 : 10);
	if (v[0] < '0' || v[0] > '9' || *end)
		return tc_fail(err, -EINVAL, "'%.40s' is not %s (a number from %llu to %llu)", v,
			       arg, (unsigned long long)least, (unsigned long long)most);
	if (errno || *out < least || *out > most)
		return tc_fail(err, -ERANGE, "%.40s is not from %llu to %llu", v,
			       (unsigned long long)least, (unsigned long long)most);
	return 0;
}

static int parse_window(const struct tc_trait *r, void *to, const char *v,
			struct tc_error *err)
{
	struct tc_personality *p = to;
	uint64_t n = 0;
	bool in_mss = strncmp(v, "mss*", 4) == 0;
	int rc = number(in_mss ? v + 4 : v, 1, UINT16_MAX, r->arg, &n, err);

	p->tcp.window_in_mss = in_mss ? (uint16_t)n : 0;
	p->tcp.syn_window = in_mss ? 0 : (uint16_t)n;
	return rc;
}

static void print_window(const struct tc_personality *p, struct tc_buf *out)
{
	if (p->tcp.window_in_mss)
		tc_buf_printf(out, "mss*%u", p->tcp.window_in_mss);
	else
		tc_buf_printf(out, "%u", p->tcp.syn_window);
}

static int parse_isn(const struct tc_trait *r, void *to, const char *v, struct tc_error *err)
{
	struct tc_personality *p = to;
	uint64_t n = 0;
	int rc = 0;

	p->ip.isn = strcmp(v, "clock") == 0 ? TC_ISN_CLOCK :
		    strcmp(v, "random") == 0 ? TC_ISN_RANDOM : TC_ISN_FIXED;
	if (p->ip.isn == TC_ISN_FIXED)
		rc = number(v, 0, UINT32_MAX, r->arg, &n, err);
	p->ip.iss = (tc_seq)n;
	return rc;
}

static void print_isn(const struct tc_personality *p, struct tc_buf *out)
{
	if (p->ip.isn == TC_ISN_FIXED)
		tc_buf_printf(out, "%u", p->ip.iss);
	else
		tc_buf_text(out, p->ip.isn == TC_ISN_CLOCK ? "clock" : "random");
}

static int parse_order(const struct tc_trait *r, void *to, const char *v,
		       struct tc_error *err)
{
	(void)r;
	return tc_syn_order_parse(&((struct tc_personality *)to)->ip.order, v, err);
}

static int parse_md5(const struct tc_trait *r, void *to, const char *v, struct tc_error *err)
{
	struct tc_personality *p = to;

	(void)r;
	p->ip.md5.n = 0;
	p->tcp.use_md5 = strcmp(v, "off") != 0;
	return p->tcp.use_md5 ? tc_md5_key_parse(&p->ip.md5, v, err) : 0;
}

static void print_md5(const struct tc_personality *p, struct tc_buf *out)
{
	if (p->tcp.use_md5)
		tc_md5_key_print(&p->ip.md5, out);
	else
		tc_buf_text(out, "off");
}

/* RFC 7413 4.1.1 */
static int check_cookie(const struct tc_buf *bytes, const char *v, struct tc_error *err)
{
	if (bytes->failed)
		return tc_nomem(err);
	if (bytes->len < TC_COOKIE_MIN || bytes->len > TC_COOKIE_MAX || bytes->len % 2)
		return tc_fail(err, -EINVAL, "'%.40s' is %zu bytes: a cookie has from %d to %d, an "
			       "even number", v, bytes->len, TC_COOKIE_MIN, TC_COOKIE_MAX);
	return 0;
}

static int parse_fastopen(const struct tc_trait *r, void *to, const char *v,
			  struct tc_error *err)
{
	struct tc_personality *p = to;
	struct tc_buf bytes = { 0 };
	int rc;

	p->ip.cookie = (struct tc_cookie){ 0 };
	p->ip.fastopen = strcmp(v, "off") != 0;
	if (!p->ip.fastopen || strcmp(v, "on") == 0)
		return 0;
	rc = tc_hex_decode(&bytes, v, strlen(v), NULL);
	if (rc < 0)
		rc = tc_fail(err, -EINVAL, "'%.40s' is not %s", v, r->arg);
	else
		rc = check_cookie(&bytes, v, err);
	if (rc >= 0) {
		p->ip.cookie.n = (uint8_t)bytes.len;
		memcpy(p->ip.cookie.bytes, bytes.data, bytes.len);
	}
	tc_buf_free(&bytes);
	return rc;
}

static void print_fastopen(const struct tc_personality *p, struct tc_buf *out)
{
	if (p->ip.cookie.n)
		tc_hex_encode(out, p->ip.cookie.bytes, p->ip.cookie.n);
	else
		tc_buf_text(out, p->ip.fastopen ? "on" : "off");
}

static int parse_ao(const struct tc_trait *r, void *to, const char *v, struct tc_error *err)
{
	struct tc_personality *p = to;
	int rc = 0;

	(void)r;
	p->ip.ao.n = 0;
	p->tcp.ao.on = strcmp(v, "off") != 0;
	if (p->tcp.ao.on)
		rc = tc_ao_key_parse(&p->ip.ao, v, err);
	p->tcp.ao.keyid = p->ip.ao.keyid;
	p->tcp.ao.rnextkeyid = p->ip.ao.rnextkeyid;
	return rc;
}

static void print_ao(const struct tc_personality *p, struct tc_buf *out)
{
	if (p->tcp.ao.on)
		tc_ao_key_print(&p->ip.ao, out);
	else
		tc_buf_text(out, "off");
}

static void print_order(const struct tc_personality *p, struct tc_buf *out)
{
	tc_syn_order_print(&p->ip.order, out);
}

static const char *const ipids[] = {
	[TC_IPID_COUNT] = "count", [TC_IPID_ZERO] = "zero", [TC_IPID_RANDOM] = "random",
	[TC_IPID_LATE] = "late", NULL
};

static const char *const ecns[] = {
	[TC_ECN_OFF] = "off", [TC_ECN_ON] = "on", [TC_ECN_ASKED] = "asked", NULL
};

#define IS(m, ...) \
	(0 * sizeof(char[_Generic(&((struct tc_personality *)0)->m, __VA_ARGS__)]))
#define AT(m)	.at = offsetof(struct tc_personality, m), \
		.size = sizeof(((struct tc_personality *)0)->m)
#define WITH(m)	.with = offsetof(struct tc_personality, m), \
		.with_size = sizeof(((struct tc_personality *)0)->m)
#define NUMBER(m, min, max) \
	.type = TRAIT_NUMBER, AT(m), .least = (min), .most = (max)
#define SWITCH(m) .type = TRAIT_SWITCH, .size = 1, .arg = "on|off", \
	.at = offsetof(struct tc_personality, m) + IS(m, bool *: 1)
#define MS(m, min, max) .type = TRAIT_TIME, .size = sizeof(tc_time), \
	.at = offsetof(struct tc_personality, m) + IS(m, tc_time *: 1), \
	.least = (min), .most = (max)

const struct tc_trait tc_trait_rows[] = {
	{ "mss", "N", "MSS that our SYN says (of the path)",
	  NUMBER(tcp.mss, 1, UINT16_MAX), WITH(ip.mss_said), .given = true },
	{ "wscale", "on|off|N", "window scaling, and the shift of our windows, 0 to 14 (by rcvbuf)",
	  NUMBER(tcp.wscale, 0, TC_WSCALE_MAX), WITH(tcp.use_wscale), .given = true,
	  .off = true, .on = TC_WSCALE_FITS },
	{ "ts", .doc = "timestamps of RFC 7323 (on)", SWITCH(tcp.use_ts) },
	{ "ts-hz", "N", "ticks of the timestamps' clock in a second (1000)", NUMBER(tcp.ts_hz, 1, 1000) },
	{ "sack", .doc = "SACK of RFC 2018 (on)", SWITCH(tcp.use_sack) },
	{ "ecn", "off|on|asked", "marks instead of losses, RFC 3168; asked: where the peer asks (off)",
	  .type = TRAIT_CHOICE, .names = ecns, AT(tcp.use_ecn) },
	{ "rcvbuf", "BYTES", "receive buffer: the largest window (262144)",
	  NUMBER(tcp.rcv_buf, 1, 1u << 30) },
	{ "window", "N|mss*N", "window that our SYN offers (of rcvbuf what 16 bits hold)",
	  .type = TRAIT_OWN, .parse = parse_window, .print = print_window,
	  AT(tcp.syn_window), WITH(tcp.window_in_mss) },
	{ "answer-window", "N", "window that our SYN,ACK offers (as window=)",
	  NUMBER(tcp.answer_window, 1, UINT16_MAX) },
	{ "ttl", "N", "time to live, or hop limit (64)", NUMBER(ip.ttl, 1, UINT8_MAX) },
	{ "dscp", "N", "codepoint of Diffserv, 0 to 63 (0)", NUMBER(ip.dscp, 0, 63) },
	{ "df", .doc = "don't fragment, of IPv4 (on)", SWITCH(ip.df) },
	{ "options", "ORDER", "our SYN's options, as mss:nop:wscale:nop:nop:TS:sackOK:eol (Linux's)",
	  .type = TRAIT_OWN, .parse = parse_order, .print = print_order, AT(ip.order) },
	{ "iw", "N", "initial window in segments (2 to 4, by RFC 5681)",
	  NUMBER(tcp.iw, 1, UINT8_MAX) },
	{ "rto-min", "SECONDS", "shortest retransmission time-out (0.2)",
	  MS(tcp.rto_min, 1, 60000) },
	{ "rto-init", "SECONDS", "the first one (1)", MS(tcp.rto_initial, 1, 60000) },
	{ "syn-retries", "N", "a SYN is sent again N times at most (until --timeout)",
	  NUMBER(tcp.syn_retries, 0, 127) },
	{ "user-timeout", "SECONDS|off", "how long for an ACK of data (900)",
	  MS(tcp.user_timeout, 1, DAY * 1000), .off = true },
	{ "msl", "SECONDS", "stay in TIME-WAIT for two of these (off: until all is quiet)",
	  MS(tcp.msl, 1, DAY * 1000), WITH(tcp.hold_time_wait), .given = true },
	{ "delack", "SECONDS|off", "longest delay of an ACK, under 0.5 (0.04)",
	  MS(tcp.delack, 1, 499), WITH(tcp.delayed_ack), .given = true, .off = true },
	{ "nagle", .doc = "small segments wait for the ACK of others (on)", SWITCH(tcp.nagle) },
	{ "keepalive", "SECONDS|off", "probe an idle peer (off)",
	  MS(tcp.keepalive, 1, DAY * 1000), .off = true },
	{ "ipid", "count|zero|random|late", "identification of IPv4 (count)",
	  .type = TRAIT_CHOICE, .names = ipids, AT(ip.ipid) },
	{ "isn", "clock|random|N", "initial sequence numbers: RFC 6528's, or another way (clock)",
	  .type = TRAIT_OWN, .parse = parse_isn, .print = print_isn, AT(ip.isn),
	  WITH(ip.iss) },
	{ "md5", "KEY|hex:KEY|off", "each segment has a digest, and must, RFC 2385 (off)",
	  .type = TRAIT_OWN, .parse = parse_md5, .print = print_md5, AT(ip.md5),
	  WITH(tcp.use_md5) },
	{ "fastopen", "on|off|COOKIE", "data in a SYN, RFC 7413; COOKIE of an earlier run, in hex (off)",
	  .type = TRAIT_OWN, .parse = parse_fastopen, .print = print_fastopen, AT(ip.cookie),
	  WITH(ip.fastopen) },
	{ "ao", "KEY;..|off", "each segment has a code, and must, RFC 5925: see --ao (off)",
	  .type = TRAIT_OWN, .parse = parse_ao, .print = print_ao, AT(ip.ao), WITH(tcp.ao) },
	{ 0 }
};

static int parse_time(const struct tc_trait *r, const char *v, tc_time *out,
		      struct tc_error *err)
{
	const double least = (double)r->least / 1000, most = (double)r->most / 1000;
	char *end;
	double s = strtod(v, &end);

	if (end == v || *end || !isfinite(s) || s < least || s > most)
		return tc_fail(err, -EINVAL, "'%.40s' is not a number of seconds from %g to %g%s",
			       v, least, most, r->off ? ", or off" : "");
	*out = (tc_time)(s * (double)TC_S);
	return 0;
}

static int parse_choice(const struct tc_trait *r, const char *v, uint64_t *n,
			struct tc_error *err)
{
	for (*n = 0; r->names[*n]; ++*n)
		if (strcmp(v, r->names[*n]) == 0)
			return 0;
	return tc_fail(err, -EINVAL, "'%.40s' is none of %s", v, r->arg);
}

/* A value of a row, of whatever width. */
union value {
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
};

static void put(void *at, size_t size, uint64_t n)
{
	union value v = { 0 };

	if (size == 1)
		v.u8 = (uint8_t)n;
	else if (size == 2)
		v.u16 = (uint16_t)n;
	else if (size == 4)
		v.u32 = (uint32_t)n;
	else
		v.u64 = n;
	memcpy(at, &v, size);
}

static uint64_t get(const void *at, size_t size)
{
	union value v = { 0 };

	memcpy(&v, at, size);
	return size == 1 ? v.u8 : size == 2 ? v.u16 : size == 4 ? v.u32 : v.u64;
}

static int parse_value(const struct tc_trait *r, const char *v, uint64_t *n,
		       struct tc_error *err)
{
	switch (r->type) {
	case TRAIT_NUMBER:
		return number(v, r->least, r->most, r->arg, n, err);
	case TRAIT_TIME:
		return parse_time(r, v, (tc_time *)n, err);
	case TRAIT_SWITCH:
		*n = strcmp(v, "on") == 0;
		return *n || strcmp(v, "off") == 0 ? 0 :
		       tc_fail(err, -EINVAL, "'%.40s' is neither on nor off", v);
	case TRAIT_CHOICE:
		return parse_choice(r, v, n, err);
	case TRAIT_OWN:
		break;
	}
	return 0;
}

int tc_trait_parse(const struct tc_trait *r, struct tc_personality *p, const char *v,
		   struct tc_error *err)
{
	uint8_t *base = (uint8_t *)p;
	bool off = r->off && strcmp(v, "off") == 0;
	uint64_t n = 0;
	int rc = 0;

	if (r->type == TRAIT_OWN)
		return r->parse(r, p, v, err);
	if (r->on && strcmp(v, "on") == 0)
		n = r->on;
	else if (!off)
		rc = parse_value(r, v, &n, err);
	if (rc < 0)
		return rc;
	put(base + r->at, r->size, n);
	if (r->given)
		put(base + r->with, 1, !off);
	return 0;
}

void tc_trait_print(const struct tc_trait *r, const struct tc_personality *p,
		    struct tc_buf *out)
{
	const uint8_t *base = (const uint8_t *)p;
	uint64_t n;

	if (r->type == TRAIT_OWN) {
		r->print(p, out);
		return;
	}
	n = get(base + r->at, r->size);
	if (r->off && (r->given ? !base[r->with] : !n))
		tc_buf_text(out, "off");
	else if (r->on && n == r->on)
		tc_buf_text(out, "on");
	else if (r->type == TRAIT_SWITCH)
		tc_buf_text(out, n ? "on" : "off");
	else if (r->type == TRAIT_CHOICE)
		tc_buf_text(out, r->names[n]);
	else if (r->type == TRAIT_TIME)
		tc_buf_printf(out, "%.9g", (double)(tc_time)n / (double)TC_S);
	else
		tc_buf_printf(out, "%llu", (unsigned long long)n);
}
