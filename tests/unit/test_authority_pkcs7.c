/* SPDX-License-Identifier: MIT
 * test_authority_pkcs7.c -- the hand-written envelope, read by OpenSSL: it writes the same bytes.
 *
 * needs: imprint-authority-parts */
#include <openssl/ec.h>
#include <openssl/pkcs7.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "host-sim/authority/certificate.h"
#include "host-sim/authority/pkcs7.h"

enum {
    DER_BYTES_MAX = 32768,
    CERTIFICATES_MAX = 40
};

static X509 *make_certificate(const char *name)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    const struct certificate_order order = {
        .profile = CERTIFICATE_ROOT,
        .name = name,
        .key = key,
        .issuer_key = key,
        .not_before = (int64_t)time(NULL),
        .not_after = (int64_t)time(NULL) + 86400,
    };
    X509 *certificate = certificate_make(&order);

    EVP_PKEY_free(key);
    assert_non_null(certificate);
    return certificate;
}

/* Encode `count` times the same certificate; OpenSSL has to read all of it and write it again. */
static void check_count(size_t count)
{
    static uint8_t der[DER_BYTES_MAX];
    const X509 *certificates[CERTIFICATES_MAX];
    X509 *certificate = make_certificate("pkcs7");

    for (size_t i = 0; i < count; i++) {
        certificates[i] = certificate;
    }
    char *text = pkcs7_encode(certificates, count);

    assert_non_null(text);
    const long size = base64_to_bytes(text, strlen(text), der);
    const unsigned char *at = der;
    PKCS7 *read = d2i_PKCS7(NULL, &at, size);

    assert_non_null(read);
    assert_ptr_equal(at, der + size);
    assert_true(PKCS7_type_is_signed(read));
    assert_int_equal(sk_X509_num(read->d.sign->cert), count > 0 ? (int)count : -1);
    assert_int_equal(sk_PKCS7_SIGNER_INFO_num(read->d.sign->signer_info), 0);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(X509_cmp(sk_X509_value(read->d.sign->cert, (int)i), certificate), 0);
    }
    unsigned char *again = NULL;

    assert_int_equal(i2d_PKCS7(read, &again), size);
    assert_memory_equal(again, der, (size_t)size);
    OPENSSL_free(again);
    PKCS7_free(read);
    X509_free(certificate);
    free(text);
}

static void any_number_of_certificates_is_read_by_openssl(void **state)
{
    static const size_t counts[] = { 0, 1, 2, 3, 6, CERTIFICATES_MAX };

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        check_count(counts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_certificates_is_read_by_openssl),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
