/* SPDX-License-Identifier: MIT
 * test_est.c -- what the est method sends, byte by byte, and what each answer means. */

/* needs: imprint_port crypto tests/support/est_phase.c tests/support/est_server.c */
/* needs: tests/support/tls_script.c tests/support/certs.c tests/support/port_hal.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/text.h"
#include "tests/support/est_phase.h"
#include "tests/support/est_server.h"
#include "tests/support/tls_script.h"

#define TEN "0123456789"

static struct enrollment *const e = &est_phase.e;

static int verified(void **state)
{
    est_phase_reset(state);
    est_phase_anchor(est_pki.root.der);
    return 0;
}

static bool contains(const void *in, size_t in_len, const char *text)
{
    const size_t len = strlen(text);

    for (size_t at = 0; at + len <= in_len; at++) {
        if (memcmp((const uint8_t *)in + at, text, len) == 0) {
            return true;
        }
    }
    return false;
}

/* What was written on the first connection begins like this; returns what follows. */
static const char *expect_sent(const char *beginning)
{
    static char sent[TLS_SEEN_SENT_BYTES + 1];

    memcpy(sent, tls_seen[0].sent, tls_seen[0].sent_bytes);
    sent[tls_seen[0].sent_bytes] = '\0';
    if (strncmp(sent, beginning, strlen(beginning)) != 0) {
        fail_msg("sent was:\n%s", sent);
    }
    return sent + strlen(beginning);
}

/* --- Requests --------------------------------------------------------------------------------- */

static void the_enrollment_request_is_exactly_this(void **state)
{
    char tail[600];
    char base64[BASE64_CHARS(CONFIG_CSR_BYTES_MAX) + 1];

    (void)state;
    assert_int_equal(est_phase_enroll(), 1);
    base64[base64_encode(e->csr, base64)] = '\0';
    snprintf(tail, sizeof tail, "Content-Length: %zu\r\n\r\n%s", strlen(base64), base64);
    const char *rest = expect_sent("POST /.well-known/est/simpleenroll HTTP/1.1\r\n"
                                   "Host: ca.test:8443\r\n"
                                   "Authorization: Bearer imp_token-of-the-test\r\n"
                                   "Content-Type: application/pkcs10\r\n"
                                   "Content-Transfer-Encoding: base64\r\n");
    assert_string_equal(rest, tail);
    assert_true(est_server.csr_is_valid);
    assert_string_equal(est_server.name, "unit-1");
}

