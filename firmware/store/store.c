/* SPDX-License-Identifier: MIT
 * store.c -- recovery, and the public functions that read and append. */
#include "firmware/store/store.h"

#include "firmware/imp_assert.h"
#include "firmware/store/store_write.h"

/* --- Recovery ------------------------------------------------------------------------------- */

/* Finish what power cut short in a record: its commit, or its forgetting. As long as that can't
 * be done, the place is not trusted with more. */
static void settle_record(struct store *store, const struct record *record)
{
    imp_err_t err = 0;

    if (record->state == RECORD_FORGOTTEN) {
        err = write_wipe(store, record);
    } else if (record->committed != MARKER_WHOLE) {
        err = media_set_marker(store, record->offset + layout_record_committed(store->flash));
    }
    if (err || (record->state == RECORD_COMMITTED && record->forgotten != MARKER_BLANK)) {
        store->must_move = true;
    }
}

/* Take a record into account that scan_goes_on from. */
static imp_err_t take_record(struct store *store, const struct record *record)
{
    struct store_entry *entry = &store->entries[record->type < STORE_TYPE_COUNT ? record->type : 0];

    if (record->sequence <= store->sequence) {
        return IMP_ERR_STORE_DAMAGED;
    }
    memset(entry, 0, sizeof *entry);
    if (record->state == RECORD_COMMITTED) {
        const imp_err_t err = scan_payload(store, record);
        if (err) {
            return err;
        }
        *entry = (struct store_entry){
            .offset = record->offset,
            .sequence = record->sequence,
            .clear_bytes = record->clear_bytes,
            .secret_bytes = record->secret_bytes,
        };
    }
    settle_record(store, record);
    store->sequence = record->sequence;
    store->next_offset = record->next;
    return 0;
}

/* Behind the end of a log all is blank: a record is begun only where the last one is whole and
 * nothing lies. What lies there says that the end is none, but a record whose header or marker was
 * lost: it still has its payload behind it, within what is looked at. */
static imp_err_t check_behind(const struct store *store, const struct slot *slot,
                              const struct record *end)
{
    uint32_t at = end->offset;

    if (end->state == RECORD_UNCOMMITTED) {
        at = end->next;
    } else if (end->state == RECORD_TORN) {
        at += layout_record_committed(store->flash);
    }
    return scan_blank(store, slot->index, at, 0);
}

/* Read the log of a live slot. IMP_ERR_STORE_DAMAGED also where records are missing that were
 * there when it became live. */
static imp_err_t take_slot(struct store *store, const struct slot *slot)
{
    struct record record;
    uint32_t count = 0;

    memset(store->entries, 0, sizeof store->entries);
    store->live_slot = slot->index;
    store->generation = slot->generation;
    store->sequence = 0;
    store->must_move = false;
    store->next_offset = scan_first(store, slot->index);
    for (;;) {
        imp_err_t err = scan_record(store, slot, store->next_offset, &record);
        if (err == 0 && scan_goes_on(&record)) {
            err = take_record(store, &record);
        }
        if (err) {
            return err;
        }
        if (!scan_goes_on(&record)) {
            break;
        }
        count++;
    }
    if (record.state == RECORD_FOREIGN) {
        return IMP_ERR_STORE_FORMAT;
    }
    if (record.state == RECORD_DAMAGED || count < slot->record_count) {
        return IMP_ERR_STORE_DAMAGED;
    }
    store->must_move = store->must_move || record.state != RECORD_END;
    return check_behind(store, slot, &record);
}

/* A slot that is not live, but holds more records than it had to have to become live, was live. */
static imp_err_t check_draft(const struct store *store, const struct slot *slot)
{
    struct record record = { .next = scan_first(store, slot->index) };
    uint32_t count = 0;

    if (slot->state != SLOT_DRAFT) {
        return 0;
    }
    do {
        const imp_err_t err = scan_record(store, slot, record.next, &record);
        if (err) {
            return err;
        }
        count++;
    } while (scan_goes_on(&record));
    return count - 1 > slot->record_count ? IMP_ERR_STORE_DAMAGED : 0;
}

/* Which of two slots ranks first: a live one before any other, the newer generation before the
 * older one. */
static uint8_t rank_first(const struct slot slots[2])
{
    return slots[1].state == SLOT_LIVE &&
           (slots[0].state != SLOT_LIVE || scan_is_newer(slots[1].generation, slots[0].generation));
}

