/* SPDX-License-Identifier: BSD-2-Clause */
/* The options by which Wireshark talks to the programs of its extcap folder
 * (https://www.wireshark.org/docs/wsdg_html_chunked/ChCaptureExtcap.html), and two of ours, which
 * its dialog fills in. */
#include "own.h"

const struct option_row extcap_rows[] = {
	{ 0, "extcap-interfaces", NULL, GROUP_EXTCAP, "which interfaces there are",
	  FLAG(extcap.interfaces) },
	{ 0, "extcap-interface", "NAME", GROUP_EXTCAP, "the one that this is about",
	  TEXT(extcap.interface) },
	{ 0, "extcap-version", "V", GROUP_EXTCAP, "of Wireshark, which is not asked for",
	  TEXT(extcap.version) },
	{ 0, "extcap-dlts", NULL, GROUP_EXTCAP, "its link types", FLAG(extcap.dlts) },
	{ 0, "extcap-config", NULL, GROUP_EXTCAP, "what its dialog asks for",
	  FLAG(extcap.config) },
	{ 0, "extcap-capture-filter", "FILTER", GROUP_EXTCAP,
	  "refused: all frames of the connection are shown", TEXT(extcap.filter) },
	{ 0, "capture", NULL, GROUP_EXTCAP, "make the connection", FLAG(extcap.capture) },
	{ 0, "fifo", "FILE", GROUP_EXTCAP, "where its frames go, with comments",
	  FILE_NAME(extcap.fifo) },
	{ 0, "way", "COMMAND", GROUP_EXTCAP, "prot (when none is named), connect or listen",
	  TEXT(extcap.way) },
	{ 0, "target", "HOST:PORT", GROUP_EXTCAP, "of the peer; of listen: [ADDR:]PORT",
	  TEXT(extcap.target) },
	{ 0 }
};
