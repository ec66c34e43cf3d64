/* SPDX-License-Identifier: MIT
 * life_check.c -- see life_check.h. */
#define _GNU_SOURCE /* memmem */
#include "tests/sim/life_check.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "host-sim/world/authority_here.h"
#include "host-sim/world/world.h"
#include "tests/sim/life.h"

enum {
    CHAIN_BYTES_MAX = 8192,
    HTTP_TOO_MANY = 429,
    LEAF_AT = 200,   /* Within the certificate, behind what all of them begin with. */
    RENEWALS_MAX = 3 /* In a step whose length is up to the device. */
};

static void wrong(struct life_result *result, const char *what)
{
    if (result->wrong == NULL) {
        result->wrong = what;
    }
}

/* --- Every turn ------------------------------------------------------------------------------- */

static void note_error(imp_err_t err, struct life_result *result)
{
    const uint32_t number = (uint32_t)-err;

    if (number > 0 && number < 8 * sizeof result->errors) {
        result->errors[number / 8] |= (uint8_t)(1u << number % 8);
    }
}

/* Every transition and error is in the device's trace. */
static void note_trace(struct life_check *check, struct life_result *result)
{
    struct imprint_trace_entry entry;
    const uint32_t next = world.unit->trace_next();

    for (; check->trace_seen != next; check->trace_seen++) {
        if (!world.unit->trace(check->trace_seen, &entry)) {
            continue;
        }
        if (entry.kind == IMPRINT_TRACE_STATE) {
            result->transitions[entry.extra] |= 1ull << entry.value;
        } else if (entry.kind == IMPRINT_TRACE_ERROR) {
            note_error(entry.value, result);
        }
    }
}

static bool authority_accepted(const uint8_t fingerprint[32])
{
    for (size_t i = 0; i < authority_sight_count(); i++) {
        const struct authority_sight *sight = authority_sight(i);
        if (sight->path == AUTHORITY_WHOAMI && sight->status == 200 && sight->has_fingerprint &&
            memcmp(sight->fingerprint, fingerprint, 32) == 0) {
            return true;
        }
    }
    return false;
}

static void check_change(struct life_check *check, const uint8_t fingerprint[32],
                         struct life_result *result)
{
    for (unsigned i = 0; i < check->retired_count; i++) {
        if (memcmp(check->retired[i], fingerprint, 32) == 0) {
            wrong(result, "an identity that was replaced is back");
        }
    }
    if (!authority_accepted(fingerprint)) {
        wrong(result, "the old identity was given up before the new one was proved");
    }
    if (check->retired_count < sizeof check->retired / sizeof check->retired[0]) {
        memcpy(check->retired[check->retired_count++], check->fingerprint, 32);
    }
    memcpy(check->fingerprint, fingerprint, 32);
}

void life_check_boot(struct life_check *check)
{
    check->trace_seen = 0;
}

void life_check_turn(struct life_check *check, const struct imprint_status *status,
                     struct life_result *result)
{
    note_trace(check, result);
    note_error(status->reason, result);
    if (status->state == IMPRINT_REJECTED && !check->may_be_rejected) {
        snprintf(result->detail, sizeof result->detail, "%s",
                 world.unit->error_name(status->reason));
        wrong(result, "REJECTED, though nobody refused");
    }
    if (status->state == IMPRINT_LOAD || status->state == IMPRINT_FAULT) {
        return;
    }
    if (status->state == IMPRINT_ENROLLED && !authority_accepted(status->fingerprint)) {
        wrong(result, "ENROLLED with an identity that the authority has not accepted");
    }
    if (!status->has_identity) {
        if (check->has_identity && !check->is_wiping) {
            wrong(result, "the identity is lost");
        }
        check->has_identity = false;
        return;
    }
    if (!check->has_identity) {
        if (check->steps > 0 && check->is_wiping) {
            wrong(result, "a wiped identity is back");
        }
        check->has_identity = true;
        memcpy(check->fingerprint, status->fingerprint, 32);
    } else if (memcmp(check->fingerprint, status->fingerprint, 32) != 0) {
        check_change(check, status->fingerprint, result);
    }
}

static bool flash_has(const uint8_t *bytes, size_t count)
{
    return memmem(world.flash.cells, world.flash.flash.region_bytes, bytes, count) != NULL;
}

/* --- At the end of a step --------------------------------------------------------------------- */

