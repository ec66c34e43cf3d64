/* SPDX-License-Identifier: MIT
 * test_http1.c -- each answer is fed whole, byte by byte and split at every point: always the
 * same verdict, head and body. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/proto/http1.h"
#include "tests/support/totality.h"

enum {
    BODY_ROOM = 256
};

/* What a reader made of an answer. */
struct outcome {
    imp_err_t err;
    bool is_done;
    size_t used;
    struct http1_head head;
    char body[BODY_ROOM];
    size_t body_len;
};

static imp_err_t keep(void *context, struct bytes piece)
{
    struct outcome *outcome = context;

    if (outcome->body_len + piece.len <= BODY_ROOM) {
        memcpy(outcome->body + outcome->body_len, piece.data, piece.len);
    }
    outcome->body_len += piece.len;
    return 0;
}

static void feed(struct http1 *http, struct outcome *outcome, struct bytes piece)
{
    size_t used;

    outcome->err = http1_feed(http, piece, &used);
    outcome->used += used;
}

/* Feed the pieces before and after `split`; with a split of 0 byte by byte. Pieces end with
 * their allocation. */
static void read_split(struct bytes text, size_t split, bool is_head_request,
                       struct outcome *outcome)
{
    struct http1 http;

    *outcome = (struct outcome){ 0 };
    http1_start(&http, keep, outcome);
    http.no_body = is_head_request;
    for (size_t at = 0; at < text.len && outcome->err == 0;) {
        const size_t len = split == 0 ? 1 : at < split ? split : text.len - at;
        const struct bytes piece = totality_flush(bytes_of(text.data + at, len));
        feed(&http, outcome, piece);
        free((void *)piece.data);
        at += len;
    }
    outcome->is_done = http1_is_done(&http);
    assert_int_equal(http1_end_of_stream(&http), outcome->is_done ? 0 : IMP_ERR_HTTP_TRUNCATED);
    if (http1_head_is_complete(&http)) {
        outcome->head = http.head;
    }
}

static void assert_same(const struct outcome *a, const struct outcome *b)
{
    assert_int_equal(a->err, b->err);
    assert_int_equal(a->is_done, b->is_done);
    assert_int_equal(a->used, b->used);
    assert_memory_equal(&a->head, &b->head, sizeof a->head);
    if (a->err == 0) {
        assert_int_equal(a->body_len, b->body_len);
        assert_memory_equal(a->body, b->body, sizeof a->body);
    }
}

/* Every way of feeding `text`, which all must agree. */
static struct outcome read_bytes(struct bytes text)
{
    struct outcome whole;
    struct outcome other;

    read_split(text, text.len, false, &whole);
    for (size_t split = 0; split < text.len; split++) {
        read_split(text, split, false, &other);
        assert_same(&whole, &other);
    }
    return whole;
}

static struct outcome read_text(const char *text)
{
    return read_bytes(bytes_of_text(text));
}

#define OK "HTTP/1.1 200 OK\r\n"
#define L2 "Content-Length: 2\r\n"

/* --- Answers that are good -------------------------------------------------------------------- */

