/* SPDX-License-Identifier: MIT
 * doubles.c -- crypto, TLS and network for fuzz targets. There is no link, so that nothing ever connects. */
#include "tests/fuzz/doubles.h"

#include <stdio.h>
#include <stdlib.h>

#include "firmware/crypto/hash.h"
#include "firmware/crypto/key.h"
#include "firmware/crypto/random.h"
#include "firmware/crypto/verify.h"
#include "firmware/imp_assert.h"
#include "firmware/net/net.h"
#include "firmware/tls/tls.h"
#include "port/port.h"

static struct {
    uint8_t accepts;
    unsigned verify_count;
    uint32_t random;
} world;

void doubles_reset(uint8_t accepts)
{
    world.accepts = accepts;
    world.verify_count = 0;
    world.random = 1;
}

unsigned doubles_verify_count(void)
{
    return world.verify_count;
}

/* An invariant of ours that input can break is a finding. */
_Noreturn void imp_assert_failed(const char *file, int line)
{
    fprintf(stderr, "%s:%d: IMP_ASSERT\n", file, line);
    abort();
}

imp_err_t crypto_verify(const struct crypto_public_key *key, enum crypto_signature algorithm,
                        struct bytes message, struct bytes signature)
{
    (void)key;
    (void)algorithm;
    (void)message;
    (void)signature;
    return (world.accepts >> world.verify_count++ % 8 & 1) != 0 ? 0 : IMP_ERR_CRYPTO_SIGNATURE;
}

/* FNV-1a, spread over the digest: nothing here depends on its strength. */
imp_err_t hash_sha256(const struct bytes parts[], size_t count, uint8_t digest[HASH_SHA256_BYTES])
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < count; i++) {
        for (size_t at = 0; at < parts[i].len; at++) {
            hash = (hash ^ parts[i].data[at]) * 16777619u;
        }
    }
    for (size_t i = 0; i < HASH_SHA256_BYTES; i++) {
        hash *= 16777619u;
        digest[i] = (uint8_t)(hash >> 24);
    }
    return 0;
}

imp_err_t random_start(void)
{
    return 0;
}

imp_err_t random_fill(uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        world.random = world.random * 1664525u + 1013904223u;
        out[i] = (uint8_t)(world.random >> 24);
    }
    return 0;
}

imp_err_t key_sign(enum key_slot slot, const uint8_t digest[KEY_DIGEST_BYTES],
                   uint8_t signature[KEY_SIGNATURE_BYTES_MAX], size_t *bytes)
{
    (void)slot;
    memcpy(signature, digest, KEY_DIGEST_BYTES);
    *bytes = KEY_DIGEST_BYTES;
    return 0;
}

imp_err_t net_ready(void)
{
    return IMP_ERR_NET_NO_LINK;
}

void net_forget_routes(void)
{
}

imp_err_t net_route(const char *host, const uint8_t address[4])
{
    (void)host;
    (void)address;
    return 0;
}

struct net_count net_counted(void)
{
    return (struct net_count){ 0 };
}

imp_err_t tls_open(struct tls_stream **stream, const struct tls_params *params)
{
    (void)params;
    *stream = NULL;
    return IMP_ERR_NET_NO_LINK;
}

int32_t tls_connect(struct tls_stream *stream)
{
    (void)stream;
    return IMP_ERR_NET_NO_LINK;
}

int32_t tls_read(struct tls_stream *stream, uint8_t *out, size_t cap)
{
    (void)stream;
    (void)out;
    (void)cap;
    return IMP_ERR_NET_NO_LINK;
}

int32_t tls_write(struct tls_stream *stream, const uint8_t *in, size_t len)
{
    (void)stream;
    (void)in;
    (void)len;
    return IMP_ERR_NET_NO_LINK;
}

bool tls_identified(const struct tls_stream *stream)
{
    (void)stream;
    return false;
}

int32_t tls_foreign_code(const struct tls_stream *stream)
{
    (void)stream;
    return 0;
}

void tls_close(struct tls_stream *stream)
{
    (void)stream;
}

struct port_arena_use port_arena_use(void)
{
    return (struct port_arena_use){ 0 };
}
