/* SPDX-License-Identifier: MIT
 * test_port_crypto.c -- hash, sealing, key slots and the noise source of the port.
 *
 * OpenSSL is the second opinion.
 *
 * needs: imprint_port wolfssl lwip crypto tests/support/port_hal.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>

#include "firmware/crypto/hash.h"
#include "firmware/crypto/key.h"
#include "firmware/crypto/random.h"
#include "firmware/crypto/seal.h"
#include "port/arena.h"
#include "port/port.h"
#include "tests/support/port_hal.h"

static const struct bytes header = { (const uint8_t *)"record header", 13 };
static const struct bytes other_header = { (const uint8_t *)"record headeR", 13 };

static int fresh(void **state)
{
    (void)state;
    port_hal_reset();
    key_erase(KEY_SLOT_STAGED);
    key_erase(KEY_SLOT_CURRENT);
    return random_start();
}

/* --- Hash: FIPS 180-4 examples (NIST "SHA256.pdf", and the empty message of the CAVS suite). -- */

static void sha256_gives_the_standards_examples(void **state)
{
    static const struct {
        const char *text;
        uint8_t digest[32];
    } examples[] = {
        { "", { 0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
                0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
                0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55 } },
        { "abc", { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                   0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                   0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad } },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          { 0x24, 0x8d, 0x6a, 0x61, 0xd2, 0x06, 0x38, 0xb8, 0xe5, 0xc0, 0x26,
            0x93, 0x0c, 0x3e, 0x60, 0x39, 0xa3, 0x3c, 0xe4, 0x59, 0x64, 0xff,
            0x21, 0x67, 0xf6, 0xec, 0xed, 0xd4, 0x19, 0xdb, 0x06, 0xc1 } },
    };
    uint8_t digest[32];

    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        const struct bytes whole = bytes_of_text(examples[i].text);

        assert_int_equal(hash_sha256(&whole, 1, digest), 0);
        assert_memory_equal(digest, examples[i].digest, 32);
        for (size_t cut = 0; cut <= whole.len; cut++) {
            const struct bytes parts[3] = {
                bytes_of(whole.data, cut),
                { NULL, 0 },
                bytes_of(whole.data + cut, whole.len - cut),
            };

            assert_int_equal(hash_sha256(parts, 3, digest), 0);
            assert_memory_equal(digest, examples[i].digest, 32);
        }
    }
}

/* --- Sealing ---------------------------------------------------------------------------------- */

static void what_is_sealed_opens_again(void **state)
{
    static const size_t lengths[] = { 0, 1, 15, 16, 17, 32, 128, 512 };
    uint8_t plain[512], sealed[512 + SEAL_OVERHEAD_BYTES], opened[512];

    (void)state;
    memset(plain, 0xC3, sizeof plain);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        const size_t sealed_bytes = lengths[i] + SEAL_OVERHEAD_BYTES;

        assert_int_equal(seal_close(header, bytes_of(plain, lengths[i]), sealed), 0);
        assert_int_equal(seal_open(header, bytes_of(sealed, sealed_bytes), opened), 0);
        assert_memory_equal(opened, plain, lengths[i]);
    }
    assert_int_equal(seal_close(header, bytes_of(plain, 513), sealed), IMP_ERR_BUG_ARGUMENT);
    assert_int_equal(seal_open(header, bytes_of(sealed, SEAL_OVERHEAD_BYTES - 1), opened),
                     IMP_ERR_SEAL_OPEN);
}

static void any_altered_byte_keeps_it_shut(void **state)
{
    uint8_t sealed[20 + SEAL_OVERHEAD_BYTES], opened[20];
    const uint8_t zero[20] = { 0 };

    (void)state;
    assert_int_equal(seal_close(header, bytes_of("twenty secret bytes!", 20), sealed), 0);
    for (size_t i = 0; i < sizeof sealed; i++) {
        sealed[i] ^= 0x80;
        memset(opened, 0xEE, sizeof opened);
        assert_int_equal(seal_open(header, bytes_of(sealed, sizeof sealed), opened),
                         IMP_ERR_SEAL_OPEN);
        assert_memory_equal(opened, zero, sizeof opened);
        sealed[i] ^= 0x80;
    }
    assert_int_equal(seal_open(other_header, bytes_of(sealed, sizeof sealed), opened),
                     IMP_ERR_SEAL_OPEN);
    assert_int_equal(seal_open(bytes_of(NULL, 0), bytes_of(sealed, sizeof sealed), opened),
                     IMP_ERR_SEAL_OPEN);
    assert_int_equal(seal_open(header, bytes_of(sealed, sizeof sealed - 1), opened),
                     IMP_ERR_SEAL_OPEN);
    assert_int_equal(seal_open(header, bytes_of(sealed, sizeof sealed), opened), 0);
}

