/* SPDX-License-Identifier: MIT
 * sentences.c -- the list as a table, which needs half the code of a switch. */
#include "firmware/app/sentences.h"

#include <stddef.h>

#include "firmware/config.h"

struct sentence {
    imp_err_t err;
    const char *says;
    const char *remedy;
};

#define ERROR_ONLY_BUILT_IN
#define IMP_SENTENCE(name, says, remedy) { IMP_ERR_##name, says, remedy },
static const struct sentence sentences[] = {
    { 0, "no error", "nothing" },
#include "firmware/app/sentences.def"
};
#undef IMP_SENTENCE
#undef ERROR_ONLY_BUILT_IN

enum {
    SENTENCE_COUNT = sizeof sentences / sizeof sentences[0]
};

/* The compiler says when an error has no sentence, or two: this is never called. */
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wswitch"
#define IMP_SENTENCE(name, says, remedy) case IMP_ERR_##name:
static inline void check_each_has_one(enum imp_error err)
{
    switch (err) {
    case IMP_OK:
#include "firmware/app/sentences.def"
        break;
    }
}
#undef IMP_SENTENCE
#pragma GCC diagnostic pop

static const struct sentence *find(imp_err_t err)
{
    static const struct sentence unknown = { 0, "unknown error", "keep the log and report it" };

    (void)check_each_has_one;
    for (size_t i = 0; i < SENTENCE_COUNT; i++) {
        if (sentences[i].err == err) {
            return &sentences[i];
        }
    }
    return &unknown;
}

const char *sentence_says(imp_err_t err)
{
    return find(err)->says;
}

const char *sentence_do(imp_err_t err)
{
    return find(err)->remedy;
}
