/* SPDX-License-Identifier: BSD-2-Clause */
/* What a script says before it is carried out: that a packet of it is longer than the path
 * carries; and which call makes a SYN that is to come one of a new connection. */
#include "own.h"
#include "script/words.h"

#include <string.h>
#include <sys/socket.h>

#define HEADERS(family) ((family) == 6 ? 60u : 40u)	/* IP's and TCP's */

static int packet_fits(struct tc_script_run *r, const struct tc_script_event *e)
{
	unsigned most = r->cfg.path->mtu, size = HEADERS(r->cfg.path->src.family);
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

static bool says_fastopen(const struct tc_script_arg *a)
{
	for (; a; a = a->next)
		if ((a->kind == TC_ARG_WORD && strcmp(a->text, "MSG_FASTOPEN") == 0) ||
		    (a->kind == TC_ARG_NUMBER && a->number == MSG_FASTOPEN) ||
		    says_fastopen(a->items))
			return true;
	return false;
}

/* One that failed at once has begun nothing. */
enum run_opening tc_run_opens(const struct tc_script_event *e)
{
	const struct tc_script_call *call = &e->call;

	if (e->kind != TC_SCRIPT_CALL || (call->error && !call->blocks &&
						strcmp(call->error, "EINPROGRESS") != 0))
		return RUN_OPENED;
	if (strcmp(call->name, "listen") == 0)
		return RUN_LISTENS;
	return strcmp(call->name, "connect") == 0 || says_fastopen(call->args) ?
	       RUN_CONNECTS : RUN_OPENED;
}
