/* SPDX-License-Identifier: MIT
 * json.c -- reader of JSON: one token at a time, the open brackets on a short stack. */
#include "firmware/proto/json.h"

#include "firmware/proto/ascii.h"
#include "firmware/proto/json_string.h"

/* What may stand next. */
enum expects {
    EXPECTS_VALUE,
    EXPECTS_VALUE_OR_END, /* Behind '[': a value or ']'. */
    EXPECTS_NAME,
    EXPECTS_NAME_OR_END, /* Behind '{': a name or '}'. */
    EXPECTS_COMMA_OR_END,
    EXPECTS_NOTHING
};

/* --- Characters ------------------------------------------------------------------------------- */

/* The character that stands next, or 0 at the end; a NUL in the text fits nowhere either. */
static uint8_t look(const struct json *json)
{
    return json->at < json->text.len ? json->text.data[json->at] : 0;
}

static void skip_white_space(struct json *json)
{
    uint8_t c = look(json);

    while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        json->at++;
        c = look(json);
    }
}

static struct bytes since(const struct json *json, size_t from)
{
    return bytes_of(json->text.data + from, json->at - from);
}

/* --- Tokens ----------------------------------------------------------------------------------- */

/* A string whose opening quote stands next; its text without the quotes. */
static imp_err_t take_string(struct json *json, struct bytes *text)
{
    const size_t from = ++json->at;

    while (look(json) != '"') {
        struct bytes rest = bytes_of(json->text.data + json->at, json->text.len - json->at);
        uint32_t c;
        const imp_err_t err = json_take_char(&rest, &c);
        if (err) {
            return err;
        }
        json->at = json->text.len - rest.len;
    }
    *text = since(json, from);
    json->at++;
    return 0;
}

/* One or more digits. */
static bool take_digits(struct json *json)
{
    const size_t from = json->at;

    while (ascii_is_digit(look(json))) {
        json->at++;
    }
    return json->at > from;
}

static bool take_if(struct json *json, char a, char b)
{
    if (look(json) != (uint8_t)a && look(json) != (uint8_t)b) {
        return false;
    }
    json->at++;
    return true;
}

/* RFC 8259 6. What may not follow a number is found by whoever reads on. */
static imp_err_t take_number(struct json *json, struct json_token *token)
{
    const size_t from = json->at;
    bool is_good;

    (void)take_if(json, '-', '-');
    is_good = take_if(json, '0', '0') || take_digits(json);
    if (is_good && take_if(json, '.', '.')) {
        is_good = take_digits(json);
    }
    if (is_good && take_if(json, 'e', 'E')) {
        (void)take_if(json, '+', '-');
        is_good = take_digits(json);
    }
    token->type = JSON_NUMBER;
    token->text = since(json, from);
    return is_good ? 0 : IMP_ERR_JSON_MALFORMED;
}

static imp_err_t take_word(struct json *json, struct json_token *token)
{
    static const struct {
        const char *word;
        enum json_type type;
    } words[] = { { "true", JSON_TRUE }, { "false", JSON_FALSE }, { "null", JSON_NULL } };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const size_t bytes = strlen(words[i].word);
        if (json->text.len - json->at >= bytes &&
            memcmp(json->text.data + json->at, words[i].word, bytes) == 0) {
            json->at += bytes;
            token->type = words[i].type;
            token->text = since(json, json->at - bytes);
            return 0;
        }
    }
    return IMP_ERR_JSON_MALFORMED;
}

/* --- Structure -------------------------------------------------------------------------------- */

static bool is_in_object(const struct json *json)
{
    return json->depth > 0 && json->text.data[json->begins[json->depth - 1]] == '{';
}

static void after_value(struct json *json)
{
    json->expects = json->depth > 0 ? EXPECTS_COMMA_OR_END : EXPECTS_NOTHING;
}

