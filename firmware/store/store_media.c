/* SPDX-License-Identifier: MIT
 * store_media.c -- checked reads, programs and erases, and markers. */
#include "firmware/store/store_media.h"

#include "firmware/imp_assert.h"
#include "firmware/store/store_layout.h"

_Static_assert(MEDIA_PIECE_BYTES % HAL_FLASH_PROGRAM_UNIT_BYTES_MAX == 0, "pieces are whole units");

bool media_fits(const struct hal_flash *flash)
{
    const uint32_t unit = flash->program_unit_bytes;
    const uint32_t sector = flash->sector_bytes;

    return unit > 0 && unit <= HAL_FLASH_PROGRAM_UNIT_BYTES_MAX && (unit & (unit - 1)) == 0 &&
           sector > 0 && sector <= HAL_FLASH_SECTOR_BYTES_MAX && sector % unit == 0 &&
           flash->region_bytes / 2 / sector * sector >= STORE_SLOT_BYTES_MIN &&
           (flash->erased_value == 0xFF || flash->erased_value == 0x00);
}

/* Half a byte a step: 64 bytes of table instead of 1 KB. */
uint32_t media_crc(uint32_t crc, const void *at, size_t bytes)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4,
        0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
        0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
    };
    const uint8_t *p = at;

    crc = ~crc;
    while (bytes-- > 0) {
        crc ^= *p++;
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

imp_err_t media_read(const struct store *store, uint32_t offset, void *out, size_t bytes)
{
    return store->flash->read(store->flash, offset, out, bytes) ? IMP_ERR_STORE_FLASH : 0;
}

bool media_is_erased(const struct store *store, const uint8_t *cells, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (cells[i] != store->flash->erased_value) {
            return false;
        }
    }
    return true;
}

static imp_err_t program(struct store *store, uint32_t offset, const uint8_t *in, size_t bytes)
{
    IMP_ASSERT(offset % store->flash->program_unit_bytes == 0);
    IMP_ASSERT(bytes % store->flash->program_unit_bytes == 0);
    store->program_count++;
    return store->flash->program(store->flash, offset, in, bytes) ? IMP_ERR_STORE_FLASH : 0;
}

static imp_err_t compare(const struct store *store, uint32_t offset, const uint8_t *with,
                         size_t bytes)
{
    uint8_t cells[MEDIA_UNIT_BYTES_MAX];

    for (size_t at = 0; at < bytes; at += sizeof cells) {
        const size_t piece = bytes - at < sizeof cells ? bytes - at : sizeof cells;
        const imp_err_t err = media_read(store, offset + (uint32_t)at, cells, piece);
        if (err) {
            return err;
        }
        if (memcmp(cells, with + at, piece) != 0) {
            return IMP_ERR_STORE_READ_BACK;
        }
    }
    return 0;
}

imp_err_t media_program(struct store *store, uint32_t offset, const uint8_t *in, size_t bytes)
{
    const imp_err_t err = program(store, offset, in, bytes);

    return err ? err : compare(store, offset, in, bytes);
}

imp_err_t media_program_padded(struct store *store, uint32_t offset, const uint8_t *in,
                               size_t bytes)
{
    uint8_t units[MEDIA_UNIT_BYTES_MAX];

    IMP_ASSERT(bytes <= sizeof units);
    memset(units, store->flash->erased_value, sizeof units);
    memcpy(units, in, bytes);
    return media_program(store, offset, units, layout_units(store->flash, (uint32_t)bytes));
}

imp_err_t media_wipe(struct store *store, uint32_t offset, uint32_t bytes)
{
    uint8_t cells[MEDIA_PIECE_BYTES];
    imp_err_t err = 0;

    IMP_ASSERT(store->flash->program_again);
    memset(cells, ~store->flash->erased_value & 0xFF, sizeof cells);
    for (uint32_t at = 0; at < bytes && err == 0; at += sizeof cells) {
        const uint32_t piece = bytes - at < sizeof cells ? bytes - at : sizeof cells;
        err = compare(store, offset + at, cells, piece);
        if (err == IMP_ERR_STORE_READ_BACK) {
            err = media_program(store, offset + at, cells, piece);
        }
    }
    return err;
}

/* --- Markers -------------------------------------------------------------------------------- */

uint32_t media_programmed_bits(const struct store *store, const uint8_t *cells, size_t bytes)
{
    uint32_t programmed = 0;

    for (size_t i = 0; i < bytes; i++) {
        for (uint8_t bits = cells[i] ^ store->flash->erased_value; bits != 0;
             bits &= (uint8_t)(bits - 1)) {
            programmed++;
        }
    }
    return programmed;
}

static enum marker judge(const struct store *store, const uint8_t *cells, uint32_t bytes)
{
    const uint32_t programmed = media_programmed_bits(store, cells, bytes);

    if (programmed == 0) {
        return MARKER_BLANK;
    }
    if (programmed < bytes * 8 / 2) {
        return MARKER_FAINT;
    }
    return programmed < bytes * 8 ? MARKER_SET : MARKER_WHOLE;
}

/* One copy, read once. */
static imp_err_t read_copy(const struct store *store, uint32_t offset, enum marker *marker)
{
    const uint32_t bytes = layout_marker_bytes(store->flash);
    uint8_t cells[MEDIA_UNIT_BYTES_MAX];
    const imp_err_t err = media_read(store, offset, cells, bytes);

    *marker = err ? MARKER_BLANK : judge(store, cells, bytes);
    return err;
}

imp_err_t media_marker(const struct store *store, uint32_t offset, enum marker *marker)
{
    const uint32_t bytes = layout_marker_bytes(store->flash);

    *marker = MARKER_BLANK;
    for (int reads = 0; reads < MEDIA_READS && *marker < MARKER_SET; reads++) {
        for (uint32_t copy = 0; copy < layout_marker_copies(store->flash); copy++) {
            enum marker seen;
            const imp_err_t err = read_copy(store, offset + copy * bytes, &seen);
            if (err) {
                return err;
            }
            *marker = seen > *marker ? seen : *marker;
        }
    }
    return 0;
}

static imp_err_t set_copy(struct store *store, uint32_t offset)
{
    const uint32_t bytes = layout_marker_bytes(store->flash);
    uint8_t units[MEDIA_UNIT_BYTES_MAX];

    memset(units, ~store->flash->erased_value & 0xFF, sizeof units);
    return media_program(store, offset, units, bytes);
}

imp_err_t media_set_marker(struct store *store, uint32_t offset)
{
    const uint32_t bytes = layout_marker_bytes(store->flash);
    imp_err_t err = IMP_ERR_STORE_READ_BACK;

    for (uint32_t copy = 0; copy < layout_marker_copies(store->flash) && err; copy++) {
        enum marker seen = MARKER_BLANK;
        if (!store->flash->program_again) {
            err = read_copy(store, offset + copy * bytes, &seen);
        }
        if (seen == MARKER_BLANK) {
            err = set_copy(store, offset + copy * bytes);
        } else {
            err = seen == MARKER_WHOLE ? 0 : IMP_ERR_STORE_READ_BACK;
        }
    }
    return err;
}

imp_err_t media_erase_slot(struct store *store, uint8_t slot)
{
    const uint32_t begin = media_slot_at(store, slot);

    for (uint32_t at = begin + store->slot_bytes; at > begin;) {
        at -= store->flash->sector_bytes;
        store->erase_count++;
        if (store->flash->erase(store->flash, at)) {
            return IMP_ERR_STORE_FLASH;
        }
    }
    return media_set_marker(store, begin + layout_slot_marker(store->flash, SLOT_MARKER_CLEAN));
}
