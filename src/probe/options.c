/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options: what a peer negotiates with each set that it is offered. One handshake for each
 * set; then the clock of its timestamps, the largest datagram that reaches it, and whether
 * its data keeps to the MSS that it was told.
 */
#include "wire/icmp.h"
#include "lab/lab.h"

#include <tcpcraft/hex.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TC_DEFINE_EXPERIMENT(options, "options",
	"which TCP options are negotiated, the timestamp clock, MSS and path MTU",
	"RFC 9293 3.7.1 (MSS); RFC 7323 2.2, 3.2; RFC 2018 2; RFC 3168 6.1.1; RFC 7413",
	.ports = 16, .harmless = true);

#define ALL "mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7"
#define CLOCK_REST (600 * TC_MS)
#define CLOCK_TRIES 2
#define PROBE_WAIT (300 * TC_MS)	/* for the answer to an old segment */
#define PROBE_TRIES 3			/* Linux may owe one for 0.5 s (tcp_invalid_ratelimit) */
#define SMALL_MSS 88u
#define AGAIN_WAIT (2 * TC_S)		/* an RTO, and one twice as long */

/* What is looked for in one answer. */
struct answer {
	bool opened;
	uint8_t present;
	uint16_t flags;
	struct tc_cookie cookie;
};

struct set {
	const char *name, *options;
	uint16_t more_flags;
};

enum { SET_ALL, SET_NONE, SET_SACK, SET_TS, SET_WSCALE, SET_ECN, SET_TFO, SETS };

static const struct set sets[SETS] = {
	[SET_ALL] = { "all", ALL, 0 },
	[SET_NONE] = { "none", "", 0 },
	[SET_SACK] = { "sack alone", "mss 1460,sackOK,nop,nop", 0 },
	[SET_TS] = { "timestamps alone", "mss 1460,TS val 1 ecr 0,nop,nop", 0 },
	[SET_WSCALE] = { "wscale alone", "mss 1460,nop,wscale 7", 0 },
	[SET_ECN] = { "ECN", "mss 1460", TC_FLAG_ECE | TC_FLAG_CWR },
	[SET_TFO] = { "Fast Open cookie request", "mss 1460,hex:22020101", 0 },
};

struct work {
	struct tc_lab *lab;
	struct tc_finding *f;
	struct answer answers[SETS];
	uint16_t mss;			/* the peer's */
	uint8_t wscale;
	double clock_hz;		/* of its timestamps; 0: none, or it cannot be told, */
	const char *clock_why;		/* if this is not NULL */
	bool unasked;			/* an option that nobody offered */
};

/* The SYN,ACK is looked for in the log: tc_lab_open has passed it by. */
static int read_answer(struct tc_lab *lab, struct tc_lab_conn *c, struct answer *a,
		       struct tc_error *err)
{
	struct tc_lab_frame *seen;
	int rc;

	c->cursor = 0;
	while ((rc = tc_lab_next(lab, c, 0, &seen, err)) > 0)
		if (seen->rx.kind == TC_RX_TCP && seen->rx.seg.flags & TC_FLAG_SYN) {
			a->present = seen->rx.seg.opts.present;
			a->flags = seen->rx.seg.flags;
			a->cookie = tc_lab_cookie(&seen->rx);
			seen->cited = true;
		}
	return rc;
}

static int offer(struct work *w, unsigned i, struct tc_lab_conn **out, struct tc_error *err)
{
	struct tc_lab_open how = { .options = sets[i].options, .ts = true,
				   .more_flags = sets[i].more_flags,
				   .greeting = i != SET_ALL };	/* the SYN,ACK is all */
	struct answer *a = &w->answers[i];
	struct tc_lab_conn *c;
	int rc = tc_lab_connect(w->lab, out, &how, err);

	if (rc <= 0)
		return rc;
	c = *out;
	a->opened = true;
	rc = read_answer(w->lab, c, a, err);
	if (rc >= 0 && i == SET_ALL) {
		w->mss = c->peer.present & TC_HAS_MSS ? c->peer.mss : 0;
		w->wscale = c->peer.wscale;
	}
	if (rc >= 0 && i != SET_ALL)
		rc = tc_lab_hang_up(w->lab, c, err);
	return rc < 0 ? rc : 1;
}

/* ---- on an open connection: segments that say nothing new must be answered -------- */

static int ask_once(struct tc_lab *lab, struct tc_lab_conn *c, size_t n,
		    struct tc_lab_frame **seen, struct tc_error *err)
{
	static const uint8_t zeros[65535];
	tc_time until = tc_clock_monotonic() + PROBE_WAIT;
	struct tc_lab_seg seg;
	int rc;

