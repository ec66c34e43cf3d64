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
 * with SSL_CTX_free. Borrows nothing. */
SSL_CTX *tls_context_new(const struct ca *ca);

#endif
