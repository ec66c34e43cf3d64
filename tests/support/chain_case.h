/* SPDX-License-Identifier: MIT
 * chain_case.h -- one case of the verdict: a good chain of three, changed in what the case says. */
#ifndef TESTS_SUPPORT_CHAIN_CASE_H
#define TESTS_SUPPORT_CHAIN_CASE_H

#include "firmware/trust/chain.h"
#include "tests/support/certs.h"

/* Extensions of the good chain. */
#define CASE_CA     "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
#define CASE_LEAF   "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
#define CASE_SERVER "extendedKeyUsage=serverAuth\n"
#define CASE_HOST   "subjectAltName=DNS:ca.example\n"

/* 2026-01-01, the floor of a case that names none. */
#define CASE_FLOOR 1767225600

/* Members that are zero or NULL are those of the good chain: Root > Issuing > ca.example, P-256
 * with SHA-256, from 2020 to 2050, asked as CHAIN_SERVER for host ca.example at the floor
 * without a clock. */
struct chain_case {
    const char *claim;
    imp_err_t err;
    struct cert_spec leaf;
    struct cert_spec issuing;
    struct cert_spec root;
    const char *host;
    enum chain_purpose purpose;
    struct chain_time time;
};

/* The chain of a case, made; chain_case_free releases it. */
struct chain_made {
    struct cert root;
    struct cert issuing;
    struct cert leaf;
};
struct chain_made chain_case_make(const struct chain_case *c);
void chain_case_free(struct chain_made *made);

/* Ask about leaf and issuing certificate under the root. */
imp_err_t chain_case_ask(const struct chain_case *c, const struct chain_made *made,
                         struct chain_answer *answer);

/* A cmocka test of the case in *state; and the array of such tests, one a case, run as a group. */
void chain_case_holds(void **state);
int chain_cases_run(const char *group, const struct chain_case *cases, size_t count);

#endif
