/* SPDX-License-Identifier: MIT
 * test_machine_renew.c -- an enrolled device gets another key and certificate, and has one that
 * works at every moment. */

/* needs: imprint_port crypto tests/support/device.c tests/support/est_server.c */
/* needs: tests/support/tls_script.c tests/support/certs.c tests/support/port_hal.c */
/* needs: host-sim/device/flash_model.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/crypto/key.h"
#include "firmware/store/store.h"
#include "tests/support/device.h"
#include "tests/support/est_server.h"
#include "tests/support/tls_script.h"

#define EMPTY       "Content-Length: 0\r\n\r\n"
#define UNLOCK      "open sesame"
#define OTHER_TOKEN "imp_fedcba9876543210fedcba9876543210"

static uint8_t old_print[32];

static void enroll(void)
{
    device_enroll();
    const struct imprint_status status = device_status();
    memcpy(old_print, status.fingerprint, sizeof old_print);
}

static enum imprint_state renew(void)
{
    assert_int_equal(imprint_renew(device.imprint), 0);
    return device_run();
}

static bool is_old(void)
{
    const struct imprint_status status = device_status();

    return memcmp(status.fingerprint, old_print, sizeof old_print) == 0;
}

/* The identity in use is whole: its certificate is of the key that signs. */
static void expect_usable(void)
{
    uint8_t chain[CONFIG_CHAIN_BYTES_MAX];
    uint8_t digest[32] = { 1, 2, 3 };
    uint8_t signature[72];
    uint8_t print[32];
    const uint8_t *at = chain;
    size_t bytes;

    assert_true(device_status().has_identity);
    assert_int_equal(imprint_chain(device.imprint, chain, sizeof chain, &bytes), 0);
    X509 *leaf = d2i_X509(NULL, &at, (long)bytes);
    assert_non_null(leaf);
    est_fingerprint(bytes_of(chain, (size_t)(at - chain)), print);
    assert_memory_equal(print, device_status().fingerprint, sizeof print);
    assert_int_equal(imprint_sign(device.imprint, digest, signature, &bytes), 0);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(X509_get0_pubkey(leaf), NULL);
    assert_int_equal(EVP_PKEY_verify_init(context), 1);
    assert_int_equal(EVP_PKEY_verify(context, signature, bytes, digest, sizeof digest), 1);
    EVP_PKEY_CTX_free(context);
    X509_free(leaf);
}

/* Nothing of the renewal is left, and the identity is the new one. */
static void expect_renewed(void)
{
    struct store store;

    assert_int_equal(device_status().state, IMPRINT_ENROLLED);
    assert_int_equal(device_status().reason, 0);
    assert_false(is_old());
    assert_false(device_status().is_renewing);
    assert_string_equal(device_status().name, DEVICE_NAME);
    assert_false(key_is_present(KEY_SLOT_STAGED));
    expect_usable();
    assert_int_equal(store_open(&store, &device.flash.flash), 0);
    assert_false(store_has(&store, STORE_CANDIDATE) || store_has(&store, STORE_STAGED_KEY) ||
                 store_has(&store, STORE_PENDING) || store_has(&store, STORE_TOKEN));
}

/* The old identity is in use, and the device tries again. */
static void expect_waiting(enum imprint_state state, imp_err_t reason)
{
    assert_int_equal(device_status().state, state);
    assert_int_equal(device_status().reason, reason);
    assert_true(device_status().is_renewing);
    assert_true(is_old());
    expect_usable();
}

/* --- The whole way ---------------------------------------------------------------------------- */

static void a_renewal_goes_through_every_state(void **state)
{
    static const enum imprint_state way[] = {
        IMPRINT_RENEW,  IMPRINT_KEYGEN, IMPRINT_CSR,   IMPRINT_CONNECT,  IMPRINT_ENROLL,
        IMPRINT_VERIFY, IMPRINT_COMMIT, IMPRINT_PROVE, IMPRINT_ENROLLED,
    };
    struct imprint_trace_entry entry;
    size_t passed = 0;

    (void)state;
    enroll();
    assert_int_equal(device.events[IMPRINT_IDENTITY_ENROLLED], 1);
    const uint32_t from = imprint_trace_next(device.imprint);
    assert_int_equal(renew(), IMPRINT_ENROLLED);
    for (uint32_t i = from; imprint_trace(device.imprint, i, &entry); i++) {
        if (entry.kind == IMPRINT_TRACE_STATE) {
            assert_int_equal(entry.value, way[passed]);
            passed++;
        }
    }
    assert_int_equal(passed, sizeof way / sizeof way[0]);
    expect_renewed();
    assert_int_equal(device.events[IMPRINT_IDENTITY_ENROLLED], 1);
    assert_int_equal(device.events[IMPRINT_IDENTITY_RENEWED], 1);
}

