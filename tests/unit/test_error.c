/* SPDX-License-Identifier: MIT
 * test_error.c -- one list of errors: each has its own number and name, a class, two sentences. */

/* needs: imprint_app */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/app/sentences.h"
#include "firmware/config.h"
#include "firmware/error.h"

struct row {
    const char *name;
    int number;
    enum imp_class class;
};

#define ERROR_ONLY_BUILT_IN            /* With METHODS=est the tables leave the others out. */
#define IMP_ERROR(name, number, class) { #name, number, IMP_CLASS_##class },
static const struct row rows[] = {
#include "firmware/error.def"
};
#undef IMP_ERROR
enum {
    ROW_COUNT = sizeof rows / sizeof rows[0]
};

static void names_and_numbers_are_each_used_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(rows[i].number, rows[j].number);
            assert_string_not_equal(rows[i].name, rows[j].name);
        }
    }
}

static void numbers_grow_and_stay_in_the_ranges_of_their_areas(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        assert_in_range(rows[i].number, 101, 999);
        if (i > 0) {
            assert_true(rows[i].number > rows[i - 1].number);
        }
    }
}

static void each_error_is_found_by_number_and_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const imp_err_t err = -rows[i].number;
        assert_string_equal(imprint_err_name(err), rows[i].name);
        assert_int_equal(imprint_err_class(err), rows[i].class);
        assert_int_equal(imprint_err_by_name(rows[i].name, (uint32_t)strlen(rows[i].name)), err);
    }
}

static void what_is_not_in_the_list_is_unknown_and_our_fault(void **state)
{
    static const imp_err_t strangers[] = { -1, 101, -9999, INT32_MAX, INT32_MIN + 1 };

    (void)state;
    for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++) {
        assert_string_equal(imprint_err_name(strangers[i]), "UNKNOWN");
        assert_int_equal(imprint_err_class(strangers[i]), IMP_CLASS_BUG);
        assert_string_equal(sentence_says(strangers[i]), "unknown error");
        assert_true(strlen(sentence_do(strangers[i])) > 0);
    }
}

static void zero_is_success(void **state)
{
    (void)state;
    assert_string_equal(imprint_err_name(0), "OK");
    assert_int_equal(imprint_err_class(0), IMP_CLASS_NONE);
}

/* The name comes from the network: a part of one, or more than one, must not match. */
static void only_a_whole_name_is_found(void **state)
{
    static const char *const strangers[] = {
        "", "OK", "EST_", "EST_TOKEN_REVOKE", "EST_TOKEN_REVOKED ", "est_token_revoked", "UNKNOWN",
    };

    (void)state;
    for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++) {
        assert_int_equal(imprint_err_by_name(strangers[i], (uint32_t)strlen(strangers[i])), 0);
    }
    assert_int_equal(imprint_err_by_name("EST_TOKEN_REVOKED and more", 17),
                     IMP_ERR_EST_TOKEN_REVOKED);
}

/* Printed inside lines: no line ends, no full stop, short enough for a terminal. */
static void is_a_sentence(const char *sentence)
{
    const size_t chars = strlen(sentence);

    assert_in_range(chars, 4, 110);
    assert_null(strpbrk(sentence, "\r\n\t"));
    assert_int_not_equal(sentence[chars - 1], '.');
    assert_string_not_equal(sentence, "unknown error");
}

static void each_error_says_what_happened_and_what_can_be_done(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        is_a_sentence(sentence_says(-rows[i].number));
        is_a_sentence(sentence_do(-rows[i].number));
    }
    is_a_sentence(sentence_says(0));
    is_a_sentence(sentence_do(0));
}

/* What the device repairs by waiting must not send somebody out; what it can't must. */
static void what_is_tried_again_says_so_and_the_rest_names_an_act(void **state)
{
    static const char again[] = "by itself";

    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const char *remedy = sentence_do(-rows[i].number);
        if (rows[i].class != IMP_CLASS_RETRY) {
            assert_null(strstr(remedy, again));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_numbers_are_each_used_once),
        cmocka_unit_test(numbers_grow_and_stay_in_the_ranges_of_their_areas),
        cmocka_unit_test(each_error_is_found_by_number_and_by_name),
        cmocka_unit_test(what_is_not_in_the_list_is_unknown_and_our_fault),
        cmocka_unit_test(zero_is_success),
        cmocka_unit_test(only_a_whole_name_is_found),
        cmocka_unit_test(each_error_says_what_happened_and_what_can_be_done),
        cmocka_unit_test(what_is_tried_again_says_so_and_the_rest_names_an_act),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
