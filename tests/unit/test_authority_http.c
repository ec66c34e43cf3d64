/* SPDX-License-Identifier: MIT
 * test_authority_http.c -- the authority's reader of HTTP requests: strict, and never past its
 * input.
 *
 * needs: imprint-authority-parts */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host-sim/authority/http_request.h"

static enum refusal parse(const char *head, struct http_request *request)
{
    return http_request_parse(head, strlen(head), request);
}

static void a_request_is_read(void **state)
{
    struct http_request request;

    (void)state;
    assert_int_equal(parse("POST /a/b?c=d HTTP/1.1\r\nHost: x\r\nAUTHORIZATION:  Bearer t \r\n"
                           "content-type:application/pkcs10\r\nContent-Length: 12\r\n\r\n",
                           &request),
                     REFUSAL_NONE);
    assert_true(span_is(request.method, "POST"));
    assert_true(span_is(request.path, "/a/b"));
    assert_true(span_is(request.authorization, "Bearer t"));
    assert_true(span_is(request.content_type, "application/pkcs10"));
    assert_int_equal(request.body_bytes, 12);
    assert_true(request.has_length && request.keep_alive && !request.expect_continue);
}

static void connection_and_version_decide_what_comes_after(void **state)
{
    struct http_request request;

    (void)state;
    assert_int_equal(parse("GET / HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n\r\n", &request), 0);
    assert_false(request.keep_alive);
    assert_int_equal(parse("GET / HTTP/1.0\r\n\r\n", &request), REFUSAL_NONE);
    assert_false(request.keep_alive);
    assert_int_equal(parse("GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n", &request),
                     REFUSAL_NONE);
    assert_true(request.keep_alive && request.expect_continue);
}

static void ambiguous_requests_are_refused(void **state)
{
    static const char *const wrong[] = {
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.2\r\nHost: x\r\n\r\n",
        "GET / HTTP/2\r\nHost: x\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n",
        "G\x01T / HTTP/1.1\r\nHost: x\r\n\r\n",
        " GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1 \r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: \x7f\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: \xc3\xbc\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n",
    };
    struct http_request request;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (parse(wrong[i], &request) != REFUSAL_BAD_REQUEST) {
            fail_msg("accepted: %s", wrong[i]);
        }
    }
}

static void lengths_have_a_limit_and_no_overflow(void **state)
{
    struct http_request request;

    (void)state;
    assert_int_equal(parse("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 65536\r\n\r\n", &request),
                     REFUSAL_NONE);
    assert_int_equal(parse("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n", &request),
                     REFUSAL_BODY_TOO_LARGE);
    assert_int_equal(parse("POST / HTTP/1.1\r\nHost: x\r\n"
                           "Content-Length: 18446744073709551617\r\n\r\n",
                           &request),
                     REFUSAL_BODY_TOO_LARGE);
    assert_int_equal(
        parse("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", &request),
        REFUSAL_LENGTH_REQUIRED);
}

/* Under the sanitizers this finds any read past the end: each cut is in a block of its exact
 * size. */
static void every_cut_is_read_without_going_past_it(void **state)
{
    static const char whole[] = "POST /a?b HTTP/1.1\r\nHost: x\r\nAuthorization: Basic Zg==\r\n"
                                "Content-Length: 3\r\nConnection: close\r\n\r\n";
    struct http_request request;

    (void)state;
    for (size_t size = 0; size < sizeof whole; size++) {
        char *cut = malloc(size + (size == 0));

        assert_non_null(cut);
        memcpy(cut, whole, size);
        (void)http_request_parse(cut, size, &request);
        free(cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_read),
        cmocka_unit_test(connection_and_version_decide_what_comes_after),
        cmocka_unit_test(ambiguous_requests_are_refused),
        cmocka_unit_test(lengths_have_a_limit_and_no_overflow),
        cmocka_unit_test(every_cut_is_read_without_going_past_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