static const struct {
    const char *text;
    uint16_t status;
    const char *body;
} good[] = {
    { OK L2 "\r\nhi", 200, "hi" },
    { "HTTP/1.0 200 OK\r\n" L2 "\r\nhi", 200, "hi" },
    { "HTTP/1.1 200 \r\n" L2 "\r\nhi", 200, "hi" },
    { "HTTP/1.1 200\r\n" L2 "\r\nhi", 200, "hi" },
    { "HTTP/1.1 599 x y\tz\r\ncontent-length:\t0 \r\n\r\n", 599, "" },
    { OK "CONTENT-LENGTH: 2\r\ncontent-length: 02\r\n\r\nhi", 200, "hi" },
    { "HTTP/1.1 204 No Content\r\n\r\n", 204, "" },
    { "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", 204, "" },
    { "HTTP/1.1 304 Not Modified\r\nContent-Length: 99999999\r\n\r\n", 304, "" },
    { OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", 200, "hi" },
    { OK "Transfer-Encoding: Chunked\r\n\r\n00001\r\nh\r\n1\r\ni\r\n000\r\n\r\n", 200, "hi" },
    { OK "Transfer-Encoding: chunked\r\n\r\nA;x=\"y\"\r\n0123456789\r\n0;z\r\nTrailer: 1\r\n\r\n",
      200, "0123456789" },
    { OK
      "Transfer-Encoding: chunked\r\n\r\na\r\n\r\n\r\n\r\n\r\n\r\n\r\n0\r\nContent-Length: 5\r\n\r\n",
      200, "\r\n\r\n\r\n\r\n\r\n" },
    { "HTTP/1.1 100 Continue\r\n\r\n" OK L2 "\r\nhi", 200, "hi" },
    { "HTTP/1.1 103 Early Hints\r\nContent-Length: 9\r\nDate: x\r\n\r\n" OK L2 "\r\nhi", 200,
      "hi" },
    { OK "X!#$%&'*+-.^_`|~9: \x80\xff ok\r\n" L2 "\r\nhi", 200, "hi" },
    { OK "Empty:\r\n" L2 "\r\nhi", 200, "hi" },
};

static void a_good_answer_gives_status_and_body(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        const struct outcome outcome = read_text(good[i].text);
        if (outcome.err || !outcome.is_done) {
            fail_msg("%d: %s", (int)outcome.err, good[i].text);
        }
        assert_int_equal(outcome.used, strlen(good[i].text));
        assert_int_equal(outcome.head.status, good[i].status);
        assert_int_equal(outcome.body_len, strlen(good[i].body));
        assert_memory_equal(outcome.body, good[i].body, outcome.body_len);
    }
}

static void what_follows_an_answer_is_left_alone(void **state)
{
    (void)state;
    const struct outcome outcome = read_text(OK L2 "\r\nhiHTTP/1.1 200 OK\r\n");
    assert_int_equal(outcome.err, 0);
    assert_true(outcome.is_done);
    assert_int_equal(outcome.used, strlen(OK L2 "\r\nhi"));
}

static void an_answer_to_head_has_no_body(void **state)
{
    const struct bytes text = bytes_of_text(OK "Content-Length: 99999\r\n\r\n");
    struct outcome outcome;

    (void)state;
    read_split(text, text.len, true, &outcome);
    assert_int_equal(outcome.err, 0);
    assert_true(outcome.is_done);
}

/* --- Answers that are refused ----------------------------------------------------------------- */

#define CHUNKED   OK "Transfer-Encoding: chunked\r\n\r\n"
#define INTERIM   "HTTP/1.1 100 Continue\r\n\r\n"
#define INTERIM_8 INTERIM INTERIM INTERIM INTERIM INTERIM INTERIM INTERIM INTERIM

