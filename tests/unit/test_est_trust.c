/* SPDX-License-Identifier: MIT
 * test_est_trust.c -- TRUST finds exactly the pinned CA, and nothing of a stranger stays. */

/* needs: imprint_port crypto tests/support/est_phase.c tests/support/est_server.c */
/* needs: tests/support/tls_script.c tests/support/certs.c tests/support/port_hal.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/est_phase.h"
#include "tests/support/est_server.h"
#include "tests/support/tls_script.h"

static struct enrollment *const e = &est_phase.e;

static int32_t trust(void)
{
    return est_phase_run(est_method.trust);
}

static void expect_anchor(struct bytes der)
{
    assert_true(e->found.count > 0);
    assert_true(bytes_equal(e->found.at[0], der));
}

static bool has_found(struct bytes der)
{
    for (size_t i = 1; i < e->found.count; i++) {
        if (bytes_equal(e->found.at[i], der)) {
            return true;
        }
    }
    return false;
}

/* --- Where the pinned CA is found ------------------------------------------------------------- */

static void a_pinned_root_is_found_in_cacerts_with_the_issuers_below_it(void **state)
{
    (void)state;
    est_phase_pin(est_pki.root.der);
    assert_int_equal(trust(), 1);
    expect_anchor(est_pki.root.der);
    assert_int_equal(e->found.count, 3);
    assert_true(has_found(est_pki.device_ca.der));
    assert_true(has_found(est_pki.server_ca.der));
}

static void a_pinned_root_is_found_in_the_presented_chain(void **state)
{
    const struct bytes presented[] = { est_pki.server.der, est_pki.server_ca.der,
                                       est_pki.root.der };

    (void)state;
    tls_script.presented = presented;
    tls_script.presented_count = 3;
    est_phase_pin(est_pki.root.der);
    assert_int_equal(trust(), 1);
    expect_anchor(est_pki.root.der);
    assert_true(has_found(est_pki.device_ca.der));
}

static void a_pinned_intermediate_becomes_the_only_anchor(void **state)
{
    (void)state;
    est_phase_pin(est_pki.server_ca.der);
    assert_int_equal(trust(), 1);
    expect_anchor(est_pki.server_ca.der);
    assert_int_equal(e->found.count, 1); /* Neither its root nor its sister is below it. */
}

static void a_presented_anchor_needs_no_cacerts(void **state)
{
    static const char *const answers[] = {
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nAAAA",
        "HTTP/1.1 200 OK\r\nContent-Type: application/pkcs7-mime\r\nContent-Length: 4\r\n\r\nAAAA",
    };

    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        est_phase_reset(state);
        est_phase_pin(est_pki.server_ca.der);
        est_server.cacerts_answer = answers[i];
        assert_int_equal(trust(), 1);
        expect_anchor(est_pki.server_ca.der);
        assert_int_equal(e->found.count, 1);
    }
}

static void without_a_presented_anchor_the_answer_to_cacerts_decides(void **state)
{
    static const struct {
        const char *answer;
        imp_err_t err;
    } rows[] = {
        { "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", IMP_ERR_EST_NOT_FOUND },
        { "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", IMP_ERR_EST_SERVER },
        { "HTTP/1.1 301 Moved\r\nLocation: http://x/\r\nContent-Length: 0\r\n\r\n",
          IMP_ERR_HTTP_REDIRECT },
        { "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nAAAA",
          IMP_ERR_EST_CONTENT },
        { "HTTP/1.1 200 OK\r\nContent-Type: application/pkcs7-mime\r\nContent-Length: 4\r\n\r\n"
          "AAAA",
          IMP_ERR_PKCS7_MALFORMED },
        { "HTTP/1.1 200 OK\r\nContent-Type: application/pkcs7-mime\r\nContent-Length: 4\r\n\r\n"
          "#!AA",
          IMP_ERR_BASE64_MALFORMED },
        { "HTTP/1.1 200 OK\r\nContent-Type: application/pkcs7-mime\r\nContent-Length: 3\r\n\r\n"
          "AAA",
          IMP_ERR_BASE64_MALFORMED },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        est_phase_reset(state);
        est_phase_pin(est_pki.root.der);
        est_server.cacerts_answer = rows[i].answer;
        assert_int_equal(trust(), rows[i].err);
        assert_int_equal(e->found.count, 0);
    }
}

/* --- Refusals --------------------------------------------------------------------------------- */

static void a_pin_that_nobody_has_is_not_found(void **state)
{
    (void)state;
    est_phase_pin(est_pki.stranger_root.der);
    assert_int_equal(trust(), IMP_ERR_TRUST_PIN_NOT_FOUND);
    assert_int_equal(e->found.count, 0);
}

