/* SPDX-License-Identifier: BSD-2-Clause */
/* ARP for spare addresses, over a link in memory. Probing and the interface's conditions
 * are tested in namespaces (tests/net/test_spare.sh). */
#include "check.h"

#include "base/addr.h"
#include "link/neigh_frame.h"

#include <tcpcraft/neigh.h>
#include <tcpcraft/error.h>
#include <tcpcraft/link.h>
#include <tcpcraft/segment.h>
#include <tcpcraft/vlan.h>

#include <errno.h>
#include <stdlib.h>

static const struct tc_addr ours[] = { { 4, .bytes = { 10, 77, 0, 50 } },
				       { 4, .bytes = { 10, 77, 0, 51 } } };
static const uint8_t our_mac[6] = { 0x02, 0, 0, 0, 0, 0xaa };

/* who-has 10.77.0.50 tell 10.77.0.2, as a kernel sends it, padded to 60 bytes */
static const uint8_t request[60] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x5e, 0x11, 0x22, 0x33, 0x44, 0x55, 0x08, 0x06,
	0x00, 0x01, 0x08, 0x00, 0x06, 0x04, 0x00, 0x01,
	0x5e, 0x11, 0x22, 0x33, 0x44, 0x55, 10, 77, 0, 2,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 10, 77, 0, 50,
};
static const uint8_t answer[42] = {
	0x5e, 0x11, 0x22, 0x33, 0x44, 0x55, 0x02, 0, 0, 0, 0, 0xaa, 0x08, 0x06,
	0x00, 0x01, 0x08, 0x00, 0x06, 0x04, 0x00, 0x02,
	0x02, 0, 0, 0, 0, 0xaa, 10, 77, 0, 50,
	0x5e, 0x11, 0x22, 0x33, 0x44, 0x55, 10, 77, 0, 2,
};

enum { OPCODE = 21, SENDER_MAC = 22, SENDER = 28, TARGET = 38 };

struct bed {
	struct tc_neigh neigh;
	struct tc_link *us, *them;
	uint8_t frame[60];
};

static void open_bed(struct bed *b)
{
	struct tc_error err = { 0 };

	*b = (struct bed){ .neigh = { .addrs = ours, .n = 2 } };
	memcpy(b->neigh.mac, our_mac, sizeof our_mac);
	memcpy(b->frame, request, sizeof request);
	CHECK_OK(tc_link_open_pair(&b->us, &b->them, &err), err);
}

static void close_bed(struct bed *b)
{
	tc_link_close(b->us);
	tc_link_close(b->them);
}

/* The frame arrives; what came back is in *f. */
static int arrive(struct bed *b, struct tc_frame *f)
{
	struct tc_error err = { 0 };
	struct tc_rx rx;
	int rc;

	CHECK_OK(tc_rx_parse(&rx, b->frame, sizeof b->frame, TC_DLT_EN10MB, &err), err);
	CHECK_U64(rx.kind, TC_RX_ARP);
	rc = tc_neigh_answer(&b->neigh, b->us, &rx, b->frame, &err);
	CHECK_U64(tc_link_recv(b->them, f, &err), rc);
	return rc;
}

static void who_asks_for_us_is_answered(void)
{
	struct tc_frame f;
	struct bed b;

	open_bed(&b);
	CHECK_U64(arrive(&b, &f), 1);
	CHECK_U64(f.len, sizeof answer);
	CHECK_MEM(f.bytes, answer, sizeof answer);
	b.frame[TARGET + 3] = 51;
	CHECK_U64(arrive(&b, &f), 1);
	CHECK_U64(f.bytes[SENDER + 3], 51);
	CHECK_U64(b.neigh.seen.answered, 2);
	CHECK_U64(b.neigh.seen.conflicts, 0);
	close_bed(&b);
}

static void a_probe_of_another_host_is_answered(void)
{
	struct tc_frame f;
	struct bed b;

	open_bed(&b);
	memset(b.frame + SENDER, 0, 4);
	CHECK_U64(arrive(&b, &f), 1);
	CHECK_U64(b.neigh.seen.conflicts, 0);
	close_bed(&b);
}

static void nothing_else_is_answered(void)
{
	struct tc_frame f;
	struct bed b;

	open_bed(&b);
	b.frame[TARGET + 3] = 52;		/* a neighbour of ours */
	CHECK_U64(arrive(&b, &f), 0);
	b.frame[TARGET + 3] = 50;
	b.frame[OPCODE] = 2;			/* an answer to us */
	CHECK_U64(arrive(&b, &f), 0);
	b.frame[OPCODE] = 1;
	memcpy(b.frame + SENDER_MAC, our_mac, 6);	/* what we asked ourselves */
	CHECK_U64(arrive(&b, &f), 0);
	memcpy(b.frame + SENDER, request + TARGET, 4);	/* what we announced */
	CHECK_U64(arrive(&b, &f), 0);
	CHECK_U64(b.neigh.seen.answered + b.neigh.seen.conflicts, 0);
	close_bed(&b);
}

