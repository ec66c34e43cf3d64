/* SPDX-License-Identifier: MIT
 * virtual_time.h -- the simulator's clock. Nothing in its process sees another one: time(),
 * clock_gettime() and gettimeofday() are replaced for libevent, OpenSSL, SQLite and the authority
 * too. */
#ifndef HOST_SIM_WORLD_VIRTUAL_TIME_H
#define HOST_SIM_WORLD_VIRTUAL_TIME_H

#include <stdint.h>

/* Milliseconds since the simulated world began. */
uint64_t virtual_ms(void);

/* Let time pass until `ms`; never back. */
void virtual_time_set(uint64_t ms);

/* The moment (seconds since 1970) at which the world began: a day after the firmware was built,
 * unless set here. */
int64_t virtual_epoch(void);
void virtual_time_begin(int64_t epoch);

/* Real milliseconds, for progress and speed only. */
uint64_t real_ms(void);

#endif
