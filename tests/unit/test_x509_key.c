/* SPDX-License-Identifier: MIT
 * test_x509_key.c -- AlgorithmIdentifiers byte by byte: one parameter other than we take, and it
 * is unknown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/proto/x509_part.h"

enum {
    DER_BYTES_MAX = 128
};

static uint8_t hex_value(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = memchr(digits, c, 16);

    assert_non_null(at);
    return (uint8_t)(at - digits);
}

/* A SEQUENCE of the content that `hex` (spaces allowed) spells. */
static struct bytes sequence_of(const char *hex, uint8_t memory[DER_BYTES_MAX])
{
    uint8_t content[DER_BYTES_MAX];
    size_t len = 0;
    struct der_writer writer = der_write_into(memory, DER_BYTES_MAX);

    for (; *hex != '\0'; hex++) {
        if (*hex != ' ') {
            content[len++] = (uint8_t)(hex_value(hex[0]) << 4 | hex_value(hex[1]));
            hex++;
        }
    }
    der_put(&writer, bytes_of(content, len));
    der_put_header(&writer, DER_SEQUENCE, 0);
    len = der_write_end(&writer);
    return bytes_of(memory, len);
}

#define ECDSA(n)   "06082a8648ce3d0403" n
#define PKCS1(n)   "06092a864886f70d0101" n
#define SHA2(n)    "06096086480165030402" n
#define NULL_DER   "0500"
#define HASH(n)    "300d" SHA2(n) NULL_DER
#define HASH_NO(n) "300b" SHA2(n)
#define MGF1       "06092a864886f70d010108"

/* RSASSA-PSS-params out of hash, mask hash and salt length, all of usual length. */
#define PSS(hash, mask, salt) \
    PKCS1("0a") " 3034 a00f" HASH(hash) "a11c301a" MGF1 HASH(mask) "a2030201" salt

static const struct {
    const char *hex;
    enum crypto_signature algorithm;
} rows[] = {
    { ECDSA("02"), CRYPTO_ECDSA_SHA256 },
    { ECDSA("03"), CRYPTO_ECDSA_SHA384 },
    { ECDSA("04"), CRYPTO_ECDSA_SHA512 },
    { ECDSA("01"), CRYPTO_SIGNATURE_UNKNOWN },
    { ECDSA("05"), CRYPTO_SIGNATURE_UNKNOWN },
    { ECDSA("02") NULL_DER, CRYPTO_SIGNATURE_UNKNOWN },
    { PKCS1("0b") NULL_DER, CRYPTO_RSA_PKCS1_SHA256 },
    { PKCS1("0b"), CRYPTO_RSA_PKCS1_SHA256 },
    { PKCS1("0c") NULL_DER, CRYPTO_RSA_PKCS1_SHA384 },
    { PKCS1("0d") NULL_DER, CRYPTO_RSA_PKCS1_SHA512 },
    { PKCS1("0e") NULL_DER, CRYPTO_SIGNATURE_UNKNOWN },
    { PKCS1("05") NULL_DER, CRYPTO_SIGNATURE_UNKNOWN },
    { PKCS1("01") NULL_DER, CRYPTO_SIGNATURE_UNKNOWN },
    { PKCS1("0b") "050100", CRYPTO_SIGNATURE_UNKNOWN },
    { PKCS1("0b") NULL_DER NULL_DER, CRYPTO_SIGNATURE_UNKNOWN },
    { PKCS1("0b") "3000", CRYPTO_SIGNATURE_UNKNOWN },
    { PSS("01", "01", "20"), CRYPTO_RSA_PSS_SHA256 },
    { PSS("02", "02", "30"), CRYPTO_RSA_PSS_SHA384 },
    { PSS("03", "03", "40"), CRYPTO_RSA_PSS_SHA512 },
    { PSS("01", "02", "20"), CRYPTO_SIGNATURE_UNKNOWN },
    { PSS("02", "01", "30"), CRYPTO_SIGNATURE_UNKNOWN },
    { PSS("01", "01", "14"), CRYPTO_SIGNATURE_UNKNOWN },
    { PSS("01", "01", "30"), CRYPTO_SIGNATURE_UNKNOWN },
    { PSS("00", "00", "20"), CRYPTO_SIGNATURE_UNKNOWN },
    { PSS("04", "04", "1c"), CRYPTO_SIGNATURE_UNKNOWN },
    { PSS("01", "01", "20") NULL_DER, CRYPTO_SIGNATURE_UNKNOWN },
    /* Hashes without their NULL; the trailer field; defaults (SHA-1); another mask function. */
    { PKCS1("0a") "3030 a00d" HASH_NO("01") "a11a3018" MGF1 HASH_NO("01") "a203020120",
      CRYPTO_RSA_PSS_SHA256 },
    { PKCS1("0a") "3039 a00f" HASH("01") "a11c301a" MGF1 HASH("01") "a203020120 a303020101",
      CRYPTO_SIGNATURE_UNKNOWN },
    { PKCS1("0a") "3000", CRYPTO_SIGNATURE_UNKNOWN },
    { PKCS1("0a") NULL_DER, CRYPTO_SIGNATURE_UNKNOWN },
    { PKCS1("0a"), CRYPTO_SIGNATURE_UNKNOWN },
    { PKCS1("0a") "3034 a00f" HASH("01") "a11c301a" PKCS1("09") HASH("01") "a203020120",
      CRYPTO_SIGNATURE_UNKNOWN },
    /* Ed25519, DSA with SHA-256, and nothing. */
    { "06032b6570", CRYPTO_SIGNATURE_UNKNOWN },
    { "0609608648016503040302", CRYPTO_SIGNATURE_UNKNOWN },
    { "", CRYPTO_SIGNATURE_UNKNOWN },
};

