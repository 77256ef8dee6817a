/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine's sockets behind the protocol; see serve.h. */
#include "serve.h"

#include "host/interface.h"
#include "syscalls/words.h"

#include <tcpcraft/buf.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BYTES_MOST ((size_t)1 << 20)	/* of one send */
/* It is no answer of the TCP's: who asks has no such right (bind(2), EACCES). */
#define PORT_IS_KEPT " port-below-net.ipv4.ip_unprivileged_port_start-(sysctl)"

/* ---- replies --------------------------------------------------------------------------- */

static void say(struct tc_dut_server *s, const struct tc_dut_line *l, const char *words)
{
	int n = snprintf(s->reply, sizeof s->reply, "%u %s\n", l->id, words);

	s->reply_n = n < 0 || (size_t)n >= sizeof s->reply ? 0 : (size_t)n;
}

/* What a call has returned: ok, or its error by name. */
static void say_call(struct tc_dut_server *s, const struct tc_dut_line *l, long result)
{
	say(s, l, result >= 0 ? TC_DUT_OK : result == -EAGAIN ? TC_DUT_WAIT :
		  result == -EOPNOTSUPP && s->machine->lacks ? TC_DUT_UNSUPPORTED :
		  tc_call_errno((int)-result));
}

static void say_value(struct tc_dut_server *s, const struct tc_dut_line *l, long value)
{
	char words[40];

	snprintf(words, sizeof words, "%s %ld", TC_DUT_OK, value);
	say(s, l, words);
}

static void say_number(struct tc_dut_server *s, const struct tc_dut_line *l, long result)
{
	if (result < 0)
		say_call(s, l, result);
	else
		say_value(s, l, result);
}

/* ---- sockets --------------------------------------------------------------------------- */

/* The one that word 1 names, *n there: false, and it is said, if there is none. */
static bool find(struct tc_dut_server *s, const struct tc_dut_line *l, long *n)
{
	bool found = tc_dut_number(l->word[1], 0, TC_DUT_SOCKETS - 1, n) && s->used[*n];

	if (!found)
		say_call(s, l, -EBADF);
	return found;
}

static bool socket_of(struct tc_dut_server *s, const struct tc_dut_line *l, int *socket)
{
	long n;

	if (!find(s, l, &n))
		return false;
	*socket = s->socket[n];
	return true;
}

/* It has a number from now on; -EMFILE: there are too many. */
static int keep(struct tc_dut_server *s, int socket)
{
	for (int i = 0; socket >= 0 && i < (int)TC_DUT_SOCKETS; i++)
		if (!s->used[i]) {
			s->used[i] = true;
			s->socket[i] = socket;
			return i;
		}
	if (socket < 0)
		return socket;
	s->machine->close(s->ctx, socket);
	return -EMFILE;
}

void tc_dut_serve_reset(struct tc_dut_server *s)
{
	for (unsigned i = 0; i < TC_DUT_SOCKETS; i++)
		if (s->used[i]) {
			s->used[i] = false;
			s->machine->abort(s->ctx, s->socket[i]);
		}
}

/* ADDR PORT, words 2 and 3. */
static bool read_address(const struct tc_dut_line *l, struct tc_addr *addr, uint16_t *port)
{
	long number;

	if (tc_addr_parse(addr, l->word[2], NULL) < 0 ||
	    !tc_dut_number(l->word[3], 0, UINT16_MAX, &number))
		return false;
	*port = (uint16_t)number;
	return true;
}

/* ---- requests -------------------------------------------------------------------------- */

static void serve_reset(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	tc_dut_serve_reset(s);
	say(s, l, TC_DUT_OK);
}

static void serve_open(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	uint8_t family = l->n > 1 && strcmp(l->word[1], "6") == 0 ? 6 : 4;

	say_number(s, l, keep(s, s->machine->open(s->ctx, family)));
}

typedef int with_address(void *ctx, int socket, const struct tc_addr *addr, uint16_t port);

