/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hand on lwIP's sockets: the protocol of tcpcraft-dut(5) at standard input and output.
 *
 *	PRECONFIGURED_TAPIF=tap0 lwip_dut ADDR NETMASK
 */
#include "dut_lines.h"
#include "lwip_tap.h"

#include <lwip/priv/tcp_priv.h>
#include <lwip/tcp.h>

#include <stdbool.h>

#define SOCKETS 16
#define BYTES_MOST 65535

static struct sock {
	struct netconn *conn;		/* NULL: none */
	struct pbuf *rest;		/* received, and not asked for yet */
	bool connects, ended;
} socks[SOCKETS];

/* ---- words -------------------------------------------------------------------------- */

static const char *error_name(err_t e)
{
	static const struct {
		err_t e;
		const char *name;
	} names[] = {
		{ ERR_OK, "ok" }, { ERR_WOULDBLOCK, "EAGAIN" }, { ERR_INPROGRESS, "EAGAIN" },
		{ ERR_ALREADY, "EAGAIN" }, { ERR_ISCONN, "ok" }, { ERR_MEM, "ENOMEM" },
		{ ERR_TIMEOUT, "ETIMEDOUT" }, { ERR_USE, "EADDRINUSE" }, { ERR_VAL, "EINVAL" },
		{ ERR_RTE, "EHOSTUNREACH" }, { ERR_CONN, "ENOTCONN" }, { ERR_RST, "ECONNRESET" },
		{ ERR_ABRT, "ECONNABORTED" }, { ERR_CLSD, "EPIPE" }, { ERR_ARG, "EINVAL" },
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].e == e)
			return names[i].name;
	return "EIO";
}

static struct sock *sock_of(const char *word)
{
	int n = atoi(word);

	return n >= 0 && n < SOCKETS && socks[n].conn ? &socks[n] : NULL;
}

static int keep(struct netconn *conn)
{
	for (int i = 0; conn && i < SOCKETS; i++)
		if (!socks[i].conn) {
			netconn_set_nonblocking(conn, 1);
			socks[i] = (struct sock){ .conn = conn };
			return i;
		}
	return -1;
}

/* ---- requests: each writes what follows the number ------------------------------------ */

/* (Of what listens or is in TIME-WAIT lwIP tells nobody that it is gone: deleting must do.) */
static void drop(struct sock *s, bool abort)
{
	struct tcp_pcb *pcb;

	LOCK_TCPIP_CORE();
	pcb = s->conn->pcb.tcp;
	if (abort && pcb && pcb->state != LISTEN && pcb->state != TIME_WAIT)
		tcp_abort(pcb);
	UNLOCK_TCPIP_CORE();
	if (s->rest)
		pbuf_free(s->rest);
	netconn_delete(s->conn);
	s->conn = NULL;
}

static void serve_reset(char **w, char *out)
{
	(void)w;
	for (int i = 0; i < SOCKETS; i++)
		if (socks[i].conn)
			drop(&socks[i], true);
	strcpy(out, "ok");
}

static void serve_open(char **w, char *out)
{
	int n = strcmp(w[1], "6") == 0 ? -1 : keep(netconn_new(NETCONN_TCP));

	sprintf(out, n < 0 ? "unsupported" : "ok %d", n);
}

static void serve_bind(char **w, char *out)
{
	struct sock *s = sock_of(w[1]);
	ip_addr_t addr;

	strcpy(out, !s ? "EBADF" : !ipaddr_aton(w[2], &addr) ? "EINVAL" :
	       error_name(netconn_bind(s->conn, &addr, (u16_t)atoi(w[3]))));
}

static void serve_listen(char **w, char *out)
{
	struct sock *s = sock_of(w[1]);

	strcpy(out, !s ? "EBADF" : error_name(netconn_listen(s->conn)));
}

static void serve_accept(char **w, char *out)
{
	struct sock *s = sock_of(w[1]);
	struct netconn *conn;
	ip_addr_t addr;
	u16_t port;
	err_t e = s ? netconn_accept(s->conn, &conn) : ERR_OK;

	strcpy(out, s ? error_name(e) : "EBADF");
	if (s && e == ERR_OK && netconn_peer(conn, &addr, &port) == ERR_OK)
		sprintf(out, "ok %d %s %u", keep(conn), ipaddr_ntoa(&addr), port);
}

static void serve_connect(char **w, char *out)
{
	struct sock *s = sock_of(w[1]);
	ip_addr_t addr;
	err_t e = ERR_VAL;

	if (s && s->connects)		/* it has begun: how far is it? */
		e = netconn_err(s->conn);
	if (s && ipaddr_aton(w[2], &addr) && (!s->connects || e == ERR_OK))
		e = netconn_connect(s->conn, &addr, (u16_t)atoi(w[3]));
	if (s)
		s->connects = true;
	strcpy(out, !s ? "EBADF" : e == ERR_RST ? "ECONNREFUSED" : error_name(e));
}

static void serve_send(char **w, char *out)
{
	static unsigned char bytes[BYTES_MOST];
	struct sock *s = sock_of(w[1]);
	size_t n = dut_bytes(w[2], bytes, sizeof bytes), put = 0;
	err_t e;

	if (!s || *w[3]) {
		strcpy(out, s ? "unsupported urgent" : "EBADF");
		return;
	}
	e = netconn_write_partly(s->conn, bytes, n, NETCONN_COPY | NETCONN_DONTBLOCK, &put);
	if (e == ERR_OK)
		sprintf(out, "ok %zu", put);
	else
		strcpy(out, error_name(e));
}

