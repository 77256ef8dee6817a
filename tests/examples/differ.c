/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In what do two connections begin differently? The first SYN,ACK of each of two captures is held
 * beside the other: what a stack offers, and how soon. Exit 0: in nothing that is looked at, 4: in
 * what is printed, 1: it cannot be told.
 *
 *	cc differ.c $(pkg-config --cflags --libs tcpcraft)
 *	./a.out before.pcap after.pcap
 */
#include <tcpcraft/buf.h>
#include <tcpcraft/diff.h>
#include <tcpcraft/error.h>
#include <tcpcraft/pcapread.h>
#include <tcpcraft/segment.h>

#include <stdio.h>

struct answer {
	char mss[16], wscale[16], window[16];
	const char *sack, *timestamps;
	tc_time took;			/* since the SYN that it answers */
};

static void put(char out[16], const struct tc_seg_opts *o, uint8_t option, unsigned value)
{
	if (o->present & option)
		snprintf(out, 16, "%u", value);
	else
		snprintf(out, 16, "none");
}

static void note(struct answer *a, const struct tc_seg *seg)
{
	const struct tc_seg_opts *o = &seg->opts;

	put(a->mss, o, TC_HAS_MSS, o->mss);
	put(a->wscale, o, TC_HAS_WSCALE, o->wscale);
	a->sack = o->present & TC_HAS_SACK_OK ? "offered" : "none";
	a->timestamps = o->present & TC_HAS_TS ? "offered" : "none";
	snprintf(a->window, sizeof a->window, "%u", seg->wnd);
}

/* 1, 0 where there is none, or negative. */
static int find(struct tc_pcap_reader *r, struct answer *a, struct tc_error *err)
{
	tc_time asked = 0;
	struct tc_frame f;
	struct tc_rx rx;
	int rc;

	while ((rc = tc_pcap_reader_next(r, &f, err)) > 0) {
		if (tc_rx_parse_cut(&rx, f.bytes, f.len, f.wire_len, tc_pcap_reader_dlt(r),
				    NULL) < 0 || rx.kind != TC_RX_TCP ||
		    !(rx.seg.flags & TC_FLAG_SYN))
			continue;
		if (!(rx.seg.flags & TC_FLAG_ACK)) {
			asked = f.stamp;
			continue;
		}
		note(a, &rx.seg);
		a->took = asked ? f.stamp - asked : 0;
		return 1;
	}
	return rc;
}

static int read_answer(struct answer *a, const char *name, struct tc_error *err)
{
	struct tc_pcap_reader *r;
	int rc = tc_pcap_reader_open_file(&r, name, err);

	if (rc < 0)
		return rc;
	rc = find(r, a, err);
	tc_pcap_reader_close(r);
	return rc > 0 ? 0 : rc < 0 ? rc : tc_fail(err, -1, "%s has no SYN,ACK", name);
}

int main(int argc, char **argv)
{
	struct answer a, b;
	struct tc_error err = { 0 };
	struct tc_diff d = { 0 };
	struct tc_buf text = { 0 };
	int rc = argc == 3 ? read_answer(&a, argv[1], &err) :
			     tc_fail(&err, -1, "usage: differ BEFORE AFTER");

	if (rc == 0)
		rc = read_answer(&b, argv[2], &err);
	if (rc < 0) {
		fprintf(stderr, "differ: %s\n", err.msg);
		return 1;
	}
	tc_diff_text(&d, "mss", a.mss, b.mss);
	tc_diff_text(&d, "wscale", a.wscale, b.wscale);
	tc_diff_text(&d, "sack", a.sack, b.sack);
	tc_diff_text(&d, "timestamps", a.timestamps, b.timestamps);
	tc_diff_text(&d, "window", a.window, b.window);
	tc_diff_time(&d, "answer", a.took, b.took);
	tc_diff_put(&text, &d);
	if (d.n)
		printf("%.*s\n", (int)text.len, (const char *)text.data);
	tc_buf_free(&text);
	return d.n ? 4 : 0;
}
