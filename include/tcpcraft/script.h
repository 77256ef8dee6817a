/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An experiment as text: packetdrill's notation and what it lacks (tcpcraft-script(5)),
 * read into a tree and printed from it. Nothing here sends or waits; that is
 * tcpcraft/script_run.h. A script owns all that its tree points to, and is not changed
 * after it was read, so several threads may read one.
 *
 *	script := --option[=value]*  event+
 *	event  := [time] action
 *	time   := T | +T | * | T~T | +T~+T		seconds; no time is +0
 *	packet := < or > [ipinfo] [sport > dport] flags start:end(len) [ack N] [win N] [urg N]
 *		  [<options>] [payload] [{FIELD=VALUE, ...}]
 *
 * A number N is an expression over numbers, names that let and for have given, fields of
 * the last segment (tcp.window_size_value; sent.tcp.seq) with + - * / % and ( ).
 */
#ifndef TCPCRAFT_SCRIPT_H
#define TCPCRAFT_SCRIPT_H

#include <tcpcraft/clock.h>
#include <tcpcraft/field.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_buf;
struct tc_error;

#define TC_SCRIPT_MAX (16u << 20)	/* bytes of a script, and of it with -D put in */
#define TC_SCRIPT_DEPTH 32		/* of blocks, expressions and arguments */
#define TC_SCRIPT_NAMES 64		/* that let and for give */

/* ---- numbers ---------------------------------------------------------------------- */

enum tc_script_op {
	TC_EXPR_NUMBER,
	TC_EXPR_NAME,		/* what let or for gave: slot */
	TC_EXPR_FIELD,		/* of the last segment, received or sent */
	TC_EXPR_ADD, TC_EXPR_SUB, TC_EXPR_MUL, TC_EXPR_DIV, TC_EXPR_MOD,
	TC_EXPR_NEG,		/* of left */
};

struct tc_script_expr {
	enum tc_script_op op;
	unsigned line, column;
	int64_t number;
	unsigned slot;
	struct tc_field_ref field;	/* of fixed width */
	bool sent;			/* … of the last segment that we sent */
	bool raw;			/* … as on the wire, not counted from the SYN */
	const struct tc_script_expr *left, *right;
};

/* ---- packets ---------------------------------------------------------------------- */

enum tc_script_option_kind {
	TC_SOPT_MSS, TC_SOPT_WSCALE, TC_SOPT_SACK_OK, TC_SOPT_SACK, TC_SOPT_TS, TC_SOPT_NOP,
	TC_SOPT_EOL, TC_SOPT_FASTOPEN, TC_SOPT_FASTOPEN_EXP, TC_SOPT_MD5, TC_SOPT_AO,
	TC_SOPT_MPTCP,
	TC_SOPT_ACCECN,		/* in bytes: the whole of it */
	TC_SOPT_HEX,		/* bytes as they are: hex:0500 */
};

struct tc_script_option {
	struct tc_script_option *next;
	enum tc_script_option_kind kind;
	const struct tc_script_expr *a, *b;	/* mss, wscale: a; TS: val a, ecr b */
	struct { const struct tc_script_expr *left, *right; } sack[4];
	unsigned n_sack;
	const uint8_t *bytes;			/* cookie, digest, hex */
	size_t n_bytes;
};

/* FIELD=VALUE in braces: to be sent so, or to be seen so. */
struct tc_script_set {
	struct tc_script_set *next;
	unsigned line, column;
	const char *field, *value;	/* canonical name; the text as written */
	int slot;			/* the value is this name's; -1: it is the text */
};

enum tc_script_payload_kind {
	TC_SPAY_NONE,		/* length counts: zeros are sent, anything may come */
	TC_SPAY_BYTES,		/* "text" or hex:… */
	TC_SPAY_FRAME,		/* prot "text": in a frame of a header */
};

struct tc_script_payload {
	enum tc_script_payload_kind kind;
	bool hex;			/* was written so */
	const uint8_t *bytes;		/* of a frame the payload */
	size_t n;
	const struct tc_header *frame;	/* whose frame; borrowed */
	const struct tc_script_set *sets;	/* prot{prot.length=513} */
};

/* What stands before the flags; -1 where nothing was said. */
struct tc_script_ip {
	int ecn;			/* 0 noecn, 1 ect1, 2 ect0, 3 ce */
	int tos, ttl;			/* over IPv6 the traffic class, the hop limit */
};