/* Different keys in the requests of one kind since the step began. */
static unsigned keys_seen(const struct life_check *check, enum authority_path path)
{
    const uint8_t *keys[16];
    unsigned count = 0;

    for (size_t i = check->step_sights; i < authority_sight_count(); i++) {
        const struct authority_sight *sight = authority_sight(i);
        unsigned known = 0;

        if (sight->path != path || !sight->has_key) {
            continue;
        }
        while (known < count && memcmp(keys[known], sight->key_id, 32) != 0) {
            known++;
        }
        if (known == count && count < 16) {
            keys[count++] = sight->key_id;
        }
    }
    return count;
}

/* Proofs that the authority refused since its sight number `first`: each ends an operation, and another
 * key begins the next one. */
static unsigned proofs_refused(size_t first)
{
    unsigned count = 0;

    for (size_t i = first; i < authority_sight_count(); i++) {
        const struct authority_sight *sight = authority_sight(i);
        count += sight->path == AUTHORITY_WHOAMI && sight->status / 100 == 4 &&
                 sight->status != HTTP_TOO_MANY;
    }
    return count;
}

/* The identity's key signs, and the leaf of its chain, which has the fingerprint of the status,
 * verifies it. */
static bool is_whole(struct life_check *check)
{
    static const uint8_t digest[32] = "thirty-two bytes to be signed...";
    uint8_t chain[CHAIN_BYTES_MAX];
    uint8_t fingerprint[32];
    uint8_t signature[72];
    size_t signature_bytes = 0;
    size_t chain_bytes = 0;
    const uint8_t *at = chain;

    if (world.unit->chain(chain, sizeof chain, &chain_bytes) != 0 ||
        world.unit->sign(digest, signature, &signature_bytes) != 0) {
        return false;
    }
    X509 *leaf = d2i_X509(NULL, &at, (long)chain_bytes);
    if (leaf == NULL) {
        return false;
    }
    SHA256(chain, (size_t)(at - chain), fingerprint);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(X509_get0_pubkey(leaf), NULL);
    const bool good = memcmp(fingerprint, check->fingerprint, 32) == 0 &&
                      EVP_PKEY_verify_init(context) == 1 &&
                      EVP_PKEY_verify(context, signature, signature_bytes, digest, 32) == 1;
    memcpy(check->leaf, chain + LEAF_AT, sizeof check->leaf);
    EVP_PKEY_CTX_free(context);
    X509_free(leaf);
    return good;
}

void life_check_step(struct life_check *check, bool is_wiped, struct life_result *result)
{
    const unsigned refused = proofs_refused(check->step_sights);

    if (keys_seen(check, AUTHORITY_ENROLL) > 1 ||
        keys_seen(check, AUTHORITY_REENROLL) > 1 + refused) {
        wrong(result, "the authority saw more than one key for one operation");
    }
    if (authority_uses_spent() != check->enrollments ||
        authority_certificates(false) != check->enrollments) {
        wrong(result, "uses spent and identities obtained differ");
    }
    check->steps++;
    const unsigned renewals = authority_certificates(true);
    const unsigned asked = check->steps > 1 && check->enrollments == 1 ? 1 : 0;
    if ((renewals < asked || renewals > asked + proofs_refused(0)) &&
        !(check->may_renew_often && renewals <= RENEWALS_MAX)) {
        wrong(result, "renewals asked for and renewed certificates differ");
    }
    if (is_wiped && flash_has(check->leaf, sizeof check->leaf)) {
        wrong(result, "a wiped flash still holds the certificate");
    }
    if (!is_wiped && !is_whole(check)) {
        wrong(result, "key and certificate of the identity do not belong together");
    }
    memcpy(check->enrolled, check->fingerprint, 32);
    check->step_sights = authority_sight_count();
}

unsigned life_check_lost_answers(void)
{
    unsigned count = 0;

    for (size_t i = 0; i < authority_sight_count(); i++) {
        const struct authority_sight *now = authority_sight(i);
        bool was_before = false;

        for (size_t j = 0; j < i && !was_before; j++) {
            const struct authority_sight *before = authority_sight(j);
            was_before = before->path == now->path && before->status == 200 &&
                         strcmp(before->serial, now->serial) == 0;
        }
        count += was_before && now->status == 200 &&
                 (now->path == AUTHORITY_ENROLL || now->path == AUTHORITY_REENROLL);
    }
    return count;
}

void life_check_expect_wipe(struct life_check *check, bool is_wiping)
{
    check->is_wiping = is_wiping;
}

bool life_check_is_renewed(const struct life_check *check, const struct imprint_status *status)
{
    return status->has_identity && memcmp(check->enrolled, status->fingerprint, 32) != 0;
}
