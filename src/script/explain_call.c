/* SPDX-License-Identifier: BSD-2-Clause */
/* What the calls of a script ask of the machine under test, by their names and words. */
#include "explain_own.h"
#include "own.h"

struct meaning {
	const char *word, *text, *rests_on;
};

static const struct meaning calls[] = {
	{ "socket", "the machine under test makes a socket", "RFC 9293 3.9.1, socket(2)" },
	{ "bind", "the socket gets its local address and port", "bind(2)" },
	{ "listen", "a passive OPEN: the socket waits for connections", "RFC 9293 3.9.1.1" },
	{ "accept", "the next connection that was made is taken", "accept(2)" },
	{ "connect", "an active OPEN: a SYN goes out", "RFC 9293 3.9.1.1" },
	{ "read", "RECEIVE", "RFC 9293 3.9.1.3" },
	{ "readv", "RECEIVE, into several places", "RFC 9293 3.9.1.3, readv(2)" },
	{ "recv", "RECEIVE", "RFC 9293 3.9.1.3, recv(2)" },
	{ "recvfrom", "RECEIVE", "RFC 9293 3.9.1.3, recv(2)" },
	{ "recvmsg", "RECEIVE, with what the kernel says beside the bytes",
	  "RFC 9293 3.9.1.3, recv(2), cmsg(3)" },
	{ "write", "SEND", "RFC 9293 3.9.1.2" },
	{ "writev", "SEND, from several places", "RFC 9293 3.9.1.2, writev(2)" },
	{ "send", "SEND", "RFC 9293 3.9.1.2, send(2)" },
	{ "sendto", "SEND", "RFC 9293 3.9.1.2, send(2)" },
	{ "sendmsg", "SEND, from several places", "RFC 9293 3.9.1.2, send(2)" },
	{ "sendfile", "SEND, from a file", "sendfile(2)" },
	{ "splice", "bytes go between a socket and a pipe", "splice(2)" },
	{ "pipe", "a pipe: what is written into one end comes out of the other", "pipe(2)" },
	{ "open", "a file of this machine is opened", "open(2)" },
	{ "close", "CLOSE; with bytes that nobody has read it is a reset", "RFC 9293 3.9.1.4, RFC 2525 2.17" },
	{ "abort", "ABORT: a reset, and all is forgotten", "RFC 9293 3.9.1.5" },
	{ "status", "STATUS: the state of the connection", "RFC 9293 3.9.1.6" },
	{ "shutdown", "one direction ends, or both", "RFC 9293 3.9.1.4, shutdown(2)" },
	{ "setsockopt", "a habit of the socket is set", "setsockopt(2)" },
	{ "getsockopt", "the socket says of itself", "getsockopt(2)" },
	{ "fcntl", "whether calls on it wait", "fcntl(2)" },
	{ "ioctl", "the socket says of itself", "tcp(7)" },
	{ "poll", "what can be done without waiting", "poll(2)" },
	{ "epoll_create", "a list of sockets to wait for", "epoll(7)" },
	{ "epoll_ctl", "a socket is put on the list, changed or taken off", "epoll_ctl(2)" },
	{ "epoll_wait", "what can be done without waiting, of those on the list", "epoll_wait(2)" },
};

