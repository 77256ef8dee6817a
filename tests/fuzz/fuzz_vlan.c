/* SPDX-License-Identifier: BSD-2-Clause */
/* Tags of VLANs, read from text and from frames: what is read is of itself, and reads back. */
#include <tcpcraft/segment.h>
#include <tcpcraft/vlan.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

static void read_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct tc_vlan v = { 0 };

	must(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if (tc_vlan_parse(&v, text, NULL) >= 0) {
		must(v.n >= 1 && v.n <= TC_VLAN_TAGS && v.priority <= 7);
		for (unsigned i = 0; i < v.n; i++)
			must(v.id[i] >= 1 && v.id[i] <= 4094);
	}
	free(text);
}

static void read_frame(const uint8_t *data, size_t size, int dlt)
{
	const struct tc_vlan none = { 0 };
	char text[TC_VLAN_TEXT];

	tc_vlan_around(data, size, dlt, text);
	must(tc_vlan_has(&none, data, size, dlt) == (text[0] == '\0'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_text(data, size);
	read_frame(data, size, TC_DLT_EN10MB);
	read_frame(data, size, TC_DLT_LINUX_SLL);
	read_frame(data, size, TC_DLT_RAW);
	return 0;
}
