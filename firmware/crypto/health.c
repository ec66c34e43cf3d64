/* SPDX-License-Identifier: MIT
 * health.c -- repetition count and adaptive proportion, NIST SP 800-90B sections 4.4.1 and
 * 4.4.2. */
#include "firmware/crypto/health.h"

/* P[Binomial(512, 2^-4) >= 71] <= 2^-30 < P[Binomial(512, 2^-4) >= 70]. */
enum {
    PROPORTION_CUTOFF = 71
};

static imp_err_t repetition_count(struct health *health, uint8_t sample)
{
    if (health->run_count == 0 || sample != health->last) {
        health->last = sample;
        health->run_count = 1;
        return 0;
    }
    health->run_count++;
    return health->run_count >= HEALTH_REPETITION_CUTOFF ? IMP_ERR_ENTROPY_STUCK : 0;
}

static imp_err_t adaptive_proportion(struct health *health, uint8_t sample)
{
    if (health->window_index == 0) {
        health->window_first = sample;
        health->window_count = 1;
    } else if (sample == health->window_first) {
        health->window_count++;
    }
    health->window_index++;
    if (health->window_index == HEALTH_WINDOW_SAMPLES) {
        health->window_index = 0;
    }
    return health->window_count >= PROPORTION_CUTOFF ? IMP_ERR_ENTROPY_BIASED : 0;
}

imp_err_t health_feed(struct health *health, struct bytes samples)
{
    for (size_t i = 0; i < samples.len; i++) {
        imp_err_t err = repetition_count(health, samples.data[i]);

        if (!err) {
            err = adaptive_proportion(health, samples.data[i]);
        }
        if (err) {
            return err;
        }
    }
    return 0;
}
