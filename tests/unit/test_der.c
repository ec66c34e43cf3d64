/* SPDX-License-Identifier: MIT
 * test_der.c -- only the shortest form is read, a bad reader stays bad, and what is written
 * reads back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/proto/der.h"
#include "tests/support/totality.h"

#define BYTES(...) \
    bytes_of((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

/* An OCTET STRING of `len` bytes under the given header. */
static bool reads_octets(struct bytes header, size_t len)
{
    uint8_t *memory = calloc(1, header.len + len);
    struct der der;

    assert_non_null(memory);
    memcpy(memory, header.data, header.len);
    der = der_begin(bytes_of(memory, header.len + len));
    const struct bytes content = der_read(&der, DER_OCTET_STRING);
    const bool good = der_is_finished(&der) && content.len == len;
    free(memory);
    return good;
}

static void lengths_are_read_in_their_shortest_form(void **state)
{
    (void)state;
    assert_true(reads_octets(BYTES(0x04, 0x00), 0));
    assert_true(reads_octets(BYTES(0x04, 0x7f), 127));
    assert_true(reads_octets(BYTES(0x04, 0x81, 0x80), 128));
    assert_true(reads_octets(BYTES(0x04, 0x81, 0xff), 255));
    assert_true(reads_octets(BYTES(0x04, 0x82, 0x01, 0x00), 256));
    assert_true(reads_octets(BYTES(0x04, 0x82, 0xff, 0xff), 65535));
}

static void other_forms_of_a_length_are_refused(void **state)
{
    (void)state;
    assert_false(reads_octets(BYTES(0x04, 0x81, 0x00), 0));
    assert_false(reads_octets(BYTES(0x04, 0x81, 0x7f), 127));
    assert_false(reads_octets(BYTES(0x04, 0x82, 0x00, 0x80), 128));
    assert_false(reads_octets(BYTES(0x04, 0x82, 0x00, 0xff), 255));
    assert_false(reads_octets(BYTES(0x04, 0x83, 0x00, 0x01, 0x00), 256));
    assert_false(reads_octets(BYTES(0x04, 0x83, 0x01, 0x00, 0x00), 65536));
    assert_false(reads_octets(BYTES(0x04, 0x84, 0x00, 0x00, 0x00, 0x01), 1));
    assert_false(reads_octets(BYTES(0x04, 0xff), 127));
    assert_false(reads_octets(BYTES(0x04, 0x80), 2)); /* Indefinite, ended by two zeros. */
}

static void an_element_longer_than_what_is_left_is_refused(void **state)
{
    (void)state;
    assert_false(reads_octets(BYTES(0x04, 0x02), 1));
    assert_false(reads_octets(BYTES(0x04, 0x82, 0xff, 0xff), 65534));
    assert_false(reads_octets(BYTES(0x04), 0));
    assert_false(reads_octets(BYTES(0x04, 0x81), 0));
    assert_false(reads_octets(BYTES(0x04, 0x82, 0x01), 0));
}

static void long_tags_and_the_tag_zero_are_refused(void **state)
{
    uint8_t tag;

    (void)state;
    struct der der = der_begin(BYTES(0x1f, 0x81, 0x01, 0x00));
    der_read_any(&der, &tag);
    assert_true(der.is_bad);
    assert_int_equal(tag, 0);
    der = der_begin(BYTES(0x00, 0x00));
    der_read_any(&der, &tag);
    assert_true(der.is_bad);
}

static void a_bad_reader_stays_bad(void **state)
{
    struct der der = der_begin(BYTES(0x02, 0x01, 0x05, 0x04, 0x00));

    (void)state;
    assert_int_equal(der_read(&der, DER_OID).len, 0);
    assert_true(der.is_bad);
    assert_int_equal(der_read(&der, DER_INTEGER).len, 0);
    assert_false(der_is_next(&der, DER_INTEGER));
    assert_false(der_has_more(&der));
    assert_false(der_is_finished(&der));
    const struct der inner = der_enter(&der, DER_SEQUENCE);
    assert_true(inner.is_bad);
}

