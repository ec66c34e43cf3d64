/* SPDX-License-Identifier: MIT
 * identity.c -- VERIFY and COMMIT: what may become the identity, and its record. */
#include "firmware/core/identity.h"

#include <string.h>

#include "firmware/imp_assert.h"
#include "firmware/little_endian.h"
#include "firmware/proto/der.h"
#include "firmware/proto/x509.h"

enum {
    RECORD_VERSION = 1
};

/* --- VERIFY ----------------------------------------------------------------------------------- */

/* The one certificate that is not a CA's. */
static imp_err_t find_leaf(const struct certs *issued, size_t *index)
{
    size_t leaves = 0;

    for (size_t i = 0; i < issued->count; i++) {
        struct x509 cert;
        const imp_err_t err = x509_parse(issued->at[i], &cert);
        if (err) {
            return err;
        }
        if (!cert.is_ca) {
            *index = i;
            leaves++;
        }
    }
    if (leaves == 0) {
        return IMP_ERR_CERT_NONE;
    }
    return leaves == 1 ? 0 : IMP_ERR_CERT_MANY;
}

static imp_err_t check_leaf(const struct identity_question *question, const struct x509 *leaf)
{
    if (leaf->key.type != CRYPTO_KEY_EC_P256 ||
        !bytes_equal(leaf->key.point, bytes_of(question->point, KEY_POINT_BYTES))) {
        return IMP_ERR_CERT_KEY;
    }
    if (!bytes_equal(leaf->common_name, bytes_of_text(question->name))) {
        return IMP_ERR_CERT_NAME;
    }
    if (leaf->not_after <= leaf->not_before || leaf->not_after < question->time.floor) {
        return IMP_ERR_CERT_DATES;
    }
    return 0;
}

/* May `cert` have issued `last`? Of several CAs with one name (its key was renewed) the key
 * identifier tells which. */
static bool is_issuer(const struct x509 *cert, const struct x509 *last)
{
    const bool has_ids = last->authority_key_id.len > 0 && cert->subject_key_id.len > 0;

    return bytes_equal(cert->subject, last->issuer) && !bytes_equal(cert->der, last->der) &&
           (!has_ids || bytes_equal(cert->subject_key_id, last->authority_key_id));
}

/* The certificate of `certs` that issued `last`, or NULL. */
static const struct bytes *find_issuer(const struct certs *certs, const struct x509 *last)
{
    for (size_t i = 0; i < certs->count; i++) {
        struct x509 cert;
        if (x509_parse(certs->at[i], &cert) == 0 && is_issuer(&cert, last)) {
            return &certs->at[i];
        }
    }
    return NULL;
}

/* The chain to keep: leaf first, each followed by its issuer, up to and not including the
 * anchor. */
static imp_err_t order_chain(const struct identity_question *question, struct bytes leaf,
                             struct identity_draft *draft)
{
    struct x509 last;
    const struct bytes *next = &leaf;

    draft->count = 0;
    while (next != NULL) {
        if (draft->count == IDENTITY_CHAIN_CERTS_MAX) {
            return IMP_ERR_CHAIN_TOO_LONG;
        }
        draft->chain[draft->count++] = *next;
        const imp_err_t err = x509_parse(*next, &last);
        if (err) {
            return err;
        }
        if (find_issuer(question->anchors, &last) != NULL) {
            return 0;
        }
        next = find_issuer(question->issued, &last);
        next = next != NULL ? next : find_issuer(question->issuers, &last);
    }
    return IMP_ERR_CHAIN_NO_ANCHOR;
}

/* The verdict over the certificates in the draft and all others that could link it to an anchor. A
 * leaf that begins when its own path has ended is refused: the floor rises to its beginning, and
 * nothing could be verified any more. */
