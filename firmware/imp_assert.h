/* SPDX-License-Identifier: MIT
 * imp_assert.h -- "we are wrong", as opposed to "the world is wrong", which is an error code. */
#ifndef FIRMWARE_IMP_ASSERT_H
#define FIRMWARE_IMP_ASSERT_H

/* Our own invariant. Stays on in release builds; the network must never be able to make it fail. */
#define IMP_ASSERT(condition)                      \
    do {                                           \
        if (!(condition)) {                        \
            imp_assert_failed(__FILE__, __LINE__); \
        }                                          \
    } while (0)

/* Given by the application: reports the place, then resets. Does not return. */
_Noreturn void imp_assert_failed(const char *file, int line);

#endif
