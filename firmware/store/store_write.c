/* SPDX-License-Identifier: MIT
 * store_write.c -- writing records, and moving what counts to the other slot. */
#include "firmware/store/store_write.h"

#include "firmware/imp_assert.h"
#include "firmware/little_endian.h"

_Static_assert(RECORD_BOUND_BYTES == 17, "slot, generation, header without its CRC");
_Static_assert(STORE_TYPE_COUNT < 31, "types fit a set of bits");

imp_err_t write_begin(struct store *store, const struct hal_flash *flash)
{
    memset(store, 0, sizeof *store);
    store->flash = flash;
    store->is_blank = true;
    if (!media_fits(flash)) {
        return IMP_ERR_STORE_GEOMETRY;
    }
    store->slot_bytes = flash->region_bytes / 2 / flash->sector_bytes * flash->sector_bytes;
    return 0;
}

imp_err_t write_slot_marker(struct store *store, uint8_t slot, uint32_t which)
{
    return media_set_marker(store, scan_slot_marker(store, slot, which));
}

/* From the marker on the record does not count, and a payload half wiped is not taken for rot. */
imp_err_t write_wipe(struct store *store, const struct record *record)
{
    imp_err_t err = 0;

    if (record->forgotten != MARKER_WHOLE) {
        err = media_set_marker(store, record->offset + layout_record_forgotten(store->flash));
    }
    return err ? err : media_wipe(store, record->payload, record->next - record->payload);
}

/* --- A payload, streamed -------------------------------------------------------------------- */

/* Bytes on their way to flash, programmed a piece at a time. The first error sticks. */
struct stream {
    struct store *store;
    uint32_t offset;
    uint32_t crc;
    uint32_t fill;
    imp_err_t err;
    uint8_t piece[MEDIA_PIECE_BYTES];
};

static void flush(struct stream *stream)
{
    if (stream->err == 0) {
        stream->err = media_program(stream->store, stream->offset, stream->piece, stream->fill);
    }
    stream->offset += stream->fill;
    stream->fill = 0;
}

static void put(struct stream *stream, const uint8_t *at, size_t bytes)
{
    stream->crc = media_crc(stream->crc, at, bytes);
    for (size_t i = 0; i < bytes; i++) {
        stream->piece[stream->fill++] = at[i];
        if (stream->fill == sizeof stream->piece) {
            flush(stream);
        }
    }
}

static void put_crc(struct stream *stream)
{
    uint8_t crc[RECORD_PAYLOAD_CRC_BYTES];

    le32_put(crc, stream->crc);
    put(stream, crc, sizeof crc);
    while (stream->fill % stream->store->flash->program_unit_bytes != 0) {
        stream->piece[stream->fill++] = stream->store->flash->erased_value;
    }
    if (stream->fill > 0) {
        flush(stream);
    }
}

/* --- One record ----------------------------------------------------------------------------- */

static void encode_header(const struct store *store, const struct draft *draft,
                          uint8_t header[RECORD_HEADER_BYTES])
{
    memset(header, 0, RECORD_HEADER_BYTES);
    header[RECORD_AT_TYPE] = draft->type;
    header[RECORD_AT_FLAGS] = draft->flags;
    le16_put(header + RECORD_AT_CLEAR_BYTES, draft->clear_bytes);
    le16_put(header + RECORD_AT_SECRET_BYTES, draft->secret_bytes);
    le32_put(header + RECORD_AT_SEQUENCE, draft->sequence);
    le32_put(header + RECORD_AT_CRC, scan_header_crc(store->live_slot, store->generation, header));
}

/* Seal a record's secret anew for the place where its copy goes. */
static imp_err_t seal_copy(const struct draft *draft, const struct record *source,
                           struct bytes bound, uint8_t *sealed)
{
    const struct store *from = draft->from;
    const uint32_t at = source->payload + source->clear_bytes;
    uint8_t old_bound[RECORD_BOUND_BYTES];
    uint8_t old_sealed[RECORD_SECRET_BYTES_MAX];
    const imp_err_t err = media_read(from, at, old_sealed, draft->secret_bytes);

    if (err) {
        return err;
    }
    scan_bound(from->live_slot, from->generation, source->header, old_bound);
    return seal_move(bytes_of(old_bound, sizeof old_bound),
                     bytes_of(old_sealed, draft->secret_bytes), bound, sealed);
}

