/* SPDX-License-Identifier: MIT
 * test_machine_refusal.c -- what goes wrong is named, costs no key, and parks a device only when
 * a verified peer says so. */

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

#include "tests/support/device.h"
#include "tests/support/est_server.h"
#include "tests/support/tls_script.h"

#define NO_BODY "Content-Length: 0\r\n\r\n"

/* Provisioned, and asked to enroll; nothing has run yet. */
static int begun(void **state)
{
    device_fresh(state);
    device_run();
    return device_provision() != 0 || imprint_enroll(device.imprint) != 0;
}

static void expect_resting(enum imprint_state state, imp_err_t err)
{
    const struct imprint_status status = device_status();

    if (status.state != state || status.last_error != err) {
        fail_msg("%s %s in place of %s %s", imprint_state_name(status.state),
                 imprint_err_name(status.last_error), imprint_state_name(state),
                 imprint_err_name(err));
    }
    assert_int_equal(status.reason, err);
    for (size_t i = 0; i < tls_seen_count; i++) {
        assert_false(tls_seen[i].is_open);
    }
    assert_false(device_ram_has(DEVICE_TOKEN, sizeof DEVICE_TOKEN - 1));
}

/* --- Before anything is verified -------------------------------------------------------------- */

/* Whatever class the error has: a stranger's word, or the network's, never parks a device. */
static void no_failure_to_connect_parks_a_device(void **state)
{
    static const enum imprint_state connecting[] = { IMPRINT_TRUST, IMPRINT_CONNECT,
                                                     IMPRINT_PROVE };
    static const struct {
        imp_err_t open;
        imp_err_t early;
        imp_err_t late;
    } rows[] = {
        { .open = IMP_ERR_TLS_MEMORY },        { .open = IMP_ERR_NET_NO_LINK },
        { .early = IMP_ERR_NET_DNS },          { .early = IMP_ERR_NET_DNS_ADDRESS },
        { .early = IMP_ERR_NET_REFUSED },      { .early = IMP_ERR_NET_RESET },
        { .early = IMP_ERR_TLS_ALERT },        { .early = IMP_ERR_TLS_PROTOCOL },
        { .early = IMP_ERR_EST_REFUSED },      { .early = IMP_ERR_CRYPTO_FAULT },
        { .early = IMP_ERR_BUG_ARGUMENT },     { .late = IMP_ERR_TLS_SIGNATURE },
        { .late = IMP_ERR_EST_TOKEN_REVOKED }, { .late = IMP_ERR_TLS_NO_EMS },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t at = 0; at < sizeof connecting / sizeof connecting[0]; at++) {
            begun(state);
            assert_int_equal(device_run_to(connecting[at]), connecting[at]);
            const size_t before = tls_seen_count;
            tls_script.open_err = rows[i].open;
            tls_script.early_err = rows[i].early;
            tls_script.late_err = rows[i].late;
            device_run();
            expect_resting(IMPRINT_BACKOFF, rows[i].open    ? rows[i].open
                                            : rows[i].early ? rows[i].early
                                                            : rows[i].late);
            assert_false(tls_script_has_sent(before, DEVICE_TOKEN, sizeof DEVICE_TOKEN - 1));
            tls_script.open_err = tls_script.early_err = tls_script.late_err = 0;
            assert_int_equal(device_wait(), IMPRINT_ENROLLED);
            assert_int_equal(est_server.key_count, 1);
        }
    }
}

static void no_answer_to_cacerts_parks_a_device(void **state)
{
    static const struct {
        const char *answer;
        imp_err_t err;
    } rows[] = {
        { "HTTP/1.1 404 No\r\n" NO_BODY, IMP_ERR_EST_NOT_FOUND },
        { "HTTP/1.1 401 No\r\n" NO_BODY, IMP_ERR_EST_UNAUTHORIZED },
        { "HTTP/1.1 403 No\r\nImprint-Error: TOKEN_REVOKED\r\n" NO_BODY,
          IMP_ERR_EST_TOKEN_REVOKED },
        { "HTTP/1.1 403 No\r\nImprint-Error: DEVICE_REVOKED\r\n" NO_BODY,
          IMP_ERR_EST_DEVICE_REVOKED },
        { "HTTP/1.1 202 Later\r\n" NO_BODY, IMP_ERR_EST_PENDING },
        { "HTTP/1.1 302 Found\r\nLocation: https://evil.test/\r\n" NO_BODY, IMP_ERR_HTTP_REDIRECT },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begun(state);
        est_server.cacerts_answer = rows[i].answer;
        device_run();
        expect_resting(IMPRINT_BACKOFF, rows[i].err);
        assert_false(tls_script_has_sent(0, DEVICE_TOKEN, sizeof DEVICE_TOKEN - 1));
        est_server.cacerts_answer = NULL;
        assert_int_equal(device_wait(), IMPRINT_ENROLLED);
    }
}

