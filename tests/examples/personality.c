/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What makes a TCP look like one system or another: keys and values are read, tried on a path's
 * defaults, and printed as they would be given to --tcp, with the options of the SYN that they
 * make. Without arguments: the keys that there are.
 *
 *	cc personality.c $(pkg-config --cflags --libs tcpcraft)
 *	./a.out mss=1400,wscale=off,ts=off options=mss:nop:nop:sackOK
 */
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/personality.h>
#include <tcpcraft/segment.h>
#include <tcpcraft/syn_order.h>
#include <tcpcraft/tcpopt.h>

#include <stdio.h>

#define MTU 1500u

static int give_up(const struct tc_error *err)
{
	fprintf(stderr, "personality: %s\n", err->msg);
	return 1;
}

static void list_keys(void)
{
	struct tc_trait_row row;

	for (unsigned i = 0; tc_trait_row(i, &row); i++)
		printf("%s=%s\t%s\n", row.key, row.arg, row.doc);
}

/* The options of a SYN in the order that was chosen: only what has a place there is sent. */
static void put_syn(struct tc_buf *out, const struct tc_personality *p)
{
	const struct tc_syn_order *order = &p->ip.order;
	struct tc_seg_opts opts = { .mss = p->tcp.mss };
	uint8_t bytes[TC_OPTIONS_MAX];

	opts.present = tc_syn_order_has(order) & (TC_HAS_MSS | TC_HAS_SACK_OK);
	tc_buf_printf(out, "\nSYN: ");
	tc_tcpopt_print(out, bytes, tc_syn_order_write(order, &opts, bytes));
}

int main(int argc, char **argv)
{
	struct tc_personality p;
	struct tc_traits traits = { 0 };
	struct tc_error err = { 0 };
	struct tc_buf out = { 0 };

	if (argc < 2)
		list_keys();
	tc_personality_default(&p, 4, MTU);
	for (int i = 1; i < argc; i++)
		if (tc_traits_parse(&traits, argv[i], &err) < 0)
			return give_up(&err);
	if (tc_traits_apply(&traits, &p, &err) < 0)	/* do they contradict one another? */
		return give_up(&err);
	tc_traits_print(&traits, &out);
	if (p.ip.order.n)
		put_syn(&out, &p);
	if (out.len)
		printf("%s\n", (char *)out.data);
	tc_buf_free(&out);
	return 0;
}