static void serve_address(struct tc_dut_server *s, const struct tc_dut_line *l,
			  with_address *call)
{
	struct tc_addr addr;
	uint16_t port;
	int socket, rc = -EINVAL;
	bool known;

	if (!socket_of(s, l, &socket))
		return;
	known = read_address(l, &addr, &port);
	if (known && tc_interface_said(&addr, NULL) < 0)
		addr.scope = s->link || !s->only_link ? s->link : s->only_link();
	if (known && tc_interface_said(&addr, NULL) < 0)
		say(s, l, TC_DUT_UNSUPPORTED " link-local-without-its-link");
	else {
		if (known)
			rc = call(s->ctx, socket, &addr, port);
		if (rc == -EACCES && call == s->machine->bind)
			say(s, l, TC_DUT_UNSUPPORTED PORT_IS_KEPT);
		else
			say_call(s, l, rc);
	}
}

static void serve_bind(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	serve_address(s, l, s->machine->bind);
}

static void serve_connect(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	serve_address(s, l, s->machine->connect);
}

static void serve_listen(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	long backlog;
	int socket;

	if (socket_of(s, l, &socket))
		say_call(s, l, tc_dut_number(l->word[2], INT32_MIN, INT32_MAX, &backlog) ?
			 s->machine->listen(s->ctx, socket, (int)backlog) : -EINVAL);
}

static void serve_accept(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	char words[TC_ADDR_PORT_STRING + 40], alone[TC_ADDR_STRING];
	struct tc_addr from = { .family = 4 };
	uint16_t port = 0;
	int socket, number;

	if (!socket_of(s, l, &socket))
		return;
	number = keep(s, s->machine->accept(s->ctx, socket, &from, &port));
	snprintf(words, sizeof words, "%s %d %s %u", TC_DUT_OK, number,
		 tc_addr_string(&from, alone), port);
	if (number < 0)
		say_call(s, l, number);
	else
		say(s, l, words);
}

/* Word 3. False, and it is said: a word that is none, or none of this request. */
static bool read_how(struct tc_dut_server *s, const struct tc_dut_line *l, bool peeks,
		     enum tc_dut_how *how)
{
	const char *word = l->n > 3 ? l->word[3] : "";

	*how = strcmp(word, TC_DUT_WORD_URGENT) == 0 ? TC_DUT_URGENT :
	       peeks && strcmp(word, TC_DUT_WORD_PEEK) == 0 ? TC_DUT_PEEK : TC_DUT_PLAIN;
	if (*word && *how == TC_DUT_PLAIN)
		say(s, l, TC_DUT_UNSUPPORTED);
	return !*word || *how != TC_DUT_PLAIN;
}

static void serve_send(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	struct tc_buf bytes = { 0 };
	enum tc_dut_how how;
	int socket;

	if (!socket_of(s, l, &socket) || !read_how(s, l, false, &how))
		return;
	say_number(s, l, tc_dut_bytes_read(&bytes, l->word[2], BYTES_MOST, NULL) < 0 ? -EMSGSIZE :
		   s->machine->send(s->ctx, socket, bytes.data ? bytes.data : (const uint8_t *)"",
				    bytes.len, how));
	tc_buf_free(&bytes);
}

static void serve_receive(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	uint8_t bytes[TC_DUT_BYTES];
	struct tc_buf words = { 0 };
	long got = -EINVAL, n;
	enum tc_dut_how how;
	int socket;

	if (!socket_of(s, l, &socket) || !read_how(s, l, true, &how))
		return;
	if (tc_dut_number(l->word[2], 0, TC_DUT_BYTES, &n))
		got = s->machine->receive(s->ctx, socket, bytes, (size_t)n, how);
	if (got < 0) {
		say_call(s, l, got);
		return;
	}
	tc_buf_printf(&words, "%s ", TC_DUT_OK);
	tc_dut_bytes_put(&words, bytes, (size_t)got);
	tc_buf_add(&words, "", 1);
	say(s, l, words.failed ? "ENOMEM" : (const char *)words.data);
	tc_buf_free(&words);
}

