/* SPDX-License-Identifier: MIT
 * test_exchange.c -- one HTTPS connection: every wait ends with its own name, every step is
 * bounded. */

/* needs: tests/support/tls_script.c tests/support/assert_fails.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/config.h"
#include "firmware/methods/exchange.h"
#include "tests/support/tls_script.h"

#define REQUEST "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"
#define HEAD    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"

static struct {
    char text[64];
    size_t len;
    imp_err_t err; /* What taking a piece returns. */
} body;

static imp_err_t verdict_err;
static struct exchange exchange;

static imp_err_t verdict(void *context, const struct bytes *certs, size_t count)
{
    (void)context;
    (void)certs;
    (void)count;
    return verdict_err;
}

static imp_err_t take_body(void *context, struct bytes piece)
{
    assert_ptr_equal(context, &body);
    if (body.len + piece.len <= sizeof body.text) {
        memcpy(body.text + body.len, piece.data, piece.len);
    }
    body.len += piece.len;
    return body.err;
}

static int fresh(void **state)
{
    (void)state;
    tls_script_reset();
    memset(&body, 0, sizeof body);
    memset(&exchange, 0, sizeof exchange);
    verdict_err = 0;
    return 0;
}

static void begin(uint64_t now_ms)
{
    const struct tls_params params = { .host = "ca.test", .port = 8443, .verdict = verdict };

    exchange_start(&exchange, &params, now_ms);
}

static void connect_now(uint64_t now_ms)
{
    begin(now_ms);
    assert_int_equal(exchange_connect(&exchange, now_ms), 0);
    assert_int_equal(exchange_connect(&exchange, now_ms), 1);
}

static void ask(uint64_t now_ms)
{
    connect_now(now_ms);
    exchange_ask(&exchange, bytes_of_text(REQUEST), take_body, &body, now_ms);
}

/* The connection is over, and closed. */
static void expect_over(int32_t result, imp_err_t err)
{
    assert_int_equal(result, err);
    assert_int_equal(exchange.phase, EXCHANGE_IDLE);
    assert_null(exchange.stream);
    if (tls_seen_count > 0) {
        assert_false(tls_seen[tls_seen_count - 1].is_open);
    }
}

/* --- Network and connection ------------------------------------------------------------------- */

static void starting_does_no_network_work(void **state)
{
    (void)state;
    begin(0);
    assert_int_equal(tls_seen_count, 0);
}

static void it_connects_where_it_was_told(void **state)
{
    (void)state;
    connect_now(0);
    assert_int_equal(tls_seen_count, 1);
    assert_string_equal(tls_seen[0].host, "ca.test");
    assert_int_equal(tls_seen[0].port, 8443);
    assert_int_equal(tls_seen[0].verdict_count, 1);
}

static void a_missing_network_is_waited_for_and_then_named(void **state)
{
    static const imp_err_t missing[] = { IMP_ERR_NET_NO_LINK, IMP_ERR_NET_NO_ADDRESS };

    for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++) {
        fresh(state);
        tls_script.open_err = missing[i];
        begin(100);
        assert_int_equal(exchange_connect(&exchange, 100), 0);
        assert_int_equal(exchange_connect(&exchange, 99 + CONFIG_NETWORK_LIMIT_MS), 0);
        expect_over(exchange_connect(&exchange, 100 + CONFIG_NETWORK_LIMIT_MS), missing[i]);
    }
}

static void the_network_may_come_up_late_and_the_connect_limit_begins_then(void **state)
{
    const uint64_t late_ms = CONFIG_NETWORK_LIMIT_MS - 1;

    (void)state;
    tls_script.open_err = IMP_ERR_NET_NO_ADDRESS;
    tls_script.connect_turns = TLS_SCRIPT_NEVER;
    begin(0);
    assert_int_equal(exchange_connect(&exchange, 0), 0);
    tls_script.open_err = 0;
    assert_int_equal(exchange_connect(&exchange, late_ms), 0);
    assert_int_equal(exchange_connect(&exchange, late_ms + CONFIG_CONNECT_LIMIT_MS - 1), 0);
    expect_over(exchange_connect(&exchange, late_ms + CONFIG_CONNECT_LIMIT_MS),
                IMP_ERR_TLS_TIMEOUT);
}

