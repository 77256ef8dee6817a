/* SPDX-License-Identifier: BSD-2-Clause */
/* What the capture reads from a socket that is there at once: any that keeps datagrams apart. */
#include "link/capture.h"
#include "link/queue.h"
#include "check.h"

#include <tcpcraft/error.h>

#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAME 240		/* with its record 256 bytes of the queue */
#define QUEUE ((size_t)1 << 18)	/* the smallest that there is */
#define FIT (QUEUE / 256)
#define PATIENCE 60		/* seconds for what takes milliseconds */

/* Is all of it in the hands of the capture? */
static void await_read(int fd)
{
	int left = 1;

	for (int ms = 0; ioctl(fd, FIONREAD, &left) == 0 && left > 0 && ms < PATIENCE * 1000; ms++)
		poll(NULL, 0, 1);
	CHECK_U64((uint64_t)left, 0);
}

static void a_queue_is_filled(void)
{
	const struct timeval patience = { .tv_sec = PATIENCE };
	struct tc_path path = { .ifname = "none" };
	struct tc_link_config cfg = { .path = &path, .immediate = true };
	struct tc_capture *c = NULL;
	struct tc_queue *q = NULL;
	struct tc_error err = { 0 };
	struct tc_frame f;
	uint8_t bytes[FRAME];
	size_t seen = 0, wrong = 0;
	bool sent = true;
	int end[2];

	CHECK(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, end) == 0);
	CHECK(setsockopt(end[1], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0);
	CHECK_OK(tc_queue_open(&q, QUEUE, &err), err);
	CHECK_OK(tc_capture_open(&c, &cfg, end[0], q, &err), err);
	for (size_t i = 0; i < 2 * FIT && sent; i++) {
		memset(bytes, (int)(i & 0xff), sizeof bytes);
		sent = send(end[1], bytes, sizeof bytes, 0) == FRAME;	/* waits for room */
	}
	CHECK(sent);
	await_read(end[0]);
	tc_capture_close(c);
	close(end[1]);
	for (; tc_queue_pop(q, &f); seen++)
		wrong += f.len != FRAME || f.bytes[0] != (seen & 0xff) ||
			 f.bytes[FRAME - 1] != (seen & 0xff);
	CHECK_U64(seen, FIT);
	CHECK_U64(wrong, 0);
	CHECK_U64(tc_queue_dropped(q), FIT);
	tc_queue_close(q);
}

CU_TestInfo tests_capture[] = {
	{ "frames of a socket fill the queue to its end, and those behind are counted",
	  a_queue_is_filled },
	CU_TEST_INFO_NULL
};
