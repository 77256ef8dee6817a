/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk over TCP options: the only place that looks at an option's length byte, so
 * the only place that has to distrust it (RFC 9293 3.2, MUST-7).
 */
#include <tcpcraft/tcpopt.h>
#include <tcpcraft/error.h>

#include <errno.h>

int tc_tcpopt_next(struct tc_tcpopt_iter *it, struct tc_tcpopt *opt, struct tc_error *err)
{
	size_t left = (size_t)(it->end - it->at);
	uint8_t kind, len;

	if (left == 0 || it->at[0] == TC_OPT_EOL)
		return 0;
	kind = it->at[0];
	if (kind == TC_OPT_NOP) {
		*opt = (struct tc_tcpopt){ .kind = kind, .len = 1 };
		it->at++;
		return 1;
	}
	if (left < 2)
		return tc_fail(err, -EBADMSG, "option %u: no length byte, 1 byte left",
			       kind);
	len = it->at[1];
	if (len < 2)
		return tc_fail(err, -EBADMSG, "option %u: length %u, the least is 2",
			       kind, len);
	if (len > left)
		return tc_fail(err, -EBADMSG, "option %u: length %u but %zu bytes left",
			       kind, len, left);
	opt->kind = kind;
	opt->len = len;
	opt->data = len > 2 ? it->at + 2 : NULL;
	it->at += len;
	return 1;
}
