/* SPDX-License-Identifier: BSD-2-Clause */
/* Captures in memory; see pcapread.h. */
#include <tcpcraft/pcapread.h>

#include <tcpcraft/bits.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

struct tc_pcap_reader {
	pcap_t *pcap;
	const char *name;
	uint64_t frames;
};

bool tc_pcap_is_capture(const uint8_t *bytes, size_t n)
{
	static const uint32_t magic[] = {
		0xa1b2c3d4, 0xd4c3b2a1,		/* microseconds, either byte order */
		0xa1b23c4d, 0x4d3cb2a1,		/* nanoseconds */
		0xa1b2cd34, 0x34cdb2a1,		/* with Kuznetzov's longer headers */
		0x0a0d0d0a,			/* pcapng */
	};

	for (size_t i = 0; n >= 4 && i < sizeof magic / sizeof *magic; i++)
		if (tc_get32(bytes) == magic[i])
			return true;
	return false;
}

int tc_pcap_reader_open(struct tc_pcap_reader **out, const uint8_t *bytes, size_t n,
			const char *name, struct tc_error *err)
{
	struct tc_pcap_reader *r = calloc(1, sizeof *r);
	FILE *f = n ? fmemopen((void *)(uintptr_t)bytes, n, "rb") : NULL;
	char why[PCAP_ERRBUF_SIZE] = "it is empty";

	if (!r) {
		if (f)
			fclose(f);
		return tc_fail(err, -ENOMEM, "out of memory");
	}
	r->name = name;
	if (f)
		r->pcap = pcap_fopen_offline_with_tstamp_precision(f,
				PCAP_TSTAMP_PRECISION_NANO, why);
	if (!r->pcap) {
		if (f)
			fclose(f);
		free(r);
		return tc_fail(err, -EBADMSG, "%s is no capture: %s", name, why);
	}
	*out = r;
	return 0;
}

void tc_pcap_reader_close(struct tc_pcap_reader *r)
{
	if (!r)
		return;
	pcap_close(r->pcap);		/* and the stream */
	free(r);
}

int tc_pcap_reader_dlt(const struct tc_pcap_reader *r)
{
	return pcap_datalink(r->pcap);
}

int tc_pcap_reader_next(struct tc_pcap_reader *r, struct tc_frame *f, struct tc_error *err)
{
	struct pcap_pkthdr *h;
	const u_char *bytes;
	int rc = pcap_next_ex(r->pcap, &h, &bytes);

	if (rc == PCAP_ERROR_BREAK)
		return 0;
	r->frames++;
	if (rc != 1)
		return tc_fail(err, -EBADMSG, "%s: frame %llu: %s", r->name,
			       (unsigned long long)r->frames, pcap_geterr(r->pcap));
	*f = (struct tc_frame){
		.bytes = bytes, .len = h->caplen, .wire_len = h->len,
		.stamp = (tc_time)h->ts.tv_sec * TC_S + h->ts.tv_usec,
	};
	return 1;
}
