/* SPDX-License-Identifier: MIT
 * load.c -- records in, records out. The anchors record: version (1) | anchors (1) | issuers (1)
 * | 0 | for each certificate its length (2, little-endian) and its DER. */
#include "firmware/core/load.h"

#include <string.h>

#include "firmware/core/renewal.h"
#include "firmware/imp_assert.h"
#include "firmware/little_endian.h"
#include "firmware/net/net.h"
#include "firmware/proto/x509.h"
#include "firmware/secret.h"
#include "firmware/text.h"

enum {
    ANCHORS_VERSION = 1,
    ANCHORS_HEAD_BYTES = 4,
    /* Leaves room for a request and the answer to it. */
    ANCHORS_BYTES_MAX = CONFIG_WORK_BYTES - 3072,
    ATTEMPTS_EXPONENT_MAX = 31
};

static imp_err_t load_provision(struct imprint *imprint)
{
    const size_t bytes = store_size(&imprint->store, STORE_PROVISION);

    memset(&imprint->provision, 0, sizeof imprint->provision);
    if (!store_has(&imprint->store, STORE_PROVISION)) {
        return 0;
    }
    if (bytes > PROVISION_RECORD_BYTES_MAX) {
        return IMP_ERR_STORE_FORMAT;
    }
    const imp_err_t err = store_read(&imprint->store, STORE_PROVISION, 0, imprint->work, bytes);
    return err ? err : provision_decode(bytes_of(imprint->work, bytes), &imprint->provision);
}

/* A host tool that does not know the device key leaves the token in the clear: seal it, then
 * destroy the clear one. */
static imp_err_t load_seal_token(struct imprint *imprint)
{
    static const enum store_type clear_token[] = { STORE_TOKEN_CLEAR };
    uint8_t token[CONFIG_TOKEN_CHARS_MAX];
    const size_t bytes = store_size(&imprint->store, STORE_TOKEN_CLEAR);
    imp_err_t err = 0;

    if (!store_has(&imprint->store, STORE_TOKEN_CLEAR)) {
        return 0;
    }
    if (bytes == 0 || bytes > sizeof token) {
        return IMP_ERR_STORE_FORMAT;
    }
    err = store_read(&imprint->store, STORE_TOKEN_CLEAR, 0, token, bytes);
    if (err == 0 && provision_check_token(bytes_of(token, bytes))) {
        err = IMP_ERR_STORE_FORMAT; /* It would go into a request head as it is. */
    }
    if (err == 0) {
        err = store_append_secret(&imprint->store, STORE_TOKEN, NULL, 0, bytes_of(token, bytes));
    }
    secret_wipe(token, sizeof token);
    return err ? err : store_forget(&imprint->store, clear_token, 1);
}

static imp_err_t load_staged_key(struct imprint *imprint)
{
    if (!store_has(&imprint->store, STORE_STAGED_KEY)) {
        return 0;
    }
    const imp_err_t err = store_load_key(&imprint->store, STORE_STAGED_KEY, KEY_SLOT_STAGED);
    return err ? err : key_public(KEY_SLOT_STAGED, imprint->point);
}

static imp_err_t load_attempts(struct imprint *imprint)
{
    uint8_t exponent = 0;

    imprint->attempts = 0;
    if (store_size(&imprint->store, STORE_ATTEMPTS) != 1) {
        return 0;
    }
    const imp_err_t err = store_read(&imprint->store, STORE_ATTEMPTS, 0, &exponent, 1);
    if (err == 0 && exponent <= ATTEMPTS_EXPONENT_MAX) {
        imprint->attempts = 1u << exponent;
    }
    return err;
}

void load_keep_attempts(struct imprint *imprint)
{
    uint8_t exponent = 0;

    while (imprint->attempts >> exponent > 1) {
        exponent++;
    }
    const struct bytes record = bytes_of(&exponent, 1);
    (void)store_append(&imprint->store, STORE_ATTEMPTS, &record, 1);
}

void load_routes(const struct imprint *imprint)
{
    net_forget_routes();
    for (size_t i = 0; i < PROVISION_ROUTES_MAX; i++) {
        const struct provision_route *route = &imprint->provision.routes[i];
        if (route->host[0] != '\0') {
            (void)net_route(route->host, route->address);
        }
    }
}

