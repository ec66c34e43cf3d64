/* SPDX-License-Identifier: MIT
 * est.c -- turns a request into a question for issue.h, and its outcome into an answer.
 */
#define _GNU_SOURCE /* open_memstream, explicit_bzero, strncasecmp */
#include "host-sim/authority/est.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "host-sim/authority/certificate.h"
#include "host-sim/authority/pkcs7.h"
#include "host-sim/authority/token.h"
#include "host-sim/cli/json_out.h"

enum {
    CREDENTIAL_BYTES_MAX = 1024
};

static const char pkcs7_type[] = "application/pkcs7-mime";
static const char certs_only_type[] = "application/pkcs7-mime; smime-type=certs-only";

bool est_init(struct est *est, struct authority *authority)
{
    const X509 *certificates[CA_LISTED_MAX];
    const size_t count = ca_list(&authority->ca, certificates);

    est->authority = authority;
    est->cacerts = pkcs7_encode(certificates, count);
    return est->cacerts != NULL;
}

void est_free(struct est *est)
{
    free(est->cacerts);
    est->cacerts = NULL;
}

static struct asker asker_of(const struct http_exchange *exchange)
{
    return (struct asker){ .peer = exchange->peer,
                           .request_id = exchange->request_id,
                           .now = (int64_t)time(NULL) };
}

/* Facts for the log line, known as soon as there is a record. */
static void note_record(struct http_answer *answer, const struct record *record)
{
    answer->token_id = record->token_id;
    snprintf(answer->name, sizeof answer->name, "%s", record->name);
    snprintf(answer->serial, sizeof answer->serial, "%s", record->serial);
}

/* ---- Credentials. ---- */

/* Cut `scheme` and the blanks after it off an Authorization value. */
static bool cut_scheme(struct span *value, const char *scheme)
{
    const size_t size = strlen(scheme);

    if (value->size <= size || strncasecmp(value->at, scheme, size) != 0 ||
        value->at[size] != ' ') {
        return false;
    }
    value->at += size;
    value->size -= size;
    while (value->size > 0 && *value->at == ' ') {
        value->at++;
        value->size--;
    }
    return value->size > 0;
}

/* Find the token that the request carries. The decoded password is wiped before this returns. */
static enum refusal find_token(struct db *db, struct span value, struct token *token)
{
    uint8_t decoded[CREDENTIAL_BYTES_MAX];
    enum refusal refusal = REFUSAL_TOKEN_MISSING;

    if (value.size > CREDENTIAL_BYTES_MAX) {
        return REFUSAL_TOKEN_UNKNOWN;
    }
    if (cut_scheme(&value, "Bearer")) {
        return token_find(db, value.at, value.size, token);
    }
    if (cut_scheme(&value, "Basic")) {
        const long size = base64_to_bytes(value.at, value.size, decoded);
        const uint8_t *colon = size > 0 ? memchr(decoded, ':', (size_t)size) : NULL;

        if (colon != NULL && colon + 1 < decoded + size) {
            refusal = token_find(db, (const char *)colon + 1, (size_t)(decoded + size - colon - 1),
                                 token);
        }
        explicit_bzero(decoded, sizeof decoded);
    }
    return refusal;
}

/* ---- Endpoints. ---- */

static void answer_cacerts(struct est *est, const struct http_exchange *exchange,
                           struct http_answer *answer)
{
    (void)exchange;
    answer->content_type = pkcs7_type;
    answer->body = strdup(est->cacerts);
    answer->refusal = answer->body != NULL ? REFUSAL_NONE : REFUSAL_INTERNAL;
}

/* RFC 7030 section 4.2.1 asks for application/pkcs10; parameters and an absent type are
 * forgiven. */
static bool is_pkcs10(struct span type)
{
    static const char wanted[] = "application/pkcs10";
    const size_t size = sizeof wanted - 1;

    return type.size == 0 || (type.size >= size && strncasecmp(type.at, wanted, size) == 0 &&
                              (type.size == size || type.at[size] == ';' || type.at[size] == ' '));
}

/* Read the request in the body. False when it was refused; then `answer` says so. */
static bool take_csr(const struct http_exchange *exchange, struct csr *csr,
                     struct http_answer *answer)
{
    if (!exchange->request.has_length) {
        answer->refusal = REFUSAL_LENGTH_REQUIRED;
        return false;
    }
    if (!is_pkcs10(exchange->request.content_type)) {
        answer->refusal = REFUSAL_MEDIA_TYPE;
        return false;
    }
    answer->detail = csr_parse(exchange->body.at, exchange->body.size, csr);
    answer->refusal = answer->detail != NULL ? REFUSAL_CSR_INVALID : REFUSAL_NONE;
    if (answer->detail == NULL) {
        snprintf(answer->name, sizeof answer->name, "%s", csr->name);
    }
    return answer->detail == NULL;
}

/* RFC 7030 section 4.2.3: only the certificate that was issued. */
static void answer_certificate(const struct record *record, struct http_answer *answer)
{
    if (answer->refusal != REFUSAL_NONE) {
        return;
    }
    note_record(answer, record);
    answer->content_type = certs_only_type;
    answer->body = pkcs7_encode_der(record->der, record->der_bytes);
    answer->refusal = answer->body != NULL ? REFUSAL_NONE : REFUSAL_INTERNAL;
}

