/* SPDX-License-Identifier: MIT
 * fault_certificate.c -- certificates that no device may take. They are signed by the real device
 * CA, except where that is the fault: a client must have looked at the rest to refuse them.
 */
#include "host-sim/authority/fault_certificate.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "host-sim/authority/fault_forge.h"
#include "host-sim/authority/pkcs7.h"

enum {
    FORGED_S = 86400,
    TRAILING_BYTES = 16,
    CERTIFICATES_MAX = 1000
};

/* As ca_issue would: the certificate that a liar starts from. */
static struct forgery truth(const struct authority *authority, const struct csr *csr)
{
    const int64_t now = (int64_t)time(NULL);

    return (struct forgery){
        .order = { .profile = CERTIFICATE_DEVICE,
                   .name = csr->name,
                   .key = csr->key,
                   .issuer = authority->ca.device,
                   .issuer_key = authority->ca.device_key,
                   .not_before = now - FORGED_S,
                   .not_after = now + FORGED_S },
    };
}

/* A PKCS#7 of `first`, which may be NULL after a failure, and `count` times `other`. */
static char *wrap(const X509 *first, const X509 *other, size_t count)
{
    const X509 *list[1 + CERTIFICATES_MAX] = { first };

    count = count < CERTIFICATES_MAX ? count : CERTIFICATES_MAX;
    for (size_t i = 0; i < count; i++) {
        list[1 + i] = other;
    }
    return first != NULL ? pkcs7_encode(list, 1 + count) : NULL;
}

static char *forged(const struct forgery *forgery)
{
    X509 *certificate = forge(forgery);
    char *body = wrap(certificate, NULL, 0);

    X509_free(certificate);
    return body;
}

/* The right certificate, but on `key`, which is freed. */
static char *forged_on(struct forgery forgery, EVP_PKEY *key)
{
    forgery.order.key = key;
    char *body = forged(&forgery);

    EVP_PKEY_free(key);
    return body;
}

static char *forged_by_stranger(struct forgery forgery)
{
    struct stranger stranger = { 0 };
    char *body = NULL;

    if (forge_stranger("Stranger CA", &stranger)) {
        forgery.order.issuer = stranger.certificate;
        forgery.order.issuer_key = stranger.key;
        body = forged(&forgery);
    }
    forge_stranger_free(&stranger);
    return body;
}

/* The newest certificate of another key; when there is none yet, one of a device that is not. */
static char *other_device(struct authority *authority, const struct csr *csr,
                          struct forgery forgery)
{
    sqlite3_stmt *rows = record_list_all(&authority->db);
    char *body = NULL;
    struct record row;

    while (record_next(rows, &row)) {
        if (body == NULL && memcmp(row.key_id, csr->key_id, sizeof row.key_id) != 0) {
            body = pkcs7_encode_der(row.der, row.der_bytes);
        }
    }
    forgery.order.name = "another-device";
    return body != NULL ? body : forged_on(forgery, EVP_EC_gen("P-256"));
}

static char *two_leaves(const struct forgery *right)
{
    struct forgery other = *right;
    X509 *first = forge(right);

    other.order.key = EVP_EC_gen("P-256");
    X509 *second = forge(&other);
    char *body = second != NULL ? wrap(first, second, 1) : NULL;

    X509_free(first);
    X509_free(second);
    EVP_PKEY_free(other.order.key);
    return body;
}

static char *with_cas(const struct forgery *right, const X509 *ca, long count)
{
    X509 *certificate = forge(right);
    char *body = wrap(certificate, ca, (size_t)count);

    X509_free(certificate);
    return body;
}

/* Bytes behind the DER of the PKCS#7, inside the base64. */
static char *with_trailing(const struct forgery *right)
{
    char *text = forged(right);
    const size_t size = text != NULL ? strlen(text) : 0;
    uint8_t *der = text != NULL ? calloc(1, size + TRAILING_BYTES) : NULL;
    const long der_bytes = der != NULL ? base64_to_bytes(text, size, der) : -1;
    char *body = NULL;

    if (der_bytes > 0) {
        body = base64_encode(der, (size_t)der_bytes + TRAILING_BYTES);
    }
    free(der);
    free(text);
    return body;
}

char *fault_certificate(const struct fault *fault, struct authority *authority,
                        const struct csr *csr)
{
    struct forgery forgery = truth(authority, csr);

    switch (fault->kind) {
    case FAULT_WRONG_KEY:
        return forged_on(forgery, EVP_EC_gen("P-256"));
    case FAULT_RSA_KEY:
        return forged_on(forgery, EVP_RSA_gen(2048));
    case FAULT_OTHER_DEVICE:
        return other_device(authority, csr, forgery);
    case FAULT_WRONG_CHAIN:
        return forged_by_stranger(forgery);
    case FAULT_TWO_LEAVES:
        return two_leaves(&forgery);
    case FAULT_NONE:
        return pkcs7_encode(NULL, 0);
    case FAULT_TRAILING:
        return with_trailing(&forgery);
    case FAULT_OVERSIZE_CHAIN:
        return with_cas(&forgery, authority->ca.device, fault->value);
    case FAULT_WRONG_NAME:
        forgery.order.name = "another-name";
        break;
    case FAULT_EXPIRED:
        forgery.order.not_before = FORGE_2020_BEGIN;
        forgery.order.not_after = FORGE_2020_END;
        break;
    case FAULT_CA_TRUE:
        forgery.order.profile = CERTIFICATE_ISSUING;
        break;
    case FAULT_WRONG_USAGE:
        forgery.order.profile = CERTIFICATE_SERVER;
        break;
    case FAULT_UNKNOWN_CRITICAL:
        forgery.is_unknown_critical = true;
        break;
    case FAULT_BAD_SIGNATURE:
        forgery.is_flipped = true;
        break;
    default:
        return NULL;
    }
    return forged(&forgery);
}
