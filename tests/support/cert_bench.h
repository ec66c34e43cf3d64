/* SPDX-License-Identifier: MIT
 * cert_bench.h -- a workbench of certificates for one test of the verdict: made, asked about,
 * freed at its end. */
#ifndef TESTS_SUPPORT_CERT_BENCH_H
#define TESTS_SUPPORT_CERT_BENCH_H

#include "firmware/trust/chain.h"
#include "tests/support/chain_case.h"

/* cmocka set-up and tear-down: *state is the bench, empty; the count of crypto_verify is 0. */
int bench_begin(void **state);
int bench_end(void **state);
#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, bench_begin, bench_end)

/* The extensions of a good server's leaf. */
#define BENCH_LEAF CASE_LEAF CASE_SERVER CASE_HOST

/* Add a certificate; it stays until the end of the test. At most 16. */
const struct cert *bench_add(void *bench, const struct cert_spec *spec);
const struct cert *bench_cert(void *bench, const char *name, unsigned key,
                              const struct cert *issuer, const char *extensions);
const struct cert *bench_ca(void *bench, const char *name, unsigned key, const struct cert *issuer);
const struct cert *bench_leaf(void *bench, const struct cert *issuer);

/* Up to eight certificates, ended by NULL. */
struct bench_list {
    const struct cert *at[9];
};
#define LIST(...) ((struct bench_list){ { __VA_ARGS__ } })
#define NONE      ((struct bench_list){ { NULL } })

/* Ask, for host ca.example at CASE_FLOOR without a clock; counts crypto_verify from 0. */
imp_err_t bench_ask_for(enum chain_purpose purpose, struct bench_list presented,
                        struct bench_list issuers, struct bench_list anchors,
                        struct chain_answer *answer);
imp_err_t bench_ask(struct bench_list presented, struct bench_list anchors);

#endif