static const struct {
    const char *text;
    imp_err_t err;
} wrong[] = {
    { "garbage\r\n", IMP_ERR_HTTP_MALFORMED },
    { "\r\n" OK, IMP_ERR_HTTP_MALFORMED },
    { "http/1.1 200 OK\r\n", IMP_ERR_HTTP_MALFORMED },
    { "HTTP/1.1\r\n", IMP_ERR_HTTP_MALFORMED },
    { "HTTP/1.1 20\r\n", IMP_ERR_HTTP_MALFORMED },
    { "HTTP/1.1 2000 OK\r\n", IMP_ERR_HTTP_MALFORMED },
    { "HTTP/1.1 2x0 OK\r\n", IMP_ERR_HTTP_MALFORMED },
    { "HTTP/1.1 099 OK\r\n", IMP_ERR_HTTP_MALFORMED },
    { "HTTP/1.1 600 OK\r\n", IMP_ERR_HTTP_MALFORMED },
    { "HTTP/1.1 101 Switching Protocols\r\n", IMP_ERR_HTTP_MALFORMED },
    { "HTTP/1.1 200 OK\n", IMP_ERR_HTTP_MALFORMED },
    { "HTTP/1.1 200 OK\r\r\n", IMP_ERR_HTTP_MALFORMED },
    { "HTTP/1.1  200 OK\r\n", IMP_ERR_HTTP_MALFORMED },
    { "HTTP/2 200\r\n", IMP_ERR_HTTP_VERSION },
    { "HTTP/1.2 200 OK\r\n", IMP_ERR_HTTP_VERSION },
    { "HTTP/0.9 200 OK\r\n", IMP_ERR_HTTP_VERSION },
    { "HTTP/1.10 200 OK\r\n", IMP_ERR_HTTP_VERSION },
    { OK "Name: x\n\r\n", IMP_ERR_HTTP_MALFORMED },
    { OK "Name: x\r\n folded\r\n", IMP_ERR_HTTP_MALFORMED },
    { OK "Name: x\r\n\tfolded\r\n", IMP_ERR_HTTP_MALFORMED },
    { OK " Name: x\r\n", IMP_ERR_HTTP_MALFORMED },
    { OK "Name : x\r\n", IMP_ERR_HTTP_MALFORMED },
    { OK "Name\r\n", IMP_ERR_HTTP_MALFORMED },
    { OK ": x\r\n", IMP_ERR_HTTP_MALFORMED },
    { OK "Na(me: x\r\n", IMP_ERR_HTTP_MALFORMED },
    { OK "Name: x\x01\r\n", IMP_ERR_HTTP_MALFORMED },
    { OK "Name: x\x7f\r\n", IMP_ERR_HTTP_MALFORMED },
    { OK "\r\n", IMP_ERR_HTTP_LENGTH },
    { OK "Connection: close\r\n\r\nhi", IMP_ERR_HTTP_LENGTH },
    { OK "Content-Length: \r\n\r\n", IMP_ERR_HTTP_LENGTH },
    { OK "Content-Length: +2\r\n\r\n", IMP_ERR_HTTP_LENGTH },
    { OK "Content-Length: -2\r\n\r\n", IMP_ERR_HTTP_LENGTH },
    { OK "Content-Length: 0x2\r\n\r\n", IMP_ERR_HTTP_LENGTH },
    { OK "Content-Length: 2, 2\r\n\r\n", IMP_ERR_HTTP_LENGTH },
    { OK "Content-Length: 2 2\r\n\r\n", IMP_ERR_HTTP_LENGTH },
    { OK L2 "Content-Length: 3\r\n\r\n", IMP_ERR_HTTP_LENGTH },
    { OK "Content-Length: 0\r\n" L2 "\r\n", IMP_ERR_HTTP_LENGTH },
    { OK L2 "Transfer-Encoding: chunked\r\n\r\n", IMP_ERR_HTTP_LENGTH },
    { OK "Transfer-Encoding: chunked\r\n" L2 "\r\n", IMP_ERR_HTTP_LENGTH },
    { OK "Transfer-Encoding: gzip\r\n\r\n", IMP_ERR_HTTP_ENCODING },
    { OK "Transfer-Encoding: gzip, chunked\r\n\r\n", IMP_ERR_HTTP_ENCODING },
    { OK "Transfer-Encoding: chunked, chunked\r\n\r\n", IMP_ERR_HTTP_ENCODING },
    { OK "Transfer-Encoding: chunked;x=1\r\n\r\n", IMP_ERR_HTTP_ENCODING },
    { OK "Transfer-Encoding: xchunked\r\n\r\n", IMP_ERR_HTTP_ENCODING },
    { OK "Transfer-Encoding: identity\r\n" L2 "\r\n", IMP_ERR_HTTP_ENCODING },
    { OK "Transfer-Encoding:\r\n\r\n", IMP_ERR_HTTP_ENCODING },
    { OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
      IMP_ERR_HTTP_ENCODING },
    { "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", IMP_ERR_HTTP_ENCODING },
    { OK "Content-Length: 16385\r\n\r\n", IMP_ERR_HTTP_BODY_TOO_LARGE },
    { OK "Content-Length: 9223372036854775808\r\n\r\n", IMP_ERR_HTTP_BODY_TOO_LARGE },
    { OK "Content-Length: 18446744073709551618\r\n\r\n", IMP_ERR_HTTP_BODY_TOO_LARGE },
    { OK "Content-Length: 99999999999999999999999999999999999999\r\n\r\n",
      IMP_ERR_HTTP_BODY_TOO_LARGE },
    { CHUNKED "\r\n", IMP_ERR_HTTP_MALFORMED },
    { CHUNKED ";x\r\n", IMP_ERR_HTTP_MALFORMED },
    { CHUNKED " 2\r\nhi\r\n", IMP_ERR_HTTP_MALFORMED },
    { CHUNKED "2 \r\nhi\r\n", IMP_ERR_HTTP_MALFORMED },
    { CHUNKED "0x2\r\nhi\r\n", IMP_ERR_HTTP_MALFORMED },
    { CHUNKED "-2\r\nhi\r\n", IMP_ERR_HTTP_MALFORMED },
    { CHUNKED "g\r\n", IMP_ERR_HTTP_MALFORMED },
    { CHUNKED "2\nhi\r\n", IMP_ERR_HTTP_MALFORMED },
    { CHUNKED "2\r\nhi0\r\n", IMP_ERR_HTTP_MALFORMED },
    { CHUNKED "2\r\nhi\n0\r\n", IMP_ERR_HTTP_MALFORMED },
    { CHUNKED "2\r\nhi\r\n0\r\nnot a field\r\n", IMP_ERR_HTTP_MALFORMED },
    { CHUNKED "4001\r\n", IMP_ERR_HTTP_BODY_TOO_LARGE },
    { CHUNKED "8000000000000000\r\n", IMP_ERR_HTTP_BODY_TOO_LARGE },
    { CHUNKED "10000000000000002\r\nhi\r\n", IMP_ERR_HTTP_BODY_TOO_LARGE },
    { CHUNKED "2\r\nhi\r\n3fff\r\n", IMP_ERR_HTTP_BODY_TOO_LARGE },
    { INTERIM_8 INTERIM OK L2 "\r\nhi", IMP_ERR_HTTP_INTERIM },
};

