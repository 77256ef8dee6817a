/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The const tables, made from fields.h: rows, aliases, symbols, and what follows from
 * the rows (sizes, the variable row, which rows are computed). No row is written here.
 *
 * And from a name to its row: exact, else a unique prefix, else a message with the names that
 * come near. A row and its alias are one field; they never make a prefix ambiguous.
 */
#include "base/text.h"

#include <tcpcraft/error.h>
#include <tcpcraft/field.h>

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- the tables ------------------------------------------------------------------- */

const struct tc_sym tc_syms_ethertype[] = {
	{ 0x0800, "ip" }, { 0x0806, "arp" }, { 0x8100, "vlan" }, { 0x86dd, "ipv6" },
	{ 0x88a8, "qinq" }, { 0x8847, "mpls" }, { 0x8863, "pppoe-discovery" },
	{ 0x8864, "pppoe" }, { 0x88cc, "lldp" }, { 0, NULL }
};

static const struct tc_sym tc_syms_ipproto[] = {
	{ 1, "icmp" }, { 2, "igmp" }, { 4, "ipip" }, { 6, "tcp" }, { 17, "udp" },
	{ 33, "dccp" }, { 41, "ipv6" }, { 47, "gre" }, { 50, "esp" }, { 51, "ah" },
	{ 0, "hopopts" }, { 43, "routing" }, { 44, "fragment" }, { 58, "icmpv6" },
	{ 59, "none" }, { 60, "dstopts" }, { 89, "ospf" }, { 112, "vrrp" }, { 132, "sctp" },
	{ 136, "udplite" }, { 255, "raw" }, { 0, NULL }
};

const struct tc_sym tc_syms_port[] = {
	{ 7, "echo" }, { 9, "discard" }, { 13, "daytime" }, { 19, "chargen" },
	{ 20, "ftp-data" }, { 21, "ftp" }, { 22, "ssh" }, { 23, "telnet" }, { 25, "smtp" },
	{ 37, "time" }, { 43, "whois" }, { 53, "domain" }, { 70, "gopher" },
	{ 79, "finger" }, { 80, "http" }, { 88, "kerberos" }, { 110, "pop3" },
	{ 111, "sunrpc" }, { 113, "auth" }, { 119, "nntp" }, { 139, "netbios-ssn" },
	{ 143, "imap2" }, { 179, "bgp" }, { 389, "ldap" }, { 443, "https" },
	{ 445, "microsoft-ds" }, { 465, "submissions" }, { 514, "shell" },
	{ 515, "printer" }, { 554, "rtsp" }, { 587, "submission" }, { 631, "ipp" },
	{ 636, "ldaps" }, { 873, "rsync" }, { 993, "imaps" }, { 995, "pop3s" },
	{ 1883, "mqtt" }, { 2049, "nfs" }, { 3306, "mysql" }, { 5432, "postgresql" },
	{ 6379, "redis" }, { 8080, "http-alt" }, { 0, NULL }
};

static const struct tc_sym tc_syms_arp[] = {
	{ 1, "request" }, { 2, "reply" }, { 3, "rarp-request" }, { 4, "rarp-reply" },
	{ 0, NULL }
};

const struct tc_sym tc_syms_icmp[] = {
	{ 0, "echo-reply" }, { 3, "unreachable" }, { 4, "source-quench" },
	{ 5, "redirect" }, { 8, "echo-request" }, { 9, "router-advertisement" },
	{ 10, "router-solicitation" }, { 11, "time-exceeded" },
	{ 12, "parameter-problem" }, { 13, "timestamp" }, { 14, "timestamp-reply" },
	{ 0, NULL }
};

const struct tc_sym tc_syms_icmpv6[] = {
	{ 1, "unreachable" }, { 2, "too-big" }, { 3, "time-exceeded" },
	{ 4, "parameter-problem" }, { 128, "echo-request" }, { 129, "echo-reply" },
	{ 130, "mld-query" }, { 131, "mld-report" }, { 132, "mld-done" },
	{ 133, "router-solicitation" }, { 134, "router-advertisement" },
	{ 135, "neighbour-solicitation" }, { 136, "neighbour-advertisement" },
	{ 137, "redirect" }, { 143, "mld2-report" }, { 0, NULL }
};

#define NOTHING(...)
#define COLUMNS(hdr, nm, o, b, k, fill, d, m, u, s, al, r, dc) \
	{ .from = VAR_OR_0(hdr), .to = VAR_OR_0(hdr), .name = nm, .off = o, .bits = b, .kind = TC_KIND_##k, \
	  .autofill = TC_FILL_##fill, .mut = m, .def = d, .unit = u, .syms = s, \
	  .alias = al, .ref = r, .doc = dc },
#define VAR_OR_0(hdr) (uint8_t)(VAR_##hdr < 0 ? 0 : VAR_##hdr)
#define ROW(hdr, row, ...) [TC_##hdr##_##row] = COLUMNS(hdr, __VA_ARGS__)
#define ALIAS(hdr, row, ...) COLUMNS(hdr, __VA_ARGS__)

