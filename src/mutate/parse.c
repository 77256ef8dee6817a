/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules of the surgery, from text; see tcpcraft/mutate.h for the language. */
#include "own.h"

#include "base/array.h"
#include "base/name.h"
#include "wire/digest.h"
#include "wire/family.h"

#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WORD_MAX 64
#define NUMBER_MAX 100000000u

static const struct {
	const char *name;
	enum selector sel;
	bool counted;
} selectors[] = {
	{ "syn", SEL_SYN, false }, { "ack", SEL_ACK, false }, { "acks", SEL_ACKS, false },
	{ "data", SEL_DATA, true }, { "fin", SEL_FIN, false }, { "rst", SEL_RST, false }, { "seg", SEL_SEG, true },
	{ "any", SEL_ANY, false },
};

enum arg { ARG_NONE, ARG_NUMBER, ARG_MAYBE, ARG_HEX, ARG_RANGE };

static const struct {
	const char *name;
	enum action_kind kind;
	enum arg arg;
	uint64_t least, most;
	const char *usage;
} words[] = {
#define WORD(kind, name, arg, least, most, usage, act, fragments) \
	{ name, ACT_##kind, ARG_##arg, least, most, usage },
	MUTATORS(WORD)
#undef WORD
};

struct parser {
	const char *text;		/* the whole rule */
	bool actions;			/* … or what stands behind its ':' */
	const char *at;
	const struct tc_header *payload;	/* above TCP */
	struct tc_error *err;
};

/* The place is said of a rule, not of actions alone: who writes those sees them. */
static int wrong(const struct parser *p, const char *where, const char *why, const char *what)
{
	const char *quote = what && *what ? "'" : "";
	struct tc_error line;

	tc_fail(&line, -EINVAL, "%s%s%s%s%s", why, what ? " " : "", quote,
		what && !*what ? "the end" : what ? what : "", quote);
	if (p->actions)
		return tc_fail(p->err, -EINVAL, "%s", line.msg);
	return tc_fail(p->err, -EINVAL, "--mutate '%s': character %d: %s", p->text,
		       (int)(where - p->text) + 1, line.msg);
}

static void skip_blanks(struct parser *p)
{
	while (isspace((unsigned char)*p->at))
		p->at++;
}

/* Letters, digits and what else `more` allows, behind blanks; empty when something else is
 * there. Returns where it begins. */
static const char *word(struct parser *p, const char *more, char out[WORD_MAX])
{
	const char *from;
	size_t n = 0;

	skip_blanks(p);
	from = p->at;
	while ((isalnum((unsigned char)p->at[n]) || (p->at[n] && strchr(more, p->at[n]))) &&
	       n < WORD_MAX - 1)
		n++;
	memcpy(out, p->at, n);
	out[n] = 0;
	p->at += n;
	return from;
}

static int number(struct parser *p, uint64_t least, uint64_t most, const char *usage,
		  uint64_t *out)
{
	char text[WORD_MAX], *end;
	const char *where = word(p, "", text);

	errno = 0;
	*out = strtoull(text, &end, strncasecmp(text, "0x", 2) == 0 ? 16 : 10);
	if (!isdigit((unsigned char)text[0]) || *end || errno || *out < least || *out > most)
		return wrong(p, where, "expected a number:", usage);
	return 0;
}

static int parse_state(struct parser *p, struct rule *r)
{
	char text[WORD_MAX];
	const char *where = word(p, "-_", text);

	for (int s = TC_ST_CLOSED; s <= TC_ST_TIME_WAIT; s++)
		if (strcasecmp(text, tc_state_name((enum tc_state)s)) == 0) {
			r->state = s;
			return 0;
		}
	return wrong(p, where, "none of LISTEN, SYN-SENT, SYN-RECEIVED, ESTABLISHED, FIN-WAIT-1, "
		     "FIN-WAIT-2, CLOSE-WAIT, CLOSING, LAST-ACK, TIME-WAIT, CLOSED:",
		     text);
}

static int parse_nth(struct parser *p, struct rule *r, bool counted)
{
	const char *where = p->at;
	uint64_t n = 0;
	int rc;

	if (*p->at != '[')
		return 0;
	if (!counted)
		return wrong(p, where, "only data[N] and seg[N] are counted", NULL);
	p->at++;
	rc = number(p, 1, NUMBER_MAX, "[N] counts from 1", &n);
	if (rc < 0)
		return rc;
	r->nth = (unsigned)n;
	return *p->at++ == ']' ? 0 : wrong(p, p->at - 1, "']' is missing", NULL);
}

static int parse_selector(struct parser *p, struct rule *r)
{
	char text[WORD_MAX];
	const char *where = word(p, "", text);

	for (size_t i = 0; i < sizeof selectors / sizeof *selectors; i++)
		if (strcmp(text, selectors[i].name) == 0) {
			r->sel = selectors[i].sel;
			return parse_nth(p, r, selectors[i].counted);
		}
	return wrong(p, where, "none of syn, ack, acks, data[N], fin, rst, seg[N], any:", text);
}

static int parse_condition(struct parser *p, struct rule *r)
{
	const char *where = p->at;
	uint64_t n = 0;
	char text[WORD_MAX];
	int rc;

	word(p, "+", text);
	if (strcmp(text, "where") == 0)
		return parse_state(p, r);
	if (strcmp(text, "every") == 0) {
		rc = number(p, 1, NUMBER_MAX, "every K, 1 or more", &n);
		r->every = (unsigned)n;
		return rc;
	}
	if (strcmp(text, "+retx") != 0)
		return wrong(p, where, "':' or one of where STATE, every K, +retx is needed, "
			     "not", *text ? text : p->at);
	r->retx = true;
	return 0;
}

/* Does the field take it? Tried on a packet that has all layers. */
static int try_value(const struct action *a, struct tc_error *why)
{
	const bool v6 = a->ref.hdr == tc_header_get(TC_HDR_IPV6) ||
			tc_header_is_extension(a->ref.hdr);
	const enum tc_header_id ids[] = { TC_HDR_ETH, v6 ? TC_HDR_IPV6 : TC_HDR_IP, TC_HDR_TCP };
	struct tc_packet p = { 0 };
	int rc = 0;

	for (size_t i = 0; i < sizeof ids / sizeof *ids && rc >= 0; i++)
		rc = tc_packet_push(&p, tc_header_get(ids[i]), why);
	if (rc >= 0 && tc_packet_layer(&p, a->ref.hdr, 0) < 0)
		rc = tc_packet_push(&p, a->ref.hdr, why);
	if (rc >= 0)
		rc = tc_packet_set_text(&p, a->ref.field->name, a->text, a->ref.hdr, why);
	tc_packet_free(&p);
	return rc;
}

/* What ends an action, with blanks before it left out. */
static size_t value_length(const char *at)
{
	size_t n = strcspn(at, ";");

	while (n && isspace((unsigned char)at[n - 1]))
		n--;
	return n;
}

/* +=N and ^=MASK; -N is N below. */
static int parse_operand(struct parser *p, struct action *a, const char *where)
{
	bool minus = a->text[0] == '-';
	const char *digits = a->text + minus;
	char *end;

	errno = 0;
	a->n = strtoull(digits, &end, strncasecmp(digits, "0x", 2) == 0 ? 16 : 10);
	if (!isdigit((unsigned char)*digits) || *end || errno || (minus && a->kind == ACT_XOR))
		return wrong(p, where, a->kind == ACT_XOR ? "^= takes bits as a number, 0x10 or "
			     "16, not" : "+= takes a number, 5, 0x10 or -1, not", a->text);
	if (a->ref.field->bits == 0)
		return wrong(p, where, "only = is for a field of variable length:",
			     a->ref.field->name);
	if (minus)
		a->n = -a->n;
	return 0;
}

static int is_settable(const struct parser *p, const struct action *a, const char *where)
{
	const struct tc_header *h = a->ref.hdr;

	if (h == tc_header_get(TC_HDR_ETH) || tc_family_of(h) || h == tc_header_get(TC_HDR_TCP) ||
	    h == p->payload || tc_header_is_extension(h))
		return 0;
	return wrong(p, where, "a segment has the layers eth, ip or ipv6, tcp and what TCP "
		     "carries, not", h->name);
}

/* A digest is set, and nothing else. */
static int parse_digest(struct parser *p, struct action *a)
{
	struct tc_error why;
	size_t n;

	if (*p->at != '=')
		return wrong(p, p->at, "only = is for a field of variable length:",
			     a->digest->field.name);
	a->kind = ACT_DIGEST;
	p->at++;
	skip_blanks(p);
	n = value_length(p->at);
	if (tc_digest_parse(a->digest, p->at, n, &a->bytes, &why) < 0)
		return wrong(p, p->at, why.msg, NULL);
	p->at += n;
	return 0;
}

static int parse_field(struct parser *p, struct action *a, const char *name,
		       const char *where)
{
	struct tc_error why;
	size_t n;
	int rc;

	a->kind = *p->at == '+' ? ACT_ADD : *p->at == '^' ? ACT_XOR : ACT_SET;
	p->at += a->kind == ACT_SET ? 1 : 2;
	skip_blanks(p);
	n = value_length(p->at);
	a->text = strndup(p->at, n);
	if (!a->text)
		return tc_nomem(p->err);
	if (tc_field_find(&a->ref, name, p->payload, &why) < 0)
		return wrong(p, where, why.msg, NULL);
	rc = is_settable(p, a, where);
	if (rc == 0 && a->kind != ACT_SET)
		rc = parse_operand(p, a, p->at);
	else if (rc == 0 && try_value(a, &why) < 0)
		rc = wrong(p, p->at, why.msg, NULL);
	p->at += n;
	return rc < 0 ? rc : 0;
}

static int parse_hex(struct parser *p, struct action *a)
{
	size_t n;
	struct tc_error why;

	skip_blanks(p);
	n = value_length(p->at);
	if (tc_hex_decode(&a->bytes, p->at, n, &why) < 0)
		return wrong(p, p->at, why.msg, NULL);
	if (a->bytes.len == 0 || a->bytes.len > 65535)
		return wrong(p, p->at, "1 to 65535 bytes as hex digits are needed", NULL);
	p->at += n;
	return 0;
}

static int parse_old_new(struct parser *p, struct action *a)
{
	char text[WORD_MAX];
	const char *where = word(p, "", text);

	a->fresh = strcmp(text, "new") == 0;
	if (*text && !a->fresh && strcmp(text, "old") != 0)
		return wrong(p, where, "neither old nor new:", text);
	return 0;
}

static int parse_range(struct parser *p, struct action *a, uint64_t most, const char *usage)
{
	int rc = number(p, 0, most, usage, &a->n);

	if (rc < 0)
		return rc;
	if (*p->at != ':')
		return wrong(p, p->at, usage, NULL);
	p->at++;
	return number(p, a->n + 1, most, usage, &a->to);
}

static int unknown_word(const struct parser *p, const char *where, const char *name)
{
	char all[200] = "", why[256];

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		tc_name_add(all, sizeof all, words[i].name, "");
	snprintf(why, sizeof why, "neither FIELD=VALUE nor one of %s:", all);
	return wrong(p, where, why, name);
}

static int parse_word(struct parser *p, struct action *a, const char *name, const char *where)
{
	size_t i = 0;
	int rc = 0;

	while (i < sizeof words / sizeof *words && strcmp(name, words[i].name) != 0)
		i++;
	if (strchr(name, '.'))
		return wrong(p, p->at, "=VALUE, +=N or ^=MASK is needed behind", name);
	if (i == sizeof words / sizeof *words)
		return unknown_word(p, where, name);
	a->kind = words[i].kind;
	skip_blanks(p);
	if (words[i].arg == ARG_HEX)
		return parse_hex(p, a);
	a->n = 1;
	if (words[i].arg == ARG_NUMBER ||
	    (words[i].arg == ARG_MAYBE && isdigit((unsigned char)*p->at)))
		rc = number(p, words[i].least, words[i].most, words[i].usage, &a->n);
	if (words[i].arg == ARG_RANGE)
		rc = parse_range(p, a, words[i].most, words[i].usage);
	if (rc == 0 && a->kind == ACT_FRAGMENT && a->n % 8)
		rc = wrong(p, where, "fragments are multiples of 8 bytes (RFC 791 3.2)", NULL);
	if (rc == 0 && a->kind == ACT_OVERLAP)
		rc = parse_old_new(p, a);
	return rc;
}

static int parse_action(struct parser *p, struct rule *r)
{
	struct action *a = TC_ARRAY_ADD(r->actions, r->n_actions);
	char name[WORD_MAX];
	const char *where;
	int rc;

	if (!a)
		return tc_nomem(p->err);
	where = word(p, "._", name);
	skip_blanks(p);
	a->digest = tc_digest_named(name);
	if (*p->at == '=' || ((*p->at == '+' || *p->at == '^') && p->at[1] == '='))
		rc = a->digest ? parse_digest(p, a) : parse_field(p, a, name, where);
	else
		rc = parse_word(p, a, name, where);
	if (rc < 0)
		return rc;
	skip_blanks(p);
	if (*p->at && *p->at != ';')
		return wrong(p, p->at, "';' or the end is needed, not", p->at);
	return 0;
}

static int parse_actions(struct parser *p, struct rule *r)
{
	int rc = parse_action(p, r);

	while (rc == 0 && *p->at == ';') {
		p->at++;
		rc = parse_action(p, r);
	}
	return rc;
}

int tc_rule_parse(struct rule *r, const char *text, const struct tc_header *payload,
		  struct tc_error *err)
{
	const char *rule = tc_preset_rule(text);
	struct parser p = { rule, false, rule,
			    payload ? payload : tc_header_get(TC_HDR_PROT), err };
	int rc;

	*r = (struct rule){ .state = -1, .every = 1 };
	rc = parse_selector(&p, r);
	for (skip_blanks(&p); rc == 0 && *p.at != ':'; skip_blanks(&p))
		rc = parse_condition(&p, r);
	if (rc < 0)
		return rc;
	p.at++;
	return parse_actions(&p, r);
}

int tc_rule_parse_actions(struct rule *r, const char *text, const struct tc_header *payload,
			  struct tc_error *err)
{
	struct parser p = { text, true, text,
			    payload ? payload : tc_header_get(TC_HDR_PROT), err };

	*r = (struct rule){ .sel = SEL_ANY, .state = -1, .every = 1, .retx = true };
	return parse_actions(&p, r);
}

void tc_rule_free(struct rule *r)
{
	for (size_t i = 0; i < r->n_actions; i++) {
		free(r->actions[i].text);
		tc_buf_free(&r->actions[i].bytes);
	}
	free(r->actions);
}
