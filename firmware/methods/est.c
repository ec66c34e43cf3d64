/* SPDX-License-Identifier: MIT
 * est.c -- the five phases of the `est` method.
 *
 * TRUST talks to a server that nobody has verified: it looks for the certificate whose SHA-256
 * is the operator's pin, in the presented chain or in /cacerts, and carries nothing secret. When
 * the pinned certificate is presented, the presented chain is judged against it at once, so that
 * a wrong name shows here; when it comes from /cacerts, the next connection judges. */
#include "firmware/methods/est.h"

#include <string.h>

#include "firmware/crypto/hash.h"
#include "firmware/imp_assert.h"
#include "firmware/methods/est_anchors.h"
#include "firmware/proto/pkcs7.h"
#include "firmware/proto/x509.h"
#include "firmware/secret.h"
#include "firmware/text.h"

#define EST_PATH    "/.well-known/est"
#define WHOAMI_PATH "/.well-known/imprint/whoami"
#define PKCS7_TYPE  "application/pkcs7-mime"

/* Head with the longest host, path and token, and the base64 of the longest CSR. */
enum {
    REQUEST_BYTES = 1280
};

enum step {
    STEP_BEGIN,
    STEP_CONNECT,
    STEP_ANSWER
};

/* --- Requests --------------------------------------------------------------------------------- */

/* The request lies at the start of the free work memory while it is sent. */
static struct text request_begin(struct enrollment *e, const char *verb, const char *path,
                                 const char *resource)
{
    IMP_ASSERT(e->work_bytes > REQUEST_BYTES + e->body_at);
    struct text text = text_in((char *)e->work + e->body_at, REQUEST_BYTES);

    text_add(&text, verb);
    text_add(&text, path);
    text_add(&text, resource);
    text_add(&text, " HTTP/1.1\r\nHost: ");
    text_add(&text, e->server->host);
    if (e->server->port != 443) {
        text_add_char(&text, ':');
        text_add_u64(&text, e->server->port);
    }
    text_add(&text, "\r\n");
    return text;
}

static const char *est_path(const struct enrollment *e)
{
    return e->server->path[0] != '\0' ? e->server->path : EST_PATH;
}

/* A token of the form user:password goes as HTTP Basic (RFC 7617), any other as Bearer (RFC
 * 6750). */
static void request_add_token(struct text *text, struct bytes token)
{
    char basic[BASE64_CHARS(CONFIG_TOKEN_CHARS_MAX)];

    if (memchr(token.data, ':', token.len) != NULL) {
        const size_t chars = base64_encode(token, basic);
        text_add(text, "Authorization: Basic ");
        text_add_bytes(text, bytes_of(basic, chars));
        secret_wipe(basic, sizeof basic);
    } else {
        text_add(text, "Authorization: Bearer ");
        text_add_bytes(text, token);
    }
    text_add(text, "\r\n");
}

static void request_add_csr(struct text *text, struct bytes csr)
{
    char encoded[BASE64_CHARS(CONFIG_CSR_BYTES_MAX)];
    const size_t chars = base64_encode(csr, encoded);

    text_add(
        text,
        "Content-Type: application/pkcs10\r\nContent-Transfer-Encoding: base64\r\nContent-Length: ");
    text_add_u64(text, chars);
    text_add(text, "\r\n\r\n");
    text_add_bytes(text, bytes_of(encoded, chars));
}

/* --- Answers ---------------------------------------------------------------------------------- */

/* A body is kept, base64 removed, only when it is the answer that was asked for. */
static imp_err_t take_certs_body(void *context, struct bytes piece)
{
    struct enrollment *e = context;
    size_t written;

    if (e->exchange.http.head.status != 200) {
        return 0;
    }
    const size_t at = e->body_start + e->body_bytes;
    const imp_err_t err =
        base64_decode(&e->base64, piece, e->work + at, e->work_bytes - at, &written);
    e->body_bytes += written;
    return err == IMP_ERR_BUG_SPACE ? IMP_ERR_HTTP_BODY_TOO_LARGE : err;
}

/* The same where an answer that can't be read is none. */
static imp_err_t take_offered_body(void *context, struct bytes piece)
{
    struct enrollment *e = context;

    e->body_is_lost = e->body_is_lost || take_certs_body(e, piece) != 0;
    return 0;
}

static imp_err_t skip_body(void *context, struct bytes piece)
{
    (void)context;
    (void)piece;
    return 0;
}

static void ask(struct enrollment *e, const struct text *request, http1_body_fn body)
{
    IMP_ASSERT(!request->is_cut);
    e->base64 = (struct base64_decoder){ 0 };
    e->body_start = e->body_at + request->len;
    e->body_bytes = 0;
    e->body_is_lost = false;
    exchange_ask(&e->exchange, bytes_of(request->at, request->len), body, e, e->now_ms);
}

