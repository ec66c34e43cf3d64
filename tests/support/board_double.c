/* SPDX-License-Identifier: MIT
 * board_double.c -- a board for tests of the application. */
#include "tests/support/board_double.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boards/board.h"
#include "hal/hal_console.h"
#include "hal/hal_system.h"
#include "port/port.h"

struct board_double board_double;
static char input[8192];

void board_double_reset(void)
{
    memset(&board_double, 0, sizeof board_double);
}

void board_double_clear(void)
{
    board_double.output_chars = 0;
    board_double.output[0] = '\0';
}

void board_double_type(const char *text)
{
    const size_t len = strlen(text);

    if (len > sizeof input - board_double.input_left) {
        abort();
    }
    memcpy(input + board_double.input_left, text, len);
    board_double.input_left += len;
}

int hal_console_read(void)
{
    if (board_double.input_left == 0) {
        return -1;
    }
    const int c = (unsigned char)input[0];
    memmove(input, input + 1, --board_double.input_left);
    return c;
}

void hal_console_write(const char *text, size_t bytes)
{
    if (bytes >= sizeof board_double.output - board_double.output_chars) {
        abort();
    }
    memcpy(board_double.output + board_double.output_chars, text, bytes);
    board_double.output_chars += bytes;
    board_double.output[board_double.output_chars] = '\0';
}

_Noreturn void hal_reset(void)
{
    if (board_double.on_reset != NULL) {
        longjmp(*board_double.on_reset, 1);
    }
    fprintf(stderr, "board_double.c: an unexpected reset\n");
    abort();
}

const char *board_name(void)
{
    return "double";
}

const void *board_image(size_t *bytes)
{
    static const char image[] = "the program";

    *bytes = sizeof image - 1;
    return image;
}

size_t board_stack_high_water(void)
{
    return 4321;
}

bool port_net_address(uint8_t address[4])
{
    static const uint8_t ours[] = { 10, 0, 2, 15 };

    memcpy(address, ours, sizeof ours);
    return board_double.has_address;
}