static void a_signature_algorithm_is_known_with_its_exact_parameters_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t memory[DER_BYTES_MAX];
        const struct bytes der = sequence_of(rows[i].hex, memory);
        if (x509_signature_algorithm(der) != rows[i].algorithm) {
            fail_msg("%s: %d", rows[i].hex, (int)x509_signature_algorithm(der));
        }
    }
}

#define CURVE(oid) "3013 06072a8648ce3d0201 " oid
#define P256       "06082a8648ce3d030107"

/* SubjectPublicKeyInfo with the given algorithm and the first bytes of its BIT STRING; zeros
 * fill it. */
static const struct {
    const char *hex;
    size_t zeros;
    bool is_good;
    enum crypto_key_type type;
} keys[] = {
    { CURVE(P256) "034200 04", 64, true, CRYPTO_KEY_EC_P256 },
    { CURVE(P256) "034200 05", 64, true, CRYPTO_KEY_UNKNOWN },
    { CURVE(P256) "034100 04", 63, true, CRYPTO_KEY_UNKNOWN },
    { CURVE(P256) "032200 02", 32, true, CRYPTO_KEY_UNKNOWN },
    { CURVE(P256) "034201 04", 64, false, CRYPTO_KEY_UNKNOWN },
    { CURVE("06082a8648ce3d030101") "034200 04", 64, true, CRYPTO_KEY_UNKNOWN },
    { "3015 06072a8648ce3d0201" P256 "0500 034200 04", 64, true, CRYPTO_KEY_UNKNOWN },
    { "3009 06072a8648ce3d0201 034200 04", 64, true, CRYPTO_KEY_UNKNOWN },
    { "300d" PKCS1("01") "0500 030900 3006 020105 020103", 0, true, CRYPTO_KEY_RSA },
    { "300b" PKCS1("01") "030900 3006 020105 020103", 0, true, CRYPTO_KEY_RSA },
    { "300d" PKCS1("01") "0500 030900 3006 020185 020103", 0, false, CRYPTO_KEY_UNKNOWN },
    { "300d" PKCS1("01") "0500 030900 3006 020105 020100", 0, false, CRYPTO_KEY_UNKNOWN },
    { "300d" PKCS1("01") "0500 030b00 3006 020105 020103 0500", 0, false, CRYPTO_KEY_UNKNOWN },
    { "300d" PKCS1("01") "0500 030b00 3008 020105 020103 0500", 0, false, CRYPTO_KEY_UNKNOWN },
    { "300e" PKCS1("01") "050100 030900 3006 020105 020103", 0, false, CRYPTO_KEY_UNKNOWN },
    { "300d" PKCS1("0a") "0500 030900 3006 020105 020103", 0, true, CRYPTO_KEY_UNKNOWN },
    { "3005 06032b6570 032100", 32, true, CRYPTO_KEY_UNKNOWN },
    { "3005 06032b6570 032100", 31, false, CRYPTO_KEY_UNKNOWN },
};

static void a_public_key_is_known_malformed_or_of_another_kind(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char hex[2 * DER_BYTES_MAX];
        uint8_t memory[DER_BYTES_MAX];
        struct x509 cert = { 0 };
        const size_t len = strlen(keys[i].hex);

        memcpy(hex, keys[i].hex, len);
        memset(hex + len, '0', 2 * keys[i].zeros);
        hex[len + 2 * keys[i].zeros] = '\0';
        struct der der = der_begin(sequence_of(hex, memory));
        x509_read_key(&der, &cert);
        if (der_is_finished(&der) != keys[i].is_good) {
            fail_msg("%s", keys[i].hex);
        }
        assert_true(!keys[i].is_good || cert.key.type == keys[i].type);
        assert_true(!keys[i].is_good || bytes_equal(cert.spki, bytes_of(memory, cert.spki.len)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signature_algorithm_is_known_with_its_exact_parameters_only),
        cmocka_unit_test(a_public_key_is_known_malformed_or_of_another_kind),
    };

    return cmocka_run_group_tests_name("x509_key", tests, NULL, NULL);
}
