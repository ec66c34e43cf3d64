/* SPDX-License-Identifier: MIT
 * arena.h -- the one allocator of the device build: wolfSSL and lwIP draw from it, our own code
 * only for its streams.
 *
 * One static array, best fit, neighbours joined when freed, 8-byte alignment. Freed memory is zero:
 * no secret outlives its owner. A block's header repeats its neighbour's length, so that a write
 * past a block's end is found when a block beside it is freed (IMP_ASSERT). */
#ifndef PORT_ARENA_H
#define PORT_ARENA_H

#include <stddef.h>

/* A block of `bytes` bytes, not initialized, or NULL when there is none (counted in
 * port_arena_use). */
void *port_arena_alloc(size_t bytes);

/* The same, for an array, all zero; NULL too when the product overflows. */
void *port_arena_calloc(size_t count, size_t bytes);

/* Move `block` (or NULL) into a block of `bytes` bytes; the content is kept up to the smaller
 * length. NULL: there is no such block, and the old one is still there. */
void *port_arena_realloc(void *block, size_t bytes);

/* Wipe a block and give it back. `block` may be NULL. */
void port_arena_free(void *block);

#endif
