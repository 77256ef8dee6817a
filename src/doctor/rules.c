/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules of the packet filter, as far as they may concern us: which of those that drop
 * can be reached by what we send, or by what a server on this host is sent. Read as text,
 * and conservatively: what a rule matches is hardly looked at, so all this says is "may".
 */
#include "own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHAINS_MAX 1024
#define RULES_MAX 16384
#define NAME_MAX_BYTES 96

enum { WAY_OUT = 1, WAY_IN = 2 };	/* by which a packet gets into a chain */
enum kind { KIND_DROP, KIND_JUMP };

struct chain {
	char name[NAME_MAX_BYTES];	/* "table chain" */
	unsigned ways;
};

struct rule {
	unsigned chain, target;		/* target: of a jump */
	enum kind kind;
	bool invalid;			/* conntrack's state is what it looks at */
	bool not_lo;			/* only of another interface than lo */
	char text[120];
};

struct model {
	struct chain *chains;
	struct rule *rules;
	unsigned n_chains, n_rules;
	char table[NAME_MAX_BYTES];	/* being read */
	unsigned chain;
};

static bool model_new(struct model *m)
{
	*m = (struct model){ .chains = calloc(CHAINS_MAX, sizeof(struct chain)),
			     .rules = calloc(RULES_MAX, sizeof(struct rule)) };
	return m->chains && m->rules;
}

static void model_free(struct model *m)
{
	free(m->chains);
	free(m->rules);
}

/* Number of a chain of the table being read; a new one is added. The last takes what does
 * not fit. */
static unsigned chain_of(struct model *m, const char *name, size_t len)
{
	char full[NAME_MAX_BYTES];
	unsigned i = 0;

	snprintf(full, sizeof full, "%.47s %.*s", m->table, (int)(len < 47 ? len : 47), name);
	while (i < m->n_chains && strcmp(m->chains[i].name, full) != 0)
		i++;
	if (i == m->n_chains && i < CHAINS_MAX) {
		memcpy(m->chains[i].name, full, sizeof full);
		m->n_chains++;
	}
	return i < CHAINS_MAX ? i : CHAINS_MAX - 1;
}

static struct rule *new_rule(struct model *m, enum kind kind, const char *text, size_t len)
{
	struct rule *r = &m->rules[m->n_rules < RULES_MAX - 1 ? m->n_rules++ : m->n_rules];

	*r = (struct rule){ .chain = m->chain, .kind = kind };
	snprintf(r->text, sizeof r->text, "%.*s", (int)len, text);
	return r;
}

/* ---- what it comes to ---------------------------------------------------------- */

static void spread(struct model *m)
{
	bool more = true;

	while (more) {
		more = false;
		for (unsigned i = 0; i < m->n_rules; i++) {
			const struct rule *r = &m->rules[i];
			unsigned ways = m->chains[r->chain].ways;

			if (r->kind != KIND_JUMP || !(ways & ~m->chains[r->target].ways))
				continue;
			m->chains[r->target].ways |= ways;
			more = true;
		}
	}
}

static void count(struct tc_doctor_some *s, const struct rule *r)
{
	if (s->n++ == 0)
		memcpy(s->first, r->text, sizeof s->first);
}

static void judge(struct model *m, struct tc_doctor_rules *out)
{
	spread(m);
	for (unsigned i = 0; i < m->n_rules; i++) {
		const struct rule *r = &m->rules[i];
		unsigned ways = m->chains[r->chain].ways;

		if (r->kind != KIND_DROP || ways == 0)
			continue;
		if (r->invalid)
			count(&out->invalid, r);
		else if (ways & WAY_OUT)
			count(&out->out, r);
		else if (!r->not_lo)
			count(&out->in, r);
	}
}

/* ---- both notations ------------------------------------------------------------ */

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static void note_manager(struct tc_doctor_rules *r, const char *name)
{
	static const char *const prefixes[MANAGERS] = {
		[MANAGER_UFW] = "ufw-", [MANAGER_FIREWALLD] = "firewalld",
		[MANAGER_DOCKER] = "DOCKER", [MANAGER_LIBVIRT] = "LIBVIRT_",
		[MANAGER_FAIL2BAN] = "f2b-", [MANAGER_KUBERNETES] = "KUBE-",
	};

	for (unsigned i = 0; i < MANAGERS; i++)
		r->managed[i] |= begins(name, prefixes[i]);
}

