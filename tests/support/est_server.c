/* SPDX-License-Identifier: MIT
 * est_server.c -- an EST server in this process. */
#include "tests/support/est_server.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/tls_script.h"

enum {
    ANSWER_BYTES = 64 * 1024,
    CERTS_MAX = 8
};

#define CLIENT_EXTENSIONS                  \
    "basicConstraints=critical,CA:FALSE\n" \
    "keyUsage=critical,digitalSignature\n" \
    "extendedKeyUsage=clientAuth"

struct est_pki est_pki;
struct est_server est_server;

static void need(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "est_server.c: %s\n", what);
        ERR_print_errors_fp(stderr);
        abort();
    }
}

/* --- Certificates ----------------------------------------------------------------------------- */

static struct cert make_ca(const char *name, unsigned key_number, const struct cert *issuer)
{
    return certs_make(&(struct cert_spec){
        .name = name,
        .key_number = key_number,
        .issuer = issuer,
        .extensions = EST_CA_EXTENSIONS,
    });
}

static struct cert make_server(unsigned key_number, const struct cert *issuer)
{
    return certs_make(&(struct cert_spec){
        .name = "enrollment server",
        .key_number = key_number,
        .issuer = issuer,
        .extensions = EST_SERVER_EXTENSIONS,
    });
}

void est_server_make_pki(void)
{
    est_pki.root = make_ca("lab root", 101, NULL);
    est_pki.device_ca = make_ca("lab device CA", 102, &est_pki.root);
    est_pki.server_ca = make_ca("lab server CA", 103, &est_pki.root);
    est_pki.server = make_server(104, &est_pki.server_ca);
    est_pki.stranger_root = make_ca("stranger root", 105, NULL);
    est_pki.stranger_ca = make_ca("stranger CA", 106, &est_pki.stranger_root);
    est_pki.stranger_server = make_server(107, &est_pki.stranger_root);
    est_pki.presented[0] = est_pki.server.der;
    est_pki.presented[1] = est_pki.server_ca.der;
}

void est_server_free_pki(void)
{
    struct cert *all[] = {
        &est_pki.root,          &est_pki.device_ca,   &est_pki.server_ca,       &est_pki.server,
        &est_pki.stranger_root, &est_pki.stranger_ca, &est_pki.stranger_server,
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        certs_free(all[i]);
    }
}

void est_fingerprint(struct bytes der, uint8_t digest[32])
{
    need(EVP_Digest(der.data, der.len, digest, NULL, EVP_sha256(), NULL) == 1, "SHA-256");
}

/* What the fault makes of a certificate for `name`. */
static struct cert_spec spec_of(enum est_fault fault, const char *name)
{
    struct cert_spec spec = {
        .name = fault == EST_OTHER_NAME ? "somebody-else" : name,
        .issuer = &est_pki.device_ca,
        .key_number = 110,
        .not_before = est_server.not_before,
        .extensions = CLIENT_EXTENSIONS,
    };

    switch (fault) {
    case EST_EXPIRED:
        spec.not_after = "20241201000000Z";
        break;
    case EST_ENDS_BEFORE_IT_BEGINS:
        spec.not_before = "20500101000001Z";
        break;
    case EST_CA_TRUE:
        spec.extensions = EST_CA_EXTENSIONS;
        break;
    case EST_WRONG_ISSUER:
        spec.issuer = &est_pki.stranger_ca;
        break;
    case EST_BORROWED_NAME:
        spec.issuer = &est_pki.stranger_ca;
        spec.issuer_name = "lab device CA";
        break;
    case EST_SERVER_USAGE:
        spec.extensions = "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth";
        break;
    case EST_UNKNOWN_CRITICAL:
        spec.extensions = CLIENT_EXTENSIONS "\n1.2.3.4=critical,DER:0500";
        break;
    case EST_RSA_KEY:
        spec.key = "RSA-2048";
        break;
    default:
        break;
    }
    return spec;
}

static struct cert issue(enum est_fault fault, X509_REQ *csr)
{
    char extensions[4096];
    struct cert_spec spec = spec_of(fault, est_server.name);

    if (est_server.extensions != NULL) {
        snprintf(extensions, sizeof extensions, "%s\n%s", spec.extensions, est_server.extensions);
        spec.extensions = extensions;
    }
    struct cert cert = certs_make(&spec);

