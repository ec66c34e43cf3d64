/* SPDX-License-Identifier: MIT
 * est_anchors.c -- the roll-over of anchors, and the issuers beside them. */
#include "firmware/methods/est_anchors.h"

#include "firmware/proto/x509.h"

_Static_assert(CONFIG_ANCHORS_MAX == 2, "the older anchor and the newer one");
_Static_assert(CONFIG_ANCHORS_MAX + CONFIG_ISSUERS_MAX <= CONFIG_CHAIN_CERTS_MAX,
               "anchors and issuers fit one list");

/* So that what a server lists can't keep us busy: one for a certificate, one for its issuer. */
enum {
    SIGNATURES_MAX = 2
};

/* Do they certify one key under one name? */
static bool are_twins(struct bytes one, struct bytes other)
{
    struct x509 a;
    struct x509 b;

    return x509_parse(one, &a) == 0 && x509_parse(other, &b) == 0 && bytes_equal(a.spki, b.spki) &&
           bytes_equal(a.subject, b.subject);
}

/* Has `der` name and key of an anchor? Itself, or a cross certificate for it. */
static bool is_anchors_twin(const struct enrollment *e, struct bytes der)
{
    for (size_t i = 0; i < e->found_anchors; i++) {
        if (are_twins(der, e->found.at[i])) {
            return true;
        }
    }
    return false;
}

static bool is_listed(const struct bytes certs[], size_t count, struct bytes der)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes_equal(certs[i], der)) {
            return true;
        }
    }
    return false;
}

/* Is there room and need for one more issuer? */
static bool is_wanted(const struct enrollment *e, struct bytes der)
{
    return e->found.count < (size_t)e->found_anchors + CONFIG_ISSUERS_MAX &&
           !is_listed(e->found.at, e->found.count, der) && !is_anchors_twin(e, der);
}

void anchors_keep_issuers(struct enrollment *e, const struct bytes offered[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct chain_question question = {
            .presented = &offered[i],
            .presented_count = 1,
            .issuers = offered,
            .issuer_count = count < CONFIG_CHAIN_CERTS_MAX ? count : CONFIG_CHAIN_CERTS_MAX,
            .anchors = e->found.at,
            .anchor_count = e->found_anchors,
            .purpose = CHAIN_CA,
            .signatures_max = SIGNATURES_MAX,
            .time = e->time,
        };
        if (is_wanted(e, offered[i]) && chain_verify(&question, NULL) == 0) {
            e->found.at[e->found.count++] = offered[i];
        }
    }
}

/* When it begins; before everything: it can't be read. */
static int64_t begins_at(struct bytes der)
{
    struct x509 cert;

    return x509_parse(der, &cert) ? INT64_MIN : cert.not_before;
}

/* Has one of our first `held` anchors issued `der` itself? */
static bool is_issued_by_ours(const struct enrollment *e, size_t held, struct bytes der)
{
    const struct chain_question question = {
        .presented = &der,
        .presented_count = 1,
        .anchors = e->anchors.at,
        .anchor_count = held,
        .purpose = CHAIN_CA,
        .signatures_max = (uint8_t)held,
        .time = e->time,
    };

    return chain_verify(&question, NULL) == 0;
}

/* Take the roots newer than *newest whose name and key an anchor of ours has certified by `cross`. One
 * that is no word of ours costs one look. */
static void take_roots(struct enrollment *e, size_t held, const struct bytes offered[],
                       size_t count, struct bytes cross, int64_t *newest)
{
    for (size_t i = 0; i < count; i++) {
        if (begins_at(offered[i]) <= *newest || !are_twins(offered[i], cross)) {
            continue;
        }
        if (!is_issued_by_ours(e, held, cross)) {
            return;
        }
        if (chain_verify_root(offered[i], e->time) == 0) {
            e->found.at[1] = offered[i];
            e->found.count = 2;
            *newest = begins_at(offered[i]);
        }
    }
}

/* What the server's chain needs stays, offered or not: a server that presents its leaf alone would
 * never be accepted again. Then what is offered, then what we had. */
static void keep_issuers(struct enrollment *e, const struct bytes offered[], size_t count)
{
    for (size_t i = 0; i < e->issuers.count; i++) {
        if ((e->issuers_used & (1u << i)) != 0) {
            e->found.at[e->found.count++] = e->issuers.at[i];
        }
    }
    anchors_keep_issuers(e, offered, count);
    e->found_current = (uint8_t)e->found.count;
    anchors_keep_issuers(e, e->issuers.at, e->issuers.count);
}

void anchors_roll(struct enrollment *e, const struct bytes offered[], size_t count)
{
    const bool second_proved = (e->accepted_by & 2u) != 0;
    struct certs *found = &e->found;

    *found = e->anchors;
    if (chain_verify_root(found->at[0], e->time) == 0 && !second_proved) {
        int64_t newest = begins_at(found->at[0]);

        if (found->count == 2 && !is_listed(offered, count, found->at[1])) {
            found->count = 1;
        }
        const size_t held = found->count;
        for (size_t i = 0; i < count; i++) {
            if (!is_listed(offered, i, offered[i])) {
                take_roots(e, held, offered, count, offered[i], &newest);
            }
        }
    }
    e->found_anchors = (uint8_t)found->count;
    keep_issuers(e, offered, count);
}
