/* SPDX-License-Identifier: MIT
 * refusal.h -- the one vocabulary of "no" in the authority: what every function that can refuse
 * returns.
 */
#ifndef IMPRINT_AUTHORITY_REFUSAL_H
#define IMPRINT_AUTHORITY_REFUSAL_H

enum refusal {
    REFUSAL_NONE = 0,
#define REFUSAL(name, status, sentence) REFUSAL_##name,
#include "host-sim/authority/refusal.def"
#undef REFUSAL
    REFUSAL_COUNT
};

/* Name as it stands in the Imprint-Error header and in the log; NULL for REFUSAL_NONE. */
const char *refusal_name(enum refusal refusal);

/* HTTP status; 200 for REFUSAL_NONE. */
int refusal_status(enum refusal refusal);

/* One sentence for the operator, without a newline; "" for REFUSAL_NONE. */
const char *refusal_sentence(enum refusal refusal);

#endif
