/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backlog: how many handshakes a listener completes that does not accept, before it leaves
 * SYNs unanswered. One after the other, so that none is a question of speed. All are reset
 * at the end; but where the server never accepts, Linux keeps what is dead in the queue, so
 * that this is not harmless and gives another number the second time.
 */
#include "lab/lab.h"

TC_DEFINE_EXPERIMENT(backlog, "backlog",
	"how many handshakes complete on a server that does not accept",
	"RFC 9293 3.9.1.1 (OPEN), 3.10.7.2 (LISTEN); listen(2)",
	.ports = 512);

#define MOST 256
#define PATIENCE (3 * TC_S + TC_S / 2)	/* three SYNs: at 0, 1 and 3 s */

static int count(struct tc_lab *lab, unsigned most, unsigned *n, struct tc_lab_conn **last,
		 struct tc_error *err)
{
	struct tc_lab_open how = { .wait = PATIENCE, .once = true };
	int rc = 1;

	if (lab->cfg.timeout && lab->cfg.timeout < PATIENCE)
		how.wait = lab->cfg.timeout;
	for (*n = 0; *n < most && rc > 0; *n += rc > 0)
		rc = tc_lab_connect(lab, last, &how, err);
	return rc;
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	unsigned most = lab->cfg.most ? lab->cfg.most : MOST, n = 0;
	struct tc_lab_conn *last = NULL;
	int rc = count(lab, most, &n, &last, err);

	tc_finding_number(f, "handshakes", n);
	if (rc < 0)
		return rc;
	if (n == 0) {
		tc_finding_blame(f, lab, last);
		if (last->end == TC_LAB_NO_ANSWER)
			tc_buf_text(&f->sentence, "; of a queue that is full already nothing can be "
						  "measured");
		return 0;
	}
	tc_finding_value(f, n);
	tc_lab_cite_all(lab, last);
	if (n == most) {
		tc_finding_told(f, "no-limit-seen", "%u handshakes were completed and none was "
				"left unanswered: the server accepts, or its backlog is longer",
				n);
	} else if (last->end == TC_LAB_NO_ANSWER) {
		tc_finding_told(f, "limited", "%u handshake%s completed, the next SYN goes "
				"unanswered: on Linux that is listen(fd, %u) and nobody accepts",
				n, n == 1 ? " is" : "s are", n - 1);
	} else {
		tc_finding_told(f, "refuses", "%u handshake%s completed, the next SYN is "
				"answered with a reset: it refuses rather than waits", n,
				n == 1 ? " is" : "s are");
	}
	return 0;
}