	tc_lab_make(c, TC_FLAG_ACK, &seg);
	seg.seq = c->snd_nxt - (tc_seq)n;
	seg.payload = zeros;
	seg.len = n;
	rc = tc_lab_put(lab, c, &seg, err);
	if (rc < 0)
		return rc;
	while ((rc = tc_lab_next(lab, c, until, seen, err)) > 0)
		if ((*seen)->rx.kind == TC_RX_ICMP_ERROR || c->end != TC_LAB_ALIVE ||
		    (*seen)->rx.seg.flags == TC_FLAG_ACK)
			return 1;
	return rc;
}

/* n old bytes; 1: an answer, which *seen is, an ACK or an ICMP error. 0: silence. */
static int ask_old(struct tc_lab *lab, struct tc_lab_conn *c, size_t n,
		   struct tc_lab_frame **seen, struct tc_error *err)
{
	int rc = 0;

	for (int i = 0; i < PROBE_TRIES && rc == 0 && c->end == TC_LAB_ALIVE; i++)
		rc = ask_once(lab, c, n, seen, err);
	return rc;
}

/* What is still under way comes in, and is no answer to what is asked next. */
static int hear_late(struct tc_lab *lab, struct tc_lab_conn *c, tc_time wait, struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + wait;
	struct tc_lab_frame *late;
	int rc;

	do {
		rc = tc_lab_next(lab, c, until, &late, err);
	} while (rc > 0);
	return rc;
}

/* 1; 0: no answer, or none with a timestamp. */
static int read_clock(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_reading *r,
		      struct tc_error *err)
{
	struct tc_lab_frame *seen;
	int rc = hear_late(lab, c, 0, err);

	r->asked = tc_clock_realtime();
	if (rc >= 0)
		rc = ask_old(lab, c, 1, &seen, err);
	if (rc <= 0 || !(seen->rx.seg.opts.present & TC_HAS_TS))
		return rc < 0 ? rc : 0;
	seen->cited = true;
	r->came = seen->stamp;
	r->value = seen->rx.seg.opts.ts_val;
	return 1;
}

/* Two values of the clock and the time between them; once more, where they do not tell. */
static int measure_clock(struct work *w, struct tc_lab_conn *c, struct tc_error *err)
{
	struct tc_reading first, next;
	int rc = read_clock(w->lab, c, &first, err);

	for (int i = 0; i < CLOCK_TRIES && rc > 0 && w->clock_hz == 0; i++) {
		rc = hear_late(w->lab, c, CLOCK_REST, err);
		if (rc >= 0)
			rc = read_clock(w->lab, c, &next, err);
		if (rc <= 0)
			break;
		w->clock_hz = tc_reading_hz(&first, &next, &w->clock_why);
		first = next;
	}
	return rc < 0 ? rc : 0;
}

/* Clocks tick in round numbers; what was measured is near one. */
static double round_clock(double hz)
{
	static const double usual[] = { 1, 2, 10, 18.2, 64, 100, 200, 250, 300, 500, 1000, 1e6 };

	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (fabs(hz - usual[i]) < usual[i] * 0.05 + 1)
			return usual[i];
	return floor(hz);
}

/* Does a datagram of so many bytes arrive? 1 or 0; *told: what a router said instead. */
static int arrives(struct work *w, struct tc_lab_conn *c, unsigned bytes, unsigned *told,
		   struct tc_error *err)
{
	unsigned headers = w->lab->path->mtu - tc_lab_mss(w->lab) + (c->ts_ok ? 12 : 0);
	struct tc_lab_frame *seen;
	int rc = ask_old(w->lab, c, bytes - headers, &seen, err);

	if (rc <= 0 || seen->rx.kind != TC_RX_ICMP_ERROR)
		return rc;
	seen->cited = true;
	if (tc_icmp_is_too_big(seen->rx.src.family, seen->rx.icmp_type, seen->rx.icmp_code))
		*told = seen->rx.icmp_mtu;
	return 0;
}

#define PATH_LEAST 100u

/* The largest that does of those below `high`, or PATH_LEAST; negative: an error. */
static int largest(struct work *w, struct tc_lab_conn *c, unsigned high, struct tc_error *err)
{
	unsigned low = PATH_LEAST, told = 0, middle = high - 1;
	int rc;

	while (high - low > 1 && c->end == TC_LAB_ALIVE) {
		rc = arrives(w, c, middle, &told, err);
		if (rc < 0)
			return rc;
		if (c->end != TC_LAB_ALIVE)	/* what came is not an answer */
			break;
		if (rc > 0)
			low = middle;
		else
			high = middle;
		middle = told > low && told < high ? told : low + (high - low) / 2;
		told = 0;
	}
	return (int)low;
}

