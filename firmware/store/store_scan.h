/* SPDX-License-Identifier: MIT
 * store_scan.h -- reading slots and records: what recovery, moving, forgetting and inspection
 * all see. Private to the store. Nothing here programs. All functions return 0 or
 * IMP_ERR_STORE_FLASH unless they say more. */
#ifndef FIRMWARE_STORE_STORE_SCAN_H
#define FIRMWARE_STORE_STORE_SCAN_H

#include "firmware/store/store_layout.h"
#include "firmware/store/store_media.h"

enum slot_state {
    SLOT_BLANK,   /* No header: never used, or erased. */
    SLOT_DRAFT,   /* A header, not live: a move or the first append was cut short. */
    SLOT_LIVE,    /* A header and the marker LIVE: the highest generation of these counts. */
    SLOT_RUBBLE,  /* No readable header, no LIVE: an erase or a header was cut short. */
    SLOT_BROKEN,  /* No readable header, but LIVE: a torn erase, or a slot that has rotted. */
    SLOT_FOREIGN, /* A header of another format version. */
    SLOT_MISFIT   /* A header of another geometry. */
};

struct slot {
    uint8_t index;
    enum slot_state state;
    bool is_clean; /* Blank, and the marker CLEAN is whole: it needs no erase. */
    enum marker markers[SLOT_MARKER_COUNT];
    uint8_t record_count;
    bool must_purge;     /* The other slot must be erased. */
    uint32_t generation; /* 0 where the header is not readable. */
};

/* A piece of flash where a record may be, and what is there. */
enum record_state {
    RECORD_END,         /* Blank, or no room for a record. */
    RECORD_TORN,        /* Begun, never committed, and not readable: nothing follows. */
    RECORD_UNCOMMITTED, /* Readable, never committed: nothing follows. */
    RECORD_COMMITTED,
    RECORD_FORGOTTEN,
    RECORD_FOREIGN, /* A type of a newer format. */
    RECORD_DAMAGED
};

struct record {
    uint32_t offset;
    enum record_state state;
    enum marker committed;
    enum marker forgotten;
    uint8_t type;
    uint8_t flags;
    uint16_t clear_bytes;
    uint16_t secret_bytes;
    uint32_t sequence;
    uint32_t payload; /* Its offset. */
    uint32_t next;    /* Offset of what follows the record. */
    uint8_t header[RECORD_HEADER_BYTES];
};

/* What the header and markers of a slot say. */
imp_err_t scan_slot(const struct store *store, uint8_t index, struct slot *slot);

/* Both slots. */
imp_err_t scan_slots(const struct store *store, struct slot slots[2]);

/* True when generation `a` is newer than `b`: they are counted modulo 2^32. */
bool scan_is_newer(uint32_t a, uint32_t b);

/* Where a marker of a slot (SLOT_MARKER_...) is. */
uint32_t scan_slot_marker(const struct store *store, uint8_t index, uint32_t which);

/* True when nothing was written to slot `index` since it was erased to the end. A torn erase can
 * look just the same, so there must be evidence: its marker CLEAN; or that it was never used.
 * The latter is so when neither slot was used nor erased; when the first record ever, which goes
 * to slot 0, got no further than the header there; and as long as the other slot is of
 * generation 1 and not marked USED. */
bool scan_is_untouched(const struct slot slots[2], uint8_t index);

/* Where the first record of a slot is. */
uint32_t scan_first(const struct store *store, uint8_t index);

/* What is at `offset` in `slot`. The payload is not looked at. */
imp_err_t scan_record(const struct store *store, const struct slot *slot, uint32_t offset,
                      struct record *record);

/* The header of the record that counts for an entry of the live slot. That it counts was decided
 * when the store was opened and holds until the next time: unstable markers are not asked again.
 * Also IMP_ERR_STORE_DAMAGED: it does not read as it did. */
imp_err_t scan_again(const struct store *store, const struct store_entry *entry,
                     struct record *record);

/* True when another record may follow this one. */
bool scan_goes_on(const struct record *record);

/* Compare the payload with its CRC. Also IMP_ERR_STORE_DAMAGED. */
imp_err_t scan_payload(const struct store *store, const struct record *record);

/* Look at `bytes` bytes of slot `index` from `offset` on, and at as many behind them as recovery
 * looks at behind the end of a log; nothing beyond the slot. Also IMP_ERR_STORE_DAMAGED: something
 * lies there, more than a few rotten bits. */
imp_err_t scan_blank(const struct store *store, uint8_t index, uint32_t offset, uint32_t bytes);

/* CRC of a record header in a slot's life (store_layout.h). */
uint32_t scan_header_crc(uint8_t slot, uint32_t generation,
                         const uint8_t header[RECORD_HEADER_BYTES]);

/* What a record's secret is bound to. */
void scan_bound(uint8_t slot, uint32_t generation, const uint8_t header[RECORD_HEADER_BYTES],
                uint8_t bound[RECORD_BOUND_BYTES]);

#endif
