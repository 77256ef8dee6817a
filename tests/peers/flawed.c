/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A PROT server with one planted defect, for a fuzzer to find:
 *
 *	flawed ADDR PORT crash-length    dies of a length of 513 or more
 *	                 hang-zero       never comes back from a length of 0
 *	                 weak-checksum   looks at one byte of two
 *	                 cut N           dies when the first read brings exactly N bytes
 *	                 leak            keeps a descriptor of each frame it rejects
 *	                 length N        dies of exactly N bytes of payload, of up to 65535
 *	                 word HEX        dies of a payload with these bytes in it
 *	                 trusting        does not look behind the header of a frame
 *	                 option K N      dies of a TCP option of kind K that says N bytes
 *	                 fin-window      stops for ever after a FIN with a window of 0
 *	                 none            has none that we know of
 *
 * It tells of its death on standard error. The last two but one look at what TCP brings and
 * need CAP_NET_RAW.
 */
#include <netdb.h>
#include <netinet/in.h>
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
#define MORE_PAYLOAD 65535

static const char *defect;
static long cut, option_length;
static uint8_t word[64];
static size_t word_len;
static int raw = -1, own_port, family;

static int is(const char *name)
{
	return strcmp(defect, name) == 0;
}

static void die(const char *of, long n)
{
	fprintf(stderr, "flawed: dies of %s %ld\n", of, n);
	abort();
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t most(void)
{
	return is("length") ? MORE_PAYLOAD : MAX_PAYLOAD;
}

static void look_at(const uint8_t *payload, uint32_t length)
{
	if (is("length") && length == (uint32_t)cut)
		die("length", cut);
	if (is("word") && memmem(payload, length, word, word_len))
		die("word", (long)word_len);
}

static int has_option(const uint8_t *tcp, size_t n)
{
	for (size_t i = 20; i + 1 < n && tcp[i] != 0; i += tcp[i] == 1 ? 1 : tcp[i + 1]) {
		if (tcp[i] == cut && tcp[i + 1] == option_length)
			return 1;
		if (tcp[i] != 1 && tcp[i + 1] < 2)
			break;
	}
	return 0;
}

/* What is in no stream: all segments that have come by now do what they would to a TCP with
 * the defect. */
static void look_at_segments(void)
{
	static uint8_t ip[65535];
	ssize_t n;

	while (raw >= 0 && (n = recv(raw, ip, sizeof ip, MSG_DONTWAIT)) > 0) {
		/* a raw socket of IPv6 gives what is behind its header (RFC 3542 3) */
		const uint8_t *tcp = ip + (family == AF_INET ? (ip[0] & 15) * 4 : 0);
		size_t head = tcp + 20 > ip + n ? 0 : (size_t)(tcp[12] >> 4) * 4;

		if (head < 20 || tcp + head > ip + n || (tcp[2] << 8 | tcp[3]) != own_port)
			continue;
		if (is("option") && has_option(tcp, head))
			die("option", cut);
		while (is("fin-window") && tcp[13] & 1 && tcp[14] == 0 && tcp[15] == 0)
			pause();
	}
}

/* 1 good, 0 to be rejected, -1 the client has gone. */
static int serve(int fd)
{
	static uint8_t frame[HEAD + MORE_PAYLOAD + 2];
	uint8_t sum = 0;
	size_t have = 0, want = HEAD;
	uint32_t length = 0;

	while (have < want) {
		ssize_t n = read(fd, frame + have, is("cut") ? want - have :
							    sizeof frame - have);

		look_at_segments();
		if (have == 0 && n > 0 && is("cut")) {
			/* what else is there belongs to the first read, too */
			ssize_t more = recv(fd, frame + n, sizeof frame - (size_t)n,
					    MSG_DONTWAIT | MSG_PEEK);

			if (n + (more > 0 ? more : 0) == cut)
				die("first read", cut);
		}
		if (n <= 0)
			return -1;
		have += (size_t)n;
		if (have >= HEAD && want == HEAD) {
			length = be32(frame + 5);
			if (memcmp(frame, "PROT", 4) != 0 || frame[4] != 1)
				return 0;
			if (length > MAX_PAYLOAD && is("crash-length"))
				die("length", (long)length);
			if (is("trusting") && have > HEAD)
				return 1;
			while (length == 0 && is("hang-zero"))
				pause();
			if (length > most())
				return 0;
			want += length + 2;
		}
	}
	look_at(frame + HEAD, length);
	for (uint32_t i = 0; i < length; i++)
		sum ^= frame[HEAD + i];
	return frame[HEAD + length] == sum && (is("weak-checksum") || !frame[HEAD + length + 1]);
}

static int listen_on(const char *addr, const char *port)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM }, *at;
	int fd, one = 1;

	if (getaddrinfo(addr, port, &hints, &at) != 0) {
		fprintf(stderr, "flawed: %s %s is not an address and port\n", addr, port);
		exit(1);
	}
	family = at->ai_family;
	fd = socket(family, SOCK_STREAM, 0);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
	    bind(fd, at->ai_addr, at->ai_addrlen) < 0 || listen(fd, 64) < 0) {
		perror("flawed");
		exit(1);
	}
	freeaddrinfo(at);
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
	option_length = argc > 5 ? atol(argv[5]) : 0;
	for (const char *at = argc > 4 ? argv[4] : ""; word_len < sizeof word &&
	     sscanf(at, "%2hhx", &word[word_len]) == 1; at += 2)
		word_len++;
	signal(SIGPIPE, SIG_IGN);
	setrlimit(RLIMIT_CORE, &no_core);
	fd = listen_on(argv[1], argv[2]);
	own_port = atoi(argv[2]);
	if (is("option") || is("fin-window"))
		raw = socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_TCP);
	if (is("leak"))
		setrlimit(RLIMIT_NOFILE, &few);
	for (;;) {
		client = accept(fd, NULL, NULL);
		look_at_segments();
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
