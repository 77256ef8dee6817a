/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a capture of 1,000,000 packets: `show` as it is called by default, and with a
 * line for each segment, against tshark's and tcpdump's default listings. The capture is
 * 1000 connections with handshake, data both ways and close, interleaved. What counts is
 * the time each program computes, so that others on the machine do not. The same packets again
 * compressed, and as pcapng. TC_LONG, of the environment: ten million packets, once, and how much
 * memory `show` takes for them.
 */
#include "measure.h"

#include <tcpcraft/error.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/pcapfile.h>
#include <tcpcraft/rng.h>
#include <tcpcraft/segment.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 3
#define CONNECTIONS 1000u
#define LONG 10u		/* times as many */
#define LONG_MB 512		/* asked of ten million packets */
#define EACH 1000u		/* packets of a connection: */
#define OPEN 3u			/* SYN; SYN,ACK; ACK; then data and its ACK in turns; */
#define CLOSE 3u		/* FIN; FIN,ACK; ACK */
#define DATA 200u		/* bytes, those of every fifth 1400 */
#define DATA_LARGE 1400u
#define CLIENT 0x0a000001u
#define SERVER 0x0a000002u

static uint8_t payload[DATA_LARGE];

/* One connection, a packet at a time. */
struct talk {
	tc_seq next[2];
	uint16_t port;
	unsigned data;			/* segments with data so far */
};

static uint32_t data_length(const struct talk *t)
{
	return t->data % 5 ? DATA : DATA_LARGE;
}

/* The nth packet of the connection, and which side sends it. */
static unsigned make(struct talk *t, unsigned n, struct tc_seg *seg)
{
	unsigned from = n == 1 || n == EACH - 2;

	*seg = (struct tc_seg){ .flags = TC_FLAG_ACK, .wnd = 64240 };
	if (n == 0)
		seg->flags = TC_FLAG_SYN;
	else if (n == 1)
		seg->flags = TC_FLAG_SYN | TC_FLAG_ACK;
	else if (n == EACH - 3 || n == EACH - 2)
		seg->flags |= TC_FLAG_FIN;
	else if (n >= OPEN && n < EACH - CLOSE)
		from = (n - OPEN) / 2 / 3 % 2 ^ (n - OPEN) % 2;	/* three each, in turns */
	if (n >= OPEN && n < EACH - CLOSE && (n - OPEN) % 2 == 0) {
		seg->len = data_length(t);
		seg->flags |= TC_FLAG_PSH;
		t->data++;
	}
	if (n < 2)
		seg->opts = (struct tc_seg_opts){ .present = TC_HAS_MSS, .mss = 1460 };
	seg->seq = t->next[from];
	seg->ack = n ? t->next[!from] : 0;
	t->next[from] += tc_seg_seq_len(seg);
	return from;
}

static int open_template(struct tc_template *t, struct tc_error *err)
{
	struct tc_packet p = { 0 };
	int rc = tc_packet_push(&p, tc_header_get(TC_HDR_ETH), err);

	if (rc >= 0)
		rc = tc_packet_push(&p, tc_header_get(TC_HDR_IP), err);
	if (rc >= 0)
		rc = tc_packet_push(&p, tc_header_get(TC_HDR_TCP), err);
	if (rc >= 0)
		rc = tc_template_init(t, &p, err);
	tc_packet_free(&p);
	return rc;
}

static int write_capture(const char *path, unsigned connections, struct tc_error *err)
{
	struct talk *talks = calloc(connections, sizeof *talks);
	struct tc_pcap_writer *w;
	struct tc_template t;
	uint8_t frame[TC_HEAD_MAX + DATA_LARGE];
	tc_time stamp = 1700000000 * TC_S;
	int rc = talks ? open_template(&t, err) : -ENOMEM;

	if (rc >= 0)
		rc = tc_pcap_writer_open(&w, path, TC_DLT_EN10MB, true, err);
	if (rc < 0)
		return rc;
	for (unsigned n = 0; n < EACH && rc >= 0; n++)
		for (unsigned i = 0; i < connections && rc >= 0; i++) {
			struct tc_flow flow = tc_flow_v4(CLIENT, SERVER, (uint16_t)(10000 + i), 80);
			struct tc_seg seg;
			unsigned from = make(&talks[i], n, &seg);
			size_t len;

			if (from)
				flow = tc_flow_v4(SERVER, CLIENT, 80, (uint16_t)(10000 + i));
			len = tc_template_emit(&t, &flow, &seg, (uint16_t)n, payload, frame);
			rc = tc_pcap_writer_add(w, frame, len, len, stamp += 3 * TC_US, err);
		}
	free(talks);
	if (rc >= 0)
		return tc_pcap_writer_close(w, err);
	tc_pcap_writer_abort(w);
	return rc;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* Thousands of packets for each second that the program computes, and the most memory that it
 * had, in MB; < 0: it failed. */
static double rate(char *const argv[], unsigned connections, double *memory)
{
	pid_t child = fork();
	struct rusage used;
	int status, null;

	if (child == 0) {
		null = open("/dev/null", O_WRONLY);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &used) < 0 || status != 0)
		return -1;
	*memory = (double)used.ru_maxrss / 1024;
	return connections * EACH / 1e3 / (seconds(used.ru_utime) + seconds(used.ru_stime));
}

enum program { SHOW, SHOW_EACH, TSHARK, TCPDUMP, GZ, GZ_TSHARK, NG, NG_TSHARK, PROGRAMS };

