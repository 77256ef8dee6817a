/* SPDX-License-Identifier: BSD-2-Clause */
/* The capture reader alone: the file as it is, or blocks of pcapng whose kinds and lengths
 * are mostly right and whose bodies are any bytes. */
#include <tcpcraft/error.h>
#include <tcpcraft/pcapread.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BODY 28u	/* bytes of input for each block */
#define SECTION 0x0a0d0d0au

static const uint32_t kinds[] = { 1, 6, 2, 3, 5, SECTION, 4, 0x40000bad };

struct file {
	uint8_t bytes[65536];
	size_t n;
};

static void put(struct file *f, const void *bytes, size_t n)
{
	if (f->n + n > sizeof f->bytes)
		return;
	memcpy(f->bytes + f->n, bytes, n);
	f->n += n;
}

static void put_block(struct file *f, uint32_t kind, const uint8_t *body, uint32_t n,
		      uint32_t lie)
{
	static const uint8_t zero[4];
	uint32_t total = 12 + (n + 3) / 4 * 4 + lie;

	put(f, &kind, sizeof kind);
	put(f, &total, sizeof total);
	put(f, body, n);
	put(f, zero, (4 - n % 4) % 4);
	put(f, &total, sizeof total);
}

static void put_blocks(struct file *f, const uint8_t *data, size_t size)
{
	static const uint8_t section[16] = {
		0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255,
	};
	static const uint8_t interface[8] = { 1 };

	put_block(f, SECTION, section, sizeof section, 0);
	put_block(f, 1, interface, sizeof interface, 0);
	while (size) {
		uint32_t n = size < BODY ? (uint32_t)size : BODY;
		uint8_t body[BODY];

		memcpy(body, data, n);
		if (n == BODY && data[0] & 8) {		/* interface 0, lengths that fit */
			memset(body, 0, 4);
			memset(body + 12, 0, 8);
			body[12] = body[16] = BODY - 20;
		}
		put_block(f, kinds[data[0] & 7], body, n, data[0] > 250 ? data[0] : 0);
		data += n;
		size -= n;
	}
}

static void read_all(const uint8_t *bytes, size_t n)
{
	struct tc_pcap_reader *r;
	struct tc_frame f;
	size_t sum = 0;

	if (tc_pcap_reader_open(&r, bytes, n, "fuzz", NULL) < 0)
		return;
	while (tc_pcap_reader_next(r, &f, NULL) > 0) {
		if (f.len > f.wire_len || f.len > n)
			abort();
		for (size_t i = 0; i < f.len; i++)
			sum += f.bytes[i];
	}
	tc_pcap_reader_close(r);
	if (sum == SIZE_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct file *f = calloc(1, sizeof *f);

	if (!f)
		abort();
	read_all(data, size);
	if (tc_pcap_is_capture(data, size) == 0 && size)
		put_blocks(f, data, size);
	read_all(f->bytes, f->n);
	free(f);
	return 0;
}