/* Decide which slot counts, and take it. */
static imp_err_t choose_slot(struct store *store, const struct slot slots[2])
{
    const struct slot *first = &slots[rank_first(slots)];
    const struct slot *second = &slots[1 - first->index];

    if (first->state == SLOT_FOREIGN || second->state == SLOT_FOREIGN) {
        return IMP_ERR_STORE_FORMAT;
    }
    if (first->state == SLOT_MISFIT || second->state == SLOT_MISFIT) {
        return IMP_ERR_STORE_GEOMETRY;
    }
    if (first->state != SLOT_LIVE) {
        store->is_blank = first->state != SLOT_BROKEN && second->state != SLOT_BROKEN;
        if (!store->is_blank) {
            return IMP_ERR_STORE_DAMAGED;
        }
        const imp_err_t damaged = check_draft(store, first);
        return damaged ? damaged : check_draft(store, second);
    }
    if (first->markers[SLOT_MARKER_RETIRED] >= MARKER_SET) {
        return IMP_ERR_STORE_DAMAGED; /* Its successor counted, and is gone. */
    }
    imp_err_t err = take_slot(store, first);
    if (err == IMP_ERR_STORE_DAMAGED && second->state == SLOT_LIVE &&
        second->markers[SLOT_MARKER_RETIRED] < MARKER_SET) {
        /* It never counted: the old slot would be retired. Its marker was torn, seemed blank, and
         * the slot was being erased when power went again. */
        err = take_slot(store, second);
    }
    return err;
}

/* Finish what power cut short after the last move. */
static void settle_slots(struct store *store, const struct slot slots[2])
{
    const struct slot *live = &slots[store->live_slot];
    const struct slot *other = &slots[1 - store->live_slot];
    imp_err_t err = 0;

    if (live->markers[SLOT_MARKER_LIVE] != MARKER_WHOLE) {
        err = write_slot_marker(store, live->index, SLOT_MARKER_LIVE);
    }
    if (err == 0 && live->must_purge && !other->is_clean) {
        err = media_erase_slot(store, other->index);
    } else if (other->state == SLOT_LIVE && scan_is_newer(live->generation, other->generation)) {
        if (other->markers[SLOT_MARKER_RETIRED] < MARKER_SET) {
            (void)write_slot_marker(store, other->index, SLOT_MARKER_RETIRED);
        }
    } else if (other->state != SLOT_BLANK) {
        /* A move that was cut short, or rubble: before anything is written here it must be gone. */
        store->must_move = true;
    }
    store->must_move = store->must_move || err != 0;
}

imp_err_t store_open(struct store *store, const struct hal_flash *flash)
{
    struct slot slots[2];
    imp_err_t err = write_begin(store, flash);

    store->is_blank = false;
    if (err == 0) {
        err = scan_slots(store, slots);
    }
    if (err == 0) {
        err = choose_slot(store, slots);
    }
    if (err == 0 && !store->is_blank) {
        settle_slots(store, slots);
    }
    return err;
}

/* --- Reading -------------------------------------------------------------------------------- */

static const struct store_entry *find(const struct store *store, enum store_type type)
{
    IMP_ASSERT(type > 0 && type < STORE_TYPE_COUNT);
    return store->entries[type].offset != 0 ? &store->entries[type] : NULL;
}

bool store_has(const struct store *store, enum store_type type)
{
    return find(store, type) != NULL;
}

size_t store_size(const struct store *store, enum store_type type)
{
    const struct store_entry *entry = find(store, type);

    return entry != NULL ? entry->clear_bytes : 0;
}

imp_err_t store_read(const struct store *store, enum store_type type, size_t offset, void *out,
                     size_t bytes)
{
    const struct store_entry *entry = find(store, type);

    if (entry == NULL) {
        return IMP_ERR_STORE_ABSENT;
    }
    if (offset > entry->clear_bytes || bytes > entry->clear_bytes - offset) {
        return IMP_ERR_BUG_ARGUMENT;
    }
    return media_read(store, entry->offset + layout_record_payload(store->flash) + (uint32_t)offset,
                      out, bytes);
}

/* Read the secret part as stored, and what it is bound to. `flag` says of which kind it must be. */
static imp_err_t read_sealed(const struct store *store, const struct store_entry *entry,
                             uint8_t flag, uint8_t bound[RECORD_BOUND_BYTES], uint8_t *sealed)
{
    struct record record;
    const imp_err_t err = scan_again(store, entry, &record);

    if (err) {
        return err;
    }
    if (record.flags != flag) {
        return IMP_ERR_BUG_ARGUMENT;
    }
    scan_bound(store->live_slot, store->generation, record.header, bound);
    return media_read(store, record.payload + entry->clear_bytes, sealed, entry->secret_bytes);
}

