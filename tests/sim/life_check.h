/* SPDX-License-Identifier: MIT
 * life_check.h -- what must hold at every moment of a life, and at the end of each of its steps. */
#ifndef TESTS_SIM_LIFE_CHECK_H
#define TESTS_SIM_LIFE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/imprint.h"

struct life_result;

/* What was seen so far; all zero at birth. */
struct life_check {
    bool has_identity; /* The device has had one since birth or wipe. */
    uint8_t fingerprint[32];
    uint8_t retired[4][32]; /* Identities that were replaced. */
    unsigned retired_count;
    uint8_t leaf[48];     /* A piece of the identity's certificate. */
    uint8_t enrolled[32]; /* The identity with which the current step began. */
    size_t step_sights;   /* What the authority had seen when the step began. */
    unsigned steps;
    unsigned enrollments; /* Tokens that the operator has handed over. */
    bool may_renew_often; /* Time or a server's Date decides when it renews. */
    bool is_wiping;
    bool may_be_rejected; /* The authority refuses on purpose. */
    uint32_t trace_seen;  /* Entries of the device's trace. */
};

/* The device was switched on. */
void life_check_boot(struct life_check *check);

/* After each turn: the identity is there once it was there, changes only to one that the authority
 * has accepted, and never back; nothing ends in REJECTED. */
void life_check_turn(struct life_check *check, const struct imprint_status *status,
                     struct life_result *result);

/* A step has been reached: the authority saw at most one key for it, issued one certificate, spent one
 * use in all; the identity is whole: its key signs what its certificate verifies; a wiped flash holds
 * nothing. */
void life_check_step(struct life_check *check, bool is_wiped, struct life_result *result);

/* How often a certificate was handed out that had been handed out before. */
unsigned life_check_lost_answers(void);

/* From here on the identity may go. */
void life_check_expect_wipe(struct life_check *check, bool is_wiping);

/* The identity is another one than the one with which the step began. */
bool life_check_is_renewed(const struct life_check *check, const struct imprint_status *status);

#endif
