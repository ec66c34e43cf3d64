/* SPDX-License-Identifier: MIT
 * flash_log.c -- both slots, record by record, by the store's own scan (store_scan.h). */
#include "firmware/store/store_scan.h"
#include "host-sim/inspect/flash_text.h"
#include "host-sim/inspect/inspect_flash.h"

enum {
    RECORDS_SHOWN_MAX = 4096 /* More than the largest slot holds. */
};

static const char *slot_state_text(enum slot_state state)
{
    static const char *const texts[] = {
        [SLOT_BLANK] = "blank",
        [SLOT_DRAFT] = "begun, not live",
        [SLOT_LIVE] = "live",
        [SLOT_RUBBLE] = "rubble of an erase or a header that was cut short",
        [SLOT_BROKEN] = "live, but its header can't be read",
        [SLOT_FOREIGN] = "of another format version",
        [SLOT_MISFIT] = "of another geometry",
    };

    return texts[state];
}

static const char *record_state_text(enum record_state state)
{
    static const char *const texts[] = {
        [RECORD_END] = "end",
        [RECORD_TORN] = "torn: begun, never committed",
        [RECORD_UNCOMMITTED] = "never committed",
        [RECORD_COMMITTED] = "committed",
        [RECORD_FORGOTTEN] = "forgotten",
        [RECORD_FOREIGN] = "of a newer format",
        [RECORD_DAMAGED] = "damaged",
    };

    return texts[state];
}

static const char *marker_text(enum marker marker)
{
    static const char *const texts[] = {
        [MARKER_BLANK] = "blank",
        [MARKER_FAINT] = "a few bits: does not count",
        [MARKER_SET] = "not whole, counts",
        [MARKER_WHOLE] = "whole",
    };

    return texts[marker];
}

/* The store took this record for the one of its type. */
static bool counts(const struct store *opened, const struct record *record)
{
    return record->type < STORE_TYPE_COUNT &&
           opened->entries[record->type].offset == record->offset;
}

static void say_record(struct say *say, const struct store *store, const struct store *opened,
                       const struct record *record, size_t number)
{
    const bool is_readable = record->state != RECORD_TORN && record->state != RECORD_DAMAGED;

    say_item(say, "record", number);
    say_number(say, "offset", record->offset);
    say_text(say, "state", record_state_text(record->state));
    if (is_readable) {
        char type[FLASH_TYPE_CHARS];
        say_text(say, "type", flash_type_text(record->type, type));
        say_number(say, "sequence", record->sequence);
        say_number(say, "bytes", record->clear_bytes);
        if (record->secret_bytes > 0) {
            say_number(say, "sealed_bytes", record->secret_bytes);
        }
    }
    if (record->state == RECORD_COMMITTED) {
        if (scan_payload(store, record) != 0) {
            say_text(say, "payload", "does not pass its CRC");
        }
        if (opened != NULL) {
            say_bool(say, "counts", counts(opened, record));
        }
    }
    if (record->committed != MARKER_WHOLE) {
        say_text(say, "committed", marker_text(record->committed));
    }
    if (record->state == RECORD_FORGOTTEN && record->forgotten != MARKER_WHOLE) {
        say_text(say, "forgotten", marker_text(record->forgotten));
    }
    say_object_end(say);
}

static void say_records(struct say *say, const struct store *store, const struct store *opened,
                        const struct slot *slot)
{
    struct record record = { .next = scan_first(store, slot->index) };
    const uint32_t end = (slot->index + 1u) * store->slot_bytes;
    size_t number = 0;
    bool goes_on = true;

    say_list(say, "records");
    for (; goes_on && number < RECORDS_SHOWN_MAX; number++) {
        if (scan_record(store, slot, record.next, &record) || record.state == RECORD_END) {
            break;
        }
        say_record(say, store, opened, &record, number);
        goes_on = scan_goes_on(&record);
    }
    say_list_end(say);
    say_number(say, "log_ends_at", record.offset);
    say_number(say, "free_bytes", end > record.offset ? end - record.offset : 0);
}

static void say_slot(struct say *say, const struct store *store, const struct store *opened,
                     const struct slot *slot)
{
    static const char *const names[] = { "clean", "live", "retired", "used" };

    say_item(say, "slot", slot->index);
    say_number(say, "offset", slot->index * store->slot_bytes);
    say_text(say, "state", slot_state_text(slot->state));
    for (size_t i = 0; i < SLOT_MARKER_COUNT; i++) {
        if (slot->markers[i] != MARKER_BLANK) {
            say_text(say, names[i], marker_text(slot->markers[i]));
        }
    }
    if (slot->state == SLOT_LIVE || slot->state == SLOT_DRAFT) {
        say_number(say, "generation", slot->generation);
        say_number(say, "records_when_live", slot->record_count);
        if (slot->must_purge) {
            say_text(say, "asks_for", "the erase of the other slot");
        }
        say_records(say, store, opened, slot);
    }
    say_object_end(say);
}

void flash_say_log(struct say *say, const struct hal_flash *flash, const struct store *opened)
{
    const struct store store = { .flash = flash, .slot_bytes = flash->region_bytes / 2 };
    struct slot slots[2];

    if (!media_fits(flash) || scan_slots(&store, slots)) {
        return; /* store_open says so. */
    }
    say_list(say, "slots");
    say_slot(say, &store, opened, &slots[0]);
    say_slot(say, &store, opened, &slots[1]);
    say_list_end(say);
}
