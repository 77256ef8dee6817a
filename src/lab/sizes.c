/* SPDX-License-Identifier: BSD-2-Clause */
/* How large segments may be; see lab.h. */
#include "lab.h"

#include "wire/place.h"

unsigned tc_lab_mss(const struct tc_lab *lab)
{
	bool v6 = lab->path->dst.family == 6;

	return lab->path->mtu - TCP_BYTES - (v6 ? (unsigned)IPV6_BYTES : (unsigned)IP_BYTES);
}

size_t tc_lab_segment(const struct tc_lab *lab, const struct tc_lab_conn *c)
{
	size_t unsaid = lab->path->dst.family == 6 ? 1220 : 536;	/* MUST-15 */
	size_t mss = c->peer.present & TC_HAS_MSS ? c->peer.mss : unsaid;

	return mss < tc_lab_mss(lab) ? mss : tc_lab_mss(lab);
}
