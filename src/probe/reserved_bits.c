/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reserved-bits: a SYN and data with each of the three reserved bits, and with all. They
 * must be ignored; a firewall on the way, or an old stack, may see that otherwise.
 */
#include "lab/lab.h"

#include <errno.h>

TC_DEFINE_EXPERIMENT(reserved_bits, "reserved-bits",
	"are reserved bits in SYN and data ignored",
	"RFC 9293 3.1: reserved bits must be ignored in received segments",
	.ports = 32, .harmless = true, .needs = TC_NEEDS_LIFE, .asks = TC_ASKS_BOTH);

#define SYN_WAIT (2 * TC_S + TC_S / 2)	/* two SYNs: one may be lost */
#define RESERVED 0xe00			/* of the 12 bits of tcp.flags */

/* One connection, with these bits in the SYN, or in the data alone. */
static int ask(struct tc_lab *lab, uint16_t bits, bool in_syn, enum tc_lab_reaction *r,
	       bool *open, struct tc_error *err)
{
	struct tc_lab_open how = { .more_flags = in_syn ? bits : 0, .once = in_syn,
				   .wait = tc_lab_wait(lab, SYN_WAIT) };
	struct tc_lab_conn *c;
	int rc = tc_lab_connect(lab, &c, &how, err);

	*open = rc > 0;
	if (in_syn)
		tc_lab_cite_all(lab, c);
	if (rc > 0)
		rc = tc_lab_react_byte(lab, c, bits, r, err);
	if (rc >= 0)
		rc = tc_lab_hang_up(lab, c, err);
	return rc;
}

static void judge(struct tc_finding *f, unsigned syns, unsigned data)
{
	tc_finding_text(f, "syn", "%u of 4 accepted", syns);
	tc_finding_text(f, "data", "%u of 4 acknowledged", data);
	if (syns == 4 && data == 4)
		tc_finding_told(f, "ignores", "SYNs and data are taken whatever their reserved "
				"bits: they are ignored, as they must be");
	else if (syns == 0 && data == 0)
		tc_finding_told(f, "drops", "no SYN and no data with a reserved bit is taken: "
				"the peer, or a firewall before it, drops what it should not "
				"look at");
	else
		tc_finding_told(f, "depends", "with reserved bits %u of 4 SYNs and %u of 4 data "
				"segments are taken: they are looked at, and should not be",
				syns, data);
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	static const uint16_t bits[] = { RESERVED, 0x800, 0x400, 0x200 };
	struct tc_lab_conn *plain;
	unsigned syns = 0, data = 0;
	enum tc_lab_reaction r;
	bool open;
	int rc = tc_lab_begin(lab, f, &plain, NULL, err);

	if (rc <= 0)
		return rc;
	rc = tc_lab_hang_up(lab, plain, err);
	for (unsigned i = 0; i < 4 && rc >= 0; i++) {
		rc = ask(lab, bits[i], true, &r, &open, err);
		syns += open;
		if (rc >= 0)
			rc = ask(lab, bits[i], false, &r, &open, err);
		data += open && tc_lab_took(r);
	}
	if (rc >= 0)
		judge(f, syns, data);
	return rc;
}
