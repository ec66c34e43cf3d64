/* SPDX-License-Identifier: MIT
 * ct.c -- everything that compares a secret or computes with a private key, run under valgrind with
 * the secret marked.
 *
 *   ct           the names of the checks
 *   ct NAME      run one: exit status 0 when it did what it should
 *
 * Whether a jump or an address depended on the secret is valgrind's to say; tests/ct/README.md says
 * how, and public.c where a secret ends. */
#include <stdio.h>
#include <string.h>

#include <wolfssl/wolfcrypt/settings.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/wc_port.h>

#include "firmware/core/unlock.h"
#include "firmware/crypto/key.h"
#include "firmware/crypto/random.h"
#include "firmware/crypto/seal.h"
#include "firmware/proto/base64.h"
#include "firmware/secret.h"
#include "port/wolfssl/p256_count.h"
#include "port/wolfssl/rng.h"
#include "tests/ct/secret_mark.h"
#include "tests/support/port_hal.h"

/* Of port_init.c, which brings TLS. */
struct port_p256_count p256_count;

static const uint8_t digest[KEY_DIGEST_BYTES] = "what is signed, thirty-two bytes";
static const struct bytes no_bytes;

/* --- The private key -------------------------------------------------------------------------- */

/* Scalar from the generator, checked by a signature and sealed: KEYGEN. */
static bool generates_a_key(void)
{
    return key_generate(KEY_SLOT_STAGED) == 0 && key_is_present(KEY_SLOT_STAGED);
}

/* Scalar and nonce are secret: CSR, and the client's part of TLS. */
static bool signs(void)
{
    uint8_t signature[KEY_SIGNATURE_BYTES_MAX];
    size_t bytes;

    return key_generate(KEY_SLOT_STAGED) == 0 &&
           key_sign(KEY_SLOT_STAGED, digest, signature, &bytes) == 0 && bytes > 60;
}

/* What a reset does: sealed scalar from flash, its point computed again. */
static bool wraps_and_unwraps_a_key(void)
{
    uint8_t point[KEY_POINT_BYTES];
    uint8_t wrapped[KEY_WRAPPED_BYTES];

    return key_generate(KEY_SLOT_STAGED) == 0 && key_public(KEY_SLOT_STAGED, point) == 0 &&
           key_wrap(KEY_SLOT_STAGED, bytes_of_text("slot"), wrapped) == 0 &&
           key_unwrap(KEY_SLOT_CURRENT, bytes_of_text("slot"), point, wrapped) == 0;
}

/* The key share of a handshake, as wolfSSL makes and uses it. */
static bool agrees_on_a_secret(int curve, int scalar_bytes)
{
    ecc_key ours;
    ecc_key theirs;
    WC_RNG *rng;
    byte secret[MAX_ECC_BYTES];
    word32 bytes = sizeof secret;

    if (rng_get(&rng) || wc_ecc_init(&ours) || wc_ecc_init(&theirs) ||
        wc_ecc_make_key_ex(rng, scalar_bytes, &ours, curve) ||
        wc_ecc_make_key_ex(rng, scalar_bytes, &theirs, curve)) {
        return false;
    }
    const int wolf = wc_ecc_shared_secret(&ours, &theirs, secret, &bytes);

    wc_ecc_free(&ours);
    wc_ecc_free(&theirs);
    return wolf == 0 && bytes == (word32)scalar_bytes;
}

static bool agrees_over_p256(void)
{
    return agrees_on_a_secret(ECC_SECP256R1, 32);
}

static bool agrees_over_p384(void)
{
    return agrees_on_a_secret(ECC_SECP384R1, 48);
}

static bool agrees_over_p521(void)
{
    return agrees_on_a_secret(ECC_SECP521R1, 66);
}

/* --- Comparisons ------------------------------------------------------------------------------ */

static bool compares_secrets(void)
{
    uint8_t a[32];
    uint8_t b[32];

    memset(a, 7, sizeof a);
    memset(b, 7, sizeof b);
    SECRET(a, sizeof a);
    SECRET(b, sizeof b);
    const bool is_equal = secret_equal(a, b, sizeof a);

    b[31] ^= 1;
    return is_equal && !secret_equal(a, b, sizeof a);
}

/* The tag that a record brings is somebody's guess of the right one. */
static bool opens_a_seal(bool is_right)
{
    uint8_t plain[40] = "a token, say";
    uint8_t opened[sizeof plain];
    uint8_t sealed[sizeof plain + SEAL_OVERHEAD_BYTES];

    if (seal_close(bytes_of_text("header"), bytes_of(plain, sizeof plain), sealed)) {
        return false;
    }
    sealed[sizeof sealed - 1] ^= is_right ? 0 : 1;
    SECRET(sealed + sizeof sealed - 16, 16);
    const imp_err_t err =
        seal_open(bytes_of_text("header"), bytes_of(sealed, sizeof sealed), opened);

    PUBLIC(opened, sizeof opened);
    return is_right ? err == 0 && memcmp(opened, plain, sizeof plain) == 0
                    : err == IMP_ERR_SEAL_OPEN && opened[0] == 0;
}

static bool opens_a_seal_that_is_right(void)
{
    return opens_a_seal(true);
}

