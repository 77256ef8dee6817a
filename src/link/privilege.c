/* SPDX-License-Identifier: BSD-2-Clause */
/* What to say to whom may not open raw sockets. */
#include "privilege.h"

#include <unistd.h>

const char *tc_privilege_raw(void)
{
	if (geteuid() == 0)
		return "CAP_NET_RAW, which root lacks here: give it (docker run --cap-add "
		       "NET_RAW), or take a private network: unshare -Urn";
	return "root (CAP_NET_RAW): run with sudo, or in a private network: unshare -Urn";
}
