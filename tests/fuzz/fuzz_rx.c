/* SPDX-License-Identifier: BSD-2-Clause */
/* Any frame of any link type: taken apart with every pointer inside it, or refused; and judged
 * for whether another type fits it better. The first byte of the input chooses the link type. */
#include "pcap/relabel.h"
#include "peel/tunnel.h"
#include "wire/find_tcp.h"
#include "wire/link_type.h"

#include <tcpcraft/segment.h>

#include <errno.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

static void lies_in(const uint8_t *p, size_t len, const uint8_t *frame, size_t n)
{
	must(p >= frame && (size_t)(p - frame) <= n && len <= n - (size_t)(p - frame));
}

/* Whatever the first bytes say: any of them may be changed on the way out. */
static void find_tcp(const uint8_t *ip, size_t n)
{
	size_t left;
	const uint8_t *tcp = tc_find_tcp(ip, n, &left);

	if (tcp) {
		lies_in(tcp, left, ip, n);
		must(tcp + left == ip + n);
	}
}

/* Another type than the declared one is chosen for a reason. */
static void relabel(const uint8_t *frame, size_t n, int dlt)
{
	struct tc_relabel r = { .declared = dlt, .little_endian = true };
	const char *why;
	int verdict;

	tc_relabel_look(&r, frame, n, n + (n ? frame[0] % 3 : 0));
	verdict = tc_relabel_verdict(&r, true, &why);
	must(why || verdict == dlt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *frame;
	struct tc_tunnel around;
	unsigned n_types = 0;
	struct tc_rx rx;
	size_t n;
	int rc, dlt;

	if (size == 0)
		return 0;
	while (tc_link_type(n_types))
		n_types++;
	dlt = data[0] % (n_types + 1) < n_types ? tc_link_type(data[0] % (n_types + 1))->dlt
						: 189;	/* none of them */
	frame = data + 1;
	n = size - 1;
	find_tcp(frame, n);
	relabel(frame, n, dlt);
	tc_tunnel_find(&around, frame, n, dlt);
	must(around.inside ? around.at < n : around.at <= n);
	rc = tc_rx_parse(&rx, frame, n, dlt, NULL);
	must(rc == 0 || rc == -EBADMSG);
	if (rc < 0)
		return 0;
	if (rx.l3)
		lies_in(rx.l3, rx.l3_len, frame, n);
	if (rx.kind == TC_RX_TCP) {
		lies_in(rx.options, rx.options_len, frame, n);
		lies_in(rx.payload, rx.seg.len, frame, n);
		must(rx.seg.opts.n_sack <= TC_SACK_BLOCKS);
		must(tc_seg_opts_len(&rx.seg.opts) <= 40);
	}
	return 0;
}
