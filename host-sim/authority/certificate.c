/* SPDX-License-Identifier: MIT
 * certificate.c -- makes certificates from profiles. Names are one CN and extensions few: a
 * constrained device pays for each byte of the chain on every handshake.
 */
#define _GNU_SOURCE /* timegm */
#include "host-sim/authority/certificate.h"

#include <openssl/bn.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

enum {
    SERIAL_BYTES = 16,
    EXTENSIONS_MAX = 5,
    X509_V3 = 2
};

struct extension {
    int nid;
    const char *value; /* In the words of OpenSSL's configuration file. */
};

static const struct extension profiles[CERTIFICATE_PROFILE_COUNT][EXTENSIONS_MAX + 1] = {
    [CERTIFICATE_ROOT] = {
        { NID_basic_constraints, "critical,CA:TRUE,pathlen:1" },
        { NID_key_usage, "critical,keyCertSign,cRLSign" },
        { NID_subject_key_identifier, "hash" },
    },
    [CERTIFICATE_CROSS] = {
        { NID_basic_constraints, "critical,CA:TRUE,pathlen:1" },
        { NID_key_usage, "critical,keyCertSign,cRLSign" },
        { NID_subject_key_identifier, "hash" },
        { NID_authority_key_identifier, "keyid" },
    },
    [CERTIFICATE_ISSUING] = {
        { NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
        { NID_key_usage, "critical,keyCertSign,cRLSign" },
        { NID_subject_key_identifier, "hash" },
        { NID_authority_key_identifier, "keyid" },
    },
    [CERTIFICATE_SERVER] = {
        { NID_basic_constraints, "critical,CA:FALSE" },
        { NID_key_usage, "critical,digitalSignature" },
        { NID_ext_key_usage, "serverAuth" },
        { NID_authority_key_identifier, "keyid" },
    },
    [CERTIFICATE_DEVICE] = {
        { NID_basic_constraints, "critical,CA:FALSE" },
        { NID_key_usage, "critical,digitalSignature" },
        { NID_ext_key_usage, "clientAuth" },
        { NID_subject_key_identifier, "hash" },
        { NID_authority_key_identifier, "keyid" },
    },
};

/* 128 random bits, made positive and of full length, so that every serial number is 16 bytes and 32
 * hex digits. */
static bool set_serial(X509 *certificate)
{
    unsigned char bytes[SERIAL_BYTES];
    bool good = RAND_bytes(bytes, sizeof bytes) == 1;

    bytes[0] = (unsigned char)((bytes[0] & 0x7F) | 0x40);

    BIGNUM *number = good ? BN_bin2bn(bytes, sizeof bytes, NULL) : NULL;

    good = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return good;
}

static bool set_name(X509 *certificate, const char *name)
{
    return X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName,
                                      V_ASN1_UTF8STRING, (const unsigned char *)name, -1, -1,
                                      0) == 1;
}

/* Copy an encoded key. With OpenSSL 3.0 X509_set_pubkey decodes what it has just encoded: six times
 * the work of the signature. */
static bool copy_key(X509 *certificate, const X509_PUBKEY *from)
{
    ASN1_OBJECT *algorithm = NULL;
    X509_ALGOR *identifier = NULL;
    const unsigned char *point = NULL;
    const void *curve = NULL;
    int curve_type = 0;
    int point_bytes = 0;

    if (X509_PUBKEY_get0_param(&algorithm, &point, &point_bytes, &identifier, from) != 1) {
        return false;
    }
    X509_ALGOR_get0(NULL, &curve_type, &curve, identifier);
    if (curve_type != V_ASN1_OBJECT) {
        return false;
    }
    ASN1_OBJECT *copied_curve = OBJ_dup(curve);
    unsigned char *copied_point = OPENSSL_memdup(point, (size_t)point_bytes);
    const bool copied =
        copied_curve != NULL && copied_point != NULL &&
        X509_PUBKEY_set0_param(X509_get_X509_PUBKEY(certificate), OBJ_dup(algorithm), V_ASN1_OBJECT,
                               copied_curve, copied_point, point_bytes) == 1;

    if (!copied) {
        ASN1_OBJECT_free(copied_curve);
        OPENSSL_free(copied_point);
    }
    return copied;
}

static bool add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;

    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    const bool good = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;

    X509_EXTENSION_free(extension);
    return good;
}

static bool add_extensions(X509 *certificate, const struct certificate_order *order, X509 *issuer)
{
    for (const struct extension *extension = profiles[order->profile]; extension->value != NULL;
         extension++) {
        if (!add_extension(certificate, issuer, extension->nid, extension->value)) {
            return false;
        }
    }
    return order->alternative == NULL ||
           add_extension(certificate, issuer, NID_subject_alt_name, order->alternative);
}

X509 *certificate_make(const struct certificate_order *order)
{
    X509 *certificate = X509_new();
    X509 *issuer = order->issuer != NULL ? order->issuer : certificate;
    const bool good =
        certificate != NULL && X509_set_version(certificate, X509_V3) == 1 &&
        set_serial(certificate) && set_name(certificate, order->name) &&
        X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1 &&
        ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)order->not_before) != NULL &&
        ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)order->not_after) != NULL &&
        (order->spki != NULL ? copy_key(certificate, order->spki)
                             : X509_set_pubkey(certificate, order->key) == 1) &&
        add_extensions(certificate, order, issuer) &&
        X509_sign(certificate, order->issuer_key, EVP_sha256()) > 0;

    if (!good) {
        X509_free(certificate);
        certificate = NULL;
    }
    return certificate;
}

void certificate_fingerprint(const X509 *certificate, uint8_t digest[SHA256_BYTES])
{
    unsigned int size = 0;

    if (X509_digest(certificate, EVP_sha256(), digest, &size) != 1) {
        memset(digest, 0, SHA256_BYTES);
    }
}

static int64_t seconds_of(const ASN1_TIME *moment)
{
    struct tm parts;

    return ASN1_TIME_to_tm(moment, &parts) == 1 ? (int64_t)timegm(&parts) : 0;
}

int64_t certificate_not_before(const X509 *certificate)
{
    return seconds_of(X509_get0_notBefore(certificate));
}

int64_t certificate_not_after(const X509 *certificate)
{
    return seconds_of(X509_get0_notAfter(certificate));
}

bool certificate_name(const X509 *certificate, char *name, size_t size)
{
    const int length =
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, NULL, 0);

    return length > 0 && (size_t)length < size &&
           X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name,
                                     (int)size) == length;
}

bool certificate_serial(const X509 *certificate, char *text, size_t size)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);
    const size_t bytes = (size_t)ASN1_STRING_length(serial);

    if (2 * bytes + 1 > size) {
        return false;
    }
    hex_encode(ASN1_STRING_get0_data(serial), bytes, text);
    return true;
}
