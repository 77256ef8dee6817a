/* SPDX-License-Identifier: BSD-2-Clause */
/* The doctor's look at the packet filter: its tools, who else writes rules, and which of
 * the rules are in our way. Everything is only read. */
#include "own.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TOOL_TIME (2 * TC_S)
#define FAMILIES (sizeof places / sizeof *places)

/* What a tool prints, as a string, or NULL. */
static const char *ask(const struct tc_doctor *d, const char *const *argv,
		       struct tc_buf *out)
{
	int rc = tc_doctor_spawn(argv, out, tc_doctor_limit(d, TOOL_TIME));

	tc_buf_add_u8(out, '\0');
	return rc == 0 && !out->failed ? (const char *)out->data : NULL;
}

static const char *first_word_of(const char *const *words)
{
	for (; *words; words++)
		if (tc_doctor_has(*words))
			return *words;
	return NULL;
}

/* The programs of a family, and where the kernel says whether the legacy back end is in
 * use: looking at a table of it would load its modules. */
static const struct places {
	unsigned family;
	const char *nft_saves[3], *legacy_save, *legacy_names;
} places[] = {
	{ 4, { "iptables-nft-save", "iptables-save", NULL }, "iptables-legacy-save",
	  "/proc/net/ip_tables_names" },
	{ 6, { "ip6tables-nft-save", "ip6tables-save", NULL }, "ip6tables-legacy-save",
	  "/proc/net/ip6_tables_names" },
};

static bool legacy_in_use(const char *names)
{
	struct tc_buf b = { 0 };
	bool yes;

	yes = tc_buf_read_file(&b, names, 4096, NULL) == 0 && b.len;
	tc_buf_free(&b);
	return yes;
}

static bool has_rules(const char *save)
{
	return save && strstr(save, "\n-A ") != NULL;
}

/* Read every place where there may be rules of this family, once. */
static void read_places(const struct tc_doctor *d, const struct places *p,
			struct tc_doctor_rules *rules)
{
	const char *save[] = { first_word_of(p->nft_saves), NULL };
	const char *const legacy[] = { p->legacy_save, NULL };
	const char *const nft[] = { "nft", "-j", "list", "ruleset", NULL };
	struct tc_buf out = { 0 };
	const char *text;

	rules->family = p->family;
	text = save[0] ? ask(d, save, &out) : NULL;
	if (text)
		tc_doctor_read_iptables(rules, text);
	rules->nft_tables = has_rules(text);
	out.len = 0;
	text = legacy_in_use(p->legacy_names) ? ask(d, legacy, &out) : NULL;
	if (text)
		tc_doctor_read_iptables(rules, text);
	rules->legacy_tables = has_rules(text);
	out.len = 0;
	text = ask(d, nft, &out);
	if (text)
		tc_doctor_read_nft(rules, text, save[0] != NULL);
	tc_buf_free(&out);
}

static void read_rules(struct tc_doctor *d)
{
	for (unsigned i = 0; i < FAMILIES && !d->rules_read; i++)
		read_places(d, &places[i], &d->rules[i]);
	d->rules_read = true;
}

/* True when the rules can be judged; else the finding says why not. */
static bool readable(struct tc_doctor *d, struct tc_checkup *f)
{
	if (!d->may_filter) {
		tc_doctor_say(f, TC_HEALTH_WARN, "not known: reading the rules needs "
			      "CAP_NET_ADMIN");
		tc_doctor_cure(f, geteuid() == 0 ? "see privileges" :
			       "sudo tcpcraft doctor");
		return false;
	}
	read_rules(d);
	return true;
}

void tc_doctor_iptables(struct tc_doctor *d, struct tc_checkup *f)
{
	const char *const version[] = { "iptables", "-V", NULL };
	bool tables = tc_doctor_has("iptables-restore") && tc_doctor_has("iptables-save");
	bool nft = tc_doctor_has("nft"), both = false;
	struct tc_buf out = { 0 };
	const char *text;

	if (!tables) {
		tc_doctor_say(f, nft ? TC_HEALTH_WARN : TC_HEALTH_FAIL, nft ?
			      "iptables is missing; nft does its work (--guard nft), "
			      "--guard shield too" : "iptables is missing, and nft too: "
			      "nothing can keep the kernel's RST away");
		return;
	}
	text = ask(d, version, &out);
	tc_doctor_say(f, TC_HEALTH_OK, "%.*s%s", text ? (int)strcspn(text, "\n") : 8,
		      text ? text : "iptables", nft ? ", nft too" : "; nft is missing");
	tc_buf_free(&out);
	if (d->may_filter)
		read_rules(d);
	for (unsigned i = 0; i < FAMILIES; i++)
		both |= d->rules[i].nft_tables && d->rules[i].legacy_tables;
	if (both) {
		f->health = TC_HEALTH_WARN;
		snprintf(f->found + strlen(f->found), sizeof f->found - strlen(f->found),
			 "; rules in both back ends, nft and legacy");
		tc_doctor_cure(f, "both are in force, and each tool shows only its own: "
			       "iptables-nft -S, iptables-legacy -S");
	}
}

/* ---- other managers of the rules ------------------------------------------------- */

static const struct {
	const char *name, *process, *program;
} managers[MANAGERS] = {
	[MANAGER_UFW] = { "ufw", NULL, "ufw" },
	[MANAGER_FIREWALLD] = { "firewalld", "firewalld", "firewall-cmd" },
	[MANAGER_DOCKER] = { "docker", "dockerd", "docker" },
	[MANAGER_LIBVIRT] = { "libvirt", "libvirtd", NULL },
	[MANAGER_FAIL2BAN] = { "fail2ban", "fail2ban-server", NULL },
	[MANAGER_KUBERNETES] = { "kubernetes", "kubelet", NULL },
};

