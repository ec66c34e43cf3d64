/* SPDX-License-Identifier: MIT
 * entropy_host.h -- the host board's noise source: the kernel's, or a seeded one for runs that
 * repeat. */
#ifndef HOST_SIM_DEVICE_ENTROPY_HOST_H
#define HOST_SIM_DEVICE_ENTROPY_HOST_H

#include <stdint.h>

/* From now on hal_entropy_read gives the sequence that belongs to `seed`: the same seed, the same
 * keys. For tests and bug reports; whoever knows the seed knows the keys. */
void entropy_host_seed(uint64_t seed);

#endif
