/* SPDX-License-Identifier: MIT
 * fuzz_store.c -- any content of the flash: the store opens, or says by name why not; what opened can be written, and is
 * found again; and erasing always helps.
 *
 * Input: geometry (1; highest bit: checksums are made right first) | bytes of slot 0 (2) | slot 0 | slot 1. What the
 * input does not fill is erased. */
#include "firmware/error.h"
#include "firmware/little_endian.h"
#include "firmware/store/store.h"
#include "firmware/store/store_layout.h"
#include "host-sim/device/flash_model.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/seal_double.h"

enum {
    INPUT_MAKES_RIGHT = 0x80,
    REGION_BYTES_MAX = 32 * 1024 /* Larger geometries differ in size alone, and are slow. */
};

static struct flash_model model;

/* CRC-32 of IEEE 802.3, bit by bit: a second one, not the store's own. */
static uint32_t crc(uint32_t value, const uint8_t *in, size_t bytes)
{
    value = ~value;
    for (size_t i = 0; i < bytes; i++) {
        value ^= in[i];
        for (int bit = 0; bit < 8; bit++) {
            value = value >> 1 ^ (0xEDB88320u & (0u - (value & 1u)));
        }
    }
    return ~value;
}

static bool make_record_right(uint8_t *record, const uint8_t bound[5], uint32_t room)
{
    const uint32_t content = (uint32_t)le16_get(record + RECORD_AT_CLEAR_BYTES) +
                             le16_get(record + RECORD_AT_SECRET_BYTES);
    const uint32_t payload = layout_record_payload(&model.flash);

    if (payload + content + RECORD_PAYLOAD_CRC_BYTES > room) {
        return false;
    }
    le32_put(record + RECORD_AT_CRC, crc(crc(0, bound, 5), record, RECORD_AT_CRC));
    le32_put(record + payload + content,
             crc(crc(0, record, RECORD_HEADER_BYTES), record + payload, content));
    return true;
}

/* Behind a checksum that fits, so much more can be wrong. */
static void make_slot_right(uint8_t index, uint32_t slot_bytes)
{
    uint8_t *slot = model.cells + index * slot_bytes;
    uint32_t at = layout_slot_records(&model.flash);
    uint8_t bound[5] = { index };

    le32_put(slot + SLOT_AT_CRC, crc(0, slot, SLOT_AT_CRC));
    memcpy(bound + 1, slot + SLOT_AT_GENERATION, 4);
    while (at + layout_record_payload(&model.flash) < slot_bytes &&
           slot[at] != model.flash.erased_value &&
           make_record_right(slot + at, bound, slot_bytes - at)) {
        at += layout_record_bytes(&model.flash, le16_get(slot + at + RECORD_AT_CLEAR_BYTES),
                                  le16_get(slot + at + RECORD_AT_SECRET_BYTES));
    }
}

static void mark_used(void)
{
    for (uint32_t at = 0; at < model.flash.region_bytes; at++) {
        if (model.cells[at] != model.flash.erased_value) {
            model.used[at / model.flash.program_unit_bytes] = 1;
        }
    }
}

static void fill_flash(struct bytes rest, bool makes_right)
{
    const uint32_t slot_bytes =
        model.flash.region_bytes / model.flash.sector_bytes / 2 * model.flash.sector_bytes;
    const uint32_t first = fuzz_take_number(&rest, 2);
    const struct bytes slots[] = { fuzz_take(&rest, first < slot_bytes ? first : slot_bytes),
                                   fuzz_take(&rest, slot_bytes) };

    for (uint8_t i = 0; i < 2; i++) {
        if (slots[i].len > 0) {
            memcpy(model.cells + i * slot_bytes, slots[i].data, slots[i].len);
        }
        if (slots[i].len >= SLOT_HEADER_BYTES && makes_right) {
            make_slot_right(i, slot_bytes);
        }
    }
    mark_used();
}

static void count_visit(void *context, const struct store_visit *visit)
{
    unsigned *count = context;

    FUZZ_MUST(visit->offset < model.flash.region_bytes);
    (*count)++;
}

static void read_records(const struct store *store)
{
    static uint8_t out[UINT16_MAX];
    unsigned count = 0;
    size_t bytes = 0;

    for (int i = 1; i < STORE_TYPE_COUNT; i++) {
        const enum store_type type = (enum store_type)i;
        FUZZ_MUST(store_has(store, type) || store_size(store, type) == 0);
        FUZZ_MUST(!store_has(store, type) ||
                  store_read(store, type, 0, out, store_size(store, type)) == 0);
        (void)store_read_secret(store, type, out, STORE_SECRET_BYTES_MAX, &bytes);
        (void)store_load_key(store, type, KEY_SLOT_STAGED);
    }
    (void)store_visit(store, count_visit, &count);
}

/* An error that an append may end with when the flash itself works. */
static bool is_expected(imp_err_t err)
{
    return err == IMP_ERR_STORE_FULL || err == IMP_ERR_STORE_DAMAGED || err == IMP_ERR_SEAL_OPEN;
}

static void append_and_reopen(struct store *store)
{
    static const uint8_t content[] = { 'f', 'u', 'z', 'z' };
    uint8_t found[sizeof content];
    const struct bytes part = bytes_of(content, sizeof content);
    const imp_err_t err = store_append(store, STORE_ATTEMPTS, &part, 1);

    if (err != 0 && !is_expected(err)) {
        fprintf(stderr, "append: %s\n", imprint_err_name(err));
    }
    FUZZ_MUST(err == 0 || is_expected(err));
    FUZZ_MUST(store_open(store, &model.flash) == 0);
    if (err == 0) {
        FUZZ_MUST(store_size(store, STORE_ATTEMPTS) == sizeof content);
        FUZZ_MUST(store_read(store, STORE_ATTEMPTS, 0, found, sizeof found) == 0);
        FUZZ_MUST(memcmp(found, content, sizeof content) == 0);
    }
}

static const struct flash_geometry *small_geometry(uint32_t wanted)
{
    unsigned i = wanted % flash_geometry_count;

    while (flash_geometries[i].region_bytes > REGION_BYTES_MAX) {
        i = (i + 1) % flash_geometry_count;
    }
    return &flash_geometries[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    struct bytes rest = bytes_of(input, size);
    struct store store;
    const uint32_t kind = fuzz_take_number(&rest, 1);

    seal_double_reset(1, 1);
    FUZZ_MUST(flash_model_open(&model, small_geometry(kind % INPUT_MAKES_RIGHT), 1));
    fill_flash(rest, (kind & INPUT_MAKES_RIGHT) != 0);
    const imp_err_t err = store_open(&store, &model.flash);
    FUZZ_MUST(err == 0 || err == IMP_ERR_STORE_DAMAGED || err == IMP_ERR_STORE_FORMAT ||
              err == IMP_ERR_STORE_GEOMETRY);
    if (err == 0) {
        read_records(&store);
        append_and_reopen(&store);
    }
    FUZZ_MUST(store_erase(&store, &model.flash) == 0);
    FUZZ_MUST(store_open(&store, &model.flash) == 0);
    FUZZ_MUST(!store_has(&store, STORE_ATTEMPTS));
    seal_double_reset(1, 1);
    flash_model_close(&model);
    return 0;
}