    if (fault != EST_OTHER_KEY && fault != EST_RSA_KEY) {
        need(X509_set_pubkey(cert.x509, X509_REQ_get0_pubkey(csr)) == 1, "X509_set_pubkey");
        certs_sign(&cert, spec.issuer->key, "SHA256");
    }
    if (fault == EST_SELF_SIGNED) {
        need(X509_set_issuer_name(cert.x509, X509_get_subject_name(cert.x509)) == 1, "issuer");
        certs_sign(&cert, est_pki.stranger_ca.key, "SHA256");
    }
    if (fault == EST_BAD_SIGNATURE) {
        ((uint8_t *)(uintptr_t)cert.der.data)[cert.der.len - 1] ^= 1;
    }
    return cert;
}

/* --- Answers ---------------------------------------------------------------------------------- */

static void wrap_answer(const uint8_t *der, size_t len, char *out, size_t cap)
{
    unsigned char *base64 = malloc(len / 3 * 4 + 8);

    need(base64 != NULL, "memory");
    const int chars = EVP_EncodeBlock(base64, der, (int)len);
    const int total = snprintf(out, cap,
                               "HTTP/1.1 200 OK\r\n%s"
                               "Content-Type: application/pkcs7-mime; smime-type=certs-only\r\n"
                               "Content-Transfer-Encoding: base64\r\n"
                               "Content-Length: %d\r\n\r\n%s",
                               est_server.headers != NULL ? est_server.headers : "", chars, base64);
    need(total > 0 && (size_t)total < cap, "too long an answer");
    free(base64);
}

void est_certs_answer(const struct bytes certs[], size_t count, char *out, size_t cap)
{
    uint8_t der[ANSWER_BYTES / 2];

    wrap_answer(der, certs_pkcs7(certs, count, der, sizeof der), out, cap);
}

static void answer_cacerts(void)
{
    static char text[ANSWER_BYTES];
    const struct bytes all[] = { est_pki.root.der, est_pki.device_ca.der, est_pki.server_ca.der };

    est_server.cacerts_count++;
    if (est_server.cacerts_answer == NULL) {
        est_certs_answer(all, sizeof all / sizeof all[0], text, sizeof text);
        tls_script_reply_text(text);
        return;
    }
    tls_script_reply_text(est_server.cacerts_answer);
}

/* Which certificates come, for this fault. */
static size_t collect(struct bytes leaf, struct bytes second, struct bytes certs[CERTS_MAX])
{
    switch (est_server.fault) {
    case EST_NO_CERTIFICATE:
        return 0;
    case EST_ONLY_CAS:
        certs[0] = est_pki.device_ca.der;
        return 1;
    case EST_TWO_LEAVES:
        certs[0] = leaf;
        certs[1] = second;
        return 2;
    case EST_WITH_CHAIN:
        certs[0] = est_pki.root.der;
        certs[1] = est_pki.device_ca.der;
        certs[2] = leaf;
        return 3;
    default:
        certs[0] = leaf;
        return 1;
    }
}

static void answer_issued(X509_REQ *csr)
{
    static char text[ANSWER_BYTES];
    uint8_t der[ANSWER_BYTES / 2];
    struct bytes certs[CERTS_MAX];
    struct cert leaf = issue(est_server.fault, csr);
    struct cert second = issue(EST_GOOD, csr);
    size_t len = certs_pkcs7(certs, collect(leaf.der, second.der, certs), der, sizeof der - 1);

    if (est_server.fault == EST_TRAILING_BYTES) {
        der[len++] = 0;
    }
    wrap_answer(der, len, text, sizeof text);
    tls_script_reply_text(text);
    certs_free(&leaf);
    certs_free(&second);
}

/* --- Requests --------------------------------------------------------------------------------- */

static void copy_field(const char *head, const char *field, char *out, size_t cap)
{
    const char *at = strstr(head, field);
    const char *end = at == NULL ? NULL : strstr(at, "\r\n");

    out[0] = '\0';
    if (end != NULL) {
        at += strlen(field);
        snprintf(out, cap, "%.*s", (int)(end - at), at);
    }
}

static X509_REQ *read_csr(const char *body)
{
    uint8_t der[2048];
    const size_t chars = strlen(body);

    need(chars > 0 && chars / 4 * 3 <= sizeof der, "the request's body");
    int len = EVP_DecodeBlock(der, (const unsigned char *)body, (int)chars);
    need(len > 0, "the request's base64");
    len -= (body[chars - 1] == '=') + (body[chars - 2] == '=');
    const uint8_t *at = der;
    X509_REQ *csr = d2i_X509_REQ(NULL, &at, len);
    need(csr != NULL && at == der + len, "the request's DER");
    return csr;
}

