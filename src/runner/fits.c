/* SPDX-License-Identifier: BSD-2-Clause */
/* What a script says before it is carried out: that a packet of it is longer than the path
 * carries. */
#include "own.h"
#include "script/words.h"
#include "wire/family.h"
#include "wire/place.h"

static int packet_fits(struct tc_script_run *r, const struct tc_script_event *e)
{
	unsigned most = r->cfg.path->mtu;
	unsigned size = tc_family(r->cfg.path->src.family)->ip_bytes + TCP_BYTES;
	int64_t len;

	if (!tc_sc_constant(e->packet.len, &len))
		return 0;
	size += ((unsigned)tc_sc_options_len(&e->packet) + 3) / 4 * 4 + (unsigned)len;
	return size <= most ? 0 :
	       tc_run_cannot(r, e->line, e->column, "this packet of %u bytes is longer than the %u "
			     "that %s carries", size, most, r->cfg.path->ifname);
}

int tc_run_fits(struct tc_script_run *r, const struct tc_script_event *e)
{
	int rc = 0;

	for (; e && rc >= 0; e = e->next) {
		if (e->kind == TC_SCRIPT_PACKET && e->packet.sent)
			rc = packet_fits(r, e);
		if (rc >= 0)
			rc = tc_run_fits(r, e->body);
		if (rc >= 0)
			rc = tc_run_fits(r, e->other);
	}
	return rc;
}
