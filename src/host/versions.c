/* SPDX-License-Identifier: BSD-2-Clause */
/* What the libraries that reach the network say they are. */
#include <tcpcraft/buf.h>
#include <tcpcraft/link.h>

#include <libnet.h>
#include <pcap/pcap.h>
#include <string.h>

/* "libpcap version 1.10.3 (with TPACKET_V3)" without what says nothing: the name, and the
 * number behind "version ". */
static void put(struct tc_buf *out, const char *sep, const char *text)
{
	const char *version = strstr(text, "version ");
	const char *number = version ? version + strlen("version ") : "";

	tc_buf_printf(out, "%s%.*s %.*s", sep, (int)strcspn(text, " "), text,
		      (int)strcspn(number, " "), number);
}

void tc_link_versions(struct tc_buf *out)
{
	put(out, "", libnet_version());
	put(out, ", ", pcap_lib_version());
}
