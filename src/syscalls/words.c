/* SPDX-License-Identifier: BSD-2-Clause */
/* The words that arguments of calls are written with: a line each. */
#include "own.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define W(name) { #name, (long)name }

static const struct word {
	const char *name;
	long value;
} words[] = {
	{ "NULL", 0 }, W(AF_INET), W(PF_INET), W(AF_INET6), W(PF_INET6),
	W(AF_UNSPEC),
	W(SOCK_STREAM), W(SOCK_NONBLOCK), W(SOCK_CLOEXEC),
	W(IPPROTO_TCP), W(IPPROTO_IP), W(SOL_SOCKET), W(SOL_TCP), W(SOL_IP),
	W(INADDR_ANY), W(INADDR_LOOPBACK),

	W(SO_ACCEPTCONN), W(SO_BROADCAST), W(SO_BUSY_POLL), W(SO_DOMAIN), W(SO_DONTROUTE),
	W(SO_ERROR), W(SO_KEEPALIVE), W(SO_LINGER), W(SO_MARK), W(SO_MAX_PACING_RATE),
	W(SO_OOBINLINE), W(SO_PRIORITY), W(SO_PROTOCOL), W(SO_RCVBUF), W(SO_RCVBUFFORCE),
	W(SO_RCVLOWAT), W(SO_RCVTIMEO), W(SO_REUSEADDR), W(SO_REUSEPORT), W(SO_SNDBUF),
	W(SO_SNDBUFFORCE), W(SO_SNDLOWAT), W(SO_SNDTIMEO), W(SO_TIMESTAMP), W(SO_TYPE),
	W(SO_ZEROCOPY),

	W(TCP_CONGESTION), W(TCP_CORK), W(TCP_DEFER_ACCEPT), W(TCP_FASTOPEN),
	W(TCP_FASTOPEN_CONNECT), W(TCP_INQ), W(TCP_KEEPCNT), W(TCP_KEEPIDLE),
	W(TCP_KEEPINTVL), W(TCP_LINGER2), W(TCP_MAXSEG), W(TCP_NODELAY),
	W(TCP_NOTSENT_LOWAT), W(TCP_QUICKACK), W(TCP_SAVE_SYN), W(TCP_SYNCNT),
	W(TCP_TIMESTAMP), W(TCP_USER_TIMEOUT), W(TCP_WINDOW_CLAMP),

	W(IP_MTU), W(IP_MTU_DISCOVER), W(IP_PMTUDISC_DO), W(IP_PMTUDISC_DONT),
	W(IP_PMTUDISC_PROBE), W(IP_PMTUDISC_WANT), W(IP_RECVERR), W(IP_TOS), W(IP_TTL),

	W(SOL_IPV6), W(IPPROTO_IPV6), W(IPV6_V6ONLY), W(IPV6_MTU), W(IPV6_MTU_DISCOVER),
	W(IPV6_RECVERR), W(IPV6_TCLASS), W(IPV6_UNICAST_HOPS),

	W(MSG_DONTROUTE), W(MSG_DONTWAIT), W(MSG_EOR), W(MSG_ERRQUEUE), W(MSG_FASTOPEN),
	W(MSG_MORE), W(MSG_NOSIGNAL), W(MSG_OOB), W(MSG_PEEK), W(MSG_TRUNC), W(MSG_WAITALL),

	W(F_GETFL), W(F_SETFL), W(F_GETFD), W(F_SETFD), W(FD_CLOEXEC),
	W(O_RDONLY), W(O_WRONLY), W(O_RDWR), W(O_NONBLOCK), W(O_ASYNC),

	W(POLLIN), W(POLLPRI), W(POLLOUT), W(POLLRDHUP), W(POLLERR), W(POLLHUP), W(POLLNVAL),
	W(POLLRDNORM), W(POLLRDBAND), W(POLLWRNORM), W(POLLWRBAND),

	W(SHUT_RD), W(SHUT_WR), W(SHUT_RDWR),
};

static const struct word errors[] = {
	W(EACCES), W(EADDRINUSE), W(EADDRNOTAVAIL), W(EAFNOSUPPORT), W(EAGAIN), W(EALREADY),
	W(EBADF), W(EBUSY), W(ECONNABORTED), W(ECONNREFUSED), W(ECONNRESET), W(EDESTADDRREQ),
	W(EDOM), W(EFAULT), W(EHOSTDOWN), W(EHOSTUNREACH), W(EINPROGRESS), W(EINTR),
	W(EINVAL), W(EIO), W(EISCONN), W(EMFILE), W(EMSGSIZE), W(ENETDOWN), W(ENETRESET),
	W(ENETUNREACH), W(ENOBUFS), W(ENODEV), W(ENOENT), W(ENOMEM), W(ENOPROTOOPT),
	W(ENOSYS), W(ENOTCONN), W(ENOTSOCK), W(EOPNOTSUPP), W(EPERM), W(EPIPE), W(EPROTO),
	W(EPROTONOSUPPORT), W(EPROTOTYPE), W(ERANGE), W(ESHUTDOWN), W(ETIMEDOUT),
	W(EWOULDBLOCK),
};