static void a_renewal_shows_the_old_identity_and_sends_no_token(void **state)
{
    (void)state;
    enroll();
    assert_int_equal(renew(), IMPRINT_ENROLLED);
    assert_int_equal(tls_seen_count, 6);
    assert_true(tls_seen[3].identified && tls_seen[4].identified && tls_seen[5].identified);
    assert_memory_equal(tls_seen[3].chain, tls_seen[4].chain, tls_seen[3].chain_bytes);
    assert_memory_not_equal(tls_seen[4].chain, tls_seen[5].chain, tls_seen[5].chain_bytes);
    assert_int_equal(est_server.reenroll_count, 1);
    assert_false(tls_script_has_sent(3, "Authorization", 13));
    assert_int_equal(est_server.key_count, 2);
    assert_in_range(device_status().erase_count, 0, 2);
}

static void only_an_enrolled_device_renews(void **state)
{
    (void)state;
    assert_int_equal(imprint_renew(device.imprint), IMP_ERR_CONFIG_STATE);
    device_run();
    assert_int_equal(imprint_renew(device.imprint), IMP_ERR_CONFIG_STATE);
    enroll();
    assert_int_equal(imprint_renew(device.imprint), 0);
    assert_int_equal(imprint_renew(device.imprint), IMP_ERR_CONFIG_STATE); /* It runs. */
}

/* --- At every moment -------------------------------------------------------------------------- */

static void the_identity_works_after_every_step_and_changes_once_proved(void **state)
{
    (void)state;
    enroll();
    assert_int_equal(imprint_renew(device.imprint), 0);
    while (device_step() != IMPRINT_ENROLLED) {
        expect_usable();
        assert_true(is_old());
    }
    expect_renewed();
}

static void a_reset_after_any_step_goes_on_with_the_same_key(void **state)
{
    bool is_over = false;

    for (unsigned steps = 1; !is_over; steps++) {
        device_fresh(state);
        enroll();
        assert_int_equal(imprint_renew(device.imprint), 0);
        for (unsigned i = 0; i < steps && !is_over; i++) {
            is_over = device_step() == IMPRINT_ENROLLED;
        }
        device_boot();
        assert_int_equal(device_run(), IMPRINT_ENROLLED);
        expect_usable();
        assert_in_range(est_server.key_count, 1, 2);
        assert_int_equal(is_old(), est_server.key_count == 1);
        assert_false(key_is_present(KEY_SLOT_STAGED));
    }
}

static void a_power_cut_at_any_program_leaves_the_old_or_the_new_identity(void **state)
{
    static const enum flash_cut cuts[] = { FLASH_CUT_BEFORE, FLASH_CUT_TORN, FLASH_CUT_AFTER };
    bool was_cut = true;

    for (uint32_t at = 1; was_cut; at++) {
        for (size_t i = 0; i < sizeof cuts / sizeof cuts[0] && was_cut; i++) {
            device_fresh(state);
            enroll();
            flash_model_arm(&device.flash, cuts[i], at, at);
            assert_int_equal(imprint_renew(device.imprint), 0);
            (void)device_run();
            was_cut = !device.flash.is_powered;
            device_boot();
            assert_int_equal(device_run(), IMPRINT_ENROLLED);
            expect_usable();
            assert_in_range(est_server.key_count, 1, 2);
        }
    }
}

/* The power goes between the new identity and the last of what led to it: nobody was told yet. */
static void a_renewal_that_a_power_cut_ends_is_told_by_the_next_life(void **state)
{
    unsigned told = 0;
    bool was_cut = true;

    for (uint32_t at = 1; was_cut; at++) {
        struct store store;

        device_fresh(state);
        enroll();
        assert_int_equal(imprint_renew(device.imprint), 0);
        assert_int_equal(device_run_to(IMPRINT_PROVE), IMPRINT_PROVE);
        flash_model_arm(&device.flash, FLASH_CUT_BEFORE, at, 1);
        (void)device_run();
        was_cut = !device.flash.is_powered;
        tls_script.early_err = IMP_ERR_NET_REFUSED; /* Only LOAD may find and tell it. */
        device_boot();
        assert_int_equal(store_open(&store, &device.flash.flash), 0);
        const bool is_left = store_has(&store, STORE_CANDIDATE);
        (void)device_run();
        if (is_left) {
            assert_int_equal(device.events[IMPRINT_IDENTITY_RENEWED], is_old() ? 0 : 1);
            told += device.events[IMPRINT_IDENTITY_RENEWED];
        }
    }
    assert_true(told > 0);
}

