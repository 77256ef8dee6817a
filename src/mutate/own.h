/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the surgery share: rules as they are parsed, segments in pieces. */
#ifndef MUTATE_OWN_H
#define MUTATE_OWN_H

#include <tcpcraft/mutate.h>

#include <tcpcraft/packet.h>

enum selector {
	SEL_SYN, SEL_ACK, SEL_ACKS, SEL_DATA, SEL_FIN, SEL_RST, SEL_SEG, SEL_ANY,
};

/*
 * What a rule may do besides changing a field, a line each: the word, what stands behind it
 * (enum arg) and from where to where, how that is said, who does it, and whether to
 * fragments too, which are not built from their layers again. (drop and swap move whole
 * segments: tc_mutate_segment.)
 */
#define MUTATORS(M) \
	M(DROP, "drop", NONE, 0, 0, "drop", NULL, true) \
	M(DUP, "dup", MAYBE, 1, 100, "dup [1 to 100 copies]", act_dup, true) \
	M(DELAY, "delay", NUMBER, 1, 3600000, "delay MS, 1 to 3600000", act_delay, true) \
	M(SPLIT, "split", NUMBER, 1, 65535, "split N, after 1 to 65535 bytes", act_split, false) \
	M(OVERLAP, "overlap", NUMBER, 1, 65535, "overlap N [old|new], 1 to 65535", act_split, \
	  false) \
	M(SWAP, "swap", NONE, 0, 0, "swap", NULL, true) \
	M(TRUNCATE, "truncate", NUMBER, 0, 65535, "truncate N, 0 to 65535 bytes", act_length, \
	  false) \
	M(PAD, "pad", NUMBER, 1, 65535, "pad N, 1 to 65535 bytes", act_length, false) \
	M(BEFORE, "before", HEX, 0, 0, "before HEX", act_beside, false) \
	M(AFTER, "after", HEX, 0, 0, "after HEX", act_beside, false) \
	M(FRAGMENT, "fragment", NUMBER, 8, 65528, "fragment N, 8 to 65528 bytes", act_fragment, \
	  true) \
	M(DIVIDE, "divide", NUMBER, 2, 100, "divide K, in 2 to 100 ACKs", tc_act_divide, false) \
	M(SACK, "sack", RANGE, 0, INT32_MAX, "sack FROM:TO, bytes behind the ACK number", \
	  tc_act_sack, false) \
	M(RENEGE, "renege", NUMBER, 2, 65535, "renege N, 2 to 65535 bytes", tc_act_renege, false)

enum action_kind {
	ACT_SET,		/* field = text */
	ACT_ADD,		/* field + number, modulo its width */
	ACT_XOR,
	ACT_DIGEST,		/* of digest.c: it is these bytes */
#define KIND(kind, ...) ACT_##kind,
	MUTATORS(KIND)
#undef KIND
};

struct action {
	enum action_kind kind;
	struct tc_field_ref ref;	/* of the first three */
	char *text;			/* ACT_SET: the value */
	uint64_t n, to;			/* to: of a RANGE that begins with n */
	bool fresh;			/* ACT_OVERLAP: other bytes where it overlaps */
	const struct tc_digest *digest;	/* ACT_DIGEST */
	struct tc_buf bytes;		/* ACT_BEFORE, ACT_AFTER, ACT_DIGEST */
};

struct rule {
	enum selector sel;
	unsigned nth;			/* 0 = all */
	int state;			/* enum tc_state, or -1 */
	unsigned every;			/* 1 = each */
	bool retx;
	unsigned nth_conn;		/* where the Nth was, for its retransmissions */
	tc_seq nth_seq;
	struct action *actions;
	size_t n_actions;
	unsigned matched, hits;
};

/* payload: the header above TCP, or NULL for PROT's. */
int tc_rule_parse(struct rule *r, const char *text, const struct tc_header *payload,
		  struct tc_error *err);
/* The rule `any +retx:`, whose actions are the text. */
int tc_rule_parse_actions(struct rule *r, const char *text, const struct tc_header *payload,
			  struct tc_error *err);
void tc_rule_free(struct rule *r);

/* One frame in the making. */
#define MUTATIONS_MAX 16
#define PIECES_MAX 256

struct piece {
	struct tc_packet p;
	tc_time delay;
	bool extra;			/* ACT_BEFORE, ACT_AFTER: not of the segment itself */
	bool raw;			/* a fragment: not built from its layers again */
	bool numbered;			/* the next two are known */
	tc_seq from, to;		/* numbers that it fills; a fragment: its segment */
	struct tc_mutation mutations[MUTATIONS_MAX];
	struct tc_field_ref refs[MUTATIONS_MAX];	/* of the mutations */
	unsigned n_mutations;
	char what[TC_MUTATION_TEXT];
};

