/* SPDX-License-Identifier: MIT
 * tls_peer.c -- see tls_peer.h. */
#include "tests/support/tls_peer.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "firmware/net/net.h"

struct peer peer;

struct net_stream {
    int unused;
};

static struct net_stream the_stream;

static void must(bool holds)
{
    if (!holds) {
        ERR_print_errors_fp(stderr);
        abort();
    }
}

/* --- Certificates ----------------------------------------------------------------------------- */

static EVP_PKEY *make_key(enum peer_key type)
{
    switch (type) {
    case PEER_P384:
        return EVP_EC_gen("P-384");
    case PEER_RSA2048:
        return EVP_RSA_gen(2048);
    default:
        return EVP_EC_gen("P-256");
    }
}

static X509 *certify(EVP_PKEY *key, const char *name, X509 *issuer, EVP_PKEY *issuer_key)
{
    static long serial = 1;
    X509 *cert = X509_new();
    X509_NAME *subject = X509_NAME_new();

    must(cert != NULL && key != NULL);
    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_subject_name(cert, subject);
    X509_set_issuer_name(cert, issuer ? X509_get_subject_name(issuer) : subject);
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
    X509_set_pubkey(cert, key);
    if (issuer == NULL) {
        X509_EXTENSION *ca =
            X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");

        X509_add_ext(cert, ca, -1);
        X509_EXTENSION_free(ca);
    }
    must(X509_sign(cert, issuer_key, EVP_sha256()) > 0);
    X509_NAME_free(subject);
    return cert;
}

/* Make a certificate larger: a comment of 400 characters. */
static void add_comment(X509 *cert, EVP_PKEY *key)
{
    char text[401];

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    X509_EXTENSION *comment = X509V3_EXT_conf_nid(NULL, NULL, NID_netscape_comment, text);

    must(comment != NULL && X509_add_ext(cert, comment, -1) == 1);
    X509_EXTENSION_free(comment);
    must(X509_sign(cert, key, EVP_sha256()) > 0);
}

struct peer_cert peer_make_ca(enum peer_key type)
{
    struct peer_cert ca = { .key = make_key(type) };

    ca.cert = certify(ca.key, "Test CA", NULL, ca.key);
    if (type == PEER_RSA2048) {
        add_comment(ca.cert, ca.key);
    }
    return ca;
}

struct peer_cert peer_make_leaf(enum peer_key type, const struct peer_cert *ca)
{
    struct peer_cert leaf = { .key = make_key(type) };

    leaf.cert = certify(leaf.key, "server.test", ca->cert, ca->key);
    return leaf;
}

static EVP_PKEY *public_key(const uint8_t point[65])
{
    EVP_PKEY *key = EVP_PKEY_new();

    EVP_PKEY_free(key);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string("group", (char[]){ "P-256" }, 0),
        OSSL_PARAM_construct_octet_string("pub", (void *)(uintptr_t)point, 65),
        OSSL_PARAM_construct_end(),
    };

    key = NULL;
    must(EVP_PKEY_fromdata_init(ctx) == 1 &&
         EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) == 1);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

X509 *peer_certify_point(const uint8_t point[65], const struct peer_cert *ca)
{
    EVP_PKEY *key = public_key(point);
    X509 *cert = certify(key, "device", ca->cert, ca->key);

    EVP_PKEY_free(key);
    return cert;
}

void peer_free_cert(struct peer_cert *cert)
{
    X509_free(cert->cert);
    EVP_PKEY_free(cert->key);
    memset(cert, 0, sizeof *cert);
}

/* The public point of `leaf` with somebody else's scalar. */
static EVP_PKEY *mismatched(EVP_PKEY *leaf)
{
    EVP_PKEY *other = make_key(PEER_P256);
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    uint8_t point[65];
    uint8_t scalar[32];
    size_t point_bytes = 0;
    BIGNUM *number = NULL;

    must(EVP_PKEY_get_octet_string_param(leaf, "pub", point, sizeof point, &point_bytes) == 1);
    must(EVP_PKEY_get_bn_param(other, "priv", &number) == 1 &&
         BN_bn2lebinpad(number, scalar, sizeof scalar) == sizeof scalar);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string("group", (char[]){ "P-256" }, 0),
        OSSL_PARAM_construct_octet_string("pub", point, point_bytes),
        OSSL_PARAM_construct_BN("priv", scalar, sizeof scalar),
        OSSL_PARAM_construct_end(),
    };

    must(EVP_PKEY_fromdata_init(ctx) == 1 &&
         EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) == 1);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(other);
    BN_free(number);
    return key;
}

/* --- The server ------------------------------------------------------------------------------- */

static void note_alert(const SSL *ssl, int where, int value)
{
    (void)ssl;
    if (where == SSL_CB_READ_ALERT) {
        peer.alert = value & 0xFF;
    }
}

static void demand_client(SSL_CTX *ctx, const struct peer_cert *ca)
{
    X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), ca->cert);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
}