/* An identity keeps its certificate's name, whatever was provisioned since. */
static void settle_name_of(struct imprint *imprint, struct bytes leaf)
{
    struct text name = text_in(imprint->name, sizeof imprint->name);
    struct x509 cert;

    if (x509_parse(leaf, &cert) == 0 && cert.common_name.len <= CONFIG_NAME_CHARS_MAX) {
        text_add_bytes(&name, cert.common_name);
    }
}

imp_err_t load_settle_name(struct imprint *imprint)
{
    const char *serial =
        imprint->unit_serial[0] != '\0' ? imprint->unit_serial : imprint->provision.serial;
    if (imprint->identity.is_present && imprint->name[0] != '\0') {
        return 0;
    }
    struct text name = text_in(imprint->name, sizeof imprint->name);

    if (imprint->provision.name[0] != '\0') {
        text_add(&name, imprint->provision.name);
        return 0;
    }
    if (serial[0] == '\0') {
        return IMP_ERR_CONFIG_NAME;
    }
    text_add(&name, "imprint-");
    text_add(&name, serial);
    IMP_ASSERT(!name.is_cut);
    return 0;
}

imp_err_t load_identity(struct imprint *imprint)
{
    struct bytes leaf;
    const imp_err_t err = identity_load(&imprint->store, imprint->work, sizeof imprint->work,
                                        &imprint->identity, &leaf);

    if (err == 0 && imprint->identity.is_present) {
        settle_name_of(imprint, leaf);
        wall_raise_floor(&imprint->wall, imprint->identity.not_before);
    }
    return err;
}

imp_err_t load_forget_spent(struct imprint *imprint)
{
    /* The token first of all; then in the order in which a cut leaves the most to go by. */
    static const enum store_type spent[] = {
        STORE_TOKEN,     STORE_TOKEN_CLEAR, STORE_STAGED_KEY,
        STORE_CANDIDATE, STORE_PENDING,     STORE_ATTEMPTS,
    };
    const imp_err_t err = store_forget(&imprint->store, spent, sizeof spent / sizeof spent[0]);

    if (err == 0) {
        key_erase(KEY_SLOT_STAGED); /* Not before its record is gone. */
    }
    imprint->csr_bytes = 0;
    imprint->attempts = 0;
    return err;
}

imp_err_t load_drop_candidate(struct imprint *imprint)
{
    static const enum store_type dropped[] = { STORE_CANDIDATE, STORE_STAGED_KEY, STORE_PENDING };

    const imp_err_t err =
        store_forget(&imprint->store, dropped, sizeof dropped / sizeof dropped[0]);

    if (err == 0) {
        key_erase(KEY_SLOT_STAGED); /* Not before its record is gone. */
    }
    imprint->csr_bytes = 0;
    return err;
}

imp_err_t load_candidate(struct imprint *imprint)
{
    bool is_identity = false;
    bool is_staged = false;
    imp_err_t err = identity_candidate_is(&imprint->store, imprint->identity.point, &is_identity);

    if (err == 0 && is_identity) {
        renewal_note(imprint, IMPRINT_IDENTITY_RENEWED); /* It was promoted, and nobody told. */
        return load_forget_spent(imprint);
    }
    if (err == 0 && store_has(&imprint->store, STORE_STAGED_KEY)) {
        err = identity_candidate_is(&imprint->store, imprint->point, &is_staged);
    }
    if (err == 0 && store_has(&imprint->store, STORE_CANDIDATE) && !is_staged) {
        err = load_drop_candidate(imprint); /* No renewal of ours leaves such a one. */
    }
    return err;
}

imp_err_t load_all(struct imprint *imprint)
{
    imp_err_t err = store_open(&imprint->store, imprint->flash);

    wall_reset_floor(&imprint->wall);
    if (err == 0) {
        err = load_provision(imprint);
    }
    if (err == 0) {
        err = load_seal_token(imprint);
    }
    if (err == 0) {
        err = load_staged_key(imprint);
    }
    if (err == 0) {
        err = load_attempts(imprint);
    }
    if (err == 0) {
        err = load_identity(imprint);
    }
    if (err == 0) {
        err = load_candidate(imprint);
    }
    if (err == 0) {
        load_routes(imprint);
        /* An enrolled device has one too. Where there is none, the enrollment will say so. */
        (void)load_settle_name(imprint);
    }
    return err;
}