static void a_token_with_a_colon_goes_as_basic(void **state)
{
    (void)state;
    e->token = bytes_of_text("Aladdin:open sesame"); /* RFC 7617 section 2. */
    assert_int_equal(est_phase_enroll(), 1);
    assert_string_equal(est_server.authorization, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

static void host_and_path_follow_the_url(void **state)
{
    static const struct {
        const char *url;
        const char *beginning;
    } rows[] = {
        { "https://ca.test", "POST /.well-known/est/simpleenroll HTTP/1.1\r\nHost: ca.test\r\n" },
        { "https://ca.test:443",
          "POST /.well-known/est/simpleenroll HTTP/1.1\r\nHost: ca.test\r\n" },
        { "https://CA.test:444/lab/est/",
          "POST /lab/est/simpleenroll HTTP/1.1\r\nHost: ca.test:444\r\n" },
        { "https://ca.test/.well-known/est/line-2",
          "POST /.well-known/est/line-2/simpleenroll HTTP/1.1\r\nHost: ca.test\r\n" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        verified(state);
        est_phase_url(rows[i].url);
        assert_int_equal(est_phase_enroll(), 1);
        expect_sent(rows[i].beginning);
        assert_int_equal(tls_seen[0].port, est_phase.server.port);
    }
}

static void the_longest_of_everything_fits_the_request(void **state)
{
    uint8_t csr[CONFIG_CSR_BYTES_MAX] = { 0 };
    char token[CONFIG_TOKEN_CHARS_MAX];

    (void)state;
    assert_int_equal(est_phase_run(est_method.connect), 1);
    memset(est_phase.server.host, 'h', CONFIG_HOST_CHARS_MAX);
    memset(est_phase.server.path, 'p', CONFIG_PATH_CHARS_MAX);
    est_phase.server.path[0] = '/';
    est_phase.server.port = 65535;
    memset(token, ':', sizeof token);
    e->token = bytes_of(token, sizeof token);
    e->csr = bytes_of(csr, sizeof csr);
    tls_script.answer = NULL;
    tls_script.read_err = IMP_ERR_NET_CLOSED;
    assert_int_equal(est_phase_run(est_method.enroll), IMP_ERR_HTTP_TRUNCATED);
    const size_t body = BASE64_CHARS(CONFIG_CSR_BYTES_MAX);
    assert_memory_equal(tls_seen[0].sent + tls_seen[0].sent_bytes - body, "AAAA", 4);
}

static void whoami_identifies_the_device_and_sends_no_secret(void **state)
{
    (void)state;
    est_phase_url("https://ca.test/lab");
    e->chain = bytes_of("chain", 5);
    assert_int_equal(est_phase_run(est_method.prove), IMP_ERR_EST_CLIENT_CERT_MISSING);
    expect_sent("GET /.well-known/imprint/whoami HTTP/1.1\r\nHost: ca.test\r\n\r\n");
    assert_memory_equal(tls_seen[0].chain, "chain", 5);
    assert_false(contains(tls_seen[0].sent, tls_seen[0].sent_bytes, EST_PHASE_TOKEN));
}

/* --- Where the token is ----------------------------------------------------------------------- */

static void nothing_is_sent_before_the_server_is_verified(void **state)
{
    const struct bytes strangers[] = { est_pki.stranger_server.der, est_pki.stranger_root.der };

    (void)state;
    tls_script.presented = strangers;
    assert_int_equal(est_phase_enroll(), IMP_ERR_CHAIN_NO_ANCHOR);
    verified(state);
    est_phase_url("https://10.0.2.2:8443");
    assert_int_equal(est_phase_enroll(), IMP_ERR_CHAIN_NAME);
    verified(state);
    tls_script.late_err = IMP_ERR_TLS_SIGNATURE;
    assert_int_equal(est_phase_enroll(), IMP_ERR_TLS_SIGNATURE);
    assert_int_equal(tls_seen_count, 1);
    assert_int_equal(tls_seen[0].sent_bytes, 0);
}

static void the_token_is_wiped_when_the_phase_stops(void **state)
{
    static const char *const answers[] = { NULL, "HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n" };

    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        verified(state);
        est_server.enroll_answer = answers[i];
        est_phase_enroll();
        est_method.stop(e);
        assert_false(contains(est_phase.work, sizeof est_phase.work, EST_PHASE_TOKEN));
        assert_false(tls_seen[0].is_open);
    }
}

static void a_basic_token_is_wiped_too(void **state)
{
    (void)state;
    e->token = bytes_of_text("u:secretsecret");
    assert_int_equal(est_phase_enroll(), 1);
    assert_true(contains(est_phase.work, sizeof est_phase.work, "dTpzZWNyZXRzZWNyZXQ="));
    est_method.stop(e);
    assert_false(contains(est_phase.work, sizeof est_phase.work, "dTpzZWNyZXRzZWNyZXQ"));
}

/* --- Answers that refuse ---------------------------------------------------------------------- */

static imp_err_t enroll_answered(int status, const char *headers)
{
    char answer[400];

    verified(NULL);
    snprintf(answer, sizeof answer,
             "HTTP/1.1 %d x\r\n%sContent-Length: 4\r\n"
             "Content-Type: application/pkcs7-mime\r\n\r\nno\r\n",
             status, headers);
    est_server.enroll_answer = answer;
    return est_phase_enroll();
}

/* What a status means by itself, where the reason beside it says nothing that an operator could act
 * on; 0: there the reason must have an error of its own. */
static imp_err_t error_of_status(int status)
{
    switch (status) {
    case 202:
        return IMP_ERR_EST_PENDING;
    case 408:
        return IMP_ERR_HTTP_TIMEOUT;
    case 429:
    case 503:
        return IMP_ERR_EST_BUSY;
    case 405:
    case 411:
    case 413:
    case 415:
    case 431:
        return IMP_ERR_EST_REFUSED;
    default:
        return status >= 500 ? IMP_ERR_EST_SERVER : 0;
    }
}

/* The authority's own list, read from there. */
static void each_of_the_authoritys_refusals_has_its_error(void **state)
{
    static const struct {
        const char *name;
        int status;
    } refusals[] = {
#define REFUSAL(name, status, sentence) { #name, status },
#include "host-sim/authority/refusal.def"
#undef REFUSAL
    };

    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        char header[80];
        char name[80];
        snprintf(header, sizeof header, "Imprint-Error: %s\r\n", refusals[i].name);
        const int chars = snprintf(name, sizeof name, "EST_%s", refusals[i].name);
        imp_err_t expected = error_of_status(refusals[i].status);
        if (strcmp(refusals[i].name, "BAD_REQUEST") == 0) {
            expected = IMP_ERR_EST_REFUSED; /* We sent what is no HTTP: nobody can act on that. */
        }
        expected = expected ? expected : imprint_err_by_name(name, (uint32_t)chars);
        if (expected == 0) {
            fail_msg("%s: the device has no name for it", refusals[i].name);
        }
        const imp_err_t err = enroll_answered(refusals[i].status, header);
        if (err != expected) {
            fail_msg("%s: read as %s", refusals[i].name, imprint_err_name(err));
        }
        assert_int_equal(e->foreign_code, refusals[i].status);
    }
}

static void a_status_without_a_name_has_its_error(void **state)
{
    static const struct {
        int status;
        imp_err_t err;
    } rows[] = {
        { 201, IMP_ERR_EST_SERVER },       { 202, IMP_ERR_EST_PENDING },
        { 299, IMP_ERR_EST_SERVER },       { 301, IMP_ERR_HTTP_REDIRECT },
        { 307, IMP_ERR_HTTP_REDIRECT },    { 400, IMP_ERR_EST_REFUSED },
        { 401, IMP_ERR_EST_UNAUTHORIZED }, { 403, IMP_ERR_EST_REFUSED },
        { 404, IMP_ERR_EST_NOT_FOUND },    { 408, IMP_ERR_HTTP_TIMEOUT },
        { 429, IMP_ERR_EST_BUSY },         { 500, IMP_ERR_EST_SERVER },
        { 503, IMP_ERR_EST_BUSY },         { 599, IMP_ERR_EST_SERVER },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const imp_err_t err = enroll_answered(rows[i].status, "");
        if (err != rows[i].err) {
            fail_msg("%d: read as %s", rows[i].status, imprint_err_name(err));
        }
    }
}

/* A reason counts only beside a status that refuses: a server that fails must not park a device. */
static void a_name_beside_a_status_that_does_not_refuse_counts_nothing(void **state)
{
    static const char header[] = "Imprint-Error: TOKEN_REVOKED\r\n";

    (void)state;
    assert_int_equal(enroll_answered(500, header), IMP_ERR_EST_SERVER);
    assert_int_equal(enroll_answered(503, header), IMP_ERR_EST_BUSY);
    assert_int_equal(enroll_answered(429, header), IMP_ERR_EST_BUSY);
    assert_int_equal(enroll_answered(302, header), IMP_ERR_HTTP_REDIRECT);
    assert_int_equal(enroll_answered(202, header), IMP_ERR_EST_PENDING);
    assert_int_equal(enroll_answered(403, "Imprint-Error: NO_SUCH_REASON\r\n"),
                     IMP_ERR_EST_REFUSED);
}

static void retry_after_is_taken_from_any_status(void **state)
{
    static const int statuses[] = { 202, 429, 503 };

    (void)state;
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        assert_true(enroll_answered(statuses[i], "Retry-After: 77\r\n") < 0);
        assert_int_equal(e->retry_after_s, 77);
        assert_true(enroll_answered(statuses[i], "") < 0);
        assert_int_equal(e->retry_after_s, 0);
    }
    assert_true(enroll_answered(503, "Retry-After: 99999999999999999999\r\n") < 0);
    assert_true(e->retry_after_s == 0 || e->retry_after_s >= 86400);
}