/* Does it arrive once more? All answers look alike: a late one to a smaller segment may have been
 * taken for that of this one, so first those that are still under way come in. */
static int arrives_again(struct work *w, struct tc_lab_conn *c, unsigned bytes,
			 struct tc_error *err)
{
	unsigned told = 0;
	int rc = hear_late(w->lab, c, PROBE_WAIT, err);

	return rc < 0 || c->end != TC_LAB_ALIVE ? rc : arrives(w, c, bytes, &told, err);
}

/* The largest that does, up to our own MTU. */
static int path_mtu(struct work *w, struct tc_lab_conn *c, struct tc_error *err)
{
	unsigned most = w->lab->path->mtu, low = most + 1;
	int rc;

	do {
		rc = largest(w, c, low, err);
		if (rc < 0)
			return rc;
		low = (unsigned)rc;
		rc = low > PATH_LEAST && low < most ? arrives_again(w, c, low, err) : 1;
		if (rc < 0)
			return rc;
	} while (rc == 0 && c->end == TC_LAB_ALIVE);
	if (low > PATH_LEAST)
		tc_finding_number(w->f, "path_mtu", low);
	return 0;
}

/*
 * With a small MSS: how long is the longest segment of what the server says? A peer on this
 * host hands over several segments as one, which a network card would cut (segmentation
 * offload), and a card of ours may put several together again. Both have the sum of the
 * pseudo-header alone for a checksum: of them nothing can be told. What is sent again for
 * want of an ACK comes one by one: nothing is acknowledged here. Who has less to say than fits
 * into a segment of that MSS has not shown that it is kept to.
 */
struct lengths {
	unsigned segment;		/* the longest with a checksum of its own */
	unsigned together;		/* the longest that may be several */
	unsigned again;			/* the longest that came again */
	unsigned said;			/* as far as it came, from the first byte */
};

static void measure(struct lengths *l, const struct tc_rx *rx, tc_seq first, bool again)
{
	unsigned *most = again && rx->seg.seq == first ? &l->again :
			 rx->tcp_checksum == TC_CSUM_OK ? &l->segment : &l->together;

	if (rx->kind != TC_RX_TCP || rx->seg.len == 0)
		return;
	if (rx->seg.len > *most)
		*most = rx->seg.len;
	if (rx->seg.seq - first < UINT16_MAX && rx->seg.seq - first + rx->seg.len > l->said)
		l->said = rx->seg.seq - first + rx->seg.len;
}

static void tell_mss(struct tc_finding *f, const struct lengths *l)
{
	unsigned most = l->again > l->segment ? l->again : l->segment;

	if (!most && !l->together)
		return;
	if (l->segment > SMALL_MSS)
		tc_finding_text(f, "mss_honoured", "no: %u bytes in a segment, we said %u",
				l->segment, SMALL_MSS);
	else if (l->together > SMALL_MSS && (!l->again || l->again > SMALL_MSS))
		tc_finding_text(f, "mss_honoured", "cannot tell here: %u bytes came as one, but "
				"may be several segments (offload), we said %u", l->together,
				SMALL_MSS);
	else if (l->said < SMALL_MSS)
		tc_finding_text(f, "mss_honoured", "cannot tell: the server said no more than %u "
				"bytes, which fit into one segment of %u", l->said, SMALL_MSS);
	else
		tc_finding_text(f, "mss_honoured", "yes: %u bytes at most, we said %u",
				most ? most : l->together, SMALL_MSS);
}

static int mss_honoured(struct work *w, struct tc_error *err)
{
	struct tc_lab_open how = { .options = "mss 88", .never_acks = true };
	struct lengths l = { 0 };
	struct tc_lab_conn *c;
	struct tc_lab_frame *seen;
	tc_seq first = 0;
	tc_time until = 0;
	int rc = tc_lab_provoke(w->lab, &how, &c, &seen, err);

	if (rc > 0) {
		first = seen->rx.seg.seq;
		until = tc_clock_monotonic() + tc_lab_wait(w->lab, AGAIN_WAIT);
	}
	while (rc > 0 && !l.again) {
		seen->cited |= seen->rx.kind == TC_RX_TCP && seen->rx.seg.len > 0;
		measure(&l, &seen->rx, first, l.segment || l.together);
		rc = tc_lab_next(w->lab, c, until, &seen, err);
	}
	if (rc >= 0)
		tell_mss(w->f, &l);
	return rc < 0 ? rc : 0;
}

