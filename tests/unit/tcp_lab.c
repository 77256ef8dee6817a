/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp_lab.h"

#include <stdlib.h>

#define LAB_START (1000 * TC_S)		/* what the clock shows at 0 ms */

static void fail(const char *what, const char *detail, unsigned line, const char *file)
{
	char msg[400];

	snprintf(msg, sizeof msg, "%s%s", what, detail);
	CU_assertImplementation(CU_FALSE, line, msg, file, "", CU_FALSE);
}

void lab_init(struct lab *lab)
{
	memset(lab, 0, sizeof *lab);
	tc_tcp_config_default(&lab->cfg, 4, 1040);
	lab->cfg.rcv_buf = 10000;
	lab->cfg.use_wscale = lab->cfg.use_ts = lab->cfg.use_sack = false;
	lab->cfg.nagle = lab->cfg.delayed_ack = false;
	lab->cfg.user_timeout = 100 * TC_S;
	lab->now = LAB_START;
	tc_tcp_init(&lab->tcb, &lab->cfg);
	tc_tcp_lend(&lab->tcb, &lab->disorder);
}

/* What is 0 on the wire of a relative number: the ISN of whoever counts with it. */
static tc_seq base(bool ours)
{
	return ours ? LAB_ISS : LAB_IRS;
}

static const char flag_letters[] = "FSRP.UEW";

static bool parse_flags(uint16_t *flags, const char **p)
{
	const char *at;

	*flags = 0;
	if (strncmp(*p, "none", 4) == 0) {
		*p += 4;
		return true;
	}
	for (; **p && **p != ' '; (*p)++) {
		at = strchr(flag_letters, **p);
		if (!at)
			return false;
		*flags |= (uint16_t)(1u << (at - flag_letters));
	}
	return true;
}

static void parse_sack(struct tc_seg *seg, const char *v, bool ours)
{
	struct tc_seg_opts *o = &seg->opts;
	char *end;

	o->present |= TC_HAS_SACK;
	while (o->n_sack < TC_SACK_BLOCKS) {
		o->sack[o->n_sack].left = (tc_seq)strtoul(v, &end, 10) + base(!ours);
		o->sack[o->n_sack].right = (tc_seq)strtoul(end + 1, &end, 10) + base(!ours);
		o->n_sack++;
		if (*end != ',')
			return;
		v = end + 1;
	}
}

static bool parse_key(struct tc_seg *seg, const char *key, const char *v, bool ours)
{
	uint32_t n = (uint32_t)strtoul(v, NULL, 10);

	if (strcmp(key, "seq") == 0) {
		seg->seq = n + base(ours);
	} else if (strcmp(key, "ack") == 0) {
		seg->ack = n + base(!ours);
	} else if (strcmp(key, "len") == 0) {
		seg->len = n;
	} else if (strcmp(key, "win") == 0) {
		seg->wnd = (uint16_t)n;
	} else if (strcmp(key, "urg") == 0) {
		seg->urg = (uint16_t)n;
	} else if (strcmp(key, "mss") == 0) {
		seg->opts.present |= TC_HAS_MSS;
		seg->opts.mss = (uint16_t)n;
	} else if (strcmp(key, "ws") == 0) {
		seg->opts.present |= TC_HAS_WSCALE;
		seg->opts.wscale = (uint8_t)n;
	} else if (strcmp(key, "ts") == 0) {
		seg->opts.present |= TC_HAS_TS;
		seg->opts.ts_val = n;
		seg->opts.ts_ecr = (uint32_t)strtoul(strchr(v, '/') + 1, NULL, 10);
	} else if (strcmp(key, "ce") == 0) {
		seg->ecn = TC_ECN_CE;
	} else if (strcmp(key, "sackok") == 0) {
		seg->opts.present |= TC_HAS_SACK_OK;
	} else if (strcmp(key, "sack") == 0) {
		parse_sack(seg, v, ours);
	} else if (strcmp(key, "fo") == 0) {
		seg->opts.present |= TC_HAS_FASTOPEN;
		seg->opts.cookie.n = (uint8_t)strlen(v);
		memcpy(seg->opts.cookie.bytes, v, seg->opts.cookie.n);
	} else {
		return false;
	}
	return true;
}