/* What a connection has acknowledged, honestly, and what it takes back. */
struct acked {
	unsigned conn_id;
	bool known;			/* was is valid */
	bool reneges;			/* edge is valid */
	tc_seq was, now;		/* before the segment in hand, and by it */
	tc_seq edge;
	uint32_t unit;			/* what the peer sends comes in multiples of; 0: not known */
};

struct pieces {
	struct piece **at;
	size_t n;
	bool ethernet;			/* frames begin with the Ethernet header */
	struct tc_payload payload;
	uint8_t *bytes;			/* TC_PACKET_MAX, for building */
	struct acked *acked;
};

/* lies.c: the rule that has this name, else the text as it is. */
const char *tc_preset_rule(const char *text);

/* digest.c: put a->bytes where the digest stands in the TCP options of piece i, behind them where
 * none does. As the others of one piece, 1 or negative. */
int tc_act_digest(struct pieces *ps, size_t i, const struct action *a, struct tc_error *err);

int tc_act_divide(struct pieces *ps, size_t i, const struct action *a, struct tc_error *err);
int tc_act_sack(struct pieces *ps, size_t i, const struct action *a, struct tc_error *err);
int tc_act_renege(struct pieces *ps, size_t i, const struct action *a, struct tc_error *err);

/* follow.c: segments that went out with other numbers, where the connection follows
 * them. */
#define FOLLOWED_MAX 64

struct follow {
	bool on;
	bool longer;			/* only where there are more bytes of data */
	struct followed {
		unsigned conn_id;
		tc_seq seq;		/* the machine's */
		tc_seq was;		/* on the wire, had it not been changed */
		uint64_t rules;		/* that changed it, a bit each */
	} ring[FOLLOWED_MAX];
	unsigned n;
};

/* Note what went out for a segment's first transmission. */
void tc_follow_sent(struct follow *f, const struct tc_outgoing *out, const struct pieces *ps,
		    tc_seq was, uint64_t rules);

/* A retransmission of one of these, or NULL. */
const struct followed *tc_follow_again(const struct follow *f, const struct tc_outgoing *out);

int tc_pieces_start(struct pieces *ps, const uint8_t *frame, size_t len,
		    struct tc_error *err);	/* one piece: the honest frame */
void tc_pieces_free(struct pieces *ps);

/* The TCP header's layer; negative: none. */
int tc_piece_tcp(const struct piece *pc);

/* A new, empty piece at place i; NULL with *err. */
struct piece *tc_piece_add(struct pieces *ps, size_t i, struct tc_error *err);

/* The same once more, behind piece i. */
struct piece *tc_piece_copy(struct pieces *ps, size_t i, struct tc_error *err);

void tc_piece_remove(struct pieces *ps, size_t i);

/* What a field says; rows and aliases are named in the table. */
tc_value tc_piece_value(const struct tc_packet *p, int layer, const struct tc_field_ref *ref);

/* Where a change of this field is written down, its first value kept; NULL: no room. */
struct tc_mutation *tc_piece_note(struct piece *pc, int layer, const struct tc_field_ref *ref);

/* What was done to it, in words. */
void tc_piece_say(struct piece *pc, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The payload as built, in *out (into ps->bytes): its length. */
int tc_piece_payload(struct pieces *ps, struct piece *pc, const uint8_t **out,
		     struct tc_error *err);

/* Other bytes behind the TCP header. */
int tc_piece_put_payload(struct piece *pc, const uint8_t *bytes, size_t n,
			 struct tc_error *err);

/* The frame in the payload becomes a layer; -ENOMSG: there is none. */
int tc_piece_open_frame(struct pieces *ps, struct piece *pc, struct tc_error *err);

/* act.c: do it to all pieces. 1 when something was changed, 0 when it does not apply to this
 * segment (no such layer, no payload), negative when it cannot be done. ACT_DROP and
 * ACT_SWAP are not for here. */
int tc_pieces_act(struct pieces *ps, const struct action *a, struct tc_error *err);

/* Fill in the numbers of a piece that is not a fragment. */
void tc_piece_number(struct piece *pc);

/* Once built: write down what the changed fields say now. */
void tc_piece_finish(struct piece *pc);

/* Bytes of a piece, into TC_PACKET_MAX of them; how many they are. */
int tc_piece_build(struct piece *pc, uint8_t *bytes, struct tc_error *err);

#endif