/* First 16 hex digits of the request id, for the trace. */
static int32_t id_word(const char *id, size_t at)
{
    uint32_t word = 0;

    for (size_t i = 0; i < 8 && strlen(id) > at + i; i++) {
        const int digit = text_hex_digit(id[at + i]);
        word = word << 4 | (uint32_t)(digit < 0 ? 0 : digit);
    }
    return (int32_t)word;
}

/* Step the answer; when complete, keep what its head says. */
static int32_t answer(struct enrollment *e)
{
    const int32_t result = exchange_answer(&e->exchange, e->now_ms);

    if (result != 1) {
        e->foreign_code = e->exchange.foreign_code;
        return result;
    }
    const struct http1_head *head = &e->exchange.http.head;
    memcpy(e->request_id, head->request_id, sizeof e->request_id);
    trace_add(e->trace, IMPRINT_TRACE_HTTP, head->status, (int32_t)e->exchange.http.body_bytes);
    trace_add(e->trace, IMPRINT_TRACE_REQUEST_ID, id_word(head->request_id, 0),
              id_word(head->request_id, 8));
    e->foreign_code = head->status == 200 ? 0 : head->status;
    /* A stranger's word costs no more than our own backoff. */
    e->retry_after_s = e->is_verified && head->has_retry_after ? head->retry_after_s : 0;
    if (e->is_verified && head->has_date) {
        e->has_date = true;
        e->date = head->date;
    }
    return 1;
}

/* The authority names its reason in Imprint-Error, without our area prefix. */
static imp_err_t named_refusal(const struct http1_head *head)
{
    char name[sizeof "EST_" + sizeof head->error_name];
    struct text text = text_in(name, sizeof name);

    text_add(&text, "EST_");
    text_add(&text, head->error_name);
    return imprint_err_by_name(name, (uint32_t)text.len);
}

static imp_err_t refusal_of_status(uint16_t status)
{
    switch (status) {
    case 401:
        return IMP_ERR_EST_UNAUTHORIZED;
    case 404:
        return IMP_ERR_EST_NOT_FOUND;
    case 408:
        return IMP_ERR_HTTP_TIMEOUT;
    case 429:
    case 503:
        return IMP_ERR_EST_BUSY;
    default:
        break;
    }
    if (status >= 300 && status < 400) {
        return IMP_ERR_HTTP_REDIRECT;
    }
    return status >= 400 && status < 500 ? IMP_ERR_EST_REFUSED : IMP_ERR_EST_SERVER;
}

/* 0 for a 200 answer, else the error that it means. A named reason counts only with a status
 * that refuses. */
static imp_err_t judge_head(const struct http1_head *head)
{
    if (head->status == 200) {
        return 0;
    }
    if (head->status == 202) {
        return IMP_ERR_EST_PENDING;
    }
    const imp_err_t named =
        head->status >= 400 && head->status < 500 && head->status != 429 ? named_refusal(head) : 0;
    return named ? named : refusal_of_status(head->status);
}

/* The certificates of a complete certs-only answer: at most `cap`. */
static imp_err_t read_certs(struct enrollment *e, struct bytes certs[], size_t cap, size_t *count)
{
    const struct http1_head *head = &e->exchange.http.head;
    imp_err_t err = judge_head(head);

    if (err) {
        return err;
    }
    if (strcmp(head->content_type, PKCS7_TYPE) != 0) {
        return IMP_ERR_EST_CONTENT;
    }
    err = base64_finish(&e->base64);
    if (err) {
        return err;
    }
    return pkcs7_read_certs(bytes_of(e->work + e->body_start, e->body_bytes), certs, cap, count);
}

/* --- Connections ------------------------------------------------------------------------------ */

static imp_err_t judge_server(struct enrollment *e, const struct bytes *presented, size_t count,
                              const struct bytes *anchor)
{
    const struct chain_question question = {
        .presented = presented,
        .presented_count = count,
        .issuers = e->issuers.at,
        .issuer_count = e->issuers.count,
        .anchors = anchor,
        .anchor_count = 1,
        .host = e->server->host,
        .purpose = CHAIN_SERVER,
        .time = e->time,
    };
    struct chain_answer chain_answer;
    const imp_err_t err = chain_verify(&question, &chain_answer);

    if (err == 0) {
        e->issuers_used |= chain_answer.issuers_used;
        e->not_before_unchecked = chain_answer.not_before_unchecked;
        trace_add(e->trace, IMPRINT_TRACE_CONNECTED, (int32_t)count, chain_answer.path_count);
    }
    return err;
}

/* The verdict of every connection but TRUST's: one anchor accepts. Each is asked alone, so that a
 * new anchor can prove itself beside the old one. */
