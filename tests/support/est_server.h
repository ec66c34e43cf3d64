/* SPDX-License-Identifier: MIT
 * est_server.h -- an EST server in this process, behind tls_script.h: real certificates for real
 * requests, by OpenSSL, and on demand every wrong one.
 *
 *   root --+-- device CA -- what the device gets        stranger's root --- stranger's CA
 *          '-- server CA -- server, for "ca.test" */
#ifndef TESTS_SUPPORT_EST_SERVER_H
#define TESTS_SUPPORT_EST_SERVER_H

#include "firmware/bytes.h"
#include "firmware/crypto/key.h"
#include "tests/support/certs.h"

#define EST_SERVER_HOST "ca.test"
#define EST_SERVER_URL  "https://ca.test:8443"
#define EST_CA_EXTENSIONS                     \
    "basicConstraints=critical,CA:TRUE\n"     \
    "keyUsage=critical,keyCertSign,cRLSign\n" \
    "subjectKeyIdentifier=hash"
#define EST_SERVER_EXTENSIONS              \
    "basicConstraints=critical,CA:FALSE\n" \
    "keyUsage=critical,digitalSignature\n" \
    "extendedKeyUsage=serverAuth\n"        \
    "subjectAltName=DNS:ca.test"

/* What is wrong with what simpleenroll brings. */
enum est_fault {
    EST_GOOD,
    EST_WITH_CHAIN, /* Nothing is wrong: the issuing CA and the root come along, root first. */
    EST_OTHER_KEY,  /* Certifies a key of somebody else. */
    EST_OTHER_NAME,
    EST_EXPIRED,
    EST_ENDS_BEFORE_IT_BEGINS,
    EST_CA_TRUE,
    EST_TWO_LEAVES,
    EST_NO_CERTIFICATE, /* A PKCS#7 without any. */
    EST_ONLY_CAS,
    EST_WRONG_ISSUER,  /* By the stranger's CA. */
    EST_BORROWED_NAME, /* By the stranger's key, under our device CA's name. */
    EST_SELF_SIGNED,
    EST_BAD_SIGNATURE, /* The last bit is flipped. */
    EST_SERVER_USAGE,  /* serverAuth in place of clientAuth. */
    EST_UNKNOWN_CRITICAL,
    EST_RSA_KEY,
    EST_TRAILING_BYTES, /* Behind the PKCS#7. */
    EST_FAULT_COUNT
};

struct est_pki {
    struct cert root;
    struct cert device_ca;
    struct cert server_ca;
    struct cert server;
    struct cert stranger_root;
    struct cert stranger_ca;
    struct cert stranger_server; /* For "ca.test", too. */
    struct bytes presented[2];   /* Server and server CA. */
};
extern struct est_pki est_pki;

/* How the server behaves; a canned answer is a whole HTTP answer that goes out in place of its
 * own. */
struct est_server {
    enum est_fault fault;
    const char *cacerts_answer;
    const char *enroll_answer;
    const char *whoami_answer;
    const char *extensions; /* More of them in what is issued, as in cert_spec. */
    const char *not_before; /* Of what is issued, as in cert_spec. */
    const char *headers;    /* More header lines in each 200 answer, each with its CR LF. */

    /* What was seen. */
    unsigned cacerts_count;
    unsigned enroll_count; /* simplereenroll, too. */
    unsigned reenroll_count;
    unsigned whoami_count;
    unsigned key_count;             /* Requests for another key than the one before. */
    bool csr_is_valid;              /* The last request's own signature holds. */
    uint8_t point[KEY_POINT_BYTES]; /* Its key. */
    char name[80];                  /* Its CN. */
    char authorization[256];        /* The last request's, without "Authorization: ". */
};
extern struct est_server est_server;

/* Make the certificates; once a program. */
void est_server_make_pki(void);
void est_server_free_pki(void);

/* A good server answers behind tls_script, which is reset. */
void est_server_reset(void);

/* SHA-256 of a certificate. */
void est_fingerprint(struct bytes der, uint8_t digest[32]);

/* A complete HTTP answer with these certificates as application/pkcs7-mime in `out`
 * (terminated). */
void est_certs_answer(const struct bytes certs[], size_t count, char *out, size_t cap);

#endif
