/* SPDX-License-Identifier: BSD-2-Clause */
/* The capture FROM is read; each SYN is listed with its options and kept in the capture TO. */
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/pcapfile.h>
#include <tcpcraft/pcapread.h>
#include <tcpcraft/segment.h>
#include <tcpcraft/tcpopt.h>

#include <stdio.h>

static void list(const struct tc_rx *rx)
{
	struct tc_buf text = { 0 };

	tc_tcpopt_print(&text, rx->options, rx->options_len);
	printf("%u to %u: %.*s\n", rx->sport, rx->dport, (int)text.len,
	       (const char *)text.data);
	tc_buf_free(&text);
}

static int copy_syns(struct tc_pcap_reader *r, struct tc_pcap_writer *w, struct tc_error *err)
{
	struct tc_frame f;
	struct tc_rx rx;
	int rc;

	while ((rc = tc_pcap_reader_next(r, &f, err)) > 0) {
		rc = tc_rx_parse_cut(&rx, f.bytes, f.len, f.wire_len, tc_pcap_reader_dlt(r), NULL);
		if (rc < 0 || rx.kind != TC_RX_TCP || !(rx.seg.flags & TC_FLAG_SYN))
			continue;
		list(&rx);
		rc = tc_pcap_writer_add(w, f.bytes, f.len, f.wire_len, f.stamp, err);
		if (rc < 0)
			break;
	}
	return rc;
}

int main(int argc, char **argv)
{
	struct tc_pcap_reader *r = NULL;
	struct tc_pcap_writer *w = NULL;
	struct tc_error err = { 0 };
	int rc = argc == 3 ? tc_pcap_reader_open_file(&r, argv[1], &err) :
			     tc_fail(&err, -1, "usage: pcapread FROM TO");

	if (rc >= 0)
		rc = tc_pcap_writer_open(&w, argv[2], tc_pcap_reader_dlt(r), true, &err);
	if (rc >= 0)
		rc = copy_syns(r, w, &err);
	tc_pcap_reader_close(r);
	if (rc < 0)
		tc_pcap_writer_abort(w);
	else
		rc = tc_pcap_writer_close(w, &err);
	if (rc < 0)
		fprintf(stderr, "pcapread: %s\n", err.msg);
	return rc < 0;
}