static void another_units_seal_does_not_open(void **state)
{
    uint8_t sealed[4 + SEAL_OVERHEAD_BYTES], opened[4];

    (void)state;
    assert_int_equal(seal_close(header, bytes_of("data", 4), sealed), 0);
    port_hal.device_key[31] ^= 1;
    assert_int_equal(seal_open(header, bytes_of(sealed, sizeof sealed), opened), IMP_ERR_SEAL_OPEN);
    port_hal.device_key_err = HAL_ERR_UNSUPPORTED;
    assert_int_equal(seal_open(header, bytes_of(sealed, sizeof sealed), opened), IMP_ERR_SEAL_OPEN);
}

static void a_board_without_a_device_key_says_so_and_keeps_the_format(void **state)
{
    uint8_t sealed[4 + SEAL_OVERHEAD_BYTES], opened[4];

    (void)state;
    assert_true(seal_is_secret());
    port_hal.device_key_err = HAL_ERR_UNSUPPORTED;
    assert_false(seal_is_secret());
    assert_int_equal(seal_close(header, bytes_of("data", 4), sealed), 0);
    assert_int_equal(seal_open(header, bytes_of(sealed, sizeof sealed), opened), 0);
    assert_memory_equal(opened, "data", 4);
}

static void an_unreadable_device_key_seals_and_opens_nothing(void **state)
{
    uint8_t sealed[4 + SEAL_OVERHEAD_BYTES], opened[4], wrapped[KEY_WRAPPED_BYTES];
    const uint8_t zero[sizeof sealed] = { 0 };

    (void)state;
    port_hal.device_key_err = HAL_ERR_IO;
    assert_true(seal_is_secret());
    assert_int_equal(seal_close(header, bytes_of("data", 4), sealed), IMP_ERR_SEAL_KEY);
    assert_memory_equal(sealed, zero, sizeof sealed);
    assert_int_equal(seal_open(header, bytes_of(sealed, sizeof sealed), opened), IMP_ERR_SEAL_KEY);
    assert_int_equal(key_generate(KEY_SLOT_STAGED), IMP_ERR_SEAL_KEY);
    assert_false(key_is_present(KEY_SLOT_STAGED));
    assert_int_equal(key_wrap(KEY_SLOT_STAGED, header, wrapped), IMP_ERR_KEY_SLOT);
}

static void no_nonce_comes_twice(void **state)
{
    uint8_t a[4 + SEAL_OVERHEAD_BYTES], b[4 + SEAL_OVERHEAD_BYTES];

    (void)state;
    assert_int_equal(seal_close(header, bytes_of("data", 4), a), 0);
    assert_int_equal(seal_close(header, bytes_of("data", 4), b), 0);
    assert_memory_not_equal(a, b, 12);
    assert_memory_not_equal(a + 12, b + 12, 4);
}

static void moving_binds_to_the_new_place_only(void **state)
{
    uint8_t sealed[4 + SEAL_OVERHEAD_BYTES], moved[4 + SEAL_OVERHEAD_BYTES], opened[4];

    (void)state;
    assert_int_equal(seal_close(header, bytes_of("data", 4), sealed), 0);
    assert_int_equal(seal_move(header, bytes_of(sealed, sizeof sealed), other_header, moved), 0);
    assert_int_equal(seal_open(header, bytes_of(moved, sizeof moved), opened), IMP_ERR_SEAL_OPEN);
    assert_int_equal(seal_open(other_header, bytes_of(moved, sizeof moved), opened), 0);
    assert_memory_equal(opened, "data", 4);
    sealed[20] ^= 1;
    assert_int_equal(seal_move(header, bytes_of(sealed, sizeof sealed), other_header, moved),
                     IMP_ERR_SEAL_OPEN);
}