/* ---- what it comes to -------------------------------------------------------------- */

static bool has(const struct work *w, unsigned set, uint8_t what)
{
	return w->answers[set].present & what;
}

static const char *yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

static void check_unasked(struct work *w)
{
	static const uint8_t asked[SETS] = {
		[SET_ALL] = 0xff, [SET_SACK] = TC_HAS_SACK_OK, [SET_TS] = TC_HAS_TS,
		[SET_WSCALE] = TC_HAS_WSCALE,
	};

	for (unsigned i = 0; i < SETS; i++)
		if (w->answers[i].present & ~(asked[i] | TC_HAS_MSS)) {
			w->unasked = true;
			tc_finding_text(w->f, "unasked_with", "%s", sets[i].name);
		}
}

static void facts(struct work *w)
{
	const struct answer *tfo = &w->answers[SET_TFO], *ecn = &w->answers[SET_ECN];
	struct tc_buf hex = { 0 };

	tc_finding_number(w->f, "mss", w->mss);
	tc_finding_text(w->f, "sack", "%s", yes_no(has(w, SET_ALL, TC_HAS_SACK_OK)));
	tc_finding_text(w->f, "sack_alone", "%s", yes_no(has(w, SET_SACK, TC_HAS_SACK_OK)));
	tc_finding_text(w->f, "timestamps", "%s", yes_no(has(w, SET_ALL, TC_HAS_TS)));
	tc_finding_text(w->f, "timestamps_alone", "%s", yes_no(has(w, SET_TS, TC_HAS_TS)));
	tc_finding_text(w->f, "wscale", "%s", yes_no(has(w, SET_ALL, TC_HAS_WSCALE)));
	if (has(w, SET_ALL, TC_HAS_WSCALE))
		tc_finding_number(w->f, "wscale_shift", w->wscale);
	tc_finding_text(w->f, "ecn", "%s", yes_no((ecn->flags &
				(TC_FLAG_ECE | TC_FLAG_CWR)) == TC_FLAG_ECE));
	tc_finding_text(w->f, "fast_open", "%s", yes_no(tfo->cookie.n > 0));
	tc_hex_encode(&hex, tfo->cookie.bytes, tfo->cookie.n);
	if (tfo->cookie.n && hex.data)
		tc_finding_note(w->f, "cookie", "%s", (const char *)hex.data);
	tc_buf_free(&hex);
	if (w->clock_hz > 0)
		tc_finding_measure(w->f, "timestamp_hz", round_clock(w->clock_hz));
	else if (w->clock_why)
		tc_finding_note(w->f, "timestamp_clock", "cannot tell: %s", w->clock_why);
	check_unasked(w);
}

static void add_word(char *text, size_t cap, bool yes, const char *word)
{
	size_t n = strlen(text);

	if (yes)
		snprintf(text + n, cap - n, "%s%s", n ? ", " : "", word);
}

static void tell(struct work *w)
{
	char words[160] = "";

	facts(w);
	add_word(words, sizeof words, has(w, SET_ALL, TC_HAS_SACK_OK), "SACK");
	add_word(words, sizeof words, has(w, SET_ALL, TC_HAS_TS), "timestamps");
	add_word(words, sizeof words, has(w, SET_ALL, TC_HAS_WSCALE), "window scaling");
	add_word(words, sizeof words, (w->answers[SET_ECN].flags & TC_FLAG_ECE) != 0, "ECN");
	add_word(words, sizeof words, w->answers[SET_TFO].cookie.n > 0, "Fast Open");
	tc_finding_value(w->f, w->mss);
	tc_finding_told(w->f, w->unasked ? "unasked-options" : *words ? "negotiates" : "plain",
			"MSS %u; it agrees to %s%s", w->mss, *words ? words : "no option",
			w->unasked ? ", and sends options that nobody offered, which RFC 7323 "
				     "and 2018 forbid" : "");
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct work w = { .lab = lab, .f = f };
	struct tc_lab_conn *c, *all = NULL;
	int rc;

	for (unsigned i = 0; i < SETS; i++) {
		rc = offer(&w, i, &c, err);
		if (rc < 0)
			return rc;
		if (rc == 0 && i == SET_ALL)
			return tc_finding_blame(f, lab, c);
		if (rc == 0)
			tc_finding_text(f, "no_handshake_with", "%s", sets[i].name);
		all = i == SET_ALL ? c : all;
	}
	rc = measure_clock(&w, all, err);
	if (rc >= 0)
		tell(&w);
	if (rc >= 0)
		rc = path_mtu(&w, all, err);
	return rc < 0 ? rc : mss_honoured(&w, err);
}
