/* SPDX-License-Identifier: MIT
 * csr.c -- checks a certificate request. Nothing is copied from it but the key and the name, so
 * what is checked here is chiefly that it does not ask for something it would silently not get.
 */
#include "host-sim/authority/csr.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

enum {
    CSR_BYTES_MAX = 8192
};

bool name_is_valid(const char *name, size_t size)
{
    if (size == 0 || size >= NAME_CHARS) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        const char c = name[i];
        const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '.' || c == '_' || c == ':' || c == '-';

        if (!fine) {
            return false;
        }
    }
    return true;
}

static const char *check_subject(X509_REQ *req, struct csr *csr)
{
    const X509_NAME *subject = X509_REQ_get_subject_name(req);

    if (X509_NAME_entry_count(subject) != 1) {
        return "The subject must be one CN and nothing else.";
    }
    const X509_NAME_ENTRY *entry = X509_NAME_get_entry(subject, 0);
    const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
    const int type = ASN1_STRING_type(value);

    if (OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)) != NID_commonName) {
        return "The subject must be one CN and nothing else.";
    }
    /* The string types whose bytes are ASCII where the characters are. */
    if (type != V_ASN1_UTF8STRING && type != V_ASN1_PRINTABLESTRING && type != V_ASN1_IA5STRING) {
        return "The CN must be a UTF8String, PrintableString or IA5String.";
    }
    const char *text = (const char *)ASN1_STRING_get0_data(value);
    const size_t size = (size_t)ASN1_STRING_length(value);

    if (!name_is_valid(text, size)) {
        return "The CN must be 1 to 64 characters of A-Z a-z 0-9 . _ : -";
    }
    memcpy(csr->name, text, size);
    csr->name[size] = '\0';
    return NULL;
}

/* One key must have one encoding, or a clone could hide behind another one: named curve,
 * uncompressed point. */
static const char *check_key(X509_REQ *req, struct csr *csr)
{
    X509_PUBKEY *spki = X509_REQ_get_X509_PUBKEY(req);
    ASN1_OBJECT *algorithm = NULL;
    const ASN1_OBJECT *curve = NULL;
    X509_ALGOR *identifier = NULL;
    const unsigned char *point = NULL;
    const void *parameter = NULL;
    int parameter_type = 0;
    int point_bytes = 0;

    if (X509_PUBKEY_get0_param(&algorithm, &point, &point_bytes, &identifier, spki) != 1 ||
        OBJ_obj2nid(algorithm) != NID_X9_62_id_ecPublicKey) {
        return "The key must be an elliptic curve key.";
    }
    X509_ALGOR_get0(NULL, &parameter_type, &parameter, identifier);
    curve = parameter_type == V_ASN1_OBJECT ? parameter : NULL;

    const int nid = curve != NULL ? OBJ_obj2nid(curve) : NID_undef;
    const int wanted_bytes = nid == NID_X9_62_prime256v1 ? 65 : nid == NID_secp384r1 ? 97 : 0;

    if (wanted_bytes == 0) {
        return "The key must be on the named curve P-256 or P-384.";
    }
    if (point_bytes != wanted_bytes || point[0] != POINT_CONVERSION_UNCOMPRESSED) {
        return "The public key must be an uncompressed point.";
    }
    csr->key = X509_PUBKEY_get(spki);
    csr->spki = X509_PUBKEY_dup(spki);

    /* Quick: in range, on the curve, not at infinity. That is all on curves of cofactor 1 (SP
     * 800-56A 5.6.2.3.4). */
    EVP_PKEY_CTX *context = csr->key != NULL ? EVP_PKEY_CTX_new(csr->key, NULL) : NULL;
    const bool good =
        context != NULL && csr->spki != NULL && EVP_PKEY_public_check_quick(context) == 1;
    unsigned char *der = NULL;
    const int der_bytes = good ? i2d_X509_PUBKEY(spki, &der) : -1;

    EVP_PKEY_CTX_free(context);
    if (der_bytes <= 0) {
        return "The public key is not a point on its curve.";
    }
    sha256(der, (size_t)der_bytes, csr->key_id);
    OPENSSL_free(der);
    return NULL;
}

static const char *check_signature(X509_REQ *req, const struct csr *csr)
{
    const X509_ALGOR *algorithm = NULL;
    const ASN1_BIT_STRING *signature = NULL;
    int parameter_type = 0;
    const int nid = X509_REQ_get_signature_nid(req);

    X509_REQ_get0_signature(req, &signature, &algorithm);
    X509_ALGOR_get0(NULL, &parameter_type, NULL, algorithm);
    if ((nid != NID_ecdsa_with_SHA256 && nid != NID_ecdsa_with_SHA384 &&
         nid != NID_ecdsa_with_SHA512) ||
        parameter_type != V_ASN1_UNDEF) {
        return "The signature must be ECDSA with SHA-256, SHA-384 or SHA-512.";
    }
    return X509_REQ_verify(req, csr->key) == 1 ? NULL : "The signature does not fit the key.";
}

static bool is_not_a_ca(X509_EXTENSION *extension)
{
    BASIC_CONSTRAINTS *constraints = X509V3_EXT_d2i(extension);
    const bool harmless = constraints != NULL && constraints->ca == 0;

    BASIC_CONSTRAINTS_free(constraints);
    return harmless;
}