bool lab_parse(struct tc_seg *seg, const char *text, bool ours, unsigned line,
	       const char *file)
{
	char word[80], *value;
	int n;

	*seg = (struct tc_seg){ .wnd = 8000 };
	if (!parse_flags(&seg->flags, &text)) {
		fail("unknown flag in ", text, line, file);
		return false;
	}
	for (; sscanf(text, " %79s%n", word, &n) == 1; text += n) {
		value = strchr(word, '=');
		if (value)
			*value++ = '\0';
		if (!parse_key(seg, word, value ? value : "", ours)) {
			fail("unknown key ", word, line, file);
			return false;
		}
	}
	return true;
}

static void print_flags(uint16_t flags, char *text)
{
	static const char order[] = "SFRP.UEW";

	if (!flags)
		strcpy(text, "none");
	for (const char *c = order; flags && *c; c++)
		if (flags & 1u << (strchr(flag_letters, *c) - flag_letters)) {
			*text++ = *c;
			*text = '\0';
		}
}

void lab_print(const struct tc_seg *seg, bool ours, char text[160])
{
	char flags[16] = "";
	size_t n;

	print_flags(seg->flags, flags);
	n = (size_t)snprintf(text, 160, "%s seq=%u", flags, seg->seq - base(ours));
	if (seg->flags & TC_FLAG_ACK)
		n += (size_t)snprintf(text + n, 160 - n, " ack=%u", seg->ack - base(!ours));
	if (seg->len)
		n += (size_t)snprintf(text + n, 160 - n, " len=%u", seg->len);
	if (seg->opts.present & TC_HAS_FASTOPEN)
		n += (size_t)snprintf(text + n, 160 - n, " fo=%.*s", seg->opts.cookie.n,
				      (const char *)seg->opts.cookie.bytes);
	n += (size_t)snprintf(text + n, 160 - n, " win=%u", seg->wnd);
	for (unsigned i = 0; i < seg->opts.n_sack; i++)
		n += (size_t)snprintf(text + n, 160 - n, "%s%u:%u", i ? "," : " sack=",
				      seg->opts.sack[i].left - base(!ours),
				      seg->opts.sack[i].right - base(!ours));
}

static void no_surprise(struct lab *lab, unsigned line, const char *file)
{
	char text[160];

	for (unsigned i = 0; i < lab->n; i++)
		if (lab->log[i].type == TC_ACT_SEND && !lab->used[i]) {
			lab_print(&lab->log[i].send.seg, true, text);
			fail("nobody asked for: ", text, line, file);
		}
}

static void collect(struct lab *lab, const struct tc_actions *out)
{
	for (unsigned i = 0; i < out->n && lab->n < LAB_LOG; i++) {
		lab->used[lab->n] = false;
		lab->log[lab->n++] = out->a[i];
		if (out->a[i].type == TC_ACT_TIMER)
			lab->timer = out->a[i].at;
	}
}

static void run(struct lab *lab, const struct tc_event *ev)
{
	struct tc_event now = *ev;
	struct tc_actions out;

	now.now = lab->now;
	do {
		tc_tcp_step(&lab->tcb, &now, &out);
		collect(lab, &out);
		now.type = TC_EV_POLL;
	} while (out.more);
}

void lab_event(struct lab *lab, const struct tc_event *ev, unsigned line, const char *file)
{
	no_surprise(lab, line, file);
	lab->n = 0;
	run(lab, ev);
}

