/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said of segments from outside: tags, ends of connections, copies, overlaps. */
#include "check.h"

#include "analysis/conversation.h"
#include <tcpcraft/error.h>
#include "pcap/relabel.h"

#include <string.h>

#define CLIENT 0x0a000001u
#define SERVER 0x0a000002u

static struct tc_convos *table;
static tc_time now;
static uint8_t ttl;
static uint16_t id;
static const uint8_t *mac;
static const char *text;

struct ended {
	unsigned n;
	enum tc_convo_state state;
	uint64_t bytes[2];
	tc_time established;
	bool opener_known;
	uint16_t opener_port;
};
static struct ended ended;

static void on_end(void *ctx, struct tc_convo *c)
{
	(void)ctx;
	ended.n++;
	ended.state = c->state;
	ended.bytes[0] = c->side[0].bytes;
	ended.bytes[1] = c->side[1].bytes;
	ended.established = c->established;
	ended.opener_known = tc_convo_opener_known(c);
	ended.opener_port = c->side[0].port;
}

static void begin(void)
{
	struct tc_error err = { 0 };

	ended = (struct ended){ 0 };
	now = 1000 * TC_S;
	ttl = 64;
	id = 1;
	mac = NULL;
	text = "the quick brown fox jumps over the lazy dog";
	CHECK_OK(tc_convos_open(&table, on_end, NULL, &err), err);
}

static void finish(void)
{
	tc_convos_close(table);
	table = NULL;
}

/* One segment, a second after the last; numbers relative to 1000 and 2000. */
static uint32_t seg(bool from_client, unsigned flags, uint32_t seq, uint32_t ack,
		    uint32_t len, uint16_t wnd)
{
	struct tc_rx rx = {
		.kind = TC_RX_TCP, .ttl = ttl, .ip_id = id++,
		.src = tc_addr_from_v4(from_client ? CLIENT : SERVER),
		.dst = tc_addr_from_v4(from_client ? SERVER : CLIENT),
		.sport = from_client ? 4000 : 80, .dport = from_client ? 80 : 4000,
		.payload = (const uint8_t *)text,
		.seg = { .seq = seq + (from_client ? 1000 : 2000),
			 .ack = flags & TC_FLAG_ACK ? ack + (from_client ? 2000 : 1000) : 0,
			 .flags = (uint16_t)flags, .len = len, .wnd = wnd },
	};
	unsigned from;
	uint32_t tags = 0;

	now += TC_S;
	CHECK(tc_convos_segment(table, &rx, now, mac, &from, &tags) != NULL);
	return tags;
}

static void handshake(void)
{
	CHECK_U64(seg(true, TC_FLAG_SYN, 0, 0, 0, 500), 0);
	CHECK_U64(seg(false, TC_FLAG_SYN | TC_FLAG_ACK, 0, 1, 0, 500), 0);
	CHECK_U64(seg(true, TC_FLAG_ACK, 1, 1, 0, 500), 0);
}

#define ACK TC_FLAG_ACK
#define T(id) TC_TAG_BIT(id)

static void test_losses(void)
{
	begin();
	handshake();
	CHECK_U64(seg(true, ACK, 1, 1, 10, 500), 0);
	CHECK_U64(seg(true, ACK, 1, 1, 10, 500), T(RETRANSMISSION));
	CHECK_U64(seg(false, ACK, 1, 11, 0, 500), 0);
	CHECK_U64(seg(true, ACK, 1, 1, 10, 500),
		  T(RETRANSMISSION) | T(SPURIOUS_RETRANSMISSION));
	CHECK_U64(seg(true, ACK, 31, 1, 10, 500), T(LOST_SEGMENT));
	CHECK_U64(seg(false, ACK, 1, 11, 0, 500), T(DUPLICATE_ACK));
	CHECK_U64(seg(false, ACK, 1, 11, 0, 500), T(DUPLICATE_ACK));
	now -= TC_S - TC_MS;
	CHECK_U64(seg(true, ACK, 11, 1, 10, 500), T(FAST_RETRANSMISSION) | T(RETRANSMISSION));
	CHECK_U64(seg(false, ACK, 1, 61, 0, 500), T(ACK_LOST_SEGMENT));
	finish();
	CHECK_U64(ended.n, 1);
	CHECK_U64(ended.state, TC_CONVO_OPEN);
}

