/* SPDX-License-Identifier: MIT
 * sentences.h -- every error in words: what it means, and what the operator can do. */
#ifndef FIRMWARE_APP_SENTENCES_H
#define FIRMWARE_APP_SENTENCES_H

#include "firmware/error.h"

/* What happened, as one sentence without a full stop; for a number that is not in error.def
 * "unknown error". Static text. */
const char *sentence_says(imp_err_t err);

/* What to do about it, in the same form. */
const char *sentence_do(imp_err_t err);

#endif
