/* SPDX-License-Identifier: MIT
 * tls_internal.c -- the one file that reads wolfSSL's internal header; see tls_internal.h for
 * why. */
#include "port/wolfssl/tls_internal.h"

#include <wolfssl/internal.h>
#include <wolfssl/wolfcrypt/ecc.h>

bool tls_internal_lacks_ems(const WOLFSSL *ssl)
{
    return !ssl->options.tls1_3 && !ssl->options.haveEMS;
}

bool tls_internal_peer_is_p256(const WOLFSSL *ssl)
{
    return ssl->peerEccDsaKeyPresent &&
           wc_ecc_get_curve_id(ssl->peerEccDsaKey->idx) == ECC_SECP256R1;
}

void tls_internal_alert(WOLFSSL *ssl, int description)
{
    (void)SendAlert(ssl, alert_fatal, description);
}

void tls_internal_share_rng(WOLFSSL_CTX *ctx, WC_RNG *rng)
{
    ctx->rng = rng;
}