struct tc_script_packet {
	bool sent;			/* '<': by us; '>': expected of the peer */
	struct tc_script_ip ip;
	const struct tc_script_expr *sport, *dport;	/* NULL: the run's */
	uint16_t flags;			/* TC_FLAG_…, and TC_SCRIPT_AE */
	const struct tc_script_expr *start, *end, *len;
	const struct tc_script_expr *ack, *win, *urg;	/* NULL: not said */
	bool any_options;		/* <...>, or what `options` says and others, in any order */
	const struct tc_script_option *options;
	struct tc_script_payload payload;
	const struct tc_script_set *sets;
};

#define TC_SCRIPT_AE 0x100u	/* tcp.flags.ae */

/* An error of ICMP or ICMPv6; not every one is in both. */
struct tc_script_icmp_code {
	bool known;
	uint8_t type, code;
};

struct tc_script_icmp {
	bool sent;
	struct tc_script_ip ip;
	struct tc_script_icmp_code of[2];	/* over IPv4, over IPv6 */
	bool six;			/* its numbers are ICMPv6's: --ip_version=ipv6 */
	const struct tc_script_expr *mtu;
	const struct tc_script_expr *start, *end, *len;	/* quoted; NULL: the last one seen */
};

/* ---- calls ------------------------------------------------------------------------ */

enum tc_script_arg_kind {
	TC_ARG_ELLIPSIS,	/* ... */
	TC_ARG_NUMBER,
	TC_ARG_STRING,		/* text, n bytes with a NUL behind them */
	TC_ARG_WORD,		/* SOCK_STREAM: text */
	TC_ARG_LIST,		/* [a, b]: items */
	TC_ARG_STRUCT,		/* {a=b, c}: items with or without a name */
	TC_ARG_APPLY,		/* htons(80): text is the name */
	TC_ARG_OR,		/* POLLIN|POLLOUT: items */
	TC_ARG_NOT,		/* ~a: items */
	TC_ARG_NEGATE,		/* -WORD: items */
};

struct tc_script_arg {
	struct tc_script_arg *next;
	enum tc_script_arg_kind kind;
	unsigned line, column;
	const char *name;		/* name= or name(args)= of a struct member, or NULL */
	const struct tc_script_arg *name_args;
	int64_t number;
	bool hex;			/* was written so */
	const char *text;
	size_t n;
	const struct tc_script_arg *items;
};

struct tc_script_call {
	const char *name;
	const struct tc_script_arg *args;
	const struct tc_script_arg *result;	/* NULL: not checked */
	const char *error;			/* "ECONNREFUSED", or NULL */
	const char *note;			/* "(Connection refused)", or NULL */
	bool blocks;				/* T...T: may take until `until` */
	tc_time until;				/* after what event->time counts from */
};

/* ---- events ----------------------------------------------------------------------- */

enum tc_script_when {
	TC_WHEN_ABSOLUTE,	/* since the script's first event */
	TC_WHEN_RELATIVE,	/* since the event before */
	TC_WHEN_ANY,
	TC_WHEN_RANGE,
	TC_WHEN_RELATIVE_RANGE,
};

struct tc_script_time {
	enum tc_script_when when;
	tc_time from, to;	/* to: of ranges */
};

enum tc_script_kind {
	TC_SCRIPT_PACKET,
	TC_SCRIPT_ICMP,
	TC_SCRIPT_CALL,
	TC_SCRIPT_SHELL,	/* `command`: text */
	TC_SCRIPT_CODE,		/* %{ … }%: text */
	/* What packetdrill has not. */
	TC_SCRIPT_SILENCE,	/* silence T: nothing may arrive for `duration` */
	TC_SCRIPT_ANY_MORE,	/* any: skip what arrives until the next match */
	TC_SCRIPT_LET,		/* let NAME = a */
	TC_SCRIPT_REPEAT,	/* repeat a { body } */
	TC_SCRIPT_FOR,		/* for NAME in a..b { body } */
	TC_SCRIPT_IF_SEEN,	/* if seen [> packet] { body } else { other }: in the time
				 * given, something arrives (packet.start NULL), or this */
	TC_SCRIPT_EXPECT_STATE,	/* expect state=CLOSE_WAIT: state, of the peer's TCP */
	TC_SCRIPT_EXPECT_NUMBER, /* expect a < b: how the two compare */
	TC_SCRIPT_SAY,		/* say "text" */
	TC_SCRIPT_ASK,		/* ask "text" */
};

enum tc_script_compare {
	TC_COMPARE_LE, TC_COMPARE_GE, TC_COMPARE_EQ, TC_COMPARE_NE, TC_COMPARE_LT, TC_COMPARE_GT,
	TC_COMPARE_COUNT,
};