static void serve_shutdown(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	static const char *const how[] = { "read", "write", "both" };	/* SHUT_RD … */
	int socket, i = 0;

	if (!socket_of(s, l, &socket))
		return;
	while (i < 3 && strcmp(how[i], l->word[2]) != 0)
		i++;
	say_call(s, l, i < 3 ? s->machine->shutdown(s->ctx, socket, i) : -EINVAL);
}

static void serve_end(struct tc_dut_server *s, const struct tc_dut_line *l,
		      int (*call)(void *ctx, int socket))
{
	long n;

	if (!find(s, l, &n))
		return;
	s->used[n] = false;
	say_call(s, l, call(s->ctx, s->socket[n]));
}

static void serve_close(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	serve_end(s, l, s->machine->close);
}

static void serve_abort(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	serve_end(s, l, s->machine->abort);
}

static void serve_option(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	const struct tc_dut_option *o = tc_dut_option_named(l->word[2]);
	int socket, value = 0, rc;
	long v;

	if (!o) {
		say(s, l, TC_DUT_UNSUPPORTED);
		return;
	}
	if (!socket_of(s, l, &socket))
		return;
	if (l->n > 3) {
		say_call(s, l, tc_dut_number(l->word[3], INT32_MIN, INT32_MAX, &v) ?
			 s->machine->set(s->ctx, socket, o, (int)v) : -EINVAL);
		return;
	}
	rc = s->machine->get(s->ctx, socket, o, &value);
	if (rc < 0)
		say_call(s, l, rc);
	else
		say_value(s, l, value);
}

static void serve_info(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	int socket, state;
	char words[40];

	if (!socket_of(s, l, &socket))
		return;
	state = s->machine->status(s->ctx, socket);
	snprintf(words, sizeof words, "%s %s", TC_DUT_OK, tc_dut_state(state));
	if (state < 0)
		say_call(s, l, state);
	else
		say(s, l, words);
}

static const struct {
	const char *verb;
	unsigned least, most;		/* words */
	void (*serve)(struct tc_dut_server *s, const struct tc_dut_line *l);
} requests[] = {
	{ "reset", 1, 1, serve_reset }, { "open", 1, 2, serve_open },
	{ "bind", 4, 4, serve_bind }, { "listen", 3, 3, serve_listen },
	{ "accept", 2, 2, serve_accept }, { "connect", 4, 4, serve_connect },
	{ "send", 3, 4, serve_send }, { "receive", 3, 4, serve_receive },
	{ "shutdown", 3, 3, serve_shutdown }, { "close", 2, 2, serve_close },
	{ "abort", 2, 2, serve_abort }, { "option", 3, 4, serve_option },
	{ "info", 2, 2, serve_info },
};

static void carry_out(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		if (strcmp(requests[i].verb, l->word[0]) != 0)
			continue;
		if (l->n < requests[i].least || l->n > requests[i].most)
			say(s, l, "EINVAL");
		else
			requests[i].serve(s, l);
		return;
	}
	say(s, l, TC_DUT_UNSUPPORTED);
}

/* Numbers go round at 2^32, and so do differences. */
static bool begins_session(const struct tc_dut_server *s, const struct tc_dut_line *l)
{
	return strcmp(l->word[0], "reset") == 0 && s->last - l->id >= TC_DUT_OLD &&
	       s->before - l->id >= TC_DUT_OLD;
}

size_t tc_dut_serve_line(struct tc_dut_server *s, const char *text, size_t n)
{
	struct tc_dut_line l;

	if (tc_dut_line_read(&l, text, n, NULL) < 0)
		return 0;
	if (l.id == s->last)	/* the reply was lost, not the request */
		return s->reply_n;
	if (l.id - s->last >= TC_DUT_OLD) {
		if (!begins_session(s, &l))
			return 0;
		s->before = s->last;
	}
	carry_out(s, &l);
	s->last = l.id;
	return s->reply_n;
}
