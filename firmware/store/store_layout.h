/* SPDX-License-Identifier: MIT
 * store_layout.h -- every bit the store puts on flash, format version 1. docs/SPEC.md says why. */
#ifndef FIRMWARE_STORE_STORE_LAYOUT_H
#define FIRMWARE_STORE_STORE_LAYOUT_H

#include "firmware/crypto/seal.h"
#include "firmware/store/store.h"

/* The region is two slots of whole sectors. Every piece below begins on a program unit; what a
 * piece does not fill stays erased. Numbers are little-endian. The CRC is that of IEEE 802.3
 * (zlib's crc32).
 *
 *   slot     0  slot header, 24 bytes
 *            .  marker CLEAN    the slot was erased to the end, and nothing was written yet
 *            .  marker LIVE     the records below are whole: the slot counts
 *            .  marker RETIRED  a slot with a newer generation counts
 *            .  marker USED     only in generation 1: the other slot is not as new any more
 *            .  record, record, ... erased flash
 *
 *   header   0  "IMPS"
 *            4  format version (1)
 *            5  slot index (0, 1)
 *            6  program unit in bytes
 *            7  rules: bit 0 a programmed unit may be programmed again
 *            8  slot bytes (u32)
 *           12  generation (u32, counted modulo 2^32): the newer one counts
 *           16  records that were in the slot when it became live
 *           17  flags: bit 0 the other slot must be erased
 *           18  zero (2)
 *           20  CRC of bytes 0 to 19
 *
 *   record   0  record header, 16 bytes
 *            .  marker COMMITTED  programmed last, after all of the record was read back
 *            .  marker FORGOTTEN  only where a unit may be programmed again
 *            .  payload: clear part | secret part as sealed | CRC of record header and both (u32)
 *
 *   header   0  type
 *            1  flags: bit 0 the secret part is a sealed secret, bit 1 it is a wrapped key
 *            2  bytes of the clear part (u16)
 *            4  bytes of the secret part (u16)
 *            6  zero (2)
 *            8  sequence (u32): grows by one with each record written
 *           12  CRC of slot index (1), generation (u32) and bytes 0 to 11: a record of another slot
 *               or of an earlier life of this one never passes for one of ours
 *
 *   marker      max(4, program unit) bytes, every bit programmed; three such copies where a unit is
 *               programmed once, of which usually the first alone is written. Half of the bits make
 *               it count (store_media.h).
 *
 *   bound to    the associated data of a sealed secret: slot index (1) | generation (u32) |
 *               header 0 to 11 */
enum {
    SLOT_AT_MAGIC = 0,
    SLOT_AT_FORMAT = 4,
    SLOT_AT_INDEX = 5,
    SLOT_AT_UNIT = 6,
    SLOT_AT_RULES = 7,
    SLOT_AT_BYTES = 8,
    SLOT_AT_GENERATION = 12,
    SLOT_AT_COUNT = 16,
    SLOT_AT_FLAGS = 17,
    SLOT_AT_CRC = 20,
    SLOT_HEADER_BYTES = 24,

    SLOT_FORMAT = 1,
    SLOT_RULE_PROGRAM_AGAIN = 1,
    SLOT_FLAG_PURGE = 1
};

/* The markers of a slot, in this order. */
enum {
    SLOT_MARKER_CLEAN,
    SLOT_MARKER_LIVE,
    SLOT_MARKER_RETIRED,
    SLOT_MARKER_USED,
    SLOT_MARKER_COUNT
};
#define SLOT_MAGIC 0x53504D49u /* "IMPS" */

enum {
    RECORD_AT_TYPE = 0,
    RECORD_AT_FLAGS = 1,
    RECORD_AT_CLEAR_BYTES = 2,
    RECORD_AT_SECRET_BYTES = 4,
    RECORD_AT_SEQUENCE = 8,
    RECORD_AT_CRC = 12,
    RECORD_HEADER_BYTES = 16,

    RECORD_FLAG_SEALED = 1,
    RECORD_FLAG_KEY = 2,
    RECORD_PAYLOAD_CRC_BYTES = 4,
    RECORD_SECRET_BYTES_MAX = STORE_SECRET_BYTES_MAX + SEAL_OVERHEAD_BYTES,
    RECORD_BOUND_BYTES = 1 + 4 + RECORD_AT_CRC
};

enum {
    MARKER_BYTES_MIN = 4,
    MARKER_COPIES_PROGRAM_ONCE = 3
};

/* `bytes` rounded up to whole program units. */
uint32_t layout_units(const struct hal_flash *flash, uint32_t bytes);

/* Of one copy of a marker. */
uint32_t layout_marker_bytes(const struct hal_flash *flash);

uint32_t layout_marker_copies(const struct hal_flash *flash);

/* Of a marker with all of its copies. */
uint32_t layout_marker_area(const struct hal_flash *flash);

/* Offsets from the start of a slot. */
uint32_t layout_slot_marker(const struct hal_flash *flash, uint32_t which);
uint32_t layout_slot_records(const struct hal_flash *flash);

/* Offsets from the start of a record. */
uint32_t layout_record_committed(const struct hal_flash *flash);

uint32_t layout_record_forgotten(const struct hal_flash *flash);

uint32_t layout_record_payload(const struct hal_flash *flash);

/* The whole record whose parts have these sizes. */
uint32_t layout_record_bytes(const struct hal_flash *flash, uint32_t clear_bytes,
                             uint32_t secret_bytes);

#endif
