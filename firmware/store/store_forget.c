/* SPDX-License-Identifier: MIT
 * store_forget.c -- destroying what was written: some records, or all; and looking at what still
 * lies there. */
#include "firmware/imp_assert.h"
#include "firmware/store/store_write.h"

/* Return an error to stop. */
typedef imp_err_t (*record_fn)(void *context, const struct record *record);

/* Visit every record of a slot whose sizes are known, the uncommitted one at the end included. */
static imp_err_t each_record(const struct store *store, const struct slot *slot, record_fn visit,
                             void *context)
{
    uint32_t offset = scan_first(store, slot->index);

    for (;;) {
        struct record record;
        imp_err_t err = scan_record(store, slot, offset, &record);
        if (err) {
            return err;
        }
        if (record.state == RECORD_END || record.state == RECORD_TORN) {
            return 0;
        }
        if (record.state == RECORD_DAMAGED || record.state == RECORD_FOREIGN) {
            return IMP_ERR_STORE_DAMAGED;
        }
        err = visit(context, &record);
        if (err || !scan_goes_on(&record)) {
            return err;
        }
        offset = record.next;
    }
}

static struct slot live_slot(const struct store *store)
{
    return (struct slot){ .index = store->live_slot, .generation = store->generation };
}

/* --- Forgetting ----------------------------------------------------------------------------- */

struct wiping {
    struct store *store;
    uint8_t type;
};

static imp_err_t wipe_if_type(void *context, const struct record *record)
{
    const struct wiping *wiping = context;

    return record->type == wiping->type ? write_wipe(wiping->store, record) : 0;
}

static imp_err_t wipe_in_place(struct store *store, const enum store_type types[], size_t count)
{
    const struct slot slot = live_slot(store);

    for (size_t i = 0; i < count; i++) {
        struct wiping wiping = { .store = store, .type = (uint8_t)types[i] };
        const imp_err_t err = each_record(store, &slot, wipe_if_type, &wiping);
        if (err) {
            return err;
        }
        memset(&store->entries[types[i]], 0, sizeof store->entries[types[i]]);
    }
    return 0;
}

static imp_err_t collect_types(void *context, const struct record *record)
{
    *(int *)context |= 1 << record->type;
    return 0;
}

/* Leave the records behind, for the erase of their slot. */
static imp_err_t wipe_by_moving(struct store *store, int types)
{
    const struct slot slot = live_slot(store);
    int present = 0;
    const imp_err_t err = each_record(store, &slot, collect_types, &present);

    if (err || (present & types) == 0) {
        return err;
    }
    return write_move(store, NULL, types, true);
}

/* Whatever lies in a slot that does not count. */
static imp_err_t erase_other(struct store *store, uint8_t index)
{
    struct slot slots[2];
    const imp_err_t err = scan_slots(store, slots);

    return err || scan_is_untouched(slots, index) ? err : media_erase_slot(store, index);
}

/* No record counts, but one that was cut short may lie there: what store_erase does clears that. */
static imp_err_t forget_nothing(struct store *store)
{
    struct slot slots[2];
    const imp_err_t err = scan_slots(store, slots);

    if (err || (scan_is_untouched(slots, 0) && scan_is_untouched(slots, 1))) {
        return err;
    }
    return write_move(store, NULL, 0, true);
}

imp_err_t store_forget(struct store *store, const enum store_type types[], size_t count)
{
    int set = 0;

    for (size_t i = 0; i < count; i++) {
        IMP_ASSERT(types[i] > 0 && types[i] < STORE_TYPE_COUNT);
        set |= 1 << types[i];
    }
    if (store->is_blank) {
        return forget_nothing(store);
    }
    imp_err_t err = erase_other(store, 1 - store->live_slot);
    if (err == 0 && store->flash->program_again) {
        err = wipe_in_place(store, types, count);
        if (err != IMP_ERR_STORE_READ_BACK) {
            return err;
        }
        err = 0; /* A cell that can't be wiped: its slot is erased instead. */
    }
    return err ? err : wipe_by_moving(store, set);
}

