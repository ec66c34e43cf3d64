/* SPDX-License-Identifier: MIT
 * chain_rule.c -- the rules of the verdict that look at one certificate and its issuer. */
#include "firmware/trust/chain_rule.h"

enum {
    VERSION_3 = 3,
    RSA_BYTES_MIN = 2048 / 8,
    RSA_BYTES_MAX = 4096 / 8,
    RSA_EXPONENT_BYTES_MAX = 4
};

/* --- Algorithms ------------------------------------------------------------------------------- */

/* RSA of 2048 to 4096 bits with an odd public exponent from 3 on; the curves have no other
 * sizes. */
static imp_err_t judge_key(const struct crypto_public_key *key)
{
    const struct bytes n = key->modulus;
    const struct bytes e = key->exponent;

    if (key->type == CRYPTO_KEY_UNKNOWN) {
        return IMP_ERR_CHAIN_ALGORITHM;
    }
    if (key->type != CRYPTO_KEY_RSA) {
        return 0;
    }
    const bool has_size = n.len > RSA_BYTES_MIN || (n.len == RSA_BYTES_MIN && n.data[0] >= 0x80);
    if (!has_size || n.len > RSA_BYTES_MAX || e.len > RSA_EXPONENT_BYTES_MAX) {
        return IMP_ERR_CHAIN_ALGORITHM;
    }
    const bool is_odd = (e.data[e.len - 1] & 1) != 0;
    return is_odd && (e.len > 1 || e.data[0] > 1) ? 0 : IMP_ERR_CHAIN_ALGORITHM;
}

static bool is_ecdsa(enum crypto_signature algorithm)
{
    return algorithm >= CRYPTO_ECDSA_SHA256 && algorithm <= CRYPTO_ECDSA_SHA512;
}

imp_err_t chain_judge_signature(const struct x509 *cert, const struct x509 *issuer)
{
    if (cert->signature_algorithm == CRYPTO_SIGNATURE_UNKNOWN) {
        return IMP_ERR_CHAIN_ALGORITHM;
    }
    const imp_err_t err = judge_key(&issuer->key);
    if (err) {
        return err;
    }
    if (is_ecdsa(cert->signature_algorithm) == (issuer->key.type == CRYPTO_KEY_RSA)) {
        return IMP_ERR_CHAIN_SIGNATURE; /* Some other key of that name made it. */
    }
    const imp_err_t verified =
        crypto_verify(&issuer->key, cert->signature_algorithm, cert->tbs, cert->signature);
    switch (verified) {
    case IMP_ERR_CRYPTO_SIGNATURE:
        return IMP_ERR_CHAIN_SIGNATURE;
    case IMP_ERR_CRYPTO_UNSUPPORTED:
        return IMP_ERR_CHAIN_ALGORITHM;
    default:
        return verified;
    }
}

/* --- One certificate -------------------------------------------------------------------------- */

static imp_err_t judge_critical(const struct x509 *cert)
{
    return cert->has_unknown_critical ? IMP_ERR_X509_CRITICAL : 0;
}

/* The floor is a fact, so the real time is not before it, whatever a clock says. A clock that was
 * set may still be some seconds behind whoever has just issued. */
static imp_err_t judge_dates(const struct chain_time *time, const struct x509 *cert)
{
    const int64_t now = time->has_now && time->now > time->floor ? time->now : time->floor;

    if (cert->not_after < now) {
        return IMP_ERR_CHAIN_EXPIRED;
    }
    const bool is_early = cert->not_before - now > CONFIG_CLOCK_BEHIND_S;
    return time->has_now && is_early ? IMP_ERR_CHAIN_NOT_YET : 0;
}

/* An anchor may be of a version that has no extensions; everybody else says that it is a CA. */
static imp_err_t judge_ca(const struct x509 *cert, bool is_anchor)
{
    const bool is_old_anchor = is_anchor && cert->version < VERSION_3;
    const bool may_sign =
        !cert->has_key_usage || (cert->key_usage & X509_KEY_USAGE_KEY_CERT_SIGN) != 0;

    return (cert->is_ca || is_old_anchor) && may_sign ? 0 : IMP_ERR_CHAIN_CA;
}

