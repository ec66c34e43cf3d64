/* SPDX-License-Identifier: MIT
 * fault.c -- reads --fault, and decides which fault strikes which request.
 */
#define _GNU_SOURCE /* strdup, strtok_r */
#include "host-sim/authority/fault.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-sim/authority/encoding.h"
#include "host-sim/authority/fault_certificate.h"

static const struct fault_row {
    const char *name;
    enum fault_stage stage;
    long value; /* Default; FAULT_NO_VALUE: takes none. */
} rows[FAULT_KIND_COUNT] = {
#define FAULT(name, text, stage, value, help) { text, FAULT_##stage, value },
#include "host-sim/authority/fault.def"
#undef FAULT
};

static const struct {
    const char *at;
    const char *path;
} endpoints[] = {
    { "cacerts", "/.well-known/est/cacerts" },
    { "enroll", "/.well-known/est/simpleenroll" },
    { "enroll", "/.well-known/est/simplereenroll" },
    { "whoami", "/.well-known/imprint/whoami" },
    { "any", NULL },
};

const char *fault_name(enum fault_kind kind)
{
    return rows[kind].name;
}

/* ---- The command line. ---- */

static bool read_number(const char *text, long *number)
{
    char *end = NULL;

    errno = 0;
    *number = strtol(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *number >= 0 && *number <= INT_MAX;
}

static const char *read_endpoint(const char *text, struct fault *fault)
{
    for (size_t i = 0; i < sizeof endpoints / sizeof endpoints[0]; i++) {
        if (strcmp(text, endpoints[i].at) == 0) {
            fault->at = endpoints[i].at;
            return NULL;
        }
    }
    return "at= wants cacerts, enroll, whoami or any";
}

static const char *read_limit(const char *text, struct fault *fault)
{
    if (fault->stage == FAULT_SERVER) {
        return "a wrong server certificate takes no limits";
    }
    if (strncmp(text, "times=", 6) == 0) {
        return read_number(text + 6, &fault->times_left) ? NULL : "times= wants a number";
    }
    if (strncmp(text, "at=", 3) == 0 && fault->stage != FAULT_CERTIFICATE) {
        return read_endpoint(text + 3, fault);
    }
    return "only :times=N and :at=ENDPOINT limit a fault";
}

/* NAME or NAME=VALUE. */
static const char *read_name(char *text, struct fault *fault)
{
    char *value = strchr(text, '=');

    if (value != NULL) {
        *value++ = '\0';
    }
    for (size_t i = 0; i < FAULT_KIND_COUNT; i++) {
        if (strcmp(text, rows[i].name) == 0) {
            *fault =
                (struct fault){ (enum fault_kind)i, rows[i].stage, rows[i].value, -1, "enroll" };
            if (value != NULL && fault->value == FAULT_NO_VALUE) {
                return "this fault takes no value";
            }
            return value == NULL || read_number(value, &fault->value) ? NULL
                                                                      : "the value is no number";
        }
    }
    return "there is no such fault; serve --help lists them";
}

static const char *read_fault(char *text, struct fault *fault)
{
    char *rest = NULL;
    const char *wrong = read_name(strtok_r(text, ":", &rest), fault);

    for (char *limit = strtok_r(NULL, ":", &rest); limit != NULL && wrong == NULL;
         limit = strtok_r(NULL, ":", &rest)) {
        wrong = read_limit(limit, fault);
    }
    return wrong;
}

const char *faults_add(struct faults *faults, const char *text)
{
    char *copy = strdup(text);
    const char *wrong = copy == NULL || text[strspn(text, ",:")] == '\0' ? "nothing given" : NULL;
    char *rest = NULL;

    for (char *one = wrong == NULL ? strtok_r(copy, ",", &rest) : NULL;
         one != NULL && wrong == NULL; one = strtok_r(NULL, ",", &rest)) {
        wrong = faults->count < FAULTS_MAX ? read_fault(one, &faults->list[faults->count])
                                           : "too many faults at once";
        faults->count += wrong == NULL;
    }
    free(copy);
    return wrong;
}

/* ---- Striking. ---- */

static bool is_at(const struct fault *fault, struct span path)
{
    for (size_t i = 0; i < sizeof endpoints / sizeof endpoints[0]; i++) {
        if (strcmp(fault->at, endpoints[i].at) == 0 &&
            (endpoints[i].path == NULL || span_is(path, endpoints[i].path))) {
            return true;
        }
    }
    return false;
}

const struct fault *faults_strike(struct faults *faults, enum fault_stage stage,
                                  const struct http_request *request)
{
    for (size_t i = 0; i < faults->count; i++) {
        struct fault *fault = &faults->list[i];

        if (fault->stage == stage && fault->times_left != 0 && is_at(fault, request->path)) {
            fault->times_left -= fault->times_left > 0;
            snprintf(faults->note, sizeof faults->note, "%s", fault_name(fault->kind));
            return fault;
        }
    }
    return NULL;
}

static bool answer_instead(struct faults *faults, const struct http_exchange *exchange,
                           struct http_answer *answer)
{
    static const enum refusal refusals[] = {
        [FAULT_PENDING202] = REFUSAL_REQUEST_PENDING,
        [FAULT_BUSY429] = REFUSAL_TOO_MANY_PENDING,
        [FAULT_BUSY503] = REFUSAL_BUSY,
        [FAULT_ERROR500] = REFUSAL_INTERNAL,
        [FAULT_NOT_FOUND] = REFUSAL_NOT_FOUND,
    };
    const struct fault *fault = faults_strike(faults, FAULT_INSTEAD, &exchange->request);

    if (fault != NULL) {
        answer->refusal = refusals[fault->kind];
        answer->retry_after_s = fault->value;
        answer->detail = "A fault that was asked for with --fault.";
    }
    return fault != NULL;
}

/* Note the key of the request too: nothing else remembers that it was asked for. */
static void note_key(struct faults *faults, const struct csr *csr)
{
    char key_id[SHA256_HEX_CHARS];
    const size_t used = strlen(faults->note);

    hex_encode(csr->key_id, sizeof csr->key_id, key_id);
    snprintf(faults->note + used, sizeof faults->note - used, " key=%s", key_id);
}

static bool answer_lie(struct faults *faults, struct authority *authority,
                       const struct http_exchange *exchange, struct http_answer *answer)
{
    struct csr csr = { 0 };

    if (csr_parse(exchange->body.at, exchange->body.size, &csr) != NULL) {
        return false;
    }
    const struct fault *fault = faults_strike(faults, FAULT_CERTIFICATE, &exchange->request);

    if (fault != NULL) {
        note_key(faults, &csr);
        answer->content_type = "application/pkcs7-mime; smime-type=certs-only";
        answer->body = fault_certificate(fault, authority, &csr);
        answer->refusal = answer->body != NULL ? REFUSAL_NONE : REFUSAL_INTERNAL;
    }
    csr_clear(&csr);
    return fault != NULL;
}

bool fault_answer(struct faults *faults, struct authority *authority,
                  const struct http_exchange *exchange, struct http_answer *answer)
{
    return faults->count > 0 && (answer_instead(faults, exchange, answer) ||
                                 answer_lie(faults, authority, exchange, answer));
}
