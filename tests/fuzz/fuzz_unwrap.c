/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames behind each other, many of them fragments of few datagrams, of either family and in
 * tunnels: what is given lies in what is there, and no fragment is counted twice as lost. The
 * input is cut into frames: a byte that says what stands before it, one for its length. */
#include "peel/unwrap.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DATA_MOST 96u

static const uint8_t four[20] = { 0x45, [8] = 64, 6, [12] = 10, 0, 0, 1, 10, 0, 0, 2 };
static const uint8_t six[48] = { 0x60, [6] = 44, 64, [8] = 0x20, 1, [23] = 1, 0x20, 1,
				 [39] = 2, 6 };
static const uint8_t gre4[24] = { 0x45, [8] = 64, 47, [12] = 10, 0, 0, 3, 10, 0, 0, 4,
				  [22] = 8, 0 };

static void must(int ok)
{
	if (!ok)
		abort();
}

/* A fragment of n bytes of data; `how`: family, place, whether more come, which datagram. */
static size_t put_fragment(uint8_t *out, unsigned how, const uint8_t *data, size_t n)
{
	unsigned at = how >> 3 & 7;
	bool last = how & 2;

	if (how & 1) {
		memcpy(out, six, sizeof six);
		out[5] = (uint8_t)(8 + n);
		out[43] = (uint8_t)(at << 3 | !last);
		out[47] = how >> 6 & 1;
		memcpy(out + sizeof six, data, n);
		return sizeof six + n;
	}
	memcpy(out, four, sizeof four);
	out[3] = (uint8_t)(sizeof four + n);
	out[5] = how >> 6 & 1;
	out[6] = last ? 0 : 0x20;
	out[7] = (uint8_t)at;
	memcpy(out + sizeof four, data, n);
	return sizeof four + n;
}

static size_t put_frame(uint8_t *out, unsigned how, const uint8_t *data, size_t n)
{
	size_t head = how & 4 ? sizeof gre4 : 0, len;

	if (how & 0x80) {
		memcpy(out, data, n);
		return n;
	}
	if (head)
		memcpy(out, gre4, head);
	len = put_fragment(out + head, how, data, n);
	if (head) {
		out[3] = (uint8_t)(head + len);
		out[22] = how & 1 ? 0x86 : 8;
		out[23] = how & 1 ? 0xdd : 0;
	}
	return head + len;
}

static void take(struct tc_unwrap *u, const uint8_t *frame, size_t n, tc_time stamp)
{
	struct tc_frame f = { .bytes = frame, .len = n, .wire_len = n, .stamp = stamp,
			      .dlt = TC_DLT_RAW };
	struct tc_rx rx;

	if (tc_unwrap(u, &f, &rx, NULL) < 0 || !rx.l3 || rx.kind == TC_RX_FRAGMENT)
		return;
	if (u->inside)
		f = u->frame;
	must(rx.l3 >= f.bytes && rx.l3_len <= f.len);
	must((size_t)(rx.l3 - f.bytes) + rx.l3_len <= f.len);
	if (rx.kind == TC_RX_TCP && rx.seg.len > rx.cut)
		must(rx.payload + rx.seg.len - rx.cut <= f.bytes + f.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tc_unwrap u = { 0 };
	uint64_t lost = 0;
	tc_time stamp = 0;

	while (size > 2) {
		uint8_t frame[sizeof gre4 + sizeof six + DATA_MOST];
		unsigned how = data[0];
		size_t n = data[1] % DATA_MOST, len;

		data += 2;
		size -= 2;
		if (!(how & 2) && !(how & 0x80))
			n &= ~(size_t)7;
		n = n < size ? n : size;
		len = put_frame(frame, how, data, n);
		take(&u, frame, len, stamp);
		stamp += n == 5 ? 20 * TC_S : 1;
		data += n;
		size -= n;
	}
	tc_defrag_end(&u.defrag);
	for (unsigned i = 0; i < DEFRAG_CAUSES; i++)
		lost += u.defrag.lost[i];
	must(lost <= u.fragments);
	tc_unwrap_free(&u);
	return 0;
}
