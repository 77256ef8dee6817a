/* SPDX-License-Identifier: BSD-2-Clause */
/* A hand that makes a script's calls on a machine under test, by the protocol. */
#ifndef DUT_REMOTE_H
#define DUT_REMOTE_H

#include "way.h"

#include "syscalls/hand.h"

/*
 * Open the way and begin anew there (`reset`). The way's text must outlive the hand. What the
 * machine cannot do is -TC_ERR_HAND_LACKS in a call's fault; that it does not answer for 3 s,
 * is gone, or says what cannot be, -TC_ERR_HAND_GONE, here and in every call behind it.
 */
int tc_remote_open(struct tc_hand **h, const struct tc_way *way, struct tc_error *err);

/* The same for who opens the hand himself: its context, to be freed with free(3) once the
 * hand is open, whose child has its own. NULL: no memory. */
extern const struct tc_hand_ops tc_remote_ops;
void *tc_remote_new(const struct tc_way *way);

#endif