static imp_err_t seal_draft(const struct store *store, const struct draft *draft,
                            const struct record *source, const uint8_t header[RECORD_HEADER_BYTES],
                            uint8_t sealed[RECORD_SECRET_BYTES_MAX])
{
    uint8_t bound[RECORD_BOUND_BYTES];

    if (draft->secret_bytes == 0) {
        return 0;
    }
    scan_bound(store->live_slot, store->generation, header, bound);
    const struct bytes bound_to = bytes_of(bound, sizeof bound);

    if (draft->from != NULL) {
        return seal_copy(draft, source, bound_to, sealed);
    }
    return draft->flags == RECORD_FLAG_KEY ? key_wrap(draft->slot, bound_to, sealed)
                                           : seal_close(bound_to, draft->secret, sealed);
}

static void put_copy(struct stream *stream, const struct store *from, const struct record *source)
{
    uint8_t piece[MEDIA_UNIT_BYTES_MAX];

    for (uint32_t at = 0; at < source->clear_bytes && stream->err == 0; at += sizeof piece) {
        const uint32_t rest = source->clear_bytes - at;
        const uint32_t bytes = rest < sizeof piece ? rest : sizeof piece;
        stream->err = media_read(from, source->payload + at, piece, bytes);
        put(stream, piece, bytes);
    }
}

static imp_err_t program_payload(struct store *store, const struct draft *draft,
                                 const struct record *source,
                                 const uint8_t header[RECORD_HEADER_BYTES], const uint8_t *sealed)
{
    struct stream stream = {
        .store = store,
        .offset = store->next_offset + layout_record_payload(store->flash),
        .crc = media_crc(0, header, RECORD_HEADER_BYTES),
    };

    if (draft->from != NULL) {
        put_copy(&stream, draft->from, source);
    }
    for (size_t i = 0; i < draft->count; i++) {
        put(&stream, draft->clear[i].data, draft->clear[i].len);
    }
    put(&stream, sealed, draft->secret_bytes);
    put_crc(&stream);
    return stream.err;
}

/* The header goes first and alone: where it is torn, nothing of the payload was begun. */
static imp_err_t program_record(struct store *store, const struct draft *draft,
                                const struct record *source)
{
    uint8_t header[RECORD_HEADER_BYTES];
    uint8_t sealed[RECORD_SECRET_BYTES_MAX];

    encode_header(store, draft, header);
    imp_err_t err = seal_draft(store, draft, source, header, sealed);
    if (err == 0) {
        err = media_program_padded(store, store->next_offset, header, sizeof header);
    }
    return err ? err : program_payload(store, draft, source, header, sealed);
}

/* A wrapped key is proved to load before anybody relies on it. */
static imp_err_t prove_key(const struct store *store, const struct draft *draft,
                           const struct record *record)
{
    uint8_t bound[RECORD_BOUND_BYTES];
    uint8_t wrapped[KEY_WRAPPED_BYTES];
    const uint32_t at = record->payload + record->clear_bytes;
    const imp_err_t err = media_read(store, at, wrapped, sizeof wrapped);

    if (err) {
        return err;
    }
    scan_bound(store->live_slot, store->generation, record->header, bound);
    return key_unwrap(draft->slot, bytes_of(bound, sizeof bound),
                      draft->clear[draft->count - 1].data, wrapped);
}

/* What was written is judged as the next store_open will judge it. */
static imp_err_t check_record(const struct store *store, uint32_t offset, const struct draft *draft)
{
    const struct slot slot = { .index = store->live_slot, .generation = store->generation };
    struct record record;
    imp_err_t err = scan_record(store, &slot, offset, &record);

    if (err == 0 && record.state != RECORD_UNCOMMITTED) {
        err = IMP_ERR_STORE_READ_BACK;
    }
    if (err == 0) {
        err = scan_payload(store, &record);
        err = err == IMP_ERR_STORE_DAMAGED ? IMP_ERR_STORE_READ_BACK : err;
    }
    if (err == 0 && draft->from == NULL && draft->flags == RECORD_FLAG_KEY) {
        err = prove_key(store, draft, &record);
    }
    return err;
}

/* Find what is to be copied, and make sure that it is still what it was: a new CRC must not
 * whitewash rot. */
static imp_err_t find_source(const struct draft *draft, struct record *source)
{
    imp_err_t err = scan_again(draft->from, &draft->from->entries[draft->type], source);

    return err ? err : scan_payload(draft->from, source);
}

static uint32_t draft_bytes(const struct store *store, const struct draft *draft)
{
    return layout_record_bytes(store->flash, draft->clear_bytes, draft->secret_bytes);
}

/* Nothing lies where the next `bytes` bytes go, nor where the next store_open will look for the end
 * of the log: behind them, or behind the beginning of a header there. On flash that was never
 * erased something may, and it would stop that store_open, whether power is lost on the way or
 * not. */
