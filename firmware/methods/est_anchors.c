/* SPDX-License-Identifier: MIT
 * est_anchors.c -- the roll-over of anchors, and the issuers beside them. */
#include "firmware/methods/est_anchors.h"

#include "firmware/proto/x509.h"

_Static_assert(CONFIG_ANCHORS_MAX == 2, "the older anchor and the newer one");
_Static_assert(CONFIG_ANCHORS_MAX + CONFIG_ISSUERS_MAX <= CONFIG_CHAIN_CERTS_MAX,
               "anchors and issuers fit one list");

/* Has `der` name and key of an anchor? Itself, or a cross certificate for it. */
static bool is_anchors_twin(const struct enrollment *e, struct bytes der)
{
    struct x509 cert;
    struct x509 anchor;

    for (size_t i = 0; i < e->found_anchors && x509_parse(der, &cert) == 0; i++) {
        if (x509_parse(e->found.at[i], &anchor) == 0 && bytes_equal(cert.spki, anchor.spki) &&
            bytes_equal(cert.subject, anchor.subject)) {
            return true;
        }
    }
    return false;
}

void anchors_keep_issuers(struct enrollment *e, const struct bytes offered[], size_t count)
{
    const size_t most = (size_t)e->found_anchors + CONFIG_ISSUERS_MAX;

    for (size_t i = 0; i < count && e->found.count < most; i++) {
        const struct chain_question question = {
            .presented = &offered[i],
            .presented_count = 1,
            .issuers = offered,
            .issuer_count = count < CONFIG_CHAIN_CERTS_MAX ? count : CONFIG_CHAIN_CERTS_MAX,
            .anchors = e->found.at,
            .anchor_count = e->found_anchors,
            .purpose = CHAIN_CA,
            .time = e->time,
        };
        if (!is_anchors_twin(e, offered[i]) && chain_verify(&question, NULL) == 0) {
            e->found.at[e->found.count++] = offered[i];
        }
    }
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

/* When a self-signed root that may be an anchor begins; false: it is none. */
static bool root_begins(const struct enrollment *e, struct bytes der, int64_t *begins)
{
    struct x509 cert;

    if (chain_verify_root(der, e->time) || x509_parse(der, &cert)) {
        return false;
    }
    *begins = cert.not_before;
    return true;
}

void anchors_roll(struct enrollment *e, const struct bytes offered[], size_t count)
{
    const bool second_proved = (e->accepted_by & 2u) != 0;
    struct certs *found = &e->found;
    int64_t newest;
    int64_t begins;

    *found = e->anchors;
    if (root_begins(e, found->at[0], &newest) && !second_proved) {
        if (found->count == 2 && !is_listed(offered, count, found->at[1])) {
            found->count = 1;
        }
        for (size_t i = 0; i < count; i++) {
            if (root_begins(e, offered[i], &begins) && begins > newest) {
                found->at[1] = offered[i];
                found->count = 2;
                newest = begins;
            }
        }
    }
    e->found_anchors = (uint8_t)found->count;
    anchors_keep_issuers(e, offered, count);
}
