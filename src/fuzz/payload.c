/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The payload of a case, as a text that says it in few characters, and the request around
 * it. It is sent by the connection itself: numbers and segments are as for any request.
 */
#include "own.h"
#include "wire/layer.h"

#include <tcpcraft/hex.h>
#include <tcpcraft/payload.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct valid {
	const uint8_t *bytes;
	size_t n;
};

static int too_long(struct tc_error *err)
{
	return tc_fail(err, -EMSGSIZE, "a payload has at most %d bytes", TC_FUZZ_BODY_MAX);
}

/* [A:B] behind `valid`: its bytes from A to before B, as far as there are any. */
static int add_slice(struct tc_buf *out, const char *word, const struct valid *v,
		     struct tc_error *err)
{
	unsigned from = 0, to = TC_FUZZ_BODY_MAX;
	int used = 0;

	if (*word && (sscanf(word, "[%5u:%5u]%n", &from, &to, &used) != 2 || word[used] ||
		      from > to))
		return tc_fail(err, -EINVAL, "'valid%.40s' is neither valid nor valid[A:B]",
			       word);
	to = to < v->n ? to : (unsigned)v->n;
	if (from < to)
		tc_buf_add(out, v->bytes + from, to - from);
	return out->len > TC_FUZZ_BODY_MAX ? too_long(err) : 0;
}

/* HEX, or N*HEX: the same N times. */
static int add_bytes(struct tc_buf *out, const char *word, struct tc_error *err)
{
	size_t before = out->len;
	int rc = tc_hex_decode_times(out, word, TC_FUZZ_BODY_MAX, err);

	if (rc == 0 && out->len == before && !strchr(word, '*'))
		return tc_fail(err, -EINVAL, "no bytes as hex digits");
	return rc == -EMSGSIZE ? too_long(err) : rc;
}

int tc_fuzz_body(struct tc_buf *out, const char *text, const uint8_t *valid, size_t n,
		 struct tc_error *err)
{
	struct valid v = { valid, n };
	char words[TC_FUZZ_PAYLOAD_MAX], *save = NULL;
	int rc = 0;

	if (snprintf(words, sizeof words, "%s", text) >= (int)sizeof words)
		return tc_fail(err, -EINVAL, "the payload's text has %zu characters, %d at most",
			       strlen(text), TC_FUZZ_PAYLOAD_MAX - 1);
	for (char *w = strtok_r(words, " ", &save); w && rc == 0; w = strtok_r(NULL, " ", &save))
		rc = strncmp(w, "valid", 5) == 0 ? add_slice(out, w + 5, &v, err)
						 : add_bytes(out, w, err);
	if (rc == 0 && out->failed)
		rc = tc_nomem(err);
	return rc;
}

int tc_fuzz_over_limit(const struct tc_header *h, size_t n, char set[TC_FUZZ_SET_MAX])
{
	int row = h->var_max && n > h->var_max ? payload_counter(h) : -1;

	if (row < 0)
		return 0;
	snprintf(set, TC_FUZZ_SET_MAX, "%s=%" PRIu64, h->rows[row].name,
		 n + (uint64_t)(int64_t)h->rows[row].add);
	return 1;
}

int tc_fuzz_frame(struct tc_buf *out, const struct tc_header *h, const uint8_t *body, size_t n,
		  struct tc_error *err)
{
	char set[TC_FUZZ_SET_MAX], *sets = set;

	if (h)
		return tc_payload_build(out, h, body, n, &sets,
					(size_t)tc_fuzz_over_limit(h, n, set), err);
	tc_buf_add(out, body, n);
	return out->failed ? tc_nomem(err) : 0;
}

/* ---- which there are ----------------------------------------------------------------------- */

enum { FILLS = 3, PLACES = 4, DOUBLES = 256 };

static const char *const fills[FILLS] = { "41", "00", "ff" };

/* What some programs take for more than bytes: formats, paths, quotes, ends of lines and of
 * strings, numbers, encodings; and long runs of it. */