/* --- What the server may do ------------------------------------------------------------------- */

static void a_wrong_answer_keeps_the_old_identity_and_the_new_key(void **state)
{
    static const struct {
        enum est_fault fault;
        imp_err_t err;
    } rows[] = {
        { EST_OTHER_KEY, IMP_ERR_CERT_KEY },   { EST_OTHER_NAME, IMP_ERR_CERT_NAME },
        { EST_EXPIRED, IMP_ERR_CERT_DATES },   { EST_CA_TRUE, IMP_ERR_CERT_NONE },
        { EST_TWO_LEAVES, IMP_ERR_CERT_MANY }, { EST_NO_CERTIFICATE, IMP_ERR_CERT_NONE },
        { EST_RSA_KEY, IMP_ERR_CERT_KEY },     { EST_WRONG_ISSUER, IMP_ERR_CHAIN_NO_ANCHOR },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        device_fresh(state);
        enroll();
        est_server.fault = rows[i].fault;
        renew();
        expect_waiting(IMPRINT_BACKOFF, rows[i].err);
        assert_true(device_status().has_anchors);
        est_server.fault = EST_GOOD;
        assert_int_equal(device_wait(), IMPRINT_ENROLLED);
        expect_renewed();
        assert_int_equal(est_server.key_count, 2);
    }
}

/* Our own certificate again: it certifies a former key. */
static void an_answer_for_the_old_key_is_refused(void **state)
{
    static char text[16384];
    uint8_t chain[CONFIG_CHAIN_BYTES_MAX];
    const uint8_t *at = chain;
    size_t bytes;

    (void)state;
    enroll();
    assert_int_equal(imprint_chain(device.imprint, chain, sizeof chain, &bytes), 0);
    X509_free(d2i_X509(NULL, &at, (long)bytes));
    const struct bytes leaf = bytes_of(chain, (size_t)(at - chain));
    est_certs_answer(&leaf, 1, text, sizeof text);
    est_server.enroll_answer = text;
    renew();
    expect_waiting(IMPRINT_BACKOFF, IMP_ERR_CERT_KEY);
}

static void no_refusal_parks_a_device_that_has_an_identity(void **state)
{
    static const char *const answers[] = {
        "HTTP/1.1 403 x\r\nImprint-Error: DEVICE_REVOKED\r\nRetry-After: 600\r\n" EMPTY,
        "HTTP/1.1 401 x\r\nRetry-After: 600\r\n" EMPTY,
        "HTTP/1.1 404 x\r\nRetry-After: 600\r\n" EMPTY,
        "HTTP/1.1 503 x\r\nRetry-After: 600\r\n" EMPTY,
    };
    static const imp_err_t errs[] = { IMP_ERR_EST_DEVICE_REVOKED, IMP_ERR_EST_UNAUTHORIZED,
                                      IMP_ERR_EST_NOT_FOUND, IMP_ERR_EST_BUSY };

    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        device_fresh(state);
        enroll();
        est_server.enroll_answer = answers[i];
        renew();
        expect_waiting(IMPRINT_BACKOFF, errs[i]);
        assert_true(device_status().next_try_ms >= device.now_ms + 600 * 1000);
        est_server.enroll_answer = NULL;
        assert_int_equal(device_wait(), IMPRINT_ENROLLED);
        expect_renewed();
    }
}

static void a_network_that_fails_anywhere_costs_nothing(void **state)
{
    (void)state;
    enroll();
    tls_script.early_err = IMP_ERR_NET_REFUSED;
    renew();
    expect_waiting(IMPRINT_BACKOFF, IMP_ERR_NET_REFUSED);
    assert_int_equal(est_server.key_count, 1);
    tls_script.early_err = 0;
    assert_int_equal(imprint_renew(device.imprint), 0);
    assert_int_equal(device_run_to(IMPRINT_PROVE), IMPRINT_PROVE);
    tls_script.early_err = IMP_ERR_TLS_ALERT;
    device_run();
    expect_waiting(IMPRINT_BACKOFF, IMP_ERR_TLS_ALERT);
    tls_script.early_err = 0;
    assert_int_equal(device_wait(), IMPRINT_ENROLLED);
    expect_renewed();
    assert_int_equal(est_server.key_count, 2); /* The candidate was kept. */
    assert_int_equal(est_server.reenroll_count, 1);
}

