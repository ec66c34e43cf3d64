/* SPDX-License-Identifier: MIT
 * arena.c -- one fixed array with boundary tags; see arena.h. */
#include "port/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "firmware/imp_assert.h"
#include "port/port.h"
#include "port/port_config.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define SHUT(at, bytes) ASAN_POISON_MEMORY_REGION((at), (bytes))
#define OPEN(at, bytes) ASAN_UNPOISON_MEMORY_REGION((at), (bytes))
#else
#define SHUT(at, bytes) ((void)(at), (void)(bytes))
#define OPEN(at, bytes) ((void)(at), (void)(bytes))
#endif

/* In front of each block, in use or free. Lengths include the tag; all are multiples of UNIT_BYTES,
 * so that the lowest bit of `length` is free to say "in use". The array ends with a tag of an empty
 * block that is in use. */
struct tag {
    uint32_t before; /* Length of the block in front; 0 in the first. */
    uint32_t length;
};

enum {
    UNIT_BYTES = 8,
    IN_USE = 1,
    TAG_BYTES = sizeof(struct tag),
    ROOM_BYTES = PORT_ARENA_BYTES - TAG_BYTES /* What the blocks share: all but the closing tag. */
};

_Static_assert(TAG_BYTES == UNIT_BYTES, "tags keep blocks aligned");
_Static_assert(PORT_ARENA_BYTES % UNIT_BYTES == 0, "the arena is a number of units");

/* Named for the size report. */
uint64_t port_arena[PORT_ARENA_BYTES / sizeof(uint64_t)];

static struct port_arena_use use;

static struct tag *tag_at(size_t offset)
{
    return (struct tag *)(void *)((uint8_t *)port_arena + offset);
}

static size_t length_of(const struct tag *tag)
{
    return tag->length & ~(uint32_t)IN_USE;
}

static bool is_used(const struct tag *tag)
{
    return (tag->length & IN_USE) != 0;
}

static struct tag *next_of(struct tag *tag)
{
    return (struct tag *)(void *)((uint8_t *)tag + length_of(tag));
}

/* Make one block of `length` bytes at `tag`, and let the block behind know. */
static void put(struct tag *tag, size_t length, uint32_t used)
{
    tag->length = (uint32_t)length | used;
    next_of(tag)->before = (uint32_t)length;
}

static void start(void)
{
    use.arena_bytes = PORT_ARENA_BYTES;
    tag_at(0)->before = 0;
    tag_at(ROOM_BYTES)->length = IN_USE;
    put(tag_at(0), ROOM_BYTES, 0);
    SHUT(tag_at(TAG_BYTES), ROOM_BYTES - TAG_BYTES);
}

static struct tag *first(void)
{
    if (use.arena_bytes == 0) {
        start();
    }
    return tag_at(0);
}

/* The smallest free block of at least `length` bytes, the first of several; NULL when there is
 * none. */
static struct tag *find(size_t length)
{
    struct tag *best = NULL;

    for (struct tag *tag = first(); tag->length != IN_USE; tag = next_of(tag)) {
        if (!is_used(tag) && length_of(tag) >= length &&
            (best == NULL || length_of(tag) < length_of(best))) {
            best = tag;
        }
    }
    return best;
}

/* Take `length` bytes from the front of a free block. A rest too small for a tag and a unit stays
 * with it. */
static void take(struct tag *tag, size_t length)
{
    const size_t had = length_of(tag);

    if (had - length < 2 * UNIT_BYTES) {
        length = had;
    } else {
        struct tag *rest = (struct tag *)(void *)((uint8_t *)tag + length);

        OPEN(rest, TAG_BYTES);
        put(tag, length, IN_USE);
        put(rest, had - length, 0);
    }
    put(tag, length, IN_USE);
    use.used_bytes += (uint32_t)length;
    use.block_count++;
    if (use.used_bytes > use.high_water_bytes) {
        use.high_water_bytes = use.used_bytes;
    }
}

void *port_arena_alloc(size_t bytes)
{
    struct tag *tag = NULL;

    if (bytes <= ROOM_BYTES - TAG_BYTES) {
        const size_t units = bytes == 0 ? 1 : (bytes + UNIT_BYTES - 1) / UNIT_BYTES;

        tag = find(TAG_BYTES + units * UNIT_BYTES);
    }
    if (tag == NULL) {
        use.failure_count++;
        return NULL;
    }
    take(tag, TAG_BYTES + (bytes == 0 ? 1 : (bytes + UNIT_BYTES - 1) / UNIT_BYTES) * UNIT_BYTES);
    OPEN(tag + 1, bytes);
    return tag + 1;
}

void *port_arena_calloc(size_t count, size_t bytes)
{
    void *block = NULL;

    if (bytes == 0 || count <= SIZE_MAX / bytes) {
        block = port_arena_alloc(count * bytes);
    }
    if (block != NULL) {
        memset(block, 0, count * bytes);
    }
    return block;
}

/* The tag of a block that somebody gives back: our own, in use, and neither it nor its neighbour
 * overwritten. */
static struct tag *tag_of(void *block)
{
    struct tag *tag = (struct tag *)block - 1;

    IMP_ASSERT((uint8_t *)tag >= (uint8_t *)port_arena &&
               (uint8_t *)tag < (uint8_t *)tag_at(ROOM_BYTES));
    IMP_ASSERT(is_used(tag) && next_of(tag)->before == length_of(tag));
    return tag;
}

/* Word by word: the C library's memset may go byte by byte, and every byte of a handshake passes
 * here. */
static void wipe(struct tag *tag, size_t length)
{
    uint64_t *word = (uint64_t *)(void *)tag;

    OPEN(tag, length);
    for (size_t i = TAG_BYTES / sizeof *word; i < length / sizeof *word; i++) {
        word[i] = 0;
    }
}

void port_arena_free(void *block)
{
    if (block == NULL) {
        return;
    }
    struct tag *tag = tag_of(block);
    struct tag *next = next_of(tag);
    size_t length = length_of(tag);

    wipe(tag, length);
    use.used_bytes -= (uint32_t)length;
    use.block_count--;
    if (!is_used(next)) {
        length += length_of(next);
    }
    if (tag->before != 0) {
        struct tag *previous = (struct tag *)(void *)((uint8_t *)tag - tag->before);

        IMP_ASSERT(length_of(previous) == tag->before);
        if (!is_used(previous)) {
            length += length_of(previous);
            tag = previous;
        }
    }
    put(tag, length, 0);
    SHUT(tag + 1, length - TAG_BYTES);
}

void *port_arena_realloc(void *block, size_t bytes)
{
    if (block == NULL) {
        return port_arena_alloc(bytes);
    }
    const size_t had = length_of(tag_of(block)) - TAG_BYTES;
    void *moved = port_arena_alloc(bytes);

    if (moved != NULL) {
        OPEN(block, had);
        memcpy(moved, block, had < bytes ? had : bytes);
        port_arena_free(block);
    }
    return moved;
}

struct port_arena_use port_arena_use(void)
{
    use.largest_free_bytes = 0;
    for (struct tag *tag = first(); tag->length != IN_USE; tag = next_of(tag)) {
        const uint32_t room = (uint32_t)(length_of(tag) - TAG_BYTES);

        if (!is_used(tag) && room > use.largest_free_bytes) {
            use.largest_free_bytes = room;
        }
    }
    return use;
}