/* What follows from the rows, as constant expressions: sums and unions over them. */
#define ADD_BITS(hdr, row, nm, o, b, ...) + (b)
#define ADD_VAR_ROW(hdr, row, nm, o, b, ...) + ((b) ? 0 : TC_##hdr##_##row + 1)
#define ADD_VAR_OFF(hdr, row, nm, o, b, ...) + ((b) ? 0 : (o))
#define OR_AUTO(hdr, row, nm, o, b, k, fill, ...) \
	| (uint64_t)(TC_FILL_##fill != TC_FILL_NONE) << TC_##hdr##_##row
#define OR_SUM(hdr, row, nm, o, b, k, fill, ...) \
	| (uint64_t)(TC_FILL_##fill >= TC_FILL_XOR) << TC_##hdr##_##row
#define ADD_ONE(...) + 1

#define H(id, ...) \
	enum { \
		BITS_##id = 0 TC_FIELDS_##id(ADD_BITS, NOTHING), \
		VAR_##id = -1 TC_FIELDS_##id(ADD_VAR_ROW, NOTHING), \
		HEAD_##id = VAR_##id < 0 ? (int)BITS_##id : \
			    0 TC_FIELDS_##id(ADD_VAR_OFF, NOTHING), \
	}; \
	static const struct tc_field rows_##id[] = { TC_FIELDS_##id(ROW, NOTHING) }; \
	static const struct tc_field aliases_##id[] = { \
		TC_FIELDS_##id(NOTHING, ALIAS) { .name = NULL } \
	};
TC_HEADERS(H)
#undef H

static const struct tc_header headers[] = {
#define H(id, nm, ttl, vmax, etype, proto, icmp6, marks) \
	[TC_HDR_##id] = { \
		.name = nm, .title = ttl, .rows = rows_##id, .n_rows = TC_##id##_ROWS, \
		.aliases = aliases_##id, \
		.n_aliases = 0 TC_FIELDS_##id(NOTHING, ADD_ONE), \
		.head_bytes = HEAD_##id / 8, .tail_bytes = (BITS_##id - HEAD_##id) / 8, \
		.var_row = VAR_##id, \
		.auto_rows = 0 TC_FIELDS_##id(OR_AUTO, NOTHING), \
		.sum_rows = 0 TC_FIELDS_##id(OR_SUM, NOTHING), \
		.mark_rows = marks, .var_max = vmax, .ethertype = etype, .ipproto = proto, \
		.icmpv6 = icmp6, \
	},
	TC_HEADERS(H)
#undef H
};

const struct tc_header *tc_header_get(enum tc_header_id id)
{
	assert(id < TC_HDR_COUNT);
	return &headers[id];
}

/* ---- from a name to a row --------------------------------------------------------- */

#define NAMES_MAX 8		/* names shown in a message */
#define NAME_LONG 40		/* longer ones are nobody's typing error */

struct names {
	const char *name[NAMES_MAX];
	unsigned far[NAMES_MAX];	/* sort key: edits away from what was typed */
	unsigned n;			/* all that matched, shown or not */
};

struct search {
	const char *name;
	size_t len;
	struct tc_field_ref *ref;
	bool exact;
	struct names prefix, near;
};

/* Keep the nearest, in the order they came when equally near. */
static void note(struct names *l, const char *name, unsigned far)
{
	unsigned at = l->n < NAMES_MAX ? l->n : NAMES_MAX;

	l->n++;
	while (at > 0 && l->far[at - 1] > far)
		at--;
	if (at == NAMES_MAX)
		return;
	for (unsigned i = NAMES_MAX - 1; i > at; i--) {
		l->name[i] = l->name[i - 1];
		l->far[i] = l->far[i - 1];
	}
	l->name[at] = name;
	l->far[at] = far;
}

/* Insertions, deletions and replacements from a to b (Levenshtein). */
static unsigned edits(const char *a, const char *b)
{
	unsigned row[NAME_LONG + 1], up, left;
	size_t n = strlen(b);

	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 0; a[i]; i++) {
		left = i;
		row[0] = i + 1;
		for (size_t j = 0; j < n; j++) {
			up = row[j + 1];
			row[j + 1] = left + (a[i] != b[j]);
			if (up + 1 < row[j + 1])
				row[j + 1] = up + 1;
			if (row[j] + 1 < row[j + 1])
				row[j + 1] = row[j] + 1;
			left = up;
		}
	}
	return row[n];
}

static const char *last_part(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
}

/* How far a known name is from what was typed, or UINT_MAX when it is not near: a few
 * letters wrong, or the right word without its header or with another one. */
