/* SPDX-License-Identifier: MIT
 * unit_memory.c -- finds the writable segment of libimprint-unit.so; what the dynamic linker made
 * read-only after relocation (RELRO) is not part of it. */
#define _GNU_SOURCE /* dl_iterate_phdr */
#include "host-sim/world/unit_memory.h"

#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct segment {
    uint64_t *at;
    size_t words;
};

static struct segment segment;
static uint64_t *saved;

static uintptr_t round_up(uintptr_t address)
{
    return (address + 7) & ~(uintptr_t)7;
}

/* The last writable segment, from the end of its RELRO part on. */
static int look_at_object(struct dl_phdr_info *info, size_t size, void *context)
{
    uintptr_t begin = 0;
    uintptr_t end = 0;

    (void)size;
    (void)context;
    if (strstr(info->dlpi_name, "libimprint-unit.so") == NULL) {
        return 0;
    }
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        const uintptr_t at = info->dlpi_addr + header->p_vaddr;

        if (header->p_type == PT_LOAD && (header->p_flags & PF_W)) {
            begin = begin > at ? begin : at;
            end = at + header->p_memsz;
        } else if (header->p_type == PT_GNU_RELRO) {
            /* The kernel protects whole pages only. */
            const uintptr_t relro_end = (at + header->p_memsz) & ~(uintptr_t)4095;
            begin = begin > relro_end ? begin : relro_end;
        }
    }
    segment.at = (uint64_t *)round_up(begin);
    segment.words = (end - round_up(begin)) / sizeof *segment.at;
    return 1;
}

/* Word by word: the memory between variables, which AddressSanitizer watches, is copied too. */
__attribute__((no_sanitize("address"))) static void copy(volatile uint64_t *to,
                                                         const volatile uint64_t *from)
{
    for (size_t i = 0; i < segment.words; i++) {
        to[i] = from[i];
    }
}

void unit_memory_save(void)
{
    if (dl_iterate_phdr(look_at_object, NULL) == 0 || segment.words == 0) {
        fprintf(stderr, "the shared object of the device is not loaded\n");
        exit(2);
    }
    saved = malloc(segment.words * sizeof *saved);
    if (saved == NULL) {
        fprintf(stderr, "out of memory\n");
        exit(2);
    }
    copy(saved, segment.at);
}

void unit_memory_restore(void)
{
    copy(segment.at, saved);
}

size_t unit_memory_bytes(void)
{
    return segment.words * sizeof *segment.at;
}