/* Within the round trip, where Wireshark 4.0 takes all for out of order. */
static void test_soon_again(void)
{
	begin();
	handshake();
	CHECK_U64(seg(true, ACK, 1, 1, 10, 500), 0);
	CHECK_U64(seg(true, ACK, 11, 1, 10, 500), 0);
	now -= TC_S - TC_MS;
	CHECK_U64(seg(true, ACK, 1, 1, 10, 500), T(RETRANSMISSION));
	CHECK_U64(seg(true, ACK, 31, 1, 10, 500), T(LOST_SEGMENT));
	now -= TC_S - TC_MS;
	CHECK_U64(seg(true, ACK, 21, 1, 10, 500), T(OUT_OF_ORDER));
	now -= TC_S - TC_MS;
	CHECK_U64(seg(true, ACK, 21, 1, 10, 500), T(RETRANSMISSION));
	finish();
	CHECK_U64(ended.bytes[0], 40);
}

static void closed_and_probed(void)
{
	begin();
	handshake();
	CHECK_U64(seg(true, ACK, 1, 1, 10, 500), 0);
	CHECK_U64(seg(false, ACK, 1, 11, 0, 0), T(ZERO_WINDOW));
	CHECK_U64(seg(true, ACK, 11, 1, 1, 500), T(ZERO_WINDOW_PROBE));
}

/* The byte of a probe that is acknowledged was there, and what follows begins behind it. */
static void test_probe_is_taken(void)
{
	closed_and_probed();
	CHECK_U64(seg(false, ACK, 1, 12, 0, 0), T(ZERO_WINDOW) | T(ZERO_WINDOW_PROBE_ACK));
	CHECK_U64(seg(true, ACK, 12, 1, 1, 500), T(ZERO_WINDOW_PROBE));
	CHECK_U64(seg(false, ACK, 1, 13, 0, 500), T(WINDOW_UPDATE));
	CHECK_U64(seg(true, ACK, 13, 1, 10, 500), 0);
	finish();
	CHECK_U64(ended.bytes[0], 22);

	closed_and_probed();	/* with data, and the window still closed */
	CHECK_U64(seg(false, ACK, 1, 12, 5, 0), T(ZERO_WINDOW));
	CHECK_U64(seg(true, ACK, 12, 6, 0, 500), 0);
	finish();

	closed_and_probed();	/* with a FIN */
	CHECK_U64(seg(false, ACK | TC_FLAG_FIN, 1, 12, 0, 0), 0);
	CHECK_U64(seg(true, ACK, 12, 2, 0, 500), 0);
	finish();

	closed_and_probed();	/* not, but more than it */
	CHECK_U64(seg(false, ACK, 1, 13, 0, 0), T(ZERO_WINDOW) | T(ACK_LOST_SEGMENT));
	finish();
}

static void test_windows(void)
{
	begin();
	handshake();
	CHECK_U64(seg(false, ACK, 1, 1, 0, 10), T(WINDOW_UPDATE));
	CHECK_U64(seg(true, ACK, 1, 1, 10, 500), T(WINDOW_FULL));
	CHECK_U64(seg(false, ACK, 1, 11, 0, 0), T(ZERO_WINDOW));
	CHECK_U64(seg(true, ACK, 11, 1, 1, 500), T(ZERO_WINDOW_PROBE));
	CHECK_U64(seg(false, ACK, 1, 11, 0, 0), T(ZERO_WINDOW) | T(ZERO_WINDOW_PROBE_ACK));
	CHECK_U64(seg(false, ACK, 1, 11, 0, 500), T(WINDOW_UPDATE));
	CHECK_U64(seg(true, ACK, 10, 1, 0, 500), T(KEEP_ALIVE));
	CHECK_U64(seg(false, ACK, 1, 11, 0, 500), T(KEEP_ALIVE_ACK));
	finish();
}

