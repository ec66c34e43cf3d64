/* SPDX-License-Identifier: MIT
 * tls_seal.h -- records of TLS 1.3 sealed by hand under an OpenSSL server's own keys: those that it
 * would not send itself. RFC 8446 5.2, 5.3, 7.3. */
#ifndef TESTS_SUPPORT_TLS_SEAL_H
#define TESTS_SUPPORT_TLS_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

/* Learn the traffic secret of the next connection of `ctx`, which then sends no session tickets:
 * the first record sealed here is number 0 of its application data. */
void tls_seal_watch(SSL_CTX *ctx);

/* Seal `len` bytes of application data, at most 512, or none, to `out`; returns the record's length.
 * `ssl` itself must not send any more. */
size_t tls_seal(SSL *ssl, const void *data, size_t len, uint8_t *out);
size_t tls_seal_empty(SSL *ssl, uint8_t *out);

#endif