struct tc_script_event {
	struct tc_script_event *next;
	unsigned line, column;		/* from 1, in the text that was read */
	const char *source;		/* its first line as written, without comments */
	struct tc_script_time time;
	enum tc_script_kind kind;
	struct tc_script_packet packet;	/* PACKET, IF_SEEN */
	struct tc_script_icmp icmp;
	struct tc_script_call call;
	const char *text;		/* SHELL, CODE, SAY, ASK */
	tc_time duration;
	unsigned slot;			/* LET, FOR */
	const struct tc_script_expr *a, *b;
	const struct tc_script_event *body, *other;
	int state;			/* enum tc_state */
	enum tc_script_compare compare;
};

struct tc_script_switch {		/* --name[=value] before the first event */
	struct tc_script_switch *next;
	unsigned line, column;
	const char *name, *value;	/* value NULL: none */
};

/* What --ip_version says: the family of the packets, and whether sockets of IPv6 make those of
 * IPv4 (ipv4-mapped-ipv6, RFC 4291 2.5.5.2). */
struct tc_script_version {
	uint8_t family;			/* 4, 6; 0: nothing is said */
	bool mapped;
};

struct tc_script {
	const char *file;		/* as given, for messages */
	const struct tc_script_switch *switches;
	const struct tc_script_event *events;
	const char *names[TC_SCRIPT_NAMES];	/* by slot */
	unsigned n_names;
	void *memory;			/* all of the above */
};

/* A name that needs no `let`: the most that a segment of the path carries (RFC 9293 3.7.1),
 * its MTU without the headers, 40 bytes of IPv4 and TCP, 60 of IPv6 and TCP. */
#define TC_SCRIPT_MSS "MSS"

struct tc_script_define {		/* -D NAME=VALUE: VALUE is put where the word is */
	const char *name, *value;
};

/*
 * Read a script of n bytes. file: its name for messages, which all begin with
 * "FILE:LINE:COLUMN: ". -EINVAL what is wrong there and what is allowed; -EMSGSIZE over
 * TC_SCRIPT_MAX; -ENOMEM.
 */
int tc_script_parse(struct tc_script **s, const char *file, const char *text, size_t n,
		    const struct tc_script_define *defines, size_t n_defines,
		    struct tc_error *err);
/* The same for scripts with frames of another header than PROT's: its name is a word of theirs, as
 * prot is. frame outlives the script; NULL: none. */
int tc_script_parse_with(struct tc_script **s, const struct tc_header *frame, const char *file,
			 const char *text, size_t n, const struct tc_script_define *defines,
			 size_t n_defines, struct tc_error *err);
void tc_script_free(struct tc_script *s);	/* NULL is allowed */

/*
 * Only read it, as tc_script_parse_with does, and tell of each error, in the order of the text.
 * Behind one, reading goes on with the next line that begins as an event does: what an event that
 * cannot be read has given a name for may be told of as well. tell must not keep its argument.
 * Returns how many were told (0: it can be parsed), or what tc_script_parse returns but -EINVAL.
 */
int tc_script_check(const struct tc_header *frame, const char *file, const char *text, size_t n,
		    const struct tc_script_define *defines, size_t n_defines,
		    void (*tell)(void *ctx, const struct tc_error *err), void *ctx,
		    struct tc_error *err);

/* Value of a switch (the last of that name; "" when it has none), or NULL. */
const char *tc_script_switch_value(const struct tc_script *s, const char *name);

/* Read what --ip_version says; `text` (NULL: the script's switch) is ipv4, ipv6 or
 * ipv4-mapped-ipv6, else -EINVAL says so, with the script's name. */
int tc_script_version(const struct tc_script *s, const char *text,
		      struct tc_script_version *v, struct tc_error *err);

/* Append the script in its canonical form, which reads back as the same tree; and one
 * event (with its blocks, indented by `depth` tabs) with a newline. */
void tc_script_print(struct tc_buf *out, const struct tc_script *s);
void tc_script_print_event(struct tc_buf *out, const struct tc_script *s,
			   const struct tc_script_event *e, unsigned depth);

/* True when the first packet of the script comes from the peer: then we are the server. */
bool tc_script_is_server(const struct tc_script *s);
/* Does any packet of it name its ports? */
bool tc_script_names_ports(const struct tc_script *s);
/* Is code of Python in it, for which a process is started when all else is over? */
bool tc_script_has_code(const struct tc_script *s);
/* How many connections its packets can name at most, and one that names none;
 * TC_SCRIPT_NO_LIMIT: each turn of a loop may name others. */
#define TC_SCRIPT_NO_LIMIT 65535u
unsigned tc_script_connections(const struct tc_script *s);

/* Set *err to "FILE:LINE:COLUMN: …" and return code: for who carries a script out. */
int tc_script_fail(const struct tc_script *s, unsigned line, unsigned column,
		   struct tc_error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));

#endif
