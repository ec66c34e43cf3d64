/* SPDX-License-Identifier: MIT
 * store_scan.c -- reading slots and records. */
#include "firmware/store/store_scan.h"

#include "firmware/imp_assert.h"
#include "firmware/little_endian.h"

enum {
    BEHIND_BYTES = 256,
    BEHIND_BITS = 12 /* The CRC and a byte of a small record have more. */
};

/* --- Slots ---------------------------------------------------------------------------------- */

/* A header that verifies once is taken: what is at stake is decided by the marker LIVE. One that
 * looks blank, which may be a torn one, is read again. */
static imp_err_t read_slot_header(const struct store *store, uint8_t index,
                                  uint8_t header[SLOT_HEADER_BYTES], struct slot *slot)
{
    slot->state = SLOT_BLANK;
    for (int reads = 0; reads < MEDIA_READS; reads++) {
        const imp_err_t err =
            media_read(store, media_slot_at(store, index), header, SLOT_HEADER_BYTES);
        if (err) {
            return err;
        }
        if (le32_get(header + SLOT_AT_MAGIC) == SLOT_MAGIC &&
            le32_get(header + SLOT_AT_CRC) == media_crc(0, header, SLOT_AT_CRC)) {
            slot->state = SLOT_DRAFT;
            return 0;
        }
        if (!media_is_erased(store, header, SLOT_HEADER_BYTES)) {
            slot->state = SLOT_RUBBLE;
        }
    }
    return 0;
}

static void decode_slot_header(const struct store *store, const uint8_t header[SLOT_HEADER_BYTES],
                               struct slot *slot)
{
    slot->generation = le32_get(header + SLOT_AT_GENERATION);
    slot->record_count = header[SLOT_AT_COUNT];
    slot->must_purge = (header[SLOT_AT_FLAGS] & SLOT_FLAG_PURGE) != 0;
    if (header[SLOT_AT_FORMAT] != SLOT_FORMAT) {
        slot->state = SLOT_FOREIGN;
    } else if (header[SLOT_AT_UNIT] != store->flash->program_unit_bytes ||
               header[SLOT_AT_RULES] !=
                   (store->flash->program_again ? SLOT_RULE_PROGRAM_AGAIN : 0) ||
               le32_get(header + SLOT_AT_BYTES) != store->slot_bytes) {
        slot->state = SLOT_MISFIT;
    } else if (header[SLOT_AT_INDEX] != slot->index) {
        slot->state = SLOT_RUBBLE; /* Somebody copied the other slot here. */
        slot->generation = 0;
    }
}

/* What the marker LIVE makes of what the header says. */
static enum slot_state judge_slot(enum slot_state header,
                                  const enum marker markers[SLOT_MARKER_COUNT])
{
    if (header == SLOT_FOREIGN || header == SLOT_MISFIT) {
        return header;
    }
    if (markers[SLOT_MARKER_LIVE] >= MARKER_SET) {
        return header == SLOT_DRAFT ? SLOT_LIVE : SLOT_BROKEN;
    }
    if (header == SLOT_BLANK &&
        markers[SLOT_MARKER_LIVE] + markers[SLOT_MARKER_RETIRED] != MARKER_BLANK) {
        return SLOT_RUBBLE;
    }
    return header;
}

imp_err_t scan_slot(const struct store *store, uint8_t index, struct slot *slot)
{
    uint8_t header[SLOT_HEADER_BYTES];

    memset(slot, 0, sizeof *slot);
    slot->index = index;
    imp_err_t err = read_slot_header(store, index, header, slot);
    if (err == 0 && slot->state == SLOT_DRAFT) {
        decode_slot_header(store, header, slot);
    }
    for (uint32_t i = 0; i < SLOT_MARKER_COUNT && err == 0; i++) {
        err = media_marker(store, scan_slot_marker(store, index, i), &slot->markers[i]);
    }
    slot->state = judge_slot(slot->state, slot->markers);
    slot->is_clean = slot->state == SLOT_BLANK && slot->markers[SLOT_MARKER_CLEAN] == MARKER_WHOLE;
    return err;
}