static imp_err_t check_room(const struct store *store, uint32_t bytes)
{
    const imp_err_t err = scan_blank(store, store->live_slot, store->next_offset,
                                     bytes + layout_record_committed(store->flash));

    return err == IMP_ERR_STORE_DAMAGED ? IMP_ERR_STORE_READ_BACK : err;
}

/* Write `draft` at the end of the slot that `store` takes for live, which has room for it.
 * Marker last: the record counts from that line on. */
static imp_err_t write_record(struct store *store, const struct draft *draft)
{
    const uint32_t offset = store->next_offset;
    struct record source;
    imp_err_t err = draft->from != NULL ? find_source(draft, &source) : 0;

    if (err == 0) {
        err = check_room(store, draft_bytes(store, draft));
    }
    if (err == 0) {
        err = program_record(store, draft, &source);
    }
    if (err == 0) {
        err = check_record(store, offset, draft);
    }
    if (err == 0) {
        err = media_set_marker(store, offset + layout_record_committed(store->flash));
    }
    if (err) {
        return err;
    }
    store->entries[draft->type] = (struct store_entry){
        .offset = offset,
        .sequence = draft->sequence,
        .clear_bytes = draft->clear_bytes,
        .secret_bytes = draft->secret_bytes,
    };
    store->next_offset = offset + draft_bytes(store, draft);
    store->sequence = draft->sequence;
    return 0;
}

/* --- Moving --------------------------------------------------------------------------------- */

/* What is copied in a move: everything that counts, but what is left behind and what the new
 * record replaces. */
static bool is_kept(const struct store *store, size_t type, const struct draft *draft, int leave)
{
    return store->entries[type].offset != 0 && (leave >> type & 1) == 0 &&
           (draft == NULL || draft->type != type);
}

/* Bytes that the slot takes up after the move; *count gets its records. */
static uint32_t moved_bytes(const struct store *store, const struct draft *draft, int leave,
                            uint8_t *count)
{
    uint32_t bytes = layout_slot_records(store->flash);

    *count = 0;
    for (size_t type = 1; type < STORE_TYPE_COUNT; type++) {
        if (is_kept(store, type, draft, leave)) {
            const struct store_entry *entry = &store->entries[type];
            bytes += layout_record_bytes(store->flash, entry->clear_bytes, entry->secret_bytes);
            ++*count;
        }
    }
    if (draft != NULL) {
        bytes += draft_bytes(store, draft);
        ++*count;
    }
    return bytes;
}

/* Choose the slot to move to. *is_fresh: it needs no erase. */
static imp_err_t choose_target(struct store *next, bool *is_fresh)
{
    struct slot slots[2];
    const imp_err_t err = scan_slots(next, slots);

    if (err) {
        return err;
    }
    /* Without a live slot: the first one, unless it is spoiled and the second is untouched. */
    const uint8_t target = next->is_blank
                               ? slots[0].state != SLOT_BLANK && scan_is_untouched(slots, 1)
                               : 1 - next->live_slot;
    *is_fresh = scan_is_untouched(slots, target);
    /* Newer than what counts, and not what lay in the target before. */
    next->generation = 1 + slots[1 - target].generation;
    if (next->generation == slots[target].generation) {
        next->generation++;
    }
    if (next->generation < 2 && !scan_is_untouched(slots, 1 - target)) {
        next->generation = 2; /* Generation 1 says that the other slot is new. */
    }
    next->live_slot = target;
    return 0;
}

static imp_err_t program_slot_header(struct store *next, uint8_t count, bool purge)
{
    const struct hal_flash *flash = next->flash;
    uint8_t header[SLOT_HEADER_BYTES] = { 0 };

    le32_put(header + SLOT_AT_MAGIC, SLOT_MAGIC);
    header[SLOT_AT_FORMAT] = SLOT_FORMAT;
    header[SLOT_AT_INDEX] = next->live_slot;
    header[SLOT_AT_UNIT] = (uint8_t)flash->program_unit_bytes;
    header[SLOT_AT_RULES] = flash->program_again ? SLOT_RULE_PROGRAM_AGAIN : 0;
    le32_put(header + SLOT_AT_BYTES, next->slot_bytes);
    le32_put(header + SLOT_AT_GENERATION, next->generation);
    header[SLOT_AT_COUNT] = count;
    header[SLOT_AT_FLAGS] = purge ? SLOT_FLAG_PURGE : 0;
    le32_put(header + SLOT_AT_CRC, media_crc(0, header, SLOT_AT_CRC));
    return media_program_padded(next, media_slot_at(next, next->live_slot), header, sizeof header);
}

/* The type whose record is the oldest of those kept and newer than `after`; 0 when there is
 * none. */