static void what_is_left_inside_makes_the_outside_bad(void **state)
{
    struct der der = der_begin(BYTES(0x30, 0x05, 0x02, 0x01, 0x05, 0x05, 0x00));

    (void)state;
    struct der inner = der_enter(&der, DER_SEQUENCE);
    assert_int_equal(der_read(&inner, DER_INTEGER).len, 1);
    struct der outer = der;
    der_leave(&outer, &inner);
    assert_true(outer.is_bad);
    der_read(&inner, DER_NULL);
    der_leave(&der, &inner);
    assert_true(der_is_finished(&der));
}

static void a_whole_element_has_its_header(void **state)
{
    static const uint8_t run[] = { 0x30, 0x02, 0x05, 0x00, 0x02, 0x01, 0x07 };
    struct der der = der_begin(bytes_of(run, sizeof run));

    (void)state;
    const struct bytes whole = der_read_whole(&der, DER_SEQUENCE);
    assert_ptr_equal(whole.data, run);
    assert_int_equal(whole.len, 4);
    assert_int_equal(der_read_small(&der, 255), 7);
    assert_true(der_is_finished(&der));
}

static const struct {
    struct bytes der;
    bool is_integer;
    size_t positive_len; /* 0: not positive. */
    int small;           /* Up to 300, -1: negative. */
} integers[] = {
    { { (const uint8_t[]){ 2, 1, 0 }, 3 }, true, 0, 0 },
    { { (const uint8_t[]){ 2, 1, 1 }, 3 }, true, 1, 1 },
    { { (const uint8_t[]){ 2, 1, 127 }, 3 }, true, 1, 127 },
    { { (const uint8_t[]){ 2, 2, 0, 128 }, 4 }, true, 1, 128 },
    { { (const uint8_t[]){ 2, 2, 1, 0 }, 4 }, true, 2, 256 },
    { { (const uint8_t[]){ 2, 5, 0, 255, 255, 255, 255 }, 7 }, true, 4, 300 },
    { { (const uint8_t[]){ 2, 1, 128 }, 3 }, true, 0, -1 },
    { { (const uint8_t[]){ 2, 2, 255, 127 }, 4 }, true, 0, -1 },
    { { (const uint8_t[]){ 2, 0 }, 2 }, false, 0, -1 },
    { { (const uint8_t[]){ 2, 2, 0, 127 }, 4 }, false, 0, -1 },
    { { (const uint8_t[]){ 2, 2, 0, 0 }, 4 }, false, 0, -1 },
    { { (const uint8_t[]){ 2, 2, 255, 128 }, 4 }, false, 0, -1 },
    { { (const uint8_t[]){ 10, 1, 1 }, 3 }, false, 0, -1 },
};

static void integers_are_minimal_and_bounded(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof integers / sizeof integers[0]; i++) {
        struct der der = der_begin(integers[i].der);
        der_read_integer(&der);
        assert_int_equal(der_is_finished(&der), integers[i].is_integer);

        der = der_begin(integers[i].der);
        assert_int_equal(der_read_positive(&der).len, integers[i].positive_len);
        assert_int_equal(der_is_finished(&der), integers[i].positive_len > 0);

        der = der_begin(integers[i].der);
        const int small = der_read_small(&der, 300);
        assert_int_equal(der_is_finished(&der) ? small : -1, integers[i].small);
    }
}

static void a_boolean_is_00_or_ff_or_absent(void **state)
{
    (void)state;
    struct der der = der_begin(BYTES(0x01, 0x01, 0xff, 0x01, 0x01, 0x00));
    assert_true(der_read_default_false(&der));
    assert_false(der_read_default_false(&der));
    assert_true(der_is_finished(&der));
    assert_false(der_read_default_false(&der));
    assert_true(der_is_finished(&der));
    der = der_begin(BYTES(0x01, 0x01, 0x01));
    assert_false(der_read_default_false(&der));
    assert_true(der.is_bad);
    der = der_begin(BYTES(0x01, 0x00));
    der_read_default_false(&der);
    assert_true(der.is_bad);
}