static void a_wrong_answer_has_its_named_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct outcome outcome = read_text(wrong[i].text);
        if (outcome.err != wrong[i].err) {
            fail_msg("%d, not %d: %s", (int)outcome.err, (int)wrong[i].err, wrong[i].text);
        }
        assert_false(outcome.is_done);
    }
}

static void eight_interim_answers_are_taken(void **state)
{
    (void)state;
    const struct outcome outcome = read_text(INTERIM_8 OK L2 "\r\nhi");
    assert_int_equal(outcome.err, 0);
    assert_true(outcome.is_done);
}

static void a_nul_in_a_line_is_refused(void **state)
{
    static const char text[] = OK "Name: x\0y\r\n" L2 "\r\nhi";

    (void)state;
    assert_int_equal(read_bytes(bytes_of(text, sizeof text - 1)).err, IMP_ERR_HTTP_MALFORMED);
}

static void an_end_of_stream_never_completes_an_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        const struct bytes text = bytes_of_text(good[i].text);
        for (size_t len = 0; len < text.len; len++) {
            struct outcome outcome;
            read_split(bytes_of(text.data, len), len, false, &outcome);
            assert_int_equal(outcome.err, 0);
            assert_false(outcome.is_done);
        }
    }
}

/* --- Limits ----------------------------------------------------------------------------------- */

/* An answer with a `name` field whose value is `count` times `c`, then the rest. */
static size_t with_long_field(char *out, const char *name, char c, size_t count, const char *rest)
{
    size_t len = (size_t)sprintf(out, OK "%s: ", name);

    memset(out + len, c, count);
    len += count;
    return len + (size_t)sprintf(out + len, "%s", rest);
}

static imp_err_t verdict_of_long_field(const char *name, char c, size_t count, const char *rest)
{
    static char text[8192];
    const size_t len = with_long_field(text, name, c, count, rest);

    return read_bytes(bytes_of(text, len)).err;
}

