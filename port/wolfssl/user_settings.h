/* SPDX-License-Identifier: MIT
 * user_settings.h -- wolfSSL as this firmware builds it: a TLS client that judges nobody by itself.
 *
 * What each option costs or saves is in port/README.md. port/wolfssl/options_check.h names what a
 * product that brings a wolfSSL of its own must set likewise. */
#ifndef PORT_WOLFSSL_USER_SETTINGS_H
#define PORT_WOLFSSL_USER_SETTINGS_H

#include <stddef.h>

#ifndef CONFIG_TLS12
#define CONFIG_TLS12 1 /* Speak TLS 1.2 where a server has no 1.3. */
#endif
#ifndef CONFIG_METHODS_ALL
#define CONFIG_METHODS_ALL 1
#endif
#ifndef PORT_RSA
#define PORT_RSA (CONFIG_TLS12 || CONFIG_METHODS_ALL) /* Verify RSA 2048, 3072 and 4096. */
#endif
/* 1: a table of base point multiples, 18 KB more code, for fewer instructions (port/README.md). */
#ifndef PORT_P256_TABLE
#define PORT_P256_TABLE 0
#endif
#ifndef PORT_P384_P521
#define PORT_P384_P521 CONFIG_METHODS_ALL /* ECDSA and ECDH over P-384 and P-521. */
#endif

/* --- Surroundings: no threads, files, sockets or clock of its own. ---------------------------- */

#define SINGLE_THREADED
#define WOLFSSL_USER_IO
#define WOLFSSL_NO_SOCK
#define NO_FILESYSTEM
#define NO_WRITEV
/* Dates are judged by the verdict (firmware/trust), which knows what the clock is worth. */
#define NO_ASN_TIME
#define USER_TICKS /* LowResTimer is the port's. */
#define NO_ERROR_STRINGS
#define NO_WOLFSSL_MEMORY /* No allocator hooks: the next lines are the allocator. */

void *port_arena_alloc(size_t bytes);
void port_arena_free(void *block);
void *port_arena_realloc(void *block, size_t bytes);

#define XMALLOC_OVERRIDE
#define XMALLOC(bytes, heap, type) ((void)(heap), (void)(type), port_arena_alloc(bytes))
#define XFREE(block, heap, type)   ((void)(heap), (void)(type), port_arena_free(block))
#define XREALLOC(block, bytes, heap, type) \
    ((void)(heap), (void)(type), port_arena_realloc((block), (bytes)))

/* --- Randomness: Hash_DRBG (SP 800-90A) over the tested noise source. ------------------------- */

#define HAVE_HASHDRBG
int port_random_seed(unsigned char *out, unsigned int bytes);
#define CUSTOM_RAND_GENERATE_SEED port_random_seed
#define ENTROPY_SCALE_FACTOR      2 /* The source promises 4 bits a byte: 64 bytes for 256. */

/* --- TLS -------------------------------------------------------------------------------------- */

#define NO_WOLFSSL_SERVER
#define NO_OLD_TLS
#define WOLFSSL_TLS13
#if !CONFIG_TLS12
#define WOLFSSL_NO_TLS12
#endif
#define WOLFSSL_AEAD_ONLY
#define HAVE_AEAD
#define HAVE_HKDF
#define HAVE_TLS_EXTENSIONS
#define HAVE_EXTENDED_MASTER
#define HAVE_SUPPORTED_CURVES
#define HAVE_SNI
#define HAVE_MAX_FRAGMENT
#define WOLFSSL_SEND_HRR_COOKIE
/* The verdict is asked although wolfSSL itself verifies nothing. */
#define WOLFSSL_ALWAYS_VERIFY_CB
#define HAVE_PK_CALLBACKS   /* Client authentication signs with key_sign ... */
#define WOLF_PRIVATE_KEY_ID /* ... so wolfSSL holds a public key only. */
#define NO_WOLFSSL_CM_VERIFY
#define WOLFSSL_MODE_AUTO_RETRY_ATTEMPTS 0
#define NO_SESSION_CACHE
#define NO_PSK
#define NO_PWDBASED
#define NO_HANDSHAKE_DONE_CB
#define NO_CHECK_PRIVATE_KEY
#define WOLFSSL_NO_CA_NAMES
#define WOLFSSL_NO_SERVER_GROUPS_EXT
#define MAX_CHAIN_DEPTH    6 /* CONFIG_CHAIN_CERTS_MAX: tls.c checks. */
#define MAX_CERTIFICATE_SZ 8192
#ifndef PORT_NO_SMALL_STACK /* wolfssl.cmake says which files, and why. */
#define WOLFSSL_SMALL_STACK
#endif

/* --- Algorithms ------------------------------------------------------------------------------- */

#define HAVE_ECC
#define ECC_USER_CURVES /* P-256 only, and those named below. */
#define ECC_TIMING_RESISTANT
#define ALT_ECC_SIZE
#define WOLFSSL_HAVE_SP_ECC
#define WOLFSSL_SP_MATH
#if !PORT_P256_TABLE
#define WOLFSSL_SP_SMALL
#endif
#if PORT_P384_P521
#define HAVE_ECC384
#define HAVE_ECC521
#define WOLFSSL_SP_384
#define WOLFSSL_SP_521
#endif

#if PORT_RSA
#define WOLFSSL_HAVE_SP_RSA
#define WOLFSSL_SP_4096
#define WOLFSSL_RSA_PUBLIC_ONLY
#define WOLFSSL_RSA_VERIFY_INLINE
#define WC_RSA_PSS
#define WC_RSA_BLINDING
#else
#define NO_RSA
#endif

#if PORT_RSA || PORT_P384_P521
#define WOLFSSL_SHA384
#define WOLFSSL_SHA512
#define USE_SLOW_SHA512
#endif

#define HAVE_AESGCM
#define GCM_TABLE_4BIT
#define NO_AES_CBC
#define NO_AES_DECRYPT      /* GCM never runs the block cipher backwards ... */
#define HAVE_AESGCM_DECRYPT /* ... to decrypt. */
#define NO_AES_192
#define WOLFSSL_AES_SMALL_TABLES

#define NO_DH
#define NO_DSA
#define NO_DES3
#define NO_MD4
#define NO_MD5
#define NO_RC4
#define NO_SHA
#define NO_PKCS7
#define NO_PKCS8
#define NO_PKCS12
#define NO_CODING
#define WOLFSSL_ASN_TEMPLATE
#define IGNORE_NAME_CONSTRAINTS /* The verdict evaluates them. */

/* --- Assembly --------------------------------------------------------------------------------- */

#if defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M' && __ARM_ARCH >= 7
#define WOLFSSL_SP_ARM_CORTEX_M_ASM
#define WOLFSSL_ARM_ARCH 7
#endif
#if defined(__SIZEOF_POINTER__) && __SIZEOF_POINTER__ == 8
#define HAVE___UINT128_T 1
#define SP_WORD_SIZE     64
#else
#define SP_WORD_SIZE 32
#endif

#endif