/* The format as another implementation sees it: HMAC-SHA256(device key, label) is the AES-256-GCM
 * key. */
static int open_by_openssl(const char *label, struct bytes bound_to, const uint8_t *sealed,
                           int plain_bytes, uint8_t *plain)
{
    uint8_t key[32];
    int bytes = 0;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

    HMAC(EVP_sha256(), port_hal.device_key, 32, (const unsigned char *)label, strlen(label), key,
         NULL);
    EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, sealed);
    EVP_DecryptUpdate(ctx, NULL, &bytes, bound_to.data, (int)bound_to.len);
    EVP_DecryptUpdate(ctx, plain, &bytes, sealed + 12, plain_bytes);
    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 16,
                        (void *)(uintptr_t)(sealed + 12 + plain_bytes));
    const int opened = EVP_DecryptFinal_ex(ctx, plain + bytes, &bytes);

    EVP_CIPHER_CTX_free(ctx);
    return opened;
}

static void the_sealed_format_is_the_documented_one(void **state)
{
    uint8_t sealed[4 + SEAL_OVERHEAD_BYTES], opened[4];

    (void)state;
    assert_int_equal(seal_close(header, bytes_of("data", 4), sealed), 0);
    assert_int_equal(open_by_openssl("imprint seal 1 secret", header, sealed, 4, opened), 1);
    assert_memory_equal(opened, "data", 4);
    assert_int_not_equal(open_by_openssl("imprint seal 1 key", header, sealed, 4, opened), 1);
}

/* --- Key slots -------------------------------------------------------------------------------- */

static EVP_PKEY *openssl_key(const uint8_t point[KEY_POINT_BYTES])
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    uint8_t copy[KEY_POINT_BYTES];
    char group[] = "P-256";

    memcpy(copy, point, sizeof copy);
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy, sizeof copy),
        OSSL_PARAM_construct_end(),
    };

    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, (OSSL_PARAM *)(uintptr_t)params), 1);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static bool openssl_verifies(const uint8_t point[KEY_POINT_BYTES], const uint8_t digest[32],
                             const uint8_t *signature, size_t bytes)
{
    EVP_PKEY *key = openssl_key(point);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);

    assert_int_equal(EVP_PKEY_verify_init(ctx), 1);
    const bool verified = EVP_PKEY_verify(ctx, signature, bytes, digest, 32) == 1;

    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    return verified;
}

static void a_generated_key_signs_what_openssl_verifies(void **state)
{
    uint8_t point[KEY_POINT_BYTES], signature[KEY_SIGNATURE_BYTES_MAX], digest[32];
    const struct port_p256_count before = port_p256_counted();
    size_t bytes = 0;

    (void)state;
    assert_int_equal(key_generate(KEY_SLOT_STAGED), 0);
    assert_int_equal(port_p256_counted().keygen, before.keygen + 1);
    assert_int_equal(port_p256_counted().sign, before.sign + 1);
    assert_int_equal(port_p256_counted().verify, before.verify + 1);
    assert_int_equal(key_public(KEY_SLOT_STAGED, point), 0);
    for (uint8_t i = 0; i < 40; i++) {
        memset(digest, i, sizeof digest);
        assert_int_equal(key_sign(KEY_SLOT_STAGED, digest, signature, &bytes), 0);
        assert_true(bytes >= 68 && bytes <= KEY_SIGNATURE_BYTES_MAX);
        assert_true(openssl_verifies(point, digest, signature, bytes));
    }
    digest[0] ^= 1;
    assert_false(openssl_verifies(point, digest, signature, bytes));
}

static void every_key_is_another(void **state)
{
    uint8_t a[KEY_POINT_BYTES], b[KEY_POINT_BYTES];

    (void)state;
    assert_int_equal(key_generate(KEY_SLOT_STAGED), 0);
    assert_int_equal(key_public(KEY_SLOT_STAGED, a), 0);
    assert_int_equal(key_generate(KEY_SLOT_STAGED), 0);
    assert_int_equal(key_public(KEY_SLOT_STAGED, b), 0);
    assert_memory_not_equal(a, b, sizeof a);
}