/* The value behind a word of a rule, with its length: word " -j " in "-A X -j DROP". */
static const char *behind(const char *line, const char *word, size_t *len)
{
	const char *at = strstr(line, word);

	if (!at)
		return NULL;
	at += strlen(word);
	*len = strcspn(at, " ");
	return at;
}

static bool is_text(const char *s, size_t len, const char *text)
{
	return s && strlen(text) == len && memcmp(s, text, len) == 0;
}

/* One line after the other, without its end. The text is changed. */
static char *next_line(char **rest)
{
	char *line = *rest, *end;

	if (!line || !*line)
		return NULL;
	end = strchr(line, '\n');
	*rest = end ? end + 1 : NULL;
	if (end)
		*end = '\0';
	return line + strspn(line, " \t");
}

/* ---- iptables-save ------------------------------------------------------------- */

static unsigned builtin_ways(const char *name, size_t len)
{
	if (is_text(name, len, "OUTPUT") || is_text(name, len, "POSTROUTING"))
		return WAY_OUT;
	if (is_text(name, len, "INPUT") || is_text(name, len, "PREROUTING"))
		return WAY_IN;
	return 0;
}

/* ":INPUT DROP [0:0]" */
static void save_chain(struct model *m, struct tc_doctor_rules *out, const char *line)
{
	size_t len = strcspn(line + 1, " ");
	const char *policy = line + 1 + len;

	note_manager(out, line + 1);
	m->chain = chain_of(m, line + 1, len);
	m->chains[m->chain].ways |= builtin_ways(line + 1, len);
	if (begins(policy, " DROP"))
		new_rule(m, KIND_DROP, line, strcspn(line, "["));
}

/* "-A OUTPUT -p tcp -m tcp --dport 99 -j DROP" */
static void save_rule(struct model *m, struct tc_doctor_rules *out, const char *line)
{
	size_t n_proto = 0, n_target = 0, n_in = 0;
	const char *name = line + strlen("-A ");
	const char *proto = behind(line, " -p ", &n_proto);
	const char *target = behind(line, " -j ", &n_target);
	const char *in = behind(line, " -i ", &n_in);
	struct rule *r;

	if (!target)
		target = behind(line, " -g ", &n_target);
	if (!target || begins(name, "TCPCRAFT-") ||
	    (proto && !is_text(proto, n_proto, "tcp") && !is_text(proto, n_proto, "all")))
		return;
	m->chain = chain_of(m, name, strcspn(name, " "));
	if (is_text(target, n_target, "ACCEPT")) {
		out->accepts_lo |= is_text(in, n_in, "lo");
	} else if (is_text(target, n_target, "DROP") || is_text(target, n_target, "REJECT")) {
		r = new_rule(m, KIND_DROP, line, strlen(line));
		r->invalid = strstr(line, "state INVALID") != NULL;
		r->not_lo = in && !is_text(in, n_in, "lo") && !strstr(line, " ! -i ");
	} else {
		r = new_rule(m, KIND_JUMP, line, 0);
		r->target = chain_of(m, target, n_target);
	}
}

void tc_doctor_read_iptables(struct tc_doctor_rules *out, const char *text)
{
	char *copy = strdup(text), *rest = copy, *line;
	struct model m;

	if (model_new(&m) && copy) {
		while ((line = next_line(&rest))) {
			if (line[0] == '*')
				snprintf(m.table, sizeof m.table, "%s", line + 1);
			else if (line[0] == ':')
				save_chain(&m, out, line);
			else if (begins(line, "-A "))
				save_rule(&m, out, line);
		}
		judge(&m, out);
	}
	model_free(&m);
	free(copy);
}

/* ---- nft list ruleset ---------------------------------------------------------- */

/* What is in quotes (comments, interface names) does not count as a word. */
static void blank_quotes(char *line)
{
	bool inside = false;

	for (; *line; line++) {
		if (*line == '"')
			inside = !inside;
		else if (inside)
			*line = '_';
	}
}