static const char *const dictionary[] = {
	"2525", "256e", "2573", "64*2573", "64*256e", "257838", "2530", "2e2e2f", "16*2e2e2f",
	"2e2e5c", "2f", "2f6574632f706173737764", "00", "27", "22", "60", "5c", "2428", "3b",
	"7c", "26", "3c", "3e", "2f2a", "2d2d", "0a", "0d0a", "0d0a0d0a", "09", "1b5b324a", "7f",
	"2d31", "30", "34323934393637323936", "3939393939393939393939393939393939393939",
	"7b7b", "1024*28", "1024*5b", "1024*7b", "1024*3c", "1024*20", "1024*0a", "1024*30",
	"efbbbf", "c0af", "c080", "eda080", "f8888080", "fffe", "feff", NULL,
};

static void add_length(struct tc_fuzz_payloads *p, uint64_t n)
{
	unsigned at = p->n_lengths;

	for (unsigned i = 0; i < p->n_lengths; i++)
		if (p->length[i] == n)
			return;
	if (n > p->most || at == FUZZ_LENGTHS)
		return;
	for (; at && p->length[at - 1] > n; at--)
		p->length[at] = p->length[at - 1];
	p->length[at] = (unsigned)n;
	p->n_lengths++;
}

static void add_around(struct tc_fuzz_payloads *p, uint64_t n)
{
	add_length(p, n - (n > 0));
	add_length(p, n);
	add_length(p, n + 1);
}

static void list_lengths(struct tc_fuzz_payloads *p)
{
	for (unsigned bit = 0; bit <= 16; bit++)
		add_around(p, UINT64_C(1) << bit);
	add_around(p, p->valid_len);
	if (p->limit)
		add_around(p, p->limit);
	add_around(p, p->most);
}

void tc_fuzz_part_lengths(struct tc_fuzz_payloads *p, const struct tc_header *h,
			  const struct tc_part *part, size_t room)
{
	const struct tc_field *by = &h->rows[part->counter];
	int64_t most = (int64_t)tc_field_max(by) - by->add;

	*p = (struct tc_fuzz_payloads){
		.valid_len = part->def_len, .limit = part->max, .most = room,
	};
	if (most < (int64_t)p->most)
		p->most = most > 0 ? (size_t)most : 0;
	if (part->max && part->max < p->most)
		p->most = part->max;
	list_lengths(p);
}

/* Whole frames are as long as one can be that its own count of bytes still describes. */
void tc_fuzz_payloads(struct tc_fuzz_payloads *p, const struct tc_header *h,
		      size_t valid_len)
{
	size_t parts;

	*p = (struct tc_fuzz_payloads){
		.valid_len = valid_len, .most = TC_FUZZ_BODY_MAX
	};
	if (h && h->var_row < 0)
		return;
	p->limit = h ? h->var_max : 0;
	if (p->limit && payload_counter(h) < 0)		/* --set has no length to take over */
		p->most = p->limit;
	parts = h ? tc_header_before(h) - h->head_bytes : 0;
	for (unsigned i = 0; h && i < h->n_rows; i++) {
		const struct tc_field *f = &h->rows[i];
		int64_t room;

		if (!counts_payload(h, f))
			continue;
		room = (int64_t)tc_field_max(f) - f->add - (int64_t)counted_defaults(h, f);
		if (room < (int64_t)p->most)
			p->most = room > 0 ? (size_t)room : 0;
	}
	if (h && p->most > TC_FUZZ_BODY_MAX - h->head_bytes - h->tail_bytes - parts)
		p->most = TC_FUZZ_BODY_MAX - h->head_bytes - h->tail_bytes - parts;
	list_lengths(p);
	p->n = p->n_lengths * FILLS + tc_fuzz_count(dictionary) * PLACES + DOUBLES;
}

void tc_fuzz_length_text(const struct tc_fuzz_payloads *p, size_t n, unsigned fill,
			 char text[TC_FUZZ_PAYLOAD_MAX])
{
	if (fill || !p->valid_len)
		snprintf(text, TC_FUZZ_PAYLOAD_MAX, "%zu*%s", n, fills[fill]);
	else if (n <= p->valid_len)
		snprintf(text, TC_FUZZ_PAYLOAD_MAX, "valid[0:%zu]", n);
	else
		snprintf(text, TC_FUZZ_PAYLOAD_MAX, "valid %zu*%s", n - p->valid_len,
			 fills[0]);
}