static void an_empty_slot_does_nothing(void **state)
{
    uint8_t out[KEY_SIGNATURE_BYTES_MAX], digest[32] = { 0 };
    size_t bytes = 99;

    (void)state;
    assert_false(key_is_present(KEY_SLOT_CURRENT));
    assert_int_equal(key_public(KEY_SLOT_CURRENT, out), IMP_ERR_KEY_SLOT);
    assert_int_equal(key_sign(KEY_SLOT_CURRENT, digest, out, &bytes), IMP_ERR_KEY_SLOT);
    assert_int_equal(bytes, 0);
    assert_int_equal(key_wrap(KEY_SLOT_CURRENT, header, out), IMP_ERR_KEY_SLOT);
}

static void a_wrapped_key_loads_again_and_signs(void **state)
{
    uint8_t point[KEY_POINT_BYTES], wrapped[KEY_WRAPPED_BYTES], signature[KEY_SIGNATURE_BYTES_MAX];
    const uint8_t digest[32] = { 1, 2, 3 };
    size_t bytes;

    (void)state;
    assert_int_equal(key_generate(KEY_SLOT_STAGED), 0);
    assert_int_equal(key_public(KEY_SLOT_STAGED, point), 0);
    assert_int_equal(key_wrap(KEY_SLOT_STAGED, header, wrapped), 0);
    assert_int_equal(key_unwrap(KEY_SLOT_CURRENT, header, point, wrapped), 0);
    assert_int_equal(key_sign(KEY_SLOT_CURRENT, digest, signature, &bytes), 0);
    assert_true(openssl_verifies(point, digest, signature, bytes));
}

static void wrapped(uint8_t point[KEY_POINT_BYTES], uint8_t out[KEY_WRAPPED_BYTES])
{
    assert_int_equal(key_generate(KEY_SLOT_STAGED), 0);
    assert_int_equal(key_public(KEY_SLOT_STAGED, point), 0);
    assert_int_equal(key_wrap(KEY_SLOT_STAGED, header, out), 0);
}

static void a_wrapped_key_altered_or_elsewhere_stays_shut(void **state)
{
    uint8_t point[KEY_POINT_BYTES], other[KEY_POINT_BYTES], in[KEY_WRAPPED_BYTES],
        unused[KEY_WRAPPED_BYTES];

    (void)state;
    wrapped(other, unused);
    wrapped(point, in);
    for (size_t i = 0; i < sizeof in; i++) {
        in[i] ^= 1;
        assert_int_equal(key_unwrap(KEY_SLOT_CURRENT, header, point, in), IMP_ERR_SEAL_OPEN);
        assert_false(key_is_present(KEY_SLOT_CURRENT));
        in[i] ^= 1;
    }
    assert_int_equal(key_unwrap(KEY_SLOT_CURRENT, other_header, point, in), IMP_ERR_SEAL_OPEN);
    assert_int_equal(key_unwrap(KEY_SLOT_CURRENT, header, other, in), IMP_ERR_SEAL_OPEN);
    port_hal.device_key[0] ^= 1;
    assert_int_equal(key_unwrap(KEY_SLOT_CURRENT, header, point, in), IMP_ERR_SEAL_OPEN);
    port_hal.device_key[0] ^= 1;
    assert_int_equal(key_unwrap(KEY_SLOT_CURRENT, header, point, in), 0);
}

/* A failed load must not leave the key that was there before. */
static void a_failed_load_empties_the_slot(void **state)
{
    uint8_t point[KEY_POINT_BYTES], in[KEY_WRAPPED_BYTES];

    (void)state;
    wrapped(point, in);
    in[0] ^= 1;
    assert_int_equal(key_unwrap(KEY_SLOT_STAGED, header, point, in), IMP_ERR_SEAL_OPEN);
    assert_false(key_is_present(KEY_SLOT_STAGED));
}