/* --- Answers that bring something ------------------------------------------------------------- */

static void the_issued_certificate_is_found(void **state)
{
    (void)state;
    assert_int_equal(est_phase_enroll(), 1);
    assert_int_equal(e->found.count, 1);
    assert_int_equal(e->foreign_code, 0);
    verified(state);
    est_server.fault = EST_WITH_CHAIN;
    assert_int_equal(est_phase_enroll(), 1);
    assert_int_equal(e->found.count, 3);
}

static void the_answers_date_and_request_id_are_kept(void **state)
{
    (void)state;
    est_server.headers =
        "Date: Sat, 21 Nov 2026 02:00:00 GMT\r\nX-Request-Id: 0123456789abcdef\r\n";
    assert_int_equal(est_phase_enroll(), 1);
    assert_true(e->has_date);
    assert_int_equal(e->date, 1795226400);
    assert_string_equal(e->request_id, "0123456789abcdef");
    const struct imprint_trace_entry *last = &est_phase.trace.ring[est_phase.trace.next - 1];
    assert_int_equal(last->kind, IMPRINT_TRACE_REQUEST_ID);
    assert_int_equal((uint32_t)last->value, 0x01234567);
    assert_int_equal((uint32_t)last->extra, 0x89ABCDEF);
}

static void an_answer_that_is_not_certificates_is_named(void **state)
{
    static const struct {
        const char *answer;
        imp_err_t err;
    } rows[] = {
        { "HTTP/1.1 200 OK\r\nContent-Type: application/pkix-cert\r\nContent-Length: 4\r\n\r\nAAAA",
          IMP_ERR_EST_CONTENT },
        { "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nAAAA", IMP_ERR_EST_CONTENT },
        { "HTTP/1.1 200 OK\r\nContent-Type: application/pkcs7-mime\r\nContent-Length: 8\r\n\r\n"
          "AA=A====",
          IMP_ERR_BASE64_MALFORMED },
        { "HTTP/1.1 200 OK\r\nContent-Type: application/pkcs7-mime\r\nContent-Length: 5\r\n\r\n"
          "AAAAA",
          IMP_ERR_BASE64_MALFORMED },
        { "HTTP/1.1 200 OK\r\nContent-Type: application/pkcs7-mime\r\nContent-Length: 0\r\n\r\n",
          IMP_ERR_PKCS7_MALFORMED },
        { "HTTP/1.1 200 OK\r\nContent-Type: application/pkcs7-mime\r\n"
          "Content-Length: 16385\r\n\r\n",
          IMP_ERR_HTTP_BODY_TOO_LARGE },
        { "HTTP/2 200\r\n\r\n", IMP_ERR_HTTP_VERSION },
        { "<html>\r\n", IMP_ERR_HTTP_MALFORMED },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        verified(state);
        est_server.enroll_answer = rows[i].answer;
        const imp_err_t err = est_phase_enroll();
        if (err != rows[i].err) {
            fail_msg("%s: read as %s", rows[i].answer, imprint_err_name(err));
        }
    }
}

