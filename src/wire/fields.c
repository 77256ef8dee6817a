/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The const tables, made from fields.h: rows, aliases, symbols, and what follows from
 * the rows (sizes, the variable row, which rows are computed). No row is written here.
 */
#include <tcpcraft/field.h>

#include <assert.h>

const struct tc_sym tc_syms_ethertype[] = {
	{ 0x0800, "ip" }, { 0x0806, "arp" }, { 0x8100, "vlan" }, { 0x86dd, "ipv6" },
	{ 0x88a8, "qinq" }, { 0x8847, "mpls" }, { 0x8863, "pppoe-discovery" },
	{ 0x8864, "pppoe" }, { 0x88cc, "lldp" }, { 0, NULL }
};

const struct tc_sym tc_syms_ipproto[] = {
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

const struct tc_sym tc_syms_arp[] = {
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
