/* SPDX-License-Identifier: MIT
 * tls.h -- the TLS side of the server.
 */
#ifndef IMPRINT_AUTHORITY_TLS_H
#define IMPRINT_AUTHORITY_TLS_H

#include <openssl/ssl.h>

#include "host-sim/authority/ca.h"

/* A server context: TLS 1.2 and 1.3, ECDHE with AEAD only, no tickets, no resumption, no
 * renegotiation. Sends the server's certificate and the server CA (the root is what clients have).
 * Asks for a client certificate and goes on without one; one that is presented must chain to the
 * device CA and be for clientAuth, or the handshake ends. Returns NULL when OpenSSL failed; free
 * with SSL_CTX_free. Borrows nothing.
 *
 * In the middle of a roll-over both roots and device CAs are trusted; once it has switched, the
 * cross certificate is sent too, so that a client that knows only the old root finds its way. */
SSL_CTX *tls_context_new(const struct ca *ca);

/* From the next connection on, use these certificates instead. False when OpenSSL failed. */
bool tls_context_renew(SSL_CTX *context, const struct ca *ca);

#endif
