/* SPDX-License-Identifier: MIT
 * unit_costs.c -- each operation once, the DRBG's part in it included. */
#include "tests/bench/unit_costs.h"

#include <wolfssl/wolfcrypt/settings.h>
#include <wolfssl/wolfcrypt/ecc.h>

#include "port/wolfssl/rng.h"
#include "tests/bench/meter.h"

enum {
    SCALAR_BYTES = 32,
    SIGNATURE_BYTES_MAX = 80
};

static bool measure(ecc_key *ours, ecc_key *theirs, WC_RNG *rng, struct unit_costs *costs)
{
    static const byte digest[SCALAR_BYTES] = { 1, 2, 3 };
    byte out[SIGNATURE_BYTES_MAX];
    word32 bytes = sizeof out;
    int verified = 0;

    uint32_t began = meter_now();
    int wolf = wc_ecc_make_key_ex(rng, SCALAR_BYTES, ours, ECC_SECP256R1);
    costs->keygen = meter_instructions_since(began);

    began = meter_now();
    wolf |= wc_ecc_sign_hash(digest, sizeof digest, out, &bytes, rng, ours);
    costs->sign = meter_instructions_since(began);

    began = meter_now();
    wolf |= wc_ecc_verify_hash(out, bytes, digest, sizeof digest, &verified, ours);
    costs->verify = meter_instructions_since(began);

    wolf |= wc_ecc_make_key_ex(rng, SCALAR_BYTES, theirs, ECC_SECP256R1);
    bytes = sizeof out;
    began = meter_now();
    wolf |= wc_ecc_shared_secret(ours, theirs, out, &bytes);
    costs->ecdh = meter_instructions_since(began);
    return wolf == 0 && verified == 1;
}

bool unit_costs_measure(struct unit_costs *costs)
{
    static ecc_key ours;
    static ecc_key theirs;
    WC_RNG *rng;

    if (rng_get(&rng) != 0 || wc_ecc_init(&ours) != 0 || wc_ecc_init(&theirs) != 0) {
        return false;
    }
    const bool measured = measure(&ours, &theirs, rng, costs);

    wc_ecc_free(&ours);
    wc_ecc_free(&theirs);
    return measured;
}