imp_err_t scan_slots(const struct store *store, struct slot slots[2])
{
    const imp_err_t err = scan_slot(store, 0, &slots[0]);

    return err ? err : scan_slot(store, 1, &slots[1]);
}

bool scan_is_newer(uint32_t a, uint32_t b)
{
    return a != b && a - b < UINT32_C(1) << 31;
}

uint32_t scan_slot_marker(const struct store *store, uint8_t index, uint32_t which)
{
    return media_slot_at(store, index) + layout_slot_marker(store->flash, which);
}

bool scan_is_untouched(const struct slot slots[2], uint8_t index)
{
    const struct slot *slot = &slots[index];
    const struct slot *other = &slots[1 - index];

    if (slot->state != SLOT_BLANK || slot->is_clean) {
        return slot->state == SLOT_BLANK;
    }
    if (other->state == SLOT_BLANK) {
        return other->markers[SLOT_MARKER_CLEAN] == MARKER_BLANK;
    }
    if (other->state == SLOT_RUBBLE) {
        return index == 1;
    }
    return other->generation == 1 && other->markers[SLOT_MARKER_USED] == MARKER_BLANK;
}

uint32_t scan_first(const struct store *store, uint8_t index)
{
    return media_slot_at(store, index) + layout_slot_records(store->flash);
}

/* --- Records -------------------------------------------------------------------------------- */

uint32_t scan_header_crc(uint8_t slot, uint32_t generation,
                         const uint8_t header[RECORD_HEADER_BYTES])
{
    uint8_t bound[RECORD_BOUND_BYTES];

    scan_bound(slot, generation, header, bound);
    return media_crc(0, bound, sizeof bound);
}

void scan_bound(uint8_t slot, uint32_t generation, const uint8_t header[RECORD_HEADER_BYTES],
                uint8_t bound[RECORD_BOUND_BYTES])
{
    bound[0] = slot;
    le32_put(bound + 1, generation);
    memcpy(bound + 5, header, RECORD_AT_CRC);
}

/* Read the header; *is_valid: its CRC is right. *is_blank: it never looked like anything but
 * erased. */
static imp_err_t read_record_header(const struct store *store, const struct slot *slot,
                                    struct record *record, bool *is_valid, bool *is_blank)
{
    uint8_t *header = record->header;

    *is_valid = false;
    *is_blank = true;
    for (int reads = 0; reads < MEDIA_READS && !*is_valid; reads++) {
        const imp_err_t err = media_read(store, record->offset, header, RECORD_HEADER_BYTES);
        if (err) {
            return err;
        }
        *is_valid = le32_get(header + RECORD_AT_CRC) ==
                    scan_header_crc(slot->index, slot->generation, header);
        *is_blank = *is_blank && media_is_erased(store, header, RECORD_HEADER_BYTES);
    }
    return 0;
}

static void decode_record_header(const struct store *store, struct record *record)
{
    const uint8_t *header = record->header;

    record->type = header[RECORD_AT_TYPE];
    record->flags = header[RECORD_AT_FLAGS];
    record->clear_bytes = le16_get(header + RECORD_AT_CLEAR_BYTES);
    record->secret_bytes = le16_get(header + RECORD_AT_SECRET_BYTES);
    record->sequence = le32_get(header + RECORD_AT_SEQUENCE);
    record->payload = record->offset + layout_record_payload(store->flash);
    record->next = record->offset +
                   layout_record_bytes(store->flash, record->clear_bytes, record->secret_bytes);
}

static enum record_state judge(const struct record *record, uint32_t slot_end)
{
    if (record->type == 0 || record->clear_bytes > STORE_PAYLOAD_BYTES_MAX ||
        record->secret_bytes > RECORD_SECRET_BYTES_MAX || record->next > slot_end) {
        return RECORD_DAMAGED;
    }
    if (record->forgotten >= MARKER_SET) {
        return RECORD_FORGOTTEN;
    }
    if (record->committed < MARKER_SET) {
        return RECORD_UNCOMMITTED;
    }
    return record->type < STORE_TYPE_COUNT ? RECORD_COMMITTED : RECORD_FOREIGN;
}

