/* SPDX-License-Identifier: MIT
 * console_stdio.h -- the host board's console: standard input and output, terminal or pipe. */
#ifndef HOST_SIM_DEVICE_CONSOLE_STDIO_H
#define HOST_SIM_DEVICE_CONSOLE_STDIO_H

#include <stdbool.h>

/* Where standard input is a terminal, take its line editing and echo away (the firmware does both)
 * until the process ends; Ctrl-C still ends it. Called once. Never fails: a terminal that refuses
 * stays as it is. */
void console_stdio_start(void);

/* Give the terminal back as it was. Happens by itself at the end of the process; not when it
 * becomes another by exec. */
void console_stdio_stop(void);

/* The descriptor whose readability says that input waits, or -1 once its end was seen or before
 * console_stdio_start: nobody is at the console. */
int console_stdio_fd(void);

/* True while no received byte waits to be read by hal_console_read. */
bool console_stdio_is_empty(void);

#endif
