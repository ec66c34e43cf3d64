/* SPDX-License-Identifier: MIT
 * test_chain_name.c -- the host by RFC 9525, and name constraints by RFC 5280 4.2.1.10. */
/* needs: tests/support/chain_table.c tests/support/chain_case.c tests/support/certs.c tests/support/crypto_openssl.c crypto */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/proto/x509.h"
#include "tests/support/chain_table.h"

/* --- The host --------------------------------------------------------------------------------- */

/* Extensions of a server's leaf with these alternative names. */
static const char *server_with(const char *alt_names)
{
    static char extensions[256];

    snprintf(extensions, sizeof extensions, "%s%s%s", CASE_SERVER,
             alt_names != NULL ? "subjectAltName=" : "", alt_names != NULL ? alt_names : "");
    return extensions;
}

static void only_a_subject_alternative_name_of_its_kind_is_the_host(void **state)
{
    (void)state;
    for (size_t i = 0; i < chain_host_count; i++) {
        const imp_err_t wanted = chain_hosts[i].matches ? 0 : IMP_ERR_CHAIN_NAME;
        struct chain_case c = { .host = chain_hosts[i].host };
        struct x509 leaf;

        c.leaf.extensions = server_with(chain_hosts[i].alt_names);
        struct chain_made made = chain_case_make(&c);
        assert_int_equal(x509_parse(made.leaf.der, &leaf), 0);
        if (chain_match_host(&leaf, chain_hosts[i].host) != wanted ||
            chain_case_ask(&c, &made, NULL) != wanted) {
            fail_msg("%s: %s", chain_hosts[i].alt_names, chain_hosts[i].host);
        }
        chain_case_free(&made);
    }
}

static void a_name_with_a_nul_in_it_is_malformed(void **state)
{
    struct chain_case c = { .err = IMP_ERR_X509_MALFORMED };

    (void)state; /* dNSName "ca.example", NUL, ".evil.example" */
    c.leaf.extensions =
        CASE_SERVER "2.5.29.17=DER:301a821863612e6578616d706c65002e6576696c2e6578616d706c65";
    void *row = &c;
    chain_case_holds(&row);
}

/* --- Name constraints ------------------------------------------------------------------------- */

/* The verdict when the issuing CA (or the root) has these constraints. */
static imp_err_t verdict(const char *constraints, const char *alt_names, bool in_root)
{
    char extensions[512];
    struct chain_case c = { 0 };

    snprintf(extensions, sizeof extensions, CASE_CA "%s", constraints);
    c.leaf.extensions = server_with(alt_names);
    *(in_root ? &c.root.extensions : &c.issuing.extensions) = extensions;
    struct chain_made made = chain_case_make(&c);
    const imp_err_t err = chain_case_ask(&c, &made, NULL);
    chain_case_free(&made);
    return err;
}

static void constraints_hold_for_every_name_below(void **state)
{
    (void)state;
    for (size_t i = 0; i < chain_constraint_count; i++) {
        for (int form = 0; form < 4; form++) { /* In issuer or root, critical or not. */
            char line[256];
            snprintf(line, sizeof line, "nameConstraints=%s%s", form & 1 ? "critical," : "",
                     chain_constraints[i].constraints);
            const imp_err_t err = verdict(line, chain_constraints[i].alt_names, (form & 2) != 0);
            if (err != (chain_constraints[i].is_allowed ? 0 : IMP_ERR_CHAIN_NAME_CONSTRAINT)) {
                fail_msg("%s: %s", chain_constraints[i].constraints,
                         chain_constraints[i].alt_names);
            }
        }
    }
}

static void constraints_in_der_that_nobody_can_evaluate_refuse(void **state)
{
    static const struct {
        const char *claim;
        const char *der;
        imp_err_t err;
    } odd[] = {
        { "an empty permitted dNSName contains everything", "3006a00430028200", 0 },
        { "an empty excluded dNSName contains everything", "3006a10430028200",
          IMP_ERR_CHAIN_NAME_CONSTRAINT },
        { "a directoryName", "3008a0063004a4023000", IMP_ERR_CHAIN_NAME_CONSTRAINT },
        { "a minimum", "3009a00730058200800100", IMP_ERR_CHAIN_NAME_CONSTRAINT },
        { "a maximum", "3009a00730058200810105", IMP_ERR_CHAIN_NAME_CONSTRAINT },
        { "an address of 7 bytes", "300da00b30098707c0000200ffffff",
          IMP_ERR_CHAIN_NAME_CONSTRAINT },
        { "a tree that is no SEQUENCE", "3004a0028200", IMP_ERR_CHAIN_NAME_CONSTRAINT },
        { "something behind the trees", "3008a004300282000500", IMP_ERR_CHAIN_NAME_CONSTRAINT },
        { "excluded before permitted", "300da1053003820178a00430028200",
          IMP_ERR_CHAIN_NAME_CONSTRAINT },
    };

    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        char line[128];
        snprintf(line, sizeof line, "2.5.29.30=DER:%s", odd[i].der);
        const imp_err_t err = verdict(line, "DNS:ca.example", false);
        if (err != odd[i].err) {
            fail_msg("%s: %s", odd[i].claim, imprint_err_name(err));
        }
    }
}

/* Constraints of the root reach the names of the issuer between too, unless it is self-issued. */
static void constraints_hold_for_the_issuers_names_too(void **state)
{
    static const struct {
        const char *issuing_name;
        imp_err_t err;
    } between[] = { { "Issuing", IMP_ERR_CHAIN_NAME_CONSTRAINT }, { "Root", 0 } };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct chain_case c = { .err = between[i].err };
        c.root.extensions = CASE_CA "nameConstraints=permitted;DNS:example";
        c.issuing.name = between[i].issuing_name;
        c.issuing.extensions = CASE_CA "subjectAltName=DNS:ca.other";
        struct chain_made made = chain_case_make(&c);
        assert_int_equal(chain_case_ask(&c, &made, NULL), c.err);
        chain_case_free(&made);
    }
}

static void constraints_hold_for_our_own_certificate(void **state)
{
    struct chain_case c = { .purpose = CHAIN_CLIENT };

    (void)state;
    c.issuing.extensions = CASE_CA "nameConstraints=excluded;DNS:example";
    c.leaf.extensions = CASE_LEAF CASE_HOST;
    struct chain_made made = chain_case_make(&c);
    assert_int_equal(chain_case_ask(&c, &made, NULL), IMP_ERR_CHAIN_NAME_CONSTRAINT);
    chain_case_free(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_subject_alternative_name_of_its_kind_is_the_host),
        cmocka_unit_test(a_name_with_a_nul_in_it_is_malformed),
        cmocka_unit_test(constraints_hold_for_every_name_below),
        cmocka_unit_test(constraints_in_der_that_nobody_can_evaluate_refuse),
        cmocka_unit_test(constraints_hold_for_the_issuers_names_too),
        cmocka_unit_test(constraints_hold_for_our_own_certificate),
    };

    return cmocka_run_group_tests_name("chain_name", tests, NULL, NULL);
}
