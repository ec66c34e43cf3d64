/* SPDX-License-Identifier: MIT
 * store.h -- the identity on flash: an append-only log of records in one of two slots.
 * docs/SPEC.md pictures every bit.
 *
 * A slot is half of the flash region, a run of whole sectors. The live slot holds records, each
 * closed by a commit marker that is a program unit of its own and is programmed last, after the
 * record was read back equal. The last committed record of a type is the one that counts. When
 * the live slot is full, has a torn tail, or must really forget a secret that can't be
 * overwritten, the records that count are copied to the other slot, which becomes live by its
 * own marker, last.
 *
 * Power may be lost at any moment: afterwards store_open finds each record whole or not at all,
 * in the order written. All functions block for at most one slot's erase plus the programs of
 * its records. Not for ISRs. The caller owns `struct store`; it holds no secrets between calls.
 * Secrets lie sealed (crypto/seal.h), bound to record header and slot. */
#ifndef FIRMWARE_STORE_STORE_H
#define FIRMWARE_STORE_STORE_H

#include "firmware/bytes.h"
#include "firmware/crypto/key.h"
#include "firmware/error.h"
#include "hal/hal_flash.h"

enum store_type {
    STORE_PROVISION = 1,   /* What the operator gave, without secrets: core/provision.h. */
    STORE_TOKEN = 2,       /* Enrollment token: sealed. */
    STORE_TOKEN_CLEAR = 3, /* The same from a tool without the device key; sealed at boot. */
    STORE_STAGED_KEY = 4,  /* Key of the enrollment under way: public point + wrapped key. */
    STORE_PENDING = 5,     /* State of a submitted operation (WAITING). */
    STORE_ANCHORS = 6,     /* Anchors and the issuing CAs beside them. */
    STORE_IDENTITY = 7,    /* Committed identity: method, dates, chain, point + wrapped key. */
    STORE_ATTEMPTS = 8,    /* Attempt counter, written at each doubling. */
    STORE_LOCK = 9,        /* Unlock hash and lock. */
    STORE_CANDIDATE = 10,  /* Of a renewal: as STORE_IDENTITY, until the server has accepted it. */
    STORE_TYPE_COUNT       /* Types below this number are known; others are a newer format. */
};

enum {
    STORE_PAYLOAD_BYTES_MAX = 7168, /* Largest clear part of a record. */
    STORE_SECRET_BYTES_MAX = 256,   /* Largest secret part before sealing. */
    STORE_PARTS_MAX = 13,           /* Views that one clear part may be given in. */
    STORE_SLOT_BYTES_MIN = 8192
};

/* Where the counting record of a type lies. Private to the store. */
struct store_entry {
    uint32_t offset; /* Of the record header, from the start of the region; 0 when there is none. */
    uint32_t sequence;
    uint16_t clear_bytes;
    uint16_t secret_bytes; /* As stored: sealed. */
};

struct store {
    const struct hal_flash *flash;
    uint32_t slot_bytes;
    uint32_t next_offset; /* First free byte of the live slot, from the start of the region. */
    uint32_t sequence;    /* Of the last record written. */
    uint32_t generation;  /* Of the live slot. */
    uint8_t live_slot;    /* 0 or 1. */
    bool is_blank;        /* No slot counts: the first append makes one. */
    bool must_move; /* The tail is torn, or the other slot is rubble: the next append goes there. */
    uint32_t erase_count; /* Since store_open, for `status`, wear and the bench. */
    uint32_t program_count;
    struct store_entry entries[STORE_TYPE_COUNT];
};

/* Read the flash and find what counts. Changes nothing on flash except finishing what a power
 * loss cut short after it was decided: a marker that was begun, the wipe of a forgotten record,
 * the erase of a slot with forgotten secrets.
 * 0 (an erased flash is a valid, empty store); IMP_ERR_STORE_FLASH; IMP_ERR_STORE_DAMAGED;
 * IMP_ERR_STORE_FORMAT; IMP_ERR_STORE_GEOMETRY. After an error only store_erase may be called. */
imp_err_t store_open(struct store *store, const struct hal_flash *flash);

/* True when a record of this type counts. */
bool store_has(const struct store *store, enum store_type type);

/* Bytes of the clear part of the record that counts; 0 when there is none. */
size_t store_size(const struct store *store, enum store_type type);

