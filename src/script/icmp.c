/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP errors of a script: "icmp unreachable frag_needed mtu 1300 [1:1461(1460)]"; what is
 * quoted may also stand first. Names of RFC 792 and RFC 1812 5.2.7.1, or numbers. */
#include "own.h"

#include "wire/icmp.h"

#include <tcpcraft/field.h>

#include <ctype.h>

/* The field table's name with _ for -, as words are here. */
static bool is_type(const char *word, const struct tc_sym *sym)
{
	size_t i = 0;

	for (; word[i] && sym->name[i]; i++)
		if (word[i] != (sym->name[i] == '-' ? '_' : sym->name[i]))
			return false;
	return word[i] == sym->name[i];
}

static int read_number(struct script_cursor *c, const char *what, uint8_t *out)
{
	const char *at = c->at;
	int64_t v = 0;
	int rc = tc_sc_number(c, &v, NULL);

	if (rc >= 0 && v > 255)
		return tc_sc_fail_at(c, at, "%s %lld: at most 255", what, (long long)v);
	*out = (uint8_t)v;
	return rc;
}

static int read_type(struct script_cursor *c, uint8_t *type)
{
	const char *at, *word;

	if (tc_sc_is_digit(c))
		return read_number(c, "ICMP type", type);
	at = c->at;
	word = tc_sc_word(c, false, "a type, such as unreachable or 3");
	if (!word)
		return c->err->code;
	for (const struct tc_sym *s = tc_syms_icmp; s->name; s++)
		if (is_type(word, s)) {
			*type = (uint8_t)s->value;
			return 0;
		}
	return tc_sc_fail_at(c, at,
			     "no ICMP type '%s': unreachable time_exceeded "
			     "parameter_problem source_quench redirect, or a number",
			     word);
}

/* A number on this line: the next one may begin with a time. */
static bool is_number_here(struct script_cursor *c)
{
	while (*c->at == ' ' || *c->at == '\t')
		c->at++;
	return isdigit((unsigned char)*c->at);
}

static int read_code(struct script_cursor *c, struct tc_script_icmp *icmp)
{
	const struct tc_icmp_row *row = NULL;

	if (is_number_here(c))		/* or what it quotes: 1:1461(1460) */
		return c->at[strspn(c->at, "0123456789")] == ':' ? 0 :
		       read_number(c, "ICMP code", &icmp->code);
	while ((row = tc_icmp_next(4, icmp->type, row)) != NULL)
		if (row->name && tc_sc_accept(c, row->name)) {
			icmp->code = row->code;
			break;
		}
	return 0;
}

static int read_quoted(struct script_cursor *c, struct tc_script_icmp *icmp)
{
	bool brackets = tc_sc_accept(c, "[");
	int rc = tc_sc_span(c, &icmp->start, &icmp->end, &icmp->len);

	return rc >= 0 && brackets ? tc_sc_expect(c, "]", "']'") : rc;
}

int tc_sc_icmp(struct script_cursor *c, struct tc_script_icmp *icmp)
{
	int rc = tc_sc_is(c, "[") ? read_quoted(c, icmp) : 0;

	if (rc >= 0)
		rc = tc_sc_expect(c, "icmp", "icmp");
	if (rc >= 0)
		rc = read_type(c, &icmp->type);
	if (rc >= 0)
		rc = read_code(c, icmp);
	if (rc >= 0 && tc_sc_accept(c, "mtu"))
		rc = tc_sc_expr(c, &icmp->mtu);
	if (rc >= 0 && !icmp->start && (is_number_here(c) || tc_sc_is(c, "[")))
		rc = read_quoted(c, icmp);
	return rc;
}

const char *tc_sc_icmp_type_name(uint8_t type)
{
	return type == TC_ICMP_UNREACHABLE ? "unreachable" :
	       type == TC_ICMP_EXCEEDED ? "time_exceeded" : NULL;
}

const char *tc_sc_icmp_code_name(uint8_t type, uint8_t code)
{
	const struct tc_icmp_row *row = tc_icmp_find(4, type, code);

	return row ? row->name : NULL;
}
