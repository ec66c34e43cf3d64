/* SPDX-License-Identifier: MIT
 * fuzz_base64.c -- whole or split the verdict is the same, and what is accepted is canonical. Input: where to split (2),
 * text. */
#include "firmware/proto/base64.h"
#include "tests/fuzz/fuzz.h"

static imp_err_t decode(struct bytes text, size_t split, uint8_t *out, size_t *written)
{
    struct base64_decoder decoder = { 0 };
    struct bytes rest = text;
    const struct bytes first = fuzz_copy(fuzz_take(&rest, split));
    const size_t cap = text.len;
    size_t more = 0;
    imp_err_t err = base64_decode(&decoder, first, out, cap, written);

    if (err == 0) {
        err = base64_decode(&decoder, rest, out + *written, cap - *written, &more);
        *written += more;
    }
    free((void *)first.data);
    return err ? err : base64_finish(&decoder);
}

/* Without white space the text is exactly what the encoder makes of the bytes. */
static void expect_canonical(struct bytes text, struct bytes bytes)
{
    char *again = malloc(BASE64_CHARS(bytes.len) + 1);
    size_t at = 0;

    FUZZ_MUST(again != NULL);
    const size_t chars = base64_encode(bytes, again);
    for (size_t i = 0; i < text.len; i++) {
        if (strchr(" \t\r\n", text.data[i]) == NULL || text.data[i] == '\0') {
            FUZZ_MUST(at < chars && again[at] == (char)text.data[i]);
            at++;
        }
    }
    FUZZ_MUST(at == chars);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    struct bytes text = bytes_of(input, size);
    const size_t split = fuzz_take_number(&text, 2);
    uint8_t *whole = malloc(text.len + 1);
    uint8_t *parts = malloc(text.len + 1);
    size_t whole_bytes = 0;
    size_t parts_bytes = 0;

    FUZZ_MUST(whole != NULL && parts != NULL);
    const imp_err_t err = decode(text, text.len, whole, &whole_bytes);
    FUZZ_MUST(decode(text, split, parts, &parts_bytes) == err);
    if (err == 0) {
        FUZZ_MUST(bytes_equal(bytes_of(whole, whole_bytes), bytes_of(parts, parts_bytes)));
        expect_canonical(text, bytes_of(whole, whole_bytes));
    }
    free(whole);
    free(parts);
    return 0;
}