static void accepted_but_not_issued_waits_over_resets_with_the_identity_in_use(void **state)
{
    (void)state;
    enroll();
    est_server.enroll_answer = "HTTP/1.1 202 x\r\n" EMPTY;
    renew();
    expect_waiting(IMPRINT_WAITING, IMP_ERR_EST_PENDING);
    device_boot();
    device_run();
    expect_waiting(IMPRINT_WAITING, IMP_ERR_EST_PENDING);
    est_server.enroll_answer = NULL;
    assert_int_equal(device_wait(), IMPRINT_ENROLLED);
    expect_renewed();
    assert_int_equal(est_server.key_count, 2);
}

static void a_candidate_that_the_server_refuses_is_dropped_with_its_key(void **state)
{
    static const char *const answers[] = {
        "HTTP/1.1 403 x\r\nImprint-Error: DEVICE_UNKNOWN\r\n" EMPTY,
        "HTTP/1.1 400 x\r\nImprint-Error: DEVICE_UNKNOWN\r\n" EMPTY,
    };

    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        device_fresh(state);
        enroll();
        est_server.whoami_answer = answers[i];
        renew();
        expect_waiting(IMPRINT_BACKOFF, IMP_ERR_EST_DEVICE_UNKNOWN);
        assert_false(key_is_present(KEY_SLOT_STAGED));
        est_server.whoami_answer = NULL;
        assert_int_equal(device_wait(), IMPRINT_ENROLLED);
        expect_renewed();
        assert_int_equal(est_server.key_count, 3); /* A new operation, a new key. */
    }
}

/* A key whose record is still there is still in its slot. */
static void a_candidate_that_cannot_be_forgotten_keeps_its_key(void **state)
{
    (void)state;
    enroll();
    est_server.whoami_answer = "HTTP/1.1 403 x\r\nImprint-Error: DEVICE_UNKNOWN\r\n" EMPTY;
    assert_int_equal(imprint_renew(device.imprint), 0);
    assert_int_equal(device_run_to(IMPRINT_PROVE), IMPRINT_PROVE);
    flash_model_arm(&device.flash, FLASH_CUT_BEFORE, 1, 1);
    assert_int_equal(device_run(), IMPRINT_FAULT);
    assert_true(key_is_present(KEY_SLOT_STAGED));
}

/* Each try issues a certificate: they must grow rarer, over resets too. */
static void a_server_that_issues_but_refuses_the_proof_is_backed_off_from(void **state)
{
    (void)state;
    enroll();
    est_server.whoami_answer = "HTTP/1.1 403 x\r\nImprint-Error: DEVICE_UNKNOWN\r\n" EMPTY;
    renew();
    for (uint32_t tries = 1; tries < 16; tries++) {
        assert_int_equal(device_status().attempts, tries);
        expect_waiting(IMPRINT_BACKOFF, IMP_ERR_EST_DEVICE_UNKNOWN);
        device_wait();
    }
    device_boot();
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    renew();
    expect_waiting(IMPRINT_BACKOFF, IMP_ERR_EST_DEVICE_UNKNOWN);
    assert_int_equal(device_status().attempts, 17);
    est_server.whoami_answer = NULL;
    assert_int_equal(device_wait(), IMPRINT_ENROLLED);
    expect_renewed();
    assert_int_equal(device_status().attempts, 0);
}

static void a_candidate_is_not_the_identity_after_a_reset(void **state)
{
    (void)state;
    enroll();
    tls_script.early_err = 0;
    assert_int_equal(imprint_renew(device.imprint), 0);
    assert_int_equal(device_run_to(IMPRINT_PROVE), IMPRINT_PROVE);
    device_boot();
    tls_script.early_err = IMP_ERR_NET_REFUSED;
    device_run();
    expect_waiting(IMPRINT_BACKOFF, IMP_ERR_NET_REFUSED);
}