static void a_wrong_pin_is_refused_before_the_token_leaves(void **state)
{
    device_fresh(state);
    device_run();
    assert_int_equal(device_provision(), 0);
    assert_int_equal(imprint_set_pin(device.imprint, "00112233445566778899aabbccddeeff"
                                                     "00112233445566778899aabbccddeeff"),
                     0);
    assert_int_equal(imprint_enroll(device.imprint), 0);
    device_run();
    expect_resting(IMPRINT_BACKOFF, IMP_ERR_TRUST_PIN_NOT_FOUND);
    assert_false(device_status().has_anchors);
    assert_false(tls_script_has_sent(0, "Authorization", 13));
}

/* A man in the middle may answer TRUST in our root's name; the next connection finds him out,
 * again and again. */
static void a_man_in_the_middle_delays_and_never_learns_the_token(void **state)
{
    const struct bytes strangers[] = { est_pki.stranger_server.der, est_pki.stranger_root.der,
                                       est_pki.root.der };

    (void)state;
    tls_script.presented = strangers;
    device_run();
    for (int i = 0; i < 5; i++) {
        expect_resting(IMPRINT_BACKOFF, IMP_ERR_CHAIN_NO_ANCHOR);
        device_wait();
    }
    assert_false(tls_script_has_sent(0, "Authorization", 13));
    assert_int_equal(est_server.enroll_count, 0);
    tls_script.presented = est_pki.presented;
    assert_int_equal(device_wait(), IMPRINT_ENROLLED);
    assert_int_equal(device_status().attempts, 0);
}

static void a_server_under_another_name_is_refused_before_the_token_leaves(void **state)
{
    device_fresh(state);
    device_run();
    assert_int_equal(device_provision(), 0);
    assert_int_equal(imprint_set_server(device.imprint, "https://other.test:8443"), 0);
    assert_int_equal(imprint_enroll(device.imprint), 0);
    device_run();
    expect_resting(IMPRINT_BACKOFF, IMP_ERR_CHAIN_NAME);
    assert_false(tls_script_has_sent(0, "Authorization", 13));
}

static void every_wait_for_the_server_ends(void **state)
{
    (void)state;
    tls_script.connect_turns = TLS_SCRIPT_NEVER;
    device_run();
    expect_resting(IMPRINT_BACKOFF, IMP_ERR_TLS_TIMEOUT);
    begun(state);
    tls_script.answer = NULL;
    device_run();
    expect_resting(IMPRINT_BACKOFF, IMP_ERR_HTTP_TIMEOUT);
    begun(state);
    device_run_to(IMPRINT_ENROLL);
    tls_script.answer = NULL;
    device_run();
    expect_resting(IMPRINT_BACKOFF, IMP_ERR_HTTP_TIMEOUT);
    begun(state);
    device_run_to(IMPRINT_PROVE);
    tls_script.answer = NULL;
    device_run();
    expect_resting(IMPRINT_BACKOFF, IMP_ERR_HTTP_TIMEOUT);
}

/* --- What a verified server says -------------------------------------------------------------- */

static void a_refusal_by_the_authority_waits_for_a_person(void **state)
{
    static const struct {
        const char *name;
        imp_err_t err;
    } rows[] = {
        { "TOKEN_MISSING", IMP_ERR_EST_TOKEN_MISSING },
        { "TOKEN_UNKNOWN", IMP_ERR_EST_TOKEN_UNKNOWN },
        { "TOKEN_EXPIRED", IMP_ERR_EST_TOKEN_EXPIRED },
        { "TOKEN_EXHAUSTED", IMP_ERR_EST_TOKEN_EXHAUSTED },
        { "TOKEN_REVOKED", IMP_ERR_EST_TOKEN_REVOKED },
        { "CSR_INVALID", IMP_ERR_EST_CSR_INVALID },
        { "NAME_TAKEN", IMP_ERR_EST_NAME_TAKEN },
        { "KEY_KNOWN", IMP_ERR_EST_KEY_KNOWN },
        { "DEVICE_REVOKED", IMP_ERR_EST_DEVICE_REVOKED },
        { "ANYTHING_ELSE", IMP_ERR_EST_REFUSED },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char answer[200];
        snprintf(answer, sizeof answer,
                 "HTTP/1.1 403 Forbidden\r\nX-Request-Id: 00ff00ff00ff00ff\r\n"
                 "Imprint-Error: %s\r\n" NO_BODY,
                 rows[i].name);
        begun(state);
        est_server.enroll_answer = answer;
        device_run();
        expect_resting(IMPRINT_REJECTED, rows[i].err);
        assert_int_equal(device_status().foreign_code, 403);
        assert_string_equal(device_status().request_id, "00ff00ff00ff00ff");
        for (int turns = 0; turns < 100; turns++) {
            device_step();
        }
        assert_int_equal(est_server.enroll_count, 1);
    }
}

