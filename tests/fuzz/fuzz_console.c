/* SPDX-License-Identifier: MIT
 * fuzz_console.c -- whatever is typed at a device without a network, enrolling or not. Input: what is typed; a NUL lets
 * the device take a step. */
#include <setjmp.h>

#include "firmware/app/console.h"
#include "host-sim/device/flash_model.h"
#include "tests/fuzz/doubles.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/board_double.h"
#include "tests/support/seal_double.h"

static struct flash_model model;
static struct imprint_memory memory;
static struct console console;

static void type_all(struct bytes typed, struct imprint *imprint)
{
    uint64_t now_ms = 0;

    for (size_t i = 0; i < typed.len; i++) {
        const char text[] = { (char)typed.data[i], '\0' };
        if (typed.data[i] == '\0') {
            now_ms += imprint_step(imprint, now_ms);
        }
        board_double_type(text);
        console_poll(&console, imprint, now_ms);
        FUZZ_MUST(console.line_chars <= CONSOLE_LINE_CHARS_MAX);
        FUZZ_MUST(strlen(console.line) == console.line_chars);
        board_double_clear();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    static const struct flash_geometry geometry = { "fuzz", 32 * 1024, 4096, 1, 0xFF, true };
    static jmp_buf on_reset;

    doubles_reset(0xFF);
    seal_double_reset(1, 1);
    board_double_reset();
    board_double.on_reset = &on_reset;
    memset(&console, 0, sizeof console);
    FUZZ_MUST(flash_model_open(&model, &geometry, 1));
    if (setjmp(on_reset) == 0) {
        struct imprint *imprint =
            imprint_start(&memory, &(struct imprint_params){ .flash = &model.flash });
        for (int i = 0; i < 8; i++) {
            (void)imprint_step(imprint, 0);
        }
        type_all(bytes_of(input, size), imprint);
    }
    seal_double_reset(1, 1);
    flash_model_close(&model);
    return 0;
}
