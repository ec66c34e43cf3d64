/* SPDX-License-Identifier: MIT
 * certs.c -- makes certificates with OpenSSL: good ones, and ones that are wrong in one way. */
#define _POSIX_C_SOURCE 200809L
#include "tests/support/certs.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pkcs7.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEYS_MAX = 48
};

static struct {
    const char *kind;
    unsigned number;
    EVP_PKEY *key;
} keys[KEYS_MAX];

static void need(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "certs.c: %s\n", what);
        ERR_print_errors_fp(stderr);
        abort();
    }
}

static EVP_PKEY *make_key(const char *kind)
{
    if (strncmp(kind, "RSA-", 4) == 0) {
        return EVP_RSA_gen((unsigned)atoi(kind + 4));
    }
    return EVP_EC_gen(kind);
}

EVP_PKEY *certs_key(const char *kind, unsigned number)
{
    for (size_t i = 0; i < KEYS_MAX; i++) {
        if (keys[i].key == NULL) {
            keys[i].kind = kind;
            keys[i].number = number;
            keys[i].key = make_key(kind);
            need(keys[i].key != NULL, kind);
        }
        if (strcmp(keys[i].kind, kind) == 0 && keys[i].number == number) {
            return keys[i].key;
        }
    }
    need(false, "too many keys");
    return NULL;
}

EVP_PKEY *certs_rsa_public(int bits, unsigned exponent)
{
    EVP_PKEY *key = NULL;
    BIGNUM *n = BN_new();
    BIGNUM *e = BN_new();
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();

    need(BN_set_word(e, exponent) == 1 &&
             BN_rand(n, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD) == 1,
         "BN_rand");
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    need(EVP_PKEY_fromdata_init(context) == 1 &&
             EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) == 1,
         "EVP_PKEY_fromdata");
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    BN_free(n);
    BN_free(e);
    return key;
}

static void set_name(X509_NAME *name, const char *text)
{
    if (text != NULL) {
        need(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)text, -1,
                                        -1, 0) == 1,
             text);
    }
}

static void set_time(ASN1_TIME *time, const char *text)
{
    need(ASN1_TIME_set_string_X509(time, text) == 1, text);
}

/* One line `name=value`. */
static void add_extension(X509 *x509, X509 *issuer, char *line)
{
    X509V3_CTX context;
    char *value = strchr(line, '=');

    need(value != NULL, line);
    *value++ = '\0';
    X509V3_set_ctx(&context, issuer, x509, NULL, NULL, 0);
    X509V3_set_ctx_nodb(&context);
    X509_EXTENSION *extension = X509V3_EXT_nconf(NULL, &context, line, value);
    need(extension != NULL, line);
    need(X509_add_ext(x509, extension, -1) == 1, line);
    X509_EXTENSION_free(extension);
}

static void add_extensions(X509 *x509, X509 *issuer, const char *lines)
{
    char *copy = strdup(lines);
    char *rest = NULL;

    need(copy != NULL, "memory");
    for (char *line = strtok_r(copy, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        add_extension(x509, issuer, line);
    }
    free(copy);
}

static void encode(struct cert *cert)
{
    unsigned char *der = NULL;
    const int len = i2d_X509(cert->x509, &der);

    need(len > 0, "i2d_X509");
    free((void *)cert->der.data);
    uint8_t *copy = malloc((size_t)len);
    need(copy != NULL, "memory");
    memcpy(copy, der, (size_t)len);
    OPENSSL_free(der);
    cert->der = bytes_of(copy, (size_t)len);
}

void certs_sign(struct cert *cert, EVP_PKEY *key, const char *digest)
{
    const bool is_pss = strncmp(digest, "PSS-", 4) == 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pkey_context = NULL;

    need(EVP_DigestSignInit_ex(context, &pkey_context, is_pss ? digest + 4 : digest, NULL, NULL,
                               key, NULL) == 1,
         digest);
    if (is_pss) {
        need(EVP_PKEY_CTX_set_rsa_padding(pkey_context, RSA_PKCS1_PSS_PADDING) == 1, "padding");
        need(EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey_context, RSA_PSS_SALTLEN_DIGEST) == 1, "salt");
    }
    need(X509_sign_ctx(cert->x509, context) > 0, "X509_sign_ctx");
    EVP_MD_CTX_free(context);
    encode(cert);
}

struct cert certs_make(const struct cert_spec *spec)
{
    static long serial = 1000;
    struct cert cert = { .x509 = X509_new() };
    const struct cert *issuer = spec->issuer != NULL ? spec->issuer : &cert;
    const char *digest = spec->digest != NULL ? spec->digest : "SHA256";

    need(cert.x509 != NULL, "X509_new");
    cert.key = certs_key(spec->key != NULL ? spec->key : "P-256", spec->key_number);
    X509_set_version(cert.x509, spec->version == 1 ? X509_VERSION_1 : X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert.x509), serial++);
    set_name(X509_get_subject_name(cert.x509), spec->name);
    if (spec->issuer_name != NULL) {
        set_name(X509_get_issuer_name(cert.x509), spec->issuer_name);
    } else {
        X509_set_issuer_name(cert.x509, X509_get_subject_name(issuer->x509));
    }
    set_time(X509_getm_notBefore(cert.x509),
             spec->not_before != NULL ? spec->not_before : "20200101000000Z");
    set_time(X509_getm_notAfter(cert.x509),
             spec->not_after != NULL ? spec->not_after : "20500101000000Z");
    need(X509_set_pubkey(cert.x509, cert.key) == 1, "X509_set_pubkey");
    if (spec->extensions != NULL) {
        add_extensions(cert.x509, issuer->x509, spec->extensions);
    }
    certs_sign(&cert, issuer->key, digest);
    return cert;
}

void certs_free(struct cert *cert)
{
    X509_free(cert->x509);
    free((void *)cert->der.data);
    *cert = (struct cert){ 0 };
}

size_t certs_pkcs7(const struct bytes certs[], size_t count, uint8_t *out, size_t cap)
{
    PKCS7 *p7 = PKCS7_new();
    unsigned char *der = NULL;

    need(p7 != NULL && PKCS7_set_type(p7, NID_pkcs7_signed) == 1 &&
             PKCS7_content_new(p7, NID_pkcs7_data) == 1,
         "PKCS7");
    PKCS7_set_detached(p7, 1);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *at = certs[i].data;
        X509 *x509 = d2i_X509(NULL, &at, (long)certs[i].len);
        need(x509 != NULL && PKCS7_add_certificate(p7, x509) == 1, "certificate");
        X509_free(x509);
    }
    const int len = i2d_PKCS7(p7, &der);
    need(len > 0 && (size_t)len <= cap, "i2d_PKCS7");
    memcpy(out, der, (size_t)len);
    OPENSSL_free(der);
    PKCS7_free(p7);
    return (size_t)len;
}

struct bytes certs_read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *content = malloc(1 << 16);

    need(file != NULL && content != NULL, path);
    const size_t len = fread(content, 1, 1 << 16, file);
    fclose(file);
    return bytes_of(content, len);
}

/* The keys live as long as the program, but nothing is left over at its end. */
__attribute__((destructor)) static void free_keys(void)
{
    for (size_t i = 0; i < KEYS_MAX && keys[i].key != NULL; i++) {
        EVP_PKEY_free(keys[i].key);
        keys[i].key = NULL;
    }
}