static void answer_enroll(struct est *est, const struct http_exchange *exchange,
                          struct http_answer *answer)
{
    const struct asker asker = asker_of(exchange);
    struct token token = { 0 };
    struct record record;
    struct csr csr = { 0 };

    answer->promises = true;
    answer->refusal = find_token(&est->authority->db, exchange->request.authorization, &token);
    answer->token_id = token.id;
    if (answer->refusal != REFUSAL_NONE || !take_csr(exchange, &csr, answer)) {
        return;
    }
    answer->refusal = issue_enroll(est->authority, &asker, token.id, &csr, &record);
    if (answer->refusal == REFUSAL_TOKEN_TOO_FAST) {
        answer->retry_after_s =
            rate_limit_wait_s(&est->authority->enrollments, (uint64_t)token.id, asker.now);
    }
    answer_certificate(&record, answer);
    csr_clear(&csr);
}

static void answer_reenroll(struct est *est, const struct http_exchange *exchange,
                            struct http_answer *answer)
{
    const struct asker asker = asker_of(exchange);
    uint8_t fingerprint[SHA256_BYTES];
    struct record record;
    struct csr csr = { 0 };

    if (exchange->certificate == NULL) {
        answer->refusal = REFUSAL_CLIENT_CERT_MISSING;
        return;
    }
    answer->promises = true;
    if (!take_csr(exchange, &csr, answer)) {
        return;
    }
    certificate_fingerprint(exchange->certificate, fingerprint);
    answer->refusal = issue_renew(est->authority, &asker, fingerprint, &csr, &record);
    if (answer->refusal == REFUSAL_CSR_INVALID) {
        answer->detail = "The request must name the subject of the current certificate.";
    }
    answer_certificate(&record, answer);
    csr_clear(&csr);
}

/* The JSON of whoami; NULL when memory is out. */
static char *whoami_json(struct db *db, const struct record *record)
{
    char fingerprint[SHA256_HEX_CHARS];
    char moment[MOMENT_CHARS];
    struct token token = { 0 };
    struct json_out json;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);

    if (file == NULL) {
        return NULL;
    }
    (void)token_find_id(db, record->token_id, &token);
    hex_encode(record->fingerprint, SHA256_BYTES, fingerprint);
    json_out_init(&json, file);
    json_object(&json, NULL);
    json_text(&json, "name", record->name);
    json_text(&json, "serial", record->serial);
    moment_format(record->not_before, moment);
    json_text(&json, "not_before", moment);
    moment_format(record->not_after, moment);
    json_text(&json, "not_after", moment);
    json_text(&json, "fingerprint", fingerprint);
    json_text(&json, "label", token.label);
    json_object_end(&json);
    fputc('\n', file);
    return fclose(file) == 0 ? text : NULL;
}

static void answer_whoami(struct est *est, const struct http_exchange *exchange,
                          struct http_answer *answer)
{
    const struct asker asker = asker_of(exchange);
    uint8_t fingerprint[SHA256_BYTES];
    struct record record;

    if (exchange->certificate == NULL) {
        answer->refusal = REFUSAL_CLIENT_CERT_MISSING;
        return;
    }
    certificate_fingerprint(exchange->certificate, fingerprint);
    answer->refusal = issue_whoami(est->authority, &asker, fingerprint, &record);
    if (answer->refusal == REFUSAL_NONE || answer->refusal == REFUSAL_DEVICE_REVOKED) {
        note_record(answer, &record);
    }
    if (answer->refusal == REFUSAL_NONE) {
        answer->content_type = "application/json";
        answer->body = whoami_json(&est->authority->db, &record);
        answer->refusal = answer->body != NULL ? REFUSAL_NONE : REFUSAL_INTERNAL;
    }
}

static const struct endpoint {
    const char *path;
    const char *method;
    void (*answer)(struct est *est, const struct http_exchange *exchange,
                   struct http_answer *answer);
} endpoints[] = {
    { "/.well-known/est/cacerts", "GET", answer_cacerts },
    { "/.well-known/est/simpleenroll", "POST", answer_enroll },
    { "/.well-known/est/simplereenroll", "POST", answer_reenroll },
    { "/.well-known/imprint/whoami", "GET", answer_whoami },
};

void est_answer(void *context, const struct http_exchange *exchange, struct http_answer *answer)
{
    struct est *est = context;

    answer->refusal = REFUSAL_NOT_FOUND;
    for (size_t i = 0; i < sizeof endpoints / sizeof endpoints[0]; i++) {
        if (span_is(exchange->request.path, endpoints[i].path)) {
            if (span_is(exchange->request.method, endpoints[i].method)) {
                answer->refusal = REFUSAL_NONE;
                endpoints[i].answer(est, exchange, answer);
            } else {
                answer->refusal = REFUSAL_METHOD_NOT_ALLOWED;
                answer->allow = endpoints[i].method;
            }
            return;
        }
    }
}