/* Of arguments and results, wherever they stand. */
static const struct meaning words[] = {
	{ "O_NONBLOCK", "calls return at once instead of waiting", "fcntl(2)" },
	{ "SO_REUSEADDR", "the port may be taken while old connections linger in TIME-WAIT",
	  "socket(7)" },
	{ "SO_LINGER", "whether CLOSE waits, or is ABORT (0 s)", "RFC 9293 3.9.1.5, socket(7)" },
	{ "SO_RCVBUF", "room for what arrives, from which the window is made",
	  "RFC 9293 3.8.6, socket(7)" },
	{ "SO_SNDBUF", "room for what is not acknowledged yet", "socket(7)" },
	{ "SO_KEEPALIVE", "an idle connection is probed", "RFC 9293 3.8.4" },
	{ "SO_ERROR", "the error that an event has left", "socket(7)" },
	{ "SO_ZEROCOPY", "data go out from the caller's own memory", "Linux, msg_zerocopy.rst" },
	{ "SO_TIMESTAMPING", "the kernel tells when a packet came or went",
	  "Linux, timestamping.rst" },
	{ "SO_MAX_PACING_RATE", "packets are spread in time", "socket(7)" },
	{ "TCP_NODELAY", "small segments go out at once, without Nagle's algorithm",
	  "RFC 9293 3.7.4" },
	{ "TCP_CORK", "partial segments are held back", "tcp(7)" },
	{ "TCP_MAXSEG", "the most that a segment may carry", "RFC 9293 3.7.1" },
	{ "TCP_KEEPIDLE", "how long it is idle before it is probed", "RFC 9293 3.8.4" },
	{ "TCP_KEEPINTVL", "how long is between probes", "RFC 9293 3.8.4" },
	{ "TCP_KEEPCNT", "how many probes go unanswered", "RFC 9293 3.8.4" },
	{ "TCP_USER_TIMEOUT", "how long data may go unacknowledged", "RFC 5482, RFC 9293 3.8.3" },
	{ "TCP_SYNCNT", "how often a SYN is sent again", "tcp(7), RFC 9293 3.8.3" },
	{ "TCP_DEFER_ACCEPT", "a connection is accepted when data have come", "tcp(7)" },
	{ "TCP_QUICKACK", "acknowledgments are not delayed", "RFC 9293 3.8.6.3, tcp(7)" },
	{ "TCP_FASTOPEN", "a SYN may carry data", "RFC 7413" },
	{ "TCP_FASTOPEN_CONNECT", "connect waits for the first data, to send them with the SYN",
	  "RFC 7413 4.2, tcp(7)" },
	{ "TCP_FASTOPEN_KEY", "what cookies are made with", "RFC 7413 4.1.2" },
	{ "TCP_FASTOPEN_NO_COOKIE", "data in a SYN need no cookie", "RFC 7413 4.1.1, Linux" },
	{ "TCP_NOTSENT_LOWAT", "how much may wait unsent before the socket is not writable",
	  "tcp(7)" },
	{ "TCP_CONGESTION", "which control of congestion", "RFC 5681, tcp(7)" },
	{ "TCP_INFO", "what the kernel knows of the connection", "tcp(7)" },
	{ "TCP_INQ", "how much is left to read is told beside the bytes", "Linux" },
	{ "TCP_MD5SIG", "segments are signed", "RFC 2385" },
	{ "SIOCINQ", "how many bytes can be read", "tcp(7)" },
	{ "SIOCOUTQ", "how many bytes are not acknowledged", "tcp(7)" },
	{ "SIOCOUTQNSD", "how many bytes are not sent", "tcp(7)" },
	{ "IP_TOS", "the type of service of what it sends", "RFC 2474, ip(7)" },
	{ "IP_TTL", "the hops that its packets may take", "ip(7)" },
	{ "IP_MTU_DISCOVER", "whether packets may be fragmented on the way", "RFC 1191, ip(7)" },
	{ "IP_FREEBIND", "an address may be bound that is not there", "ip(7)" },
	{ "MSG_FASTOPEN", "with the SYN, where there is a cookie", "RFC 7413 4.2" },
	{ "MSG_ZEROCOPY", "from the caller's own memory", "Linux, msg_zerocopy.rst" },
	{ "MSG_ERRQUEUE", "of the errors and times that wait beside the data", "ip(7), recv(2)" },
	{ "MSG_MORE", "more is to follow: a partial segment waits", "send(2), tcp(7)" },
	{ "MSG_EOR", "what follows is not put into the same segment", "send(2), Linux" },
	{ "MSG_OOB", "urgent data", "RFC 9293 3.8.5, RFC 6093" },
	{ "MSG_PEEK", "what is read stays", "recv(2)" },
	{ "MSG_DONTWAIT", "without waiting", "recv(2)" },
	{ "AF_UNSPEC", "the connection is dissolved, and the socket may connect again",
	  "connect(2)" },
	{ "SHUT_WR", "nothing more is sent: a FIN goes out", "RFC 9293 3.9.1.4" },
	{ "SHUT_RD", "nothing more is read", "shutdown(2)" },
	{ "SHUT_RDWR", "nothing more is sent or read", "shutdown(2)" },
	{ "EPOLLET", "events are told when they come, not while they last", "epoll(7)" },
	{ "EPOLLONESHOT", "an event is told once", "epoll_ctl(2)" },
	{ "EPOLLEXCLUSIVE", "one of several that wait is woken", "epoll_ctl(2)" },
	{ "EAGAIN", "there is nothing to be had without waiting", NULL },
	{ "EINPROGRESS", "the connection is not there yet", "connect(2)" },
	{ "ECONNREFUSED", "a reset has answered the SYN", "RFC 9293 3.10.7.3" },
	{ "ECONNRESET", "a reset has ended the connection", "RFC 9293 3.10.7.4" },
	{ "EPIPE", "this direction has ended", "write(2)" },
	{ "ETIMEDOUT", "nobody has answered for too long", "RFC 9293 3.8.3" },
	{ "EFAULT", "there is no memory at that address", NULL },
};

static void explain_word(struct notes *n, const char *word)
{
	for (size_t i = 0; word && i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i].word, word) == 0)
			tc_sc_note(n, words[i].rests_on, "%s: %s", word, words[i].text);
}

static void explain_args(struct notes *n, const struct tc_script_arg *a)
{
	for (; a; a = a->next) {
		if (a->kind == TC_ARG_WORD)
			explain_word(n, a->text);
		explain_args(n, a->items);
	}
}

void tc_sc_explain_call(struct notes *n, const struct tc_script_call *c)
{
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (strcmp(calls[i].word, c->name) == 0)
			tc_sc_note(n, calls[i].rests_on, "%s", calls[i].text);
	explain_args(n, c->args);
	if (c->error)
		tc_sc_note(n, NULL, "it has to fail with %s", c->error);
	else if (c->result && c->result->kind == TC_ARG_NEGATE)
		tc_sc_note(n, NULL, "it has to fail");
	explain_word(n, c->error);
}