static void a_certificate_that_has_expired_is_named(void **state)
{
    (void)state;
    enroll();
    tls_script.answer = NULL;
    tls_script.read_err = IMP_ERR_TLS_ALERT;
    tls_script.foreign_code = 45; /* certificate_expired: RFC 8446 6.2. */
    renew();
    expect_waiting(IMPRINT_BACKOFF, IMP_ERR_CERT_OURS_EXPIRED);
}

/* --- By a token ------------------------------------------------------------------------------- */

static void enroll_and_unlock(void)
{
    device_run();
    assert_int_equal(imprint_set_unlock(device.imprint, UNLOCK), 0);
    enroll();
    assert_int_equal(imprint_unlock(device.imprint, UNLOCK), 0);
    assert_int_equal(imprint_set_token(device.imprint, OTHER_TOKEN), 0);
}

/* Refused after its end, by a server that does not say why: a new token brings another. */
static void an_expired_device_gets_a_certificate_by_a_new_token(void **state)
{
    (void)state;
    device_run();
    assert_int_equal(imprint_set_unlock(device.imprint, UNLOCK), 0);
    enroll();
    est_server.headers = "Date: Thu, 01 Jan 2099 00:00:00 GMT\r\n";
    est_server.enroll_answer = "HTTP/1.1 401 x\r\nImprint-Error: CLIENT_CERT_MISSING\r\n" EMPTY;
    renew();
    expect_waiting(IMPRINT_BACKOFF, IMP_ERR_CERT_OURS_EXPIRED);
    assert_int_equal(imprint_unlock(device.imprint, UNLOCK), 0);
    assert_int_equal(imprint_set_token(device.imprint, OTHER_TOKEN), 0);
    est_server.enroll_answer = NULL;
    assert_int_equal(imprint_enroll(device.imprint), 0);
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    expect_renewed();
    assert_string_equal(est_server.authorization, "Bearer " OTHER_TOKEN);
}

static void a_new_token_enrolls_anew_under_the_same_name(void **state)
{
    (void)state;
    enroll_and_unlock();
    assert_int_equal(imprint_enroll(device.imprint), 0);
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    expect_renewed();
    assert_string_equal(est_server.authorization, "Bearer " OTHER_TOKEN);
    assert_string_equal(est_server.name, DEVICE_NAME);
    assert_int_equal(est_server.reenroll_count, 0);
    assert_int_equal(tls_seen[4].chain_bytes, 0); /* An expired one might be refused. */
    assert_false(device_flash_has(OTHER_TOKEN, sizeof OTHER_TOKEN - 1));
}

/* A proof that never comes through must not keep the token of whoever is to help waiting. */
static void a_new_token_goes_past_a_candidate_that_waits(void **state)
{
    (void)state;
    device_run();
    assert_int_equal(imprint_set_unlock(device.imprint, UNLOCK), 0);
    enroll();
    est_server.whoami_answer = "HTTP/1.1 503 x\r\n" EMPTY;
    renew();
    expect_waiting(IMPRINT_BACKOFF, IMP_ERR_EST_BUSY);
    device_boot(); /* Nobody remembers that the renewal was asked for. */
    device_run();
    expect_waiting(IMPRINT_BACKOFF, IMP_ERR_EST_BUSY);
    assert_int_equal(imprint_unlock(device.imprint, UNLOCK), 0);
    assert_int_equal(imprint_set_token(device.imprint, OTHER_TOKEN), 0);
    est_server.whoami_answer = NULL;
    assert_int_equal(imprint_enroll(device.imprint), 0);
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    expect_renewed();
    assert_string_equal(est_server.authorization, "Bearer " OTHER_TOKEN);
    assert_int_equal(est_server.key_count, 3);
}

static void enrolling_anew_takes_a_token_and_the_unlock_secret(void **state)
{
    (void)state;
    enroll_and_unlock();
    device_boot();
    device_run();
    assert_int_equal(imprint_enroll(device.imprint), IMP_ERR_CONFIG_LOCKED);
    device_fresh(state);
    enroll();
    assert_int_equal(imprint_enroll(device.imprint), IMP_ERR_CONFIG_STATE);
}

