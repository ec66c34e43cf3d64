/* SPDX-License-Identifier: MIT
 * test_http1_field.c -- the header fields that we look at: RFC 9110's dates, Retry-After, types,
 * reasons. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/proto/http1.h"
#include "tests/support/totality.h"

/* The head of an answer with these header lines. */
static struct http1_head head_of(const char *fields)
{
    char text[1024];
    struct http1 http;
    size_t used;

    snprintf(text, sizeof text, "HTTP/1.1 503 Busy\r\n%sContent-Length: 0\r\n\r\n", fields);
    http1_start(&http, NULL, NULL);
    assert_int_equal(http1_feed(&http, bytes_of_text(text), &used), 0);
    assert_true(http1_head_is_complete(&http));
    return http.head;
}

/* --- Dates ------------------------------------------------------------------------------------ */

/* RFC 9110 5.6.7 (the first three), 8.8.2 and 10.2.3; epochs and leap days by `date -u -d`. */
static const struct {
    const char *text;
    int64_t seconds;
} dates[] = {
    { "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
    { "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
    { "Sun Nov  6 08:49:37 1994", 784111777 },
    { "Tue, 15 Nov 1994 12:45:26 GMT", 784903526 },
    { "Fri, 31 Dec 1999 23:59:59 GMT", 946684799 },
    { "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
    { "Tue, 29 Feb 2000 12:00:00 GMT", 951825600 },
    { "Tue, 19 Jan 2038 03:14:08 GMT", 2147483648 },
    { "Fri, 31 Dec 9999 23:59:59 GMT", 253402300799 },
    { "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800 },
    { "Saturday, 21-Nov-26 01:29:01 GMT", 1795224541 },
    { "Sat Nov 21 01:29:01 2026", 1795224541 },
};

static const char *const not_dates[] = {
    "",
    "0",
    "Sun, 06 Nov 1994 08:49:37",
    "Sun, 06 Nov 1994 08:49:37 UTC",
    "Sun, 06 Nov 1994 08:49:37 GMT ",
    " Sun, 06 Nov 1994 08:49:37 GMT",
    "sun, 06 nov 1994 08:49:37 gmt",
    "Sun, 6 Nov 1994 08:49:37 GMT",
    "Mon, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 94 08:49:37 GMT",
    "Sun, 06 Foo 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:00:00 GMT",
    "Sun, 06 Nov 1994 08:60:00 GMT",
    "Sun, 06 Nov 1994 08:49:61 GMT",
    "Sun, 06 Nov 1994 8:49:37 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT",
    "Thu, 31 Nov 1994 08:49:37 GMT",
    "Wed, 29 Feb 1995 08:49:37 GMT",
    "Thu, 29 Feb 1900 08:49:37 GMT",
    "Sun, -6 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-1994 08:49:37 GMT",
    "Sun Nov 6 08:49:37 1994",
    "1994-11-06T08:49:37Z",
};

static void dates_in_all_three_forms_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        int64_t seconds = -1;
        assert_int_equal(http1_parse_date(bytes_of_text(dates[i].text), &seconds), 0);
        assert_true(seconds == dates[i].seconds);
    }
}

static void other_dates_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof not_dates / sizeof not_dates[0]; i++) {
        int64_t seconds;
        if (http1_parse_date(bytes_of_text(not_dates[i]), &seconds) != IMP_ERR_HTTP_MALFORMED) {
            fail_msg("accepted: %s", not_dates[i]);
        }
    }
}

static void parse_date(struct bytes input, void *context)
{
    int64_t seconds;
    const imp_err_t err = http1_parse_date(input, &seconds);

    (void)context;
    assert_true(err == 0 || err == IMP_ERR_HTTP_MALFORMED);
}

static void any_date_has_a_verdict(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        totality_run(bytes_of_text(dates[i].text), parse_date, NULL);
    }
}

static void a_date_is_read_and_a_malformed_one_ignored(void **state)
{
    (void)state;
    struct http1_head head = head_of("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
    assert_true(head.has_date);
    assert_true(head.date == 784111777);
    head = head_of("Date: yesterday\r\n");
    assert_false(head.has_date);
}

/* --- Retry-After ------------------------------------------------------------------------------ */

#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

static const struct {
    const char *fields;
    bool has;
    uint32_t seconds;
} retries[] = {
    { "", false, 0 },
    { "Retry-After: 0\r\n", true, 0 },
    { "Retry-After: 120\r\n", true, 120 },
    { "Retry-After: 2147483647\r\n", true, 2147483647 },
    { "Retry-After: 2147483648\r\n", true, 2147483647 },
    { "Retry-After: 99999999999999999999999\r\n", true, 2147483647 },
    { "Retry-After: -1\r\n", false, 0 },
    { "Retry-After: 1.5\r\n", false, 0 },
    { "Retry-After: soon\r\n", false, 0 },
    { "Retry-After:\r\n", false, 0 },
    { DATE "Retry-After: Sun, 06 Nov 1994 08:50:37 GMT\r\n", true, 60 },
    { "Retry-After: Sun, 06 Nov 1994 08:50:37 GMT\r\n" DATE, true, 60 },
    { DATE "Retry-After: Sun, 06 Nov 1994 08:48:37 GMT\r\n", true, 0 },
    { DATE "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n", true, 2147483647 },
    { "Retry-After: Sun, 06 Nov 1994 08:50:37 GMT\r\n", false, 0 },
};

static void retry_after_is_seconds_or_a_date_after_date(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof retries / sizeof retries[0]; i++) {
        const struct http1_head head = head_of(retries[i].fields);
        assert_int_equal(head.has_retry_after, retries[i].has);
        assert_int_equal(head.retry_after_s, retries[i].seconds);
    }
}