static void any_other_failure_to_open_ends_at_once(void **state)
{
    (void)state;
    tls_script.open_err = IMP_ERR_TLS_MEMORY;
    begin(0);
    expect_over(exchange_connect(&exchange, 0), IMP_ERR_TLS_MEMORY);
}

static void a_failed_handshake_keeps_its_name_and_its_foreign_code(void **state)
{
    static const imp_err_t errs[] = {
        IMP_ERR_NET_DNS,   IMP_ERR_NET_REFUSED, IMP_ERR_NET_RESET,
        IMP_ERR_TLS_ALERT, IMP_ERR_TLS_VERSION, IMP_ERR_TLS_SIGNATURE,
    };

    for (size_t i = 0; i < sizeof errs / sizeof errs[0]; i++) {
        fresh(state);
        tls_script.early_err = errs[i];
        tls_script.foreign_code = 40;
        begin(0);
        assert_int_equal(exchange_connect(&exchange, 0), 0);
        expect_over(exchange_connect(&exchange, 0), errs[i]);
        assert_int_equal(exchange.foreign_code, 40);
    }
}

static void a_refusing_verdict_ends_the_connection_with_its_error(void **state)
{
    (void)state;
    verdict_err = IMP_ERR_CHAIN_EXPIRED;
    begin(0);
    assert_int_equal(exchange_connect(&exchange, 0), 0);
    expect_over(exchange_connect(&exchange, 0), IMP_ERR_CHAIN_EXPIRED);
    assert_int_equal(tls_seen[0].sent_bytes, 0);
}

/* --- Request and answer ----------------------------------------------------------------------- */

static void a_request_goes_out_whole_and_its_answer_comes_in(void **state)
{
    (void)state;
    ask(0);
    tls_script_reply_text(HEAD "hello");
    assert_int_equal(exchange_answer(&exchange, 0), 1);
    assert_int_equal(exchange.http.head.status, 200);
    assert_int_equal(body.len, 5);
    assert_memory_equal(body.text, "hello", 5);
    assert_int_equal(tls_seen[0].sent_bytes, sizeof REQUEST - 1);
    assert_memory_equal(tls_seen[0].sent, REQUEST, sizeof REQUEST - 1);
    assert_true(tls_seen[0].is_open);
    exchange_stop(&exchange);
    assert_false(tls_seen[0].is_open);
}

static void a_slow_line_out_and_in_gives_the_same(void **state)
{
    (void)state;
    tls_script.write_bytes = 1;
    tls_script.write_turns = 3;
    tls_script.read_bytes = 1;
    ask(0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(exchange_answer(&exchange, 0), 0);
        assert_int_equal(tls_seen[0].sent_bytes, 0);
    }
    tls_script_reply_text(HEAD);
    tls_script_reply(NULL, 0);
    tls_script_reply_text("hello");
    int32_t result = 0;
    for (int turns = 0; result == 0 && turns < 20; turns++) {
        result = exchange_answer(&exchange, 0);
    }
    assert_int_equal(result, 1);
    assert_memory_equal(body.text, "hello", 5);
    assert_memory_equal(tls_seen[0].sent, REQUEST, sizeof REQUEST - 1);
}

static void an_answer_that_never_begins_ends_at_the_limit(void **state)
{
    (void)state;
    ask(1000);
    assert_int_equal(exchange_answer(&exchange, 1000), 0);
    assert_int_equal(exchange_answer(&exchange, 999 + CONFIG_ANSWER_LIMIT_MS), 0);
    expect_over(exchange_answer(&exchange, 1000 + CONFIG_ANSWER_LIMIT_MS), IMP_ERR_HTTP_TIMEOUT);
}