static void note_csr(X509_REQ *csr)
{
    EVP_PKEY *key = X509_REQ_get0_pubkey(csr);
    uint8_t last[KEY_POINT_BYTES];
    size_t bytes = 0;

    memcpy(last, est_server.point, sizeof last);
    est_server.csr_is_valid = X509_REQ_verify(csr, key) == 1;
    need(EVP_PKEY_get_octet_string_param(key, "encoded-pub-key", est_server.point,
                                         sizeof est_server.point, &bytes) == 1 &&
             bytes == sizeof est_server.point,
         "the request's key");
    est_server.key_count += memcmp(last, est_server.point, sizeof last) != 0;
    X509_NAME_get_text_by_NID(X509_REQ_get_subject_name(csr), NID_commonName, est_server.name,
                              sizeof est_server.name);
}

static void answer_enroll(const char *request)
{
    est_server.enroll_count++;
    copy_field(request, "Authorization: ", est_server.authorization,
               sizeof est_server.authorization);
    X509_REQ *csr = read_csr(strstr(request, "\r\n\r\n") + 4);
    note_csr(csr);
    if (est_server.enroll_answer != NULL) {
        tls_script_reply_text(est_server.enroll_answer);
    } else {
        answer_issued(csr);
    }
    X509_REQ_free(csr);
}

/* As simpleenroll, for whoever showed a certificate of ours. */
static void answer_reenroll(const char *request)
{
    est_server.reenroll_count++;
    if (!tls_seen[tls_seen_count - 1].identified) {
        tls_script_reply_text("HTTP/1.1 401 Unauthorized\r\nImprint-Error: CLIENT_CERT_MISSING\r\n"
                              "Content-Length: 0\r\n\r\n");
        return;
    }
    answer_enroll(request);
}

static void answer_whoami(void)
{
    const bool is_known = tls_seen[tls_seen_count - 1].identified;

    est_server.whoami_count++;
    if (est_server.whoami_answer != NULL) {
        tls_script_reply_text(est_server.whoami_answer);
    } else if (is_known) {
        tls_script_reply_text("HTTP/1.1 200 OK\r\nX-Request-Id: 00112233445566aa\r\n"
                              "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
    } else {
        tls_script_reply_text("HTTP/1.1 401 Unauthorized\r\nImprint-Error: CLIENT_CERT_MISSING\r\n"
                              "Content-Length: 0\r\n\r\n");
    }
}

static void answer(struct bytes request)
{
    char text[8192];

    need(request.len < sizeof text, "too long a request");
    memcpy(text, request.data, request.len);
    text[request.len] = '\0';
    const char *end = strstr(text, " HTTP/1.1\r\n");
    need(end != NULL, "the request line");
    const size_t line = (size_t)(end - text);
    if (line > 8 && memcmp(end - 8, "/cacerts", 8) == 0) {
        answer_cacerts();
    } else if (line > 13 && memcmp(end - 13, "/simpleenroll", 13) == 0) {
        answer_enroll(text);
    } else if (line > 15 && memcmp(end - 15, "/simplereenroll", 15) == 0) {
        answer_reenroll(text);
    } else if (line > 7 && memcmp(end - 7, "/whoami", 7) == 0) {
        answer_whoami();
    } else {
        tls_script_reply_text("HTTP/1.1 404 Not Found\r\nImprint-Error: NOT_FOUND\r\n"
                              "Content-Length: 0\r\n\r\n");
    }
}

/* The presented leaf is by our device CA, and the device has its key. */
static bool identify(const struct tls_params *params)
{
    uint8_t digest[KEY_DIGEST_BYTES] = "what the handshake would sign";
    uint8_t signature[KEY_SIGNATURE_BYTES_MAX];
    size_t bytes = 0;
    const uint8_t *at = params->chain.data;
    X509 *leaf = d2i_X509(NULL, &at, (long)params->chain.len);
    EVP_PKEY_CTX *context = leaf == NULL ? NULL : EVP_PKEY_CTX_new(X509_get0_pubkey(leaf), NULL);

    const bool proved = context != NULL && X509_verify(leaf, est_pki.device_ca.key) == 1 &&
                        key_sign(params->slot, digest, signature, &bytes) == 0 &&
                        EVP_PKEY_verify_init(context) == 1 &&
                        EVP_PKEY_verify(context, signature, bytes, digest, sizeof digest) == 1;
    EVP_PKEY_CTX_free(context);
    X509_free(leaf);
    return proved;
}

void est_server_reset(void)
{
    memset(&est_server, 0, sizeof est_server);
    tls_script_reset();
    tls_script.presented = est_pki.presented;
    tls_script.presented_count = 2;
    tls_script.identify = identify;
    tls_script.answer = answer;
}
