/* SPDX-License-Identifier: MIT
 * ca.c -- loads the certificates and keys, issues device certificates, wraps certificates as
 * PKCS#7.
 */
#include "host-sim/authority/ca.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <stdio.h>
#include <string.h>

#include "host-sim/authority/certificate.h"

enum {
    BACKDATE_S = 300,
    DAY_S = 86400
};

static FILE *open_part(const char *dir, const char *name, const char *suffix)
{
    char path[CA_PATH_CHARS];
    FILE *file = NULL;

    if ((size_t)snprintf(path, sizeof path, "%s/%s.%s", dir, name, suffix) < sizeof path) {
        file = fopen(path, "r");
    }
    if (file == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
    }
    return file;
}

static X509 *load_certificate(const char *dir, const char *name)
{
    FILE *file = open_part(dir, name, "pem");
    X509 *certificate = file != NULL ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;

    if (file != NULL) {
        fclose(file);
        if (certificate == NULL) {
            fprintf(stderr, "%s/%s.pem: not a certificate\n", dir, name);
        }
    }
    return certificate;
}

static EVP_PKEY *load_key(const char *dir, const char *name)
{
    FILE *file = open_part(dir, name, "key");
    EVP_PKEY *key = file != NULL ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;

    if (file != NULL) {
        fclose(file);
        if (key == NULL) {
            fprintf(stderr, "%s/%s.key: not a key\n", dir, name);
        }
    }
    return key;
}

X509 *ca_load_root(const char *dir)
{
    return load_certificate(dir, CA_ROOT);
}

bool ca_load(const char *dir, struct ca *ca)
{
    *ca = (struct ca){
        .root = load_certificate(dir, CA_ROOT),
        .device = load_certificate(dir, CA_DEVICE),
        .device_key = load_key(dir, CA_DEVICE),
        .server = load_certificate(dir, CA_SERVER),
        .leaf = load_certificate(dir, CA_LEAF),
        .leaf_key = load_key(dir, CA_LEAF),
    };
    const bool whole = ca->root != NULL && ca->device != NULL && ca->device_key != NULL &&
                       ca->server != NULL && ca->leaf != NULL && ca->leaf_key != NULL;
    const bool fits = whole && X509_check_private_key(ca->device, ca->device_key) == 1 &&
                      X509_check_private_key(ca->leaf, ca->leaf_key) == 1;

    if (whole && !fits) {
        fprintf(stderr, "%s: a key does not belong to its certificate\n", dir);
    }
    if (!fits) {
        ca_free(ca);
    }
    return fits;
}

void ca_free(struct ca *ca)
{
    X509_free(ca->root);
    X509_free(ca->device);
    EVP_PKEY_free(ca->device_key);
    X509_free(ca->server);
    X509_free(ca->leaf);
    EVP_PKEY_free(ca->leaf_key);
    *ca = (struct ca){ 0 };
}

/* The facts of a finished certificate into its row. */
static bool fill_record(X509 *certificate, struct record *record)
{
    unsigned char *at = record->der;
    const int size = i2d_X509(certificate, NULL);

    if (size <= 0 || size > CERT_BYTES_MAX || i2d_X509(certificate, &at) != size ||
        !certificate_serial(certificate, record->serial, sizeof record->serial)) {
        return false;
    }
    record->der_bytes = (size_t)size;
    record->not_before = certificate_not_before(certificate);
    record->not_after = certificate_not_after(certificate);
    certificate_fingerprint(certificate, record->fingerprint);
    return true;
}

bool ca_issue(const struct ca *ca, const struct csr *csr, int64_t now, long days,
              struct record *record)
{
    const int64_t ca_end = certificate_not_after(ca->device);
    const int64_t wanted_end = now + (int64_t)days * DAY_S;
    const struct certificate_order order = {
        .profile = CERTIFICATE_DEVICE,
        .name = csr->name,
        .key = csr->key,
        .issuer = ca->device,
        .issuer_key = ca->device_key,
        .not_before = now - BACKDATE_S,
        .not_after = wanted_end < ca_end ? wanted_end : ca_end,
    };
    X509 *certificate = order.not_after > now ? certificate_make(&order) : NULL;
    const bool good = certificate != NULL && fill_record(certificate, record);

    X509_free(certificate);
    ERR_clear_error();
    if (good) {
        memcpy(record->name, csr->name, sizeof record->name);
        memcpy(record->key_id, csr->key_id, sizeof record->key_id);
        record->issued = now;
    }
    return good;
}

/* An empty SignedData: no content, no signer, room for certificates. */
static PKCS7 *empty_pkcs7(void)
{
    PKCS7 *pkcs7 = PKCS7_new();

    if (pkcs7 == NULL || PKCS7_set_type(pkcs7, NID_pkcs7_signed) != 1 ||
        PKCS7_content_new(pkcs7, NID_pkcs7_data) != 1 || PKCS7_set_detached(pkcs7, 1) != 1) {
        PKCS7_free(pkcs7);
        return NULL;
    }
    return pkcs7;
}

char *ca_pkcs7(const X509 *const *certificates, size_t count)
{
    PKCS7 *pkcs7 = empty_pkcs7();
    unsigned char *der = NULL;
    char *text = NULL;
    bool good = pkcs7 != NULL;

    for (size_t i = 0; good && i < count; i++) {
        X509 *copy = X509_dup(certificates[i]);

        good = copy != NULL && PKCS7_add_certificate(pkcs7, copy) == 1;
        X509_free(copy);
    }
    const int size = good ? i2d_PKCS7(pkcs7, &der) : -1;

    if (size > 0) {
        text = base64_encode(der, (size_t)size);
    }
    OPENSSL_free(der);
    PKCS7_free(pkcs7);
    return text;
}

char *ca_pkcs7_der(const uint8_t *der, size_t size)
{
    const unsigned char *at = der;
    X509 *certificate = d2i_X509(NULL, &at, (long)size);
    const X509 *const one[] = { certificate };
    char *text = certificate != NULL ? ca_pkcs7(one, 1) : NULL;

    X509_free(certificate);
    return text;
}
