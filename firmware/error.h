/* SPDX-License-Identifier: MIT
 * error.h -- the one error vocabulary. The list itself is error.def. */
#ifndef FIRMWARE_ERROR_H
#define FIRMWARE_ERROR_H

#include <stdint.h>

/* 0 on success, the negated number of error.def on failure: `if (err)` decides. */
typedef int32_t imp_err_t;

#define IMP_ERROR(name, number, class) IMP_ERR_##name = -(number),
enum imp_error {
    IMP_OK = 0,
#include "firmware/error.def"
};
#undef IMP_ERROR

enum imp_class {
    IMP_CLASS_NONE,     /* Success. */
    IMP_CLASS_RETRY,    /* Back off and try again. */
    IMP_CLASS_REJECTED, /* A person must act. */
    IMP_CLASS_HARDWARE, /* A reset or a repair must act. */
    IMP_CLASS_BUG       /* We broke our own rule. */
};

/* The name in error.def ("CHAIN_EXPIRED"), "OK" for 0, "UNKNOWN" for a number that is not in the
 * list. Static text. */
const char *imprint_err_name(imp_err_t err);

/* The class in error.def; IMP_CLASS_BUG for a number that is not in the list. */
enum imp_class imprint_err_class(imp_err_t err);

/* The error whose name in error.def is `name` (`name_bytes` characters, not terminated), or 0
 * when there is none. */
imp_err_t imprint_err_by_name(const char *name, uint32_t name_bytes);

#endif
