/* SPDX-License-Identifier: MIT
 * refusal.c -- the table behind refusal.h, made from refusal.def.
 */
#include "host-sim/authority/refusal.h"

#include <stddef.h>

struct entry {
    const char *name;
    int status;
    const char *sentence;
};

static const struct entry entries[REFUSAL_COUNT] = {
    [REFUSAL_NONE] = { NULL, 200, "" },
#define REFUSAL(name, status, sentence) [REFUSAL_##name] = { #name, status, sentence },
#include "host-sim/authority/refusal.def"
#undef REFUSAL
};

const char *refusal_name(enum refusal refusal)
{
    return entries[refusal].name;
}

int refusal_status(enum refusal refusal)
{
    return entries[refusal].status;
}

const char *refusal_sentence(enum refusal refusal)
{
    return entries[refusal].sentence;
}