static imp_err_t check_chain(const struct identity_question *question,
                             const struct identity_draft *draft)
{
    const struct chain_question chain_question = {
        .presented = draft->chain,
        .presented_count = draft->count,
        .anchors = question->anchors->at,
        .anchor_count = question->anchors->count,
        .purpose = CHAIN_CLIENT,
        .time = question->time,
    };
    struct chain_answer answer;
    const imp_err_t err = chain_verify(&chain_question, &answer);

    if (err) {
        return err;
    }
    return answer.leaf_not_before > answer.path_not_after ? IMP_ERR_CERT_DATES : 0;
}

imp_err_t identity_verify(const struct identity_question *question, struct identity_draft *draft)
{
    struct x509 leaf;
    size_t index = 0;
    imp_err_t err = find_leaf(question->issued, &index);

    if (err) {
        return err;
    }
    err = x509_parse(question->issued->at[index], &leaf);
    if (err) {
        return err;
    }
    err = check_leaf(question, &leaf);
    if (err) {
        return err;
    }
    draft->not_before = leaf.not_before;
    draft->not_after = leaf.not_after;
    err = order_chain(question, question->issued->at[index], draft);
    return err ? err : check_chain(question, draft);
}

/* --- COMMIT ----------------------------------------------------------------------------------- */

imp_err_t identity_commit(struct store *store, enum store_type type,
                          const struct identity_draft *draft, uint8_t method)
{
    uint8_t head[IDENTITY_HEAD_BYTES] = { RECORD_VERSION, method, (uint8_t)draft->count, 0 };
    struct bytes parts[1 + IDENTITY_CHAIN_CERTS_MAX] = { bytes_of(head, sizeof head) };
    size_t chain_bytes = 0;

    IMP_ASSERT(draft->count > 0 && draft->count <= IDENTITY_CHAIN_CERTS_MAX);
    le64_put(head + 4, (uint64_t)draft->not_before);
    le64_put(head + 12, (uint64_t)draft->not_after);
    for (size_t i = 0; i < draft->count; i++) {
        parts[1 + i] = draft->chain[i];
        chain_bytes += draft->chain[i].len;
    }
    if (chain_bytes > CONFIG_CHAIN_BYTES_MAX) {
        return IMP_ERR_CERT_TOO_LARGE;
    }
    return store_append_key(store, type, parts, 1 + draft->count, KEY_SLOT_STAGED);
}

/* --- The candidate ---------------------------------------------------------------------------- */

/* Bytes of the candidate's record without the point at its end; 0: it is not one. */
static size_t candidate_bytes(const struct store *store)
{
    const size_t bytes = store_size(store, STORE_CANDIDATE);

    return bytes <= IDENTITY_HEAD_BYTES + KEY_POINT_BYTES ? 0 : bytes - KEY_POINT_BYTES;
}

imp_err_t identity_promote(struct store *store, uint8_t *work, size_t work_bytes)
{
    const struct bytes record = bytes_of(work, candidate_bytes(store));

    if (record.len == 0 || record.len > work_bytes) {
        return IMP_ERR_STORE_DAMAGED;
    }
    const imp_err_t err = store_read(store, STORE_CANDIDATE, 0, work, record.len);
    return err ? err : store_append_key(store, STORE_IDENTITY, &record, 1, KEY_SLOT_STAGED);
}

imp_err_t identity_candidate_is(const struct store *store, const uint8_t point[KEY_POINT_BYTES],
                                bool *is_its_key)
{
    uint8_t own[KEY_POINT_BYTES];
    const size_t at = candidate_bytes(store);

    *is_its_key = false;
    if (!store_has(store, STORE_CANDIDATE)) {
        return 0;
    }
    const imp_err_t err =
        at == 0 ? IMP_ERR_STORE_DAMAGED : store_read(store, STORE_CANDIDATE, at, own, sizeof own);
    *is_its_key = err == 0 && memcmp(own, point, sizeof own) == 0;
    return err;
}

imp_err_t identity_read_candidate(const struct store *store, uint8_t *out, size_t cap,
                                  size_t *bytes)
{
    const size_t record = candidate_bytes(store);

    *bytes = record - IDENTITY_HEAD_BYTES;
    if (record == 0) {
        return IMP_ERR_STORE_DAMAGED;
    }
    return *bytes > cap ? IMP_ERR_BUG_SPACE
                        : store_read(store, STORE_CANDIDATE, IDENTITY_HEAD_BYTES, out, *bytes);
}

