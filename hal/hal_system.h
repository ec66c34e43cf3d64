/* SPDX-License-Identifier: MIT
 * hal_system.h -- watchdog and reset. */
#ifndef HAL_HAL_SYSTEM_H
#define HAL_HAL_SYSTEM_H

/* Tell the watchdog that the program lives; a board without one does nothing. The limit a board
 * sets must be longer than its longest flash erase and than 5 s. Does not block. Not for ISRs. */
void hal_watchdog_feed(void);

/* Reset the chip. Does not return. Flash and its contents stay. */
_Noreturn void hal_reset(void);

#endif
