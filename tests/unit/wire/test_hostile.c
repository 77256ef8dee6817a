/* SPDX-License-Identifier: BSD-2-Clause */
/* The receive path with frames that lie, are cut, or are anything at all. */
#include "frames.h"

#include <errno.h>

static const struct { int dlt; const char *hex, *msg; } lies[] = {
	{ 189, "00", "link type 189 is not one that is read here" },
	{ TC_DLT_RAW, "", "IP header cut: it needs 1 bytes, the frame has 0" },
	{ TC_DLT_EN10MB, "0000000000000000000000000800",
	  "the frame leaves 0 bytes, an IPv4 header needs 20" },
	{ TC_DLT_IPV4, "6500002800004000400600007f0000017f000001",
	  "ip.version=6 where IPv4 is announced" },
	{ TC_DLT_RAW, "4400002800004000400600007f0000017f000001",
	  "ip.hdr_len=4 is 16 bytes, an IPv4 header needs 20" },
	{ TC_DLT_RAW, "4f00002800004000400600007f0000017f000001",
	  "ip.hdr_len=15 is 60 bytes, the frame has 20" },
	{ TC_DLT_RAW, "4500001300004000400600007f0000017f000001",
	  "ip.len=19 is less than its header's 20 bytes" },
	{ TC_DLT_RAW, "4500002800004000400600007f0000017f000001",
	  "ip.len=40 but the frame has 20" },
	{ TC_DLT_RAW, "4500001500004000400600007f0000017f000001aa",
	  "ip.len leaves 1 bytes, a TCP header needs 20" },
	{ TC_DLT_RAW, "4500002800004000400600007f0000017f000001"
	  "00010002000000030000000400020005 00000000",
	  "tcp.hdr_len=0 is 0 bytes, a TCP header needs 20" },
	{ TC_DLT_RAW, "4500002800004000400600007f0000017f000001"
	  "00010002000000030000000440020005 00000000",
	  "tcp.hdr_len=4 is 16 bytes, a TCP header needs 20" },
	{ TC_DLT_RAW, "4500002800004000400600007f0000017f000001"
	  "000100020000000300000004f0020005 00000000",
	  "tcp.hdr_len=15 is 60 bytes, the segment has 20" },
	{ TC_DLT_RAW, "4500001a00004000400100007f0000017f000001 030300000000",
	  "ip.len leaves 6 bytes, an ICMP header needs 8" },
	{ TC_DLT_RAW, "4500001e00004000400100007f0000017f000001 0303000000000000 4500",
	  "icmp.type=3 quotes 2 bytes, an IPv4 header needs 20" },
	{ TC_DLT_RAW, "4500003000004000400100007f0000017f000001 0b00000000000000"
	  "4400003c00004000400600007f0000017f000001",
	  "icmp.type=11 quotes ip.version=4 ip.hdr_len=4" },
	{ TC_DLT_RAW, "4500003600004000400100007f0000017f000001 0b00000000000000"
	  "4500003c00004000400600007f0000017f000001 ab12270d80b1",
	  "icmp.type=11 quotes 26 bytes, IPv4 and ports need 28" },
	{ TC_DLT_EN10MB, "ffffffffffff0200000000010806 00010800060400",
	  "the frame leaves 7 bytes, ARP needs 28" },
	{ TC_DLT_EN10MB, "ffffffffffff0200000000018100 00",
	  "802.1Q tag cut: it needs 18 bytes, the frame has 15" },
};

static void lies_are_named(void)
{
	for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
		struct frame f = frame_of(lies[i].hex);
		struct tc_error err = { 0 };
		struct tc_rx rx;

		CHECK_U64(-tc_rx_parse(&rx, f.bytes, f.n, lies[i].dlt, &err), EBADMSG);
		CHECK_STR(err.msg, lies[i].msg);
		free(f.bytes);
	}
}

/* A failure in one of very many checks that are not worth a line each. */
static void complain(const char *name, size_t a, size_t b)
{
	char msg[200];

	snprintf(msg, sizeof msg, "%s: %zu, %zu", name, a, b);
	check_true(false, msg, __LINE__, __FILE__);
}

static void every_truncation_is_malformed(void)
{
	for (size_t i = 0; i < N_GOLDENS; i++) {
		struct frame f = frame_of(goldens[i].hex);

		for (size_t n = 0; n < f.n - goldens[i].padding; n++) {
			struct frame cut = frame_copy(f.bytes, n);
			struct tc_error err = { 0 };
			struct tc_rx rx;
			int rc = tc_rx_parse(&rx, cut.bytes, n, goldens[i].dlt, &err);

			if (rc != -EBADMSG || !err.msg[0])
				complain(goldens[i].name, n, f.n);
			free(cut.bytes);
		}
		free(f.bytes);
	}
}

/* Every value of every byte, one at a time: taken and sound, or refused. */
static void any_byte_may_be_anything(void)
{
	for (size_t i = 0; i < N_GOLDENS; i++) {
		struct frame f = frame_of(goldens[i].hex);

		for (size_t at = 0; at < f.n; at++) {
			uint8_t was = f.bytes[at];

			for (unsigned v = 0; v < 256; v++) {
				struct tc_rx rx;
				int rc;

				f.bytes[at] = (uint8_t)v;
				rc = tc_rx_parse(&rx, f.bytes, f.n, goldens[i].dlt, NULL);
				if (rc != -EBADMSG && (rc || !is_sound(&rx, &f)))
					complain(goldens[i].name, at, v);
			}
			f.bytes[at] = was;
		}
		free(f.bytes);
	}
}

CU_TestInfo tests_hostile[] = {
	{ "a header that lies is named with both numbers", lies_are_named },
	{ "every truncation of every frame is malformed", every_truncation_is_malformed },
	{ "any byte of a frame may have any value", any_byte_may_be_anything },
	CU_TEST_INFO_NULL
};
