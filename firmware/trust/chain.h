/* SPDX-License-Identifier: MIT
 * chain.h -- the one verdict: chain_verify(presented certificates, anchors, host, time) -> named error.
 *
 * Every way in calls this function: the TLS handshake, TRUST (presented chain and /cacerts), VERIFY, inspection tools and the
 * application's own connections. Rules: RFC 5280 section 6 as far as listed at chain_verify, RFC 9525 for names. */
#ifndef FIRMWARE_TRUST_CHAIN_H
#define FIRMWARE_TRUST_CHAIN_H

#include "firmware/bytes.h"
#include "firmware/config.h"
#include "firmware/error.h"

enum chain_purpose {
    CHAIN_SERVER, /* The leaf is a TLS server: serverAuth required, digitalSignature, name in subjectAltName. */
    CHAIN_CLIENT, /* The leaf is our own certificate: clientAuth if usages are present; no host. */
    CHAIN_CA      /* The first certificate is an issuing CA: only its path to an anchor is judged. */
};

struct chain_time {
    int64_t floor;      /* Signed facts: proves "expired", never "not yet valid". */
    int64_t now;        /* From a clock that was set; only looked at when has_now. */
    bool has_now;
};

struct chain_question {
    const struct bytes *presented; /* DER; [0] is the leaf, the others in any order. */
    size_t presented_count;        /* Together with the issuers at most CONFIG_CHAIN_CERTS_MAX are looked at. */
    const struct bytes *issuers;   /* More intermediate CAs that we hold; no trust in them. May be NULL. */
    size_t issuer_count;
    const struct bytes *anchors;   /* DER; trusted for key and name. Their own dates, signature and extensions are judged only
                                    * as far as they restrict: CA bit, keyCertSign, path length, name constraints, dates. */
    size_t anchor_count;
    const char *host;              /* Name or IPv4 literal; NULL only for CHAIN_CLIENT and CHAIN_CA. */
    enum chain_purpose purpose;
    struct chain_time time;
};

struct chain_answer {
    uint8_t path_count;             /* Certificates on the path, leaf and anchor included. */
    bool not_before_unchecked;      /* A notBefore lies after the floor and no clock was set to judge it. */
    int64_t leaf_not_before;
    int64_t leaf_not_after;
    int64_t path_not_after;         /* The earliest notAfter on the path. */
};

/* Decide. Builds a path from presented[0] over `presented` and `issuers` to one of the anchors and judges: sizes, dates
 * (RFC 5280 4.1.2.5, against floor and clock), signatures and their algorithms (no SHA-1, RSA 2048 to 4096, EC P-256 and
 * up), v3, CA bit, keyCertSign, path length, usages, unknown critical extensions, name constraints (dNSName and iPAddress
 * are evaluated; any other kind refuses), and the host: only subjectAltName, type-strict, a wildcard only as the whole
 * left-most label. `answer` may be NULL. At most CONFIG_CHAIN_CERTS_MAX public-key operations.
 * 0 accepted; the named error of the rule that refused (when several paths fail, of the one that came furthest). */
imp_err_t chain_verify(const struct chain_question *question, struct chain_answer *answer);

/* Does one certificate name this host? The same rule, alone. 0; IMP_ERR_CHAIN_NAME; IMP_ERR_X509_MALFORMED. */
struct x509;
imp_err_t chain_match_host(const struct x509 *cert, const char *host);

#endif
