/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a connection could not be had, or kept: the verdict of an experiment that needs one. */
#include "own.h"

#include "base/addr.h"
#include "wire/icmp.h"

#include <tcpcraft/backlog.h>
#include <tcpcraft/verdict.h>

#include <inttypes.h>

static unsigned opened(const struct tc_lab *lab)
{
	unsigned n = 0;

	for (size_t i = 0; i < lab->own->n_conns; i++)
		n += lab->own->conns[i]->opened;
	return n;
}

static void gone(struct tc_finding *f, const struct tc_lab_conn *c, unsigned n)
{
	tc_finding_unknown(f, "gone", "could not tell: after %u connection%s the peer %s: the %s "
			   "died, or has had enough of us", n, n == 1 ? "" : "s",
			   c->end == TC_LAB_REFUSED ? "refuses" :
			   c->end == TC_LAB_NO_CALL ? "does not call any more" :
			   "does not answer", f->peer);
}

/* It lives, whatever is wrong with what it says. */
static void no_handshake(struct tc_finding *f, const struct tc_lab_conn *c, unsigned n)
{
	tc_finding_unknown(f, "no-answer", "could not tell: after %u connection%s there is no "
			   "handshake: ", n, n == 1 ? "" : "s");
	tc_lab_tell_silence(&f->sentence, c);
}

static double seconds(tc_time t)
{
	return (double)t / (double)TC_S;
}

/* A client with which there was not one connection. */
static void no_client(struct tc_finding *f, const struct tc_lab *lab,
		      const struct tc_lab_conn *c)
{
	if (c->end == TC_LAB_REFUSED)
		tc_finding_unknown(f, "refused", "the client called, and answered our SYN,ACK "
				   "with a reset: it gave up, or a firewall rejects it");
	else if (c->end == TC_LAB_NO_ANSWER)
		tc_finding_unknown(f, "no-answer", "the client called, but did not answer our "
				   "SYN,ACK in %g s: it is gone, or a firewall drops it",
				   seconds(lab->timeout));
	else
		tc_finding_unknown(f, "no-call", "no client called port %u in %g s: --call runs "
				   "one, --timeout waits longer", c->flow.local_port,
				   seconds(lab->call_wait));
}

/* Nothing that a TCP may believe came for our SYN; what came all the same is told. */
static void no_answer(struct tc_finding *f, const struct tc_lab *lab, const struct tc_lab_conn *c)
{
	struct tc_backlog backlog;

	tc_finding_unknown(f, "no-answer", "no answer to our SYN in %g s: ", seconds(lab->timeout));
	tc_lab_tell_silence(&f->sentence, c);
	if (!c->damaged && !c->stale)
		tc_verdict_silence(&f->sentence, tc_session_backlog(lab->cfg.session, &backlog,
								    c->flow.remote_port));
}

void tc_lab_tell_silence(struct tc_buf *out, const struct tc_lab_conn *c)
{
	if (c->damaged)
		tc_buf_printf(out, "%u segment%s came with a wrong checksum, which no TCP believes",
			      c->damaged, c->damaged == 1 ? "" : "s");
	else if (c->stale)
		tc_buf_printf(out, "%u ACK%s came that %s not of our SYN%s", c->stale,
			      c->stale == 1 ? "" : "s", c->stale == 1 ? "is" : "are",
			      c->cleared && c->stale > 1 ? ", also after a reset at their own word" :
			      "");
}

/* Of a connection by itself. */
static void blame(struct tc_finding *f, const struct tc_lab *lab, const struct tc_lab_conn *c)
{
	switch (c->end) {
	case TC_LAB_REFUSED:
		tc_finding_unknown(f, "refused", "the peer answered our SYN with a reset: %s",
				   lab->usual.habit != TC_HABIT_UNKNOWN ? "it has answered before: "
				   "it has ended, has no room, or a firewall rejects so many" :
				   "nothing listens on that port, or a firewall rejects it");
		break;
	case TC_LAB_NO_ANSWER:
		no_answer(f, lab, c);
		break;
	case TC_LAB_UNREACHABLE:
		tc_finding_unknown(f, "unreachable", "%s says by ICMP: %s (type %u code %u)",
				   TC_HOST(&c->icmp_from),
				   tc_icmp_words(c->icmp_from.family, c->icmp_type, c->icmp_code), c->icmp_type,
				   c->icmp_code);
		break;
	case TC_LAB_RESET:
		tc_finding_unknown(f, "reset", "could not tell: the peer reset the connection "
				   "after acknowledging %" PRIu32 " of our bytes",
				   c->snd_una - c->iss - 1);
		break;
	case TC_LAB_NO_CALL:
	case TC_LAB_ALIVE:
	case TC_LAB_HUNG_UP:
		tc_finding_untold(f, "the peer fell silent after acknowledging %" PRIu32
				  " of our bytes", c->snd_una - c->iss - 1);
		break;
	}
}

int tc_finding_blame(struct tc_finding *f, const struct tc_lab *lab, const struct tc_lab_conn *c)
{
	if (!c->opened && opened(lab) && c->end == TC_LAB_NO_ANSWER && (c->damaged || c->stale))
		no_handshake(f, c, opened(lab));
	else if (!c->opened && opened(lab))
		gone(f, c, opened(lab));
	else if (lab->cfg.clients && !c->opened && c->end != TC_LAB_UNREACHABLE)
		no_client(f, lab, c);
	else
		blame(f, lab, c);
	return 0;
}