static imp_err_t open_bracket(struct json *json, struct json_token *token)
{
    if (json->depth == JSON_DEPTH_MAX) {
        return IMP_ERR_JSON_TOO_LARGE;
    }
    json->begins[json->depth++] = json->at++;
    token->text = since(json, json->at - 1);
    token->type = is_in_object(json) ? JSON_OBJECT : JSON_ARRAY;
    json->expects = is_in_object(json) ? EXPECTS_NAME_OR_END : EXPECTS_VALUE_OR_END;
    return 0;
}

/* The bracket that stands next closes the innermost one: called only when it is one that may. */
static void close_bracket(struct json *json, struct json_token *token)
{
    token->type = is_in_object(json) ? JSON_OBJECT_END : JSON_ARRAY_END;
    token->text = bytes_of(json->text.data + json->at, 1);
    json->at++;
    json->depth--;
    after_value(json);
}

static bool closes(const struct json *json)
{
    return json->depth > 0 && look(json) == (is_in_object(json) ? '}' : ']');
}

static imp_err_t take_name(struct json *json, struct json_token *token)
{
    if (look(json) != '"') {
        return IMP_ERR_JSON_MALFORMED;
    }
    token->type = JSON_NAME;
    const imp_err_t err = take_string(json, &token->text);
    if (err) {
        return err;
    }
    skip_white_space(json);
    json->expects = EXPECTS_VALUE;
    return take_if(json, ':', ':') ? 0 : IMP_ERR_JSON_MALFORMED;
}

static imp_err_t take_value(struct json *json, struct json_token *token)
{
    const uint8_t c = look(json);
    imp_err_t err;

    if (c == '{' || c == '[') {
        return open_bracket(json, token);
    }
    if (c == '"') {
        token->type = JSON_STRING;
        err = take_string(json, &token->text);
    } else if (c == '-' || ascii_is_digit(c)) {
        err = take_number(json, token);
    } else {
        err = take_word(json, token);
    }
    after_value(json);
    return err;
}

/* The next token; duplicates are not looked for. */
static imp_err_t take_token(struct json *json, struct json_token *token)
{
    skip_white_space(json);
    if (json->expects == EXPECTS_NOTHING) {
        *token = (struct json_token){ JSON_END, bytes_of(json->text.data + json->at, 0) };
        return json->at == json->text.len ? 0 : IMP_ERR_JSON_MALFORMED;
    }
    if (json->expects != EXPECTS_VALUE && json->expects != EXPECTS_NAME && closes(json)) {
        close_bracket(json, token);
        return 0;
    }
    if (json->expects == EXPECTS_COMMA_OR_END) {
        if (!take_if(json, ',', ',')) {
            return IMP_ERR_JSON_MALFORMED;
        }
        skip_white_space(json);
        json->expects = is_in_object(json) ? EXPECTS_NAME : EXPECTS_VALUE;
    }
    return json->expects == EXPECTS_NAME || json->expects == EXPECTS_NAME_OR_END
               ? take_name(json, token)
               : take_value(json, token);
}

void json_begin(struct json *json, struct bytes text)
{
    memset(json, 0, sizeof *json);
    json->text = text.len > 0 ? text : bytes_of("", 0);
    json->expects = EXPECTS_VALUE;
}

/* --- Duplicates ------------------------------------------------------------------------------- */

/* Two texts of strings are the same once their escapes are read. */
static bool is_same(struct bytes a, struct bytes b)
{
    uint32_t from_a = 0;
    uint32_t from_b = 0;

    while (a.len > 0 && b.len > 0) {
        if (json_take_char(&a, &from_a) || json_take_char(&b, &from_b) || from_a != from_b) {
            return false;
        }
    }
    return a.len == 0 && b.len == 0;
}

/* `name` was just read: the members before it in its object are read once more. No memory is
 * needed for their names, and JSON_MEMBERS_MAX bounds how often that is done. */
