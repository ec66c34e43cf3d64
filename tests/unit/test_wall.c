/* SPDX-License-Identifier: MIT
 * test_wall.c -- the floor moves by signed facts only, the estimate by what a verified peer or a
 * clock says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "firmware/config.h"
#include "firmware/core/wall.h"

enum {
    YEAR_2000 = 946684800
};
static const int64_t year_2099 = 4070908800;

static void a_new_wall_knows_the_build_time_and_nothing_else(void **state)
{
    struct wall wall;
    int64_t seconds;

    (void)state;
    wall_start(&wall);
    const struct chain_time time = wall_for_verdict(&wall, 0);
    assert_int_equal(time.floor, CONFIG_BUILD_TIME);
    assert_false(time.has_now);
    assert_false(wall_estimate(&wall, 5000, &seconds));
}

static void the_floor_rises_and_never_sinks(void **state)
{
    struct wall wall;

    (void)state;
    wall_start(&wall);
    wall_raise_floor(&wall, CONFIG_BUILD_TIME + 100);
    wall_raise_floor(&wall, CONFIG_BUILD_TIME + 50);
    wall_raise_floor(&wall, 0);
    assert_int_equal(wall_for_verdict(&wall, 0).floor, CONFIG_BUILD_TIME + 100);
}

static void without_a_certificate_the_floor_is_the_build_time_and_a_clock_stays_set(void **state)
{
    struct wall wall;

    (void)state;
    wall_start(&wall);
    assert_int_equal(wall_set(&wall, CONFIG_BUILD_TIME + 7, 0), 0);
    wall_raise_floor(&wall, CONFIG_BUILD_TIME + 100);
    wall_reset_floor(&wall);
    const struct chain_time time = wall_for_verdict(&wall, 1000);
    assert_int_equal(time.floor, CONFIG_BUILD_TIME);
    assert_true(time.has_now);
    assert_int_equal(time.now, CONFIG_BUILD_TIME + 8);
}

/* One answer of the year 2099 must not hurt: it is forgotten with the next, and judges nothing. */
static void an_answers_date_is_an_estimate_and_never_judges(void **state)
{
    struct wall wall;
    int64_t seconds;

    (void)state;
    wall_start(&wall);
    wall_hear(&wall, year_2099, 1000);
    assert_true(wall_estimate(&wall, 1000, &seconds));
    assert_int_equal(seconds, year_2099);
    assert_false(wall_for_verdict(&wall, 1000).has_now);
    assert_int_equal(wall_for_verdict(&wall, 1000).floor, CONFIG_BUILD_TIME);
    wall_hear(&wall, CONFIG_BUILD_TIME + 60, 2000);
    assert_true(wall_estimate(&wall, 12999, &seconds));
    assert_int_equal(seconds, CONFIG_BUILD_TIME + 70);
}

static void a_clock_that_was_set_judges_and_no_answer_moves_it(void **state)
{
    struct wall wall;
    int64_t seconds;

    (void)state;
    wall_start(&wall);
    assert_int_equal(wall_set(&wall, CONFIG_BUILD_TIME + 500, 10000), 0);
    wall_hear(&wall, year_2099, 11000);
    assert_true(wall_estimate(&wall, 13000, &seconds));
    assert_int_equal(seconds, CONFIG_BUILD_TIME + 503);
    const struct chain_time time = wall_for_verdict(&wall, 13000);
    assert_true(time.has_now);
    assert_int_equal(time.now, CONFIG_BUILD_TIME + 503);
    assert_int_equal(time.floor, CONFIG_BUILD_TIME);
}

static void a_clock_may_be_set_anew_in_either_direction(void **state)
{
    struct wall wall;

    (void)state;
    wall_start(&wall);
    assert_int_equal(wall_set(&wall, year_2099, 0), 0);
    assert_int_equal(wall_set(&wall, CONFIG_BUILD_TIME, 0), 0);
    assert_int_equal(wall_for_verdict(&wall, 0).now, CONFIG_BUILD_TIME);
}

static void a_clock_before_the_year_2000_was_never_set(void **state)
{
    static const int64_t refused[] = { INT64_MIN, -1, 0, YEAR_2000 - 1 };
    struct wall wall;

    (void)state;
    wall_start(&wall);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_int_equal(wall_set(&wall, refused[i], 0), IMP_ERR_CONFIG_VALUE);
        assert_false(wall_for_verdict(&wall, 0).has_now);
    }
    assert_int_equal(wall_set(&wall, YEAR_2000, 0), 0);
    assert_int_equal(wall_for_verdict(&wall, 0).now, YEAR_2000);
}

/* A clock that counts from anywhere must not run over. */
static void a_clock_past_the_year_9999_was_never_set(void **state)
{
    const int64_t end_of_9999 = 253402300799;
    const int64_t refused[] = { end_of_9999 + 1, INT64_MAX };
    struct wall wall;
    int64_t seconds;

    (void)state;
    wall_start(&wall);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_int_equal(wall_set(&wall, refused[i], 0), IMP_ERR_CONFIG_VALUE);
        assert_false(wall_estimate(&wall, 5000, &seconds));
    }
    assert_int_equal(wall_set(&wall, end_of_9999, 0), 0);
    assert_true(wall_estimate(&wall, 1000, &seconds));
    assert_int_equal(seconds, end_of_9999 + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_wall_knows_the_build_time_and_nothing_else),
        cmocka_unit_test(the_floor_rises_and_never_sinks),
        cmocka_unit_test(without_a_certificate_the_floor_is_the_build_time_and_a_clock_stays_set),
        cmocka_unit_test(an_answers_date_is_an_estimate_and_never_judges),
        cmocka_unit_test(a_clock_that_was_set_judges_and_no_answer_moves_it),
        cmocka_unit_test(a_clock_may_be_set_anew_in_either_direction),
        cmocka_unit_test(a_clock_before_the_year_2000_was_never_set),
        cmocka_unit_test(a_clock_past_the_year_9999_was_never_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
