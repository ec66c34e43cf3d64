/* SPDX-License-Identifier: MIT
 * board_double.h -- a board for tests of the application: a console that a test types on and
 * reads, no network. The flash is device.h's. */
#ifndef TESTS_SUPPORT_BOARD_DOUBLE_H
#define TESTS_SUPPORT_BOARD_DOUBLE_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    BOARD_OUTPUT_BYTES = 64 * 1024
};

struct board_double {
    char output[BOARD_OUTPUT_BYTES]; /* What was printed since board_double_reset; terminated. */
    size_t output_chars;
    size_t input_left; /* Typed, and not read yet. */
    bool has_address;
    jmp_buf *on_reset; /* hal_reset goes there. */
};
extern struct board_double board_double;

/* Forget input and output. */
void board_double_reset(void);

/* Forget the output only. */
void board_double_clear(void);

/* Type these characters; they wait until the firmware reads them. */
void board_double_type(const char *text);

#endif
