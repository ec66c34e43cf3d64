/* SPDX-License-Identifier: MIT
 * crypto_openssl.c -- crypto_verify over OpenSSL, so that the verdict's tests stand on
 * another library than the device does. Counts its calls. */
#include "tests/support/crypto_openssl.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

unsigned crypto_verify_count;
imp_err_t crypto_verify_fails_with;

static const char *curve_of(enum crypto_key_type type)
{
    switch (type) {
    case CRYPTO_KEY_EC_P256:
        return "P-256";
    case CRYPTO_KEY_EC_P384:
        return "P-384";
    default:
        return "P-521";
    }
}

static EVP_PKEY *key_from(const char *type, OSSL_PARAM_BLD *builder)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);

    if (EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        key = NULL;
    }
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    return key;
}

static EVP_PKEY *ec_key(const struct crypto_public_key *key)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();

    OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, curve_of(key->type), 0);
    OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, key->point.data,
                                     key->point.len);
    return key_from("EC", builder);
}

static EVP_PKEY *rsa_key(const struct crypto_public_key *key)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    BIGNUM *n = BN_bin2bn(key->modulus.data, (int)key->modulus.len, NULL);
    BIGNUM *e = BN_bin2bn(key->exponent.data, (int)key->exponent.len, NULL);

    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e);
    EVP_PKEY *made = key_from("RSA", builder);
    BN_free(n);
    BN_free(e);
    return made;
}

imp_err_t crypto_verify(const struct crypto_public_key *key, enum crypto_signature algorithm,
                        struct bytes message, struct bytes signature)
{
    static const char *const digests[] = { "SHA256", "SHA384", "SHA512" };
    EVP_PKEY_CTX *pkey_context = NULL;

    crypto_verify_count++;
    if (crypto_verify_fails_with) {
        return crypto_verify_fails_with;
    }
    EVP_PKEY *pkey = key->type == CRYPTO_KEY_RSA ? rsa_key(key) : ec_key(key);
    if (pkey == NULL) {
        return IMP_ERR_CRYPTO_SIGNATURE;
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const char *digest = digests[(algorithm - CRYPTO_ECDSA_SHA256) % 3];
    bool good =
        EVP_DigestVerifyInit_ex(context, &pkey_context, digest, NULL, NULL, pkey, NULL) == 1;
    if (good && algorithm >= CRYPTO_RSA_PSS_SHA256) {
        good = EVP_PKEY_CTX_set_rsa_padding(pkey_context, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey_context, RSA_PSS_SALTLEN_DIGEST) == 1;
    }
    good = good &&
           EVP_DigestVerify(context, signature.data, signature.len, message.data, message.len) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(pkey);
    return good ? 0 : IMP_ERR_CRYPTO_SIGNATURE;
}