static imp_err_t verdict(void *context, const struct bytes *certs, size_t count)
{
    struct enrollment *e = context;
    imp_err_t refused = IMP_ERR_CHAIN_NO_ANCHOR;

    e->accepted_by = 0;
    e->issuers_used = 0;
    for (size_t i = 0; i < e->anchors.count; i++) {
        const imp_err_t err = judge_server(e, certs, count, &e->anchors.at[i]);
        if (err == 0) {
            e->accepted_by |= (uint8_t)(1u << i);
        } else if (refused == IMP_ERR_CHAIN_NO_ANCHOR) {
            refused = err;
        }
    }
    return e->accepted_by != 0 ? 0 : refused;
}

static void connect_begin(struct enrollment *e, tls_verdict_fn judge)
{
    const struct tls_params params = {
        .host = e->server->host,
        .port = e->server->port,
        .verdict = judge,
        .verdict_context = e,
        .identify = e->chain.len > 0,
        .slot = e->slot,
        .chain = e->chain,
    };
    e->is_verified = false;
    exchange_start(&e->exchange, &params, e->now_ms);
}

/* 1: the handshake is complete, the peer's proof of its key included. */
static int32_t connect_step(struct enrollment *e)
{
    const int32_t result = exchange_connect(&e->exchange, e->now_ms);

    if (result < 0) {
        e->foreign_code = e->exchange.foreign_code;
    }
    return result;
}

/* The same for a connection that the verdict over our own anchors guards: not TRUST's. */
static int32_t connect_verified(struct enrollment *e)
{
    const int32_t result = connect_step(e);

    e->is_verified = result == 1;
    return result;
}

/* --- TRUST ------------------------------------------------------------------------------------ */

/* The index of the certificate that the pin names, or -1. */
static int find_pinned(const struct enrollment *e, const struct bytes *certs, size_t count)
{
    uint8_t digest[HASH_SHA256_BYTES];

    for (size_t i = 0; i < count; i++) {
        if (hash_sha256(&certs[i], 1, digest) == 0 && secret_equal(digest, e->pin, sizeof digest)) {
            return (int)i;
        }
    }
    return -1;
}

/* May the pinned certificate be an anchor? */
static imp_err_t check_anchor(struct bytes der, bool is_leaf)
{
    struct x509 cert;
    const imp_err_t err = x509_parse(der, &cert);

    if (err) {
        return err;
    }
    if (!cert.is_ca) {
        return is_leaf ? IMP_ERR_TRUST_PIN_IS_LEAF : IMP_ERR_TRUST_NOT_CA;
    }
    return 0;
}

/* TRUST's verdict: provisional when the pinned certificate is not presented; else judged against
 * it at once. */
static imp_err_t trust_verdict(void *context, const struct bytes *certs, size_t count)
{
    struct enrollment *e = context;
    const int index = find_pinned(e, certs, count);

    if (index < 0) {
        return 0;
    }
    const struct bytes pinned = certs[index];
    imp_err_t err = check_anchor(pinned, index == 0);
    if (err) {
        return err;
    }
    if (pinned.len > CONFIG_CERT_BYTES_MAX || pinned.len + REQUEST_BYTES >= e->work_bytes) {
        return IMP_ERR_X509_TOO_LARGE;
    }
    memcpy(e->work, pinned.data, pinned.len);
    e->body_at = pinned.len;
    e->found = (struct certs){ .at = { bytes_of(e->work, pinned.len) }, .count = 1 };
    return judge_server(e, certs, count, &e->found.at[0]);
}

/* What /cacerts brought: the anchor if it was not presented, and the issuers. */
static imp_err_t trust_take_cacerts(struct enrollment *e)
{
    struct bytes offered[CONFIG_CACERTS_MAX];
    size_t count;
    imp_err_t err = read_certs(e, offered, CONFIG_CACERTS_MAX, &count);

    if (err) {
        /* The anchor was presented: a server without /cacerts will do. */
        return e->found.count > 0 ? 0 : err;
    }
    if (e->found.count == 0) {
        const int index = find_pinned(e, offered, count);
        if (index < 0) {
            return IMP_ERR_TRUST_PIN_NOT_FOUND;
        }
        err = check_anchor(offered[index], false);
        if (err) {
            return err;
        }
        e->found = (struct certs){ .at = { offered[index] }, .count = 1 };
    }
    anchors_keep_issuers(e, offered, count);
    return 0;
}

static void ask_cacerts(struct enrollment *e, http1_body_fn body)
{
    struct text request = request_begin(e, "GET ", est_path(e), "/cacerts");

    text_add(&request, "\r\n");
    ask(e, &request, body);
    e->step = STEP_ANSWER;
}

