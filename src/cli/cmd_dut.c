/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft dut: this kernel's sockets for who tests it (tcpcraft-dut(5)). */
#include "commands.h"

#include "dut/serve.h"
#include "host/interface.h"
#include "host/sockaddr.h"

#include <tcpcraft/route.h>

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 4

/* [ADDR:]PORT; who can reach it can make connections from here, so it is this host alone
 * unless ADDR says otherwise. */
static int read_place(const char *text, struct sockaddr_storage *at, socklen_t *n,
		      struct tc_error *err)
{
	struct tc_addr addr = tc_addr_from_v4(INADDR_LOOPBACK);
	uint16_t port = 0;
	int rc = strchr(text, ':') ? tc_addr_parse_port(&addr, &port, text, err) : 0;

	if (rc >= 0 && !port)
		rc = tc_port_parse(&port, strchr(text, ':') ? "" : text, err);
	if (rc < 0)
		return rc;
	*n = tc_sockaddr(at, &addr, port);
	return tc_interface_said(&addr, err);
}

static int open_place(const char *text, int type, struct tc_error *err)
{
	const int yes = 1;
	struct sockaddr_storage at;
	socklen_t n;
	int rc = read_place(text, &at, &n, err), fd;

	if (rc < 0)
		return rc;
	fd = socket(at.ss_family, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return tc_fail_errno(err, "cannot make a socket");
	if (type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (bind(fd, (const struct sockaddr *)&at, n) < 0 ||
	    (type == SOCK_STREAM && listen(fd, BACKLOG) < 0)) {
		rc = tc_fail_errno(err, "cannot listen at %s", text);
		close(fd);
		return rc;
	}
	return fd;
}

static int serve(const struct options *o, struct tc_error *err)
{
	struct tc_dut_server s = { .machine = &tc_dut_kernel,
				   .link = o->ifname ? if_nametoindex(o->ifname) : 0,
				   .only_link = tc_interface_only_link };
	const char *place = o->dut.udp ? o->dut.udp : o->dut.tcp;
	int fd, rc;

	if (o->ifname && !s.link)
		return tc_interface_none(o->ifname, err);
	if (o->dut.stdio && live_wall(o, NULL, 0, err) < 0)
		return err->code;
	if (o->dut.stdio)
		return tc_dut_serve_stream(&s, STDIN_FILENO, STDOUT_FILENO, 0) < 0 ?
		       tc_fail(err, -EIO, "standard output cannot be written") : 0;
	fd = open_place(place, o->dut.udp ? SOCK_DGRAM : SOCK_STREAM, err);
	if (fd < 0)
		return fd;
	if (live_wall(o, NULL, 0, err) < 0)
		return err->code;
	if (!o->quiet)
		terminal_say(o, stderr, "tcpcraft: this kernel's sockets, for requests "
			     "to %s\n", place);
	rc = o->dut.udp ? tc_dut_serve_datagrams(&s, fd) : tc_dut_serve_clients(&s, fd);
	return tc_fail(err, rc, "requests to %s: %s", place, strerror(-rc));
}

static int entry(const struct command *cmd, struct options *o, int argc, char **argv)
{
	struct tc_error err = { 0 };
	int rc;

	(void)argc;
	(void)argv;
	if (!!o->dut.udp + !!o->dut.tcp + o->dut.stdio != 1)
		return fail_usage(o, "%s: one of --udp PORT, --tcp PORT and --stdio says where "
				  "requests come from", cmd->name);
	signal(SIGPIPE, SIG_IGN);
	rc = serve(o, &err);
	return rc < 0 ? fail(o, exit_for(OF_SESSION, &err), &err) : EXIT_DONE;
}

const struct command cmd_dut = {
	.name = "dut", .args = "--udp PORT|--tcp PORT|--stdio",
	.one_line = "this kernel's sockets, for run and conform --dut of another host",
	.groups = GROUP_DUT | GROUP_QUIET,
	.min_args = 0, .max_args = 0,
	.run = entry,
	.wall = TC_WALL_TALKS | TC_WALL_SERVES,
	.more = "tcpcraft dut --udp 192.0.2.7:4000\n"
		"tcpcraft conform --dut 'exec:ssh board tcpcraft dut --stdio' 192.0.2.7",
};
