/* SPDX-License-Identifier: BSD-2-Clause */
/* What the frames of a capture have in them, as words for payloads: a dictionary that the
 * protocol's own client wrote. */
#include "own.h"

#include <tcpcraft/hex.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/payload.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define OF_A_FIELD 12		/* values of one field that are kept: a counter has any */

static void keep(struct tc_fuzz_base *b, const char *word, size_t same)
{
	unsigned alike = 0;

	for (unsigned i = 0; i < b->n_learnt; i++) {
		if (strcmp(b->learnt[i], word) == 0)
			return;
		alike += same && strncmp(b->learnt[i], word, same) == 0;
	}
	if (b->n_learnt < TC_FUZZ_LEARNT && alike < OF_A_FIELD)
		snprintf(b->learnt[b->n_learnt++], TC_FUZZ_WORD_MAX, "%s", word);
}

static void keep_field(struct tc_fuzz_base *b, const struct tc_field *f, uint64_t value)
{
	char word[TC_FUZZ_WORD_MAX];

	if (snprintf(word, sizeof word, "%s=%" PRIu64, f->name, value) < (int)sizeof word)
		keep(b, word, strlen(f->name) + 1);
}

/* What a field of any length had: of a part as a set of it. A long one is none of a
 * dictionary. */
static void keep_bytes(struct tc_fuzz_base *b, const struct tc_field *part,
		       const struct tc_buf *bytes)
{
	struct tc_buf word = { 0 };

	if (part)
		tc_buf_printf(&word, "%s=hex:", part->name);
	if (bytes->len == 0 || word.len + 2 * bytes->len >= TC_FUZZ_WORD_MAX) {
		tc_buf_free(&word);
		return;
	}
	tc_hex_encode(&word, bytes->data, bytes->len);
	tc_buf_add_u8(&word, 0);
	if (!word.failed)
		keep(b, (const char *)word.data, part ? strlen(part->name) + 1 : 0);
	tc_buf_free(&word);
}

static void keep_frame(struct tc_fuzz_base *b, const struct tc_header *h, const uint8_t *bytes,
		       size_t n)
{
	struct tc_packet p = { 0 };

	if (tc_packet_parse_as(&p, bytes, n, h, NULL) >= 0 && p.n > 0) {
		for (unsigned row = 0; row < h->n_rows; row++)
			if (tc_fuzz_is_free(h, row))
				keep_field(b, &h->rows[row], tc_packet_get(&p, 0, row));
		if (h->var_row >= 0)
			keep_bytes(b, NULL, &p.layer[0].var);
		for (unsigned k = 0; k < h->n_parts; k++)
			keep_bytes(b, &h->rows[h->parts[k].row], &p.layer[0].part[k]);
	}
	tc_packet_free(&p);
}

void tc_fuzz_learn_words(struct tc_fuzz_base *b, const struct tc_header *h,
			 const uint8_t *bytes, size_t n)
{
	for (int len; n > 0; bytes += len, n -= (size_t)len) {
		len = tc_payload_looks(h, bytes, n) ? tc_payload_length(h, bytes, n, NULL) : 0;
		if (len <= 0 || (size_t)len > n)
			return;
		keep_frame(b, h, bytes, (size_t)len);
	}
}
