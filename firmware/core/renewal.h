/* SPDX-License-Identifier: MIT
 * renewal.h -- when a committed certificate is to be renewed, and what the application is told.
 * docs/SPEC.md has the policy as a table.
 *
 * Due is judged against an estimate of the time that does not lie before the floor, never from
 * uptime alone. A device without an estimate in this life asks the server for one (the state
 * RENEW); only after its answer is it decided whether a key is made. */
#ifndef FIRMWARE_CORE_RENEWAL_H
#define FIRMWARE_CORE_RENEWAL_H

#include "firmware/core/context.h"

/* A life begins: draw this device's jitter, and the moment of its first look at the server. */
void renewal_begin(struct imprint *imprint);

/* An operation ended well, or nothing was due: not again for a while. */
void renewal_rest(struct imprint *imprint);

/* Seconds since 1970 from which on this device renews its certificate. */
int64_t renewal_point(const struct imprint *imprint);

/* Was it asked for, or is the renewal point behind us by the estimate? */
bool renewal_is_due(const struct imprint *imprint);

/* Is it time to look at the server (the state RENEW)? */
bool renewal_wants_look(const struct imprint *imprint);

/* Has our certificate expired, by the estimate or the floor? */
bool renewal_is_expired(const struct imprint *imprint);

/* The identity changed: `event` is told at the end of the step. */
void renewal_note(struct imprint *imprint, enum imprint_identity_event event);

/* Look at the dates, then tell the application what is new. */
void renewal_tell(struct imprint *imprint);

#endif