static void a_new_token_enrolls_the_same_key(void **state)
{
    (void)state;
    est_server.enroll_answer = "HTTP/1.1 403 x\r\nImprint-Error: TOKEN_EXPIRED\r\n" NO_BODY;
    device_run();
    expect_resting(IMPRINT_REJECTED, IMP_ERR_EST_TOKEN_EXPIRED);
    est_server.enroll_answer = NULL;
    assert_int_equal(imprint_set_token(device.imprint, "imp_another"), 0);
    assert_int_equal(imprint_enroll(device.imprint), 0);
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    assert_string_equal(est_server.authorization, "Bearer imp_another");
    assert_int_equal(est_server.key_count, 1);
    assert_int_equal(est_server.cacerts_count, 1);
}

static void another_name_enrolls_the_same_key(void **state)
{
    (void)state;
    est_server.enroll_answer = "HTTP/1.1 403 x\r\nImprint-Error: NAME_TAKEN\r\n" NO_BODY;
    device_run();
    expect_resting(IMPRINT_REJECTED, IMP_ERR_EST_NAME_TAKEN);
    est_server.enroll_answer = NULL;
    assert_int_equal(imprint_set_name(device.imprint, "unit-8"), 0);
    assert_int_equal(imprint_enroll(device.imprint), 0);
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    assert_string_equal(est_server.name, "unit-8");
    assert_int_equal(est_server.key_count, 1);
}

