/* SPDX-License-Identifier: BSD-2-Clause */
/* What a script is, asked before it is carried out. */
#include "own.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <string.h>

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

/* What scripts of packetdrill say of its own runner: nothing for ours to do. */
static const char *const foreign[] = {
	"local_ip", "remote_ip", "gateway_ip", "netmask_ip", "local_linklocal_ip",
	"gateway_linklocal_ip", "bind_port", "connect_port",
	"mtu", "speed", "so_filename", "so_flags", "init_scripts", "dry_run", "non_fatal",
	"code_command", "code_format", "code_sockopt", "verbose", "debug", "fm_filename",
	"tcp_ts_tick_usecs", "tcp_ts_ecr_scaled", "send_omit_free", "define", "mss",
	"is_anyip", "persistent_tun_dev",
};

bool tc_script_switch_is_foreign(const char *name)
{
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
		if (strcmp(foreign[i], name) == 0)
			return true;
	return strncmp(name, "wire_", 5) == 0;
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
