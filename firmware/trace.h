/* SPDX-License-Identifier: MIT
 * trace.h -- a ring of the last CONFIG_TRACE_ENTRIES things that happened. Numbers only: no
 * secret can get in. */
#ifndef FIRMWARE_TRACE_H
#define FIRMWARE_TRACE_H

#include "firmware/config.h"
#include "firmware/imprint.h"

struct trace {
    uint64_t now_ms; /* Set once per step: entries carry it. */
    uint32_t next;   /* Number of the next entry. */
    struct imprint_trace_entry ring[CONFIG_TRACE_ENTRIES];
};

/* Record one entry; overwrites the oldest. */
void trace_add(struct trace *trace, enum imprint_trace_kind kind, int32_t value, int32_t extra);

#endif
