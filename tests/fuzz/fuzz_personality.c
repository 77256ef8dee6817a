/* SPDX-License-Identifier: BSD-2-Clause */
/* Files and texts of what our TCP is like: what is read prints, and reads back the same. */
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/personality.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

static void check(const struct tc_traits *t)
{
	struct tc_buf text = { 0 }, again = { 0 };
	struct tc_traits same = { 0 };
	struct tc_personality p;

	if (!t->set)
		return;
	tc_traits_print(t, &text);
	must(tc_traits_parse(&same, (const char *)text.data, NULL) == 0 && same.set == t->set);
	tc_traits_print(&same, &again);
	must(strcmp((const char *)text.data, (const char *)again.data) == 0);
	tc_personality_default(&p, 4, 1500);
	if (tc_traits_apply(t, &p, NULL) == 0)
		must(p.tcp.rcv_buf >= p.tcp.syn_window &&
		     p.tcp.rcv_buf >= p.tcp.answer_window && p.ip.ttl);
	tc_buf_free(&text);
	tc_buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct tc_traits t = { 0 };
	struct tc_error err;

	must(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	tc_traits_parse(&t, text, &err);
	check(&t);
	t = (struct tc_traits){ 0 };
	tc_traits_read(&t, "file", data, size, &err);
	check(&t);
	free(text);
	return 0;
}
