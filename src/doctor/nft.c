/* SPDX-License-Identifier: BSD-2-Clause */
/* What `nft -j list ruleset` prints (libnftables-json(5)), judged as rules.c says. Other
 * programs wrote the rules, so nothing is taken for granted but that it is JSON. */
#include "model.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char *text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}

/* Does the word stand in it as a value of its own, and not as a chain's name? */
static bool has_text(json_t *v, const char *word)
{
	const char *key;
	json_t *part;
	size_t i;
	bool has = json_is_string(v) && strcmp(json_string_value(v), word) == 0;

	json_array_foreach(v, i, part)
		has |= has_text(part, word);
	json_object_foreach(v, key, part)
		has |= strcmp(key, "target") != 0 && has_text(part, word);
	return has;
}

/* ---- a rule in nft's own words ------------------------------------------------- */

static void put_value(struct tc_buf *out, json_t *v);

static void put_list(struct tc_buf *out, json_t *list, const char *between)
{
	json_t *part;
	size_t i;

	json_array_foreach(list, i, part) {
		tc_buf_text(out, i ? between : "");
		put_value(out, part);
	}
}

static void put_word(struct tc_buf *out, const char *word)
{
	for (; *word; word++)
		tc_buf_add_u8(out, iscntrl((unsigned char)*word) ? '?' : (uint8_t)*word);
}

/* What a match looks at, and with what it compares. */
static void put_object(struct tc_buf *out, const char *kind, json_t *o)
{
	if (strcmp(kind, "payload") == 0) {
		put_word(out, text_of(o, "protocol"));
		tc_buf_text(out, " ");
		put_word(out, text_of(o, "field"));
	} else if (strcmp(kind, "meta") == 0) {
		put_word(out, text_of(o, "key"));
	} else if (strcmp(kind, "ct") == 0) {
		tc_buf_text(out, "ct ");
		put_word(out, text_of(o, "key"));
	} else if (strcmp(kind, "prefix") == 0) {
		put_word(out, text_of(o, "addr"));
		tc_buf_printf(out, "/%d", (int)json_integer_value(json_object_get(o, "len")));
	} else if (strcmp(kind, "range") == 0) {
		put_list(out, o, "-");
	} else if (strcmp(kind, "set") == 0) {
		tc_buf_text(out, "{ ");
		put_list(out, o, ", ");
		tc_buf_text(out, " }");
	} else {
		tc_buf_text(out, "...");
	}
}

static void put_value(struct tc_buf *out, json_t *v)
{
	void *only = json_object_iter(v);

	if (json_is_string(v))
		put_word(out, json_string_value(v));
	else if (json_is_integer(v))
		tc_buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else if (json_is_array(v))
		put_list(out, v, ",");
	else if (only)
		put_object(out, json_object_iter_key(only), json_object_iter_value(only));
}

static void put_match(struct tc_buf *out, json_t *match)
{
	const char *op = text_of(match, "op");

	put_value(out, json_object_get(match, "left"));
	tc_buf_text(out, " ");
	if (strcmp(op, "==") != 0 && strcmp(op, "in") != 0) {
		put_word(out, op);
		tc_buf_text(out, " ");
	}
	put_value(out, json_object_get(match, "right"));
}

static void put_rule(struct tc_buf *out, json_t *statements)
{
	json_t *statement, *value;
	const char *kind;
	size_t i;

	json_array_foreach(statements, i, statement)
		json_object_foreach(statement, kind, value) {
			tc_buf_text(out, out->len ? " " : "");
			if (strcmp(kind, "match") == 0) {
				put_match(out, value);
				continue;
			}
			if (strcmp(kind, "vmap") == 0) {
				put_value(out, json_object_get(value, "key"));
				tc_buf_text(out, " ");
			}
			put_word(out, kind);
		}
	tc_buf_add_u8(out, '\0');
}

/* ---- what a rule does ----------------------------------------------------------- */

struct reading {
	struct tc_model m;
	struct tc_doctor_rules *out;
	json_t *all;
	bool with_iptables;
};

