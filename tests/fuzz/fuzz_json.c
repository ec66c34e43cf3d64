/* SPDX-License-Identifier: MIT
 * fuzz_json.c -- tokens lie in the text and balance; what is accepted can be written again from its tokens, without
 * white space, and reads the same; every member is found. Input: text. */
#include "firmware/proto/json.h"
#include "tests/fuzz/fuzz.h"

/* A string's plain form is no longer than what it came from, and equal to it. */
static void expect_copies(struct bytes text)
{
    uint8_t *plain = malloc(text.len + 1);
    size_t bytes = 0;

    FUZZ_MUST(plain != NULL);
    FUZZ_MUST(json_copy(text, plain, text.len, &bytes) == 0);
    FUZZ_MUST(json_equal(text, bytes_of(plain, bytes)));
    free(plain);
}

static size_t put(uint8_t *out, size_t at, const void *bytes, size_t count)
{
    memcpy(out + at, bytes, count);
    return at + count;
}

/* Walk the text; write it to `out` again, tokens alone. */
static imp_err_t rewrite(struct bytes text, uint8_t *out, size_t *written, size_t *tokens)
{
    struct json json;
    struct json_token token = { JSON_NULL, { 0 } };
    size_t depth = 0;
    bool comma = false; /* A value ended: another one is parted from it. */

    json_begin(&json, text);
    *written = 0;
    *tokens = 0;
    while (token.type != JSON_END) {
        const imp_err_t err = json_next(&json, &token);
        if (err) {
            FUZZ_MUST(json_next(&json, &token) == err);
            return err;
        }
        const bool opens = token.type == JSON_OBJECT || token.type == JSON_ARRAY;
        const bool closes = token.type == JSON_OBJECT_END || token.type == JSON_ARRAY_END;
        const bool is_string = token.type == JSON_STRING || token.type == JSON_NAME;
        FUZZ_MUST(fuzz_is_within(token.text, text));
        FUZZ_MUST(!closes || depth > 0);
        depth += opens;
        depth -= closes;
        FUZZ_MUST(depth <= JSON_DEPTH_MAX);
        (*tokens)++;
        if (token.type == JSON_END) {
            break;
        }
        if (comma && !closes) {
            *written = put(out, *written, ",", 1);
        }
        *written = put(out, *written, "\"", is_string);
        *written = put(out, *written, token.text.data, token.text.len);
        *written = put(out, *written, "\"", is_string);
        *written = put(out, *written, ":", token.type == JSON_NAME);
        comma = token.type != JSON_NAME && !opens;
        if (is_string) {
            expect_copies(token.text);
        }
    }
    FUZZ_MUST(depth == 0);
    return 0;
}

/* Members whose names are plain are found, at the outermost level. */
static void expect_found(struct bytes text)
{
    struct json json;
    struct json_token token = { JSON_NULL, { 0 } };
    unsigned depth = 0;

    json_begin(&json, text);
    while (token.type != JSON_END && json_next(&json, &token) == 0) {
        depth += token.type == JSON_OBJECT || token.type == JSON_ARRAY;
        depth -= token.type == JSON_OBJECT_END || token.type == JSON_ARRAY_END;
        if (token.type == JSON_NAME && depth == 1) {
            char name[256];
            size_t bytes = 0;
            struct json_token value;
            if (json_copy(token.text, (uint8_t *)name, sizeof name - 1, &bytes) == 0 &&
                memchr(name, 0, bytes) == NULL) {
                name[bytes] = '\0';
                FUZZ_MUST(json_find(text, name, &value));
                FUZZ_MUST(fuzz_is_within(value.text, text));
            }
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    const struct bytes text = bytes_of(input, size);
    uint8_t *once = malloc(size + 1);
    uint8_t *twice = malloc(size + 1);
    size_t once_bytes;
    size_t twice_bytes;
    size_t tokens;
    size_t again;
    struct json_token token;
    int64_t number;

    FUZZ_MUST(once != NULL && twice != NULL);
    const imp_err_t err = rewrite(text, once, &once_bytes, &tokens);
    FUZZ_MUST(json_check(text) == err);
    FUZZ_MUST(err == 0 || (err <= IMP_ERR_JSON_MALFORMED && err >= IMP_ERR_JSON_TOO_LARGE));
    (void)json_find(text, "a", &token);
    (void)json_read_integer(text, &number);
    if (err == 0) {
        FUZZ_MUST(once_bytes <= size);
        FUZZ_MUST(rewrite(bytes_of(once, once_bytes), twice, &twice_bytes, &again) == 0);
        FUZZ_MUST(again == tokens);
        FUZZ_MUST(bytes_equal(bytes_of(once, once_bytes), bytes_of(twice, twice_bytes)));
        expect_found(text);
    }
    free(once);
    free(twice);
    return 0;
}