static imp_err_t read_markers(const struct store *store, struct record *record)
{
    const struct hal_flash *flash = store->flash;
    imp_err_t err =
        media_marker(store, record->offset + layout_record_committed(flash), &record->committed);

    if (err == 0 && flash->program_again) {
        err = media_marker(store, record->offset + layout_record_forgotten(flash),
                           &record->forgotten);
    }
    return err;
}

imp_err_t scan_record(const struct store *store, const struct slot *slot, uint32_t offset,
                      struct record *record)
{
    const uint32_t slot_end = media_slot_at(store, slot->index) + store->slot_bytes;
    bool is_valid;
    bool is_blank;

    IMP_ASSERT(offset >= scan_first(store, slot->index) && offset <= slot_end);
    memset(record, 0, sizeof *record);
    record->offset = offset;
    if (slot_end - offset < layout_record_bytes(store->flash, 0, 0)) {
        return 0;
    }
    imp_err_t err = read_record_header(store, slot, record, &is_valid, &is_blank);
    if (err == 0) {
        err = read_markers(store, record);
    }
    if (err) {
        return err;
    }
    if (is_valid) {
        decode_record_header(store, record);
        record->state = judge(record, slot_end);
    } else if (record->committed >= MARKER_SET || record->forgotten >= MARKER_SET) {
        record->state = RECORD_DAMAGED;
    } else if (!is_blank || record->committed != MARKER_BLANK ||
               record->forgotten != MARKER_BLANK) {
        record->state = RECORD_TORN;
    }
    return 0;
}

imp_err_t scan_again(const struct store *store, const struct store_entry *entry,
                     struct record *record)
{
    const struct slot slot = { .index = store->live_slot, .generation = store->generation };
    bool is_valid;
    bool is_blank;

    memset(record, 0, sizeof *record);
    record->offset = entry->offset;
    const imp_err_t err = read_record_header(store, &slot, record, &is_valid, &is_blank);
    if (err) {
        return err;
    }
    decode_record_header(store, record);
    return is_valid && record->sequence == entry->sequence &&
                   record->clear_bytes == entry->clear_bytes &&
                   record->secret_bytes == entry->secret_bytes
               ? 0
               : IMP_ERR_STORE_DAMAGED;
}

bool scan_goes_on(const struct record *record)
{
    return record->state == RECORD_COMMITTED || record->state == RECORD_FORGOTTEN;
}

imp_err_t scan_payload(const struct store *store, const struct record *record)
{
    const uint32_t bytes = (uint32_t)record->clear_bytes + record->secret_bytes;
    uint32_t crc = media_crc(0, record->header, RECORD_HEADER_BYTES);
    uint8_t piece[MEDIA_PIECE_BYTES];
    imp_err_t err;

    for (uint32_t at = 0; at < bytes; at += sizeof piece) {
        const uint32_t piece_bytes = bytes - at < sizeof piece ? bytes - at : sizeof piece;
        err = media_read(store, record->payload + at, piece, piece_bytes);
        if (err) {
            return err;
        }
        crc = media_crc(crc, piece, piece_bytes);
    }
    err = media_read(store, record->payload + bytes, piece, RECORD_PAYLOAD_CRC_BYTES);
    if (err) {
        return err;
    }
    return le32_get(piece) == crc ? 0 : IMP_ERR_STORE_DAMAGED;
}

imp_err_t scan_blank(const struct store *store, uint8_t index, uint32_t offset, uint32_t bytes)
{
    const uint32_t slot_end = media_slot_at(store, index) + store->slot_bytes;
    const uint32_t wanted = bytes + BEHIND_BYTES;
    const uint32_t end = slot_end - offset < wanted ? slot_end : offset + wanted;
    uint8_t cells[MEDIA_PIECE_BYTES];
    uint32_t programmed = 0;

    IMP_ASSERT(offset <= slot_end);
    for (uint32_t at = offset; at < end; at += sizeof cells) {
        const size_t piece = end - at < sizeof cells ? end - at : sizeof cells;
        const imp_err_t err = media_read(store, at, cells, piece);
        if (err) {
            return err;
        }
        programmed += media_programmed_bits(store, cells, piece);
    }
    return programmed > BEHIND_BITS ? IMP_ERR_STORE_DAMAGED : 0;
}
