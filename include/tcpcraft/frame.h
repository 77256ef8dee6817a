/* SPDX-License-Identifier: BSD-2-Clause */
/* A frame as it was captured, live or from a file. */
#ifndef TCPCRAFT_FRAME_H
#define TCPCRAFT_FRAME_H

#include <tcpcraft/clock.h>

#include <stddef.h>
#include <stdint.h>

struct tc_frame {
	const uint8_t *bytes;	/* borrowed; of a link: valid until the next tc_link_recv */
	size_t len;		/* bytes here */
	size_t wire_len;	/* bytes on the wire (> len: cut) */
	tc_time stamp;		/* CLOCK_REALTIME, of the capture */
	int dlt;		/* what the bytes begin with: a pcap link type (TC_DLT_…,
				 * tcpcraft/segment.h) */
};

#endif
