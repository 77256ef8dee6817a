/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two ends of a connection have done, by its segments and by calls, and what
 * follows for the order of both. */
#include "tally.h"

#include <string.h>

bool tc_syscall_waits(const char *name)
{
	return strncmp(name, "epoll_", 6) == 0 || strcmp(name, "poll") == 0 ||
	       strcmp(name, "ppoll") == 0 || strcmp(name, "select") == 0 ||
	       strcmp(name, "pselect6") == 0;
}

static uint32_t later(uint32_t a, uint32_t b)
{
	return (int32_t)(b - a) > 0 ? b : a;
}

void tc_tally_segment(struct tally *t, const struct tc_weave_mark *m)
{
	bool reset = m->flags & TC_FLAG_RST;

	/* a SYN begins the connection, also one on ports that were used before */
	if (m->flags & TC_FLAG_SYN && !(m->flags & TC_FLAG_ACK))
		*t = (struct tally){ .our_port = m->our_port, .peer_port = m->peer_port };
	t->connection = m->connection;
	if (m->from_peer) {
		t->received = reset ? t->received : later(t->received, m->stream_end);
		t->peer_reset |= reset;
	} else {
		t->sent = reset ? t->sent : later(t->sent, m->stream_end);
		t->our_fin |= (m->flags & TC_FLAG_FIN) != 0;
		t->our_reset |= reset;
		t->answered |= (m->flags & (TC_FLAG_SYN | TC_FLAG_ACK)) != TC_FLAG_SYN;
	}
}

enum role tc_syscall_role(const struct tc_syscall *c)
{
	static const struct { const char *name; enum role role; } table[] = {
		{ "read", ROLE_READS }, { "readv", ROLE_READS }, { "recvfrom", ROLE_READS },
		{ "recvmsg", ROLE_READS }, { "write", ROLE_WRITES }, { "writev", ROLE_WRITES },
		{ "sendto", ROLE_WRITES }, { "sendmsg", ROLE_WRITES },
		{ "sendfile", ROLE_WRITES }, { "close", ROLE_CLOSES },
		{ "shutdown", ROLE_CLOSES }, { "accept", ROLE_ACCEPTS },
		{ "accept4", ROLE_ACCEPTS }, { "connect", ROLE_CONNECTS },
	};

	if (strstr(c->text, "SHUT_RD)"))	/* tells the peer nothing */
		return ROLE_NONE;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (strcmp(c->name, table[i].name) == 0)
			return table[i].role;
	return ROLE_NONE;
}

void tc_tally_call(struct tally *t, const struct tc_syscall *c)
{
	enum role role = tc_syscall_role(c);

	if (role == ROLE_READS && c->value > 0)
		t->read += (uint32_t)c->value;
	if (role == ROLE_WRITES && c->value > 0)
		t->written += (uint32_t)c->value;
	if (role == ROLE_CLOSES && c->returned && c->value == 0) {
		t->closed = true;
		t->closed_by = c->pid;
	}
}

bool tc_tally_too_early(const struct tally *t, const struct tc_syscall *c)
{
	enum role role = tc_syscall_role(c);

	if (!c->returned)
		return false;
	if (strcmp(c->error, "ECONNRESET") == 0)
		return !t->our_reset;
	if (role == ROLE_READS && c->value > 0)
		return (int32_t)(t->read + (uint32_t)c->value - t->sent) > 0;
	if (role == ROLE_READS && c->value == 0)
		return !t->our_fin;
	return !t->answered && c->value >= 0 &&
	       (role == ROLE_ACCEPTS || (tc_syscall_waits(c->name) && c->value > 0));
}

bool tc_tally_is_cause(const struct tally *t, const struct tc_syscall *c,
		     const struct tc_weave_mark *m)
{
	switch (tc_syscall_role(c)) {
	case ROLE_WRITES:
		return c->value > 0 && !(m->flags & (TC_FLAG_SYN | TC_FLAG_RST)) &&
		       (int32_t)(m->stream_end - t->written) > 0;
	case ROLE_CLOSES:
		/* a parent closes what its child still has: that sends nothing */
		return c->returned && c->value == 0 &&
		       !(t->closed && t->closed_by == c->pid) &&
		       m->flags & (TC_FLAG_FIN | TC_FLAG_RST);
	case ROLE_CONNECTS:
		return strcmp(c->error, "EINPROGRESS") == 0 && c->address_port == m->our_port &&
		       (m->flags & (TC_FLAG_SYN | TC_FLAG_ACK)) == TC_FLAG_SYN;
	case ROLE_NONE:
	case ROLE_READS:
	case ROLE_ACCEPTS:
		break;
	}
	return false;
}
