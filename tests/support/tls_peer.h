/* SPDX-License-Identifier: MIT
 * tls_peer.h -- net.h whose far end is an OpenSSL server in the same process.
 *
 * What the device writes is fed to the server at once; what the server answers waits until the
 * device reads it. A test may look at, alter or cut the bytes in between. One stream at a time. */
#ifndef TESTS_SUPPORT_TLS_PEER_H
#define TESTS_SUPPORT_TLS_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "firmware/bytes.h"

enum peer_key {
    PEER_P256,
    PEER_P384,
    PEER_RSA2048
};

/* A certification authority and certificates by it, made anew in each run. An RSA authority's own
 * certificate has more than 1 KB. */
struct peer_cert {
    EVP_PKEY *key;
    X509 *cert;
};
struct peer_cert peer_make_ca(enum peer_key type);
struct peer_cert peer_make_leaf(enum peer_key type, const struct peer_cert *ca);
/* A certificate by `ca` for a P-256 point that somebody else has the key of. */
X509 *peer_certify_point(const uint8_t point[65], const struct peer_cert *ca);
void peer_free_cert(struct peer_cert *cert);

/* How the server behaves; all zero: TLS 1.2 and 1.3, no client certificate. */
struct peer_options {
    int version;                       /* TLS1_2_VERSION or TLS1_3_VERSION alone; 0 both. */
    const char *suites12;              /* Cipher list of TLS 1.2. */
    const char *groups;                /* "P-384": the client's key share is asked for again. */
    uint64_t ssl_options;              /* SSL_OP_* */
    const struct peer_cert *client_ca; /* Demand a client certificate by this CA. */
    bool wrong_private_key; /* Sign with another scalar than the certificate's (P-256 only). */
    size_t padding_certs;   /* So many more certificates in the chain, to make it long. */
};

struct peer {
    SSL_CTX *ctx;
    SSL *ssl;
    uint8_t to_device[65536];
    size_t to_device_bytes;
    size_t read_limit;     /* Bytes the device gets from one net_read; 0 all. */
    bool cut_after_answer; /* End of stream when all was read. */
    void (*alter)(uint8_t *record,
                  size_t bytes); /* Sees each of the server's records before the device does. */
    int alert;                   /* The last alert from the device, -1 none. */
    size_t from_device_bytes;
    size_t record_count; /* The server's records so far. */
};
extern struct peer peer;

/* A server with this certificate (by `ca`, which is sent along), waiting for net_open. */
void peer_start(const struct peer_cert *leaf, const struct peer_cert *ca,
                const struct peer_options *options);
void peer_stop(void);

/* A server that presents these certificates, leaf first, and has this key, whatever they are worth.
 * False: OpenSSL itself does not take them. */
bool peer_start_chain(EVP_PKEY *key, const struct bytes *certs, size_t count,
                      const struct peer_options *options);

/* Give the server a turn, and send `len` bytes of application data from it (0: none). */
void peer_turn(void);
void peer_send(const void *text, size_t len);

/* Send what the server has to say after its handshake (a key update). */
void peer_flush(void);

#endif
