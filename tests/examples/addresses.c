/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses of either family, as people write them and as RFC 5952 writes them:
 *
 *	cc -Iinclude tests/examples/addresses.c -ltcpcraft -o addresses
 *	./addresses 127.1 2001:DB8:0:0::1 '[::1]:80'
 */
#include <tcpcraft/addr.h>
#include <tcpcraft/error.h>
#include <tcpcraft/version.h>

#include <stdio.h>

static const char *kind(const struct tc_addr *a)
{
	return tc_addr_is_loopback(a)	     ? "loopback"
	       : tc_addr_is_link_local(a)    ? "link-local"
	       : tc_addr_is_private(a)	     ? "private"
	       : tc_addr_is_documentation(a) ? "documentation"
	       : tc_addr_is_multicast(a)     ? "multicast"
					     : "global";
}

int main(int argc, char **argv)
{
	char text[TC_ADDR_PORT_STRING];
	struct tc_error err = { 0 };
	struct tc_addr a;
	int bad = 0;

	if (argc < 2)
		printf("usage: addresses ADDRESS... (libtcpcraft %s, headers %s)\n",
		       tc_version(), TC_VERSION);
	for (int i = 1; i < argc; i++) {
		uint16_t port = 0;

		if (tc_addr_parse_port(&a, &port, argv[i], &err) < 0) {
			fprintf(stderr, "addresses: %s\n", err.msg);
			bad = 1;
			continue;
		}
		printf("%s: IPv%u, %s\n", port ? tc_addr_port_string(&a, port, text)
					       : tc_addr_string(&a, text),
		       a.family, kind(&a));
	}
	return bad;
}