static bool has_word(const char *line, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = line; (at = strstr(at, word)); at += len)
		if ((at == line || strchr(" {:", at[-1])) && strchr(" ,;}", at[len]))
			return true;
	return false;
}

/* "type filter hook output priority filter; policy drop;" */
static void nft_hook(struct model *m, const char *line)
{
	static const struct { const char *hook; unsigned ways; } hooks[] = {
		{ "output", WAY_OUT }, { "postrouting", WAY_OUT }, { "egress", WAY_OUT },
		{ "input", WAY_IN }, { "prerouting", WAY_IN }, { "ingress", WAY_IN },
	};
	struct chain *c = &m->chains[m->chain];
	char text[NAME_MAX_BYTES + 16];
	size_t len = 0;
	const char *hook = behind(line, " hook ", &len);

	for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++)
		if (is_text(hook, len, hooks[i].hook))
			c->ways |= hooks[i].ways;
	if (strstr(line, "policy drop")) {
		snprintf(text, sizeof text, "%s policy drop", c->name);
		new_rule(m, KIND_DROP, text, strlen(text));
	}
}

static void nft_rule(struct model *m, struct tc_doctor_rules *out, char *line)
{
	static const char *const others[] = { "udp", "icmp", "icmpv6", "igmp", "ip6" };
	bool lo = strstr(line, "\"lo\"") || strstr(line, "iif lo "), other = false;
	struct rule *r;
	const char *to;
	size_t len;

	blank_quotes(line);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		other |= has_word(line, others[i]);
	if (other && !has_word(line, "tcp"))
		return;
	out->accepts_lo |= lo && has_word(line, "accept");
	if (has_word(line, "drop") || has_word(line, "reject")) {
		r = new_rule(m, KIND_DROP, line, strlen(line));
		r->invalid = has_word(line, "invalid");
		r->not_lo = begins(line, "iif") && !lo && !strstr(line, " != ");
	}
	to = behind(line, "jump ", &len);
	if (!to)
		to = behind(line, "goto ", &len);
	if (to) {
		r = new_rule(m, KIND_JUMP, line, 0);
		r->target = chain_of(m, to, strcspn(to, " ,;}"));
	}
}

/* "table inet filter {": is it one that may concern us? */
static bool nft_table(struct model *m, struct tc_doctor_rules *out, const char *line,
		      bool with_iptables)
{
	static const char *const kept[] = { "filter", "nat", "mangle", "raw", "security" };
	char family[16] = "", name[64] = "";

	sscanf(line, "table %15s %63s", family, name);
	snprintf(m->table, sizeof m->table, "%s %s", family, name);
	note_manager(out, name);
	if (strcmp(family, "ip") != 0)
		return strcmp(family, "inet") == 0 || strcmp(family, "netdev") == 0;
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (with_iptables && strcmp(name, kept[i]) == 0)
			return false;
	return !begins(name, "tcpcraft_");
}

static void nft_chain(struct model *m, struct tc_doctor_rules *out, const char *name)
{
	note_manager(out, name);
	m->chain = chain_of(m, name, strcspn(name, " "));
}

static int depth_change(const char *line)
{
	int change = 0;

	for (; *line; line++)
		change += (*line == '{') - (*line == '}');
	return change;
}

void tc_doctor_read_nft(struct tc_doctor_rules *out, const char *text, bool with_iptables)
{
	char *copy = strdup(text), *rest = copy, *line;
	bool wanted = false, in_chain = false;
	int depth = 0, change;
	struct model m;

	if (!model_new(&m))
		rest = NULL;
	while ((line = next_line(&rest))) {
		change = depth_change(line);
		if (depth == 0 && begins(line, "table ")) {
			wanted = nft_table(&m, out, line, with_iptables);
		} else if (depth == 1) {
			in_chain = begins(line, "chain ");
			if (wanted && in_chain)
				nft_chain(&m, out, line + strlen("chain "));
		} else if (wanted && in_chain && begins(line, "type ")) {
			nft_hook(&m, line);
		} else if (wanted && in_chain) {
			nft_rule(&m, out, line);
		}
		depth += change;
	}
	if (m.chains)
		judge(&m, out);
	model_free(&m);
	free(copy);
}
