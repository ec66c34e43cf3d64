/* SPDX-License-Identifier: MIT
 * chain_case.c -- one case of the verdict: a good chain of three, changed in what the case says. */
#include "tests/support/chain_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* `spec` with the members it leaves open. */
static struct cert make(struct cert_spec spec, const char *name, const char *extensions,
                        unsigned key_number, const struct cert *issuer)
{
    spec.name = spec.name != NULL ? spec.name : name;
    spec.extensions = spec.extensions != NULL ? spec.extensions : extensions;
    spec.issuer = spec.issuer != NULL ? spec.issuer : issuer;
    spec.key_number = key_number;
    return certs_make(&spec);
}

struct chain_made chain_case_make(const struct chain_case *c)
{
    struct chain_made made;

    made.root = make(c->root, "Root", CASE_CA, 0, NULL);
    made.issuing = make(c->issuing, "Issuing", CASE_CA, 1, &made.root);
    made.leaf = make(c->leaf, "ca.example", CASE_LEAF CASE_SERVER CASE_HOST, 2, &made.issuing);
    return made;
}

void chain_case_free(struct chain_made *made)
{
    certs_free(&made->leaf);
    certs_free(&made->issuing);
    certs_free(&made->root);
}

imp_err_t chain_case_ask(const struct chain_case *c, const struct chain_made *made,
                         struct chain_answer *answer)
{
    const struct bytes presented[] = { made->leaf.der, made->issuing.der };
    struct chain_question question = {
        .presented = presented,
        .presented_count = 2,
        .anchors = &made->root.der,
        .anchor_count = 1,
        .host = c->host != NULL ? c->host : "ca.example",
        .purpose = c->purpose,
        .time = c->time,
    };

    if (question.time.floor == 0) {
        question.time.floor = CASE_FLOOR;
    }
    return chain_verify(&question, answer);
}

void chain_case_holds(void **state)
{
    const struct chain_case *c = *state;
    struct chain_made made = chain_case_make(c);
    const imp_err_t err = chain_case_ask(c, &made, NULL);

    chain_case_free(&made);
    if (err != c->err) {
        fail_msg("%s: %s, not %s", c->claim, imprint_err_name(err), imprint_err_name(c->err));
    }
}

int chain_cases_run(const char *group, const struct chain_case *cases, size_t count)
{
    struct CMUnitTest *tests = calloc(count, sizeof *tests);

    assert_non_null(tests);
    for (size_t i = 0; i < count; i++) {
        tests[i] = (struct CMUnitTest){ .name = cases[i].claim,
                                        .test_func = chain_case_holds,
                                        .initial_state = (void *)&cases[i] };
    }
    const int failed = _cmocka_run_group_tests(group, tests, count, NULL, NULL);
    free(tests);
    return failed;
}
