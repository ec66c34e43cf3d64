/* SPDX-License-Identifier: MIT
 * error.c -- names and classes, expanded from the one list. */
#include "firmware/error.h"

#include <stddef.h>
#include <string.h>

struct error_entry {
    int16_t number;
    uint8_t class;
    const char *name;
};

#define IMP_ERROR(name, number, class) { (number), IMP_CLASS_##class, #name },
static const struct error_entry errors[] = {
    { 0, IMP_CLASS_NONE, "OK" },
#include "firmware/error.def"
};
#undef IMP_ERROR

static const struct error_entry *find(imp_err_t err)
{
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        if (errors[i].number == -err) {
            return &errors[i];
        }
    }
    return NULL;
}

const char *imprint_err_name(imp_err_t err)
{
    const struct error_entry *entry = find(err);

    return entry ? entry->name : "UNKNOWN";
}

enum imp_class imprint_err_class(imp_err_t err)
{
    const struct error_entry *entry = find(err);

    return entry ? (enum imp_class)entry->class : IMP_CLASS_BUG;
}

imp_err_t imprint_err_by_name(const char *name, uint32_t name_bytes)
{
    for (size_t i = 1; i < sizeof errors / sizeof errors[0]; i++) {
        if (strlen(errors[i].name) == name_bytes && memcmp(errors[i].name, name, name_bytes) == 0) {
            return -errors[i].number;
        }
    }
    return 0;
}
