/* SPDX-License-Identifier: MIT
 * test_chain_name.c -- the host by RFC 9525, and name constraints by RFC 5280 4.2.1.10. */
/* needs: tests/support/chain_case.c tests/support/certs.c tests/support/crypto_openssl.c crypto */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/proto/x509.h"
#include "tests/support/chain_case.h"

/* --- The host --------------------------------------------------------------------------------- */

static const struct {
    const char *alt_names; /* NULL: no subjectAltName; the CN is always ca.example. */
    const char *host;
    bool matches;
} hosts[] = {
    { "DNS:ca.example", "ca.example", true },
    { "DNS:CA.Example", "ca.example", true },
    { "DNS:ca.example", "CA.EXAMPLE", true },
    { "DNS:other.example,DNS:ca.example", "ca.example", true },
    { "DNS:localhost", "localhost", true },
    { "DNS:xn--bcher-kva.example", "xn--bcher-kva.example", true },
    { "DNS:ca.example", "ca.example.", false },
    { "DNS:ca.example.", "ca.example", false },
    { "DNS:ca.example", "sub.ca.example", false },
    { "DNS:ca.example", "example", false },
    { "DNS:ca.example", "a.example", false },
    { "DNS:xca.example", "ca.example", false },
    { "DNS:ca.example.org", "ca.example", false },
    { "DNS:ca_1.example", "ca_1.example", false },

    /* The common name is never a host. */
    { NULL, "ca.example", false },
    { "IP:192.0.2.7", "ca.example", false },
    { "email:ca.example@x", "ca.example", false },
    { "URI:https://ca.example", "ca.example", false },
    { "URI:ca.example", "ca.example", false },
    { "otherName:1.2.3;UTF8:ca.example", "ca.example", false },

    /* A wildcard is the whole left-most label and stands for exactly one, with two or more
     * behind it. */
    { "DNS:*.ca.example", "a.ca.example", true },
    { "DNS:*.CA.example", "A.ca.Example", true },
    { "DNS:*.ca.example", "xn--bcher-kva.ca.example", true },
    { "DNS:*.ca.example", "ca.example", false },
    { "DNS:*.ca.example", "a.b.ca.example", false },
    { "DNS:*.ca.example", ".ca.example", false },
    { "DNS:*.example", "ca.example", false },
    { "DNS:*", "localhost", false },
    { "DNS:*.", "localhost", false },
    { "DNS:*.*.example", "a.ca.example", false },
    { "DNS:*.*", "ca.example", false },
    { "DNS:c*.ca.example", "ca.ca.example", false },
    { "DNS:*a.ca.example", "ca.ca.example", false },
    { "DNS:a.*.example", "a.ca.example", false },
    { "DNS:**.ca.example", "a.ca.example", false },
    { "DNS:xn--*.ca.example", "xn--a.ca.example", false },
    { "DNS:*.2.0.192", "7.2.0.192", false },
    { "DNS:*.ca.example", "*.ca.example", false },

    /* An address matches an iPAddress alone, a name a dNSName alone. */
    { "IP:192.0.2.7", "192.0.2.7", true },
    { "DNS:ca.example,IP:192.0.2.7", "192.0.2.7", true },
    { "IP:192.0.2.7", "192.0.2.8", false },
    { "DNS:abcd", "97.98.99.100", false },
    { "IP:97.98.99.100", "abcd", false },
    { "DNS:192.0.2.7", "192.0.2.7", false },
    { "DNS:*.0.2.7", "192.0.2.7", false },
    { "IP:2001:db8::1", "192.0.2.7", false },
    { "IP:::ffff:192.0.2.7", "192.0.2.7", false },
    { "IP:2001:db8::1", "2001:db8::1", false },
    { "DNS:2001:db8::1", "2001:db8::1", false },
    { "DNS:1.2.3", "1.2.3", false },
    { "DNS:1.2.3.04", "1.2.3.04", false },
    { "DNS:ca.example", "", false },
    { "DNS:ca.example", "ca.example:443", false },
    { "DNS:ca.example", " ca.example", false },
};

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
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        const imp_err_t wanted = hosts[i].matches ? 0 : IMP_ERR_CHAIN_NAME;
        struct chain_case c = { .host = hosts[i].host };
        struct x509 leaf;

        c.leaf.extensions = server_with(hosts[i].alt_names);
        struct chain_made made = chain_case_make(&c);
        assert_int_equal(x509_parse(made.leaf.der, &leaf), 0);
        if (chain_match_host(&leaf, hosts[i].host) != wanted ||
            chain_case_ask(&c, &made, NULL) != wanted) {
            fail_msg("%s: %s", hosts[i].alt_names, hosts[i].host);
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

static const struct {
    const char *constraints;
    const char *alt_names;
    bool is_allowed;
} rows[] = {
    { "permitted;DNS:ca.example", "DNS:ca.example", true },
    { "permitted;DNS:EXAMPLE", "DNS:ca.example", true },
    { "permitted;DNS:other.example", "DNS:ca.example", false },
    { "permitted;DNS:a.example", "DNS:ca.example", false },
    { "permitted;DNS:other.example,permitted;DNS:example", "DNS:ca.example", true },
    { "permitted;DNS:example", "DNS:ca.example,DNS:ca.other", false },
    { "permitted;DNS:.example", "DNS:ca.example", true },
    { "permitted;DNS:.ca.example", "DNS:ca.example", false },
    { "permitted;DNS:sub.ca.example", "DNS:ca.example", false },
    { "permitted;DNS:ca.example", "DNS:ca.example,DNS:*.ca.example", true },
    { "permitted;DNS:a.ca.example", "DNS:ca.example,DNS:*.ca.example", false },
    { "excluded;DNS:example", "DNS:ca.example", false },
    { "excluded;DNS:ca.example", "DNS:ca.example", false },
    { "excluded;DNS:CA.EXAMPLE", "DNS:ca.example", false },
    { "excluded;DNS:a.example", "DNS:ca.example", true },
    { "excluded;DNS:.ca.example", "DNS:ca.example", true },
    { "excluded;DNS:.ca.example", "DNS:ca.example,DNS:a.ca.example", false },
    { "excluded;DNS:other.example", "DNS:ca.example,DNS:other.example", false },
    { "excluded;DNS:bad.ca.example", "DNS:ca.example,DNS:*.ca.example", false },
    { "excluded;DNS:very.bad.ca.example", "DNS:ca.example,DNS:*.ca.example", true },
    { "permitted;DNS:example,excluded;DNS:ca.example", "DNS:ca.example", false },

    { "permitted;IP:192.0.2.0/255.255.255.0", "DNS:ca.example", true },
    { "permitted;IP:192.0.2.0/255.255.255.0", "DNS:ca.example,IP:192.0.2.7", true },
    { "permitted;IP:192.0.2.0/255.255.255.0", "DNS:ca.example,IP:192.0.3.7", false },
    { "permitted;IP:192.0.2.0/255.255.255.0", "DNS:ca.example,IP:2001:db8::1", false },
    { "permitted;IP:192.0.2.0/255.255.255.0,permitted;IP:2001:db8::/ffff:ffff::",
      "DNS:ca.example,IP:2001:db8::1", true },
    { "excluded;IP:192.0.2.0/255.255.255.0", "DNS:ca.example,IP:192.0.2.7", false },
    { "excluded;IP:192.0.2.0/255.255.255.0", "DNS:ca.example,IP:192.0.3.7", true },
    { "excluded;IP:0.0.0.0/0.0.0.0", "DNS:ca.example,IP:192.0.3.7", false },
    { "excluded;IP:2001:db8::/ffff:ffff::", "DNS:ca.example,IP:192.0.2.7", true },
    { "excluded;IP:192.0.2.0/255.255.255.0", "DNS:ca.example", true },

    /* Names of kinds that are not constrained pass; constraints of kinds that we don't evaluate
     * refuse. */
    { "permitted;DNS:example", "DNS:ca.example,URI:https://other.example", true },
    { "permitted;email:example", "DNS:ca.example", false },
    { "excluded;email:example", "DNS:ca.example", false },
    { "excluded;URI:example", "DNS:ca.example", false },
    { "permitted;DNS:example,excluded;email:example", "DNS:ca.example", false },
    { "permitted;DNS:example,permitted;URI:.example", "DNS:ca.example", false },
};

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
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int form = 0; form < 4; form++) { /* In issuer or root, critical or not. */
            char line[256];
            snprintf(line, sizeof line, "nameConstraints=%s%s", form & 1 ? "critical," : "",
                     rows[i].constraints);
            const imp_err_t err = verdict(line, rows[i].alt_names, (form & 2) != 0);
            if (err != (rows[i].is_allowed ? 0 : IMP_ERR_CHAIN_NAME_CONSTRAINT)) {
                fail_msg("%s: %s", rows[i].constraints, rows[i].alt_names);
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
