/* SPDX-License-Identifier: BSD-2-Clause */
/* What the trials say: does capturing work, does sending, does each guard. */
#include "own.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HERE_TIME (2 * TC_S)

static void say_error(struct tc_checkup *f, enum tc_health h, const struct tc_error *err)
{
	static const struct {
		int code;
		const char *cure;
	} cures[] = {
		{ -EPERM, "see privileges" },
		{ -TC_ERR_SEND_PRIVILEGE, "see privileges" },
		{ -ENETDOWN, "ip link set lo up" },
		{ -EBUSY, "try again when that program is done" },
		{ -TC_ERR_NO_IPTABLES, "apt-get install iptables" },
		{ -TC_ERR_NO_NFT, "apt-get install nftables" },
		{ -TC_ERR_NO_GUARD_SCRIPT, "make install" },
	};

	tc_doctor_say(f, h, "%.300s", err->msg);
	for (size_t i = 0; i < sizeof cures / sizeof *cures; i++)
		if (!f->cure[0] && err->code == cures[i].code)
			tc_doctor_cure(f, "%s", cures[i].cure);
}

static bool is_of_sending(const struct tc_doctor_shake *k)
{
	return k->err.code == -TC_ERR_SEND_PRIVILEGE || k->err.code == -TC_ERR_SEND_SETUP;
}

/* The guard's own count is not asked here: without a guard the listener's SYN/ACK is all
 * that is needed to know that frames go out and come in. */
void tc_doctor_capture(struct tc_doctor *d, struct tc_checkup *f)
{
	struct tc_doctor_shake *k = &d->here;

	tc_doctor_try(k, 4, TC_GUARD_OFF, tc_doctor_limit(d, HERE_TIME));
	if (k->err.code < 0 && !is_of_sending(k))
		say_error(f, TC_HEALTH_FAIL, &k->err);
	else if (k->err.code == 0 && k->frames == 0 && k->refused == 0)
		tc_doctor_say(f, TC_HEALTH_FAIL, "lo shows nothing of what we send");
	else if (k->frames == 0)
		tc_doctor_say(f, TC_HEALTH_OK, "opens on lo; there was nothing to see");
	else
		tc_doctor_say(f, TC_HEALTH_OK, "works on lo: %" PRIu64 " frames", k->frames);
}

void tc_doctor_inject(struct tc_doctor *d, struct tc_checkup *f)
{
	const struct tc_doctor_shake *k = &d->here;

	if (k->err.code < 0 && !is_of_sending(k)) {
		tc_doctor_say(f, TC_HEALTH_WARN, "not tried");
		tc_doctor_cure(f, "see capture");
	} else if (k->err.code < 0) {
		say_error(f, TC_HEALTH_FAIL, &k->err);
	} else if (k->refused) {
		tc_doctor_say(f, TC_HEALTH_FAIL, "a firewall of this host drops what we send "
			      "on lo (OUTPUT)");
		tc_doctor_cure(f, "see rules; iptables -S OUTPUT, nft list ruleset");
	} else if (k->received == 0) {
		tc_doctor_say(f, TC_HEALTH_FAIL, "a SYN went out on lo, and a listener of our"
			      " own did not answer");
		tc_doctor_cure(f, "see rules; iptables -S INPUT, nft list ruleset");
	} else {
		tc_doctor_say(f, TC_HEALTH_OK, "works on lo: a listener answered our SYN");
	}
}

/* The trial of this mode, or NULL with the finding written. */
static const struct tc_doctor_shake *proof_of(struct tc_doctor *d,
					      enum tc_doctor_shake_id id,
					      enum tc_health bad, struct tc_checkup *f)
{
	const struct tc_doctor_proof *p = &d->proof;

	if (!p->tried)
		tc_doctor_prove(&d->proof, d->until);
	if (p->had & 1u << id)
		return &p->shake[id];
	tc_doctor_say(f, bad, "not proven: time is up");
	tc_doctor_cure(f, "try again when the machine is less busy (fuser -v "
		       "/run/xtables.lock names who holds the lock)");
	return NULL;
}

static const char *proven(const struct tc_doctor *d)
{
	return d->proof.here ? "proven here, where no private network can be had" : "proven";
}

void tc_doctor_unguarded(struct tc_doctor *d, struct tc_checkup *f)
{
	const struct tc_doctor_shake *k = proof_of(d, TC_SHAKE_BARE, TC_HEALTH_WARN, f);

	if (!k)
		return;
	if (k->err.code < 0)
		say_error(f, TC_HEALTH_WARN, &k->err);
	else if (k->leaked == 0)
		tc_doctor_say(f, TC_HEALTH_WARN, "%s: the kernel sent no RST (%s)",
			      proven(d), tc_verdict_name(k->verdict));
	else
		tc_doctor_say(f, TC_HEALTH_OK, "%s: the kernel's RST ends the connection (%s)",
			      proven(d), tc_verdict_name(k->verdict));
}

/* It has worked: in words. */
static void say_works(const struct tc_doctor *d, const struct tc_doctor_shake *k,
		      struct tc_checkup *f)
{
	if (k->used == TC_GUARD_SHIELD)
		tc_doctor_say(f, TC_HEALTH_OK, "%s: reply, %" PRIu64 " segments hidden from the"
			      " kernel, 0 RST", proven(d), k->blocked);
	else
		tc_doctor_say(f, TC_HEALTH_OK, "%s: reply, %" PRIu64 " RST blocked, 0 got "
			      "through (guard %s)", proven(d), k->blocked,
			      tc_guard_mode_name(k->used));
}

static void guarded(struct tc_doctor *d, enum tc_doctor_shake_id id, enum tc_health bad,
		    struct tc_checkup *f)
{
	const struct tc_doctor_shake *k = proof_of(d, id, bad, f);
	bool works = k && k->err.code == 0 && k->verdict == TC_VERDICT_REPLY && k->leaked == 0;

	if (!k)
		return;
	if (k->err.code < 0)
		say_error(f, bad, &k->err);
	else if (!works)
		tc_doctor_say(f, bad, "%s: %s, %" PRIu64 " RST of the kernel got through "
			      "(guard %s)", proven(d), tc_verdict_name(k->verdict), k->leaked,
			      tc_guard_mode_name(k->used));
	else
		say_works(d, k, f);
}

/* Without a guard the kernel must reset, else nothing is proven with one. Over IPv4 a check of
 * its own says so. */
static void guarded6(struct tc_doctor *d, enum tc_doctor_shake_id id, struct tc_checkup *f)
{
	const struct tc_doctor_shake *bare = proof_of(d, TC_SHAKE_BARE6, TC_HEALTH_WARN, f);

	if (!bare)
		return;
	if (bare->err.code < 0 || bare->leaked == 0) {
		tc_doctor_say(f, TC_HEALTH_WARN, "not tried: %.280s", bare->err.code < 0 ?
			      bare->err.msg : "without a guard the kernel sends no RST on ::1");
		tc_doctor_cure(f, "see ipv6, rules");
	} else {
		guarded(d, id, TC_HEALTH_WARN, f);
	}
}

/* Of the trials of the check, the last is told of. The main job hangs on the default guard. */
void tc_doctor_guard(struct tc_doctor *d, struct tc_checkup *f)
{
	enum tc_doctor_shake_id id = TC_SHAKES - 1;

	while (id > 0 && !(d->shakes >> id & 1))
		id--;
	if (d->shakes & 1u << TC_SHAKE_BARE6)
		guarded6(d, id, f);
	else
		guarded(d, id, id == TC_SHAKE_RST ? TC_HEALTH_FAIL : TC_HEALTH_WARN, f);
}
