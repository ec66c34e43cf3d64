/* SPDX-License-Identifier: MIT
 * tls_seal.c -- records of TLS 1.3 sealed by hand under an OpenSSL server's own keys. */
#include "tests/support/tls_seal.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADER_BYTES = 5,
    IV_BYTES = 12,
    TAG_BYTES = 16,
    APPLICATION_DATA = 23,
    DATA_BYTES_MAX = 512
};

static uint8_t secret[64]; /* SERVER_TRAFFIC_SECRET_0 */
static size_t secret_bytes;
static uint64_t sequence;

static void need(bool good)
{
    if (!good) {
        ERR_print_errors_fp(stderr);
        abort();
    }
}

static void note_secret(const SSL *ssl, const char *line)
{
    static const char label[] = "SERVER_TRAFFIC_SECRET_0 ";
    const char *hex = strrchr(line, ' ');

    (void)ssl;
    if (strncmp(line, label, sizeof label - 1) == 0) {
        need(OPENSSL_hexstr2buf_ex(secret, sizeof secret, &secret_bytes, hex + 1, '\0') == 1);
    }
}

void tls_seal_watch(SSL_CTX *ctx)
{
    sequence = 0;
    secret_bytes = 0;
    SSL_CTX_set_num_tickets(ctx, 0);
    SSL_CTX_set_keylog_callback(ctx, note_secret);
}

/* HKDF-Expand-Label(secret, label, "", bytes) (RFC 8446 7.1) */
static void expand(const char *digest, const char *label, uint8_t *out, size_t bytes)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS13-KDF", NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret, secret_bytes),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PREFIX, (char[]){ "tls13 " }, 6),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_LABEL, (char *)(uintptr_t)label,
                                          strlen(label)),
        OSSL_PARAM_construct_end(),
    };

    need(EVP_KDF_derive(context, out, bytes, params) == 1);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
}

/* The nonce is the sequence number, from the right, over the IV. */
static void number(uint8_t iv[IV_BYTES])
{
    for (size_t i = 0; i < 8; i++) {
        iv[IV_BYTES - 1 - i] ^= (uint8_t)(sequence >> (8 * i));
    }
    sequence++;
}

size_t tls_seal(SSL *ssl, const void *data, size_t len, uint8_t *out)
{
    const SSL_CIPHER *suite = SSL_get_current_cipher(ssl);
    const EVP_CIPHER *cipher = EVP_get_cipherbynid(SSL_CIPHER_get_cipher_nid(suite));
    const char *digest = EVP_MD_get0_name(SSL_CIPHER_get_handshake_digest(suite));
    const size_t body = len + 1 + TAG_BYTES;
    uint8_t inner[DATA_BYTES_MAX + 1];
    uint8_t key[32];
    uint8_t iv[IV_BYTES];
    int written = 0;

    need(secret_bytes > 0 && cipher != NULL && len <= DATA_BYTES_MAX);
    expand(digest, "key", key, (size_t)EVP_CIPHER_get_key_length(cipher));
    expand(digest, "iv", iv, sizeof iv);
    number(iv);
    memcpy(out, (const uint8_t[]){ APPLICATION_DATA, 3, 3 }, 3);
    out[3] = (uint8_t)(body >> 8);
    out[4] = (uint8_t)body;
    if (len > 0) {
        memcpy(inner, data, len);
    }
    inner[len] = APPLICATION_DATA;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    need(EVP_EncryptInit_ex(context, cipher, NULL, key, iv) == 1 &&
         EVP_EncryptUpdate(context, NULL, &written, out, HEADER_BYTES) == 1 &&
         EVP_EncryptUpdate(context, out + HEADER_BYTES, &written, inner, (int)len + 1) == 1 &&
         EVP_EncryptFinal_ex(context, out + HEADER_BYTES + written, &written) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES,
                             out + HEADER_BYTES + len + 1) == 1);
    EVP_CIPHER_CTX_free(context);
    return HEADER_BYTES + body;
}

size_t tls_seal_empty(SSL *ssl, uint8_t *out)
{
    return tls_seal(ssl, NULL, 0, out);
}