static void a_token_that_is_refused_is_forgotten_and_the_identity_renews_itself(void **state)
{
    static const struct {
        const char *answer;
        imp_err_t err;
    } rows[] = {
        { "403 x\r\nImprint-Error: TOKEN_EXPIRED\r\n", IMP_ERR_EST_TOKEN_EXPIRED },
        { "403 x\r\nImprint-Error: NAME_TAKEN\r\n", IMP_ERR_EST_NAME_TAKEN },
        { "403 x\r\nImprint-Error: REQUEST_REFUSED\r\n", IMP_ERR_EST_REQUEST_REFUSED },
        { "401 x\r\n", IMP_ERR_EST_UNAUTHORIZED },
        { "400 x\r\n", IMP_ERR_EST_REFUSED },
    };
    char answer[128];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        device_fresh(state);
        enroll_and_unlock();
        snprintf(answer, sizeof answer, "HTTP/1.1 %s" EMPTY, rows[i].answer);
        est_server.enroll_answer = answer;
        assert_int_equal(imprint_enroll(device.imprint), 0);
        device_run();
        expect_waiting(IMPRINT_BACKOFF, rows[i].err);
        assert_false(device_status().has_token);
        est_server.enroll_answer = NULL;
        assert_int_equal(device_wait(), IMPRINT_ENROLLED);
        expect_renewed();
        assert_int_equal(est_server.reenroll_count, 1);
    }
}

/* `enroll` with a new token was said, and the power was lost before there was a key. */
static void a_new_token_is_used_after_a_reset(void **state)
{
    (void)state;
    enroll_and_unlock();
    assert_int_equal(imprint_enroll(device.imprint), 0);
    device_boot();
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    device_step();
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    expect_renewed();
    assert_string_equal(est_server.authorization, "Bearer " OTHER_TOKEN);
}

/* A server that has no time now, or asks its operator first, said nothing about the token. */
static void a_token_is_kept_over_an_answer_that_is_no_refusal(void **state)
{
    static const struct {
        const char *answer;
        enum imprint_state state;
        imp_err_t err;
    } rows[] = {
        { "HTTP/1.1 503 x\r\n" EMPTY, IMPRINT_BACKOFF, IMP_ERR_EST_BUSY },
        { "HTTP/1.1 202 x\r\n" EMPTY, IMPRINT_WAITING, IMP_ERR_EST_PENDING },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        device_fresh(state);
        enroll_and_unlock();
        est_server.enroll_answer = rows[i].answer;
        assert_int_equal(imprint_enroll(device.imprint), 0);
        device_run();
        expect_waiting(rows[i].state, rows[i].err);
        renew(); /* Does not go past the token. */
        expect_waiting(rows[i].state, rows[i].err);
        assert_true(device_status().has_token);
        est_server.enroll_answer = NULL;
        assert_int_equal(device_wait(), IMPRINT_ENROLLED);
        expect_renewed();
        assert_int_equal(est_server.reenroll_count, 0);
    }
}

#define TEST(name) cmocka_unit_test_setup(name, device_fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_renewal_goes_through_every_state),
        TEST(a_renewal_shows_the_old_identity_and_sends_no_token),
        TEST(only_an_enrolled_device_renews),
        TEST(the_identity_works_after_every_step_and_changes_once_proved),
        TEST(a_reset_after_any_step_goes_on_with_the_same_key),
        TEST(a_power_cut_at_any_program_leaves_the_old_or_the_new_identity),
        TEST(a_renewal_that_a_power_cut_ends_is_told_by_the_next_life),
        TEST(a_wrong_answer_keeps_the_old_identity_and_the_new_key),
        TEST(an_answer_for_the_old_key_is_refused),
        TEST(no_refusal_parks_a_device_that_has_an_identity),
        TEST(a_network_that_fails_anywhere_costs_nothing),
        TEST(accepted_but_not_issued_waits_over_resets_with_the_identity_in_use),
        TEST(a_candidate_that_the_server_refuses_is_dropped_with_its_key),
        TEST(a_candidate_that_cannot_be_forgotten_keeps_its_key),
        TEST(a_server_that_issues_but_refuses_the_proof_is_backed_off_from),
        TEST(a_candidate_is_not_the_identity_after_a_reset),
        TEST(a_certificate_that_has_expired_is_named),
        TEST(an_expired_device_gets_a_certificate_by_a_new_token),
        TEST(a_new_token_enrolls_anew_under_the_same_name),
        TEST(a_new_token_goes_past_a_candidate_that_waits),
        TEST(enrolling_anew_takes_a_token_and_the_unlock_secret),
        TEST(a_token_that_is_refused_is_forgotten_and_the_identity_renews_itself),
        TEST(a_new_token_is_used_after_a_reset),
        TEST(a_token_is_kept_over_an_answer_that_is_no_refusal),
    };
    return cmocka_run_group_tests(tests, device_make, device_free);
}