static bool refuses_a_seal_that_is_wrong(void)
{
    return opens_a_seal(false);
}

/* Typed secret and stored hash. */
static bool checks_the_unlock_secret(void)
{
    char right[] = "correct horse battery";
    char wrong[] = "correct horse batterz";
    uint8_t record[PROVISION_UNLOCK_BYTES];

    SECRET(right, sizeof right - 1);
    SECRET(wrong, sizeof wrong - 1);
    return unlock_make(right, record) == 0 && unlock_check(right, record) == 0 &&
           unlock_check(wrong, record) == IMP_ERR_CONFIG_LOCKED;
}

/* --- Secrets that only pass through ------------------------------------------------------------ */

/* A token is unsealed, put into a header as base64, and sealed again. */
static bool handles_a_token(void)
{
    uint8_t token[40] = "user:password";
    char text[BASE64_CHARS(sizeof token)];
    uint8_t sealed[sizeof token + SEAL_OVERHEAD_BYTES];
    uint8_t moved[sizeof sealed];

    SECRET(token, sizeof token);
    return seal_close(no_bytes, bytes_of(token, sizeof token), sealed) == 0 &&
           seal_move(no_bytes, bytes_of(sealed, sizeof sealed), bytes_of_text("new slot"), moved) ==
               0 &&
           seal_open(bytes_of_text("new slot"), bytes_of(moved, sizeof moved), token) == 0 &&
           base64_encode(bytes_of(token, sizeof token), text) == sizeof text;
}

/* The device key itself. */
static bool seals_under_a_secret_device_key(void)
{
    uint8_t plain[40] = "a token, say";
    uint8_t sealed[sizeof plain + SEAL_OVERHEAD_BYTES];

    SECRET(port_hal.device_key, sizeof port_hal.device_key);
    return seal_close(no_bytes, bytes_of(plain, sizeof plain), sealed) == 0 &&
           seal_open(no_bytes, bytes_of(sealed, sizeof sealed), plain) == 0;
}

/* --- Known to be wrong: valgrind has to say so ------------------------------------------------- */

/* Stops at the first byte that differs. Its own, because a compiler may inline the library's into
 * something better. */
static int __attribute__((noinline)) compare_naively(const uint8_t *a, const uint8_t *b, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (a[i] != b[i]) {
            return (int)i + 1;
        }
    }
    return 0;
}

static bool control_compares_naively(void)
{
    uint8_t a[32] = { 0 };
    uint8_t b[32] = { 0 };

    b[20] = 1;
    SECRET(a, sizeof a);
    return compare_naively(a, b, sizeof a) == 21;
}

static bool control_compares_by_memcmp(void)
{
    uint8_t a[32] = { 0 };
    uint8_t b[32] = { 0 };
    int (*volatile compare)(const void *, const void *, size_t) = memcmp;

    b[20] = 1;
    SECRET(a, sizeof a);
    return compare(a, b, sizeof a) != 0;
}

/* An address that depends on a secret. */
static bool control_looks_up_in_a_table(void)
{
    static const volatile uint8_t table[256] = { [9] = 1 };
    volatile uint8_t index = 9;
    uint8_t found;

    SECRET((void *)(uintptr_t)&index, sizeof index);
    found = table[index];
    PUBLIC(&found, sizeof found);
    return found == 1;
}

/* A private key that is signed with in a way that is not ours: its bits, one after the other. */
static bool control_multiplies_bit_by_bit(void)
{
    uint8_t scalar[4] = { 0xA5, 0x5A, 0x01, 0x80 };
    volatile unsigned adds = 0;

    SECRET(scalar, sizeof scalar);
    for (unsigned bit = 0; bit < 32; bit++) {
        if (scalar[bit / 8] >> bit % 8 & 1) {
            adds = adds + 1;
        }
    }
    return adds == 10;
}

/* --- Main ------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    bool (*run)(void);
} checks[] = {
    { "generates_a_key", generates_a_key },
    { "signs", signs },
    { "wraps_and_unwraps_a_key", wraps_and_unwraps_a_key },
    { "agrees_over_p256", agrees_over_p256 },
    { "agrees_over_p384", agrees_over_p384 },
    { "agrees_over_p521", agrees_over_p521 },
    { "compares_secrets", compares_secrets },
    { "opens_a_seal_that_is_right", opens_a_seal_that_is_right },
    { "refuses_a_seal_that_is_wrong", refuses_a_seal_that_is_wrong },
    { "checks_the_unlock_secret", checks_the_unlock_secret },
    { "handles_a_token", handles_a_token },
    { "seals_under_a_secret_device_key", seals_under_a_secret_device_key },
    { "control_compares_naively", control_compares_naively },
    { "control_compares_by_memcmp", control_compares_by_memcmp },
    { "control_looks_up_in_a_table", control_looks_up_in_a_table },
    { "control_multiplies_bit_by_bit", control_multiplies_bit_by_bit },
};

int main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        if (argc < 2) {
            puts(checks[i].name);
        } else if (strcmp(argv[1], checks[i].name) == 0) {
            port_hal_reset();
            if (wolfCrypt_Init() != 0 || random_start() != 0) {
                return 2;
            }
            return checks[i].run() ? 0 : 1;
        }
    }
    return argc < 2 ? 0 : 2;
}
