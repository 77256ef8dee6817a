/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP errors of a script: "icmp unreachable frag_needed mtu 1300 [1:1461(1460)]"; what is
 * quoted may also stand first. Names of RFC 792 and RFC 1812 5.2.7.1, or numbers. */
#include "own.h"

#include <tcpcraft/field.h>

#include <ctype.h>

static const struct {
	uint8_t type, code;
	const char *name;
} codes[] = {
	{ 3, 0, "net_unreachable" }, { 3, 1, "host_unreachable" },
	{ 3, 2, "protocol_unreachable" }, { 3, 3, "port_unreachable" },
	{ 3, 4, "frag_needed" }, { 3, 5, "source_route_failed" },
	{ 3, 6, "net_unknown" }, { 3, 7, "host_unknown" }, { 3, 8, "source_host_isolated" },
	{ 3, 9, "net_prohibited" }, { 3, 10, "host_prohibited" },
	{ 3, 11, "net_unreachable_for_tos" }, { 3, 12, "host_unreachable_for_tos" },
	{ 3, 13, "packet_filtered" }, { 3, 14, "precedence_violation" },
	{ 3, 15, "precedence_cutoff" },
	{ 11, 0, "ttl_exceeded" }, { 11, 1, "reassembly_time_exceeded" },
};
#define N_CODES (sizeof codes / sizeof *codes)

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
		return -1;
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
	if (is_number_here(c))		/* or what it quotes: 1:1461(1460) */
		return c->at[strspn(c->at, "0123456789")] == ':' ? 0 :
		       read_number(c, "ICMP code", &icmp->code);
	for (size_t i = 0; i < N_CODES; i++)
		if (codes[i].type == icmp->type && tc_sc_accept(c, codes[i].name)) {
			icmp->code = codes[i].code;
			return 0;
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
	return type == 3 ? "unreachable" : type == 11 ? "time_exceeded" : NULL;
}

const char *tc_sc_icmp_code_name(uint8_t type, uint8_t code)
{
	for (size_t i = 0; i < N_CODES; i++)
		if (codes[i].type == type && codes[i].code == code)
			return codes[i].name;
	return NULL;
}