static void a_bit_string_has_whole_bytes(void **state)
{
    (void)state;
    struct der der = der_begin(BYTES(0x03, 0x02, 0x00, 0xaa));
    assert_int_equal(der_read_bit_string(&der).len, 1);
    assert_true(der_is_finished(&der));
    der = der_begin(BYTES(0x03, 0x02, 0x01, 0xaa));
    der_read_bit_string(&der);
    assert_true(der.is_bad);
    der = der_begin(BYTES(0x03, 0x00));
    der_read_bit_string(&der);
    assert_true(der.is_bad);
}

static void what_is_written_reads_back_at_every_length(void **state)
{
    static uint8_t content[70000];
    static uint8_t memory[70010];
    static const size_t lengths[] = { 0, 1, 127, 128, 255, 256, 65535 };

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct der_writer writer = der_write_into(memory, sizeof memory);
        der_put(&writer, bytes_of(content, lengths[i]));
        der_put_header(&writer, DER_OCTET_STRING, 0);
        const size_t len = der_write_end(&writer);
        struct der der = der_begin(bytes_of(memory, len));
        assert_int_equal(der_read(&der, DER_OCTET_STRING).len, lengths[i]);
        assert_true(der_is_finished(&der));
    }
    struct der_writer writer = der_write_into(memory, sizeof memory);
    der_put(&writer, bytes_of(content, 65536));
    der_put_header(&writer, DER_OCTET_STRING, 0);
    assert_int_equal(der_write_end(&writer), 0);
}

static void what_does_not_fit_is_not_written(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < 6; cap++) {
        uint8_t *memory = malloc(cap > 0 ? cap : 1);
        struct der_writer writer = der_write_into(memory, cap);
        der_put(&writer, BYTES(1, 2, 3));
        der_put_header(&writer, DER_OCTET_STRING, 0);
        assert_int_equal(der_write_end(&writer), cap >= 5 ? 5 : 0);
        free(memory);
    }
}

/* Read whatever stands there, two levels deep, and ask for everything at its front. */
static void read_any(struct bytes input, void *context)
{
    uint8_t tag;
    struct der der = der_begin(input);

    (void)context;
    while (der_has_more(&der)) {
        struct der inner = der_begin(der_read_any(&der, &tag));
        while (der_has_more(&inner)) {
            struct der copy = inner;
            der_read_integer(&copy);
            copy = inner;
            der_read_positive(&copy);
            copy = inner;
            der_read_small(&copy, 9);
            copy = inner;
            der_read_default_false(&copy);
            copy = inner;
            der_read_bit_string(&copy);
            der_read_any(&inner, &tag);
        }
    }
}

static void any_input_has_an_end(void **state)
{
    (void)state;
    totality_run(BYTES(0x30, 0x0f, 0x02, 0x02, 0x00, 0x80, 0x01, 0x01, 0xff, 0x03, 0x02, 0x00, 0x11,
                       0x04, 0x81, 0x80, 0x05, 0x05, 0x00),
                 read_any, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_are_read_in_their_shortest_form),
        cmocka_unit_test(other_forms_of_a_length_are_refused),
        cmocka_unit_test(an_element_longer_than_what_is_left_is_refused),
        cmocka_unit_test(long_tags_and_the_tag_zero_are_refused),
        cmocka_unit_test(a_bad_reader_stays_bad),
        cmocka_unit_test(what_is_left_inside_makes_the_outside_bad),
        cmocka_unit_test(a_whole_element_has_its_header),
        cmocka_unit_test(integers_are_minimal_and_bounded),
        cmocka_unit_test(a_boolean_is_00_or_ff_or_absent),
        cmocka_unit_test(a_bit_string_has_whole_bytes),
        cmocka_unit_test(what_is_written_reads_back_at_every_length),
        cmocka_unit_test(what_does_not_fit_is_not_written),
        cmocka_unit_test(any_input_has_an_end),
    };

    return cmocka_run_group_tests_name("der", tests, NULL, NULL);
}
