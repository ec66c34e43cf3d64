/* SPDX-License-Identifier: MIT
 * assert_fails.c -- an assertion of ours that does not hold fails the test, unless it expects
 * that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "firmware/imp_assert.h"

_Noreturn void imp_assert_failed(const char *file, int line)
{
    mock_assert(0, "IMP_ASSERT", file, line);
    abort();
}
