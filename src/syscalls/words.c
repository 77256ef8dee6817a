/* SPDX-License-Identifier: BSD-2-Clause */
/* The words and numbers that arguments of calls are written with. */
#include "own.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static bool find(const struct tc_call_word *in, const char *name, long *value)
{
	for (; in->name; in++)
		if (strcmp(in->name, name) == 0) {
			*value = in->value;
			return true;
		}
	return false;
}

bool tc_call_word(const char *name, long *value)
{
	*value = 0;
	return strcmp(name, "NULL") == 0 || find(tc_call_words, name, value) ||
	       find(tc_call_errors, name, value);
}

bool tc_call_errno_value(const char *name, int *value)
{
	long v;
	bool known = find(tc_call_errors, name, &v);

	*value = known ? (int)v : 0;
	return known;
}

const char *tc_call_errno(int code)
{
	for (const struct tc_call_word *w = tc_call_errors; w->name; w++)
		if (w->value == code)
			return w->name;
	return "errno";
}

/* ---- numbers ---------------------------------------------------------------------- */

static bool is_address6(const struct tc_script_arg *a)
{
	return a->kind == TC_ARG_APPLY && strcmp(a->text, "inet_pton") == 0;
}

int tc_call_address6(const struct tc_script *s, const struct tc_script_arg *a,
		     uint8_t bytes[16], struct tc_error *err)
{
	const struct tc_script_arg *of = is_address6(a) ? a->items : NULL;

	if (of && of->kind == TC_ARG_WORD && strcmp(of->text, "AF_INET6") == 0)
		of = of->next;
	if (!of || of->kind != TC_ARG_STRING || of->next)
		return tc_script_fail(s, a->line, a->column, err, -EOPNOTSUPP,
				      "an IPv6 address is inet_pton(\"2001:db8::1\")");
	if (inet_pton(AF_INET6, of->text, bytes) != 1)
		return tc_script_fail(s, of->line, of->column, err, -EOPNOTSUPP,
				      "\"%s\" is not an IPv6 address", of->text);
	return 0;
}

static int apply(const struct tc_script *s, const struct tc_script_arg *a, long *v,
		 struct tc_error *err)
{
	const struct tc_script_arg *of = a->items;
	struct in_addr in;
	int rc;

	if (strcmp(a->text, "inet_addr") == 0 && of && of->kind == TC_ARG_STRING) {
		if (inet_pton(AF_INET, of->text, &in) != 1)
			return tc_script_fail(s, of->line, of->column, err, -EOPNOTSUPP,
					      "\"%s\" is not an IPv4 address", of->text);
		*v = (long)in.s_addr;
		return 0;
	}
	rc = of ? tc_call_number(s, of, v, err) : 0;
	if (rc < 0)
		return rc;
	if (of && (strcmp(a->text, "htons") == 0 || strcmp(a->text, "ntohs") == 0))
		*v = (long)htons((uint16_t)*v);
	else if (of && (strcmp(a->text, "htonl") == 0 || strcmp(a->text, "ntohl") == 0))
		*v = (long)htonl((uint32_t)*v);
	else
		return tc_script_fail(s, a->line, a->column, err, -EOPNOTSUPP, "%s() is not "
				      "known: htons, htonl, ntohs, ntohl, inet_addr are",
				      a->text);
	return 0;
}

static int either(const struct tc_script *s, const struct tc_script_arg *a, long *v,
		  struct tc_error *err)
{
	long each;
	int rc = 0;

	*v = 0;
	for (const struct tc_script_arg *of = a->items; of && rc >= 0; of = of->next) {
		rc = tc_call_number(s, of, &each, err);
		*v |= rc < 0 ? 0 : each;
	}
	return rc;
}

int tc_call_number(const struct tc_script *s, const struct tc_script_arg *a, long *v,
		   struct tc_error *err)
{
	int rc;

	switch (a->kind) {
	case TC_ARG_NUMBER:
		*v = (long)a->number;
		return 0;
	case TC_ARG_WORD:
		if (tc_call_word(a->text, v))
			return 0;
		return tc_script_fail(s, a->line, a->column, err, -EOPNOTSUPP,
				      "the word %s is not known", a->text);
	case TC_ARG_APPLY:
		return apply(s, a, v, err);
	case TC_ARG_OR:
		return either(s, a, v, err);
	case TC_ARG_NOT:
	case TC_ARG_NEGATE:
		rc = tc_call_number(s, a->items, v, err);
		*v = a->kind == TC_ARG_NOT ? ~*v : -*v;
		return rc;
	case TC_ARG_ELLIPSIS:
	case TC_ARG_STRING:
	case TC_ARG_LIST:
	case TC_ARG_STRUCT:
		break;
	}
	return tc_script_fail(s, a->line, a->column, err, -EOPNOTSUPP, "expected a number");
}
