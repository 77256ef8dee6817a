/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP's authentication option; see tcpcraft/ao.h. HMAC, SHA-1, CMAC and AES are nettle's. */
#include <tcpcraft/ao.h>
#include "own.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/tcpopt.h>

#include <string.h>

#ifdef TC_NETTLE
#include <nettle/cmac.h>
#include <nettle/hmac.h>
#endif

#define MAC_AT 4			/* behind kind, length and both IDs */
#define SHA1_BYTES 20
#define AES_BYTES 16
/* RFC 5926 3.1.1: a counter, "TCP-AO", addresses, ports, ISNs, bits of output */
#define CONTEXT_MAX (1 + 6 + 2 * 16 + 2 * 2 + 2 * 4 + 2)
#define COVERED_MAX (4 + PSEUDO_MAX + TCP_BYTES + TC_OPTIONS_MAX)

struct message {
	uint8_t context[CONTEXT_MAX];
	size_t context_n;
	uint8_t covered[COVERED_MAX];	/* all but the payload (RFC 5925 5.1) */
	size_t covered_n;
	const uint8_t *payload;
	size_t payload_n;
};

#ifdef TC_NETTLE
static void hmac_sha1(const struct tc_ao_key *key, const struct message *m,
		      uint8_t out[TC_AO_MAC_BYTES])
{
	uint8_t traffic[SHA1_BYTES];
	struct hmac_sha1_ctx c;

	hmac_sha1_set_key(&c, key->n, key->secret);
	hmac_sha1_update(&c, m->context_n, m->context);
	hmac_sha1_digest(&c, sizeof traffic, traffic);
	hmac_sha1_set_key(&c, sizeof traffic, traffic);
	hmac_sha1_update(&c, m->covered_n, m->covered);
	hmac_sha1_update(&c, m->payload_n, m->payload);
	hmac_sha1_digest(&c, TC_AO_MAC_BYTES, out);
}

/* RFC 5926 3.1.1.2: a secret that is no AES key is made one. */
static void aes_key(struct cmac_aes128_ctx *c, const struct tc_ao_key *key)
{
	static const uint8_t zero[AES_BYTES];
	uint8_t made[AES_BYTES];

	if (key->n == AES_BYTES) {
		cmac_aes128_set_key(c, key->secret);
		return;
	}
	cmac_aes128_set_key(c, zero);
	cmac_aes128_update(c, key->n, key->secret);
	cmac_aes128_digest(c, sizeof made, made);
	cmac_aes128_set_key(c, made);
}

static void aes_cmac(const struct tc_ao_key *key, const struct message *m,
		     uint8_t out[TC_AO_MAC_BYTES])
{
	uint8_t traffic[AES_BYTES];
	struct cmac_aes128_ctx c;

	aes_key(&c, key);
	cmac_aes128_update(&c, m->context_n, m->context);
	cmac_aes128_digest(&c, sizeof traffic, traffic);
	cmac_aes128_set_key(&c, traffic);
	cmac_aes128_update(&c, m->covered_n, m->covered);
	cmac_aes128_update(&c, m->payload_n, m->payload);
	cmac_aes128_digest(&c, TC_AO_MAC_BYTES, out);
}

static void compute(const struct tc_ao_key *key, const struct message *m,
		    uint8_t out[TC_AO_MAC_BYTES])
{
	if (key->alg == TC_AO_AES_128_CMAC_96)
		aes_cmac(key, m, out);
	else
		hmac_sha1(key, m, out);
}
#else
static void compute(const struct tc_ao_key *key, const struct message *m,
		    uint8_t out[TC_AO_MAC_BYTES])
{
	(void)key, (void)m;		/* there is no key that was read */
	memset(out, 0, TC_AO_MAC_BYTES);
}
#endif

static void add(uint8_t *to, size_t *n, const void *bytes, size_t more)
{
	memcpy(to + *n, bytes, more);
	*n += more;
}

static void add32(uint8_t *to, size_t *n, uint32_t v)
{
	tc_put32(to + *n, v);
	*n += 4;
}

static void make_context(struct message *m, const struct tc_ao_key *key,
			 const struct tc_signed *s, const struct tc_ao_way *way)
{
	const size_t addresses = s->pseudo_n == 12 ? 8 : 32;
	const uint16_t bits = 8 * (key->alg == TC_AO_AES_128_CMAC_96 ? AES_BYTES : SHA1_BYTES);

	m->context_n = 0;
	add(m->context, &m->context_n, "\1TCP-AO", 7);
	add(m->context, &m->context_n, s->pseudo, addresses);
	add(m->context, &m->context_n, s->tcp, 4);		/* both ports */
	add32(m->context, &m->context_n, way->src_isn);
	add32(m->context, &m->context_n, way->dst_isn);
	tc_put16(m->context + m->context_n, bits);
	m->context_n += 2;
}

