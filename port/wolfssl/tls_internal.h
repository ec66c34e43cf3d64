/* SPDX-License-Identifier: MIT
 * tls_internal.h -- what wolfSSL's public interface does not offer. tls_internal.c alone reads its
 * internal header. */
#ifndef PORT_WOLFSSL_TLS_INTERNAL_H
#define PORT_WOLFSSL_TLS_INTERNAL_H

#include <stdbool.h>

#include <wolfssl/wolfcrypt/settings.h>
#include <wolfssl/ssl.h>

/* True when the ServerHello settled on TLS 1.2 without extended master secret (RFC 7627). */
bool tls_internal_lacks_ems(const WOLFSSL *ssl);

/* True when the peer proves its identity with a P-256 key, for the counters. */
bool tls_internal_peer_is_p256(const WOLFSSL *ssl);

/* Send a fatal alert if that is possible at once. */
void tls_internal_alert(WOLFSSL *ssl, int description);

/* Let the context's streams draw from `rng` instead of each seeding a generator of its own. Give
 * NULL back before the context is freed: it would free the generator. */
void tls_internal_share_rng(WOLFSSL_CTX *ctx, WC_RNG *rng);

#endif
