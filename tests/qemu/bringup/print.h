/* SPDX-License-Identifier: MIT
 * print.h -- the few ways in which the bring-up image says something. All block on the console. */
#ifndef TESTS_QEMU_BRINGUP_PRINT_H
#define TESTS_QEMU_BRINGUP_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `ok - name` or `not ok - name`, on a line of its own. */
void report(const char *name, bool passed);

/* `head` and then the text, the number in decimal, or the bytes in hex; and the line's end. */
void print_text(const char *head, const char *text);
void print_number(const char *head, uint32_t number);
void print_bytes(const char *head, const uint8_t *at, size_t bytes);

#endif
