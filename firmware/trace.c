/* SPDX-License-Identifier: MIT
 * trace.c -- the ring. */
#include "firmware/trace.h"

void trace_add(struct trace *trace, enum imprint_trace_kind kind, int32_t value, int32_t extra)
{
    trace->ring[trace->next % CONFIG_TRACE_ENTRIES] = (struct imprint_trace_entry){
        .at_ms = (uint32_t)trace->now_ms,
        .kind = (uint16_t)kind,
        .value = value,
        .extra = extra,
    };
    trace->next++;
}
