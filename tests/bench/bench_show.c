/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a capture of 1,000,000 packets: `show` as it is called by default, and with a
 * line for each segment, against tshark's and tcpdump's default listings. The capture is
 * 1000 connections with handshake, data both ways and close, interleaved. What counts is
 * the time each program computes, so that others on the machine do not.
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

static int write_capture(const char *path, struct tc_error *err)
{
	static struct talk talks[CONNECTIONS];
	struct tc_pcap_writer *w;
	struct tc_template t;
	uint8_t frame[TC_HEAD_MAX + DATA_LARGE];
	tc_time stamp = 1700000000 * TC_S;
	int rc = open_template(&t, err);

	if (rc >= 0)
		rc = tc_pcap_writer_open(&w, path, TC_DLT_EN10MB, true, err);
	if (rc < 0)
		return rc;
	for (unsigned n = 0; n < EACH && rc >= 0; n++)
		for (unsigned i = 0; i < CONNECTIONS && rc >= 0; i++) {
			struct tc_flow flow = tc_flow_v4(CLIENT, SERVER, (uint16_t)(10000 + i), 80);
			struct tc_seg seg;
			unsigned from = make(&talks[i], n, &seg);
			size_t len;

			if (from)
				flow = tc_flow_v4(SERVER, CLIENT, 80, (uint16_t)(10000 + i));
			len = tc_template_emit(&t, &flow, &seg, (uint16_t)n, payload, frame);
			rc = tc_pcap_writer_add(w, frame, len, len, stamp += 3 * TC_US, err);
		}
	if (rc >= 0)
		return tc_pcap_writer_close(w, err);
	tc_pcap_writer_abort(w);
	return rc;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* Thousands of packets for each second that the program computes; < 0: it failed. */
static double rate(char *const argv[])
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
	return CONNECTIONS * EACH / 1e3 / (seconds(used.ru_utime) + seconds(used.ru_stime));
}

enum program { SHOW, SHOW_EACH, TSHARK, TCPDUMP, PROGRAMS };

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
};
#define ROWS (sizeof rows / sizeof *rows)

/* Each program once a round, in turns. */
static int measure(char *argv[PROGRAMS][6])
{
	static struct bench b[ROWS];
	double k[PROGRAMS];
	int code = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		for (unsigned p = 0; p < PROGRAMS; p++)
			k[p] = rate(argv[p]);
		for (unsigned r = 0; r < ROWS; r++) {
			b[r].what = rows[r].what;
			b[r].theirs = rows[r].against;
			b[r].unit = "k/s";
			b[r].target = rows[r].target;
			if (k[rows[r].ours] > 0 && k[rows[r].theirs] > 0)
				bench_add(&b[r], k[rows[r].ours], k[rows[r].theirs]);
			code |= k[rows[r].ours] <= 0;
		}
	}
	for (unsigned r = 0; r < ROWS; r++)
		if (b[r].n == ROUNDS)
			bench_report(&b[r]);
		else
			bench_skip(rows[r].what, "one of the two is missing, or failed");
	return code;
}

int main(void)
{
	const char *own = getenv("TCPCRAFT"), *tmp = getenv("TMPDIR");
	char *tcpcraft = strdup(own ? own : "build/tcpcraft");
	struct tc_error err = { 0 };
	char path[256];
	int code;

	snprintf(path, sizeof path, "%s/tcpcraft-bench-%d.pcap", tmp ? tmp : "/tmp",
		 (int)getpid());
	code = write_capture(path, &err);
	if (code < 0)
		fprintf(stderr, "show: %s\n", err.msg);
	else
		code = measure((char *[PROGRAMS][6]){
			[SHOW] = { tcpcraft, "show", path },
			[SHOW_EACH] = { tcpcraft, "show", "-v", path },
			[TSHARK] = { "tshark", "-n", "-r", path },
			[TCPDUMP] = { "tcpdump", "-nn", "-r", path },
		});
	unlink(path);
	free(tcpcraft);
	return code != 0;
}
