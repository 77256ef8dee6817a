/* SPDX-License-Identifier: BSD-2-Clause */
/* Which library it is, or that there is none. */
#include "library.h"

#include <tcpcraft/buf.h>

#ifdef TC_NETTLE
#include <nettle/version.h>
#endif

void tc_sign_version(struct tc_buf *out)
{
#ifdef TC_NETTLE
	tc_buf_printf(out, ", nettle %d.%d", nettle_version_major(), nettle_version_minor());
#else
	tc_buf_text(out, ", no nettle (no TCP-MD5, no TCP-AO)");
#endif
}