static void test_kernel_reset(void)
{
	begin();
	seg(true, TC_FLAG_SYN, 0, 0, 0, 500);
	seg(false, TC_FLAG_SYN | ACK, 0, 1, 0, 500);
	CHECK_U64(seg(true, TC_FLAG_RST, 1, 0, 0, 0), T(KERNEL_RESET));
	finish();
	CHECK_U64(ended.state, TC_CONVO_RESET);

	begin();	/* with ACK and window it is the program's own */
	handshake();
	seg(false, ACK, 1, 1, 5, 500);
	CHECK_U64(seg(true, TC_FLAG_RST | ACK, 1, 6, 0, 500) & T(KERNEL_RESET), 0);
	finish();

	begin();	/* after a FIN nobody knows it, and rightly so */
	handshake();
	seg(true, TC_FLAG_FIN | ACK, 1, 1, 0, 500);
	seg(false, ACK, 1, 2, 5, 500);
	CHECK_U64(seg(true, TC_FLAG_RST, 2, 0, 0, 0) & T(KERNEL_RESET), 0);
	finish();
}

static void test_ends(void)
{
	begin();
	seg(true, TC_FLAG_SYN, 0, 0, 0, 500);
	seg(false, TC_FLAG_RST | ACK, 0, 1, 0, 0);
	finish();
	CHECK_STR(tc_convo_state_name(ended.state), "refused");

	begin();
	handshake();
	seg(true, ACK, 1, 1, 20, 500);
	seg(true, ACK, 1, 1, 20, 500);
	seg(true, TC_FLAG_FIN | ACK, 21, 1, 0, 500);
	seg(false, TC_FLAG_FIN | ACK, 1, 22, 3, 500);
	seg(true, ACK, 22, 5, 0, 500);
	finish();
	CHECK_STR(tc_convo_state_name(ended.state), "closed");
	CHECK_U64(ended.bytes[0], 20);	/* what came twice counts once */
	CHECK_U64(ended.bytes[1], 3);
}

/* One direction only: what its end acknowledges, came. Nothing tells when. */
static void test_one_direction(void)
{
	static const struct {
		unsigned flags[4];
		const char *want[2];	/* of the opener's direction, of the other's */
	} rows[] = {
		{ { ACK }, { "open", "open" } },
		{ { ACK, ACK }, { "open", "open" } },
		{ { ACK, TC_FLAG_FIN | ACK }, { "closing", "closing" } },
		{ { TC_FLAG_FIN | ACK }, { "closing", "closing" } },
		{ { ACK, TC_FLAG_RST }, { "reset", "reset" } },
		{ { TC_FLAG_SYN }, { "no-answer", "handshake" } },
		{ { TC_FLAG_PSH }, { "no-answer", "open" } },	/* nothing is acknowledged */
		{ { 0 }, { "no-answer", "handshake" } },
	};

	for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
		bool opener = i % 2 == 0;
		const unsigned *flags = rows[i / 2].flags;

		begin();
		seg(opener, TC_FLAG_SYN | (opener ? 0 : ACK), 0, opener ? 0 : 1, 0, 500);
		for (unsigned k = 0; flags[k]; k++)
			seg(opener, flags[k] | (flags[k] == TC_FLAG_SYN && !opener ? ACK : 0),
			    flags[k] != TC_FLAG_SYN, 1, 0, 500);
		finish();
		CHECK_STR(tc_convo_state_name(ended.state), rows[i / 2].want[!opener]);
		CHECK_U64(ended.established, 0);
		CHECK(ended.opener_known);
	}
	begin();		/* the other's bytes without its SYN,ACK */
	seg(true, TC_FLAG_SYN, 0, 0, 0, 500);
	seg(false, ACK, 1, 77777, 0, 500);	/* a challenge: it did not take the SYN */
	finish();
	CHECK_STR(tc_convo_state_name(ended.state), "no-answer");

	begin();
	seg(true, TC_FLAG_SYN, 0, 0, 0, 500);
	seg(false, ACK, 1, 1, 5, 500);
	finish();
	CHECK_STR(tc_convo_state_name(ended.state), "open");
	CHECK_U64(ended.established, 0);
}