static void make_covered(struct message *m, const struct tc_ao_key *key,
			 const struct tc_signed *s, uint32_t sne)
{
	const size_t option = key->bare ? s->option : TCP_BYTES;
	const size_t end = key->bare ? s->option + s->tcp[s->option + 1] : s->head;
	uint8_t *options;

	m->covered_n = 0;
	add32(m->covered, &m->covered_n, sne);
	add(m->covered, &m->covered_n, s->pseudo, s->pseudo_n);
	tc_signed_head(s, m->covered + m->covered_n);
	m->covered_n += TCP_BYTES;
	options = m->covered + m->covered_n;
	add(m->covered, &m->covered_n, s->tcp + option, end - option);
	if (s->fits)
		memset(options + (s->option - option) + MAC_AT, 0, TC_AO_MAC_BYTES);
	m->payload = s->tcp + s->head;
	m->payload_n = s->n - s->head;
}

/* RFC 5925 6.2: what is above the 32 bits that the header has; 0 of an ISN. */
static uint32_t extension(const struct tc_ao_way *way, tc_seq seq)
{
	return (uint32_t)((way->near + (uint64_t)(int64_t)(int32_t)(seq - (tc_seq)way->near)) >> 32);
}

/* A SYN begins a connection: it says what is known of it (RFC 5925 5.2). */
static bool settle(struct tc_ao_way *way, const struct tc_seg *seg)
{
	if (seg->flags & TC_FLAG_SYN) {
		way->src_known = true;
		way->src_isn = seg->seq;
		way->near = seg->seq;
	}
	if ((seg->flags & (TC_FLAG_SYN | TC_FLAG_ACK)) == TC_FLAG_SYN) {
		way->dst_known = true;
		way->dst_isn = 0;
	}
	return way->src_known && way->dst_known;
}

static bool code(const struct tc_ao_key *key, const struct tc_ao_way *said,
		 const struct tc_signed *s, const struct tc_seg *seg,
		 uint8_t out[TC_AO_MAC_BYTES])
{
	struct tc_ao_way way = *said;
	struct message m;

	if (!settle(&way, seg))
		return false;
	make_context(&m, key, s, &way);
	make_covered(&m, key, s, extension(&way, seg->seq));
	compute(key, &m, out);
	return true;
}

int tc_ao_keyid(const struct tc_rx *rx)
{
	struct tc_signed s;

	return tc_signed_find(&s, rx, TC_OPT_AO, TC_AO_BYTES) == TC_SIGN_OK && s.fits ?
	       s.tcp[s.option + 2] : -1;
}

/* RFC 5925 2.2: a segment that has two is discarded, whatever they say. */
static bool is_twice(const struct tc_rx *rx)
{
	struct tc_tcpopt_iter it = { rx->options, rx->options + rx->options_len };
	struct tc_tcpopt opt;
	unsigned n = 0;

	while (tc_tcpopt_next(&it, &opt, NULL) == 1)
		n += opt.kind == TC_OPT_AO;
	return n > 1;
}

enum tc_sign_verdict tc_ao_check(const struct tc_ao_key *key, const struct tc_ao_way *way,
				 const struct tc_rx *rx, uint8_t expected[TC_AO_MAC_BYTES])
{
	struct tc_signed s;
	enum tc_sign_verdict v = tc_signed_find(&s, rx, TC_OPT_AO, TC_AO_BYTES);

	if (v != TC_SIGN_OK)
		return v;
	if (is_twice(rx))
		return TC_SIGN_TWICE;
	if (!code(key, way, &s, &rx->seg, expected))
		return TC_SIGN_UNTOLD;
	return s.fits && memcmp(s.tcp + s.option + MAC_AT, expected, TC_AO_MAC_BYTES) == 0 ?
	       TC_SIGN_OK : TC_SIGN_BAD;
}

bool tc_ao_sign(const struct tc_ao_key *key, const struct tc_ao_way *way, uint8_t *frame,
		size_t n, int dlt)
{
	uint8_t right[TC_AO_MAC_BYTES];
	struct tc_signed s;
	struct tc_rx rx;

	if (tc_rx_parse(&rx, frame, n, dlt, NULL) < 0 || rx.kind != TC_RX_TCP ||
	    tc_signed_find(&s, &rx, TC_OPT_AO, TC_AO_BYTES) != TC_SIGN_OK || !s.fits ||
	    !tc_signed_blank(&s, MAC_AT, TC_AO_MAC_BYTES) ||
	    !code(key, way, &s, &rx.seg, right))
		return false;
	tc_signed_put(&s, frame, MAC_AT, right, sizeof right, rx.tcp_checksum == TC_CSUM_OK);
	return true;
}