static uint8_t oldest_kept(const struct store *from, const struct draft *draft, int leave,
                           uint32_t after)
{
    uint8_t oldest = 0;

    for (uint8_t type = 1; type < STORE_TYPE_COUNT; type++) {
        if (is_kept(from, type, draft, leave) && from->entries[type].sequence > after &&
            (oldest == 0 || from->entries[type].sequence < from->entries[oldest].sequence)) {
            oldest = type;
        }
    }
    return oldest;
}

/* Copies keep their order and their sequence numbers. */
static imp_err_t copy_records(struct store *next, const struct store *from,
                              const struct draft *draft, int leave)
{
    uint32_t after = 0;
    uint8_t type;

    while ((type = oldest_kept(from, draft, leave, after)) != 0) {
        struct record source;
        imp_err_t err = scan_again(from, &from->entries[type], &source);
        if (err) {
            return err;
        }
        const struct draft copy = {
            .type = type,
            .flags = source.flags,
            .clear_bytes = source.clear_bytes,
            .secret_bytes = source.secret_bytes,
            .sequence = source.sequence,
            .from = from,
        };
        err = write_record(next, &copy);
        if (err) {
            return err;
        }
        after = copy.sequence;
    }
    return 0;
}

/* Fill the slot chosen in `next` and make it live: what counts changes with the last line. */
static imp_err_t fill_target(struct store *next, const struct store *from, struct draft *draft,
                             int leave, bool purge)
{
    uint8_t count;

    memset(next->entries, 0, sizeof next->entries);
    next->next_offset = scan_first(next, next->live_slot);
    (void)moved_bytes(from, draft, leave, &count);
    imp_err_t err = program_slot_header(next, count, purge);
    if (err == 0) {
        err = copy_records(next, from, draft, leave);
    }
    if (err == 0 && draft != NULL) {
        err = write_record(next, draft);
    }
    if (err == 0) {
        err = check_room(next, 0); /* Where nothing was written nothing was looked at. */
    }
    if (err == 0) {
        err = write_slot_marker(next, next->live_slot, SLOT_MARKER_LIVE);
    }
    return err;
}

static bool is_media_error(imp_err_t err)
{
    return err == IMP_ERR_STORE_FLASH || err == IMP_ERR_STORE_READ_BACK;
}

/* A slot that was taken for fresh and turns out not to be gets its erase after all. */
static imp_err_t fill_with_retry(struct store *next, const struct store *from, struct draft *draft,
                                 int leave, bool purge)
{
    bool is_fresh;
    imp_err_t err = choose_target(next, &is_fresh);

    if (err) {
        return err;
    }
    if (is_fresh && !from->is_blank && from->generation == 1) {
        is_fresh = write_slot_marker(next, from->live_slot, SLOT_MARKER_USED) == 0;
    }
    if (is_fresh) {
        err = fill_target(next, from, draft, leave, purge);
        if (!is_media_error(err)) {
            return err;
        }
    }
    err = media_erase_slot(next, next->live_slot);
    return err ? err : fill_target(next, from, draft, leave, purge);
}

imp_err_t write_move(struct store *store, struct draft *draft, int leave, bool purge)
{
    struct store next = *store;
    uint8_t count;

    if (moved_bytes(store, draft, leave, &count) > store->slot_bytes) {
        return IMP_ERR_STORE_FULL;
    }
    imp_err_t err = fill_with_retry(&next, store, draft, leave, purge);
    if (err == 0 && !store->is_blank) {
        /* Evidence, should the new slot rot: without it the old one would seem to count.
         * store_open tries again. */
        (void)write_slot_marker(&next, store->live_slot, SLOT_MARKER_RETIRED);
    }
    if (err == 0 && purge) {
        err = media_erase_slot(&next, 1 - next.live_slot);
    }
    next.is_blank = false;
    next.must_move = false;
    if (err == 0) {
        *store = next;
    }
    store->erase_count = next.erase_count;
    store->program_count = next.program_count;
    return err;
}

imp_err_t write_append(struct store *store, struct draft *draft)
{
    const uint32_t slot_end = media_slot_at(store, store->live_slot) + store->slot_bytes;

    if (store->sequence == UINT32_MAX) {
        return IMP_ERR_STORE_FULL; /* No flash lives to see that, but an image may say so. */
    }
    draft->sequence = store->sequence + 1;
    if (!store->is_blank && !store->must_move &&
        draft_bytes(store, draft) <= slot_end - store->next_offset) {
        const imp_err_t err = write_record(store, draft);
        if (!is_media_error(err)) {
            return err;
        }
        store->must_move = true; /* That place is spoiled; the other slot may do. */
    }
    return write_move(store, draft, 0, false);
}