static void a_wrapped_key_never_opens_as_a_secret_but_moves(void **state)
{
    uint8_t point[KEY_POINT_BYTES], in[KEY_WRAPPED_BYTES], moved[KEY_WRAPPED_BYTES], opened[32];

    (void)state;
    wrapped(point, in);
    assert_int_equal(seal_open(header, bytes_of(in, sizeof in), opened), IMP_ERR_SEAL_OPEN);
    assert_int_equal(seal_move(header, bytes_of(in, sizeof in), other_header, moved), 0);
    assert_int_equal(seal_open(other_header, bytes_of(moved, sizeof moved), opened),
                     IMP_ERR_SEAL_OPEN);
    assert_int_equal(key_unwrap(KEY_SLOT_CURRENT, other_header, point, moved), 0);
    assert_int_equal(key_unwrap(KEY_SLOT_CURRENT, header, point, moved), IMP_ERR_SEAL_OPEN);
}

/* A sealed secret of the right length is no key. */
static void a_secret_never_loads_as_a_key(void **state)
{
    uint8_t point[KEY_POINT_BYTES], in[KEY_WRAPPED_BYTES], sealed[KEY_WRAPPED_BYTES];

    (void)state;
    wrapped(point, in);
    assert_int_equal(seal_close(header, bytes_of("thirty-two bytes of some secret!", 32), sealed),
                     0);
    assert_int_equal(key_unwrap(KEY_SLOT_CURRENT, header, point, sealed), IMP_ERR_SEAL_OPEN);
}

static void the_wrapped_scalar_is_the_points(void **state)
{
    uint8_t point[KEY_POINT_BYTES], in[KEY_WRAPPED_BYTES], scalar[32], computed[KEY_POINT_BYTES];
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    EC_POINT *at = EC_POINT_new(group);

    (void)state;
    wrapped(point, in);
    assert_int_equal(open_by_openssl("imprint seal 1 key", header, in, 32, scalar), 1);
    BIGNUM *number = BN_bin2bn(scalar, 32, NULL);

    assert_int_equal(EC_POINT_mul(group, at, number, NULL, NULL, NULL), 1);
    assert_int_equal(EC_POINT_point2oct(group, at, POINT_CONVERSION_UNCOMPRESSED, computed,
                                        sizeof computed, NULL),
                     65);
    assert_memory_equal(computed, point, sizeof computed);
    BN_free(number);
    EC_POINT_free(at);
    EC_GROUP_free(group);
}

static bool occurs(const uint8_t *memory, size_t bytes, const uint8_t *pattern,
                   size_t pattern_bytes)
{
    for (size_t i = 0; i + pattern_bytes <= bytes; i++) {
        if (memcmp(memory + i, pattern, pattern_bytes) == 0) {
            return true;
        }
    }
    return false;
}

/* Between calls the scalar stands nowhere in the arena, in either byte order. */
static void the_arena_holds_no_scalar_between_calls(void **state)
{
    uint8_t point[KEY_POINT_BYTES], in[KEY_WRAPPED_BYTES], scalar[32], reversed[32];
    uint8_t signature[KEY_SIGNATURE_BYTES_MAX];
    const uint8_t digest[32] = { 9 };
    size_t bytes;

    (void)state;
    wrapped(point, in);
    assert_int_equal(key_sign(KEY_SLOT_STAGED, digest, signature, &bytes), 0);
    assert_int_equal(open_by_openssl("imprint seal 1 key", header, in, 32, scalar), 1);
    for (size_t i = 0; i < 32; i++) {
        reversed[i] = scalar[31 - i];
    }
    const size_t largest = port_arena_use().largest_free_bytes;
    uint8_t *rest = port_arena_alloc(largest);

    assert_false(occurs(rest, largest, scalar, 32));
    assert_false(occurs(rest, largest, reversed, 32));
    port_arena_free(rest);
}

static void a_full_arena_is_nobodys_hardware_fault(void **state)
{
    uint8_t out[128];
    const uint8_t digest[32] = { 9 };
    size_t bytes;

    (void)state;
    assert_int_equal(key_generate(KEY_SLOT_STAGED), 0);
    void *ballast = port_arena_alloc(port_arena_use().largest_free_bytes);

    assert_int_equal(key_sign(KEY_SLOT_STAGED, digest, out, &bytes), IMP_ERR_CRYPTO_MEMORY);
    assert_int_equal(key_generate(KEY_SLOT_CURRENT), IMP_ERR_CRYPTO_MEMORY);
    assert_int_equal(seal_close(header, bytes_of("data", 4), out), IMP_ERR_CRYPTO_MEMORY);
    assert_int_equal(random_fill(out, 32), 0);
    port_arena_free(ballast);
    assert_int_equal(key_sign(KEY_SLOT_STAGED, digest, out, &bytes), 0);
}