/* One byte a second keeps no connection open for ever: the limit is for the whole answer. */
static void an_answer_that_drips_ends_at_the_limit(void **state)
{
    uint64_t now_ms = 0;
    int32_t result = 0;

    (void)state;
    ask(0);
    for (; result == 0 && now_ms < 100000; now_ms += 1000) {
        tls_script_reply_text(now_ms == 0 ? "HTTP/1.1 200 OK\r\nX: " : "a");
        result = exchange_answer(&exchange, now_ms);
    }
    expect_over(result, IMP_ERR_HTTP_TIMEOUT);
    assert_int_equal(now_ms - 1000, CONFIG_ANSWER_LIMIT_MS);
}

static void a_request_that_nobody_takes_ends_at_the_limit(void **state)
{
    (void)state;
    tls_script.write_turns = TLS_SCRIPT_NEVER;
    ask(0);
    assert_int_equal(exchange_answer(&exchange, CONFIG_ANSWER_LIMIT_MS - 1), 0);
    expect_over(exchange_answer(&exchange, CONFIG_ANSWER_LIMIT_MS), IMP_ERR_HTTP_TIMEOUT);
}

static void an_answer_at_the_limit_is_still_taken(void **state)
{
    (void)state;
    ask(0);
    tls_script_reply_text(HEAD "hello");
    assert_int_equal(exchange_answer(&exchange, CONFIG_ANSWER_LIMIT_MS), 1);
}

/* A server that refuses a body early answers before it was all sent. */
static void an_answer_before_the_request_is_sent_counts(void **state)
{
    (void)state;
    tls_script.write_turns = TLS_SCRIPT_NEVER;
    ask(0);
    tls_script_reply_text("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
    assert_int_equal(exchange_answer(&exchange, 0), 1);
    assert_int_equal(exchange.http.head.status, 413);
}

static void the_end_of_the_stream_never_completes_an_answer(void **state)
{
    static const char *const beginnings[] = {
        "",
        "HTTP/1.1 2",
        "HTTP/1.1 200 OK\r\nContent-Le",
        HEAD,
        HEAD "hell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
    };

    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++) {
        fresh(state);
        ask(0);
        tls_script.read_err = IMP_ERR_NET_CLOSED;
        if (beginnings[i][0] != '\0') {
            tls_script_reply_text(beginnings[i]);
        }
        expect_over(exchange_answer(&exchange, 0), IMP_ERR_HTTP_TRUNCATED);
    }
}

static void a_complete_answer_is_one_even_when_the_stream_ends_with_it(void **state)
{
    (void)state;
    ask(0);
    tls_script.read_err = IMP_ERR_NET_CLOSED;
    tls_script_reply_text(HEAD "hello");
    assert_int_equal(exchange_answer(&exchange, 0), 1);
}

static void bytes_behind_the_answer_are_refused(void **state)
{
    (void)state;
    ask(0);
    tls_script_reply_text(HEAD "helloHTTP/1.1 200 OK\r\n");
    expect_over(exchange_answer(&exchange, 0), IMP_ERR_HTTP_MALFORMED);
}

static void a_broken_connection_keeps_its_name(void **state)
{
    static const imp_err_t errs[] = { IMP_ERR_NET_RESET, IMP_ERR_TLS_ALERT, IMP_ERR_TLS_RECORD };

    for (size_t i = 0; i < sizeof errs / sizeof errs[0]; i++) {
        fresh(state);
        ask(0);
        tls_script.read_err = errs[i];
        tls_script.foreign_code = -308;
        tls_script_reply_text(HEAD);
        expect_over(exchange_answer(&exchange, 0), errs[i]);
        assert_int_equal(exchange.foreign_code, -308);
        fresh(state);
        ask(0);
        tls_script.write_err = errs[i];
        expect_over(exchange_answer(&exchange, 0), errs[i]);
    }
}

static void garbage_is_not_an_answer(void **state)
{
    (void)state;
    ask(0);
    tls_script_reply_text("SSH-2.0-OpenSSH_9.2\r\n");
    expect_over(exchange_answer(&exchange, 0), IMP_ERR_HTTP_MALFORMED);
}