void lab_rx(struct lab *lab, const char *text, unsigned line, const char *file)
{
	struct tc_seg seg;

	if (!lab_parse(&seg, text, false, line, file))
		return;
	if (lab->tcb.ts_ok && !(seg.opts.present & TC_HAS_TS) && lab->peer_ts) {
		seg.opts.present |= TC_HAS_TS;
		seg.opts.ts_val = lab->peer_ts;
	}
	lab_event(lab, &(struct tc_event){ .type = TC_EV_SEGMENT, .seg = &seg,
					   .nobody_listens = lab->nobody_listens,
					   .more = lab->more }, line, file);
}

void lab_at_ms(struct lab *lab, int64_t ms, unsigned line, const char *file)
{
	tc_time to = LAB_START + ms * TC_MS;

	no_surprise(lab, line, file);
	lab->n = 0;
	while (lab->timer && lab->timer <= to && lab->n < LAB_LOG) {
		if (lab->timer > lab->now)
			lab->now = lab->timer;
		run(lab, &(struct tc_event){ .type = TC_EV_TIMEOUT });
	}
	lab->now = to;
}

void lab_timeout(struct lab *lab)
{
	if (lab->timer > lab->now)
		lab->now = lab->timer;
	lab_event(lab, &(struct tc_event){ .type = TC_EV_TIMEOUT }, AT);
}

void lab_forget(struct lab *lab)
{
	lab->n = 0;
}

/* The first unused action of this type, in order. */
static struct tc_action *take(struct lab *lab, enum tc_action_type type)
{
	for (unsigned i = 0; i < lab->n; i++)
		if (lab->log[i].type == type && !lab->used[i]) {
			lab->used[i] = true;
			return &lab->log[i];
		}
	return NULL;
}

bool lab_has(const struct lab *lab, enum tc_action_type type)
{
	for (unsigned i = 0; i < lab->n; i++)
		if (lab->log[i].type == type)
			return true;
	return false;
}

static bool opts_equal(const struct tc_seg_opts *got, const struct tc_seg_opts *want,
		       const char *text)
{
	if (strstr(text, "mss=") && got->mss != want->mss)
		return false;
	if (strstr(text, "ws=") && got->wscale != want->wscale)
		return false;
	if (strstr(text, "ts=") &&
	    (got->ts_val != want->ts_val || got->ts_ecr != want->ts_ecr))
		return false;
	if ((got->present ^ want->present) & TC_HAS_FASTOPEN ||
	    memcmp(&got->cookie, &want->cookie, sizeof want->cookie) != 0)
		return false;
	if (got->n_sack != want->n_sack)
		return false;
	for (unsigned i = 0; i < want->n_sack; i++)
		if (got->sack[i].left != want->sack[i].left ||
		    got->sack[i].right != want->sack[i].right)
			return false;
	return (got->present & want->present) == want->present;
}

static bool segs_equal(const struct tc_seg *got, const struct tc_seg *want,
		       const char *text)
{
	if (got->flags != want->flags || got->len != want->len)
		return false;
	if (strstr(text, "seq=") && got->seq != want->seq)
		return false;
	if (strstr(text, " ack=") && got->ack != want->ack)
		return false;
	if (strstr(text, "win=") && got->wnd != want->wnd)
		return false;
	if (strstr(text, "urg=") && got->urg != want->urg)
		return false;
	return opts_equal(&got->opts, &want->opts, text);
}

void lab_want_tx(struct lab *lab, const char *text, unsigned line, const char *file)
{
	struct tc_action *a = take(lab, TC_ACT_SEND);
	struct tc_seg want;
	char got[160] = "nothing", msg[400];

	if (!lab_parse(&want, text, true, line, file))
		return;
	if (a && segs_equal(&a->send.seg, &want, text)) {
		CU_assertImplementation(CU_TRUE, line, text, file, "", CU_FALSE);
		return;
	}
	if (a)
		lab_print(&a->send.seg, true, got);
	snprintf(msg, sizeof msg, "sent %s, want %s", got, text);
	fail(msg, "", line, file);
}

