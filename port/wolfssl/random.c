/* SPDX-License-Identifier: MIT
 * random.c -- the noise source, tested sample by sample, seeds wolfSSL's Hash_DRBG. */
#include "firmware/crypto/random.h"

#include <string.h>

#include "firmware/crypto/health.h"
#include "firmware/secret.h"
#include "hal/hal_entropy.h"
#include "port/wolfssl/rng.h"

enum {
    READ_BYTES = 64, /* One read of the noise source. */
    /* 64 bits of min-entropy: in 1000 tries no honest source repeats itself. */
    PATTERN_BYTES = 16
};

static struct {
    WC_RNG rng;
    struct health health;
    imp_err_t err; /* What stopped the source, for good. */
    bool is_started;
} source = { .err = IMP_ERR_ENTROPY_FAILED };

static imp_err_t read_tested(uint8_t *out, size_t len)
{
    imp_err_t err = IMP_ERR_ENTROPY_FAILED;

    if (hal_entropy_read(out, len) == HAL_OK) {
        err = health_feed(&source.health, bytes_of(out, len));
    }
    if (err) {
        secret_wipe(out, len);
        source.err = err;
    }
    return err;
}

/* Counters and recordings in a loop pass both tests of SP 800-90B: their first samples come
 * again. */
static bool comes_again(const uint8_t *pattern, const uint8_t *in, size_t len)
{
    for (size_t i = 0; i + PATTERN_BYTES <= len; i++) {
        if (secret_equal(pattern, in + i, PATTERN_BYTES)) {
            return true;
        }
    }
    return false;
}

static imp_err_t test_at_start(void)
{
    uint8_t pattern[PATTERN_BYTES];
    uint8_t window[PATTERN_BYTES + READ_BYTES]; /* The end of the last read, then this one. */
    imp_err_t err = read_tested(pattern, sizeof pattern);

    memset(window, 0, sizeof window);
    for (size_t i = 0; !err && i < HEALTH_STARTUP_SAMPLES; i += READ_BYTES) {
        err = read_tested(window + PATTERN_BYTES, READ_BYTES);
        if (!err && comes_again(pattern, window, sizeof window)) {
            err = IMP_ERR_ENTROPY_STUCK;
            source.err = err;
        }
        memcpy(window, window + READ_BYTES, PATTERN_BYTES);
    }
    secret_wipe(pattern, sizeof pattern);
    secret_wipe(window, sizeof window);
    return err;
}

/* Called by wolfSSL when it seeds or reseeds. Every sample goes through the tests, not only those
 * at start. */
int port_random_seed(unsigned char *out, unsigned int bytes)
{
    return read_tested(out, bytes) ? -1 : 0;
}

imp_err_t random_start(void)
{
    if (source.is_started) {
        wc_FreeRng(&source.rng);
    }
    memset(&source.health, 0, sizeof source.health);
    source.is_started = false;
    source.err = 0;
    imp_err_t err = test_at_start();

    if (!err && wc_InitRng(&source.rng) != 0) {
        err = source.err ? source.err : IMP_ERR_ENTROPY_FAILED;
    }
    source.err = err;
    source.is_started = !err;
    return err;
}

imp_err_t rng_get(WC_RNG **rng)
{
    if (!source.is_started || source.err) {
        return source.err ? source.err : IMP_ERR_ENTROPY_FAILED;
    }
    *rng = &source.rng;
    return 0;
}

imp_err_t random_fill(uint8_t *out, size_t len)
{
    WC_RNG *rng;
    imp_err_t err = rng_get(&rng);

    if (!err && wc_RNG_GenerateBlock(rng, out, (word32)len) != 0) {
        source.err = source.err ? source.err : IMP_ERR_ENTROPY_FAILED;
        err = source.err;
    }
    if (err) {
        memset(out, 0, len);
    }
    return err;
}
