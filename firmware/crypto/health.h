/* SPDX-License-Identifier: MIT
 * health.h -- the two tests of NIST SP 800-90B section 4.4 over a noise source's samples (one
 * byte a sample).
 *
 * For min-entropy H = 4 bits a sample and a false alarm rate of 2^-30: repetition count cut-off
 * 1 + ceil(30 / H) = 9; adaptive proportion cut-off for a window of 512 samples: the smallest C
 * with P[Binomial(512, 2^-4) >= C] <= 2^-30, which is 71 when counted as 1 + CRITBINOM(512,
 * 2^-4, 1 - 2^-30). */
#ifndef FIRMWARE_CRYPTO_HEALTH_H
#define FIRMWARE_CRYPTO_HEALTH_H

#include "firmware/bytes.h"
#include "firmware/error.h"

enum {
    HEALTH_REPETITION_CUTOFF = 9,
    HEALTH_WINDOW_SAMPLES = 512,
    HEALTH_STARTUP_SAMPLES = 1024
};

/* Running state of both tests; all zero to begin. */
struct health {
    uint8_t last;
    uint16_t run_count;
    uint8_t window_first;
    uint16_t window_count;
    uint16_t window_index;
};

/* Feed samples to both tests. 0; IMP_ERR_ENTROPY_STUCK; IMP_ERR_ENTROPY_BIASED: the source is
 * then not to be used. */
imp_err_t health_feed(struct health *health, struct bytes samples);

#endif
