/* SPDX-License-Identifier: MIT
 * chain_table.h -- what the verdict has to say about chains that OpenSSL makes. test_chain* ask it
 * in the unit, test_verdict_ways through every way in. */
#ifndef TESTS_SUPPORT_CHAIN_TABLE_H
#define TESTS_SUPPORT_CHAIN_TABLE_H

#include "tests/support/chain_case.h"

extern const struct chain_case chain_rules[];
extern const size_t chain_rule_count;

/* A leaf with these alternative names, asked for that host: accepted, or CHAIN_NAME. */
struct chain_host {
    const char *alt_names; /* NULL: no subjectAltName; the CN is always ca.example. */
    const char *host;
    bool matches;
};
extern const struct chain_host chain_hosts[];
extern const size_t chain_host_count;

/* An issuing CA with these constraints above a leaf with these alternative names, asked for
 * ca.example: accepted, or CHAIN_NAME_CONSTRAINT. */
struct chain_constraint {
    const char *constraints;
    const char *alt_names;
    bool is_allowed;
};
extern const struct chain_constraint chain_constraints[];
extern const size_t chain_constraint_count;

#endif