static void a_busy_server_is_asked_again_after_what_it_asked_for(void **state)
{
    static const struct {
        const char *answer;
        imp_err_t err;
        uint64_t least_ms;
    } rows[] = {
        { "HTTP/1.1 503 x\r\nRetry-After: 100\r\n" NO_BODY, IMP_ERR_EST_BUSY, 100000 },
        { "HTTP/1.1 429 x\r\nRetry-After: 7\r\n" NO_BODY, IMP_ERR_EST_BUSY, 7000 },
        { "HTTP/1.1 429 x\r\nRetry-After: 2147483647\r\n" NO_BODY, IMP_ERR_EST_BUSY,
          86400000 - CONFIG_BACKOFF_FIRST_MS },
        { "HTTP/1.1 500 x\r\n" NO_BODY, IMP_ERR_EST_SERVER, 0 },
        { "HTTP/1.1 301 x\r\nLocation: http://ca.test/\r\n" NO_BODY, IMP_ERR_HTTP_REDIRECT, 0 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begun(state);
        est_server.enroll_answer = rows[i].answer;
        device_run();
        expect_resting(IMPRINT_BACKOFF, rows[i].err);
        const uint64_t wait_ms = device_status().next_try_ms - device.now_ms;
        assert_in_range(wait_ms, rows[i].least_ms, rows[i].least_ms + CONFIG_BACKOFF_FIRST_MS);
        est_server.enroll_answer = NULL;
        assert_int_equal(device_wait(), IMPRINT_ENROLLED);
    }
}

/* --- Waiting for approval --------------------------------------------------------------------- */

static void an_accepted_request_waits_over_resets_with_its_key(void **state)
{
    (void)state;
    est_server.enroll_answer = "HTTP/1.1 202 Accepted\r\nRetry-After: 5\r\n" NO_BODY;
    device_run();
    for (int i = 0; i < 3; i++) {
        expect_resting(IMPRINT_WAITING, IMP_ERR_EST_PENDING);
        assert_true(device_status().next_try_ms >= device.now_ms + 5000);
        device_wait();
    }
    device_boot();
    device_run();
    expect_resting(IMPRINT_WAITING, IMP_ERR_EST_PENDING);
    est_server.enroll_answer = NULL;
    assert_int_equal(device_wait(), IMPRINT_ENROLLED);
    assert_int_equal(est_server.key_count, 1);
}

static void an_operator_may_ask_at_once_while_waiting(void **state)
{
    (void)state;
    est_server.enroll_answer = "HTTP/1.1 202 Accepted\r\nRetry-After: 3600\r\n"
                               "Date: Sat, 21 Nov 2026 02:00:00 GMT\r\n" NO_BODY;
    device_run();
    expect_resting(IMPRINT_WAITING, IMP_ERR_EST_PENDING);
    assert_true(device_status().has_estimate);
    est_server.enroll_answer = NULL;
    assert_int_equal(imprint_enroll(device.imprint), 0);
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    assert_true(device.now_ms < 3600000);
}

static void a_lost_answer_is_asked_for_again_with_the_same_key(void **state)
{
    (void)state;
    device_run_to(IMPRINT_ENROLL);
    tls_script.read_err = IMP_ERR_NET_RESET;
    est_server.enroll_answer = "HTTP/1.1 200 OK\r\n";
    device_run();
    expect_resting(IMPRINT_BACKOFF, IMP_ERR_NET_RESET);
    tls_script.read_err = 0;
    est_server.enroll_answer = NULL;
    assert_int_equal(device_wait(), IMPRINT_ENROLLED);
    assert_int_equal(est_server.enroll_count, 2);
    assert_int_equal(est_server.key_count, 1);
}

/* --- Attempts --------------------------------------------------------------------------------- */

static void attempts_are_counted_and_kept_over_resets_at_each_doubling(void **state)
{
    static const uint32_t kept[] = { 1, 2, 2, 4, 4, 4, 4, 8, 8 };

    for (uint32_t failures = 1; failures <= 9; failures++) {
        begun(state);
        tls_script.early_err = IMP_ERR_NET_REFUSED;
        device_run();
        for (uint32_t i = 1; i < failures; i++) {
            device_wait();
        }
        assert_int_equal(device_status().attempts, failures);
        device_boot();
        device_step();
        assert_int_equal(device_status().attempts, kept[failures - 1]);
    }
}

static void waits_grow_with_attempts_and_success_forgets_them(void **state)
{
    uint64_t longest_ms = 0;

    (void)state;
    tls_script.early_err = IMP_ERR_NET_REFUSED;
    device_run();
    for (int i = 0; i < 20; i++) {
        const uint64_t wait_ms = device_status().next_try_ms - device.now_ms;
        longest_ms = wait_ms > longest_ms ? wait_ms : longest_ms;
        assert_in_range(wait_ms, 0, CONFIG_BACKOFF_CAP_MS);
        device_wait();
    }
    assert_true(longest_ms > 60000);
    tls_script.early_err = 0;
    assert_int_equal(device_wait(), IMPRINT_ENROLLED);
    assert_int_equal(device_status().attempts, 0);
    device_boot();
    device_run();
    assert_int_equal(device_status().attempts, 0);
}

/* A committed identity is a success: the proof that is missing starts its own count. */
static void attempts_before_the_commit_do_not_slow_the_proof(void **state)
{
    (void)state;
    tls_script.early_err = IMP_ERR_NET_REFUSED;
    device_run();
    for (int i = 1; i < 9; i++) {
        device_wait();
    }
    tls_script.early_err = 0;
    est_server.whoami_answer = "HTTP/1.1 503 x\r\n" NO_BODY;
    assert_int_equal(device_wait(), IMPRINT_BACKOFF);
    assert_true(device_status().has_identity);
    assert_int_equal(device_status().attempts, 1);
}

#define TEST(name) cmocka_unit_test_setup(name, begun)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_failure_to_connect_parks_a_device),
        TEST(no_answer_to_cacerts_parks_a_device),
        TEST(a_wrong_pin_is_refused_before_the_token_leaves),
        TEST(a_man_in_the_middle_delays_and_never_learns_the_token),
        TEST(a_server_under_another_name_is_refused_before_the_token_leaves),
        TEST(every_wait_for_the_server_ends),
        TEST(a_refusal_by_the_authority_waits_for_a_person),
        TEST(a_new_token_enrolls_the_same_key),
        TEST(another_name_enrolls_the_same_key),
        TEST(a_busy_server_is_asked_again_after_what_it_asked_for),
        TEST(an_accepted_request_waits_over_resets_with_its_key),
        TEST(an_operator_may_ask_at_once_while_waiting),
        TEST(a_lost_answer_is_asked_for_again_with_the_same_key),
        TEST(attempts_are_counted_and_kept_over_resets_at_each_doubling),
        TEST(attempts_before_the_commit_do_not_slow_the_proof),
        TEST(waits_grow_with_attempts_and_success_forgets_them),
    };
    return cmocka_run_group_tests(tests, device_make, device_free);
}
