/* SPDX-License-Identifier: MIT
 * test_authority_csr.c -- a certificate request altered in any bit is refused, and so is any name
 * that could be read as another one.
 *
 * needs: imprint-authority-parts */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "host-sim/authority/csr.h"

enum {
    DER_BYTES_MAX = 2048
};

static EVP_PKEY *key;

static int make_key(void **state)
{
    (void)state;
    key = EVP_EC_gen("P-256");
    return key != NULL ? 0 : -1;
}

static int free_key(void **state)
{
    (void)state;
    EVP_PKEY_free(key);
    return 0;
}

/* A signed request with one CN of the given string type and bytes. Returns its DER size. */
static size_t make_request(int type, const char *name, int size, uint8_t der[DER_BYTES_MAX])
{
    X509_REQ *req = X509_REQ_new();
    unsigned char *at = der;

    assert_non_null(req);
    assert_int_equal(X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(req), NID_commonName,
                                                type, (const unsigned char *)name, size, -1, 0),
                     1);
    assert_int_equal(X509_REQ_set_pubkey(req, key), 1);
    assert_true(X509_REQ_sign(req, key, EVP_sha256()) > 0);
    assert_true(i2d_X509_REQ(req, NULL) <= DER_BYTES_MAX);
    const int bytes = i2d_X509_REQ(req, &at);

    X509_REQ_free(req);
    return (size_t)bytes;
}

static void a_good_request_gives_name_and_key(void **state)
{
    uint8_t der[DER_BYTES_MAX];
    const size_t size = make_request(V_ASN1_UTF8STRING, "pump-1", -1, der);
    struct csr csr;

    (void)state;
    assert_null(csr_parse_der(der, size, &csr));
    assert_string_equal(csr.name, "pump-1");
    assert_int_equal(EVP_PKEY_eq(csr.key, key), 1);
    csr_clear(&csr);
}

static void every_flipped_bit_is_refused(void **state)
{
    uint8_t der[DER_BYTES_MAX];
    const size_t size = make_request(V_ASN1_UTF8STRING, "pump-1", -1, der);
    struct csr csr;

    (void)state;
    for (size_t bit = 0; bit < 8 * size; bit++) {
        der[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (csr_parse_der(der, size, &csr) == NULL) {
            fail_msg("bit %zu of byte %zu may be flipped", bit % 8, bit / 8);
        }
        assert_null(csr.key);
        der[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void every_cut_and_every_tail_is_refused(void **state)
{
    uint8_t der[DER_BYTES_MAX + 1];
    const size_t size = make_request(V_ASN1_UTF8STRING, "pump-1", -1, der);
    struct csr csr;

    (void)state;
    for (size_t cut = 0; cut < size; cut++) {
        assert_non_null(csr_parse_der(der, cut, &csr));
    }
    der[size] = 0;
    assert_non_null(csr_parse_der(der, size + 1, &csr));
}

static void names_that_could_mislead_are_refused(void **state)
{
    static const struct {
        int type;
        const char *name;
        int size;
    } wrong[] = {
        { V_ASN1_UTF8STRING, "pump\0evil", 9 }, { V_ASN1_UTF8STRING, "", 0 },
        { V_ASN1_UTF8STRING, "*.pump", 6 },     { V_ASN1_UTF8STRING, "pump 1", 6 },
        { V_ASN1_UTF8STRING, "pump\n", 5 },     { V_ASN1_UTF8STRING, "p\xc3\xbcmp", 5 },
        { V_ASN1_UTF8STRING, "pump/CN=x", 9 },  { V_ASN1_BMPSTRING, "\0p\0u\0m\0p", 8 },
        { V_ASN1_T61STRING, "pump", 4 },        { V_ASN1_UNIVERSALSTRING, "\0\0\0p", 4 },
    };
    uint8_t der[DER_BYTES_MAX];
    struct csr csr;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const size_t size = make_request(wrong[i].type, wrong[i].name, wrong[i].size, der);

        assert_non_null(csr_parse_der(der, size, &csr));
    }
}

static void a_name_has_at_most_64_characters(void **state)
{
    char name[66];

    (void)state;
    memset(name, 'x', sizeof name);
    assert_true(name_is_valid(name, 1));
    assert_true(name_is_valid(name, 64));
    assert_false(name_is_valid(name, 65));
    assert_false(name_is_valid(name, 0));
    assert_true(name_is_valid("Az09._:-", 8));
}

/* Base64 in lines of 64 columns, as in PEM. */
static void encode_in_lines(const uint8_t *der, size_t size, char *lines)
{
    EVP_ENCODE_CTX *encoder = EVP_ENCODE_CTX_new();
    int written = 0;
    int last = 0;

    assert_non_null(encoder);
    EVP_EncodeInit(encoder);
    assert_int_equal(EVP_EncodeUpdate(encoder, (unsigned char *)lines, &written, der, (int)size),
                     1);
    EVP_EncodeFinal(encoder, (unsigned char *)lines + written, &last);
    EVP_ENCODE_CTX_free(encoder);
}

static void bodies_may_be_base64_in_lines_or_pem(void **state)
{
    static const char *const wrong[] = { "", "=", "AAAA", "A",
                                         "-----BEGIN CERTIFICATE REQUEST-----" };
    uint8_t der[DER_BYTES_MAX];
    const size_t size = make_request(V_ASN1_PRINTABLESTRING, "pump-1", -1, der);
    char lines[2 * DER_BYTES_MAX];
    char body[5 * DER_BYTES_MAX];
    struct csr csr;

    (void)state;
    encode_in_lines(der, size, lines);
    assert_null(csr_parse(lines, strlen(lines), &csr));
    csr_clear(&csr);
    snprintf(body, sizeof body, "\r\n-----BEGIN %s-----\n%s-----END %s-----\n",
             "CERTIFICATE REQUEST", lines, "CERTIFICATE REQUEST");
    assert_null(csr_parse(body, strlen(body), &csr));
    csr_clear(&csr);
    snprintf(body, sizeof body, "-----BEGIN %s-----\n%s-----END %s-----\n", "CERTIFICATE", lines,
             "CERTIFICATE");
    assert_non_null(csr_parse(body, strlen(body), &csr));
    snprintf(body, sizeof body, "%s\n%s", lines, lines);
    assert_non_null(csr_parse(body, strlen(body), &csr));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_non_null(csr_parse(wrong[i], strlen(wrong[i]), &csr));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_request_gives_name_and_key),
        cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(every_cut_and_every_tail_is_refused),
        cmocka_unit_test(names_that_could_mislead_are_refused),
        cmocka_unit_test(a_name_has_at_most_64_characters),
        cmocka_unit_test(bodies_may_be_base64_in_lines_or_pem),
    };

    return cmocka_run_group_tests(tests, make_key, free_key);
}