/* A capture by its name's end, and who reads it. */
static const struct {
	const char *end;
	const char *argv[4];		/* the first NULL: tcpcraft */
} programs[PROGRAMS] = {
	[SHOW] = { "pcap", { NULL, "show" } },
	[SHOW_EACH] = { "pcap", { NULL, "show", "-v" } },
	[TSHARK] = { "pcap", { "tshark", "-n", "-r" } },
	[TCPDUMP] = { "pcap", { "tcpdump", "-nn", "-r" } },
	[GZ] = { "pcap.gz", { NULL, "show" } },
	[GZ_TSHARK] = { "pcap.gz", { "tshark", "-n", "-r" } },
	[NG] = { "pcapng", { NULL, "show" } },
	[NG_TSHARK] = { "pcapng", { "tshark", "-n", "-r" } },
};

static const struct {
	const char *what;
	enum program ours, theirs;
	const char *against;
	double target;
} rows[] = {
	{ "capture, show", SHOW, TSHARK, "tshark -n", 10 },
	{ "capture, show", SHOW, TCPDUMP, "tcpdump -nn", 1 },
	{ "capture, show -v", SHOW_EACH, TSHARK, "tshark -n", 0 },
	{ "capture, show -v", SHOW_EACH, TCPDUMP, "tcpdump -nn", 1 },
	{ "  .gz, show", GZ, GZ_TSHARK, "tshark -n", 10 },
	{ "  pcapng, show", NG, NG_TSHARK, "tshark -n", 10 },
};
#define ROWS (sizeof rows / sizeof *rows)

struct captures {
	const char *tcpcraft, *base;	/* of the names */
	unsigned connections, rounds;
};

static double run(const struct captures *c, enum program p, double *memory)
{
	char path[300], *argv[6] = { strdup(c->tcpcraft) };
	unsigned n = 1;
	double k;

	snprintf(path, sizeof path, "%s.%s", c->base, programs[p].end);
	for (unsigned i = programs[p].argv[0] ? 0 : 1; i < 4 && programs[p].argv[i]; i++)
		argv[n++] = (char *)(uintptr_t)programs[p].argv[i];
	argv[n] = path;
	k = rate(argv + (programs[p].argv[0] ? 1 : 0), c->connections, memory);
	free(argv[0]);
	return k;
}

/* Each program once a round, in turns. */
static int measure(const struct captures *c)
{
	static struct bench b[ROWS], room = {
		.what = "  its memory", .theirs = "what is asked for", .unit = "MB",
		.target = 1, .at_most = true,
	};
	double k[PROGRAMS], memory[PROGRAMS];
	int code = 0;

	for (unsigned i = 0; i < c->rounds; i++) {
		for (unsigned p = 0; p < PROGRAMS; p++)
			k[p] = run(c, p, &memory[p]);
		for (unsigned r = 0; r < ROWS; r++) {
			b[r].what = rows[r].what;
			b[r].theirs = rows[r].against;
			b[r].unit = "k/s";
			b[r].target = rows[r].target;
			if (k[rows[r].ours] > 0 && k[rows[r].theirs] > 0)
				bench_add(&b[r], k[rows[r].ours], k[rows[r].theirs]);
			code |= k[rows[r].ours] <= 0;
		}
		if (c->connections >= LONG * CONNECTIONS)
			bench_add(&room, memory[SHOW], LONG_MB);
	}
	for (unsigned r = 0; r < ROWS; r++)
		if (b[r].n == c->rounds)
			bench_report(&b[r]);
		else
			bench_skip(rows[r].what, "tcpcraft show failed, or %s, or it is missing (as root: "
				   "scripts/setup bench)", programs[rows[r].theirs].argv[0]);
	if (room.n)
		bench_report(&room);
	return code;
}

/* The other forms, by who is neither of the two. */
static int convert(const char *base)
{
	char command[1200];

	snprintf(command, sizeof command, "gzip -1 -c '%s.pcap' >'%s.pcap.gz' && "
		 "editcap -F pcapng '%s.pcap' '%s.pcapng'", base, base, base, base);
	return system(command);
}

static void clean_up(const char *base)
{
	char path[300];

	for (unsigned p = 0; p < PROGRAMS; p++) {
		snprintf(path, sizeof path, "%s.%s", base, programs[p].end);
		unlink(path);
	}
}

int main(void)
{
	const char *own = getenv("TCPCRAFT"), *tmp = getenv("TMPDIR");
	bool is_long = getenv("TC_LONG");
	struct captures c = {
		.tcpcraft = own ? own : "build/tcpcraft", .rounds = is_long ? 1 : ROUNDS,
		.connections = is_long ? LONG * CONNECTIONS : CONNECTIONS,
	};
	struct tc_error err = { 0 };
	char base[256], path[300];
	int code;

	snprintf(base, sizeof base, "%s/tcpcraft-bench-%d", tmp ? tmp : "/tmp", (int)getpid());
	snprintf(path, sizeof path, "%s.pcap", base);
	c.base = base;
	code = write_capture(path, c.connections, &err);
	if (code < 0)
		fprintf(stderr, "show: %s\n", err.msg);
	else if ((code = convert(base)) != 0)
		bench_skip("show", "gzip or editcap failed, or is missing (as root: scripts/setup bench)");
	else
		code = measure(&c);
	clean_up(base);
	return code != 0;
}