static imp_err_t check_name(const struct json *json, struct bytes name)
{
    struct json again;
    struct json_token token = { JSON_END, { 0 } };
    size_t members = 0;

    json_begin(&again, json->text);
    again.at = json->begins[json->depth - 1];
    while (token.type != JSON_NAME || token.text.data != name.data) {
        const imp_err_t err = take_token(&again, &token);
        if (err) {
            return err; /* Can't be: it was read before. */
        }
        if (again.depth == 1 && token.type == JSON_NAME) {
            members++;
            if (token.text.data != name.data && is_same(token.text, name)) {
                return IMP_ERR_JSON_DUPLICATE;
            }
        }
    }
    return members > JSON_MEMBERS_MAX ? IMP_ERR_JSON_TOO_LARGE : 0;
}

imp_err_t json_next(struct json *json, struct json_token *token)
{
    if (json->error == 0) {
        static const uint8_t byte_order_mark[] = { 0xef, 0xbb, 0xbf };
        const bool is_marked = json->at == 0 && json->text.len >= sizeof byte_order_mark &&
                               memcmp(json->text.data, byte_order_mark, 3) == 0;
        json->error = is_marked ? IMP_ERR_JSON_ENCODING : take_token(json, token);
    }
    if (json->error == 0 && token->type == JSON_NAME) {
        json->error = check_name(json, token->text);
    }
    return json->error;
}

/* --- What callers want of a text -------------------------------------------------------------- */

imp_err_t json_check(struct bytes text)
{
    struct json json;
    struct json_token token = { JSON_NULL, { 0 } };
    imp_err_t err = 0;

    json_begin(&json, text);
    while (err == 0 && token.type != JSON_END) {
        err = json_next(&json, &token);
    }
    return err;
}

/* The value that `token` began: read to its end, and all of it is its text. */
static bool take_whole(struct json *json, struct json_token *token)
{
    const size_t depth = json->depth;
    struct json_token inner;

    if (token->type != JSON_OBJECT && token->type != JSON_ARRAY) {
        return true;
    }
    const size_t from = json->begins[depth - 1];
    while (json->depth >= depth) {
        if (take_token(json, &inner)) {
            return false;
        }
    }
    token->text = since(json, from);
    return true;
}

bool json_find(struct bytes text, const char *name, struct json_token *token)
{
    struct json json;

    json_begin(&json, text);
    if (take_token(&json, token) || token->type != JSON_OBJECT) {
        return false;
    }
    while (take_token(&json, token) == 0 && token->type == JSON_NAME) {
        const bool is_it = json_equal(token->text, bytes_of_text(name));
        if (take_token(&json, token) || !take_whole(&json, token)) {
            return false;
        }
        if (is_it) {
            return true;
        }
    }
    return false;
}

bool json_equal(struct bytes text, struct bytes other)
{
    while (text.len > 0) {
        uint8_t utf8[4];
        uint32_t c = 0;
        if (json_take_char(&text, &c)) {
            return false;
        }
        const size_t bytes = json_put_utf8(c, utf8);
        if (other.len < bytes || memcmp(other.data, utf8, bytes) != 0) {
            return false;
        }
        other = bytes_of(other.data + bytes, other.len - bytes);
    }
    return other.len == 0;
}

imp_err_t json_copy(struct bytes text, uint8_t *out, size_t cap, size_t *written)
{
    *written = 0;
    while (text.len > 0) {
        uint8_t utf8[4];
        uint32_t c = 0;
        const imp_err_t err = json_take_char(&text, &c);
        if (err) {
            return err;
        }
        const size_t bytes = json_put_utf8(c, utf8);
        if (bytes > cap - *written) {
            return IMP_ERR_BUG_SPACE;
        }
        memcpy(out + *written, utf8, bytes);
        *written += bytes;
    }
    return 0;
}

bool json_read_integer(struct bytes text, int64_t *value)
{
    const bool is_negative = text.len > 0 && text.data[0] == '-';
    const uint64_t most = is_negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    uint64_t magnitude = 0;

    if (text.len == (is_negative ? 1u : 0u)) {
        return false;
    }
    for (size_t i = is_negative; i < text.len; i++) {
        const uint8_t digit = (uint8_t)(text.data[i] - '0');
        if (digit > 9 || magnitude > (most - digit) / 10) {
            return false;
        }
        magnitude = magnitude * 10 + digit;
    }
    *value = is_negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return true;
}
