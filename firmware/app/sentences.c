/* SPDX-License-Identifier: MIT
 * sentences.c -- the list as two switches: the compiler says when an error has no sentence, or two. */
#include "firmware/app/sentences.h"

#pragma GCC diagnostic error "-Wswitch"

const char *sentence_says(imp_err_t err)
{
#define IMP_SENTENCE(name, says, remedy) \
    case IMP_ERR_##name:                 \
        return says;
    switch ((enum imp_error)err) {
    case IMP_OK:
        return "no error";
#include "firmware/app/sentences.def"
    }
#undef IMP_SENTENCE
    return "unknown error";
}

const char *sentence_do(imp_err_t err)
{
#define IMP_SENTENCE(name, says, remedy) \
    case IMP_ERR_##name:                 \
        return remedy;
    switch ((enum imp_error)err) {
    case IMP_OK:
        return "nothing";
#include "firmware/app/sentences.def"
    }
#undef IMP_SENTENCE
    return "keep the log and report it";
}
