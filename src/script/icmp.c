/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP errors of a script: "icmp unreachable frag_needed mtu 1300 [1:1461(1460)]"; what is
 * quoted may also stand first. Names of RFC 792, RFC 1812 5.2.7.1 and RFC 4443, each of which
 * means what the family of the run has for it, or numbers, which are ICMP's, but ICMPv6's
 * behind --ip_version=ipv6. */
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
	int64_t v = 0;
	int rc = tc_sc_number_to(c, 255, what, &v);

	*out = (uint8_t)v;
	return rc;
}

static void set_type(struct tc_script_icmp_code *of, unsigned six, const char *word)
{
	const struct tc_sym *s = six ? tc_syms_icmpv6 : tc_syms_icmp;

	for (; s->name && !of->known; s++)
		if (is_type(word, s) && (!six || tc_icmp_quotes(6, (uint8_t)s->value)))
			*of = (struct tc_script_icmp_code){ true, (uint8_t)s->value, 0 };
}

/* What this name means in this family, if it does. */
static void set_named(struct tc_script_icmp_code *of, unsigned six, const char *name)
{
	const struct tc_icmp_row *row = tc_icmp_named(six ? 6 : 4, name);

	*of = (struct tc_script_icmp_code){ 0 };
	if (row)
		*of = (struct tc_script_icmp_code){ true, row->type, row->code };
}

/* A number is of one family; the other has the type if it has one of that name. */
static int read_type_number(struct script_cursor *c, struct tc_script_icmp *icmp)
{
	struct tc_script_icmp_code *home = &icmp->of[icmp->six];
	const char *name;
	int rc = read_number(c, "ICMP type", &home->type);

	home->known = true;
	name = tc_sc_icmp_type_name(icmp->six ? 6 : 4, home->type);
	if (name)
		set_type(&icmp->of[!icmp->six], !icmp->six, name);
	return rc;
}

/* 1: it says the code as well. */
static int read_type(struct script_cursor *c, struct tc_script_icmp *icmp)
{
	const char *at, *word;
	bool big;

	if (tc_sc_is_digit(c))
		return read_type_number(c, icmp);
	at = c->at;
	word = tc_sc_word(c, false, "a type, such as unreachable or 3");
	if (!word)
		return c->err->code;
	big = strcmp(word, "packet_too_big") == 0 || strcmp(word, "too_big") == 0;
	for (unsigned six = 0; six < 2; six++)
		if (big)
			set_named(&icmp->of[six], six, "packet_too_big");
		else
			set_type(&icmp->of[six], six, word);
	if (icmp->of[icmp->six].known || (icmp->of[1].known && !icmp->six))
		return big;
	return tc_sc_fail_at(c, at,
			     "no ICMP type '%s': unreachable packet_too_big time_exceeded "
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

static int read_code_number(struct script_cursor *c, struct tc_script_icmp *icmp)
{
	struct tc_script_icmp_code *home = &icmp->of[icmp->six];
	const char *name;
	int rc;

	if (!home->known)
		home = &icmp->of[!icmp->six];
	rc = read_number(c, "ICMP code", &home->code);
	name = tc_sc_icmp_code_name(home == icmp->of ? 4 : 6, home->type, home->code);
	if (home->code && name)
		set_named(&icmp->of[home == icmp->of], home == icmp->of, name);
	else if (home->code)
		icmp->of[home == icmp->of].known = false;
	return rc;
}

/* The word of a code of this type, in either family, sets both. */
static bool accept_code(struct script_cursor *c, struct tc_script_icmp *icmp, unsigned six)
{
	const struct tc_script_icmp_code of = icmp->of[six];
	const struct tc_icmp_row *row = NULL;

	while (of.known && (row = tc_icmp_next(six ? 6 : 4, of.type, row)) != NULL) {
		if (!row->name || !tc_sc_accept(c, row->name))
			continue;
		set_named(&icmp->of[0], 0, row->name);
		set_named(&icmp->of[1], 1, row->name);
		return true;
	}
	return false;
}

static int read_code(struct script_cursor *c, struct tc_script_icmp *icmp)
{
	if (is_number_here(c))		/* or what it quotes: 1:1461(1460) */
		return c->at[strspn(c->at, "0123456789")] == ':' ? 0 :
		       read_code_number(c, icmp);
	if (!accept_code(c, icmp, icmp->six))
		accept_code(c, icmp, !icmp->six);
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
	const char *version = tc_script_switch_value(c->s, "ip_version");
	int rc = tc_sc_is(c, "[") ? read_quoted(c, icmp) : 0;

	icmp->six = version && strcmp(version, "ipv6") == 0;
	if (rc >= 0)
		rc = tc_sc_expect(c, "icmp", "icmp");
	if (rc >= 0)
		rc = read_type(c, icmp);
	if (rc == 0)
		rc = read_code(c, icmp);
	if (rc >= 0 && tc_sc_accept(c, "mtu"))
		rc = tc_sc_expr(c, &icmp->mtu);
	if (rc >= 0 && !icmp->start && (is_number_here(c) || tc_sc_is(c, "[")))
		rc = read_quoted(c, icmp);
	return rc < 0 ? rc : 0;
}

const char *tc_sc_icmp_type_name(uint8_t family, uint8_t type)
{
	static const struct { uint8_t family, type; const char *name; } names[] = {
		{ 4, TC_ICMP_UNREACHABLE, "unreachable" },
		{ 4, TC_ICMP_EXCEEDED, "time_exceeded" },
		{ 4, TC_ICMP_PARAMETER, "parameter_problem" },
		{ 6, TC_ICMPV6_UNREACHABLE, "unreachable" },
		{ 6, TC_ICMPV6_EXCEEDED, "time_exceeded" },
		{ 6, TC_ICMPV6_PARAMETER, "parameter_problem" },
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].family == family && names[i].type == type)
			return names[i].name;
	return NULL;
}

const char *tc_sc_icmp_code_name(uint8_t family, uint8_t type, uint8_t code)
{
	const struct tc_icmp_row *row = tc_icmp_find(family, type, code);

	return row ? row->name : NULL;
}
