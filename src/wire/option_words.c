/* SPDX-License-Identifier: BSD-2-Clause */
/* The words, numbers and bytes of an option's text; see option_words.h. */
#include "option_words.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int tc_opt_refuse(const struct tc_opt_element *el, const char *why)
{
	int len = (int)(el->end - el->text > 60 ? 60 : el->end - el->text);

	return tc_fail(el->err, -EINVAL, "option '%.*s': %s", len, el->text, why);
}

int tc_opt_refuse_form(const struct tc_opt_element *el)
{
	char why[100];

	snprintf(why, sizeof why, "write '%s'", el->form);
	return tc_opt_refuse(el, why);
}

void tc_opt_pass(struct tc_opt_element *el, const char *gaps)
{
	while (el->at < el->end && strchr(gaps, *el->at))
		el->at++;
}

bool tc_opt_pass_word(struct tc_opt_element *el, const char *word)
{
	size_t n = strlen(word);

	tc_opt_pass(el, " \t");
	if ((size_t)(el->end - el->at) < n || strncasecmp(el->at, word, n) != 0)
		return false;
	el->at += n;
	return true;
}

int tc_opt_number64(struct tc_opt_element *el, uint64_t min, uint64_t max, uint64_t *value)
{
	bool hex = tc_opt_pass_word(el, "0x");
	unsigned long long v;
	char *end, why[60];

	tc_opt_pass(el, " \t");
	if (el->at == el->end || !(hex ? isxdigit : isdigit)((unsigned char)*el->at))
		return tc_opt_refuse_form(el);
	errno = 0;
	v = strtoull(el->at, &end, hex ? 16 : 10);
	if (errno || v < min || v > max) {
		snprintf(why, sizeof why, "%" PRIu64 " to %" PRIu64, min, max);
		return tc_opt_refuse(el, why);
	}
	el->at = end;
	*value = v;
	return 0;
}

int tc_opt_number(struct tc_opt_element *el, uint32_t min, uint32_t max, uint32_t *value)
{
	uint64_t v;
	int rc = tc_opt_number64(el, min, max, &v);

	if (rc == 0)
		*value = (uint32_t)v;
	return rc;
}

int tc_opt_hex(struct tc_buf *out, struct tc_opt_element *el)
{
	struct tc_error why;

	tc_opt_pass(el, " \t");
	if (tc_hex_decode(out, el->at, (size_t)(el->end - el->at), &why) < 0)
		return tc_opt_refuse(el, why.msg);
	el->at = el->end;
	return 0;
}
