/* SPDX-License-Identifier: BSD-2-Clause */
/* The line SEQ: how initial sequence numbers, identifications and timestamps go on from one
 * answer to the next. */
#include "isn_series.h"
#include "nmap.h"

#include <math.h>
#include <string.h>

#define ISNS_LEAST 4			/* answers; fewer say nothing of a spread */
#define IDS_LEAST 3
#define IDS_LEAST_CLOSED 2		/* and of echoes */

/* The answers that came, and what was between two of them. */
struct series {
	const struct tc_nmap_answer *a[TC_NMAP_SEQS];
	unsigned n;
};

static void gather(struct series *s, const struct tc_nmap_answer *a, unsigned n)
{
	s->n = 0;
	for (unsigned i = 0; i < n; i++)
		if (a[i].rx)
			s->a[s->n++] = &a[i];
}

/* Seconds from a probe to the one after it. */
static double seconds(const struct series *s, unsigned i)
{
	tc_time d = s->a[i]->sent - s->a[i - 1]->sent;

	return (double)(d > 0 ? d : 1) / (double)TC_S;
}

/* Eighths of a power of two. */
static unsigned eighths(double v)
{
	return v <= 1 ? 0 : (unsigned)lround(8 * log2(v));
}

static double spread(const double *v, unsigned n, double mean)
{
	double sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += (v[i] - mean) * (v[i] - mean);
	return sqrt(sum / (n - 1));
}

/* SP, GCD and ISR. A difference is the way round that is shorter. */
static void put_isns(struct tc_buf *out, const struct series *s)
{
	double rate[TC_NMAP_SEQS], sum = 0, divisor;
	uint32_t common = 0;
	unsigned n = 0;

	if (s->n < ISNS_LEAST)
		return;
	for (unsigned i = 1; i < s->n; i++, n++) {
		uint32_t up = s->a[i]->rx->seg.seq - s->a[i - 1]->rx->seg.seq, down = 0 - up;
		uint32_t step = up < down ? up : down;

		common = tc_isn_gcd(common, step);
		rate[n] = step / seconds(s, i);
		sum += rate[n];
	}
	divisor = common > 9 ? common : 1;	/* so that what all have in common is no chance */
	for (unsigned i = 0; i < n; i++)
		rate[i] /= divisor;
	tc_buf_printf(out, "SP=%X%%GCD=%X%%ISR=%X%%", eighths(spread(rate, n, sum / n / divisor)),
		      common, eighths(sum / n));
}

/* How the identifications grow; NULL: in no way that has a name. One far difference alone may be
 * a small step back: of two answers nothing is called RD. Steps by even numbers are I as small
 * ones are, which nmap does and its chapter leaves out. */
static const char *growth(const struct series *s, bool *all_same)
{
	bool zero = true, far = false, random = false, swapped = true, small = true, even = true;

	*all_same = true;
	for (unsigned i = 0; i < s->n; i++) {
		uint16_t id = s->a[i]->rx->ip_id;
		uint16_t d = i ? (uint16_t)(id - s->a[i - 1]->rx->ip_id) : 0;

		zero &= id == 0;
		*all_same &= d == 0;
		far |= s->n > 2 && d >= 20000;
		random |= d > 1000 && (d % 256 != 0 || d >= 25600);
		swapped &= d % 256 == 0 && d <= 5120;
		small &= d < 10;
		even &= d % 2 == 0;
	}
	return zero ? "Z" : *all_same ? NULL : far ? "RD" : random ? "RI" : swapped ? "BI" :
	       small || even ? "I" : NULL;
}

static void put_ids(struct tc_buf *out, const char *key, const struct series *s, unsigned least)
{
	const char *name;
	bool same;

	if (s->n < least)
		return;
	name = growth(s, &same);
	if (name)
		tc_buf_printf(out, "%s=%s%%", key, name);
	else if (same)
		tc_buf_printf(out, "%s=%X%%", key, s->a[0]->rx->ip_id);
}

/* The clock of the timestamps: the power of two next to its rate, with names for the usual. */
static void put_clock(struct tc_buf *out, const struct series *s)
{
	double rate = 0;

	for (unsigned i = 0; i < s->n; i++) {
		const struct tc_seg_opts *o = &s->a[i]->rx->seg.opts;

		if (!(o->present & TC_HAS_TS)) {
			tc_buf_text(out, "TS=U");
			return;
		}
		if (!o->ts_val) {
			tc_buf_text(out, "TS=0");
			return;
		}
		if (i)
			rate += (o->ts_val - s->a[i - 1]->rx->seg.opts.ts_val) / seconds(s, i) /
				(s->n - 1);
	}
	if (s->n < 2)
		return;
	tc_buf_printf(out, "TS=%X", rate <= 5.66 ? 1 : rate >= 70 && rate <= 150 ? 7 :
		      rate > 150 && rate <= 350 ? 8 : (unsigned)lround(log2(rate)));
}

/* Do TCP and ICMP take their identifications from one counter? Asked where both grow alike; a lower
 * number counts as the same, as in nmap's chapter. */
static void put_shared(struct tc_buf *out, const struct series *open,
		       const struct series *echoes)
{
	const struct tc_nmap_answer *last = open->n ? open->a[open->n - 1] : NULL;
	const char *tcp, *icmp;
	uint32_t each;
	bool same;

	if (open->n < IDS_LEAST || echoes->n < IDS_LEAST_CLOSED)
		return;
	tcp = growth(open, &same);
	icmp = growth(echoes, &same);
	if (!tcp || !icmp || strcmp(tcp, icmp) != 0 || *tcp == 'Z' || strcmp(tcp, "RD") == 0)
		return;
	each = (uint16_t)(last->rx->ip_id - open->a[0]->rx->ip_id) / (uint32_t)(last - open->a[0]);
	tc_buf_printf(out, "SS=%c%%", echoes->a[0]->rx->ip_id < last->rx->ip_id + 3 * each ?
		      'S' : 'O');
}

void tc_nmap_sequence(struct tc_buf *out, const struct tc_nmap_answer a[TC_NMAP_ANSWERS])
{
	struct series open, closed, echoes;
	const size_t from = out->len;

	gather(&open, &a[TC_NMAP_SEQ], TC_NMAP_SEQS);
	gather(&closed, &a[TC_NMAP_T5], TC_NMAP_T7 - TC_NMAP_T5 + 1);
	gather(&echoes, &a[TC_NMAP_IE], TC_NMAP_ANSWERS - TC_NMAP_IE);
	put_isns(out, &open);
	put_ids(out, "TI", &open, IDS_LEAST);
	put_ids(out, "CI", &closed, IDS_LEAST_CLOSED);
	put_ids(out, "II", &echoes, IDS_LEAST_CLOSED);
	put_shared(out, &open, &echoes);
	put_clock(out, &open);
	if (out->len > from && out->data[out->len - 1] == '%')
		out->len--;
}