/* Read `bytes` bytes at `offset` of the clear part. 0; IMP_ERR_STORE_ABSENT;
 * IMP_ERR_BUG_ARGUMENT (outside); IMP_ERR_STORE_FLASH. */
imp_err_t store_read(const struct store *store, enum store_type type, size_t offset, void *out,
                     size_t bytes);

/* Write a record whose clear part is `clear` (parts one after the other, borrowed; `count` 0 to
 * STORE_PARTS_MAX).
 * 0: it counts from now on.
 * IMP_ERR_STORE_FULL: nothing changed, the store can be used. Also past 2^32 - 1 records.
 * IMP_ERR_STORE_FLASH, IMP_ERR_STORE_READ_BACK (the other slot was tried too),
 * IMP_ERR_STORE_DAMAGED (what was to be copied has rotted), and where sealed records had to move
 * any error of seal_move: the record before counts, or this one. store_open says which, and must
 * run before the store is used again.
 * Power loss: the next store_open finds either the record before or this one, whole. On flash
 * with unstable cells a record that was not found may still appear at a later store_open, as
 * long as nothing was written; one that was found stays. */
imp_err_t store_append(struct store *store, enum store_type type, const struct bytes clear[],
                       size_t count);

/* The same with a secret part (1 to STORE_SECRET_BYTES_MAX bytes), sealed. Also a sealing or
 * entropy error. */
imp_err_t store_append_secret(struct store *store, enum store_type type, const struct bytes clear[],
                              size_t count, struct bytes secret);

/* The same with the key in `slot` as the secret part: its public point is appended to the clear
 * part, the wrapped key is bound to the header. Read back and unwrapped for comparison before
 * the marker. */
imp_err_t store_append_key(struct store *store, enum store_type type, const struct bytes clear[],
                           size_t count, enum key_slot slot);

/* Open the secret part into `out` (`cap` bytes), its length to *bytes. The caller wipes it. 0;
 * IMP_ERR_STORE_ABSENT; IMP_ERR_SEAL_OPEN; IMP_ERR_SEAL_KEY; IMP_ERR_BUG_SPACE. */
imp_err_t store_read_secret(const struct store *store, enum store_type type, uint8_t *out,
                            size_t cap, size_t *bytes);

/* Load the key of a record written by store_append_key into `slot`. 0; IMP_ERR_STORE_ABSENT; as
 * key_unwrap. */
imp_err_t store_load_key(const struct store *store, enum store_type type, enum key_slot slot);

/* Make the records of the `count` types not count any more, and destroy what every record of
 * these types held. The slot that does not count is erased (unless it is already: then its next
 * use needs no erase). In the other one the records are overwritten with the complement of the
 * erased value, one type after the other, where the flash allows that; else the other records
 * move and the old slot is erased too. 0 or as store_append. Idempotent.
 * Power loss: each type is forgotten or not, the earlier ones of `types` first. What is forgotten
 * is destroyed: the next store_open finishes that. */
imp_err_t store_forget(struct store *store, const enum store_type types[], size_t count);

/* A blank device: nothing counts, both slots are erased. An unused flash ends all erased; a used
 * one keeps an empty slot header, which is what makes the rest safe: it is live, with the
 * newest generation, before the slot that counted is erased. Works on any content, also when
 * store_open failed; `store` is open afterwards. 0; IMP_ERR_STORE_FLASH;
 * IMP_ERR_STORE_READ_BACK; IMP_ERR_STORE_GEOMETRY.
 * Power loss: store_open finds the store as it was, or an empty one, and then finishes the erase.
 * Where it was damaged it may still be: erase again. */
imp_err_t store_erase(struct store *store, const struct hal_flash *flash);

/* One record, wherever it lies. */
struct store_visit {
    uint8_t slot;
    uint8_t type;
    bool is_committed;
    bool is_forgotten;
    bool counts;
    uint32_t offset;
    uint32_t sequence;
    uint16_t clear_bytes;
    uint16_t secret_bytes;
};
typedef void (*store_visit_fn)(void *context, const struct store_visit *visit);

/* Visit all that can be read in both slots, for inspection tools: read-only. 0;
 * IMP_ERR_STORE_FLASH; IMP_ERR_STORE_DAMAGED: the log of a slot ended in something that makes no
 * sense (of the slot that doesn't count that may be). */
imp_err_t store_visit(const struct store *store, store_visit_fn visit, void *context);

#endif