bool load_is_proved(const struct imprint *imprint)
{
    return !store_has(&imprint->store, STORE_STAGED_KEY) ||
           memcmp(imprint->point, imprint->identity.point, KEY_POINT_BYTES) != 0;
}

imp_err_t load_is_provisioned(struct imprint *imprint)
{
    if (imprint->provision.server.host[0] == '\0' || !store_has(&imprint->store, STORE_TOKEN)) {
        return IMP_ERR_CONFIG_MISSING;
    }
    if (!imprint->provision.has_pin) {
        return IMP_ERR_CONFIG_MISSING;
    }
    return load_settle_name(imprint);
}

/* --- Anchors ---------------------------------------------------------------------------------- */

/* The next certificate of the record, which moves on. */
static bool next_cert(struct bytes *rest, struct bytes *cert)
{
    const size_t bytes = rest->len < 2 ? 0 : le16_get(rest->data);

    if (bytes == 0 || rest->len < 2 + bytes) {
        return false;
    }
    *cert = bytes_of(rest->data + 2, bytes);
    *rest = bytes_of(rest->data + 2 + bytes, rest->len - 2 - bytes);
    return true;
}

static bool read_certs(struct bytes *rest, size_t count, size_t max, struct certs *certs)
{
    certs->count = 0;
    for (; count <= max && certs->count < count; certs->count++) {
        if (!next_cert(rest, &certs->at[certs->count])) {
            return false;
        }
    }
    return certs->count == count;
}

imp_err_t load_anchors(struct imprint *imprint, size_t *bytes)
{
    struct enrollment *e = &imprint->enrollment;

    *bytes = store_size(&imprint->store, STORE_ANCHORS);
    if (*bytes < ANCHORS_HEAD_BYTES || *bytes > ANCHORS_BYTES_MAX) {
        return IMP_ERR_STORE_FORMAT;
    }
    const imp_err_t err = store_read(&imprint->store, STORE_ANCHORS, 0, imprint->work, *bytes);
    if (err) {
        return err;
    }
    struct bytes rest = bytes_of(imprint->work + ANCHORS_HEAD_BYTES, *bytes - ANCHORS_HEAD_BYTES);
    if (imprint->work[0] != ANCHORS_VERSION || imprint->work[1] == 0 ||
        !read_certs(&rest, imprint->work[1], CONFIG_ANCHORS_MAX, &e->anchors) ||
        !read_certs(&rest, imprint->work[2], CONFIG_ISSUERS_MAX, &e->issuers)) {
        return IMP_ERR_STORE_FORMAT;
    }
    return 0;
}

imp_err_t load_copy_anchors(const struct imprint *imprint, uint8_t *out, size_t cap, size_t *bytes)
{
    uint8_t head[ANCHORS_HEAD_BYTES];
    size_t at = sizeof head;
    imp_err_t err = store_read(&imprint->store, STORE_ANCHORS, 0, head, sizeof head);

    *bytes = 0;
    for (uint8_t i = 0; err == 0 && i < head[1]; i++) {
        uint8_t length[2];
        err = store_read(&imprint->store, STORE_ANCHORS, at, length, sizeof length);
        if (err) {
            break;
        }
        const size_t cert_bytes = le16_get(length);
        if (*bytes + cert_bytes <= cap) {
            err = store_read(&imprint->store, STORE_ANCHORS, at + 2, out + *bytes, cert_bytes);
        }
        *bytes += cert_bytes;
        at += 2 + cert_bytes;
    }
    return err == 0 && *bytes > cap ? IMP_ERR_BUG_SPACE : err;
}