static void a_pin_that_differs_in_one_bit_is_not_found(void **state)
{
    for (size_t bit = 0; bit < 8 * sizeof est_phase.pin; bit += 37) {
        est_phase_reset(state);
        est_phase_pin(est_pki.root.der);
        est_phase.pin[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(trust(), IMP_ERR_TRUST_PIN_NOT_FOUND);
    }
}

static void the_pin_of_the_servers_own_certificate_is_refused_by_name(void **state)
{
    (void)state;
    est_phase_pin(est_pki.server.der);
    assert_int_equal(trust(), IMP_ERR_TRUST_PIN_IS_LEAF);
    assert_int_equal(tls_seen[0].sent_bytes, 0);
}

static void a_pinned_certificate_that_is_no_ca_is_no_anchor(void **state)
{
    static char text[8192];
    const struct bytes beside[] = { est_pki.server.der, est_pki.server_ca.der,
                                    est_pki.stranger_server.der };

    (void)state;
    est_certs_answer(&est_pki.stranger_server.der, 1, text, sizeof text);
    est_server.cacerts_answer = text;
    est_phase_pin(est_pki.stranger_server.der);
    assert_int_equal(trust(), IMP_ERR_TRUST_NOT_CA);
    est_phase_reset(state);
    tls_script.presented = beside;
    tls_script.presented_count = 3;
    est_phase_pin(est_pki.stranger_server.der);
    assert_int_equal(trust(), IMP_ERR_TRUST_NOT_CA);
}

static void a_presented_anchor_judges_the_presented_chain_at_once(void **state)
{
    struct cert expired = certs_make(&(struct cert_spec){
        .name = "old",
        .key_number = 120,
        .issuer = &est_pki.server_ca,
        .not_after = "20241201000000Z",
        .extensions = EST_SERVER_EXTENSIONS,
    });
    const struct {
        struct bytes leaf;
        const char *url;
        imp_err_t err;
    } rows[] = {
        { est_pki.server.der, "https://other.test", IMP_ERR_CHAIN_NAME },
        { est_pki.server.der, "https://10.0.2.2", IMP_ERR_CHAIN_NAME },
        { est_pki.stranger_server.der, EST_SERVER_URL, IMP_ERR_CHAIN_NO_ANCHOR },
        { expired.der, EST_SERVER_URL, IMP_ERR_CHAIN_EXPIRED },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct bytes presented[] = { rows[i].leaf, est_pki.server_ca.der };
        est_phase_reset(state);
        est_phase_url(rows[i].url);
        est_phase_pin(est_pki.server_ca.der);
        tls_script.presented = presented;
        assert_int_equal(trust(), rows[i].err);
        assert_int_equal(tls_seen[0].sent_bytes, 0);
    }
    certs_free(&expired);
}

static void an_empty_or_malformed_presented_chain_is_no_crash(void **state)
{
    static const uint8_t junk[] = { 0x30, 0x82, 0xFF, 0xFF, 0x00 };
    const struct bytes presented[] = { bytes_of(junk, sizeof junk) };

    (void)state;
    tls_script.presented_count = 0;
    est_phase_pin(est_pki.stranger_root.der);
    assert_int_equal(trust(), IMP_ERR_TRUST_PIN_NOT_FOUND);
    est_phase_reset(state);
    tls_script.presented = presented;
    tls_script.presented_count = 1;
    est_phase_pin(presented[0]);
    assert_int_equal(trust(), IMP_ERR_X509_MALFORMED);
}

/* --- What a stranger can put beside it -------------------------------------------------------- */

static void strangers_in_cacerts_are_not_kept(void **state)
{
    static char text[16384];
    const struct bytes mixed[] = { est_pki.stranger_ca.der, est_pki.device_ca.der,
                                   est_pki.stranger_root.der, est_pki.root.der,
                                   est_pki.stranger_server.der };

    (void)state;
    est_certs_answer(mixed, sizeof mixed / sizeof mixed[0], text, sizeof text);
    est_server.cacerts_answer = text;
    est_phase_pin(est_pki.root.der);
    assert_int_equal(trust(), 1);
    expect_anchor(est_pki.root.der);
    assert_int_equal(e->found.count, 2);
    assert_true(has_found(est_pki.device_ca.der));
}

static void at_most_three_issuers_are_kept(void **state)
{
    static char text[16384];
    struct cert more[4];
    struct bytes all[5] = { est_pki.root.der };

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        more[i] = certs_make(&(struct cert_spec){
            .name = "one more CA",
            .key_number = 121 + i,
            .issuer = &est_pki.root,
            .extensions = EST_CA_EXTENSIONS,
        });
        all[1 + i] = more[i].der;
    }
    est_certs_answer(all, 5, text, sizeof text);
    est_server.cacerts_answer = text;
    est_phase_pin(est_pki.root.der);
    assert_int_equal(trust(), 1);
    assert_int_equal(e->found.count, 1 + CONFIG_ISSUERS_MAX);
    for (unsigned i = 0; i < 4; i++) {
        certs_free(&more[i]);
    }
}