imp_err_t identity_check_anchor(struct bytes chain, const struct bytes *anchor,
                                struct chain_time time)
{
    struct bytes certs[IDENTITY_CHAIN_CERTS_MAX];
    struct chain_question question = {
        .presented = certs,
        .anchors = anchor,
        .anchor_count = 1,
        .purpose = CHAIN_CLIENT,
        .time = time,
    };
    struct der rest = der_begin(chain);

    while (der_has_more(&rest) && question.presented_count < IDENTITY_CHAIN_CERTS_MAX) {
        certs[question.presented_count++] = der_read_whole(&rest, DER_SEQUENCE);
    }
    return chain_verify(&question, NULL);
}

/* --- LOAD ------------------------------------------------------------------------------------- */

/* Fingerprint of the leaf, the first certificate of the chain. */
static imp_err_t load_fingerprint(const struct store *store, uint8_t *work, size_t work_bytes,
                                  struct identity *identity, struct bytes *leaf)
{
    /* SEQUENCE with a two-byte length: every certificate is longer than 127 bytes. */
    uint8_t head[4];
    imp_err_t err = store_read(store, STORE_IDENTITY, IDENTITY_HEAD_BYTES, head, sizeof head);

    if (err) {
        return err;
    }
    const size_t content = head[1] == 0x82 ? (size_t)(head[2] << 8 | head[3]) : head[2];
    const size_t leaf_bytes = content + (head[1] == 0x82 ? 4 : 3);
    if (leaf_bytes > identity->chain_bytes || leaf_bytes > work_bytes) {
        return IMP_ERR_STORE_DAMAGED;
    }
    err = store_read(store, STORE_IDENTITY, IDENTITY_HEAD_BYTES, work, leaf_bytes);
    *leaf = bytes_of(work, leaf_bytes);
    return err ? err : hash_sha256(leaf, 1, identity->fingerprint);
}

imp_err_t identity_load(const struct store *store, uint8_t *work, size_t work_bytes,
                        struct identity *identity, struct bytes *leaf)
{
    uint8_t head[IDENTITY_HEAD_BYTES];
    const size_t bytes = store_size(store, STORE_IDENTITY);

    memset(identity, 0, sizeof *identity);
    *leaf = (struct bytes){ 0 };
    if (!store_has(store, STORE_IDENTITY)) {
        return 0;
    }
    if (bytes <= IDENTITY_HEAD_BYTES + KEY_POINT_BYTES) {
        return IMP_ERR_STORE_DAMAGED;
    }
    imp_err_t err = store_read(store, STORE_IDENTITY, 0, head, sizeof head);
    if (err) {
        return err;
    }
    if (head[0] != RECORD_VERSION) {
        return IMP_ERR_STORE_FORMAT;
    }
    identity->method = head[1];
    identity->not_before = (int64_t)le64_get(head + 4);
    identity->not_after = (int64_t)le64_get(head + 12);
    identity->chain_bytes = (uint16_t)(bytes - IDENTITY_HEAD_BYTES - KEY_POINT_BYTES);
    err = load_fingerprint(store, work, work_bytes, identity, leaf);
    if (err) {
        return err;
    }
    err = store_load_key(store, STORE_IDENTITY, KEY_SLOT_CURRENT);
    if (err) {
        return err;
    }
    err = key_public(KEY_SLOT_CURRENT, identity->point);
    identity->is_present = err == 0;
    return err;
}

imp_err_t identity_read_chain(const struct store *store, const struct identity *identity,
                              uint8_t *out, size_t cap)
{
    if (cap < identity->chain_bytes) {
        return IMP_ERR_BUG_SPACE;
    }
    return store_read(store, STORE_IDENTITY, IDENTITY_HEAD_BYTES, out, identity->chain_bytes);
}