imp_err_t store_read_secret(const struct store *store, enum store_type type, uint8_t *out,
                            size_t cap, size_t *bytes)
{
    const struct store_entry *entry = find(store, type);
    uint8_t bound[RECORD_BOUND_BYTES];
    uint8_t sealed[RECORD_SECRET_BYTES_MAX];

    *bytes = 0;
    if (entry == NULL || entry->secret_bytes < SEAL_OVERHEAD_BYTES) {
        return IMP_ERR_STORE_ABSENT;
    }
    if (cap < entry->secret_bytes - (size_t)SEAL_OVERHEAD_BYTES) {
        return IMP_ERR_BUG_SPACE;
    }
    imp_err_t err = read_sealed(store, entry, RECORD_FLAG_SEALED, bound, sealed);
    if (err == 0) {
        err = seal_open(bytes_of(bound, sizeof bound), bytes_of(sealed, entry->secret_bytes), out);
    }
    if (err == 0) {
        *bytes = entry->secret_bytes - (size_t)SEAL_OVERHEAD_BYTES;
    }
    return err;
}

imp_err_t store_load_key(const struct store *store, enum store_type type, enum key_slot slot)
{
    const struct store_entry *entry = find(store, type);
    uint8_t bound[RECORD_BOUND_BYTES];
    uint8_t wrapped[KEY_WRAPPED_BYTES];
    uint8_t point[KEY_POINT_BYTES];

    if (entry == NULL) {
        return IMP_ERR_STORE_ABSENT;
    }
    if (entry->secret_bytes != sizeof wrapped || entry->clear_bytes < sizeof point) {
        return IMP_ERR_BUG_ARGUMENT;
    }
    imp_err_t err = read_sealed(store, entry, RECORD_FLAG_KEY, bound, wrapped);
    if (err == 0) {
        err = store_read(store, type, entry->clear_bytes - sizeof point, point, sizeof point);
    }
    return err ? err : key_unwrap(slot, bytes_of(bound, sizeof bound), point, wrapped);
}

/* --- Appending ------------------------------------------------------------------------------ */

static imp_err_t append(struct store *store, struct draft *draft)
{
    size_t clear_bytes = 0;

    IMP_ASSERT(draft->type > 0 && draft->type < STORE_TYPE_COUNT);
    for (size_t i = 0; i < draft->count; i++) {
        if (draft->clear[i].len > STORE_PAYLOAD_BYTES_MAX - clear_bytes) {
            return IMP_ERR_STORE_FULL;
        }
        clear_bytes += draft->clear[i].len;
    }
    draft->clear_bytes = (uint16_t)clear_bytes;
    return write_append(store, draft);
}

imp_err_t store_append(struct store *store, enum store_type type, const struct bytes clear[],
                       size_t count)
{
    struct draft draft = { .type = (uint8_t)type, .clear = clear, .count = count };

    return append(store, &draft);
}

imp_err_t store_append_secret(struct store *store, enum store_type type, const struct bytes clear[],
                              size_t count, struct bytes secret)
{
    IMP_ASSERT(secret.len > 0 && secret.len <= STORE_SECRET_BYTES_MAX);
    struct draft draft = {
        .type = (uint8_t)type,
        .flags = RECORD_FLAG_SEALED,
        .clear = clear,
        .count = count,
        .secret = secret,
        .secret_bytes = (uint16_t)(secret.len + SEAL_OVERHEAD_BYTES),
    };

    return append(store, &draft);
}

imp_err_t store_append_key(struct store *store, enum store_type type, const struct bytes clear[],
                           size_t count, enum key_slot slot)
{
    uint8_t point[KEY_POINT_BYTES];
    struct bytes parts[STORE_PARTS_MAX + 1];
    struct draft draft = {
        .type = (uint8_t)type,
        .flags = RECORD_FLAG_KEY,
        .clear = parts,
        .count = count + 1,
        .slot = slot,
        .secret_bytes = KEY_WRAPPED_BYTES,
    };
    const imp_err_t err = key_public(slot, point);

    IMP_ASSERT(count <= STORE_PARTS_MAX);
    if (err) {
        return err;
    }
    for (size_t i = 0; i < count; i++) {
        parts[i] = clear[i];
    }
    parts[count] = bytes_of(point, sizeof point);
    return append(store, &draft);
}