static void what_takes_the_body_may_refuse_it(void **state)
{
    (void)state;
    ask(0);
    body.err = IMP_ERR_BASE64_MALFORMED;
    tls_script_reply_text(HEAD "hello");
    expect_over(exchange_answer(&exchange, 0), IMP_ERR_BASE64_MALFORMED);
}

/* The main loop has other work: an endless answer is read in bounded steps, and ends by its
 * size. */
static void one_step_reads_a_bounded_number_of_times(void **state)
{
    unsigned steps = 0;
    int32_t result = 0;

    (void)state;
    ask(0);
    tls_script.is_endless = true;
    tls_script_reply_text("HTTP/1.1 200 OK\r\nContent-Length: 16384\r\n\r\n");
    while (result == 0) {
        const unsigned before = tls_seen[0].read_count;
        result = exchange_answer(&exchange, 0);
        assert_in_range(tls_seen[0].read_count - before, 1, 16);
        steps++;
    }
    assert_true(steps > 2);
    assert_int_equal(result, 1);
    fresh(state);
    ask(0);
    tls_script.is_endless = true;
    tls_script_reply_text("HTTP/1.1 200 OK\r\nContent-Length: 16385\r\n\r\n");
    expect_over(exchange_answer(&exchange, 0), IMP_ERR_HTTP_BODY_TOO_LARGE);
}

static void stopping_is_allowed_in_every_phase_and_twice(void **state)
{
    exchange_stop(&exchange);
    begin(0);
    exchange_stop(&exchange);
    fresh(state);
    tls_script.connect_turns = TLS_SCRIPT_NEVER;
    begin(0);
    assert_int_equal(exchange_connect(&exchange, 0), 0);
    exchange_stop(&exchange);
    assert_false(tls_seen[0].is_open);
    fresh(state);
    ask(0);
    exchange_stop(&exchange);
    exchange_stop(&exchange);
    assert_false(tls_seen[0].is_open);
    assert_int_equal(exchange.request.len, 0);
}

static void calls_out_of_order_are_our_mistake(void **state)
{
    (void)state;
    expect_assert_failure(exchange_connect(&exchange, 0));
    expect_assert_failure(exchange_answer(&exchange, 0));
    expect_assert_failure(exchange_ask(&exchange, bytes_of_text(REQUEST), take_body, &body, 0));
    begin(0);
    expect_assert_failure(begin(0));
}

#define TEST(name) cmocka_unit_test_setup(name, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(starting_does_no_network_work),
        TEST(it_connects_where_it_was_told),
        TEST(a_missing_network_is_waited_for_and_then_named),
        TEST(the_network_may_come_up_late_and_the_connect_limit_begins_then),
        TEST(any_other_failure_to_open_ends_at_once),
        TEST(a_failed_handshake_keeps_its_name_and_its_foreign_code),
        TEST(a_refusing_verdict_ends_the_connection_with_its_error),
        TEST(a_request_goes_out_whole_and_its_answer_comes_in),
        TEST(a_slow_line_out_and_in_gives_the_same),
        TEST(an_answer_that_never_begins_ends_at_the_limit),
        TEST(an_answer_that_drips_ends_at_the_limit),
        TEST(a_request_that_nobody_takes_ends_at_the_limit),
        TEST(an_answer_at_the_limit_is_still_taken),
        TEST(an_answer_before_the_request_is_sent_counts),
        TEST(the_end_of_the_stream_never_completes_an_answer),
        TEST(a_complete_answer_is_one_even_when_the_stream_ends_with_it),
        TEST(bytes_behind_the_answer_are_refused),
        TEST(a_broken_connection_keeps_its_name),
        TEST(garbage_is_not_an_answer),
        TEST(what_takes_the_body_may_refuse_it),
        TEST(one_step_reads_a_bounded_number_of_times),
        TEST(stopping_is_allowed_in_every_phase_and_twice),
        TEST(calls_out_of_order_are_our_mistake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