/* Who opened is known of a SYN, and of what answers one. */
static void test_openers(void)
{
	begin();
	handshake();
	finish();
	CHECK(ended.opener_known && ended.opener_port == 4000 && ended.established);

	begin();		/* numbers of 0 and what acknowledges a SYN: 3.10.7.1 */
	seg(false, TC_FLAG_RST | ACK, (uint32_t)-2000, 1, 0, 0);
	finish();
	CHECK_STR(tc_convo_state_name(ended.state), "refused");
	CHECK(ended.opener_known && ended.opener_port == 4000);

	begin();
	seg(false, TC_FLAG_RST | ACK, 1, 1, 0, 0);
	finish();
	CHECK_STR(tc_convo_state_name(ended.state), "reset");
	CHECK(!ended.opener_known);

	begin();
	seg(false, ACK, 1, 1, 5, 500);
	seg(true, ACK, 1, 6, 0, 500);
	finish();
	CHECK_STR(tc_convo_state_name(ended.state), "open");
	CHECK(!ended.opener_known);
}

static void test_reuse(void)
{
	begin();
	handshake();
	CHECK_U64(seg(true, TC_FLAG_SYN, 77, 0, 0, 500), T(REUSED_PORTS));
	CHECK_U64(ended.n, 1);
	CHECK_U64(tc_convos_count(table), 2);
	finish();
	CHECK_U64(ended.n, 2);
}

/* A server that remembers a connection which the client has forgotten (RFC 9293 3.5.1, figure 9),
 * with old numbers that are above the new ones and below. A reset in between says nothing. */
static void test_half_open(void)
{
	static const uint32_t old[] = { 700000000, 3700000000 };

	for (size_t i = 0; i < 2; i++) {
		begin();
		CHECK_U64(seg(true, TC_FLAG_SYN, 0, 0, 0, 500), 0);
		CHECK_U64(seg(false, ACK, old[i], old[!i], 0, 500),
			  i ? T(ACK_LOST_SEGMENT) : 0);
		CHECK_U64(seg(true, TC_FLAG_RST, old[!i], 0, 0, 0), 0);
		CHECK_U64(seg(true, TC_FLAG_SYN, 0, 0, 0, 500), T(RETRANSMISSION));
		CHECK_U64(seg(false, TC_FLAG_SYN | ACK, 0, 1, 0, 500), 0);
		CHECK_U64(seg(true, ACK, 1, 1, 0, 500), 0);
		CHECK_U64(seg(true, ACK, 1, 1, 10, 500), 0);
		CHECK_U64(seg(false, ACK, 1, 11, 10, 500), 0);
		CHECK_U64(seg(true, ACK | TC_FLAG_FIN, 11, 11, 0, 500), 0);
		CHECK_U64(seg(false, ACK | TC_FLAG_FIN, 11, 12, 0, 500), 0);
		CHECK_U64(seg(true, ACK, 12, 12, 0, 500), 0);
		finish();
		CHECK_U64(ended.state, TC_CONVO_CLOSED);
	}
}

static void test_copies_and_overlaps(void)
{
	static const uint8_t here[6] = { 2, 0, 0, 0, 0, 1 }, there[6] = { 2, 0, 0, 0, 0, 2 };

	begin();
	handshake();
	mac = here;
	CHECK_U64(seg(true, ACK, 1, 1, 10, 500), 0);
	id--;
	ttl--;
	mac = there;
	CHECK_U64(seg(true, ACK, 1, 1, 10, 500), T(FORWARDED_COPY));
	id--;		/* the same TTL: sent twice */
	CHECK_U64(seg(true, ACK, 1, 1, 10, 500) & T(FORWARDED_COPY), T(FORWARDED_COPY));
	ttl++;
	mac = here;
	text = "THE QUICK BROWN FOX";
	CHECK_U64(seg(true, ACK, 1, 1, 10, 500), T(RETRANSMISSION) | T(OVERLAP_DIFFERS));
	text = "the quick brown fox";
	CHECK_U64(seg(true, ACK, 1, 1, 19, 500), T(RETRANSMISSION));
	finish();
}