struct effects {
	bool other, tcp;		/* asks for another protocol; for TCP */
	bool alien;			/* asks for the other family */
	bool lo, other_if;		/* comes in by lo; by another interface */
	bool invalid, accept, drop;
};

/* "lo", "l*", a set that may hold it, a map's [key, verdict]. */
static bool may_be_lo(json_t *v)
{
	const char *name = json_string_value(v), *star = name ? strchr(name, '*') : NULL;
	json_t *part;
	size_t i;
	bool may = json_is_integer(v);

	if (name)
		return name[0] == '@' || strcmp(name, "lo") == 0 ||
		       (star && strncmp(name, "lo", (size_t)(star - name)) == 0);
	if (json_is_object(v))
		v = json_object_get(v, "set");
	json_array_foreach(v, i, part)
		may |= may_be_lo(part);
	return may;
}

/* What a packet must be for the rule: left of a match, or the key of a map, is to be in
 * `right`. */
static void read_condition(const struct reading *r, struct effects *e, json_t *left,
			   json_t *right)
{
	static const char *const others[] = { "udp", "icmp", "icmpv6", "igmp" };
	static const char *const family_words[2][3] = { { "ip", "ipv4" , "icmp" },
							{ "ip6", "ipv6", "icmpv6" } };
	const char *key = text_of(json_object_get(left, "meta"), "key");
	bool lo;

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		e->other |= has_text(left, others[i]) || has_text(right, others[i]);
	for (unsigned i = 0; i < 3; i++) {
		const char *word = family_words[r->out->family != 6][i];

		e->alien |= has_text(left, word) || has_text(right, word);
	}
	e->tcp |= has_text(left, "tcp") || has_text(right, "tcp");
	e->invalid |= has_text(json_object_get(left, "ct"), "state") &&
		      has_text(right, "invalid");
	if (strcmp(key, "iif") != 0 && strcmp(key, "iifname") != 0)
		return;
	lo = may_be_lo(right);
	e->lo |= lo;
	e->other_if |= !lo;
}

static void jump(struct reading *r, const char *target)
{
	struct tc_model_rule *rule = tc_model_rule_new(&r->m, KIND_JUMP, "", 0);

	rule->target = tc_model_chain_of(&r->m, target, strlen(target));
}

/* Verdicts, wherever they stand: in a rule, in a map. */
static void read_verdicts(struct reading *r, struct effects *e, json_t *v)
{
	const char *key;
	json_t *part;
	size_t i;

	json_array_foreach(v, i, part)
		read_verdicts(r, e, part);
	json_object_foreach(v, key, part) {
		e->accept |= strcmp(key, "accept") == 0;
		e->drop |= strcmp(key, "drop") == 0 || strcmp(key, "reject") == 0;
		if (strcmp(key, "jump") == 0 || strcmp(key, "goto") == 0)
			jump(r, text_of(part, "target"));
		else
			read_verdicts(r, e, part);
	}
}

/* The elements of the map that a rule names "@map". */
static json_t *find_map(const struct reading *r, const json_t *rule, const char *name)
{
	json_t *item, *map;
	size_t i;

	json_array_foreach(r->all, i, item) {
		map = json_object_get(item, "map");
		if (map && strcmp(text_of(map, "name"), name) == 0 &&
		    strcmp(text_of(map, "table"), text_of(rule, "table")) == 0 &&
		    strcmp(text_of(map, "family"), text_of(rule, "family")) == 0)
			return json_object_get(map, "elem");
	}
	return NULL;
}

static void read_statement(struct reading *r, struct effects *e, const json_t *rule,
			   json_t *statement)
{
	json_t *match = json_object_get(statement, "match");
	json_t *vmap = json_object_get(statement, "vmap");
	json_t *data = json_object_get(vmap, "data");
	const char *name = text_of(vmap, "data");

	if (name[0] == '@')
		data = find_map(r, rule, name + 1);
	if (vmap)
		read_condition(r, e, json_object_get(vmap, "key"), data);
	else if (match && strcmp(text_of(match, "op"), "!=") != 0)
		/* what holds for all packets but some is taken for all */
		read_condition(r, e, json_object_get(match, "left"),
			       json_object_get(match, "right"));
	if (!match)
		read_verdicts(r, e, vmap ? data : statement);
}