/* --- Erasing -------------------------------------------------------------------------------- */

static imp_err_t erase_sector_in_use(struct store *store, uint32_t sector)
{
    uint8_t cells[MEDIA_UNIT_BYTES_MAX];

    for (uint32_t at = 0; at < store->flash->sector_bytes; at += sizeof cells) {
        const imp_err_t err = media_read(store, sector + at, cells, sizeof cells);
        if (err) {
            return err;
        }
        if (!media_is_erased(store, cells, sizeof cells)) {
            store->erase_count++;
            return store->flash->erase(store->flash, sector) ? IMP_ERR_STORE_FLASH : 0;
        }
    }
    return 0;
}

/* Neither slot has a header: there is nothing that a later store_open could mistake for a log. */
static imp_err_t erase_unused(struct store *store)
{
    imp_err_t err = 0;

    for (uint32_t at = 0; at < 2 * store->slot_bytes && err == 0;
         at += store->flash->sector_bytes) {
        err = erase_sector_in_use(store, at);
    }
    return err;
}

/* Stand in for a log that can't be read, in the slot whose generation is the higher one: that
 * slot goes last, and the other one is erased first. */
static void begin_unreadable(struct store *store, const struct slot slots[2])
{
    (void)write_begin(store, store->flash);
    store->is_blank = false;
    store->live_slot = slots[1].generation > slots[0].generation;
    store->generation = slots[store->live_slot].generation;
}

imp_err_t store_erase(struct store *store, const struct hal_flash *flash)
{
    struct slot slots[2];
    imp_err_t err = write_begin(store, flash);

    if (err == 0) {
        err = scan_slots(store, slots);
    }
    if (err) {
        return err;
    }
    if (slots[0].state == SLOT_BLANK && slots[1].state == SLOT_BLANK) {
        return erase_unused(store);
    }
    err = store_open(store, flash);
    if (err == IMP_ERR_STORE_FLASH) {
        return err;
    }
    if (err) {
        begin_unreadable(store, slots);
    } else if (!store->is_blank && !store->must_move &&
               store->next_offset == scan_first(store, store->live_slot)) {
        return 0; /* Erased before, and nothing since. */
    }
    store->sequence = 0;
    memset(store->entries, 0, sizeof store->entries);
    return write_move(store, NULL, 0, true);
}

/* --- Looking -------------------------------------------------------------------------------- */

struct visiting {
    const struct store *store;
    uint8_t slot;
    store_visit_fn visit;
    void *context;
};

static imp_err_t show_record(void *context, const struct record *record)
{
    const struct visiting *visiting = context;
    const struct store *store = visiting->store;
    const struct store_visit visit = {
        .slot = visiting->slot,
        .type = record->type,
        .is_committed = record->committed >= MARKER_SET,
        .is_forgotten = record->state == RECORD_FORGOTTEN,
        .counts = !store->is_blank && record->type < STORE_TYPE_COUNT &&
                  store->entries[record->type].offset == record->offset,
        .offset = record->offset,
        .sequence = record->sequence,
        .clear_bytes = record->clear_bytes,
        .secret_bytes = record->secret_bytes,
    };

    visiting->visit(visiting->context, &visit);
    return 0;
}

imp_err_t store_visit(const struct store *store, store_visit_fn visit, void *context)
{
    imp_err_t result = 0;

    for (uint8_t i = 0; i < 2; i++) {
        struct visiting visiting = {
            .store = store, .slot = i, .visit = visit, .context = context
        };
        struct slot slot;
        imp_err_t err = scan_slot(store, i, &slot);
        if (err == 0 && (slot.state == SLOT_LIVE || slot.state == SLOT_DRAFT)) {
            err = each_record(store, &slot, show_record, &visiting);
        }
        result = err ? err : result;
    }
    return result;
}