/* The anchor is public: a stranger may hand it out. What he can't do is pass the next
 * connection. */
static void a_stranger_who_knows_our_root_is_refused_on_the_next_connection(void **state)
{
    const struct bytes presented[] = { est_pki.stranger_server.der, est_pki.stranger_root.der };

    (void)state;
    tls_script.presented = presented;
    est_phase_pin(est_pki.root.der);
    assert_int_equal(trust(), 1);
    est_method.stop(e);
    est_phase_anchor(e->found.at[0]);
    assert_int_equal(est_phase_enroll(), IMP_ERR_CHAIN_NO_ANCHOR);
    assert_int_equal(tls_seen_count, 2);
    assert_int_equal(tls_seen[1].sent_bytes, 0);
    assert_false(e->is_verified);
}

/* --- What TRUST sends and believes ------------------------------------------------------------ */

static void trust_sends_one_request_without_anything_secret(void **state)
{
    static const char request[] = "GET /.well-known/est/cacerts HTTP/1.1\r\n"
                                  "Host: ca.test:8443\r\n\r\n";

    (void)state;
    est_phase_pin(est_pki.root.der);
    assert_int_equal(trust(), 1);
    assert_int_equal(tls_seen_count, 1);
    assert_int_equal(tls_seen[0].sent_bytes, sizeof request - 1);
    assert_memory_equal(tls_seen[0].sent, request, sizeof request - 1);
    assert_int_equal(tls_seen[0].chain_bytes, 0);
    est_method.stop(e);
    assert_false(tls_seen[0].is_open);
}

static void the_date_of_an_unverified_answer_is_not_believed(void **state)
{
    (void)state;
    est_server.headers = "Date: Thu, 01 Jan 2099 00:00:00 GMT\r\n";
    est_phase_pin(est_pki.root.der);
    assert_int_equal(trust(), 1);
    assert_false(e->has_date);
    assert_false(e->is_verified);
}

static void the_retry_after_of_an_unverified_answer_is_not_obeyed(void **state)
{
    (void)state;
    est_server.cacerts_answer =
        "HTTP/1.1 503 Busy\r\nRetry-After: 86400\r\nContent-Length: 0\r\n\r\n";
    est_phase_pin(est_pki.root.der);
    assert_int_equal(trust(), IMP_ERR_EST_BUSY);
    assert_int_equal(e->retry_after_s, 0);
}

static void an_anchor_without_room_for_the_request_is_too_large(void **state)
{
    (void)state;
    est_phase_pin(est_pki.server_ca.der);
    e->work_bytes = est_pki.server_ca.der.len + 1280;
    assert_int_equal(trust(), IMP_ERR_X509_TOO_LARGE);
}

#define TEST(name) cmocka_unit_test_setup(name, est_phase_reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_pinned_root_is_found_in_cacerts_with_the_issuers_below_it),
        TEST(a_pinned_root_is_found_in_the_presented_chain),
        TEST(a_pinned_intermediate_becomes_the_only_anchor),
        TEST(a_presented_anchor_needs_no_cacerts),
        TEST(without_a_presented_anchor_the_answer_to_cacerts_decides),
        TEST(a_pin_that_nobody_has_is_not_found),
        TEST(a_pin_that_differs_in_one_bit_is_not_found),
        TEST(the_pin_of_the_servers_own_certificate_is_refused_by_name),
        TEST(a_pinned_certificate_that_is_no_ca_is_no_anchor),
        TEST(a_presented_anchor_judges_the_presented_chain_at_once),
        TEST(an_empty_or_malformed_presented_chain_is_no_crash),
        TEST(strangers_in_cacerts_are_not_kept),
        TEST(at_most_three_issuers_are_kept),
        TEST(a_stranger_who_knows_our_root_is_refused_on_the_next_connection),
        TEST(trust_sends_one_request_without_anything_secret),
        TEST(the_date_of_an_unverified_answer_is_not_believed),
        TEST(the_retry_after_of_an_unverified_answer_is_not_obeyed),
        TEST(an_anchor_without_room_for_the_request_is_too_large),
    };
    return cmocka_run_group_tests(tests, est_phase_make, est_phase_free);
}