static void who_claims_our_address_is_noted_and_not_answered(void)
{
	struct tc_frame f;
	struct bed b;

	open_bed(&b);
	memcpy(b.frame + SENDER, request + TARGET, 4);
	CHECK_U64(arrive(&b, &f), 0);
	CHECK_U64(b.neigh.seen.conflicts, 1);
	CHECK(tc_addr_equal(&b.neigh.seen.contested, &ours[0]));
	CHECK_MEM(b.neigh.seen.rival, request + SENDER_MAC, 6);
	b.frame[OPCODE] = 2;
	b.frame[SENDER + 3] = 51;
	CHECK_U64(arrive(&b, &f), 0);
	CHECK_U64(b.neigh.seen.conflicts, 2);
	CHECK(tc_addr_equal(&b.neigh.seen.contested, &ours[1]));
	CHECK_U64(b.neigh.seen.answered, 0);
	close_bed(&b);
}

static void an_announcement_goes_out_for_each_address(void)
{
	struct tc_error err = { 0 };
	struct tc_frame f;
	struct bed b;

	open_bed(&b);
	CHECK_OK(tc_neigh_announce(&b.neigh, b.us, &err), err);
	for (unsigned i = 0; i < 2; i++) {
		CHECK_U64(tc_link_recv(b.them, &f, &err), 1);
		CHECK_MEM(f.bytes, request, 6);
		CHECK_MEM(f.bytes + 6, our_mac, 6);
		CHECK_U64(f.bytes[OPCODE], 1);
		CHECK_U64(f.bytes[SENDER + 3], 50 + i);
		CHECK_MEM(f.bytes + SENDER, f.bytes + TARGET, 4);
	}
	CHECK_U64(tc_link_recv(b.them, &f, &err), 0);
	close_bed(&b);
}

/* Built and read again, of either family; cut anywhere it says nothing, or less. */
static void what_is_told_is_read(const struct tc_addr *to, const struct tc_addr *src,
				 const struct tc_addr *target)
{
	static const uint8_t their_mac[6] = { 0x5e, 0x11, 0x22, 0x33, 0x44, 0x55 };
	const bool tells = to != NULL;
	const struct tc_vlan untagged = { 0 };
	const struct tc_neigh_frame f = { .tells = tells, .vlan = &untagged, .src_mac = our_mac,
					  .src = *src, .target = *target,
					  .to_mac = to ? their_mac : NULL,
					  .to = to ? *to : (struct tc_addr){ 0 } };
	struct tc_neigh_said said = { 0 };
	uint8_t whole[TC_NEIGH_FRAME_MAX];
	struct tc_error err = { 0 };
	struct tc_rx rx;
	int n = tc_neigh_frame_build(&f, whole, &err);

	CHECK_OK(n, err);
	for (int cut = 0; cut <= n; cut++) {
		uint8_t *bytes = malloc((size_t)cut + 1);
		bool read;

		memcpy(bytes, whole, (size_t)cut);
		read = tc_rx_parse(&rx, bytes, (size_t)cut, TC_DLT_EN10MB, NULL) >= 0 &&
		       tc_neigh_read(&said, &rx, bytes);
		CHECK_U64(read, cut == n);
		if (read) {
			CHECK_U64(said.tells, tells);
			CHECK(tells || tc_addr_equal(&said.target, target));
			CHECK(tc_addr_equal(&said.sender, src));
			CHECK_MEM(said.mac, our_mac, 6);
		}
		free(bytes);
	}
}

static void what_neighbours_say_is_read(void)
{
	const struct tc_addr none = { 0 }, v6[] = {
		{ 6, .bytes = { 0xfd, 0x77, [15] = 1 } }, { 6, .bytes = { 0xfd, 0x77, [15] = 2 } },
	};

	what_is_told_is_read(NULL, &ours[0], &ours[1]);
	what_is_told_is_read(NULL, &none, &ours[1]);
	what_is_told_is_read(&ours[0], &ours[1], &ours[1]);
	what_is_told_is_read(NULL, &v6[0], &v6[1]);
	what_is_told_is_read(NULL, &none, &v6[1]);
	what_is_told_is_read(&v6[0], &v6[1], &v6[1]);
}

static void a_mac_must_be_a_single_host_s(void)
{
	static const uint8_t group[6] = { 0x03, 0, 0, 0, 0, 1 }, zero[6];
	struct tc_path path = { .ifname = "none", .mac = { 0x5e, 1, 2, 3, 4, 5 } };
	struct tc_error err = { 0 };

	CHECK_OK(tc_spare_check_mac(&path, our_mac, &err), err);
	CHECK_U64(-tc_spare_check_mac(&path, group, &err), EINVAL);
	CHECK(strstr(err.msg, "03:00:00:00:00:01") != NULL);
	CHECK_U64(-tc_spare_check_mac(&path, zero, &err), EINVAL);
}

CU_TestInfo tests_neigh[] = {
	{ "who asks for us is answered", who_asks_for_us_is_answered },
	{ "a probe of another host is answered", a_probe_of_another_host_is_answered },
	{ "nothing else is answered", nothing_else_is_answered },
	{ "who claims our address is noted and not answered",
	  who_claims_our_address_is_noted_and_not_answered },
	{ "an announcement goes out for each address",
	  an_announcement_goes_out_for_each_address },
	{ "what neighbours say is read, and nothing of what is cut", what_neighbours_say_is_read },
	{ "a MAC must be a single host's", a_mac_must_be_a_single_host_s },
	CU_TEST_INFO_NULL,
};
