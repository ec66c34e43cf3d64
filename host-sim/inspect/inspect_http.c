/* SPDX-License-Identifier: MIT
 * inspect_http.c -- `http`: what the reader of answers makes of one. */
#include <stdlib.h>

#include "firmware/proto/http1.h"
#include "host-sim/inspect/inspect.h"

static const struct cli_option options[] = {
    { "split", NULL, "check that every split into two pieces, and single bytes, say the same", 0,
      NULL },
    INSPECT_OPTION_JSON,
    { NULL, NULL, NULL, 0, NULL },
};

/* One answer, read in one way. */
struct reading {
    struct http1 http;
    imp_err_t err;
    size_t used;
    size_t body_bytes;
    uint32_t body_sum; /* Tells bodies of one length apart. */
};

static imp_err_t take_body(void *context, struct bytes piece)
{
    struct reading *reading = context;

    reading->body_bytes += piece.len;
    for (size_t i = 0; i < piece.len; i++) {
        reading->body_sum = reading->body_sum * 31 + piece.data[i];
    }
    return 0;
}

/* The next piece, unless the answer is over. */
static void feed(struct reading *reading, struct bytes piece)
{
    size_t used = 0;

    if (reading->err || http1_is_done(&reading->http)) {
        return;
    }
    reading->err = http1_feed(&reading->http, piece, &used);
    reading->used += used;
}

/* `answer` in pieces of `first` bytes and then of `each`; after it the connection ends. */
static void read_answer(struct reading *reading, struct bytes answer, size_t first, size_t each)
{
    size_t piece = first;

    memset(reading, 0, sizeof *reading);
    http1_start(&reading->http, take_body, reading);
    for (size_t at = 0; at < answer.len; piece = each) {
        piece = piece < answer.len - at ? piece : answer.len - at;
        feed(reading, bytes_of(answer.data + at, piece));
        at += piece;
    }
    if (!reading->err) {
        reading->err = http1_end_of_stream(&reading->http);
    }
}

static bool is_same(const struct reading *a, const struct reading *b)
{
    const struct http1_head *x = &a->http.head;
    const struct http1_head *y = &b->http.head;

    if (a->err != b->err) {
        return false;
    }
    return a->err || (a->used == b->used && a->body_bytes == b->body_bytes &&
                      a->body_sum == b->body_sum && x->status == y->status &&
                      x->closes == y->closes && x->retry_after_s == y->retry_after_s &&
                      x->date == y->date && strcmp(x->content_type, y->content_type) == 0 &&
                      strcmp(x->error_name, y->error_name) == 0);
}

/* How many ways of cutting the answer say something else than reading it whole. */
static size_t count_different(const struct reading *whole, struct bytes answer)
{
    struct reading other;
    size_t different = 0;

    for (size_t first = 1; first < answer.len; first++) {
        read_answer(&other, answer, first, answer.len);
        different += !is_same(whole, &other);
    }
    read_answer(&other, answer, 1, 1);
    return different + !is_same(whole, &other);
}

static void say_head(struct say *say, const struct http1_head *head)
{
    say_number(say, "status", head->status);
    say_text(say, "content_type", head->content_type);
    say_bool(say, "is_base64", head->is_base64);
    say_bool(say, "closes", head->closes);
    if (head->has_retry_after) {
        say_number(say, "retry_after_s", head->retry_after_s);
    }
    if (head->has_date) {
        say_time(say, "date", head->date);
    }
    if (head->error_name[0] != '\0') {
        say_text(say, "error_name", head->error_name);
    }
    if (head->request_id[0] != '\0') {
        say_text(say, "request_id", head->request_id);
    }
}

static int judge(struct inspect *inspect)
{
    struct say *say = &inspect->say;
    struct bytes answer;
    struct reading whole;
    const int code = inspect_read(inspect, cli_operand(inspect->args, 0), &answer);

    if (code) {
        return code;
    }
    read_answer(&whole, answer, answer.len, answer.len);
    if (http1_head_is_complete(&whole.http)) {
        say_head(say, &whole.http.head);
    }
    say_number(say, "header_bytes", whole.http.header_bytes);
    say_number(say, "body_bytes", (int64_t)whole.body_bytes);
    if (!whole.err) {
        say_number(say, "bytes_behind", (int64_t)(answer.len - whole.used));
    }
    if (cli_flag(inspect->args, "split") && answer.len > 0) {
        const size_t different = count_different(&whole, answer);
        say_number(say, "ways_to_split", (int64_t)answer.len);
        say_number(say, "of_them_different", (int64_t)different);
        if (different > 0) {
            return say_verdict(say, IMP_ERR_BUG_ASSERT);
        }
    }
    return say_verdict(say, whole.err);
}

const struct inspect_kind inspect_http = {
    .command = {
        .words = "http",
        .operands = "FILE",
        .purpose = "an HTTP/1.1 answer as it came over the wire",
        .examples = "  imprint-inspect http --split answer.http\n"
                    "\nThe end of the file is the end of the connection.\n",
        .options = options,
        .run = inspect_run,
    },
    .judge = judge,
};
