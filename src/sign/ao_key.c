/* SPDX-License-Identifier: BSD-2-Clause */
/* A master key tuple (RFC 5925 3.1) out of text, and back. */
#include <tcpcraft/ao.h>
#include "own.h"

#include "base/name.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PARTS ",;"

static const char *const algs[] = {
	[TC_AO_HMAC_SHA_1_96] = "hmac-sha-1-96", [TC_AO_AES_128_CMAC_96] = "aes-128-cmac-96",
};
static const char *const coverages[] = { "included", "excluded" };

static int parse_secret(struct tc_ao_key *key, const char *v, struct tc_error *err)
{
	int n = tc_sign_secret(key->secret, sizeof key->secret, v, err);

	if (n < 0)
		return n;
	key->n = (uint8_t)n;
	return 0;
}

static int parse_id(uint8_t *id, const char *v, struct tc_error *err)
{
	char *end;
	unsigned long n = strtoul(v, &end, 10);

	if (*v < '0' || *v > '9' || *end || n > UINT8_MAX)
		return tc_fail(err, -ERANGE, "'%.40s' is not from 0 to 255", v);
	*id = (uint8_t)n;
	return 0;
}

static int parse_keyid(struct tc_ao_key *key, const char *v, struct tc_error *err)
{
	return parse_id(&key->keyid, v, err);
}

static int parse_rnextkeyid(struct tc_ao_key *key, const char *v, struct tc_error *err)
{
	return parse_id(&key->rnextkeyid, v, err);
}

static int choose(const char *const names[2], const char *v, struct tc_error *err)
{
	for (int i = 0; i < 2; i++)
		if (strcmp(v, names[i]) == 0)
			return i;
	return tc_fail(err, -EINVAL, "'%.40s' is neither %s nor %s", v, names[0], names[1]);
}

static int parse_alg(struct tc_ao_key *key, const char *v, struct tc_error *err)
{
	int n = choose(algs, v, err);

	key->alg = n > 0;
	return n;
}

static int parse_options(struct tc_ao_key *key, const char *v, struct tc_error *err)
{
	int n = choose(coverages, v, err);

	key->bare = n > 0;
	return n;
}

enum { SECRET, KEYID, RNEXTKEYID, ALG, OPTIONS, N_PARTS };

static const struct part {
	const char *name;
	int (*parse)(struct tc_ao_key *key, const char *v, struct tc_error *err);
} parts[N_PARTS] = {
	[SECRET] = { "secret", parse_secret },
	[KEYID] = { "keyid", parse_keyid },
	[RNEXTKEYID] = { "rnextkeyid", parse_rnextkeyid },
	[ALG] = { "alg", parse_alg },
	[OPTIONS] = { "options", parse_options },
};

static int no_such(const char *text, struct tc_error *err)
{
	char all[80] = "";

	for (int i = 0; i < N_PARTS; i++)
		tc_name_add(all, sizeof all, parts[i].name, "=");
	return tc_fail(err, -EINVAL, "'%.40s' is none of %s", text, all);
}

/* KEY=VALUE. Returns the part's number. */
static int parse_part(struct tc_ao_key *key, char *text, struct tc_error *err)
{
	char *eq = strchr(text, '=');
	struct tc_error why = { 0 };
	int i = 0;

	if (eq)
		*eq = '\0';
	while (i < N_PARTS && (!eq || strcmp(parts[i].name, text) != 0))
		i++;
	if (i == N_PARTS)
		return no_such(text, err);
	if (parts[i].parse(key, eq + 1, &why) < 0)
		return tc_fail(err, why.code, "%s=: %s", text, why.msg);
	return i;
}

int tc_ao_key_parse(struct tc_ao_key *key, const char *text, struct tc_error *err)
{
	char *copy = strdup(text), *rest = copy, *part;
	unsigned said = 0;
	int rc = 0;

	*key = (struct tc_ao_key){ 0 };
	if (!copy)
		return tc_nomem(err);
	while (rc >= 0 && (part = strsep(&rest, PARTS))) {
		rc = parse_part(key, part, err);
		if (rc >= 0 && said & 1u << rc)
			rc = tc_fail(err, -EINVAL, "%s= is said twice", parts[rc].name);
		else if (rc >= 0)
			said |= 1u << rc;
	}
	free(copy);
	if (rc < 0)
		return rc;
	if (!key->n)
		return tc_fail(err, -EINVAL, "secret= is missing: secret=KEY, or secret=hex:...");
	if (!(said & 1u << RNEXTKEYID))
		key->rnextkeyid = key->keyid;
	return 0;
}

void tc_ao_key_print(const struct tc_ao_key *key, struct tc_buf *out)
{
	tc_buf_text(out, "secret=hex:");
	tc_hex_encode(out, key->secret, key->n);
	tc_buf_printf(out, ";keyid=%u;rnextkeyid=%u;alg=%s;options=%s", key->keyid,
		      key->rnextkeyid, algs[key->alg], coverages[key->bare]);
}