/* The leaf's own use. A server has to name it; our own certificate may stay silent.
 * anyExtendedKeyUsage alone names nothing. */
static imp_err_t judge_leaf_usage(enum chain_purpose purpose, const struct x509 *leaf)
{
    const bool is_server = purpose == CHAIN_SERVER;
    const uint8_t wanted = is_server ? X509_EXT_USAGE_SERVER_AUTH : X509_EXT_USAGE_CLIENT_AUTH;
    const bool names_use = leaf->has_ext_usage ? (leaf->ext_usage & wanted) != 0 : !is_server;
    const bool may_sign =
        !leaf->has_key_usage || (leaf->key_usage & X509_KEY_USAGE_DIGITAL_SIGNATURE) != 0;

    return names_use && may_sign ? 0 : IMP_ERR_CHAIN_USAGE;
}

/* An issuer that names uses limits those below it to them. */
static imp_err_t judge_issuer_usage(enum chain_purpose purpose, const struct x509 *issuer)
{
    const uint8_t wanted =
        purpose == CHAIN_SERVER ? X509_EXT_USAGE_SERVER_AUTH : X509_EXT_USAGE_CLIENT_AUTH;

    if (purpose == CHAIN_CA || !issuer->has_ext_usage) {
        return 0;
    }
    return (issuer->ext_usage & (wanted | X509_EXT_USAGE_ANY)) != 0 ? 0 : IMP_ERR_CHAIN_USAGE;
}

/* An end entity: of version 3, so that it can say what it is for, and not a CA. */
static imp_err_t judge_end_entity(const struct x509 *leaf)
{
    return leaf->version == VERSION_3 && !leaf->is_ca ? 0 : IMP_ERR_CHAIN_LEAF;
}

imp_err_t chain_judge_leaf(const struct chain_question *question, const struct x509 *leaf,
                           bool is_anchor)
{
    imp_err_t err = judge_critical(leaf);

    if (question->purpose == CHAIN_CA) {
        err = err ? err : judge_ca(leaf, is_anchor);
    } else {
        err = err ? err : judge_end_entity(leaf);
        err = err ? err : judge_leaf_usage(question->purpose, leaf);
    }
    err = err ? err : judge_key(&leaf->key);
    err = err ? err : judge_dates(&question->time, leaf);
    if (err == 0 && question->purpose == CHAIN_SERVER) {
        err = chain_match_host(leaf, question->host);
    }
    return err;
}

/* --- An issuer on its path -------------------------------------------------------------------- */

bool chain_is_self_issued(const struct x509 *cert)
{
    return bytes_equal(cert->subject, cert->issuer);
}

/* Intermediate certificates between path[index] and the leaf, self-issued ones not counted (RFC
 * 5280 4.2.1.9). */
static imp_err_t judge_path_length(const struct x509 *path, size_t index)
{
    int32_t between = 0;

    for (size_t i = 1; i < index; i++) {
        between += chain_is_self_issued(&path[i]) ? 0 : 1;
    }
    const int32_t allowed = path[index].path_length;
    return allowed == X509_NO_PATH_LENGTH || between <= allowed ? 0 : IMP_ERR_CHAIN_PATH_LENGTH;
}

imp_err_t chain_judge_issuer(const struct chain_question *question, const struct x509 *path,
                             size_t index, bool is_anchor)
{
    const struct x509 *issuer = &path[index];
    imp_err_t err = judge_critical(issuer);

    err = err ? err : judge_ca(issuer, is_anchor);
    err = err ? err : judge_path_length(path, index);
    err = err ? err : judge_issuer_usage(question->purpose, issuer);
    err = err ? err : judge_dates(&question->time, issuer);
    return err;
}
