/* SPDX-License-Identifier: BSD-2-Clause */
/* What a script is, asked before it is carried out. */
#include "own.h"

#include <errno.h>

static const struct tc_script_packet *first_packet(const struct tc_script_event *e)
{
	const struct tc_script_packet *p = NULL;

	for (; e && !p; e = e->next) {
		if (e->kind == TC_SCRIPT_PACKET || (e->kind == TC_SCRIPT_IF_SEEN &&
						    e->packet.start))
			return &e->packet;
		p = first_packet(e->body);
		if (!p)
			p = first_packet(e->other);
	}
	return p;
}

bool tc_script_is_server(const struct tc_script *s)
{
	const struct tc_script_packet *p = first_packet(s->events);

	return p && !p->sent;
}

static bool names_ports(const struct tc_script_event *e)
{
	for (; e; e = e->next)
		if (e->packet.sport || names_ports(e->body) || names_ports(e->other))
			return true;
	return false;
}

bool tc_script_names_ports(const struct tc_script *s)
{
	return names_ports(s->events);
}

static bool has_code(const struct tc_script_event *e)
{
	for (; e; e = e->next)
		if (e->kind == TC_SCRIPT_CODE || has_code(e->body) || has_code(e->other))
			return true;
	return false;
}

bool tc_script_has_code(const struct tc_script *s)
{
	return has_code(s->events);
}

static unsigned named(const struct tc_script_event *e)
{
	unsigned n = 0, inner;

	for (; e && n < TC_SCRIPT_NO_LIMIT; e = e->next) {
		inner = named(e->body) + named(e->other);
		if (inner && (e->kind == TC_SCRIPT_REPEAT || e->kind == TC_SCRIPT_FOR))
			return TC_SCRIPT_NO_LIMIT;
		n += inner + (e->packet.sport != NULL);
	}
	return n < TC_SCRIPT_NO_LIMIT ? n : TC_SCRIPT_NO_LIMIT;
}

unsigned tc_script_connections(const struct tc_script *s)
{
	unsigned n = named(s->events);

	return n < TC_SCRIPT_NO_LIMIT ? n + 1 : n;
}

/* What scripts of packetdrill say to its own runner, and whether they can be carried out
 * without it. */
static const struct {
	const char *name;
	bool needed;
} foreign[] = {
	{ "local_ip", false }, { "remote_ip", false }, { "gateway_ip", false },
	{ "netmask_ip", false }, { "local_linklocal_ip", false },
	{ "gateway_linklocal_ip", false }, { "bind_port", false }, { "connect_port", false },
	{ "mtu", false }, { "code_command", false }, { "code_format", false },
	{ "code_sockopt", false }, { "verbose", false }, { "debug", false },
	{ "send_omit_free", false }, { "persistent_tun_dev", false },
	{ "dry_run", true }, { "non_fatal", true }, { "speed", true }, { "mss", true },
	{ "is_anyip", true }, { "init_scripts", true }, { "so_filename", true },
	{ "so_flags", true }, { "fm_filename", true }, { "udp_encapsulation", true },
	{ "tcp_md5_secret", true }, { "define", true },
	{ "wire_client", true }, { "wire_server", true }, { "wire_server_ip", true },
	{ "wire_server_port", true }, { "wire_client_dev", true }, { "wire_server_dev", true },
};

int tc_script_check_switch(const struct tc_script *s, const struct tc_script_switch *w,
			   struct tc_error *err)
{
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
		if (strcmp(foreign[i].name, w->name) == 0)
			return !foreign[i].needed ? 0 :
			       tc_script_fail(s, w->line, w->column, err, -EOPNOTSUPP,
					      "--%s is not done here", w->name);
	return tc_script_fail(s, w->line, w->column, err, -EINVAL,
			      "no option --%s: a script may say --tolerance_usecs=N, "
			      "--tolerance_percent=P, --strict_segments, "
			      "--tcp_ts_tick_usecs=N, --tcp_ts_ecr_scaled and "
			      "--ip_version=ipv4|ipv6", w->name);
}

const char *tc_script_switch_value(const struct tc_script *s, const char *name)
{
	const char *value = NULL;

	for (const struct tc_script_switch *w = s->switches; w; w = w->next)
		if (strcmp(w->name, name) == 0)
			value = w->value ? w->value : "";
	return value;
}

int tc_script_version(const struct tc_script *s, const char *text,
		      struct tc_script_version *v, struct tc_error *err)
{
	static const struct { const char *name; struct tc_script_version v; } versions[] = {
		{ "ipv4", { 4, false } }, { "ipv6", { 6, false } },
		{ "ipv4-mapped-ipv6", { 4, true } },
	};

	*v = (struct tc_script_version){ 0 };
	if (!text)
		text = tc_script_switch_value(s, "ip_version");
	for (size_t i = 0; text && i < sizeof versions / sizeof *versions; i++)
		if (strcmp(text, versions[i].name) == 0) {
			*v = versions[i].v;
			return 0;
		}
	return text ? tc_fail(err, -EINVAL, "%s: --ip_version=%s: ipv4, ipv6 or "
			      "ipv4-mapped-ipv6 is expected", s->file, text) : 0;
}
