/* SPDX-License-Identifier: MIT
 * test_csr.c -- our certification requests as OpenSSL reads them: library and command line. */
/* needs: tests/support/certs.c crypto */
#define _GNU_SOURCE /* memmem, popen */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>

#include "firmware/config.h"
#include "firmware/proto/csr.h"
#include "tests/support/certs.h"

static const char name_of_64[] = "imprint-0123456789-0123456789-0123456789-0123456789-0123456789-x";

static void point_of(EVP_PKEY *key, uint8_t point[CSR_POINT_BYTES])
{
    size_t len = 0;

    assert_int_equal(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point,
                                                     CSR_POINT_BYTES, &len),
                     1);
    assert_int_equal(len, CSR_POINT_BYTES);
}

/* Build and sign a request in `out`. */
static size_t make_request(const char *name, uint8_t *out, size_t cap)
{
    EVP_PKEY *key = certs_key("P-256", 0);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t point[CSR_POINT_BYTES];
    uint8_t signature[80];
    size_t signature_len = sizeof signature;
    size_t info_len;
    size_t len;

    point_of(key, point);
    assert_int_equal(csr_build_info(name, point, out, cap, &info_len), 0);
    assert_int_equal(EVP_DigestSignInit_ex(context, NULL, "SHA256", NULL, NULL, key, NULL), 1);
    assert_int_equal(EVP_DigestSign(context, signature, &signature_len, out, info_len), 1);
    EVP_MD_CTX_free(context);
    assert_int_equal(csr_wrap(out, cap, info_len, bytes_of(signature, signature_len), &len), 0);
    return len;
}

static void openssl_reads_name_key_and_signature(void **state)
{
    static const char *const names[] = { "a", "imprint-0042", "G\xc3\xa9r\xc3\xa4t 7", name_of_64 };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        uint8_t request[CONFIG_CSR_BYTES_MAX];
        const unsigned char *at = request;
        char name[CONFIG_NAME_CHARS_MAX + 1];
        const size_t len = make_request(names[i], request, sizeof request);

        X509_REQ *read = d2i_X509_REQ(NULL, &at, (long)len);
        assert_non_null(read);
        assert_ptr_equal(at, request + len);
        assert_int_equal(X509_REQ_verify(read, certs_key("P-256", 0)), 1);
        assert_int_equal(EVP_PKEY_eq(X509_REQ_get0_pubkey(read), certs_key("P-256", 0)), 1);
        assert_int_equal(X509_REQ_get_version(read), 0);
        assert_int_equal(X509_REQ_get_attr_count(read), 0);
        X509_NAME_get_text_by_NID(X509_REQ_get_subject_name(read), NID_commonName, name,
                                  sizeof name);
        assert_string_equal(name, names[i]);

        unsigned char *again = NULL; /* The same bytes: ours was DER. */
        assert_int_equal(i2d_re_X509_REQ_tbs(read, &again) > 0, 1);
        OPENSSL_free(again);
        again = NULL;
        assert_int_equal(i2d_X509_REQ(read, &again), len);
        assert_memory_equal(again, request, len);
        OPENSSL_free(again);
        X509_REQ_free(read);
    }
}

/* What `openssl req -verify` says; its exit code is 0 either way. */
static bool openssl_req_verifies(const uint8_t *request, size_t len)
{
    FILE *openssl = popen("openssl req -inform DER -verify -noout 2>&1 | grep -q 'verify OK'", "w");

    assert_non_null(openssl);
    assert_int_equal(fwrite(request, 1, len, openssl), len);
    return pclose(openssl) == 0;
}

static void openssl_req_verifies_it_and_not_an_altered_one(void **state)
{
    uint8_t request[CONFIG_CSR_BYTES_MAX];
    const size_t len = make_request("imprint-0042", request, sizeof request);

    (void)state;
    assert_true(openssl_req_verifies(request, len));
    uint8_t *at = memmem(request, len, "imprint-0042", 12);
    assert_non_null(at);
    at[11] ^= 1;
    assert_false(openssl_req_verifies(request, len));
}

static void the_longest_name_fits_the_configured_size(void **state)
{
    uint8_t request[CONFIG_CSR_BYTES_MAX];

    (void)state;
    assert_int_equal(strlen(name_of_64), CONFIG_NAME_CHARS_MAX);
    assert_in_range(make_request(name_of_64, request, sizeof request), 1, 311);
}

static void a_name_of_no_or_65_characters_is_refused(void **state)
{
    uint8_t point[CSR_POINT_BYTES] = { 4 };
    uint8_t out[CONFIG_CSR_BYTES_MAX];
    char name[CONFIG_NAME_CHARS_MAX + 2];
    size_t len;

    (void)state;
    snprintf(name, sizeof name, "%sy", name_of_64);
    assert_int_equal(csr_build_info("", point, out, sizeof out, &len), IMP_ERR_BUG_ARGUMENT);
    assert_int_equal(csr_build_info(name, point, out, sizeof out, &len), IMP_ERR_BUG_ARGUMENT);
}

static void every_buffer_that_is_too_small_is_named_and_not_overrun(void **state)
{
    static const uint8_t signature[70] = { 0x30, 68 };
    uint8_t point[CSR_POINT_BYTES] = { 4 };
    uint8_t whole[CONFIG_CSR_BYTES_MAX];
    size_t info_len;
    size_t whole_len;
    size_t len;

    (void)state;
    assert_int_equal(csr_build_info("device", point, whole, sizeof whole, &info_len), 0);
    assert_int_equal(
        csr_wrap(whole, sizeof whole, info_len, bytes_of(signature, sizeof signature), &whole_len),
        0);
    for (size_t cap = 1; cap <= whole_len; cap++) {
        uint8_t *out = malloc(cap);
        const imp_err_t err = csr_build_info("device", point, out, cap, &len);
        assert_int_equal(err, cap < info_len ? IMP_ERR_BUG_SPACE : 0);
        if (err == 0) {
            assert_int_equal(csr_wrap(out, cap, len, bytes_of(signature, sizeof signature), &len),
                             cap < whole_len ? IMP_ERR_BUG_SPACE : 0);
        }
        free(out);
    }
    assert_int_equal(csr_wrap(whole, 10, 11, bytes_of(signature, 1), &len), IMP_ERR_BUG_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openssl_reads_name_key_and_signature),
        cmocka_unit_test(openssl_req_verifies_it_and_not_an_altered_one),
        cmocka_unit_test(the_longest_name_fits_the_configured_size),
        cmocka_unit_test(a_name_of_no_or_65_characters_is_refused),
        cmocka_unit_test(every_buffer_that_is_too_small_is_named_and_not_overrun),
    };

    return cmocka_run_group_tests_name("csr", tests, NULL, NULL);
}
