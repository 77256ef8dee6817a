/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options: what a peer negotiates with each set that it is offered. One handshake for each
 * set; then the clock of its timestamps, the largest datagram that reaches it, and whether
 * its data keeps to the MSS that it was told.
 */
#include "base/name.h"
#include "wire/icmp.h"
#include "lab/lab.h"
#include "congestion/small_mss.h"

#include <tcpcraft/hex.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TC_DEFINE_EXPERIMENT(options, "options",
	"which TCP options are negotiated, the timestamp clock, MSS and path MTU",
	"RFC 9293 3.7.1 (MSS); RFC 7323 2.2, 3.2; RFC 2018 2; RFC 3168 6.1.1; RFC 7413",
	.ports = 32, .harmless = true);

#define ALL "mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7"
#define CLOCK_REST (600 * TC_MS)
#define CLOCK_TRIES 2
#define PROBE_WAIT (300 * TC_MS)	/* for the answer to an old segment */
#define PROBE_TRIES 3			/* Linux may owe one for 0.5 s (tcp_invalid_ratelimit) */
#define OFFERS 2			/* of a set that is not answered */

/* What is looked for in one answer. */
struct answer {
	bool came;
	bool dropped;			/* while plain SYNs are answered */
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
	unsigned path_mtu;		/* 0: it cannot be told */
	bool damaged;			/* the last SYN was answered, by wrong checksums */
	const char *silent_from;	/* the set from which on no SYN is answered; NULL: all are */
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

/* *out stays open. */
static int offer(struct work *w, unsigned i, struct tc_lab_conn **out, struct tc_error *err)
{
	struct tc_lab_open how = { .options = sets[i].options, .ts = true,
				   .more_flags = sets[i].more_flags,
				   .greeting = i != SET_ALL };	/* the SYN,ACK is all */
	int rc = tc_lab_connect(w->lab, out, &how, err);

	if (rc <= 0)
		return rc;
	w->answers[i].came = true;
	rc = read_answer(w->lab, *out, &w->answers[i], err);
	return rc < 0 ? rc : 1;
}

/* 1, once it is over: the next has its place in the server's queue. */
static int end(struct work *w, struct tc_lab_conn *c, struct tc_error *err)
{
	int rc = tc_lab_hang_up(w->lab, c, err);

	return rc < 0 ? rc : 1;
}

static int answers_plain(struct work *w, struct tc_error *err)
{
	struct tc_lab_open how = { .greeting = true };
	struct tc_lab_conn *c;
	int rc = tc_lab_connect(w->lab, &c, &how, err);

	if (rc >= 0)
		tc_lab_cite_all(w->lab, c);
	w->damaged = rc == 0 && c->damaged;
	return rc > 0 ? end(w, c, err) : rc;
}

/* A queue that is full drops all SYNs: what is offered is why only where it is not answered between
 * plain ones that are. 1; 0: none is answered any more. */
static int ask_set(struct work *w, unsigned i, struct tc_error *err)
{
	struct answer *a = &w->answers[i];
	struct tc_lab_conn *c;
	int rc = 1;

	for (int n = 0; n < OFFERS && rc > 0 && !a->came; n++) {
		rc = offer(w, i, &c, err);
		if (rc == 0) {
			tc_lab_cite_all(w->lab, c);
			rc = answers_plain(w, err);
		} else if (rc > 0) {
			rc = end(w, c, err);
		}
	}
	a->dropped = rc > 0 && !a->came;
	return rc;
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
	if (rc == 0 && !w->clock_why && c->peer.present & TC_HAS_TS)
		w->clock_why = "an old segment, which draws its time, was not answered in time";
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
	w->path_mtu = low > PATH_LEAST ? low : 0;
	return 0;
}

/* ---- what it comes to -------------------------------------------------------------- */

static bool has(const struct work *w, unsigned set, uint8_t what)
{
	return w->answers[set].present & what;
}

static bool agrees_ecn(const struct work *w)
{
	return (w->answers[SET_ECN].flags & (TC_FLAG_ECE | TC_FLAG_CWR)) == TC_FLAG_ECE;
}

/* What was not answered is no refusal. */
static void tell_yes_no(struct work *w, const char *name, unsigned set, bool yes)
{
	if (w->answers[set].came)
		tc_finding_text(w->f, name, "%s", yes ? "yes" : "no");
	else
		tc_finding_note(w->f, name, "not known");
}

static void check_unasked(struct work *w)
{
	static const uint8_t asked[SETS] = {
		[SET_ALL] = 0xff, [SET_SACK] = TC_HAS_SACK_OK, [SET_TS] = TC_HAS_TS,
		[SET_WSCALE] = TC_HAS_WSCALE,
	};
	char with[160] = "";

	for (unsigned i = 0; i < SETS; i++)
		if (w->answers[i].present & ~(asked[i] | TC_HAS_MSS))
			tc_name_add(with, sizeof with, sets[i].name, "");
	w->unasked = *with;
	if (*with)
		tc_finding_text(w->f, "unasked_with", "%s", with);
}

static void facts(struct work *w)
{
	const struct tc_cookie *cookie = &w->answers[SET_TFO].cookie;
	struct tc_buf hex = { 0 };

	tc_finding_number(w->f, "mss", w->mss);
	tell_yes_no(w, "sack", SET_ALL, has(w, SET_ALL, TC_HAS_SACK_OK));
	tell_yes_no(w, "sack_alone", SET_SACK, has(w, SET_SACK, TC_HAS_SACK_OK));
	tell_yes_no(w, "timestamps", SET_ALL, has(w, SET_ALL, TC_HAS_TS));
	tell_yes_no(w, "timestamps_alone", SET_TS, has(w, SET_TS, TC_HAS_TS));
	tell_yes_no(w, "wscale", SET_ALL, has(w, SET_ALL, TC_HAS_WSCALE));
	if (has(w, SET_ALL, TC_HAS_WSCALE))
		tc_finding_number(w->f, "wscale_shift", w->wscale);
	tell_yes_no(w, "ecn", SET_ECN, agrees_ecn(w));
	tell_yes_no(w, "fast_open", SET_TFO, cookie->n > 0);
	tc_hex_encode(&hex, cookie->bytes, cookie->n);
	if (cookie->n && hex.data)
		tc_finding_note(w->f, "cookie", "%s", (const char *)hex.data);
	tc_buf_free(&hex);
	if (w->clock_hz > 0)
		tc_finding_measure(w->f, "timestamp_hz", round_clock(w->clock_hz));
	else if (w->clock_why)
		tc_finding_note(w->f, "timestamp_clock", "cannot tell: %s", w->clock_why);
	check_unasked(w);
	if (w->path_mtu)
		tc_finding_number(w->f, "path_mtu", w->path_mtu);
}

/* Which handshakes there were not, behind what is said of the others. */
static void tell_silence(struct work *w)
{
	char dropped[160] = "", unknown[32] = "";

	for (unsigned i = 0; i < SETS; i++)
		if (w->answers[i].dropped)
			tc_name_add(dropped, sizeof dropped, sets[i].name, "");
	if (*dropped) {
		tc_finding_text(w->f, "no_handshake_with", "%s", dropped);
		tc_buf_printf(&w->f->sentence, "; there is no handshake where we offer %s, while "
			      "there is one with an MSS alone", dropped);
	}
	if (!w->answers[SET_ECN].came && !w->answers[SET_ECN].dropped)
		tc_name_add(unknown, sizeof unknown, "ECN", "");
	if (!w->answers[SET_TFO].came && !w->answers[SET_TFO].dropped)
		tc_name_add(unknown, sizeof unknown, "Fast Open", "");
	if (!w->silent_from) {
		if (*unknown)
			tc_buf_printf(&w->f->sentence, "; there was no time for %s", unknown);
		return;
	}
	tc_finding_note(w->f, "no_handshake_from", "%s", w->silent_from);
	tc_buf_printf(&w->f->sentence, "; from our offer \"%s\" on there is no handshake, with an "
		      "MSS alone neither (%s)", w->silent_from, w->damaged ?
		      "the answers' checksums are wrong" : "a full queue of connections, maybe");
	if (*unknown)
		tc_buf_printf(&w->f->sentence, ": of %s nothing is known", unknown);
}

static void tell(struct work *w)
{
	char words[160] = "";

	facts(w);
	if (has(w, SET_ALL, TC_HAS_SACK_OK))
		tc_name_add(words, sizeof words, "SACK", "");
	if (has(w, SET_ALL, TC_HAS_TS))
		tc_name_add(words, sizeof words, "timestamps", "");
	if (has(w, SET_ALL, TC_HAS_WSCALE))
		tc_name_add(words, sizeof words, "window scaling", "");
	if (agrees_ecn(w))
		tc_name_add(words, sizeof words, "ECN", "");
	if (w->answers[SET_TFO].cookie.n)
		tc_name_add(words, sizeof words, "Fast Open", "");
	tc_finding_value(w->f, w->mss);
	tc_finding_told(w->f, w->unasked ? "unasked-options" : *words ? "negotiates" : "plain",
			"MSS %u; it agrees to %s%s", w->mss, *words ? words : "no option",
			w->unasked ? ", and sends options that nobody offered, which RFC 7323 "
				     "and 2018 forbid" : "");
	tell_silence(w);
}

/* What is asked of a connection that is open is asked of the one with all options. */
static int ask_all(struct work *w, struct tc_lab_conn *c, struct tc_error *err)
{
	int rc;

	w->mss = c->peer.present & TC_HAS_MSS ? c->peer.mss : 0;
	w->wscale = c->peer.wscale;
	rc = hear_late(w->lab, c, PROBE_WAIT, err);	/* what the server does unasked */
	if (rc >= 0)
		rc = measure_clock(w, c, err);
	if (rc >= 0)
		rc = path_mtu(w, c, err);
	return rc < 0 ? rc : end(w, c, err);
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct work w = { .lab = lab, .f = f };
	struct tc_lab_conn *c;
	int rc = offer(&w, SET_ALL, &c, err);

	if (rc == 0)
		return tc_finding_blame(f, lab, c);
	if (rc > 0)
		rc = ask_all(&w, c, err);
	for (unsigned i = SET_ALL + 1; i < SETS && rc > 0; i++) {
		rc = ask_set(&w, i, err);
		w.silent_from = rc == 0 ? sets[i].name : NULL;
	}
	if (w.answers[SET_ALL].came)	/* also where the time is over */
		tell(&w);
	return rc <= 0 ? rc : tc_small_mss(lab, f, err);
}