static bool find(const struct word *in, size_t n, const char *name, long *value)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(in[i].name, name) == 0) {
			*value = in[i].value;
			return true;
		}
	return false;
}

bool tc_call_word(const char *name, long *value)
{
	return find(words, sizeof words / sizeof *words, name, value) ||
	       find(errors, sizeof errors / sizeof *errors, name, value);
}

const char *tc_call_errno(int code)
{
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (errors[i].value == code)
			return errors[i].name;
	return "errno";
}

/* ---- numbers ---------------------------------------------------------------------- */

static bool is_address6(const struct tc_script_arg *a)
{
	return a->kind == TC_ARG_APPLY && strcmp(a->text, "inet_pton") == 0;
}

int tc_call_address6(const struct tc_script *s, const struct tc_script_arg *a,
		     uint8_t bytes[16], struct tc_error *err)
{
	const struct tc_script_arg *of = is_address6(a) ? a->items : NULL;

	if (of && of->kind == TC_ARG_WORD && strcmp(of->text, "AF_INET6") == 0)
		of = of->next;
	if (!of || of->kind != TC_ARG_STRING || of->next)
		return tc_script_fail(s, a->line, a->column, err, -EOPNOTSUPP,
				      "an IPv6 address is inet_pton(\"2001:db8::1\")");
	if (inet_pton(AF_INET6, of->text, bytes) != 1)
		return tc_script_fail(s, of->line, of->column, err, -EOPNOTSUPP,
				      "\"%s\" is not an IPv6 address", of->text);
	return 0;
}

static int apply(const struct tc_script *s, const struct tc_script_arg *a, long *v,
		 struct tc_error *err)
{
	const struct tc_script_arg *of = a->items;
	struct in_addr in;
	int rc;

	if (strcmp(a->text, "inet_addr") == 0 && of && of->kind == TC_ARG_STRING) {
		if (inet_pton(AF_INET, of->text, &in) != 1)
			return tc_script_fail(s, of->line, of->column, err, -EOPNOTSUPP,
					      "\"%s\" is not an IPv4 address", of->text);
		*v = (long)in.s_addr;
		return 0;
	}
	rc = of ? tc_call_number(s, of, v, err) : 0;
	if (rc < 0)
		return rc;
	if (of && (strcmp(a->text, "htons") == 0 || strcmp(a->text, "ntohs") == 0))
		*v = (long)htons((uint16_t)*v);
	else if (of && (strcmp(a->text, "htonl") == 0 || strcmp(a->text, "ntohl") == 0))
		*v = (long)htonl((uint32_t)*v);
	else
		return tc_script_fail(s, a->line, a->column, err, -EOPNOTSUPP, "%s() is not "
				      "known: htons, htonl, ntohs, ntohl, inet_addr are",
				      a->text);
	return 0;
}

static int either(const struct tc_script *s, const struct tc_script_arg *a, long *v,
		  struct tc_error *err)
{
	long each;
	int rc = 0;

	*v = 0;
	for (const struct tc_script_arg *of = a->items; of && rc >= 0; of = of->next) {
		rc = tc_call_number(s, of, &each, err);
		*v |= rc < 0 ? 0 : each;
	}
	return rc;
}

int tc_call_number(const struct tc_script *s, const struct tc_script_arg *a, long *v,
		   struct tc_error *err)
{
	int rc;

	switch (a->kind) {
	case TC_ARG_NUMBER:
		*v = (long)a->number;
		return 0;
	case TC_ARG_WORD:
		if (tc_call_word(a->text, v))
			return 0;
		return tc_script_fail(s, a->line, a->column, err, -EOPNOTSUPP,
				      "the word %s is not known", a->text);
	case TC_ARG_APPLY:
		return apply(s, a, v, err);
	case TC_ARG_OR:
		return either(s, a, v, err);
	case TC_ARG_NOT:
	case TC_ARG_NEGATE:
		rc = tc_call_number(s, a->items, v, err);
		*v = a->kind == TC_ARG_NOT ? ~*v : -*v;
		return rc;
	case TC_ARG_ELLIPSIS:
	case TC_ARG_STRING:
	case TC_ARG_LIST:
	case TC_ARG_STRUCT:
		break;
	}
	return tc_script_fail(s, a->line, a->column, err, -EOPNOTSUPP, "expected a number");
}
