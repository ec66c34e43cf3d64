/* SPDX-License-Identifier: MIT
 * est_phase.c -- runs one phase of the est method. */
#include "tests/support/est_phase.h"

#include <stdlib.h>
#include <string.h>

#include "firmware/config.h"
#include "firmware/crypto/hash.h"
#include "firmware/crypto/random.h"
#include "firmware/proto/csr.h"
#include "port/port.h"
#include "tests/support/est_server.h"
#include "tests/support/port_hal.h"
#include "tests/support/tls_script.h"

struct est_phase est_phase;

static imp_err_t make_csr(void)
{
    uint8_t point[KEY_POINT_BYTES];
    uint8_t digest[HASH_SHA256_BYTES];
    uint8_t signature[KEY_SIGNATURE_BYTES_MAX];
    size_t info_bytes = 0;
    size_t signature_bytes = 0;
    imp_err_t err = key_generate(KEY_SLOT_STAGED);

    err = err ? err : key_public(KEY_SLOT_STAGED, point);
    err = err ? err
              : csr_build_info("unit-1", point, est_phase.csr, sizeof est_phase.csr, &info_bytes);
    const struct bytes info = bytes_of(est_phase.csr, info_bytes);
    err = err ? err : hash_sha256(&info, 1, digest);
    err = err ? err : key_sign(KEY_SLOT_STAGED, digest, signature, &signature_bytes);
    return err ? err
               : csr_wrap(est_phase.csr, sizeof est_phase.csr, info_bytes,
                          bytes_of(signature, signature_bytes), &est_phase.csr_bytes);
}

int est_phase_make(void **state)
{
    (void)state;
    port_hal_reset();
    est_server_make_pki();
    return port_init() != 0 || random_start() != 0 || make_csr() != 0;
}

int est_phase_free(void **state)
{
    (void)state;
    est_server_free_pki();
    return 0;
}

void est_phase_pin(struct bytes der)
{
    est_fingerprint(der, est_phase.pin);
}

void est_phase_anchor(struct bytes der)
{
    est_phase.e.anchors = (struct certs){ .at = { der }, .count = 1 };
}

void est_phase_url(const char *url)
{
    if (url_parse(bytes_of_text(url), &est_phase.server)) {
        abort();
    }
}

int est_phase_reset(void **state)
{
    (void)state;
    est_server_reset();
    memset(est_phase.pin, 0, sizeof est_phase.pin);
    memset(est_phase.work, 0, sizeof est_phase.work);
    memset(&est_phase.trace, 0, sizeof est_phase.trace);
    est_phase_url(EST_SERVER_URL);
    est_phase.e = (struct enrollment){
        .server = &est_phase.server,
        .pin = est_phase.pin,
        .csr = bytes_of(est_phase.csr, est_phase.csr_bytes),
        .token = bytes_of_text(EST_PHASE_TOKEN),
        .slot = KEY_SLOT_CURRENT,
        .time = { .floor = CONFIG_BUILD_TIME },
        .work = est_phase.work,
        .work_bytes = sizeof est_phase.work,
        .trace = &est_phase.trace,
        .now_ms = 1000,
    };
    return 0;
}

int32_t est_phase_run(int32_t (*phase)(struct enrollment *e))
{
    int32_t result = 0;

    est_phase.e.step = 0;
    while (result == 0) {
        result = phase(&est_phase.e);
        est_phase.e.now_ms += 10;
    }
    return result;
}

int32_t est_phase_enroll(void)
{
    const int32_t result = est_phase_run(est_method.connect);

    return result < 0 ? result : est_phase_run(est_method.enroll);
}