static void an_answer_that_ends_early_is_truncated_at_every_byte(void **state)
{
    static char whole[8192];
    static char cut[8192];

    verified(state);
    est_certs_answer(&est_pki.device_ca.der, 1, whole, sizeof whole);
    for (size_t len = 0; len < strlen(whole); len += 13) {
        verified(state);
        memcpy(cut, whole, len);
        cut[len] = '\0';
        est_server.enroll_answer = cut;
        tls_script.read_err = IMP_ERR_NET_CLOSED;
        tls_script.read_bytes = 100;
        assert_int_equal(est_phase_enroll(), IMP_ERR_HTTP_TRUNCATED);
    }
}

/* More than the memory behind the request holds: refused, nothing written past it. */
static void a_body_that_does_not_fit_the_work_memory_is_too_large(void **state)
{
    static char text[32 * 1024];
    struct bytes certs[6];

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        certs[i] = est_pki.device_ca.der;
    }
    est_certs_answer(certs, 6, text, sizeof text);
    est_server.enroll_answer = text;
    e->work_bytes = 1280 + 512;
    assert_int_equal(est_phase_enroll(), IMP_ERR_HTTP_BODY_TOO_LARGE);
    for (size_t i = e->work_bytes; i < sizeof est_phase.work; i++) {
        assert_int_equal(est_phase.work[i], 0);
    }
}

