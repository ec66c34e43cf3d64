/* SPDX-License-Identifier: MIT
 * print.c -- text, numbers and bytes to the console, without a printf. */
#include "tests/qemu/bringup/print.h"

#include <string.h>

#include "hal/hal_console.h"

static void write_text(const char *text)
{
    hal_console_write(text, strlen(text));
}

void report(const char *name, bool passed)
{
    print_text(passed ? "ok - " : "not ok - ", name);
}

void print_text(const char *head, const char *text)
{
    write_text(head);
    write_text(text);
    write_text("\n");
}

void print_number(const char *head, uint32_t number)
{
    char text[11];
    size_t first = sizeof text - 1;

    text[first] = '\0';
    do {
        text[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    print_text(head, text + first);
}

void print_bytes(const char *head, const uint8_t *at, size_t bytes)
{
    static const char digits[] = "0123456789abcdef";

    write_text(head);
    for (size_t i = 0; i < bytes; i++) {
        const char pair[2] = { digits[at[i] >> 4], digits[at[i] & 0xF] };

        hal_console_write(pair, sizeof pair);
    }
    write_text("\n");
}