static unsigned distance(const char *typed, const char *name)
{
	size_t len = strlen(typed);
	unsigned d;

	if (len > NAME_LONG || strlen(name) > NAME_LONG)
		return (unsigned)-1;
	if (strcmp(last_part(typed), last_part(name)) == 0)
		return 0;
	d = edits(typed, name);
	return d <= 1 + len / 5 ? d : (unsigned)-1;
}

/* Is it this field, or the only one that begins so? */
static void try(struct search *s, const struct tc_header *hdr, const struct tc_field *f,
		int row)
{
	const char *names[] = { f->name, f->alias };
	bool prefix = false;

	for (unsigned i = 0; i < 2 && names[i]; i++)
		if (names[i][0] == s->name[0] && strncmp(names[i], s->name, s->len) == 0) {
			prefix = true;
			s->exact = s->exact || names[i][s->len] == '\0';
		}
	if (!prefix)
		return;
	note(&s->prefix, f->name, strlen(f->name) > s->len + 1);	/* a letter is missing */
	*s->ref = (struct tc_field_ref){ hdr, f, row };
}

/* Is this what was meant? For the message alone: it takes a hundred times as long. */
static void try_near(struct search *s, const struct tc_header *hdr, const struct tc_field *f,
		     int row)
{
	const char *names[] = { f->name, f->alias };
	unsigned far = (unsigned)-1, d;

	(void)hdr;
	(void)row;
	for (unsigned i = 0; i < 2 && names[i]; i++) {
		d = distance(s->name, names[i]);
		far = d < far ? d : far;
	}
	if (far != (unsigned)-1)
		note(&s->near, f->name, far);
}

typedef void try_fn(struct search *s, const struct tc_header *hdr, const struct tc_field *f,
		    int row);

/* Is it exactly this one? Of the header that the name begins with alone, where nearly all are. */
static void try_exact(struct search *s, const struct tc_header *hdr, const struct tc_field *f,
		      int row)
{
	if (strcmp(f->name, s->name) != 0)
		return;
	s->exact = true;
	*s->ref = (struct tc_field_ref){ hdr, f, row };
}

/* Look in one header; stop at the exact name. */
static void search_header(struct search *s, const struct tc_header *hdr, try_fn *fn)
{
	for (unsigned i = 0; i < hdr->n_rows && !s->exact; i++)
		fn(s, hdr, &hdr->rows[i], (int)i);
	for (unsigned i = 0; i < hdr->n_aliases && !s->exact; i++)
		fn(s, hdr, &hdr->aliases[i], -1);
}

static void search_all(struct search *s, const struct tc_header *extra, try_fn *fn)
{
	if (extra)
		search_header(s, extra, fn);
	for (enum tc_header_id id = 0; id < TC_HDR_COUNT && !s->exact; id++)
		if (!extra || strcmp(extra->name, tc_header_get(id)->name) != 0)
			search_header(s, tc_header_get(id), fn);
}

/* The header whose name stands in front of the first dot, or NULL. */
static const struct tc_header *header_of(const char *name, const struct tc_header *extra)
{
	size_t n = strcspn(name, ".");

	if (extra && strlen(extra->name) == n && memcmp(extra->name, name, n) == 0)
		return extra;
	for (enum tc_header_id id = 0; id < TC_HDR_COUNT; id++)
		if (strlen(tc_header_get(id)->name) == n &&
		    memcmp(tc_header_get(id)->name, name, n) == 0)
			return tc_header_get(id);
	return NULL;
}

static void list(char *out, size_t cap, const struct names *l)
{
	size_t at = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < l->n && i < NAMES_MAX && at < cap; i++)
		at += (size_t)snprintf(out + at, cap - at, "%s%s", i ? ", " : "",
				       l->name[i]);
	if (l->n > NAMES_MAX && at < cap)
		snprintf(out + at, cap - at, " and %u more", l->n - NAMES_MAX);
}

int tc_field_find(struct tc_field_ref *ref, const char *name,
		  const struct tc_header *extra, struct tc_error *err)
{
	struct search s = { .name = name, .len = strlen(name), .ref = ref };
	const struct tc_header *hdr;
	char shown[QUOTE_MAX], names[400];

	if (s.len == 0)
		return tc_fail(err, -ENOENT, "a field has a name, such as tcp.dstport");
	hdr = header_of(name, extra);
	if (hdr)
		search_header(&s, hdr, try_exact);
	if (!s.exact)
		search_all(&s, extra, try);
	if (s.exact || s.prefix.n == 1)
		return 0;
	tc_quote(shown, name);
	if (s.prefix.n) {
		list(names, sizeof names, &s.prefix);
		return tc_fail(err, -EINVAL, "%s is ambiguous: %s", shown, names);
	}
	search_all(&s, extra, try_near);
	if (s.near.n == 0)
		return tc_fail(err, -ENOENT,
			       "%s: no such field (tcpcraft fields lists them)", shown);
	list(names, sizeof names, &s.near);
	return tc_fail(err, -ENOENT, "%s: no such field; did you mean %s?", shown, names);
}