static bool is_digital_signature_only(X509_EXTENSION *extension)
{
    ASN1_BIT_STRING *bits = X509V3_EXT_d2i(extension);
    const bool harmless = bits != NULL && bits->length == 1 && bits->data[0] == 0x80;

    ASN1_BIT_STRING_free(bits);
    return harmless;
}

static bool is_client_auth_only(X509_EXTENSION *extension)
{
    EXTENDED_KEY_USAGE *usages = X509V3_EXT_d2i(extension);
    const bool harmless = usages != NULL && sk_ASN1_OBJECT_num(usages) == 1 &&
                          OBJ_obj2nid(sk_ASN1_OBJECT_value(usages, 0)) == NID_client_auth;

    EXTENDED_KEY_USAGE_free(usages);
    return harmless;
}

/* Harmless is what the certificate will say anyway. */
static bool extension_is_harmless(X509_EXTENSION *extension)
{
    switch (OBJ_obj2nid(X509_EXTENSION_get_object(extension))) {
    case NID_basic_constraints:
        return is_not_a_ca(extension);
    case NID_key_usage:
        return is_digital_signature_only(extension);
    case NID_ext_key_usage:
        return is_client_auth_only(extension);
    case NID_subject_key_identifier:
        return true;
    default:
        return false;
    }
}

static const char *check_extensions(X509_REQ *req)
{
    STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(req);
    bool harmless = extensions != NULL;

    for (int i = 0; i < sk_X509_EXTENSION_num(extensions); i++) {
        harmless = harmless && extension_is_harmless(sk_X509_EXTENSION_value(extensions, i));
    }
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    return harmless ? NULL : "The request asks for an extension that devices don't get.";
}

static const char *check_attributes(X509_REQ *req)
{
    const int count = X509_REQ_get_attr_count(req);

    if (count == 0) {
        return NULL;
    }
    X509_ATTRIBUTE *attribute = X509_REQ_get_attr(req, 0);

    if (count > 1 || X509_ATTRIBUTE_count(attribute) != 1 ||
        OBJ_obj2nid(X509_ATTRIBUTE_get0_object(attribute)) != NID_ext_req) {
        return "The request has an attribute other than one extensionRequest.";
    }
    return check_extensions(req);
}

/* The whole input must be one request in DER, which has one form only: write it again and
 * compare. */
static bool is_exact(X509_REQ *req, const uint8_t *der, size_t size)
{
    unsigned char *again = NULL;
    const int again_bytes = i2d_X509_REQ(req, &again);
    const bool same =
        again_bytes > 0 && (size_t)again_bytes == size && memcmp(again, der, size) == 0;

    OPENSSL_free(again);
    return same;
}

static const char *check_all(X509_REQ *req, const uint8_t *der, size_t size, struct csr *csr)
{
    const char *wrong = NULL;

    if (!is_exact(req, der, size)) {
        return "The body is not one request in DER.";
    }
    if (X509_REQ_get_version(req) != 0) {
        return "The request is not of version 1.";
    }
    wrong = check_key(req, csr);
    if (wrong == NULL) {
        wrong = check_signature(req, csr);
    }
    if (wrong == NULL) {
        wrong = check_subject(req, csr);
    }
    if (wrong == NULL) {
        wrong = check_attributes(req);
    }
    return wrong;
}

const char *csr_parse_der(const uint8_t *der, size_t size, struct csr *csr)
{
    const unsigned char *at = der;
    X509_REQ *req = size <= CSR_BYTES_MAX ? d2i_X509_REQ(NULL, &at, (long)size) : NULL;

    *csr = (struct csr){ 0 };
    const char *wrong =
        req != NULL ? check_all(req, der, size, csr) : "The body is not a certificate request.";

    X509_REQ_free(req);
    ERR_clear_error();
    if (wrong != NULL) {
        csr_clear(csr);
    }
    return wrong;
}

/* Narrow the text to what stands between a BEGIN and an END line, when they are its first and last
 * words. */
static void strip_pem(const char **text, size_t *size)
{
    static const char *const pairs[][2] = {
        { "-----BEGIN CERTIFICATE REQUEST-----", "-----END CERTIFICATE REQUEST-----" },
        { "-----BEGIN NEW CERTIFICATE REQUEST-----", "-----END NEW CERTIFICATE REQUEST-----" },
    };

    for (; *size > 0 && is_space(**text); (*size)--) {
        (*text)++;
    }
    while (*size > 0 && is_space((*text)[*size - 1])) {
        (*size)--;
    }
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        const size_t begin = strlen(pairs[i][0]);
        const size_t end = strlen(pairs[i][1]);

        if (*size > begin + end && memcmp(*text, pairs[i][0], begin) == 0 &&
            memcmp(*text + *size - end, pairs[i][1], end) == 0) {
            *text += begin;
            *size -= begin + end;
            return;
        }
    }
}

const char *csr_parse(const char *body, size_t size, struct csr *csr)
{
    uint8_t *der = malloc(size + 1);
    const char *wrong = "The body is not base64.";

    *csr = (struct csr){ 0 };
    strip_pem(&body, &size);

    const long der_bytes = der != NULL ? base64_to_bytes(body, size, der) : -1;

    if (der_bytes >= 0) {
        wrong = csr_parse_der(der, (size_t)der_bytes, csr);
    }
    free(der);
    return wrong;
}

void csr_clear(struct csr *csr)
{
    EVP_PKEY_free(csr->key);
    X509_PUBKEY_free(csr->spki);
    *csr = (struct csr){ 0 };
}
