/* SPDX-License-Identifier: MIT
 * chain_rule.h -- the rules of the verdict, one function for each question; for chain.c alone.
 *
 * A path is an array of certificates: [0] is the leaf, each next one issued the one before.
 * Every function returns 0 or the error of the rule that refused. */
#ifndef FIRMWARE_TRUST_CHAIN_RULE_H
#define FIRMWARE_TRUST_CHAIN_RULE_H

#include "firmware/proto/x509.h"
#include "firmware/trust/chain.h"

/* The first certificate of the path, alone: what the purpose asks of it, and the host.
 * `is_anchor`: it is one itself, which only CHAIN_CA allows. */
imp_err_t chain_judge_leaf(const struct chain_question *question, const struct x509 *leaf,
                           bool is_anchor);

/* Did `issuer` sign `cert`? With algorithms and key sizes that we take (RFC 5280 6.1.3 a 1). One
 * public-key operation at most. IMP_ERR_CHAIN_ALGORITHM; IMP_ERR_CHAIN_SIGNATURE;
 * IMP_ERR_CRYPTO_MEMORY and _FAULT: no verdict was possible. */
imp_err_t chain_judge_signature(const struct x509 *cert, const struct x509 *issuer);

/* May path[index], which signed the one before it, issue (RFC 5280 6.1.4 k to o; for an anchor
 * as far as chain.h says)? */
imp_err_t chain_judge_issuer(const struct chain_question *question, const struct x509 *path,
                             size_t index, bool is_anchor);

/* Name constraints of every issuer over every name below it (RFC 5280 6.1.3 b and c): on a whole
 * path alone, so that nobody without an anchor's signature makes us count. */
imp_err_t chain_judge_names(const struct x509 *path, size_t count);

/* Subject and issuer are the same name (RFC 5280 3.2): a key roll-over, not a step down. */
bool chain_is_self_issued(const struct x509 *cert);

#endif
