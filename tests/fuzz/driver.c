/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a fuzz target without libFuzzer: driver [-n COUNT] [-s SEED] [FILE...]. Files are
 * run as they are; without files, or with -n, COUNT seeded inputs are: random ones, and
 * mutations of what was run before. The target runs in a child, so that a crash, an
 * abort or a sanitizer's report names the input: its number, the seed, its bytes.
 */
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/rng.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT_DEFAULT 20000
#define INPUT_MAX 4096		/* bytes of a generated input */
#define POOL 64			/* inputs kept to mutate */
#define FILE_MAX (1u << 20)
#define EXIT_UNREADABLE 100	/* of the child; a sanitizer's reports have other codes */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	size_t len;
	uint8_t bytes[INPUT_MAX];
};

/* What the parent sees of the child. */
struct shared {
	uint64_t number;		/* of the input that runs, from 1 */
	struct input now;
};

struct options {
	const char *name;
	uint64_t count, seed;
	char **files;
	int n_files;
};

/* Pieces of headers and of values as people write them. */
static const char *const tokens[] = {
	"\x45", "\x46", "\x06", "\x08\x06", "\x08", "\x81", "\x50", "\x60", "\xf0", "\xff",
	"\x7f", "\x80", "\x02\x04\x05\xb4", "\x01\x03\x03\x07", "\x04\x02", "\x08\x0a",
	"\x05\x0a", "PROT\x01", "hex:", "0x", "65535", "4294967295", "10.0.0.1", "255.",
	"02:00:00:00:00:01", "SA", "syn,", "none", "bad", "auto", "mss 1460", "wscale 7",
	"sackOK", "TS val 1 ecr 0", "sack 1:100", "nop", "eol", "unknown-9 00", ",", " ",
	"\n7 1.5 read(4<TCP:[::1:9->::1:8]>, ", "<unfinished ...>\n",
	"\n7 1.6 <... read resumed>", ") = 5 <0.01>\n", "\n--- SIGPIPE {", "+++ exited with 0 +++",
	"::", "fe80::1%lo", "[::1]:80", "::ffff:1.2.3.4",
	":", "\n", "a 8 ", "b *", " 16 ", "little ", "hex ", "const ", "default ", "length-of ",
	"rest", "frame", "xor ", "sum ", "crc16 ", "crc32 ", "inet ", "a..b", "max ", "names x=1,",
	"header ", "/30", "{\"type\":\"result\",\"command\":\"probe\",\"experiment\":\"isn\",",
	"\"numbers\":{\"a\":1}", "\"verdict\":\"x\"}",
	"{\"match\":{\"op\":\"==\",\"left\":", "\"right\":", "{\"vmap\":{\"key\":", "\"data\":\"@m\"",
	"{\"drop\":null}", "{\"jump\":{\"target\":\"c\"}}", "{\"set\":[", "{\"meta\":{\"key\":\"iif\"}}",
	"]}", "}}",
	"mss=", "wscale=off,", "window=mss*", "options=mss:nop:", "sackOK:TS:eol", "isn=clock\n",
};

static size_t below(struct tc_rng *r, size_t n)
{
	return (size_t)tc_rng_below(r, n);
}

static void insert(struct input *in, size_t at, const void *bytes, size_t n)
{
	if (n > INPUT_MAX - in->len)
		n = INPUT_MAX - in->len;
	memmove(in->bytes + at + n, in->bytes + at, in->len - at);
	memcpy(in->bytes + at, bytes, n);
	in->len += n;
}

static void cut(struct input *in, size_t at, size_t n)
{
	memmove(in->bytes + at, in->bytes + at + n, in->len - at - n);
	in->len -= n;
}

static void mutate_once(struct tc_rng *r, struct input *in, const struct input *other)
{
	const char *token = tokens[below(r, sizeof tokens / sizeof tokens[0])];
	size_t at = below(r, in->len + 1), n = strlen(token), from;
	uint8_t piece[16];

	switch (below(r, 7)) {
	case 0:
		tc_rng_bytes(r, piece, sizeof piece);
		insert(in, at, piece, 1 + below(r, sizeof piece));
		return;
	case 1:
		insert(in, at, token, n);
		return;
	case 2:			/* splice */
		from = below(r, other->len + 1);
		insert(in, at, other->bytes + from, below(r, other->len - from + 1));
		return;
	case 3:
		cut(in, at, below(r, in->len - at + 1));
		return;
	case 4:
		if (at + n <= in->len)
			memcpy(in->bytes + at, token, n);
		return;
	case 5:
		if (at < in->len)
			in->bytes[at] ^= (uint8_t)(1u << below(r, 8));
		return;
	default:
		if (at < in->len)
			in->bytes[at] = (uint8_t)tc_rng_u64(r);
		return;
	}
}

