/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An experiment as text is read into a tree, looked at, and printed in its canonical form.
 * What is wrong with it is said with line and column.
 */
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/script.h>

#include <stdio.h>
#include <string.h>

static const char text[] =
	"--tolerance_usecs=50000\n"
	"0  < S 0:0(0) win 1000 <mss 1460>   // our SYN\n"
	"*  > S. 0:0(0) ack 1 <...>\n"
	"+0 < . 1:1(0) ack 1\n"
	"+.1 < P. 1:6(5) ack 1 \"hello\"\n"
	"*  > . 1:1(0) ack 6\n";

static unsigned count(const struct tc_script *s, bool sent)
{
	unsigned n = 0;

	for (const struct tc_script_event *e = s->events; e; e = e->next)
		n += e->kind == TC_SCRIPT_PACKET && e->packet.sent == sent;
	return n;
}

int main(int argc, char **argv)
{
	const char *in = argc > 1 ? argv[1] : text;
	struct tc_script *s = NULL;
	struct tc_error err = { 0 };
	struct tc_buf out = { 0 };

	if (tc_script_parse(&s, "script", in, strlen(in), NULL, 0, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	tc_script_print(&out, s);
	printf("%s", (const char *)out.data);
	printf("// sends %u packets, expects %u\n", count(s, true), count(s, false));
	tc_buf_free(&out);
	tc_script_free(s);
	return 0;
}
