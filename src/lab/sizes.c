/* SPDX-License-Identifier: BSD-2-Clause */
/* How large segments may be; see lab.h. */
#include "lab.h"

#include "wire/family.h"

unsigned tc_lab_mss(const struct tc_lab *lab)
{
	return tc_family_mss(lab->family, lab->path->mtu);
}

size_t tc_lab_segment(const struct tc_lab *lab, const struct tc_lab_conn *c)
{
	size_t unsaid = tc_family(lab->family)->mss_default;
	size_t mss = c->peer.present & TC_HAS_MSS ? c->peer.mss : unsaid;

	return mss < tc_lab_mss(lab) ? mss : tc_lab_mss(lab);
}