static void a_long_line_is_skipped_unless_it_frames_the_body(void **state)
{
    (void)state;
    assert_int_equal(verdict_of_long_field("Server", 'x', 500, "\r\n" L2 "\r\nhi"), 0);
    assert_int_equal(verdict_of_long_field("Date", 'x', 500, "\r\n" L2 "\r\nhi"), 0);
    assert_int_equal(verdict_of_long_field("Content-Length", ' ', 300, "2\r\n\r\nhi"),
                     IMP_ERR_HTTP_LENGTH);
    assert_int_equal(verdict_of_long_field("Content-Length", '0', 300, "\r\n\r\n"),
                     IMP_ERR_HTTP_LENGTH);
    assert_int_equal(verdict_of_long_field("Transfer-Encoding", ' ', 300, "chunked\r\n\r\n"),
                     IMP_ERR_HTTP_ENCODING);
}

static void a_chunk_line_has_the_length_of_a_line(void **state)
{
    static char text[1024];
    size_t len = (size_t)sprintf(text, CHUNKED "2;");

    (void)state;
    memset(text + len, 'x', CONFIG_HTTP_LINE_BYTES_MAX - 1);
    strcpy(text + len + CONFIG_HTTP_LINE_BYTES_MAX - 2, "\r\nhi\r\n0\r\n\r\n");
    assert_int_equal(read_text(text).err, 0);
    strcpy(text + len + CONFIG_HTTP_LINE_BYTES_MAX - 2, "x\r\nhi");
    assert_int_equal(read_text(text).err, IMP_ERR_HTTP_MALFORMED);
}

static void a_name_longer_than_a_line_is_refused(void **state)
{
    char text[1024];
    size_t len = (size_t)sprintf(text, OK);

    (void)state;
    memset(text + len, 'a', 300);
    len += 300;
    len += (size_t)sprintf(text + len, ": x\r\n");
    assert_int_equal(read_bytes(bytes_of(text, len)).err, IMP_ERR_HTTP_MALFORMED);
}

/* Feed `text` over and over until the reader stops; the bytes that took. */
static size_t feed_endlessly(const char *start, const char *text, imp_err_t *err)
{
    struct http1 http;
    size_t total = 0;
    size_t used;

    http1_start(&http, NULL, NULL);
    *err = http1_feed(&http, bytes_of_text(start), &used);
    while (*err == 0 && total < 10000000) {
        *err = http1_feed(&http, bytes_of_text(text), &used);
        total += used;
    }
    return total;
}

static void endless_answers_end(void **state)
{
    imp_err_t err;

    (void)state;
    assert_in_range(feed_endlessly("", "x", &err), 1, CONFIG_HTTP_HEADER_BYTES_MAX + 1);
    assert_int_equal(err, IMP_ERR_HTTP_HEADER_TOO_LARGE);
    assert_in_range(feed_endlessly(OK, "A: b\r\n", &err), 1, CONFIG_HTTP_HEADER_BYTES_MAX + 1);
    assert_int_equal(err, IMP_ERR_HTTP_HEADER_TOO_LARGE);
    assert_in_range(feed_endlessly(OK "A: ", "b", &err), 1, CONFIG_HTTP_HEADER_BYTES_MAX + 1);
    assert_int_equal(err, IMP_ERR_HTTP_HEADER_TOO_LARGE);
    assert_in_range(feed_endlessly("", INTERIM, &err), 1, 9 * sizeof INTERIM);
    assert_int_equal(err, IMP_ERR_HTTP_INTERIM);
    assert_in_range(feed_endlessly(CHUNKED, "1\r\nx\r\n", &err), 1,
                    6 * (CONFIG_HTTP_BODY_BYTES_MAX + 1));
    assert_int_equal(err, IMP_ERR_HTTP_BODY_TOO_LARGE);
    assert_in_range(feed_endlessly(CHUNKED, "1;extension\r\nx\r\n", &err), 1,
                    2 * CONFIG_HTTP_HEADER_BYTES_MAX);
    assert_int_equal(err, IMP_ERR_HTTP_HEADER_TOO_LARGE);
    assert_in_range(feed_endlessly(CHUNKED, "0", &err), 1, CONFIG_HTTP_HEADER_BYTES_MAX + 1);
    assert_int_equal(err, IMP_ERR_HTTP_HEADER_TOO_LARGE);
    assert_in_range(feed_endlessly(CHUNKED "0\r\n", "A: b\r\n", &err), 1,
                    CONFIG_HTTP_HEADER_BYTES_MAX + 1);
    assert_int_equal(err, IMP_ERR_HTTP_HEADER_TOO_LARGE);
}

