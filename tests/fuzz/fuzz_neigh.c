/* SPDX-License-Identifier: BSD-2-Clause */
/* Any Ethernet frame: what it says of neighbours lies inside it and is of one family, or it
 * says nothing. */
#include "link/neigh_frame.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/link.h>
#include <tcpcraft/segment.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

/* As it is; a wrong sum does not hide what is behind it. */
static void read_frame(const uint8_t *frame, size_t n)
{
	struct tc_neigh_said said;
	struct tc_rx rx;

	if (tc_rx_parse(&rx, frame, n, TC_DLT_EN10MB, NULL) < 0)
		return;
	rx.icmp_checksum = TC_CSUM_OK;
	if (!tc_neigh_read(&said, &rx, frame))
		return;
	must(said.mac >= frame && (size_t)(said.mac - frame) + 6 <= n);
	must(said.target.family == 4 || said.target.family == 6);
	must(!said.sender.family || said.sender.family == said.target.family);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* to an all-nodes group from fe80::1, hop limit 255, ICMPv6 */
	static const uint8_t head[] = {
		0x33, 0x33, 0, 0, 0, 1, 2, 0, 0, 0, 0, 1, 0x86, 0xdd,
		0x60, 0, 0, 0, 0, 0, 58, 255,
		0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
		0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
	};
	uint8_t *frame = malloc(sizeof head + size);

	must(frame != NULL);
	read_frame(data, size);
	memcpy(frame, head, sizeof head);
	if (size)
		memcpy(frame + sizeof head, data, size);
	tc_put16(frame + 18, (uint16_t)size);
	if (size > 1) {			/* a solicitation or an advertisement */
		frame[sizeof head] = (uint8_t)(135 + (data[0] & 1));
		frame[sizeof head + 1] = 0;
	}
	read_frame(frame, sizeof head + size);
	free(frame);
	return 0;
}
