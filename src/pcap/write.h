/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing captures beyond tcpcraft/pcapfile.h: to what is open, and of several link types. */
#ifndef PCAP_WRITE_H
#define PCAP_WRITE_H

#include <stdbool.h>

struct tc_error;
struct tc_pcap_writer;

/* As tc_pcap_writer_open_ng, to what is open already: frames go there as they come. fd stays the
 * caller's; name is for messages. */
int tc_pcap_writer_take(struct tc_pcap_writer **w, int fd, const char *name, int dlt,
			struct tc_error *err);

/* As tc_pcap_writer_open; of which link type the first frame is, tc_pcap_writer_link says before
 * it. (Where there is none it is a capture of Ethernet.) */
int tc_pcap_writer_open_unlinked(struct tc_pcap_writer **w, const char *path, bool force,
				 struct tc_error *err);

/* From here on frames are of this link type. -EINVAL where the file has only one, or has had 16;
 * what comes of writing. */
int tc_pcap_writer_link(struct tc_pcap_writer *w, int dlt, struct tc_error *err);

/* In a child: as tc_outfile_leave(). */
void tc_pcap_writer_leave(struct tc_pcap_writer *w);

#endif