static int32_t est_trust(struct enrollment *e)
{
    int32_t result = 0;

    switch (e->step) {
    case STEP_BEGIN:
        e->found.count = 0;
        e->found_anchors = 1;
        e->body_at = 0;
        connect_begin(e, trust_verdict);
        e->step = STEP_CONNECT;
        return 0;
    case STEP_CONNECT:
        result = connect_step(e);
        if (result == 1) {
            ask_cacerts(e, take_certs_body);
            result = 0;
        }
        return result;
    default:
        result = answer(e);
        if (result == 1) {
            const imp_err_t err = trust_take_cacerts(e);
            result = err ? err : 1;
        }
        return result;
    }
}

/* --- RENEW ------------------------------------------------------------------------------------ */

/* What /cacerts offers now. Only a server that says it is busy (429, 503) is asked again. */
static imp_err_t renew_take_cacerts(struct enrollment *e)
{
    struct bytes offered[CONFIG_CACERTS_MAX];
    size_t count;
    const imp_err_t err = e->body_is_lost ? IMP_ERR_HTTP_BODY_TOO_LARGE
                                          : read_certs(e, offered, CONFIG_CACERTS_MAX, &count);

    if (err == 0) {
        anchors_roll(e, offered, count);
    }
    return err == IMP_ERR_EST_BUSY ? err : 0;
}

static int32_t est_renew(struct enrollment *e)
{
    int32_t result = 0;

    switch (e->step) {
    case STEP_BEGIN:
        e->found.count = 0;
        e->body_at = 0;
        connect_begin(e, verdict);
        e->step = STEP_CONNECT;
        return 0;
    case STEP_CONNECT:
        result = connect_verified(e);
        if (result == 1) {
            ask_cacerts(e, take_offered_body);
            result = 0;
        }
        return result;
    default:
        result = answer(e);
        if (result == 1) {
            const imp_err_t err = renew_take_cacerts(e);
            result = err ? err : 1;
        }
        return result;
    }
}

/* --- CONNECT and ENROLL ----------------------------------------------------------------------- */

static int32_t est_connect(struct enrollment *e)
{
    if (e->step == STEP_BEGIN) {
        connect_begin(e, verdict);
        e->step = STEP_CONNECT;
        return 0;
    }
    return connect_verified(e);
}

static void enroll_ask(struct enrollment *e)
{
    const bool has_token = e->token.len > 0;

    e->body_at = 0;
    struct text request =
        request_begin(e, "POST ", est_path(e), has_token ? "/simpleenroll" : "/simplereenroll");

    if (has_token) {
        request_add_token(&request, e->token);
    }
    request_add_csr(&request, e->csr);
    ask(e, &request, take_certs_body);
}

static int32_t est_enroll(struct enrollment *e)
{
    if (e->step == STEP_BEGIN) {
        IMP_ASSERT(e->is_verified);
        enroll_ask(e);
        e->step = STEP_ANSWER;
        return 0;
    }
    const int32_t result = answer(e);
    if (result == 1) {
        const imp_err_t err = read_certs(e, e->found.at, CONFIG_CHAIN_CERTS_MAX, &e->found.count);
        return err ? err : 1;
    }
    return result;
}

/* --- PROVE ------------------------------------------------------------------------------------ */

/* A foreign EST server has no whoami: there the handshake with our certificate, which the server
 * asked for and which its answer completes, is the proof. */
static imp_err_t judge_proof(const struct http1_head *head)
{
    const bool is_foreign = head->status == 404 && head->error_name[0] == '\0';

    return is_foreign ? 0 : judge_head(head);
}

static int32_t est_prove(struct enrollment *e)
{
    int32_t result = 0;

    switch (e->step) {
    case STEP_BEGIN:
        e->body_at = 0;
        connect_begin(e, verdict);
        e->step = STEP_CONNECT;
        return 0;
    case STEP_CONNECT:
        result = connect_verified(e);
        if (result == 1 && !exchange_identified(&e->exchange)) {
            return IMP_ERR_EST_NO_PROOF;
        }
        if (result == 1) {
            struct text request = request_begin(e, "GET ", "", WHOAMI_PATH);
            text_add(&request, "\r\n");
            ask(e, &request, skip_body);
            e->step = STEP_ANSWER;
            result = 0;
        }
        return result;
    default:
        result = answer(e);
        if (result == 1) {
            const imp_err_t err = judge_proof(&e->exchange.http.head);
            result = err ? err : 1;
        }
        return result;
    }
}

static void est_stop(struct enrollment *e)
{
    exchange_stop(&e->exchange);
    if (e->body_start > e->body_at) {
        secret_wipe(e->work + e->body_at, e->body_start - e->body_at); /* It carried the token. */
        e->body_start = 0;
    }
    e->is_verified = false;
    e->step = STEP_BEGIN;
}

const struct method est_method = {
    .name = "est",
    .number = 1,
    .trust = est_trust,
    .renew = est_renew,
    .connect = est_connect,
    .enroll = est_enroll,
    .prove = est_prove,
    .stop = est_stop,
};
