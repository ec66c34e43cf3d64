/* SPDX-License-Identifier: MIT
 * error.c -- names and classes, expanded from the one list and packed: the list is long, and looked
 * into seldom. */
#include "firmware/error.h"

#include <stddef.h>
#include <string.h>

#include "firmware/config.h"

/* From here on, the part of the list that this build can meet. */
#define ERROR_ONLY_BUILT_IN

enum {
    NUMBER_BITS = 13,
    NUMBER_MASK = (1 << NUMBER_BITS) - 1
};

/* Number and class of each error; 0 is success. */
#define IMP_ERROR(name, number, class) (uint16_t)(IMP_CLASS_##class << NUMBER_BITS | (number)),
static const uint16_t errors[] = {
    IMP_CLASS_NONE,
#include "firmware/error.def"
};
#undef IMP_ERROR

#define IMP_ERROR(name, number, class) \
    _Static_assert((number) <= NUMBER_MASK, #name ": the number does not fit");
#include "firmware/error.def"
#undef IMP_ERROR

/* Their names in the same order, one terminated text after the other. */
#define IMP_ERROR(name, number, class) #name "\0"
static const char names[] = "OK\0"
#include "firmware/error.def"
    ;
#undef IMP_ERROR

enum {
    ERROR_COUNT = sizeof errors / sizeof errors[0]
};

/* The index in `errors`; ERROR_COUNT when it is not in the list. */
static size_t find(imp_err_t err)
{
    size_t i = 0;

    while (i < ERROR_COUNT && (errors[i] & NUMBER_MASK) != -err) {
        i++;
    }
    return i;
}

const char *imprint_err_name(imp_err_t err)
{
    const size_t index = find(err);
    const char *name = names;

    if (index == ERROR_COUNT) {
        return "UNKNOWN";
    }
    for (size_t i = 0; i < index; i++) {
        name += strlen(name) + 1;
    }
    return name;
}

enum imp_class imprint_err_class(imp_err_t err)
{
    const size_t index = find(err);

    return index < ERROR_COUNT ? (enum imp_class)(errors[index] >> NUMBER_BITS) : IMP_CLASS_BUG;
}

imp_err_t imprint_err_by_name(const char *name, uint32_t name_bytes)
{
    const char *known = names;

    for (size_t i = 0; i < ERROR_COUNT; i++) {
        const size_t known_bytes = strlen(known);
        if (known_bytes == name_bytes && memcmp(known, name, name_bytes) == 0) {
            return -(errors[i] & NUMBER_MASK);
        }
        known += known_bytes + 1;
    }
    return 0;
}