static void a_body_of_the_largest_size_is_taken(void **state)
{
    static uint8_t body[CONFIG_HTTP_BODY_BYTES_MAX];
    struct http1 http;
    char head[64];
    size_t used;

    (void)state;
    sprintf(head, OK "Content-Length: %d\r\n\r\n", CONFIG_HTTP_BODY_BYTES_MAX);
    http1_start(&http, NULL, NULL);
    assert_int_equal(http1_feed(&http, bytes_of_text(head), &used), 0);
    assert_int_equal(http1_feed(&http, bytes_of(body, sizeof body), &used), 0);
    assert_true(http1_is_done(&http));
    assert_int_equal(http.body_bytes, sizeof body);
}

static imp_err_t refuse(void *context, struct bytes piece)
{
    (void)context;
    return piece.len > 0 ? IMP_ERR_BASE64_MALFORMED : 0;
}

static void an_error_of_the_body_ends_the_answer_and_stays(void **state)
{
    struct http1 http;
    size_t used;

    (void)state;
    http1_start(&http, refuse, NULL);
    assert_int_equal(http1_feed(&http, bytes_of_text(OK L2 "\r\nhi"), &used),
                     IMP_ERR_BASE64_MALFORMED);
    assert_false(http1_is_done(&http));
    assert_int_equal(http1_feed(&http, bytes_of_text("x"), &used), IMP_ERR_BASE64_MALFORMED);
    assert_int_equal(used, 0);
}

/* Byte by byte and in halves: more splits for every mutation would only cost time. */
static void compare_ways(struct bytes input, void *context)
{
    struct outcome whole;
    struct outcome other;

    (void)context;
    read_split(input, input.len, false, &whole);
    read_split(input, 0, false, &other);
    assert_same(&whole, &other);
    read_split(input, input.len / 2, false, &other);
    assert_same(&whole, &other);
}

static void any_input_gives_one_verdict_however_it_is_split(void **state)
{
    (void)state;
    totality_run(bytes_of_text("HTTP/1.1 200 O\r\nContent-Length:2\r\n\r\nhi"), compare_ways, NULL);
    totality_run(bytes_of_text(CHUNKED "1;x\r\nh\r\n0\r\nT:1\r\n\r\n"), compare_ways, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_answer_gives_status_and_body),
        cmocka_unit_test(what_follows_an_answer_is_left_alone),
        cmocka_unit_test(an_answer_to_head_has_no_body),
        cmocka_unit_test(a_wrong_answer_has_its_named_error),
        cmocka_unit_test(eight_interim_answers_are_taken),
        cmocka_unit_test(a_nul_in_a_line_is_refused),
        cmocka_unit_test(an_end_of_stream_never_completes_an_answer),
        cmocka_unit_test(a_long_line_is_skipped_unless_it_frames_the_body),
        cmocka_unit_test(a_chunk_line_has_the_length_of_a_line),
        cmocka_unit_test(a_name_longer_than_a_line_is_refused),
        cmocka_unit_test(endless_answers_end),
        cmocka_unit_test(a_body_of_the_largest_size_is_taken),
        cmocka_unit_test(an_error_of_the_body_ends_the_answer_and_stays),
        cmocka_unit_test(any_input_gives_one_verdict_however_it_is_split),
    };

    return cmocka_run_group_tests_name("http1", tests, NULL, NULL);
}