/* --- Text ------------------------------------------------------------------------------------- */

static void a_content_type_is_its_media_type_in_lower_case(void **state)
{
    static const struct {
        const char *fields;
        const char *type;
    } types[] = {
        { "", "" },
        { "Content-Type: application/pkcs7-mime\r\n", "application/pkcs7-mime" },
        { "Content-Type: Application/PKCS7-MIME; smime-type=certs-only\r\n",
          "application/pkcs7-mime" },
        { "content-type:text/plain ;charset=utf-8\r\n", "text/plain" },
        { "Content-Type: not a type\r\n", "" },
        { "Content-Type: application/a-type-of-forty-characters-x\r\n", "" },
        { "Content-Type: application/type-of-thirty-nine-chars-x\r\n",
          "application/type-of-thirty-nine-chars-x" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        assert_string_equal(head_of(types[i].fields).content_type, types[i].type);
    }
}

static void the_reason_and_the_request_id_have_their_alphabets(void **state)
{
    (void)state;
    struct http1_head head = head_of("Imprint-Error: EST_TOKEN_EXPIRED\r\nX-Request-Id: 0aZ-9\r\n");
    assert_string_equal(head.error_name, "EST_TOKEN_EXPIRED");
    assert_string_equal(head.request_id, "0aZ-9");
    head = head_of("Imprint-Error: est_token\r\nX-Request-Id: a b\r\n");
    assert_string_equal(head.error_name, "");
    assert_string_equal(head.request_id, "");
    head = head_of("Imprint-Error: A23456789_123456789_123456789_1\r\n"
                   "X-Request-Id: 0123456789abcdef0123456789abcdef\r\n");
    assert_int_equal(strlen(head.error_name), sizeof head.error_name - 1);
    assert_int_equal(strlen(head.request_id), sizeof head.request_id - 1);
    head = head_of("Imprint-Error: A23456789_123456789_123456789_12\r\n"
                   "X-Request-Id: 0123456789abcdef0123456789abcdef0\r\n");
    assert_string_equal(head.error_name, "");
    assert_string_equal(head.request_id, "");
}

static void the_last_of_repeated_hints_counts(void **state)
{
    (void)state;
    assert_string_equal(head_of("X-Request-Id: 1\r\nX-Request-Id: 2\r\n").request_id, "2");
    assert_string_equal(head_of("X-Request-Id: 1\r\nX-Request-Id: !\r\n").request_id, "");
}

static void connection_and_version_say_whether_it_closes(void **state)
{
    struct http1 http;
    size_t used;

    (void)state;
    assert_false(head_of("").closes);
    assert_false(head_of("Connection: keep-alive\r\n").closes);
    assert_false(head_of("Connection: closed\r\n").closes);
    assert_true(head_of("Connection: Close\r\n").closes);
    assert_true(head_of("Connection: keep-alive , close\r\n").closes);
    assert_true(head_of("Connection: close,x\r\n").closes);
    assert_true(head_of("Connection: close\r\nConnection: x\r\n").closes);
    http1_start(&http, NULL, NULL);
    assert_int_equal(
        http1_feed(&http, bytes_of_text("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"), &used), 0);
    assert_true(http.head.closes);
}

static void the_content_transfer_encoding_is_read(void **state)
{
    (void)state;
    assert_true(head_of("Content-Transfer-Encoding: base64\r\n").is_base64);
    assert_true(head_of("Content-Transfer-Encoding: BASE64\r\n").is_base64);
    assert_false(head_of("Content-Transfer-Encoding: binary\r\n").is_base64);
    assert_false(head_of("").is_base64);
}

static void an_interim_answer_leaves_nothing_behind(void **state)
{
    static const char text[] =
        "HTTP/1.1 103 Early Hints\r\nRetry-After: 5\r\nDate: Sun, 06 Nov 1994 "
        "08:49:37 GMT\r\nX-Request-Id: 1\r\nConnection: close\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    struct http1 http;
    size_t used;

    (void)state;
    http1_start(&http, NULL, NULL);
    assert_int_equal(http1_feed(&http, bytes_of_text(text), &used), 0);
    assert_int_equal(http.head.status, 200);
    assert_false(http.head.has_retry_after || http.head.has_date || http.head.closes);
    assert_string_equal(http.head.request_id, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_in_all_three_forms_are_read),
        cmocka_unit_test(other_dates_are_refused),
        cmocka_unit_test(any_date_has_a_verdict),
        cmocka_unit_test(a_date_is_read_and_a_malformed_one_ignored),
        cmocka_unit_test(retry_after_is_seconds_or_a_date_after_date),
        cmocka_unit_test(a_content_type_is_its_media_type_in_lower_case),
        cmocka_unit_test(the_reason_and_the_request_id_have_their_alphabets),
        cmocka_unit_test(the_last_of_repeated_hints_counts),
        cmocka_unit_test(connection_and_version_say_whether_it_closes),
        cmocka_unit_test(the_content_transfer_encoding_is_read),
        cmocka_unit_test(an_interim_answer_leaves_nothing_behind),
    };

    return cmocka_run_group_tests_name("http1_field", tests, NULL, NULL);
}
