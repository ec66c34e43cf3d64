/* SPDX-License-Identifier: MIT
 * test_trace.c -- the ring keeps the newest entries, each with the time of its step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "firmware/trace.h"

static void an_entry_carries_kind_numbers_and_the_time_of_its_step(void **state)
{
    struct trace trace = { .now_ms = 1234 };

    (void)state;
    trace_add(&trace, IMPRINT_TRACE_ERROR, -305, 42);
    assert_int_equal(trace.next, 1);
    assert_int_equal(trace.ring[0].kind, IMPRINT_TRACE_ERROR);
    assert_int_equal(trace.ring[0].at_ms, 1234);
    assert_int_equal(trace.ring[0].value, -305);
    assert_int_equal(trace.ring[0].extra, 42);
    assert_int_equal(trace.ring[0].spare, 0);
}

static void the_ring_keeps_the_last_entries_and_overwrites_the_oldest(void **state)
{
    struct trace trace = { 0 };

    (void)state;
    for (int32_t i = 0; i < CONFIG_TRACE_ENTRIES + 3; i++) {
        trace_add(&trace, IMPRINT_TRACE_STATE, i, 0);
    }
    assert_int_equal(trace.next, CONFIG_TRACE_ENTRIES + 3);
    assert_int_equal(trace.ring[0].value, CONFIG_TRACE_ENTRIES);
    assert_int_equal(trace.ring[2].value, CONFIG_TRACE_ENTRIES + 2);
    assert_int_equal(trace.ring[3].value, 3);
}

static void the_count_may_wrap_without_losing_its_place(void **state)
{
    struct trace trace = { .next = UINT32_MAX };

    (void)state;
    trace_add(&trace, IMPRINT_TRACE_STATE, 1, 0);
    trace_add(&trace, IMPRINT_TRACE_STATE, 2, 0);
    assert_int_equal(trace.next, 1);
    assert_int_equal(trace.ring[CONFIG_TRACE_ENTRIES - 1].value, 1);
    assert_int_equal(trace.ring[0].value, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_carries_kind_numbers_and_the_time_of_its_step),
        cmocka_unit_test(the_ring_keeps_the_last_entries_and_overwrites_the_oldest),
        cmocka_unit_test(the_count_may_wrap_without_losing_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
