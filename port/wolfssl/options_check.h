/* SPDX-License-Identifier: MIT
 * options_check.h -- names each wolfSSL option that the port needs and does not find.
 *
 * For products that bring a wolfSSL of their own; tls.c includes it. Our own user_settings.h passes
 * by definition. */
#ifndef PORT_WOLFSSL_OPTIONS_CHECK_H
#define PORT_WOLFSSL_OPTIONS_CHECK_H

#include <wolfssl/wolfcrypt/settings.h>

#ifndef WOLFSSL_TLS13
#error "wolfSSL: define WOLFSSL_TLS13"
#endif
#ifndef NO_OLD_TLS
#error "wolfSSL: define NO_OLD_TLS: TLS 1.0 and 1.1 are refused by not being there"
#endif
#ifndef WOLFSSL_AEAD_ONLY
#error "wolfSSL: define WOLFSSL_AEAD_ONLY: no CBC"
#endif
#if !defined(NO_DH) || !defined(NO_PSK) || defined(WOLFSSL_STATIC_RSA) || defined(HAVE_ANON)
#error "wolfSSL: define NO_DH, NO_PSK, not WOLFSSL_STATIC_RSA, HAVE_ANON: ECDHE only"
#endif
#ifndef HAVE_EXTENDED_MASTER
#error "wolfSSL: define HAVE_EXTENDED_MASTER: TLS 1.2 without it is refused"
#endif
#if defined(HAVE_SECURE_RENEGOTIATION) || defined(HAVE_SESSION_TICKET) || !defined(NO_SESSION_CACHE)
#error "wolfSSL: define NO_SESSION_CACHE, no tickets, no renegotiation: nothing outlives its stream"
#endif
#ifndef WOLFSSL_ALWAYS_VERIFY_CB
#error "wolfSSL: define WOLFSSL_ALWAYS_VERIFY_CB: without it the verdict is never asked"
#endif
#ifndef NO_ASN_TIME
#error "wolfSSL: define NO_ASN_TIME: dates are judged by the verdict"
#endif
#if !defined(HAVE_PK_CALLBACKS) || !defined(WOLF_PRIVATE_KEY_ID)
#error "wolfSSL: define HAVE_PK_CALLBACKS and WOLF_PRIVATE_KEY_ID: key_sign signs for the client"
#endif
#if !defined(HAVE_SNI) || !defined(HAVE_SUPPORTED_CURVES) || !defined(HAVE_MAX_FRAGMENT)
#error "wolfSSL: define HAVE_SNI, HAVE_SUPPORTED_CURVES and HAVE_MAX_FRAGMENT"
#endif
#ifndef WOLFSSL_SEND_HRR_COOKIE
#error "wolfSSL: define WOLFSSL_SEND_HRR_COOKIE: servers that retry with a cookie need it"
#endif
#ifndef SINGLE_THREADED
#error "wolfSSL: define SINGLE_THREADED: all streams share one DRBG"
#endif
#if !defined(HAVE_HASHDRBG) || !defined(CUSTOM_RAND_GENERATE_SEED)
#error "wolfSSL: define HAVE_HASHDRBG and CUSTOM_RAND_GENERATE_SEED=port_random_seed"
#endif
#if !defined(HAVE_ECC) || !defined(ECC_TIMING_RESISTANT)
#error "wolfSSL: define HAVE_ECC and ECC_TIMING_RESISTANT"
#endif
#if !defined(HAVE_AESGCM) || !defined(HAVE_HKDF)
#error "wolfSSL: define HAVE_AESGCM and HAVE_HKDF"
#endif
#if !defined(PORT_RSA) || !defined(PORT_P384_P521)
#error "wolfSSL: define PORT_RSA and PORT_P384_P521 to 1 or 0 as wolfSSL is built"
#endif

#endif
