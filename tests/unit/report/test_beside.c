/* SPDX-License-Identifier: BSD-2-Clause */
/* Two ladders beside each other: what is held to what, in what they differ, as text. */
#include "check.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/diff.h>
#include "report/beside.h"

#include <stdlib.h>
#include <string.h>

#define OURS true
#define THEIRS false

static struct tc_beside_side *side;	/* two */

static void begin(void)
{
	side = calloc(2, sizeof *side);
}

static void end(void)
{
	free(side);
}

/* An ACK with these bytes, at some millisecond of its side's. */
static void say(unsigned whose, bool ours, uint32_t seq, const char *bytes, unsigned ms,
		unsigned line)
{
	struct tc_rx rx = { .kind = TC_RX_TCP, .payload = (const uint8_t *)bytes };
	struct tc_isns isn = { 1000, 2000 };

	rx.seg = (struct tc_seg){ .flags = TC_FLAG_ACK, .seq = 1000 + seq, .ack = 2001,
				  .wnd = 9, .len = (uint32_t)strlen(bytes) };
	tc_beside_add(&side[whose], &rx, ours, TC_S + ms * TC_MS, isn, line);
}

static void differ(unsigned last, const char *want)
{
	struct tc_diff d = { .n = 0 };
	struct tc_buf text = { 0 };

	tc_beside_diff(&d, &side[0], &side[1], last);
	tc_diff_put(&text, &d);
	tc_buf_add_u8(&text, 0);
	CHECK_STR((char *)text.data, want);
	tc_buf_free(&text);
}

static void alike(void)
{
	begin();
	for (unsigned i = 0; i < 2; i++) {
		say(i, OURS, 1, "ab", 0, 1);
		say(i, THEIRS, 1, "ok", 2 + 20 * i, 2);
	}
	differ(0, "");
	end();
}

/* What one does not say does not hold up what comes behind ours. */
static void one_is_silent(void)
{
	begin();
	for (unsigned i = 0; i < 2; i++) {
		say(i, OURS, 1, "", 0, 1);
		if (i == 0)
			say(i, THEIRS, 1, "", 1, 2);
		say(i, OURS, 2, "", 2, 3);
		say(i, THEIRS, 5, i ? "yes" : "not", 3, 4);
	}
	differ(0, "line 2: . seq 1 ack 1 against -; line 4: . seq 5:8 (3) ack 1 against other "
	       "bytes");
	differ(3, "line 2: . seq 1 ack 1 against -");
	differ(1, "");
	end();
}

static void one_is_slow(void)
{
	begin();
	for (unsigned i = 0; i < 2; i++) {
		say(i, OURS, 1, "", 0, 1);
		say(i, THEIRS, 1, "", i ? 1 : 200, 2);
	}
	differ(0, "line 2: slow against at once");
	end();
}

static void columns(void)
{
	struct tc_buf text = { 0 };

	begin();
	say(0, OURS, 1, "", 0, 0);
	say(1, OURS, 1, "", 0, 0);
	say(1, THEIRS, 3, "x", 1, 0);
	tc_beside_put(&text, "> ", "a", &side[0], "b", &side[1]);
	tc_buf_add_u8(&text, 0);
	CHECK_STR((char *)text.data,
		  "> a                                  | b\n"
		  ">   0.000000 --> . seq 1 ack 1 win 9 |   0.000000 --> . seq 1 ack 1 win 9\n"
		  ">                                    #   0.001000 <-- . seq 3:4 (1) ack 1 win 9"
		  "\n");
	tc_buf_free(&text);
	end();
}

static void full(void)
{
	begin();
	for (unsigned i = 0; i < TC_BESIDE_ROWS + 5; i++)
		say(0, THEIRS, i, "", i, 0);
	CHECK_U64(side[0].n, TC_BESIDE_ROWS);
	CHECK_U64(side[0].left_out, 5);
	end();
}

CU_TestInfo tests_beside[] = {
	{ "two that answer alike do not differ, whatever their windows and small delays", alike },
	{ "an answer that is missing, and bytes that are others, are told with their line",
	  one_is_silent },
	{ "an answer that takes far longer is a difference", one_is_slow },
	{ "the columns are held together by what was sent", columns },
	{ "what is too much is left out, and counted", full },
	CU_TEST_INFO_NULL
};
