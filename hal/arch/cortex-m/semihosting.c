/* SPDX-License-Identifier: MIT
 * semihosting.c -- the one instruction, and the five operations made of it. */
#include "hal/arch/cortex-m/semihosting.h"

#include <string.h>

enum {
    SYS_OPEN = 0x01,
    SYS_CLOSE = 0x02,
    SYS_READ = 0x06,
    SYS_GET_CMDLINE = 0x15,

    OPEN_READ_BYTES = 1 /* fopen's "rb". */
};

/* The linker looks for this name to refuse a release build, so it has to stay a symbol. */
__attribute__((used, noinline)) int32_t semihosting_call_emulator(uint32_t operation,
                                                                  uint32_t *parameters);

__attribute__((used, noinline)) int32_t semihosting_call_emulator(uint32_t operation,
                                                                  uint32_t *parameters)
{
    register uint32_t r0 __asm__("r0") = operation;
    register uint32_t *r1 __asm__("r1") = parameters;

    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return (int32_t)r0;
}

static uint32_t address_of(const void *at)
{
    return (uint32_t)(uintptr_t)at;
}

hal_err_t semihosting_command_line_emulator(char *text, size_t capacity)
{
    uint32_t parameters[2] = { address_of(text), (uint32_t)capacity };

    if (semihosting_call_emulator(SYS_GET_CMDLINE, parameters) != 0 || parameters[1] >= capacity) {
        return HAL_ERR_IO;
    }
    text[parameters[1]] = '\0';
    return HAL_OK;
}

hal_err_t semihosting_open_emulator(const char *path, uint32_t *file)
{
    uint32_t parameters[3] = { address_of(path), OPEN_READ_BYTES, (uint32_t)strlen(path) };
    const int32_t answer = semihosting_call_emulator(SYS_OPEN, parameters);

    if (answer < 0) {
        return HAL_ERR_IO;
    }
    *file = (uint32_t)answer;
    return HAL_OK;
}

/* The answer is how many bytes were not read. */
hal_err_t semihosting_read_emulator(uint32_t file, void *out, size_t capacity, size_t *bytes)
{
    uint32_t parameters[3] = { file, address_of(out), (uint32_t)capacity };
    const int32_t missing = semihosting_call_emulator(SYS_READ, parameters);

    if (missing < 0 || (size_t)missing > capacity) {
        return HAL_ERR_IO;
    }
    *bytes = capacity - (size_t)missing;
    return HAL_OK;
}

void semihosting_close_emulator(uint32_t file)
{
    uint32_t parameters[1] = { file };

    (void)semihosting_call_emulator(SYS_CLOSE, parameters);
}
