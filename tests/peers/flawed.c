/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A PROT server with one planted defect, for a fuzzer to find:
 *
 *	flawed ADDR PORT crash-length    dies of a length of 513 or more
 *	                 hang-zero       never comes back from a length of 0
 *	                 weak-checksum   looks at one byte of two
 *	                 cut N           dies when the first read brings exactly N bytes
 *	                 leak            keeps a descriptor of each frame it rejects
 *	                 none            has none that we know of
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD 9
#define MAX_PAYLOAD 512

static const char *defect;
static long cut;

static int is(const char *name)
{
	return strcmp(defect, name) == 0;
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* 1 good, 0 to be rejected, -1 the client has gone. */
static int serve(int fd)
{
	uint8_t frame[HEAD + MAX_PAYLOAD + 2], sum = 0;
	size_t have = 0, want = HEAD;
	uint32_t length = 0;

	while (have < want) {
		ssize_t n = read(fd, frame + have, want - have);

		if (have == 0 && n > 0 && is("cut")) {
			/* what else is there belongs to the first read, too */
			ssize_t more = recv(fd, frame + n, sizeof frame - (size_t)n,
					    MSG_DONTWAIT | MSG_PEEK);

			if (n + (more > 0 ? more : 0) == cut)
				abort();
		}
		if (n <= 0)
			return -1;
		have += (size_t)n;
		if (have == HEAD && want == HEAD) {
			length = be32(frame + 5);
			if (memcmp(frame, "PROT", 4) != 0 || frame[4] != 1)
				return 0;
			if (length > MAX_PAYLOAD && is("crash-length"))
				abort();
			while (length == 0 && is("hang-zero"))
				pause();
			if (length > MAX_PAYLOAD)
				return 0;
			want += length + 2;
		}
	}
	for (uint32_t i = 0; i < length; i++)
		sum ^= frame[HEAD + i];
	return frame[HEAD + length] == sum && (is("weak-checksum") || !frame[HEAD + length + 1]);
}

static int listen_on(const char *addr, const char *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	at.sin_port = htons((uint16_t)atoi(port));
	if (inet_pton(AF_INET, addr, &at.sin_addr) != 1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
	    bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 64) < 0) {
		perror("flawed");
		exit(1);
	}
	return fd;
}

int main(int argc, char **argv)
{
	struct rlimit few = { 24, 24 }, no_core = { 0, 0 };
	int fd, client, rc;

	if (argc < 4) {
		fprintf(stderr, "usage: flawed ADDR PORT DEFECT [N]\n");
		return 2;
	}
	defect = argv[3];
	cut = argc > 4 ? atol(argv[4]) : 0;
	signal(SIGPIPE, SIG_IGN);
	setrlimit(RLIMIT_CORE, &no_core);
	fd = listen_on(argv[1], argv[2]);
	if (is("leak"))
		setrlimit(RLIMIT_NOFILE, &few);
	for (;;) {
		client = accept(fd, NULL, NULL);
		if (client < 0) {
			close(fd);	/* no descriptor left: nobody is served any more */
			pause();
		}
		rc = serve(client);
		if (rc == 1 && write(client, "ACK", 3) != 3)
			rc = -1;
		if (rc == 0 && is("leak"))
			shutdown(client, SHUT_RDWR);
		else
			close(client);
	}
}