static void serve_receive(char **w, char *out)
{
	struct sock *s = sock_of(w[1]);
	u16_t most = (u16_t)(atoi(w[2]) < 1000 ? atoi(w[2]) : 1000), n;
	unsigned char bytes[1000];
	err_t e = ERR_OK;

	if (!s || *w[3]) {
		strcpy(out, s ? "unsupported urgent" : "EBADF");
		return;
	}
	if (!s->rest && !s->ended)
		e = netconn_recv_tcp_pbuf(s->conn, &s->rest);
	if (e == ERR_CLSD) {
		s->ended = true;
		s->rest = NULL;
	}
	if (s->ended || e != ERR_OK) {
		strcpy(out, s->ended ? "ok -" : error_name(e));
		return;
	}
	n = pbuf_copy_partial(s->rest, bytes, most, 0);
	s->rest = pbuf_free_header(s->rest, n);
	out += sprintf(out, "ok ");
	for (u16_t i = 0; i < n; i++)
		out += sprintf(out, "%02x", bytes[i]);
}

static void serve_shutdown(char **w, char *out)
{
	struct sock *s = sock_of(w[1]);
	bool both = strcmp(w[2], "both") == 0;

	strcpy(out, !s ? "EBADF" :
	       error_name(netconn_shutdown(s->conn, both || strcmp(w[2], "read") == 0,
					   both || strcmp(w[2], "write") == 0)));
}

static void serve_close(char **w, char *out)
{
	struct sock *s = sock_of(w[1]);

	if (s)
		drop(s, w[0][0] == 'a');
	strcpy(out, s ? "ok" : "EBADF");
}

static void set_flag(struct tcp_pcb *pcb, bool keepalive, bool on)
{
	if (keepalive && on)
		ip_set_option(pcb, SOF_KEEPALIVE);
	else if (keepalive)
		ip_reset_option(pcb, SOF_KEEPALIVE);
	else if (on)
		tcp_nagle_disable(pcb);
	else
		tcp_nagle_enable(pcb);
}

static bool set_option(struct tcp_pcb *pcb, const char *name, int v)
{
	bool keepalive = strcmp(name, "SO_KEEPALIVE") == 0;

	if (keepalive || strcmp(name, "TCP_NODELAY") == 0)
		set_flag(pcb, keepalive, v != 0);
	else if (strcmp(name, "TCP_KEEPIDLE") == 0)
		pcb->keep_idle = (u32_t)v * 1000;
	else if (strcmp(name, "TCP_KEEPINTVL") == 0)
		pcb->keep_intvl = (u32_t)v * 1000;
	else if (strcmp(name, "TCP_KEEPCNT") == 0)
		pcb->keep_cnt = (u32_t)v;
	else
		return false;
	return true;
}

static void serve_option(char **w, char *out)
{
	struct sock *s = sock_of(w[1]);
	bool done = false;

	if (s && strcmp(w[2], "SO_ERROR") == 0) {
		sprintf(out, "ok %d", netconn_err(s->conn) == ERR_OK ? 0 : 104);
		return;
	}
	LOCK_TCPIP_CORE();
	if (s && s->conn->pcb.tcp && s->conn->pcb.tcp->state != LISTEN && *w[3])
		done = set_option(s->conn->pcb.tcp, w[2], atoi(w[3]));
	UNLOCK_TCPIP_CORE();
	strcpy(out, !s ? "EBADF" : done ? "ok" : "unsupported");
}

static void serve_info(char **w, char *out)
{
	static const char *const states[] = {
		[CLOSED] = "CLOSED", [LISTEN] = "LISTEN", [SYN_SENT] = "SYN-SENT",
		[SYN_RCVD] = "SYN-RECEIVED", [ESTABLISHED] = "ESTABLISHED",
		[FIN_WAIT_1] = "FIN-WAIT-1", [FIN_WAIT_2] = "FIN-WAIT-2",
		[CLOSE_WAIT] = "CLOSE-WAIT", [CLOSING] = "CLOSING", [LAST_ACK] = "LAST-ACK",
		[TIME_WAIT] = "TIME-WAIT",
	};
	struct sock *s = sock_of(w[1]);
	enum tcp_state state = CLOSED;

	LOCK_TCPIP_CORE();
	if (s && s->conn->pcb.tcp)
		state = s->conn->pcb.tcp->state;
	UNLOCK_TCPIP_CORE();
	sprintf(out, s ? "ok %s" : "EBADF", states[state]);
}

static const struct {
	const char *verb;
	void (*serve)(char **w, char *out);
} requests[] = {
	{ "reset", serve_reset }, { "open", serve_open }, { "bind", serve_bind },
	{ "listen", serve_listen }, { "accept", serve_accept }, { "connect", serve_connect },
	{ "send", serve_send }, { "receive", serve_receive }, { "shutdown", serve_shutdown },
	{ "close", serve_close }, { "abort", serve_close }, { "option", serve_option },
	{ "info", serve_info },
};

static void carry_out(char **w, char *out)
{
	strcpy(out, "unsupported");
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
		if (strcmp(requests[i].verb, w[0]) == 0)
			requests[i].serve(w, out);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: PRECONFIGURED_TAPIF=tap0 lwip_dut ADDR NETMASK\n");
		return 2;
	}
	if (up(argv) < 0) {
		fprintf(stderr, "lwip_dut: " UP_FAILED "\n", argv[1], argv[2]);
		return 2;
	}
	dut_serve(carry_out);
	return 0;
}
