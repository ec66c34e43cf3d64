/* SPDX-License-Identifier: MIT
 * test_chain_vectors.c -- the verdict on certificates that python-cryptography encoded
 * (tests/vectors/make_chain.py), and on those of RFC 7030 appendix A. */
/* needs: tests/support/certs.c tests/support/crypto_openssl.c crypto */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "firmware/proto/base64.h"
#include "firmware/proto/pem.h"
#include "firmware/proto/pkcs7.h"
#include "firmware/trust/chain.h"
#include "tests/support/certs.h"

enum {
    Y2026 = 1767225600
};

/* The one certificate of a file, decoded in place; the caller frees .data. */
static struct bytes read_cert(const char *stem)
{
    char path[64];
    size_t len;

    snprintf(path, sizeof path, "tests/vectors/chain-%s.pem", stem);
    const struct bytes text = certs_read_file(path);
    struct bytes rest = text;
    assert_int_equal(pem_next(&rest, "CERTIFICATE", (uint8_t *)text.data, text.len, &len), 1);
    size_t none;
    assert_int_equal(pem_next(&rest, "CERTIFICATE", NULL, 0, &none), 0);
    return bytes_of(text.data, len);
}

static const struct {
    const char *leaf;
    const char *host;
    enum chain_purpose purpose;
    imp_err_t err;
} rows[] = {
    { "leaf", "ca.example", CHAIN_SERVER, 0 },
    { "leaf", "a.lab.example", CHAIN_SERVER, 0 },
    { "leaf", "192.0.2.7", CHAIN_SERVER, 0 },
    { "leaf", "lab.example", CHAIN_SERVER, IMP_ERR_CHAIN_NAME },
    { "leaf", "192.0.2.8", CHAIN_SERVER, IMP_ERR_CHAIN_NAME },
    { "leaf", NULL, CHAIN_CLIENT, IMP_ERR_CHAIN_USAGE },
    { "leaf-client", "ca.example", CHAIN_SERVER, IMP_ERR_CHAIN_USAGE },
    { "leaf-client", NULL, CHAIN_CLIENT, 0 },
    { "leaf-expired", "ca.example", CHAIN_SERVER, IMP_ERR_CHAIN_EXPIRED },
    { "leaf-outside", "ca.example", CHAIN_SERVER, IMP_ERR_CHAIN_NAME_CONSTRAINT },
    { "leaf-policies", "ca.example", CHAIN_SERVER, IMP_ERR_X509_CRITICAL },
};

static void another_encoders_chain_gets_the_same_verdicts(void **state)
{
    const struct bytes root = read_cert("root");
    const struct bytes issuing = read_cert("issuing");

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct bytes presented[] = { read_cert(rows[i].leaf), issuing };
        const struct chain_question question = {
            .presented = presented,
            .presented_count = 2,
            .anchors = &root,
            .anchor_count = 1,
            .host = rows[i].host,
            .purpose = rows[i].purpose,
            .time = { .floor = Y2026 },
        };
        assert_int_equal(chain_verify(&question, NULL), rows[i].err);
        free((void *)presented[0].data);
    }
    free((void *)root.data);
    free((void *)issuing.data);
}

/* Read a body of RFC 7030 appendix A in place; the caller frees *body. */
static size_t read_body(const char *path, void **body, struct bytes certs[4])
{
    const struct bytes text = certs_read_file(path);
    struct base64_decoder decoder = { 0 };
    size_t count;
    size_t len;

    assert_int_equal(base64_decode(&decoder, text, (uint8_t *)text.data, text.len, &len), 0);
    assert_int_equal(pkcs7_read_certs(bytes_of(text.data, len), certs, 4, &count), 0);
    *body = (void *)text.data;
    return count;
}

static imp_err_t ask(enum chain_purpose purpose, const struct bytes *cert,
                     const struct bytes *anchor, int64_t floor)
{
    const struct chain_question question = { .presented = cert,
                                             .presented_count = 1,
                                             .anchors = anchor,
                                             .anchor_count = 1,
                                             .purpose = purpose,
                                             .time = { .floor = floor } };
    return chain_verify(&question, NULL);
}

/* Two roots and the roll-over certificates between them, which have no basicConstraints; all
 * signed with SHA-1. */
static void the_certificates_of_rfc_7030_get_the_verdicts_of_today(void **state)
{
    enum {
        Y2013 = 1380000000,
        OLD = 0,
        NEW_WITH_OLD = 1,
        NEW = 3
    };
    struct bytes roots[4];
    struct bytes leaf[4];
    void *bodies[2];

    (void)state;
    assert_int_equal(read_body("tests/vectors/rfc7030-a1-cacerts.b64", &bodies[0], roots), 4);
    assert_int_equal(read_body("tests/vectors/rfc7030-a3-simpleenroll.b64", &bodies[1], leaf), 1);
    assert_int_equal(ask(CHAIN_CA, &roots[OLD], &roots[OLD], Y2013), 0);
    assert_int_equal(ask(CHAIN_CA, &roots[OLD], &roots[OLD], Y2026), IMP_ERR_CHAIN_EXPIRED);
    assert_int_equal(ask(CHAIN_CA, &roots[NEW], &roots[OLD], Y2013), IMP_ERR_CHAIN_NO_ANCHOR);
    assert_int_equal(ask(CHAIN_CA, &roots[NEW_WITH_OLD], &roots[OLD], Y2013), IMP_ERR_CHAIN_CA);
    assert_int_equal(ask(CHAIN_CLIENT, leaf, &roots[NEW], Y2013), IMP_ERR_CHAIN_ALGORITHM);
    free(bodies[0]);
    free(bodies[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_encoders_chain_gets_the_same_verdicts),
        cmocka_unit_test(the_certificates_of_rfc_7030_get_the_verdicts_of_today),
    };

    return cmocka_run_group_tests_name("chain_vectors", tests, NULL, NULL);
}
