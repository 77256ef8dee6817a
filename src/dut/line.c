/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of the protocol, read and written; see line.h. */
#include "line.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

static bool is_printable(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return true;
}

static const char *next_word(char **at)
{
	char *word = *at + strspn(*at, " "), *end = word + strcspn(word, " ");

	*at = *end ? end + 1 : end;
	*end = 0;
	return *word ? word : NULL;
}

int tc_dut_line_read(struct tc_dut_line *l, const char *text, size_t n, struct tc_error *err)
{
	const char *word;
	char *at = l->text;
	long id;

	while (n && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	if (n >= sizeof l->text)
		return tc_fail(err, -EBADMSG, "a line of more than %u bytes", TC_DUT_LINE);
	if (!is_printable(text, n))
		return tc_fail(err, -EBADMSG, "a line that is not all printable ASCII");
	memcpy(l->text, text, n);
	l->text[n] = 0;
	l->n = 0;
	word = next_word(&at);
	if (!word || !tc_dut_number(word, 0, UINT32_MAX, &id))
		return tc_fail(err, -EBADMSG, "a line that does not begin with a number");
	l->id = (uint32_t)id;
	while ((word = next_word(&at))) {
		if (l->n == TC_DUT_WORDS)
			return tc_fail(err, -EBADMSG, "more than %u words", TC_DUT_WORDS);
		l->word[l->n++] = word;
	}
	return l->n ? 0 : tc_fail(err, -EBADMSG, "a number and nothing behind it");
}

bool tc_dut_number(const char *word, long least, long most, long *v)
{
	bool negative = *word == '-';
	const char *at = word + negative;
	long n = 0;

	for (; *at >= '0' && *at <= '9' && n <= UINT32_MAX; at++)
		n = n * 10 + (*at - '0');
	*v = negative ? -n : n;
	return at != word + negative && !*at && *v >= least && *v <= most;
}

/* ---- bytes ------------------------------------------------------------------------ */

void tc_dut_bytes_put(struct tc_buf *out, const uint8_t *bytes, size_t n)
{
	if (n == 0)
		tc_buf_text(out, "-");
	else if (n > 1 && memcmp(bytes, bytes + 1, n - 1) == 0)	/* all are one value */
		tc_buf_printf(out, "%zu*%02x", n, bytes[0]);
	else
		tc_hex_encode(out, bytes, n);
}

/* Two digits, no more. */
static int read_byte(const char *text)
{
	int high = tc_hex_digit(text[0]), low = high < 0 ? -1 : tc_hex_digit(text[1]);

	return low < 0 || text[2] ? -1 : high << 4 | low;
}

static int read_many(struct tc_buf *out, const char *word, const char *star, size_t most,
		     struct tc_error *err)
{
	int byte = read_byte(star + 1);
	char digits[12];
	uint8_t one;
	long n;

	if ((size_t)(star - word) >= sizeof digits || byte < 0)
		return tc_fail(err, -EBADMSG, "'%.40s' is not N*HH", word);
	memcpy(digits, word, (size_t)(star - word));
	digits[star - word] = 0;
	if (!tc_dut_number(digits, 0, UINT32_MAX, &n))
		return tc_fail(err, -EBADMSG, "'%.40s' is not N*HH", word);
	if ((size_t)n > most)
		return tc_fail(err, -EMSGSIZE, "%ld bytes, %zu at most", n, most);
	one = (uint8_t)byte;
	while (n-- > 0)
		tc_buf_add(out, &one, 1);
	return out->failed ? tc_nomem(err) : 0;
}

int tc_dut_bytes_read(struct tc_buf *out, const char *word, size_t most, struct tc_error *err)
{
	const char *star = strchr(word, '*');
	size_t n = strlen(word);

	if (strcmp(word, "-") == 0)
		return 0;
	if (star)
		return read_many(out, word, star, most, err);
	if (n % 2 || strspn(word, "0123456789abcdefABCDEF") != n)
		return tc_fail(err, -EBADMSG, "'%.40s' is not bytes in hexadecimal", word);
	if (n / 2 > most)
		return tc_fail(err, -EMSGSIZE, "%zu bytes, %zu at most", n / 2, most);
	return tc_hex_decode(out, word, n, err);
}

/* ---- names ------------------------------------------------------------------------ */

#define ROW(level, name) { #name, level, name }
static const struct tc_dut_option options[] = {
	ROW(SOL_SOCKET, SO_REUSEADDR), ROW(SOL_SOCKET, SO_KEEPALIVE),
	ROW(SOL_SOCKET, SO_OOBINLINE), ROW(SOL_SOCKET, SO_LINGER), ROW(SOL_SOCKET, SO_SNDBUF),
	ROW(SOL_SOCKET, SO_RCVBUF), ROW(SOL_SOCKET, SO_RCVLOWAT), ROW(SOL_SOCKET, SO_ERROR),
	ROW(IPPROTO_IP, IP_TOS), ROW(IPPROTO_IP, IP_TTL),
	ROW(IPPROTO_TCP, TCP_NODELAY), ROW(IPPROTO_TCP, TCP_MAXSEG), ROW(IPPROTO_TCP, TCP_CORK),
	ROW(IPPROTO_TCP, TCP_KEEPIDLE), ROW(IPPROTO_TCP, TCP_KEEPINTVL),
	ROW(IPPROTO_TCP, TCP_KEEPCNT), ROW(IPPROTO_TCP, TCP_SYNCNT),
	ROW(IPPROTO_TCP, TCP_LINGER2), ROW(IPPROTO_TCP, TCP_QUICKACK),
	ROW(IPPROTO_TCP, TCP_WINDOW_CLAMP), ROW(IPPROTO_TCP, TCP_USER_TIMEOUT),
	ROW(IPPROTO_TCP, TCP_NOTSENT_LOWAT),
};
#undef ROW

#define COUNT(a) (sizeof(a) / sizeof *(a))

const struct tc_dut_option *tc_dut_option_named(const char *name)
{
	for (size_t i = 0; i < COUNT(options); i++)
		if (strcmp(options[i].name, name) == 0)
			return &options[i];
	return NULL;
}

const struct tc_dut_option *tc_dut_option_of(int level, int number)
{
	for (size_t i = 0; i < COUNT(options); i++)
		if (options[i].level == level && options[i].number == number)
			return &options[i];
	return NULL;
}

bool tc_dut_option_lingers(const struct tc_dut_option *o)
{
	return o->level == SOL_SOCKET && o->number == SO_LINGER;
}

struct linger tc_dut_linger(int seconds)
{
	return (struct linger){ .l_onoff = seconds >= 0, .l_linger = seconds >= 0 ? seconds : 0 };
}

int tc_dut_linger_seconds(const struct linger *l)
{
	return l->l_onoff ? l->l_linger : -1;
}

static const struct {
	const char *name;
	int state;
} states[] = {
	{ "CLOSED", TCP_CLOSE }, { "LISTEN", TCP_LISTEN }, { "SYN-SENT", TCP_SYN_SENT },
	{ "SYN-RECEIVED", TCP_SYN_RECV }, { "ESTABLISHED", TCP_ESTABLISHED },
	{ "FIN-WAIT-1", TCP_FIN_WAIT1 }, { "FIN-WAIT-2", TCP_FIN_WAIT2 },
	{ "CLOSE-WAIT", TCP_CLOSE_WAIT }, { "CLOSING", TCP_CLOSING },
	{ "LAST-ACK", TCP_LAST_ACK }, { "TIME-WAIT", TCP_TIME_WAIT },
};

bool tc_dut_state_read(const char *word, int *state)
{
	for (size_t i = 0; i < COUNT(states); i++)
		if (strcmp(states[i].name, word) == 0) {
			*state = states[i].state;
			return true;
		}
	return false;
}

const char *tc_dut_state(int state)
{
	for (size_t i = 0; i < COUNT(states); i++)
		if (states[i].state == state)
			return states[i].name;
	return states[0].name;
}
