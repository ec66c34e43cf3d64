/* SPDX-License-Identifier: MIT
 * fuzz_http1.c -- an answer whole, split and byte by byte: always the same verdict, head and body. Input: where to split
 * (2, the highest bit: the request was HEAD), answer. */
#include "firmware/proto/http1.h"
#include "tests/fuzz/fuzz.h"

enum {
    SPLIT_IS_HEAD = 0x8000
};

/* What a reader made of an answer. */
struct outcome {
    struct http1 http;
    imp_err_t err;
    size_t used;
    size_t body_bytes;
    uint32_t body_hash; /* FNV-1a. */
};

static imp_err_t keep(void *context, struct bytes piece)
{
    struct outcome *outcome = context;

    for (size_t i = 0; i < piece.len; i++) {
        outcome->body_hash = (outcome->body_hash ^ piece.data[i]) * 16777619u;
    }
    outcome->body_bytes += piece.len;
    return 0;
}

/* Feed the first `first` bytes, then the rest in pieces of `step`. */
static void read_answer(struct outcome *outcome, struct bytes text, size_t first, size_t step,
                        bool is_head)
{
    *outcome = (struct outcome){ .body_hash = 2166136261u };
    http1_start(&outcome->http, keep, outcome);
    outcome->http.no_body = is_head;
    for (size_t take = first; text.len > 0 && outcome->err == 0; take = step) {
        size_t used = 0;
        const struct bytes piece = fuzz_copy(fuzz_take(&text, take));
        outcome->err = http1_feed(&outcome->http, piece, &used);
        FUZZ_MUST(used <= piece.len);
        outcome->used += used;
        free((void *)piece.data);
    }
}

static void expect_same(const struct outcome *a, const struct outcome *b)
{
    FUZZ_MUST(a->err == b->err && a->used == b->used);
    FUZZ_MUST(http1_is_done(&a->http) == http1_is_done(&b->http));
    FUZZ_MUST(a->body_bytes == b->body_bytes && a->body_hash == b->body_hash);
    if (http1_head_is_complete(&a->http)) {
        FUZZ_MUST(http1_head_is_complete(&b->http));
        FUZZ_MUST(memcmp(&a->http.head, &b->http.head, sizeof a->http.head) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    static struct outcome whole;
    static struct outcome other;
    struct bytes text = bytes_of(input, size);
    const uint32_t split = fuzz_take_number(&text, 2);
    const bool is_head = (split & SPLIT_IS_HEAD) != 0;
    int64_t seconds;

    read_answer(&whole, text, text.len, 1, is_head);
    FUZZ_MUST(whole.body_bytes <= CONFIG_HTTP_BODY_BYTES_MAX);
    FUZZ_MUST(whole.err != 0 ||
              (http1_end_of_stream(&whole.http) == 0) == http1_is_done(&whole.http));
    read_answer(&other, text, split & (SPLIT_IS_HEAD - 1u), text.len, is_head);
    expect_same(&whole, &other);
    read_answer(&other, text, 1, 1, is_head);
    expect_same(&whole, &other);
    (void)http1_parse_date(text, &seconds);
    return 0;
}
