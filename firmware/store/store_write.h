/* SPDX-License-Identifier: MIT
 * store_write.h -- writing records, and moving what counts to the other slot. Private to the
 * store. */
#ifndef FIRMWARE_STORE_STORE_WRITE_H
#define FIRMWARE_STORE_STORE_WRITE_H

#include "firmware/store/store_scan.h"

/* A record about to be written. Where its parts come from is told apart by `from` and `flags`. */
struct draft {
    uint8_t type;
    uint8_t flags; /* RECORD_FLAG_... */
    uint16_t clear_bytes;
    uint16_t secret_bytes; /* As stored. */
    uint32_t sequence;
    const struct store
        *from; /* A copy of the record that counts there; NULL: from memory, as below. */
    const struct bytes *clear;
    size_t count;
    struct bytes secret; /* RECORD_FLAG_SEALED: to seal. */
    enum key_slot slot;  /* RECORD_FLAG_KEY: to wrap; its point is the last of the clear parts. */
};

/* An empty store on this flash, before anything was read. 0; IMP_ERR_STORE_GEOMETRY. */
imp_err_t write_begin(struct store *store, const struct hal_flash *flash);

/* Make a marker of a slot (SLOT_MARKER_...) whole. */
imp_err_t write_slot_marker(struct store *store, uint8_t slot, uint32_t which);

/* Forget a record where it lies, or finish that: the marker first, then the payload. */
imp_err_t write_wipe(struct store *store, const struct record *record);

/* Append `draft` to the live slot, or where that can't be, move with it. On success it counts. */
imp_err_t write_append(struct store *store, struct draft *draft);

/* Copy what counts, but for the types in `leave` (a set of bits 1 << type), to the other slot;
 * add `draft` (NULL: nothing); make that slot the live one. With `purge` the old slot is then
 * erased, and store_open will see to it if power is lost before that. */
imp_err_t write_move(struct store *store, struct draft *draft, int leave, bool purge);

#endif
