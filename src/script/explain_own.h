/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files share that explain a script: the notes of a line. See explain.h. */
#ifndef SCRIPT_EXPLAIN_OWN_H
#define SCRIPT_EXPLAIN_OWN_H

#include <tcpcraft/script.h>

#define NOTES_MOST 16

struct notes {			/* of one line */
	struct { const char *rests_on; char text[160]; } of[NOTES_MOST];
	unsigned n;
};

/* explain_note.c. rests_on: "RFC 9293 3.5", "tcp(7)", or NULL. More than NOTES_MOST are left out. */
void tc_sc_note(struct notes *n, const char *rests_on, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* explain_call.c */
void tc_sc_explain_call(struct notes *n, const struct tc_script_call *c);

/* explain_packet.c: what the packets before it have said, both ways. */
struct tc_sc_seen {
	struct {
		int64_t next, acked, window;	/* what it sends next, expects, offered last */
		unsigned repeats;		/* of its last acknowledgment */
		bool fin;
	} side[2];			/* ours, the peer's */
};
void tc_sc_explain_packet(struct notes *n, struct tc_sc_seen *seen,
			  const struct tc_script_event *e);
void tc_sc_explain_icmp(struct notes *n, const struct tc_script_icmp *icmp);

#endif
