/* SPDX-License-Identifier: MIT
 * verdict_case.h -- every case of the verdict on a server that can be carried through each way in:
 * who presents what, asked for which host, at what time, and what is said.
 *
 * Certificates come from two sources: OpenSSL, at run time (chain_table.h and a few longer paths),
 * and python-cryptography (tests/vectors/verdict.*, by make_verdict.py there). */
#ifndef TESTS_SUPPORT_VERDICT_CASE_H
#define TESTS_SUPPORT_VERDICT_CASE_H

#include "firmware/trust/chain.h"
#include "tests/support/certs.h"

enum {
    VERDICT_CERTS_MAX = 10
};

struct verdict_case {
    char claim[200]; /* Begins with its source. */
    imp_err_t err;
    char host[64];
    struct chain_time time;
    struct bytes presented[VERDICT_CERTS_MAX]; /* Leaf first. */
    size_t presented_count;
    struct bytes anchor;
    EVP_PKEY *key; /* The leaf's. */
    struct cert made[VERDICT_CERTS_MAX];
    size_t made_count;
};

/* Make all cases; reads tests/vectors in the working directory. verdict_cases_free releases them. */
struct verdict_case *verdict_cases_make(size_t *count);
void verdict_cases_free(struct verdict_case *cases, size_t count);

#endif
