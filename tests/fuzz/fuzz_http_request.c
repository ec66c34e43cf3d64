/* SPDX-License-Identifier: MIT
 * fuzz_http_request.c -- the authority reads the head of a request: what is accepted is framed in one way only. Input:
 * the head. */
#include "host-sim/authority/http_request.h"
#include "tests/fuzz/fuzz.h"

static void expect_within(struct span span, const uint8_t *input, size_t size)
{
    FUZZ_MUST(fuzz_is_within(bytes_of(span.at, span.size), bytes_of(input, size)));
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    struct http_request request;

    if (size > HTTP_HEAD_BYTES_MAX ||
        http_request_parse((const char *)input, size, &request) != REFUSAL_NONE) {
        return 0;
    }
    FUZZ_MUST(request.has_host && !request.has_transfer_encoding &&
              request.body_bytes <= HTTP_BODY_BYTES_MAX);
    FUZZ_MUST(request.has_length || request.body_bytes == 0);
    expect_within(request.method, input, size);
    expect_within(request.path, input, size);
    expect_within(request.authorization, input, size);
    expect_within(request.content_type, input, size);
    return 0;
}