static void next_input(struct tc_rng *r, struct input *in, struct input *pool)
{
	if (below(r, 4) == 0) {
		in->len = below(r, below(r, 8) ? 128 : INPUT_MAX);
		tc_rng_bytes(r, in->bytes, in->len);
	} else {
		*in = pool[below(r, POOL)];
	}
	for (size_t k = below(r, 8); k > 0; k--)
		mutate_once(r, in, &pool[below(r, POOL)]);
	if (below(r, 4) == 0)
		pool[below(r, POOL)] = *in;
}

static void run(struct shared *s, const uint8_t *bytes, size_t n)
{
	uint8_t *exact = malloc(n + !n);	/* a sanitizer sees a read beyond it */

	if (!exact)
		abort();
	s->number++;
	s->now.len = n < INPUT_MAX ? n : INPUT_MAX;
	memcpy(s->now.bytes, bytes, s->now.len);
	memcpy(exact, bytes, n);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
}

static int run_file(struct shared *s, const char *path, struct input *pool)
{
	struct tc_error err = { 0 };
	struct tc_buf b = { 0 };
	int rc = tc_buf_read_file(&b, path, FILE_MAX, &err);

	if (rc < 0) {
		fprintf(stderr, "%s\n", err.msg);
	} else if (b.len) {
		run(s, b.data, b.len);
		*pool = s->now;
	}
	tc_buf_free(&b);
	return rc;
}

static int run_all(struct shared *s, const struct options *o)
{
	struct input *pool = calloc(POOL + 1, sizeof *pool);
	struct input *in = pool + POOL;
	struct tc_rng r;
	int rc = 0;

	if (!pool)
		abort();
	tc_rng_seed(&r, o->seed);
	for (int i = 0; i < o->n_files && rc == 0; i++)
		rc = run_file(s, o->files[i], &pool[i % POOL]);
	for (uint64_t i = 0; i < o->count && rc == 0; i++) {
		next_input(&r, in, pool);
		run(s, in->bytes, in->len);
	}
	free(pool);
	return rc < 0 ? EXIT_UNREADABLE : 0;
}

static int usage(const char *name)
{
	fprintf(stderr, "usage: %s [-n COUNT] [-s SEED] [FILE...]\n", name);
	return 2;
}

/* 0, or -1 after a usage line. */
static int read_options(struct options *o, int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	bool counted = false;
	char *end = NULL;
	int c;

	o->name = slash ? slash + 1 : argv[0];
	o->count = COUNT_DEFAULT;
	o->seed = 1;
	while ((c = getopt(argc, argv, "n:s:")) != -1) {
		if (c == 'n')
			o->count = strtoull(optarg, &end, 10);
		else if (c == 's')
			o->seed = strtoull(optarg, &end, 10);
		else
			return -1;
		if (*end || end == optarg)
			return -1;
		counted = counted || c == 'n';
	}
	o->files = argv + optind;
	o->n_files = argc - optind;
	if (o->n_files && !counted)
		o->count = 0;
	return 0;
}

static void show_failure(const struct options *o, const struct shared *s, int status)
{
	printf("not ok - fuzz %s: input %" PRIu64 ", seed %" PRIu64 " (%s %d)\n# ", o->name,
	       s->number, o->seed, WIFSIGNALED(status) ? "signal" : "exit status",
	       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	for (size_t i = 0; i < s->now.len; i++)
		printf("%02x", s->now.bytes[i]);
	printf("\n");
}

int main(int argc, char **argv)
{
	struct shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct options o;
	int status;
	pid_t pid;

	if (read_options(&o, argc, argv) < 0)
		return usage(argv[0]);
	if (s == MAP_FAILED || (pid = fork()) < 0) {
		perror(o.name);
		return 2;
	}
	if (pid == 0)
		exit(run_all(s, &o));
	if (waitpid(pid, &status, 0) != pid) {
		perror(o.name);
		return 2;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_UNREADABLE)
		return 2;
	if (status != 0) {
		show_failure(&o, s, status);
		return 1;
	}
	printf("ok - fuzz %s: %" PRIu64 " inputs, seed %" PRIu64 "\n", o.name, s->number,
	       o.seed);
	return 0;
}
