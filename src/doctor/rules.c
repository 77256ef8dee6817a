/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules of the packet filter, as far as they may concern us: which of those that drop
 * can be reached by what we send, or by what a server on this host is sent. Read
 * conservatively: what a rule matches is hardly looked at, so all this says is "may".
 */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHAINS_MAX 1024
#define RULES_MAX 16384

bool tc_model_new(struct tc_model *m)
{
	*m = (struct tc_model){ .chains = calloc(CHAINS_MAX, sizeof(struct tc_model_chain)),
			     .rules = calloc(RULES_MAX, sizeof(struct tc_model_rule)) };
	return m->chains && m->rules;
}

void tc_model_free(struct tc_model *m)
{
	free(m->chains);
	free(m->rules);
}

unsigned tc_model_chain_of(struct tc_model *m, const char *name, size_t len)
{
	char full[TC_MODEL_NAME_MAX];
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

struct tc_model_rule *tc_model_rule_new(struct tc_model *m, enum tc_model_kind kind,
					const char *text, size_t len)
{
	struct tc_model_rule *r = &m->rules[m->n_rules < RULES_MAX - 1 ? m->n_rules++ : m->n_rules];

	*r = (struct tc_model_rule){ .chain = m->chain, .kind = kind };
	snprintf(r->text, sizeof r->text, "%.*s", (int)len, text);
	return r;
}

/* ---- what it comes to ---------------------------------------------------------- */

static void spread(struct tc_model *m)
{
	bool more = true;

	while (more) {
		more = false;
		for (unsigned i = 0; i < m->n_rules; i++) {
			const struct tc_model_rule *r = &m->rules[i];
			unsigned ways = m->chains[r->chain].ways;

			if (r->kind != KIND_JUMP || !(ways & ~m->chains[r->target].ways))
				continue;
			m->chains[r->target].ways |= ways;
			more = true;
		}
	}
}

static void count(struct tc_doctor_some *s, const struct tc_model_rule *r)
{
	if (s->n++ == 0)
		memcpy(s->first, r->text, sizeof s->first);
}

void tc_model_judge(struct tc_model *m, struct tc_doctor_rules *out)
{
	spread(m);
	for (unsigned i = 0; i < m->n_rules; i++) {
		const struct tc_model_rule *r = &m->rules[i];
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

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

void tc_model_note_manager(struct tc_doctor_rules *r, const char *name)
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
static void save_chain(struct tc_model *m, struct tc_doctor_rules *out, const char *line)
{
	size_t len = strcspn(line + 1, " ");
	const char *policy = line + 1 + len;

	tc_model_note_manager(out, line + 1);
	m->chain = tc_model_chain_of(m, line + 1, len);
	m->chains[m->chain].ways |= builtin_ways(line + 1, len);
	if (begins(policy, " DROP"))
		tc_model_rule_new(m, KIND_DROP, line, strcspn(line, "["));
}

/* "-A OUTPUT -p tcp -m tcp --dport 99 -j DROP" */
static void save_rule(struct tc_model *m, struct tc_doctor_rules *out, const char *line)
{
	size_t n_proto = 0, n_target = 0, n_in = 0;
	const char *name = line + strlen("-A ");
	const char *proto = behind(line, " -p ", &n_proto);
	const char *target = behind(line, " -j ", &n_target);
	const char *in = behind(line, " -i ", &n_in);
	struct tc_model_rule *r;

	if (!target)
		target = behind(line, " -g ", &n_target);
	if (!target || begins(name, "TCPCRAFT-") ||
	    (proto && !is_text(proto, n_proto, "tcp") && !is_text(proto, n_proto, "all")))
		return;
	m->chain = tc_model_chain_of(m, name, strcspn(name, " "));
	if (is_text(target, n_target, "ACCEPT")) {
		out->accepts_lo |= is_text(in, n_in, "lo");
	} else if (is_text(target, n_target, "DROP") || is_text(target, n_target, "REJECT")) {
		r = tc_model_rule_new(m, KIND_DROP, line, strlen(line));
		r->invalid = strstr(line, "state INVALID") != NULL;
		r->not_lo = in && !is_text(in, n_in, "lo") && !strstr(line, " ! -i ");
	} else {
		r = tc_model_rule_new(m, KIND_JUMP, line, 0);
		r->target = tc_model_chain_of(m, target, n_target);
	}
}

void tc_doctor_read_iptables(struct tc_doctor_rules *out, const char *text)
{
	char *copy = strdup(text), *rest = copy, *line;
	struct tc_model m;

	if (tc_model_new(&m) && copy) {
		while ((line = next_line(&rest))) {
			if (line[0] == '*')
				snprintf(m.table, sizeof m.table, "%s", line + 1);
			else if (line[0] == ':')
				save_chain(&m, out, line);
			else if (begins(line, "-A "))
				save_rule(&m, out, line);
		}
		tc_model_judge(&m, out);
	}
	tc_model_free(&m);
	free(copy);
}