/* --- Noise ------------------------------------------------------------------------------------ */

static void no_key(imp_err_t why)
{
    uint8_t out[16];
    uint8_t sealed[4 + SEAL_OVERHEAD_BYTES];
    const uint8_t zero[16] = { 0 };

    memset(out, 0xEE, sizeof out);
    assert_int_equal(random_fill(out, sizeof out), why);
    assert_memory_equal(out, zero, sizeof out);
    assert_int_equal(key_generate(KEY_SLOT_STAGED), why);
    assert_false(key_is_present(KEY_SLOT_STAGED));
    assert_int_equal(seal_close(header, bytes_of("data", 4), sealed), why);
}

static void bad_noise_from_the_start_gives_nothing(void **state)
{
    static const struct {
        enum noise noise;
        imp_err_t err;
    } bad[] = {
        { NOISE_ZEROS, IMP_ERR_ENTROPY_STUCK },    { NOISE_ONES, IMP_ERR_ENTROPY_STUCK },
        { NOISE_CONSTANT, IMP_ERR_ENTROPY_STUCK }, { NOISE_REPEATING, IMP_ERR_ENTROPY_STUCK },
        { NOISE_COUNTER, IMP_ERR_ENTROPY_STUCK },  { NOISE_BIASED, IMP_ERR_ENTROPY_BIASED },
        { NOISE_ERROR, IMP_ERR_ENTROPY_FAILED },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        port_hal_reset();
        port_hal.noise = bad[i].noise;
        assert_int_equal(random_start(), bad[i].err);
        no_key(bad[i].err);
    }
}

/* The source dies after so many good bytes: in the start-up test, while it seeds, or just
 * before. */
static void noise_that_stops_during_the_start_gives_nothing(void **state)
{
    (void)state;
    for (uint32_t good = 1; good < 16 + 1024 + 64 + 32; good += 37) {
        port_hal_reset();
        port_hal.noise = good % 2 ? NOISE_ERROR : NOISE_ZEROS;
        port_hal.good_bytes = good;
        const imp_err_t err = random_start();

        assert_true(err == IMP_ERR_ENTROPY_FAILED || err == IMP_ERR_ENTROPY_STUCK);
        no_key(err);
    }
}

static void good_noise_gives_bytes_that_differ(void **state)
{
    uint8_t a[256], b[256];

    (void)state;
    assert_int_equal(random_fill(a, sizeof a), 0);
    assert_int_equal(random_fill(b, sizeof b), 0);
    assert_memory_not_equal(a, b, sizeof a);
    assert_int_equal(random_fill(a, 0), 0);
}

#define TEST(name) cmocka_unit_test_setup(name, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sha256_gives_the_standards_examples),
        TEST(what_is_sealed_opens_again),
        TEST(any_altered_byte_keeps_it_shut),
        TEST(another_units_seal_does_not_open),
        TEST(a_board_without_a_device_key_says_so_and_keeps_the_format),
        TEST(an_unreadable_device_key_seals_and_opens_nothing),
        TEST(no_nonce_comes_twice),
        TEST(moving_binds_to_the_new_place_only),
        TEST(the_sealed_format_is_the_documented_one),
        TEST(a_generated_key_signs_what_openssl_verifies),
        TEST(every_key_is_another),
        TEST(an_empty_slot_does_nothing),
        TEST(a_wrapped_key_loads_again_and_signs),
        TEST(a_wrapped_key_altered_or_elsewhere_stays_shut),
        TEST(a_failed_load_empties_the_slot),
        TEST(a_wrapped_key_never_opens_as_a_secret_but_moves),
        TEST(a_secret_never_loads_as_a_key),
        TEST(the_wrapped_scalar_is_the_points),
        TEST(the_arena_holds_no_scalar_between_calls),
        TEST(a_full_arena_is_nobodys_hardware_fault),
        TEST(bad_noise_from_the_start_gives_nothing),
        TEST(noise_that_stops_during_the_start_gives_nothing),
        TEST(good_noise_gives_bytes_that_differ),
    };

    port_hal_reset();
    if (port_init() != 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
