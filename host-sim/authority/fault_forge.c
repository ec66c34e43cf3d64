/* SPDX-License-Identifier: MIT
 * fault_forge.c -- a good certificate, and then one thing wrong with it.
 */
#include "host-sim/authority/fault_forge.h"

#include <openssl/ec.h>
#include <time.h>

enum {
    STRANGER_S = 86400
};

/* An OID of the range for examples (RFC 5612 has the number), value NULL. */
static bool add_unknown_critical(X509 *certificate)
{
    static const unsigned char null[] = { 0x05, 0x00 };
    ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.32473.1", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    X509_EXTENSION *extension = NULL;

    if (oid != NULL && value != NULL && ASN1_OCTET_STRING_set(value, null, sizeof null) == 1) {
        extension = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);
    }
    const bool good = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;

    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(oid);
    return good;
}

/* The last byte of the DER is the last of the signature's `s`: any value is well-formed. */
static X509 *flip_signature(const X509 *certificate)
{
    unsigned char *der = NULL;
    const int size = i2d_X509(certificate, &der);
    X509 *flipped = NULL;

    if (size > 0) {
        const unsigned char *at = der;

        der[size - 1] ^= 1;
        flipped = d2i_X509(NULL, &at, size);
    }
    OPENSSL_free(der);
    return flipped;
}

static void replace(X509 **certificate, X509 *other)
{
    X509_free(*certificate);
    *certificate = other;
}

X509 *forge(const struct forgery *forgery)
{
    X509 *made = forgery->order.key != NULL ? certificate_make(&forgery->order) : NULL;

    if (made != NULL && forgery->is_unknown_critical &&
        (!add_unknown_critical(made) ||
         X509_sign(made, forgery->order.issuer_key, EVP_sha256()) <= 0)) {
        replace(&made, NULL);
    }
    if (made != NULL && forgery->is_flipped) {
        replace(&made, flip_signature(made));
    }
    return made;
}

bool forge_stranger(const char *name, struct stranger *stranger)
{
    const int64_t now = (int64_t)time(NULL);

    stranger->key = EVP_EC_gen("P-256");
    const struct forgery forgery = {
        .order = { .profile = CERTIFICATE_ROOT,
                   .name = name,
                   .key = stranger->key,
                   .issuer_key = stranger->key,
                   .not_before = now - STRANGER_S,
                   .not_after = now + STRANGER_S },
    };

    stranger->certificate = forge(&forgery);
    return stranger->certificate != NULL;
}

void forge_stranger_free(struct stranger *stranger)
{
    X509_free(stranger->certificate);
    EVP_PKEY_free(stranger->key);
    *stranger = (struct stranger){ 0 };
}
