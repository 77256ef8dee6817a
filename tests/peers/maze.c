/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server that dies behind a row of doors, for a fuzzer that sees which ones have opened:
 *
 *	maze ADDR PORT
 *
 * Each byte of what a client says first has to be in a range of its own; who is through all
 * of them ends it. It says "listening", answers "ok" and closes. IPv4.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static void walk(const uint8_t *b, ssize_t n)
{
	if (n < 5 || b[0] < 0xf0)
		return;
	if (b[1] > 0x18)
		return;
	if (b[2] < 0x20 || b[2] > 0x30)
		return;
	if (b[3] < 0xe8)
		return;
	if (b[4] >= 0x80 && b[4] < 0x98)
		abort();
}

/* What a busy machine has it do (a client that is gone before it is read) is no door. */
#if defined(__clang__)
__attribute__((no_sanitize("coverage")))
#elif defined(__GNUC__) && __GNUC__ >= 12
__attribute__((no_sanitize_coverage))
#endif
int main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	struct rlimit none = { 0, 0 };
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	uint8_t bytes[512];

	setrlimit(RLIMIT_CORE, &none);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (argc != 3 || inet_pton(AF_INET, argv[1], &at.sin_addr) != 1)
		return 2;
	at.sin_port = htons((uint16_t)atoi(argv[2]));
	if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 64) < 0) {
		perror("maze");
		return 1;
	}
	puts("listening");
	fflush(stdout);
	for (;;) {
		int c = accept(fd, NULL, NULL);
		ssize_t n = c < 0 ? -1 : read(c, bytes, sizeof bytes);

		walk(bytes, n);
		if (n > 0 && write(c, "ok", 2) < 0)
			perror("maze");
		close(c);
	}
}