void lab_want_nothing(struct lab *lab, unsigned line, const char *file)
{
	no_surprise(lab, line, file);
	CU_assertImplementation(CU_TRUE, line, "nothing sent", file, "", CU_FALSE);
}

void lab_want_state(struct lab *lab, enum tc_state to, unsigned line, const char *file)
{
	struct tc_action *a = take(lab, TC_ACT_STATE);

	check_str(a ? tc_state_name(a->state.to) : "no change", tc_state_name(to), "state",
		  line, file);
	if (a)
		check_true(a->state.clause && *a->state.clause, "a clause", line, file);
}

void lab_want_notify(struct lab *lab, enum tc_notify what, unsigned line, const char *file)
{
	struct tc_action *a = take(lab, TC_ACT_NOTIFY);

	check_u64(a ? a->notify.what : 999, what, "notify", line, file);
}

void lab_want_note(struct lab *lab, const char *part, unsigned line, const char *file)
{
	struct tc_action *a = take(lab, TC_ACT_NOTE);

	if (!a || !strstr(a->note.text, part) || !a->note.clause)
		fail("note: got ", a ? a->note.text : "none", line, file);
	else
		CU_assertImplementation(CU_TRUE, line, part, file, "", CU_FALSE);
}

void lab_want_range(struct lab *lab, enum tc_action_type type, uint32_t seq, uint32_t len,
		    unsigned line, const char *file)
{
	struct tc_action *a = take(lab, type);
	tc_seq zero = base(type == TC_ACT_ACKED);

	check_true(a, "the action is there", line, file);
	if (!a)
		return;
	check_u64(a->range.seq - zero, seq, "seq", line, file);
	check_u64(a->range.len, len, "len", line, file);
}

static void to_established(struct lab *lab)
{
	open_active(lab);
	lab_forget(lab);
	rx(lab, "S. seq=0 ack=1 win=8000 mss=1000");
}

static void to_closing_side(struct lab *lab, enum tc_state to)
{
	lab_forget(lab);
	user_close(lab);
	lab_forget(lab);
	if (to == TC_ST_CLOSING)
		rx(lab, "F. seq=1 ack=1");
	if (to == TC_ST_FIN_WAIT_2 || to == TC_ST_TIME_WAIT)
		rx(lab, ". seq=1 ack=2");
	if (to == TC_ST_TIME_WAIT)
		rx(lab, "F. seq=1 ack=2");
}

static void to_closed_side(struct lab *lab, enum tc_state to)
{
	lab_forget(lab);
	rx(lab, "F. seq=1 ack=1");
	lab_forget(lab);
	if (to == TC_ST_LAST_ACK)
		user_close(lab);
}

void lab_go(struct lab *lab, enum tc_state to)
{
	switch (to) {
	case TC_ST_CLOSED:
		break;
	case TC_ST_LISTEN:
		open_passive(lab);
		break;
	case TC_ST_SYN_SENT:
		open_active(lab);
		break;
	case TC_ST_SYN_RECEIVED:
		open_passive(lab);
		rx(lab, "S seq=0 win=8000 mss=1000");
		break;
	case TC_ST_ESTABLISHED:
		to_established(lab);
		break;
	case TC_ST_FIN_WAIT_1:
	case TC_ST_FIN_WAIT_2:
	case TC_ST_CLOSING:
	case TC_ST_TIME_WAIT:
		to_established(lab);
		to_closing_side(lab, to);
		break;
	case TC_ST_CLOSE_WAIT:
	case TC_ST_LAST_ACK:
		to_established(lab);
		to_closed_side(lab, to);
		break;
	}
	lab_forget(lab);
	CHECK_STR(tc_state_name(lab->tcb.state), tc_state_name(to));
}

void lab_in(struct lab *lab, enum tc_state to)
{
	lab_init(lab);
	lab_go(lab, to);
}
