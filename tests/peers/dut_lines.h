/* SPDX-License-Identifier: BSD-2-Clause */
/* What hands share: the lines of tcpcraft-dut(5) at standard input and output. */
#ifndef PEERS_DUT_LINES_H
#define PEERS_DUT_LINES_H

#include <stdio.h>
#include <string.h>

#define DUT_LINE 2048		/* bytes of a request … */
#define DUT_ANSWER (2 * DUT_LINE)	/* … and what there is for what follows an answer's number */
#define DUT_WORDS 5		/* the verb and what follows it; "" where there is none */

/* "-", N*HH or hexadecimal digits: how many bytes of them are taken. */
static size_t dut_bytes(const char *word, unsigned char *to, size_t most)
{
	unsigned count, byte;
	size_t n = 0;

	if (strchr(word, '*') && sscanf(word, "%u*%2x", &count, &byte) == 2) {
		n = count < most ? count : most;
		memset(to, (int)byte, n);
		return n;
	}
	for (; n < most && sscanf(word, "%2x", &byte) == 1; word += 2)
		to[n++] = (unsigned char)byte;
	return n;
}

/* Until the end of the input: `carry_out` writes what follows the number. */
static void dut_serve(void (*carry_out)(char **words, char *answer))
{
	static char line[DUT_LINE], answer[DUT_ANSWER], none[] = "";

	while (fgets(line, sizeof line, stdin)) {
		char *words[DUT_WORDS], *id = strtok(line, " \n"), *at = id;

		for (int i = 0; i < DUT_WORDS; i++) {
			at = at ? strtok(NULL, " \n") : NULL;
			words[i] = at ? at : none;
		}
		if (!id)
			continue;
		carry_out(words, answer);
		printf("%s %s\n", id, answer);
		fflush(stdout);
	}
}

#endif