/* A server without certificates yet. */
static SSL_CTX *make_context(const struct peer_options *options)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    memset(&peer, 0, sizeof peer);
    peer.ctx = ctx;
    peer.alert = -1;
    SSL_CTX_set_options(ctx, options->ssl_options);
    if (options->version != 0) {
        SSL_CTX_set_min_proto_version(ctx, options->version);
        SSL_CTX_set_max_proto_version(ctx, options->version);
    }
    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set_info_callback(ctx, note_alert);
    return ctx;
}

void peer_start(const struct peer_cert *leaf, const struct peer_cert *ca,
                const struct peer_options *options)
{
    SSL_CTX *ctx = make_context(options);

    must(options->suites12 == NULL || SSL_CTX_set_cipher_list(ctx, options->suites12) == 1);
    must(options->groups == NULL || SSL_CTX_set1_groups_list(ctx, options->groups) == 1);
    must(SSL_CTX_use_certificate(ctx, leaf->cert) == 1);
    EVP_PKEY *key = options->wrong_private_key ? mismatched(leaf->key) : leaf->key;

    must(SSL_CTX_use_PrivateKey(ctx, key) == 1);
    if (options->wrong_private_key) {
        EVP_PKEY_free(key);
    }
    for (size_t i = 0; i < 1 + options->padding_certs; i++) {
        must(SSL_CTX_add1_chain_cert(ctx, ca->cert) == 1);
    }
    if (options->client_ca != NULL) {
        demand_client(ctx, options->client_ca);
    }
}

bool peer_start_chain(EVP_PKEY *key, const struct bytes *certs, size_t count,
                      const struct peer_options *options)
{
    SSL_CTX *ctx = make_context(options);
    bool taken = true;

    for (size_t i = 0; i < count; i++) {
        const uint8_t *at = certs[i].data;
        X509 *cert = d2i_X509(NULL, &at, (long)certs[i].len);

        must(cert != NULL);
        taken = taken && (i == 0 ? SSL_CTX_use_certificate(ctx, cert)
                                 : SSL_CTX_add1_chain_cert(ctx, cert)) == 1;
        X509_free(cert);
    }
    taken = taken && SSL_CTX_use_PrivateKey(ctx, key) == 1;
    ERR_clear_error();
    return taken;
}

void peer_stop(void)
{
    SSL_free(peer.ssl);
    SSL_CTX_free(peer.ctx);
    peer.ssl = NULL;
    peer.ctx = NULL;
}

/* Move the server's answer over, record by record. */
static void collect(void)
{
    BIO *out = SSL_get_wbio(peer.ssl);
    const size_t begin = peer.to_device_bytes;
    const int got = BIO_read(out, peer.to_device + begin, (int)(sizeof peer.to_device - begin));

    if (got <= 0) {
        return;
    }
    peer.to_device_bytes += (size_t)got;
    for (size_t at = begin; at + 5 <= peer.to_device_bytes;) {
        const size_t bytes = 5 + (size_t)(peer.to_device[at + 3] << 8 | peer.to_device[at + 4]);

        peer.record_count++;
        if (peer.alter != NULL) {
            peer.alter(peer.to_device + at, bytes);
        }
        at += bytes;
    }
}

void peer_turn(void)
{
    if (!SSL_is_init_finished(peer.ssl)) {
        (void)SSL_do_handshake(peer.ssl);
    }
    ERR_clear_error();
    collect();
}

void peer_send(const void *text, size_t len)
{
    must(SSL_write(peer.ssl, text, (int)len) == (int)len);
    collect();
}

void peer_flush(void)
{
    must(SSL_do_handshake(peer.ssl) == 1);
    collect();
}

/* --- net.h ------------------------------------------------------------------------------------ */

imp_err_t net_ready(void)
{
    return 0;
}

imp_err_t net_open(struct net_stream **stream, const char *host, uint16_t port)
{
    (void)host, (void)port;
    peer.ssl = SSL_new(peer.ctx);
    SSL_set_bio(peer.ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(peer.ssl);
    *stream = &the_stream;
    return 0;
}

int32_t net_connected(struct net_stream *stream)
{
    (void)stream;
    return 1;
}

int32_t net_read(struct net_stream *stream, uint8_t *out, size_t cap)
{
    size_t take = cap < peer.to_device_bytes ? cap : peer.to_device_bytes;

    (void)stream;
    if (peer.read_limit != 0 && take > peer.read_limit) {
        take = peer.read_limit;
    }
    if (take == 0) {
        return peer.cut_after_answer ? IMP_ERR_NET_CLOSED : 0;
    }
    memcpy(out, peer.to_device, take);
    memmove(peer.to_device, peer.to_device + take, peer.to_device_bytes - take);
    peer.to_device_bytes -= take;
    return (int32_t)take;
}

int32_t net_write(struct net_stream *stream, const uint8_t *in, size_t len)
{
    (void)stream;
    peer.from_device_bytes += len;
    must(BIO_write(SSL_get_rbio(peer.ssl), in, (int)len) == (int)len);
    peer_turn();
    return (int32_t)len;
}

void net_close(struct net_stream *stream)
{
    (void)stream;
}
