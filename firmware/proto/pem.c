/* SPDX-License-Identifier: MIT
 * pem.c -- reader of PEM (RFC 7468): a line that begins, base64, a line that ends. */
#include "firmware/proto/pem.h"

#include "firmware/proto/base64.h"

static void skip(struct bytes *rest, size_t len)
{
    *rest = bytes_of(rest->data + len, rest->len - len);
}

static bool is_white_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_white_space(struct bytes *rest)
{
    while (rest->len > 0 && is_white_space(rest->data[0])) {
        skip(rest, 1);
    }
}

/* Skip `text` if it stands at the front. */
static bool take(struct bytes *rest, const char *text)
{
    const size_t len = strlen(text);

    if (rest->len < len || memcmp(rest->data, text, len) != 0) {
        return false;
    }
    skip(rest, len);
    return true;
}

/* `-----BEGIN label-----` or the same with END, with nothing behind it on its line. */
static bool take_boundary(struct bytes *rest, const char *which, const char *label)
{
    if (!take(rest, which) || !take(rest, label) || !take(rest, "-----")) {
        return false;
    }
    while (rest->len > 0 && (rest->data[0] == ' ' || rest->data[0] == '\t')) {
        skip(rest, 1);
    }
    return rest->len == 0 || rest->data[0] == '\n' || rest->data[0] == '\r';
}

int32_t pem_next(struct bytes *rest, const char *label, uint8_t *out, size_t cap, size_t *bytes)
{
    struct base64_decoder decoder = { 0 };

    *bytes = 0;
    skip_white_space(rest);
    if (rest->len == 0) {
        return 0;
    }
    if (!take_boundary(rest, "-----BEGIN ", label)) {
        return IMP_ERR_PEM_MALFORMED;
    }
    const uint8_t *dash = rest->len > 0 ? memchr(rest->data, '-', rest->len) : NULL;
    if (dash == NULL || dash[-1] != '\n') {
        return IMP_ERR_PEM_MALFORMED;
    }
    /* Decoding may write over the base64, but not over the boundary behind it. */
    const struct bytes base64 = bytes_of(rest->data, (size_t)(dash - rest->data));
    imp_err_t err = base64_decode(&decoder, base64, out, cap, bytes);
    err = err ? err : base64_finish(&decoder);
    if (err) {
        return err;
    }
    skip(rest, base64.len);
    return take_boundary(rest, "-----END ", label) ? 1 : IMP_ERR_PEM_MALFORMED;
}
