/* SPDX-License-Identifier: MIT
 * chain.h -- the one verdict: chain_verify(presented certificates, anchors, host, time) -> named
 * error.
 *
 * Every way in calls this function: the TLS handshake, TRUST (presented chain and /cacerts),
 * VERIFY, inspection tools and the application's own connections. Rules: RFC 5280 section 6 as
 * far as listed at chain_verify, RFC 9525 for names. */
#ifndef FIRMWARE_TRUST_CHAIN_H
#define FIRMWARE_TRUST_CHAIN_H

#include "firmware/bytes.h"
#include "firmware/config.h"
#include "firmware/error.h"

enum chain_purpose {
    CHAIN_SERVER, /* The leaf is a TLS server: serverAuth, digitalSignature, and the host is its. */
    CHAIN_CLIENT, /* The leaf is our own certificate: clientAuth if usages are present; no host. */
    CHAIN_CA /* The first certificate is an issuing CA: only its path to an anchor is judged. */
};

struct chain_time {
    int64_t floor; /* Signed facts: proves "expired", never "not yet valid". */
    int64_t now;   /* From a clock that was set; only looked at when has_now. */
    bool has_now;
};

/* Each list has at most CONFIG_CHAIN_CERTS_MAX certificates, as DER. */
struct chain_question {
    const struct bytes *presented; /* [0] is the leaf, the others in any order. */
    size_t presented_count;        /* At least 1. */
    const struct bytes *issuers;   /* More intermediate CAs that we hold; no trust in them. */
    size_t issuer_count;

    /* Trusted for key and name. Their own signature is not looked at; the rest is judged as far as
     * it restricts: key size, dates, CA bit (versions 1 and 2 can't have one), keyCertSign, path
     * length, usages, name constraints, unknown critical extensions. */
    const struct bytes *anchors;
    size_t anchor_count;
    const char *host; /* Name or IPv4 literal; NULL only for CHAIN_CLIENT and CHAIN_CA. */
    enum chain_purpose purpose;
    uint8_t
        signatures_max; /* Public-key operations; 0: CONFIG_CHAIN_CERTS_MAX, which is the most. */
    struct chain_time time;
};

struct chain_answer {
    uint8_t path_count;        /* Certificates on the path, leaf and anchor included. */
    uint8_t issuers_used;      /* Bit i: issuers[i] lies on the path. */
    bool not_before_unchecked; /* A notBefore lies after the floor; no clock judged it. */
    int64_t leaf_not_before;
    int64_t leaf_not_after;
    int64_t path_not_after; /* The earliest notAfter on the path. */
};

/* Decide. Builds a path of at most CONFIG_CHAIN_CERTS_MAX certificates from presented[0] over
 * `presented` and `issuers` to one of the anchors and judges it:
 *
 *   sizes         CHAIN_EMPTY, CHAIN_TOO_LONG, X509_TOO_LARGE
 *   form          X509_MALFORMED, X509_CRITICAL (an unknown critical extension)
 *   dates         CHAIN_EXPIRED: notAfter lies before the floor, or before a clock that was set.
 *                 CHAIN_NOT_YET: notBefore lies more than CONFIG_CLOCK_BEHIND_S after both, only
 *                 when a clock was set; else it is accepted and reported. Anchors expire too
 *   algorithms    CHAIN_ALGORITHM: SHA-1 and older, RSA outside 2048 to 4096 bits, curves other
 *                 than P-256, P-384 and P-521
 *   signatures    CHAIN_SIGNATURE
 *   the leaf      CHAIN_LEAF: not v3, or a CA
 *   issuers       CHAIN_CA: not a CA, or may not sign certificates; CHAIN_PATH_LENGTH
 *                 (self-issued ones don't count)
 *   usages        CHAIN_USAGE: a server's leaf names serverAuth, ours clientAuth if it names any;
 *                 anyExtendedKeyUsage is not enough for a leaf; keyUsage, where present, has
 *                 digitalSignature; issuers that name usages name this one or any. CHAIN_CA
 *                 judges no usages
 *   names         CHAIN_NAME: chain_match_host
 *   constraints   CHAIN_NAME_CONSTRAINT: dNSName and iPAddress are evaluated, any other kind
 *                 refuses
 *
 * A leaf that is itself an anchor is refused by these rules (CHAIN_LEAF or CHAIN_CA); CHAIN_CA
 * accepts an anchor without a path. Names of issuer and subject are compared as DER, key
 * identifiers only order what is tried first.
 *
 * Blocks for at most signatures_max public-key operations (CHAIN_TOO_LONG). Borrows all of `question`;
 * `answer` may be NULL and is written only when accepted. 0 accepted; the named error of the
 * rule that refused (when several paths fail, of the one that came furthest; CHAIN_NO_ANCHOR
 * when there was none); IMP_ERR_CRYPTO_MEMORY and IMP_ERR_CRYPTO_FAULT when crypto could not
 * say; IMP_ERR_BUG_ARGUMENT (CHAIN_SERVER without a host). */
imp_err_t chain_verify(const struct chain_question *question, struct chain_answer *answer);

/* May `der` become an anchor by a verified server's word? A CA certificate of version 3, signed by
 * its own key; dates, key size, usages and critical extensions as for an issuer. One public-key
 * operation. 0 or as chain_verify; CHAIN_NO_ANCHOR: somebody else issued it. */
imp_err_t chain_verify_root(struct bytes der, struct chain_time time);

struct x509;

/* Does one certificate name this host? The same rule, alone (RFC 9525 6): only subjectAltName,
 * never CN; an IPv4 literal matches only an iPAddress, a name only a dNSName, both whole and
 * without regard to case (A-labels as they are); a wildcard only as the whole left-most label,
 * for exactly one label, with two or more labels after it. 0; IMP_ERR_CHAIN_NAME (also a host
 * that is neither name nor IPv4 literal). */
imp_err_t chain_match_host(const struct x509 *cert, const char *host);

#endif