/* Connections that are over are forgotten; memory stays what it is. */
static void test_many(void)
{
	begin();
	for (uint32_t i = 0; i < 20000; i++) {
		struct tc_rx rx = { .kind = TC_RX_TCP, .src = tc_addr_from_v4(CLIENT + i),
				    .dst = tc_addr_from_v4(SERVER),
				    .sport = 1, .dport = 2,
				    .seg = { .flags = TC_FLAG_SYN } };
		uint32_t tags;
		unsigned from;

		CHECK(tc_convos_segment(table, &rx, now, NULL, &from, &tags) != NULL);
		rx.src = tc_addr_from_v4(SERVER);
		rx.dst = tc_addr_from_v4(CLIENT + i);
		rx.sport = 2;
		rx.dport = 1;
		rx.seg.flags = TC_FLAG_RST | ACK;
		rx.seg.ack = 1;
		tc_convos_segment(table, &rx, now, NULL, &from, &tags);
	}
	CHECK_U64(ended.n, 20000 - 4096);
	finish();
	CHECK_U64(ended.n, 20000);
}

/* A SYN from a port of the client's. */
static unsigned open_from(uint16_t port)
{
	struct tc_rx rx = {
		.kind = TC_RX_TCP, .ttl = 64, .ip_id = id++,
		.src = tc_addr_from_v4(CLIENT), .dst = tc_addr_from_v4(SERVER),
		.sport = port, .dport = 80, .seg = { .seq = port, .flags = TC_FLAG_SYN },
	};
	struct tc_convo *c;
	unsigned from;
	uint32_t tags = 0;

	now += TC_S;
	c = tc_convos_segment(table, &rx, now, mac, &from, &tags);
	CHECK(c != NULL);
	return c ? c->number : 0;
}

static void test_limit(void)
{
	begin();
	tc_convos_limit(table, 3);
	CHECK_U64(open_from(1), 1);
	CHECK_U64(open_from(2), 2);
	CHECK_U64(open_from(3), 3);
	CHECK_U64(open_from(1), 1);		/* again: 2 is the stillest now */
	CHECK_U64(ended.n, 0);
	CHECK_U64(open_from(4), 4);
	CHECK_U64(ended.n, 1);
	CHECK_U64(ended.state, TC_CONVO_SYN);
	CHECK_U64(open_from(1), 1);
	CHECK_U64(open_from(3), 3);
	CHECK_U64(open_from(2), 5);		/* another, in place of 4 */
	CHECK_U64(tc_convos_early(table), 2);
	CHECK_U64(tc_convos_count(table), 5);
	finish();
	CHECK_U64(ended.n, 5);
}

static void test_relabel_needs_evidence(void)
{
	static const uint8_t junk[60] = { 0x45, 0, 9, 9, 1, 2, 3 };
	struct tc_relabel r = { .declared = 12, .little_endian = true };
	const char *why;

	for (int i = 0; i < 10; i++)
		tc_relabel_look(&r, junk, sizeof junk, sizeof junk);
	CHECK_U64(tc_relabel_verdict(&r, true, &why), 12);
	CHECK(why == NULL);
}

CU_TestInfo tests_tags[] = {
	{ "lost, repeated and duplicate segments are told apart", test_losses },
	{ "what all was there before is sent again, however soon", test_soon_again },
	{ "a zero window probe whose byte is taken", test_probe_is_taken },
	{ "windows that fill, close, are probed and open; keep-alive", test_windows },
	{ "a reset from a kernel that knows nothing of the connection", test_kernel_reset },
	{ "how connections end, and how many bytes they carried", test_ends },
	{ "one direction tells of the other", test_one_direction },
	{ "who opened is known of a SYN, and of its answer", test_openers },
	{ "a SYN with another number is another connection", test_reuse },
	{ "behind the reset of a half-open connection nothing is late or again", test_half_open },
	{ "copies of a router are no retransmissions; other bytes are seen",
	  test_copies_and_overlaps },
	{ "memory is bounded by open connections", test_many },
	{ "of too many open ones that which was still for longest is told", test_limit },
	{ "no link type is made of frames that fit none", test_relabel_needs_evidence },
	CU_TEST_INFO_NULL
};