/* --- PROVE ------------------------------------------------------------------------------------ */

static void the_proof_is_the_answer_to_whoami(void **state)
{
    static const struct {
        const char *answer;
        int32_t result;
    } rows[] = {
        { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 1 },
        { "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", 1 }, /* A foreign EST server. */
        { "HTTP/1.1 404 No\r\nImprint-Error: NOT_FOUND\r\nContent-Length: 0\r\n\r\n",
          IMP_ERR_EST_NOT_FOUND },
        { "HTTP/1.1 403 No\r\nImprint-Error: DEVICE_REVOKED\r\nContent-Length: 0\r\n\r\n",
          IMP_ERR_EST_DEVICE_REVOKED },
        { "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", IMP_ERR_EST_REFUSED },
        { "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", IMP_ERR_EST_SERVER },
        { "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", IMP_ERR_EST_BUSY },
        { "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", IMP_ERR_HTTP_REDIRECT },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        verified(state);
        est_server.whoami_answer = rows[i].answer;
        e->chain = bytes_of("chain", 5);
        assert_int_equal(est_phase_run(est_method.prove), rows[i].result);
    }
}

/* A server that answers without asking who we are has proved nothing. */
static void a_server_that_does_not_ask_for_the_certificate_is_no_proof(void **state)
{
    (void)state;
    e->chain = bytes_of("chain", 5);
    tls_script.asks_nobody = true;
    est_server.whoami_answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    assert_int_equal(est_phase_run(est_method.prove), IMP_ERR_EST_NO_PROOF);
    assert_int_equal(tls_seen[0].sent_bytes, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, verified)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_enrollment_request_is_exactly_this),
        TEST(a_token_with_a_colon_goes_as_basic),
        TEST(host_and_path_follow_the_url),
        TEST(the_longest_of_everything_fits_the_request),
        TEST(whoami_identifies_the_device_and_sends_no_secret),
        TEST(nothing_is_sent_before_the_server_is_verified),
        TEST(the_token_is_wiped_when_the_phase_stops),
        TEST(a_basic_token_is_wiped_too),
        TEST(each_of_the_authoritys_refusals_has_its_error),
        TEST(a_status_without_a_name_has_its_error),
        TEST(a_name_beside_a_status_that_does_not_refuse_counts_nothing),
        TEST(retry_after_is_taken_from_any_status),
        TEST(the_issued_certificate_is_found),
        TEST(the_answers_date_and_request_id_are_kept),
        TEST(an_answer_that_is_not_certificates_is_named),
        TEST(an_answer_that_ends_early_is_truncated_at_every_byte),
        TEST(a_body_that_does_not_fit_the_work_memory_is_too_large),
        TEST(the_proof_is_the_answer_to_whoami),
        TEST(a_server_that_does_not_ask_for_the_certificate_is_no_proof),
    };
    return cmocka_run_group_tests(tests, est_phase_make, est_phase_free);
}