imp_err_t load_stage_anchors(struct imprint *imprint)
{
    enum {
        CERTS_MAX = CONFIG_ANCHORS_MAX + CONFIG_ISSUERS_MAX
    };
    const struct certs *found = &imprint->enrollment.found;
    const uint8_t anchors = imprint->enrollment.found_anchors;
    const uint8_t head[ANCHORS_HEAD_BYTES] = { ANCHORS_VERSION, anchors,
                                               (uint8_t)(found->count - anchors), 0 };
    uint8_t lengths[CERTS_MAX][2];
    struct bytes parts[1 + 2 * CERTS_MAX] = { bytes_of(head, sizeof head) };
    size_t record_bytes = sizeof head;

    IMP_ASSERT(anchors >= 1 && found->count >= anchors && found->count <= CERTS_MAX);
    for (size_t i = 0; i < found->count; i++) {
        le16_put(lengths[i], (uint16_t)found->at[i].len);
        parts[1 + 2 * i] = bytes_of(lengths[i], 2);
        parts[2 + 2 * i] = found->at[i];
        record_bytes += 2 + found->at[i].len;
    }
    if (record_bytes > ANCHORS_BYTES_MAX) {
        return IMP_ERR_X509_TOO_LARGE;
    }
    const imp_err_t err = store_append(&imprint->store, STORE_ANCHORS, parts, 1 + 2 * found->count);
    if (err == 0) {
        trace_add(&imprint->trace, IMPRINT_TRACE_STORED, STORE_ANCHORS, (int32_t)record_bytes);
    }
    return err;
}

/* Are these what the record that counts holds? */
static bool is_kept(const struct enrollment *e)
{
    const struct certs *found = &e->found;

    if (found->count != e->anchors.count + e->issuers.count ||
        e->found_anchors != e->anchors.count) {
        return false;
    }
    for (size_t i = 0; i < found->count; i++) {
        const struct bytes kept =
            i < e->anchors.count ? e->anchors.at[i] : e->issuers.at[i - e->anchors.count];
        if (!bytes_equal(found->at[i], kept)) {
            return false;
        }
    }
    return true;
}

/* Anchors and our own chain lie in work memory at once when it is shown. */
static bool fits_beside_chain(const struct imprint *imprint)
{
    const struct certs *found = &imprint->enrollment.found;
    size_t bytes = ANCHORS_HEAD_BYTES;

    for (size_t i = 0; i < found->count; i++) {
        bytes += 2 + found->at[i].len;
    }
    return bytes <= ANCHORS_BYTES_MAX &&
           bytes + imprint->identity.chain_bytes <= sizeof imprint->work;
}

static size_t used_issuers(const struct enrollment *e)
{
    size_t count = 0;

    for (size_t i = 0; i < e->issuers.count; i++) {
        count += (e->issuers_used & (1u << i)) != 0 ? 1 : 0;
    }
    return count;
}

/* One that can be done without goes: an issuer that is not offered any more, a second root that we
 * do not have yet, any issuer that did not lead to this server. False: there is none. */
static bool leave_out_one(struct enrollment *e)
{
    struct certs *found = &e->found;

    if (found->count > e->found_current) {
        found->count--;
    } else if (e->found_anchors > e->anchors.count) {
        found->count--;
        e->found_current--;
        e->found_anchors--;
        memmove(&found->at[1], &found->at[2], (found->count - 1) * sizeof found->at[0]);
    } else if (found->count > e->found_anchors + used_issuers(e)) {
        found->count--;
        e->found_current--;
    } else {
        return false;
    }
    return true;
}

imp_err_t load_refresh_anchors(struct imprint *imprint)
{
    struct enrollment *e = &imprint->enrollment;

    if (e->found.count == 0) {
        return 0;
    }
    while (!fits_beside_chain(imprint)) {
        if (!leave_out_one(e)) {
            return 0;
        }
    }
    return is_kept(e) ? 0 : load_stage_anchors(imprint);
}

imp_err_t load_retire_anchor(struct imprint *imprint)
{
    struct enrollment *e = &imprint->enrollment;
    size_t bytes;
    const imp_err_t err = load_anchors(imprint, &bytes);

    if (err) {
        return err;
    }
    e->found = (struct certs){ .at = { e->anchors.at[e->anchors.count - 1] }, .count = 1 };
    e->found_anchors = 1;
    for (size_t i = 0; i < e->issuers.count; i++) {
        e->found.at[e->found.count++] = e->issuers.at[i];
    }
    return load_stage_anchors(imprint);
}
