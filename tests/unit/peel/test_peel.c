/* SPDX-License-Identifier: BSD-2-Clause */
/* Each link type that is read has a golden frame here: the same SYN behind its header. Cut
 * anywhere it is refused or sound; any byte of the header may be anything. */
#include "frames.h"

#include "peel/unwrap.h"
#include "wire/link_type.h"

#define WLAN "0801 0000 020000000001 020000000002 020000000001 0000 aaaa03 000000 0800"

static const struct { int dlt; const char *head; } heads[] = {
	{ TC_DLT_LOOP, "00000002" }, { TC_DLT_NULL, "02000000" }, { TC_DLT_EN10MB, LO },
	{ TC_DLT_RAW, "" }, { TC_DLT_RAW_BSD, "" }, { TC_DLT_RAW_OPENBSD, "" },
	{ TC_DLT_IPV4, "" },
	{ TC_DLT_LINUX_SLL, "0000 0304 0006 000000000000 0000 0800" },
	{ TC_DLT_LINUX_SLL2, "0800 0000 00000001 0304 00 06 0000000000000000" },
	{ 105, WLAN }, { 127, "00000800 00000000" WLAN },
	{ 119, "44000000 10000000 0000000000000000" WLAN },
	{ 163, "80211001 00000010 0000000000000000" WLAN },
	{ 9, "ff03 0021" }, { 50, "ff03 0021" }, { 51, "1100 0007 003e 0021" },
	{ 104, "0f00 0800" }, { 166, "0003 0021" }, { 204, "00 ff03 0021" },
	{ 109, "02000000 00000000 00000000" }, { 117, "08020000 00000000" },
	{ 226, "0102 0000 0000003c 00000001 00000002 00000000 00000000" },
	{ 239, "02000005 0500 0100 41000000 4000 0900" },
};
#define N_HEADS (sizeof heads / sizeof *heads)

/* Exactly so many bytes of it, in memory of their own. */
static int take(struct tc_unwrap *u, const struct frame *f, size_t n, int dlt,
		struct tc_rx *rx)
{
	uint8_t *copy = malloc(n + !n);
	struct tc_frame frame = { .bytes = copy, .len = n, .wire_len = f->n, .dlt = dlt };
	int rc;

	memcpy(copy, f->bytes, n);
	rc = tc_unwrap(u, &frame, rx, NULL);
	if (rc == 0 && rx->l3)
		CHECK(rx->l3 + rx->l3_len <= copy + n && rx->l3 >= copy);
	free(copy);
	return rc;
}

static struct frame golden_of(size_t i)
{
	char hex[512];

	snprintf(hex, sizeof hex, "%s %s", heads[i].head, IP_SYN);
	return frame_of(hex);
}

static void every_type_has_a_frame(void)
{
	const struct tc_link_type *t;

	for (unsigned i = 0; (t = tc_link_type(i)); i++) {
		size_t k = 0;

		while (k < N_HEADS && heads[k].dlt != t->dlt)
			k++;
		if (k == N_HEADS && t->dlt != TC_DLT_IPV6)	/* that of IPv4 is the same */
			CU_FAIL("a link type without a golden frame");
	}
}

static void every_type_is_read(void)
{
	for (size_t i = 0; i < N_HEADS; i++) {
		struct frame f = golden_of(i);
		struct tc_unwrap u = { 0 };
		struct tc_rx rx;

		if (take(&u, &f, f.n, heads[i].dlt, &rx) == 0) {
			CHECK_U64(rx.kind, TC_RX_TCP);
			CHECK_U64(rx.seg.seq, 3463334699);
			CHECK_U64(rx.seg.opts.wscale, 10);
		} else {
			CU_FAIL("a golden frame is refused");
		}
		tc_unwrap_free(&u);
		free(f.bytes);
	}
}

/* Behind the flags of TCP's header a capture may end; before them there is no segment. */
static void every_truncation_is_told(void)
{
	for (size_t i = 0; i < N_HEADS; i++) {
		struct frame f = golden_of(i);
		struct tc_unwrap u = { 0 };

		for (size_t n = 0; n < f.n; n++) {
			struct tc_rx rx = { 0 };
			int rc = take(&u, &f, n, heads[i].dlt, &rx);
			bool tcp = rc == 0 && rx.kind == TC_RX_TCP;

			CHECK(rc == 0 || rc == -EBADMSG);
			CHECK_U64(tcp, n >= f.n - 26);
		}
		tc_unwrap_free(&u);
		free(f.bytes);
	}
}

static void any_byte_of_a_header_may_be_anything(void)
{
	for (size_t i = 0; i < N_HEADS; i++) {
		struct frame f = golden_of(i);
		struct tc_unwrap u = { 0 };

		for (size_t at = 0; at < f.n - 60; at++) {
			uint8_t was = f.bytes[at];

			for (unsigned v = 0; v < 256; v++) {
				struct tc_rx rx;

				f.bytes[at] = (uint8_t)v;
				take(&u, &f, f.n, heads[i].dlt, &rx);
			}
			f.bytes[at] = was;
		}
		tc_unwrap_free(&u);
		free(f.bytes);
	}
}

CU_TestInfo tests_peel[] = {
	{ "each link type has a golden frame", every_type_has_a_frame },
	{ "a segment is found behind each link header", every_type_is_read },
	{ "cut anywhere, a frame is refused or said to be cut", every_truncation_is_told },
	{ "any byte of a link header may have any value", any_byte_of_a_header_may_be_anything },
	CU_TEST_INFO_NULL
};
