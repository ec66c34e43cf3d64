/* SPDX-License-Identifier: MIT
 * tls.c -- builds the server's TLS context.
 */
#include "host-sim/authority/tls.h"

enum {
    CLIENT_CHAIN_DEPTH_MAX = 2
};

static const char ciphers_tls12[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
static const char groups[] = "P-256:X25519:P-384";

static bool set_protocol(SSL_CTX *context)
{
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA);
    /* Without NO_AUTO_CHAIN OpenSSL would look for more to send; idle connections give their
     * buffers back. */
    SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_num_tickets(context, 0) == 1 &&
           SSL_CTX_set_cipher_list(context, ciphers_tls12) == 1 &&
           SSL_CTX_set1_groups_list(context, groups) == 1;
}

static bool set_identity(SSL_CTX *context, const struct ca *ca)
{
    return SSL_CTX_clear_chain_certs(context) == 1 &&
           SSL_CTX_use_certificate(context, ca->leaf) == 1 &&
           SSL_CTX_use_PrivateKey(context, ca->leaf_key) == 1 &&
           SSL_CTX_add1_chain_cert(context, ca->server) == 1 &&
           (ca->state.phase != CA_SWITCHED ||
            SSL_CTX_add1_chain_cert(context, ca->new_with_old) == 1);
}

/* NULL is nobody, and no failure. */
static bool trust(X509_STORE *store, X509 *certificate)
{
    return certificate == NULL || X509_STORE_add_cert(store, certificate) == 1;
}

/* Units send their certificate alone, so the device CA must be known here. No list of CA names is
 * sent. The server CA is not known here: it can't vouch for a client. */
static bool set_client_trust(SSL_CTX *context, const struct ca *ca)
{
    X509_STORE *store = X509_STORE_new();

    if (store == NULL) {
        return false;
    }
    SSL_CTX_set_cert_store(context, store);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_verify_depth(context, CLIENT_CHAIN_DEPTH_MAX);
    return trust(store, ca->root) && trust(store, ca->device) && trust(store, ca->other_root) &&
           trust(store, ca->other_device);
}

bool tls_context_renew(SSL_CTX *context, const struct ca *ca)
{
    return set_identity(context, ca) && set_client_trust(context, ca);
}

SSL_CTX *tls_context_new(const struct ca *ca)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    if (context != NULL && (!set_protocol(context) || !tls_context_renew(context, ca))) {
        SSL_CTX_free(context);
        context = NULL;
    }
    return context;
}