static void note_process(const char *pid, bool runs[MANAGERS])
{
	char path[64];
	struct tc_buf b = { 0 };

	snprintf(path, sizeof path, "/proc/%.20s/comm", pid);
	if (tc_buf_read_file(&b, path, 64, NULL) == 0) {
		tc_buf_add_u8(&b, '\0');
		for (unsigned i = 0; b.data && i < MANAGERS; i++) {
			size_t len = managers[i].process ? strlen(managers[i].process) : 0;

			runs[i] |= len && strncmp((char *)b.data, managers[i].process,
						  len) == 0 && b.data[len] == '\n';
		}
	}
	tc_buf_free(&b);
}

static void find_processes(bool runs[MANAGERS])
{
	DIR *proc = opendir("/proc");
	struct dirent *e;

	while (proc && (e = readdir(proc)))
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9')
			note_process(e->d_name, runs);
	if (proc)
		closedir(proc);
}

void tc_doctor_managers(struct tc_doctor *d, struct tc_checkup *f)
{
	struct tc_buf active = { 0 }, idle = { 0 };
	bool runs[MANAGERS] = { false };

	if (d->may_filter)
		read_rules(d);
	find_processes(runs);
	for (unsigned i = 0; i < MANAGERS; i++) {
		const char *sep = active.len ? ", " : "";
		bool managed = d->rules[0].managed[i] || d->rules[1].managed[i];

		if (runs[i] || managed)
			tc_buf_printf(&active, "%s%s (%s%s%s)", sep, managers[i].name,
				      managed ? "has rules" : "",
				      managed && runs[i] ? ", " : "",
				      runs[i] ? "runs" : "");
		else if (managers[i].program && tc_doctor_has(managers[i].program))
			tc_buf_printf(&idle, "%s%s", idle.len ? ", " : "", managers[i].name);
	}
	if (active.len)
		tc_doctor_say(f, TC_HEALTH_WARN, "%s", (char *)active.data);
	else
		tc_doctor_say(f, TC_HEALTH_OK, "no other firewall manager is active%s%s%s",
			      idle.len ? " (" : "", idle.len ? (char *)idle.data : "",
			      idle.len ? " only installed)" : "");
	tc_buf_free(&active);
	tc_buf_free(&idle);
}

/* ---- rules in our way ------------------------------------------------------------- */

static void add_some(struct tc_buf *b, const struct tc_doctor_rules *r,
		     const struct tc_doctor_some *s, const char *what)
{
	if (s->n)
		tc_buf_printf(b, "%s%u may drop %s%s: %s", b->len ? "; " : "", s->n, what,
			      r->family == 6 ? " (IPv6)" : "", s->first);
}

static void say_some(struct tc_checkup *f, struct tc_buf *b, const char *none)
{
	if (b->len)
		tc_doctor_say(f, TC_HEALTH_WARN, "%s", (char *)b->data);
	else
		tc_doctor_say(f, TC_HEALTH_OK, "%s", none);
	tc_buf_free(b);
}

void tc_doctor_drops(struct tc_doctor *d, struct tc_checkup *f)
{
	struct tc_buf b = { 0 };

	if (!readable(d, f))
		return;
	for (const struct tc_doctor_rules *r = d->rules; r < d->rules + FAMILIES; r++) {
		add_some(&b, r, &r->out, "what we send on lo and tun");
		/* Elsewhere the capture sees a segment before any of these rules does. */
		if (!r->accepts_lo)
			add_some(&b, r, &r->in, "what servers on this host are sent");
	}
	say_some(f, &b, "none that drops our segments");
}

void tc_doctor_conntrack(struct tc_doctor *d, struct tc_checkup *f)
{
	struct tc_buf b = { 0 };

	if (!readable(d, f))
		return;
	for (const struct tc_doctor_rules *r = d->rules; r < d->rules + FAMILIES; r++)
		add_some(&b, r, &r->invalid, "our segments as INVALID");
	say_some(f, &b, "no rule drops what conntrack calls INVALID");
}

static unsigned lines_with(const char *text, const char *part)
{
	unsigned n = 0;

	for (; (text = strstr(text, part)); text++)
		n++;
	return n;
}

void tc_doctor_leftovers(struct tc_doctor *d, struct tc_checkup *f)
{
	struct tc_error err = { 0 };
	struct tc_buf b = { 0 };
	unsigned dead, alive;

	if (!d->may_filter) {
		readable(d, f);
		return;
	}
	if (tc_guard_list(&b, &err) < 0) {
		tc_doctor_say(f, TC_HEALTH_WARN, "not known: %.280s", err.msg);
		tc_doctor_cure(f, "see guard-rst");
		tc_buf_free(&b);
		return;
	}
	tc_buf_add_u8(&b, '\0');
	dead = b.data ? lines_with((char *)b.data, " state=dead ") : 0;
	alive = b.data ? lines_with((char *)b.data, " state=") - dead : 0;
	if (dead)
		tc_doctor_say(f, TC_HEALTH_WARN, "%u rule%s of runs that are gone", dead,
			      dead == 1 ? "" : "s");
	else if (alive)
		tc_doctor_say(f, TC_HEALTH_OK, "none; %u rule%s in force", alive,
			      alive == 1 ? "" : "s");
	else
		tc_doctor_say(f, TC_HEALTH_OK, "no rule of an earlier run");
	tc_buf_free(&b);
}
