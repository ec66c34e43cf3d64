/* SPDX-License-Identifier: MIT
 * hal_err.h -- the few results a HAL function can have. */
#ifndef HAL_HAL_ERR_H
#define HAL_HAL_ERR_H

#include <stdint.h>

/* 0 on success, negative on failure: `if (err)` decides. */
typedef int32_t hal_err_t;

enum {
    HAL_OK = 0,
    HAL_ERR_IO = -1,          /* The hardware did not answer, or reported that it failed. */
    HAL_ERR_RANGE = -2,       /* An offset, length or alignment outside what the part has. */
    HAL_ERR_UNSUPPORTED = -3, /* This board does not have the part that was asked for. */
    HAL_ERR_BUSY = -4         /* Not now: no free descriptor, say. Trying again is right. */
};

#endif
