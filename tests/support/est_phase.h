/* SPDX-License-Identifier: MIT
 * est_phase.h -- runs one phase of the est method, in the core's place, against est_server.h. */
#ifndef TESTS_SUPPORT_EST_PHASE_H
#define TESTS_SUPPORT_EST_PHASE_H

#include "firmware/methods/est.h"
#include "firmware/proto/url.h"
#include "firmware/trace.h"

#define EST_PHASE_TOKEN "imp_token-of-the-test"

struct est_phase {
    struct enrollment e;
    struct url server;
    uint8_t pin[ENROLLMENT_PIN_BYTES];
    uint8_t csr[CONFIG_CSR_BYTES_MAX];
    size_t csr_bytes;
    uint8_t work[CONFIG_WORK_BYTES];
    struct trace trace;
};
extern struct est_phase est_phase;

/* Make the certificates and a staged key with its request for "unit-1"; once a program. 0; 1 on
 * failure. */
int est_phase_make(void **state);
int est_phase_free(void **state);

/* Before each test: a good server at EST_SERVER_URL, no pin, no anchors, a token. */
int est_phase_reset(void **state);

/* The pin becomes that of `der`; `der` becomes the only anchor; the server's URL is another. */
void est_phase_pin(struct bytes der);
void est_phase_anchor(struct bytes der);
void est_phase_url(const char *url);

/* Run a phase from its beginning to its end, and return what it says. */
int32_t est_phase_run(int32_t (*phase)(struct enrollment *e));

/* CONNECT, then ENROLL; the connection stays. */
int32_t est_phase_enroll(void);

#endif
