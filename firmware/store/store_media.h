/* SPDX-License-Identifier: MIT
 * store_media.h -- flash as the store uses it: checked programs, markers that survive being
 * torn, CRC. Private to the store.
 *
 * A program that power cut short leaves cells that may read differently each time. Two things
 * follow. A single bit is never trusted: a marker is at least 32 bits and counts from one half
 * on, so that a few rotten or half-programmed bits do not make one. And a marker that counts
 * without being whole is completed before anybody acts on it: programmed again where the flash
 * allows that, else its next copy. What still looks blank is read MEDIA_READS times. */
#ifndef FIRMWARE_STORE_STORE_MEDIA_H
#define FIRMWARE_STORE_STORE_MEDIA_H

#include "firmware/store/store.h"

enum {
    MEDIA_READS = 16, /* A lone unstable bit goes unseen once in 2^16 boots after such a cut. */
    MEDIA_PIECE_BYTES = 64, /* Streamed through RAM at once; a multiple of every program unit. */
    MEDIA_UNIT_BYTES_MAX = HAL_FLASH_PROGRAM_UNIT_BYTES_MAX
};

enum marker {
    MARKER_BLANK,
    MARKER_FAINT, /* Some bits, less than half: does not count, but its place is spoiled. */
    MARKER_SET,   /* Counts; to be completed. */
    MARKER_WHOLE
};

/* True when the store can work on a flash of this geometry. */
bool media_fits(const struct hal_flash *flash);

/* CRC-32 of what `crc` stands for (0 at first) followed by `bytes` bytes. */
uint32_t media_crc(uint32_t crc, const void *at, size_t bytes);

/* All of the below: 0 or IMP_ERR_STORE_FLASH; where something is programmed also
 * IMP_ERR_STORE_READ_BACK: it does not read back equal. Offsets are from the start of the
 * region. */

imp_err_t media_read(const struct store *store, uint32_t offset, void *out, size_t bytes);

/* True when all `bytes` (at most MEDIA_UNIT_BYTES_MAX) at `cells` have the erased value. */
bool media_is_erased(const struct store *store, const uint8_t *cells, size_t bytes);

/* How many bits of `cells` differ from the erased value. */
uint32_t media_programmed_bits(const struct store *store, const uint8_t *cells, size_t bytes);

/* Program whole units and read them back. */
imp_err_t media_program(struct store *store, uint32_t offset, const uint8_t *in, size_t bytes);

/* Program `bytes` (at most MEDIA_UNIT_BYTES_MAX), the last unit filled up with the erased value. */
imp_err_t media_program_padded(struct store *store, uint32_t offset, const uint8_t *in,
                               size_t bytes);

/* Program every bit of whole units, where that is not so yet. Only where a unit may be
 * programmed again. */
imp_err_t media_wipe(struct store *store, uint32_t offset, uint32_t bytes);

/* What the marker at `offset` says: the strongest of its copies and of several reads. */
imp_err_t media_marker(const struct store *store, uint32_t offset, enum marker *marker);

/* Make the marker at `offset` whole. Where a unit is programmed once its first blank copy is taken;
 * IMP_ERR_STORE_READ_BACK also when there is none left. */
imp_err_t media_set_marker(struct store *store, uint32_t offset);

/* Erase a slot, the sector with its header last, and say so in its marker CLEAN. */
imp_err_t media_erase_slot(struct store *store, uint8_t slot);

/* Where a slot begins. */
static inline uint32_t media_slot_at(const struct store *store, uint8_t slot)
{
    return slot * store->slot_bytes;
}

#endif
