/* SPDX-License-Identifier: MIT
 * identity.h -- the committed identity: its record in flash, and the check before it is
 * committed.
 *
 * The record's clear part: version (1) | method (1) | certificates (1) | 0 | notBefore (8) |
 * notAfter (8) | the chain as DER certificates one after the other, leaf first | the public
 * point (65, appended by the store); its secret part is the wrapped key. Key and certificate are
 * one record: there is no moment with one and not the other. */
#ifndef FIRMWARE_CORE_IDENTITY_H
#define FIRMWARE_CORE_IDENTITY_H

#include "firmware/bytes.h"
#include "firmware/crypto/hash.h"
#include "firmware/crypto/key.h"
#include "firmware/error.h"
#include "firmware/methods/method.h"
#include "firmware/store/store.h"

enum {
    IDENTITY_HEAD_BYTES = 20,
    IDENTITY_CHAIN_CERTS_MAX = 3 /* Leaf and the intermediates up to, not including, the anchor. */
};

/* What is kept in RAM of a committed identity. All zero: none. */
struct identity {
    bool is_present;
    uint8_t method;
    uint8_t point[KEY_POINT_BYTES];
    uint8_t fingerprint[HASH_SHA256_BYTES]; /* SHA-256 of the leaf. */
    int64_t not_before;
    int64_t not_after;
    uint16_t chain_bytes;
};

/* A verified answer, ready to commit; views into the enrollment's memory. */
struct identity_draft {
    struct bytes chain[IDENTITY_CHAIN_CERTS_MAX];
    size_t count;
    int64_t not_before;
    int64_t not_after;
};

/* What is asked of the certificates that came back. */
struct identity_question {
    const struct certs *issued;  /* As the server sent them. */
    const struct certs *issuers; /* Beside the anchors. */
    const struct certs *anchors;
    const uint8_t *point; /* The staged key's, KEY_POINT_BYTES. */
    const char *name;     /* The name that was asked for. */
    struct chain_time time;
};

/* Judge what the server issued: exactly one leaf, for our key, with our name, sane dates and
 * usages, and a chain to the anchors. Nothing is committed on trust. 0 and `draft`;
 * IMP_ERR_CERT_*, IMP_ERR_X509_*, IMP_ERR_CHAIN_*. */
imp_err_t identity_verify(const struct identity_question *question, struct identity_draft *draft);

/* Commit `draft` with the staged key as a record of `type`: the identity (STORE_IDENTITY), or beside
 * an identity its candidate (STORE_CANDIDATE). Power lost: the record before, or this one, whole. 0
 * or as store_append_key. */
imp_err_t identity_commit(struct store *store, enum store_type type,
                          const struct identity_draft *draft, uint8_t method);

/* Make the candidate, whose key is the staged one, the identity. `work` is scratch. The candidate's
 * record stays. Power lost: the identity before, or this one, whole. 0 or as store_append_key. */
imp_err_t identity_promote(struct store *store, uint8_t *work, size_t work_bytes);

/* Is there a candidate, and is `point` its key? 0; IMP_ERR_STORE_*. */
imp_err_t identity_candidate_is(const struct store *store, const uint8_t point[KEY_POINT_BYTES],
                                bool *is_its_key);

/* Read the record's metadata into `identity` and the key into KEY_SLOT_CURRENT. The leaf is left
 * in `work` (CONFIG_CERT_BYTES_MAX bytes), *leaf is its view. 0; IMP_ERR_STORE_*, IMP_ERR_SEAL_*.
 * Not present is not an error: is_present is then false, *leaf empty. */
imp_err_t identity_load(const struct store *store, uint8_t *work, size_t work_bytes,
                        struct identity *identity, struct bytes *leaf);

/* Copy the chain to `out`; its length is identity->chain_bytes. 0; IMP_ERR_BUG_SPACE;
 * IMP_ERR_STORE_FLASH. */
imp_err_t identity_read_chain(const struct store *store, const struct identity *identity,
                              uint8_t *out, size_t cap);

/* The same of the candidate; its length to *bytes. Also IMP_ERR_STORE_DAMAGED. */
imp_err_t identity_read_candidate(const struct store *store, uint8_t *out, size_t cap,
                                  size_t *bytes);

/* Does this chain of ours lead to `anchor`, alone? 0; IMP_ERR_CHAIN_*, IMP_ERR_X509_*. */
imp_err_t identity_check_anchor(struct bytes chain, const struct bytes *anchor,
                                struct chain_time time);

#endif