/* Each length that matters, with each filling. */
static const char *length_payload(const struct tc_fuzz_payloads *p, uint64_t k,
				  char text[TC_FUZZ_PAYLOAD_MAX])
{
	size_t n = p->length[k / FILLS];

	tc_fuzz_length_text(p, n, (unsigned)(k % FILLS), text);
	if (p->limit && n > p->limit)
		return n == p->limit + 1 ? "limit+1" : "over";
	return n == 0 ? "empty" : n == p->limit ? "limit" : "length";
}

/* HEX or N*HEX, in `room` bytes: as often as there is room for. */
static void fit_word(const char *word, size_t room, char fit[TC_FUZZ_WORD_MAX])
{
	const char *star = strchr(word, '*'), *hex = star ? star + 1 : word;
	size_t times = star ? strtoul(word, NULL, 10) : 1, once = strlen(hex) / 2;

	if (times * once > room)
		snprintf(fit, TC_FUZZ_WORD_MAX, "%zu*%s", room / once, hex);
	else
		snprintf(fit, TC_FUZZ_WORD_MAX, "%s", word);
}

/* A word alone, behind, before, or within what is valid. */
static void place_word(const struct tc_fuzz_payloads *p, const char *word, unsigned place,
		       struct tc_rng *rng, char text[TC_FUZZ_PAYLOAD_MAX])
{
	size_t at = (size_t)tc_rng_below(rng, p->valid_len + 1);
	size_t beside = place == 0 ? 0 : p->valid_len;
	char fit[TC_FUZZ_WORD_MAX];

	fit_word(word, p->most < beside ? 0 : p->most - beside, fit);
	if (place == 0)
		snprintf(text, TC_FUZZ_PAYLOAD_MAX, "%s", fit);
	else if (place == 1)
		snprintf(text, TC_FUZZ_PAYLOAD_MAX, "valid %s", fit);
	else if (place == 2)
		snprintf(text, TC_FUZZ_PAYLOAD_MAX, "%s valid", fit);
	else
		snprintf(text, TC_FUZZ_PAYLOAD_MAX, "valid[0:%zu] %s valid[%zu:%zu]", at, fit,
			 at, p->valid_len);
}

const char *tc_fuzz_payload(const struct tc_fuzz_payloads *p, uint64_t k,
			    struct tc_rng *rng, char text[TC_FUZZ_PAYLOAD_MAX])
{
	uint64_t words = tc_fuzz_count(dictionary) * (uint64_t)PLACES;
	char twice[8];

	if (k < (uint64_t)p->n_lengths * FILLS)
		return length_payload(p, k, text);
	k -= (uint64_t)p->n_lengths * FILLS;
	if (k < words) {
		place_word(p, dictionary[k / PLACES], k % PLACES, rng, text);
		return "word";
	}
	snprintf(twice, sizeof twice, "%02x%02x", (unsigned)(k - words) & 255,
		 (unsigned)(k - words) & 255);
	place_word(p, twice, (unsigned)tc_rng_below(rng, PLACES), rng, text);
	return "twice";
}

/* Up to three runs, of up to four bytes each; short ones are as frequent as long ones. */
void tc_fuzz_random_payload(const struct tc_fuzz_payloads *p, struct tc_rng *rng,
			    char text[TC_FUZZ_PAYLOAD_MAX])
{
	unsigned parts = 1 + (unsigned)tc_rng_below(rng, 3);
	size_t used = 0, room = p->most;

	for (unsigned i = 0; i < parts; i++) {
		size_t len = 1 + (size_t)tc_rng_below(rng, 4);
		size_t times = (size_t)tc_rng_below(rng, UINT64_C(1) << tc_rng_below(rng, 16));

		times = times * len > room ? room / len : times;
		room -= times * len;
		used += (size_t)snprintf(text + used, TC_FUZZ_PAYLOAD_MAX - used, "%s%zu*",
					 i ? " " : "", times);
		for (size_t b = 0; b < len; b++)
			used += (size_t)snprintf(text + used, TC_FUZZ_PAYLOAD_MAX - used, "%02x",
						 (unsigned)(tc_rng_u64(rng) & 255));
	}
}