static void read_rule(struct reading *r, json_t *rule)
{
	json_t *statements = json_object_get(rule, "expr"), *statement;
	unsigned n_before = r->m.n_rules;
	struct effects e = { 0 };
	struct tc_buf text = { 0 };
	struct tc_model_rule *drop;
	size_t i;

	r->m.chain = tc_model_chain_of(&r->m, text_of(rule, "chain"),
				       strlen(text_of(rule, "chain")));
	json_array_foreach(statements, i, statement)
		read_statement(r, &e, rule, statement);
	if (e.alien || (e.other && !e.tcp)) {
		r->m.n_rules = n_before;
		return;
	}
	r->out->accepts_lo |= e.lo && e.accept;
	if (!e.drop)
		return;
	put_rule(&text, statements);
	drop = tc_model_rule_new(&r->m, KIND_DROP, text.failed ? "" : (const char *)text.data,
				 text.failed ? 0 : text.len);
	drop->invalid = e.invalid;
	drop->not_lo = e.other_if && !e.lo;
	tc_buf_free(&text);
}

/* ---- chains and tables ---------------------------------------------------------- */

static void read_chain(struct reading *r, const json_t *chain)
{
	static const struct { const char *hook; unsigned ways; } hooks[] = {
		{ "output", WAY_OUT }, { "postrouting", WAY_OUT }, { "egress", WAY_OUT },
		{ "input", WAY_IN }, { "prerouting", WAY_IN }, { "ingress", WAY_IN },
	};
	const char *name = text_of(chain, "name");
	char text[TC_MODEL_NAME_MAX + 16];
	struct tc_model_chain *c;

	tc_model_note_manager(r->out, name);
	r->m.chain = tc_model_chain_of(&r->m, name, strlen(name));
	c = &r->m.chains[r->m.chain];
	for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++)
		if (strcmp(text_of(chain, "hook"), hooks[i].hook) == 0)
			c->ways |= hooks[i].ways;
	if (strcmp(text_of(chain, "policy"), "drop") == 0) {
		snprintf(text, sizeof text, "%s policy drop", c->name);
		tc_model_rule_new(&r->m, KIND_DROP, text, strlen(text));
	}
}

/* Is the table one that may concern us? */
static bool is_wanted(const struct reading *r, const char *family, const char *name)
{
	static const char *const kept[] = { "filter", "nat", "mangle", "raw", "security" };

	const char *ours = r->out->family == 6 ? "ip6" : "ip";
	bool shared = strcmp(family, "inet") == 0 || strcmp(family, "netdev") == 0;

	if (!shared && strcmp(family, ours) != 0)
		return false;
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (r->with_iptables && !shared && strcmp(name, kept[i]) == 0)
			return false;
	return strncmp(name, "tcpcraft_", strlen("tcpcraft_")) != 0;
}

static void read_item(struct reading *r, const json_t *item)
{
	json_t *table = json_object_get(item, "table"), *chain = json_object_get(item, "chain"),
	       *rule = json_object_get(item, "rule"), *of = chain ? chain : rule;

	if (table)
		tc_model_note_manager(r->out, text_of(table, "name"));
	if (!of || !is_wanted(r, text_of(of, "family"), text_of(of, "table")))
		return;
	snprintf(r->m.table, sizeof r->m.table, "%.15s %.63s", text_of(of, "family"),
		 text_of(of, "table"));
	if (chain)
		read_chain(r, chain);
	else
		read_rule(r, rule);
}

void tc_doctor_read_nft(struct tc_doctor_rules *out, const char *text, bool with_iptables)
{
	json_t *root = json_loads(text, 0, NULL), *item;
	struct reading r = { .out = out, .all = json_object_get(root, "nftables"),
			     .with_iptables = with_iptables };
	size_t i;

	if (tc_model_new(&r.m)) {
		json_array_foreach(r.all, i, item)
			read_item(&r, item);
		tc_model_judge(&r.m, out);
	}
	tc_model_free(&r.m);
	json_decref(root);
}
