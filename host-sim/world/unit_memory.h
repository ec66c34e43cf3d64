/* SPDX-License-Identifier: MIT
 * unit_memory.h -- the device's RAM: the writable memory of the shared object it lives in. */
#ifndef HOST_SIM_WORLD_UNIT_MEMORY_H
#define HOST_SIM_WORLD_UNIT_MEMORY_H

#include <stddef.h>

/* Remember the content that the device's memory has now. Called once, before the first power_on.
 * Ends the process with a message when the shared object can't be found. */
void unit_memory_save(void);

/* Give it that content again: everything the device knew is gone. */
void unit_memory_restore(void);

/* Bytes that are saved and restored. */
size_t unit_memory_bytes(void);

#endif
