/* SPDX-License-Identifier: MIT
 * test_provision.c -- what the operator gives is taken whole or refused, and survives its record
 * unchanged. */

/* needs: tests/support/assert_fails.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/core/provision.h"

#define PIN_PLAIN "00112233445566778899aabbccddeeff0123456789abcdef0123456789ABCDEF"
#define PIN_COLONS                                     \
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:" \
    "01:23:45:67:89:AB:CD:EF:01:23:45:67:89:ab:cd:ef"
#define TEN "0123456789"

static const uint8_t pin[PROVISION_PIN_BYTES] = {
    0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF,
    0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF,
};

typedef imp_err_t (*set_fn)(struct provision *provision, const char *value);

/* Each value is refused with `err`, and what was there before stays. */
static void refuses(set_fn set, const char *const values[], size_t count, imp_err_t err)
{
    struct provision before;

    memset(&before, 0x5A, sizeof before);
    for (size_t i = 0; i < count; i++) {
        struct provision provision = before;
        if (set(&provision, values[i]) != err) {
            fail_msg("'%s' was not refused", values[i]);
        }
        assert_memory_equal(&provision, &before, sizeof before);
    }
}
#define REFUSES(set, values, err) refuses(set, values, sizeof values / sizeof values[0], err)

/* --- Pins ------------------------------------------------------------------------------------- */

static void a_pin_is_taken_in_either_case_with_or_without_colons(void **state)
{
    static const char *const forms[] = { PIN_PLAIN, PIN_COLONS };

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct provision provision = { 0 };
        assert_int_equal(provision_set_pin(&provision, forms[i]), 0);
        assert_true(provision.has_pin);
        assert_memory_equal(provision.pin, pin, sizeof pin);
    }
}

static void a_pin_of_another_length_or_form_is_refused(void **state)
{
    static const char *const values[] = {
        "",
        "0",
        "00",
        "00112233445566778899aabbccddeeff0123456789abcdef0123456789ABCDE",
        "00112233445566778899aabbccddeeff0123456789abcdef0123456789ABCD",
        PIN_PLAIN "0",
        PIN_PLAIN "00",
        PIN_PLAIN ":",
        ":" PIN_PLAIN,
        PIN_COLONS ":",
        PIN_COLONS ":00",
        "0:0112233445566778899aabbccddeeff0123456789abcdef0123456789ABCDEF",
        "00::112233445566778899aabbccddeeff0123456789abcdef0123456789ABCDEF",
        "00 112233445566778899aabbccddeeff0123456789abcdef0123456789ABCDEF",
        "g0112233445566778899aabbccddeeff0123456789abcdef0123456789ABCDEF",
        "0x112233445566778899aabbccddeeff0123456789abcdef0123456789ABCDEF",
        "SHA256:" PIN_COLONS,
    };

    (void)state;
    REFUSES(provision_set_pin, values, IMP_ERR_CONFIG_VALUE);
}

/* --- Server, name, serial --------------------------------------------------------------------- */

static void a_server_is_host_port_and_path(void **state)
{
    struct provision provision = { 0 };

    (void)state;
    assert_int_equal(provision_set_server(&provision, "https://Ca.Example:8443/est/"), 0);
    assert_string_equal(provision.server.host, "ca.example");
    assert_string_equal(provision.server.path, "/est");
    assert_int_equal(provision.server.port, 8443);
}

static void a_server_that_is_not_plainly_https_is_refused(void **state)
{
    static const char *const values[] = {
        "",
        "http://ca.example",
        "https://",
        "https://ca.example:0",
        "https://ca.example:65536",
        "https://user@ca.example",
        "https://ca.example/?q",
        "https://ca.example/#f",
        "https://ca.example/a b",
        "https://ca..example",
        "https://[::1]",
        "ftp://ca.example",
    };

    (void)state;
    REFUSES(provision_set_server, values, IMP_ERR_CONFIG_URL);
}

static void a_name_has_1_to_64_letters_digits_and_a_few_marks(void **state)
{
    static const char *const good[] = {
        "a",
        "imprint-00A1",
        "urn:dev:mac_1.2",
        TEN TEN TEN TEN TEN TEN "1234",
    };
    static const char *const bad[] = {
        "",
        "a b",
        "a/b",
        "a*",
        "a\n",
        "a\x7F",
        "na\xC3\xAFve",
        "a,CN=b",
        "a=b",
        "a\"",
        "a'",
        "a+b",
        TEN TEN TEN TEN TEN TEN "12345",
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct provision provision = { 0 };
        assert_int_equal(provision_set_name(&provision, good[i]), 0);
        assert_string_equal(provision.name, good[i]);
    }
    REFUSES(provision_set_name, bad, IMP_ERR_CONFIG_NAME);
}

static void a_serial_has_1_to_32_letters_digits_and_hyphens(void **state)
{
    static const char *const bad[] = { "", "A_1", "A.1", "A 1", "A:1", TEN TEN TEN "123" };
    struct provision provision = { 0 };

    (void)state;
    assert_int_equal(provision_set_serial(&provision, TEN TEN TEN "a-"), 0);
    assert_string_equal(provision.serial, TEN TEN TEN "a-");
    REFUSES(provision_set_serial, bad, IMP_ERR_CONFIG_VALUE);
}

/* --- Routes ----------------------------------------------------------------------------------- */

static void two_names_are_routed_and_a_third_is_refused(void **state)
{
    struct provision provision = { 0 };

    (void)state;
    assert_int_equal(provision_set_route(&provision, "ca.test", "10.0.2.2"), 0);
    assert_int_equal(provision_set_route(&provision, "b.test", "192.168.0.255"), 0);
    const struct provision before = provision;
    assert_int_equal(provision_set_route(&provision, "c.test", "10.0.2.3"), IMP_ERR_CONFIG_VALUE);
    assert_memory_equal(&provision, &before, sizeof before);
    assert_string_equal(provision.routes[1].host, "b.test");
    assert_memory_equal(provision.routes[1].address, ((uint8_t[]){ 192, 168, 0, 255 }), 4);
}

static void a_route_for_the_same_name_replaces_the_one_before(void **state)
{
    struct provision provision = { 0 };

    (void)state;
    assert_int_equal(provision_set_route(&provision, "a.test", "10.0.2.2"), 0);
    assert_int_equal(provision_set_route(&provision, "b.test", "10.0.2.3"), 0);
    assert_int_equal(provision_set_route(&provision, "b.test", "10.0.2.9"), 0);
    assert_int_equal(provision.routes[0].address[3], 2);
    assert_int_equal(provision.routes[1].address[3], 9);
}

static void a_route_needs_a_name_and_an_ipv4_address(void **state)
{
    static const struct {
        const char *host;
        const char *address;
    } rows[] = {
        { "", "10.0.2.2" },        { "a b", "10.0.2.2" },  { "a/b", "10.0.2.2" },
        { "a.test", "" },          { "a.test", "10.0.2" }, { "a.test", "10.0.2.256" },
        { "a.test", "10.0.02.2" }, { "a.test", "::1" },    { "a.test", "b.test" },
        { "a.test", "10.0.2.2 " },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct provision provision = { 0 };
        const struct provision before = provision;
        assert_int_equal(provision_set_route(&provision, rows[i].host, rows[i].address),
                         IMP_ERR_CONFIG_VALUE);
        assert_memory_equal(&provision, &before, sizeof before);
    }
}

static void a_routed_name_has_127_characters_at_most(void **state)
{
    char host[PROVISION_ROUTE_HOST_CHARS_MAX + 2];
    struct provision provision = { 0 };

    (void)state;
    memset(host, 'a', sizeof host);
    host[PROVISION_ROUTE_HOST_CHARS_MAX + 1] = '\0';
    assert_int_equal(provision_set_route(&provision, host, "10.0.2.2"), IMP_ERR_CONFIG_VALUE);
    host[PROVISION_ROUTE_HOST_CHARS_MAX] = '\0';
    assert_int_equal(provision_set_route(&provision, host, "10.0.2.2"), 0);
    assert_string_equal(provision.routes[0].host, host);
}

/* --- Tokens ----------------------------------------------------------------------------------- */

static void a_token_is_visible_ascii_of_bounded_length(void **state)
{
    static const char *const bad[] = { "", " ", "a b", "a\tb", "a\r\nX: y", "\x7F", "\xC3\xA4" };
    char token[CONFIG_TOKEN_CHARS_MAX + 2];

    (void)state;
    assert_int_equal(provision_check_token(bytes_of_text("!")), 0);
    assert_int_equal(provision_check_token(bytes_of_text("~user:pass/word+=~")), 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(provision_check_token(bytes_of_text(bad[i])), IMP_ERR_CONFIG_VALUE);
    }
    memset(token, 't', sizeof token);
    token[CONFIG_TOKEN_CHARS_MAX + 1] = '\0';
    assert_int_equal(provision_check_token(bytes_of_text(token)), IMP_ERR_CONFIG_VALUE);
    token[CONFIG_TOKEN_CHARS_MAX] = '\0';
    assert_int_equal(provision_check_token(bytes_of_text(token)), 0);
}

/* --- The record ------------------------------------------------------------------------------- */

static struct provision everything(void)
{
    struct provision provision = { 0 };

    assert_int_equal(provision_set_server(&provision, "https://ca.example:8443/lab"), 0);
    assert_int_equal(provision_set_pin(&provision, PIN_PLAIN), 0);
    assert_int_equal(provision_set_name(&provision, "unit-7"), 0);
    assert_int_equal(provision_set_serial(&provision, "SN-0007"), 0);
    assert_int_equal(provision_set_route(&provision, "ca.example", "10.0.2.2"), 0);
    assert_int_equal(provision_set_route(&provision, "b.example", "10.0.2.3"), 0);
    provision.has_unlock = true;
    memset(provision.unlock, 0xC3, sizeof provision.unlock);
    return provision;
}

/* Field by field: what lies behind a text's end means nothing. */
static void expect_same(const struct provision *a, const struct provision *b)
{
    assert_string_equal(a->server.host, b->server.host);
    assert_string_equal(a->server.path, b->server.path);
    assert_int_equal(a->server.port, b->server.port);
    assert_int_equal(a->server.host_is_ipv4, b->server.host_is_ipv4);
    assert_memory_equal(a->server.ipv4, b->server.ipv4, sizeof a->server.ipv4);
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->serial, b->serial);
    assert_int_equal(a->has_pin, b->has_pin);
    assert_memory_equal(a->pin, b->pin, sizeof a->pin);
    assert_int_equal(a->has_unlock, b->has_unlock);
    assert_memory_equal(a->unlock, b->unlock, sizeof a->unlock);
    for (size_t i = 0; i < PROVISION_ROUTES_MAX; i++) {
        assert_string_equal(a->routes[i].host, b->routes[i].host);
        assert_memory_equal(a->routes[i].address, b->routes[i].address, 4);
    }
}

static void expect_round_trip(const struct provision *provision)
{
    uint8_t record[PROVISION_RECORD_BYTES_MAX];
    const size_t bytes = provision_encode(provision, record);
    struct provision decoded;

    memset(&decoded, 0xEE, sizeof decoded);
    assert_in_range(bytes, 0, sizeof record);
    assert_int_equal(provision_decode(bytes_of(record, bytes), &decoded), 0);
    expect_same(&decoded, provision);
}

static void the_record_keeps_everything(void **state)
{
    const struct provision all = everything();
    struct provision only = { 0 };

    (void)state;
    expect_round_trip(&all);
    expect_round_trip(&only);
    only.server = all.server;
    expect_round_trip(&only);
    assert_int_equal(provision_set_server(&only, "https://10.0.2.2"), 0);
    expect_round_trip(&only);
    only = (struct provision){ .routes = { { .host = "", .address = { 0 } }, all.routes[1] } };
    uint8_t record[PROVISION_RECORD_BYTES_MAX];
    const size_t bytes = provision_encode(&only, record);
    struct provision decoded;
    assert_int_equal(provision_decode(bytes_of(record, bytes), &decoded), 0);
    assert_string_equal(decoded.routes[0].host, "b.example");
}

static void the_longest_of_everything_fits_the_record(void **state)
{
    char url[1024] = "https://";
    char host[PROVISION_ROUTE_HOST_CHARS_MAX + 1] = { 0 };
    struct provision provision = everything();

    (void)state;
    for (int label = 0; label < 4; label++) { /* 63 + 63 + 63 + 61 characters and three dots. */
        strcat(url, TEN TEN TEN TEN TEN TEN "a");
        strcat(url, label < 3 ? "bc." : ":65535/");
    }
    for (int i = 0; i < CONFIG_PATH_CHARS_MAX - 1; i++) {
        strcat(url, "p");
    }
    assert_int_equal(provision_set_server(&provision, url), 0);
    assert_int_equal(strlen(provision.server.host), CONFIG_HOST_CHARS_MAX);
    assert_int_equal(strlen(provision.server.path), CONFIG_PATH_CHARS_MAX);
    assert_int_equal(provision_set_name(&provision, TEN TEN TEN TEN TEN TEN "1234"), 0);
    assert_int_equal(provision_set_serial(&provision, TEN TEN TEN "12"), 0);
    for (int i = 0; i < PROVISION_ROUTES_MAX; i++) {
        memset(host, 'a' + i, PROVISION_ROUTE_HOST_CHARS_MAX);
        memcpy(provision.routes[i].host, host, sizeof host);
    }
    expect_round_trip(&provision);
}

/* The record of a version that is in the field: these bytes must always read like this. */
static void the_record_is_these_bytes(void **state)
{
    static const uint8_t record[] = "\x01\x10\x00https://a.b:443/"
                                    "\x03\x02\x00n1"
                                    "\x05\x05\x00\x0A\x00\x02\x02h";
    struct provision provision;

    (void)state;
    assert_int_equal(provision_decode(bytes_of(record, sizeof record - 1), &provision), 0);
    assert_string_equal(provision.server.host, "a.b");
    assert_int_equal(provision.server.port, 443);
    assert_string_equal(provision.name, "n1");
    assert_string_equal(provision.routes[0].host, "h");
    assert_memory_equal(provision.routes[0].address, ((uint8_t[]){ 10, 0, 2, 2 }), 4);
    assert_false(provision.has_pin);
    assert_false(provision.has_unlock);
}

static void a_record_that_is_not_ours_is_refused_whole(void **state)
{
    static const struct {
        const char *why;
        const char *bytes;
        size_t len;
    } rows[] = {
        { "unknown tag 0", "\x00\x00\x00", 3 },
        { "unknown tag 7, of a newer firmware", "\x07\x01\x00x", 4 },
        { "unknown tag after a good field", "\x03\x01\x00n\x7F\x00\x00", 7 },
        { "head cut", "\x03\x01", 2 },
        { "value cut", "\x03\x02\x00n", 4 },
        { "length far outside", "\x03\xFF\xFFn", 4 },
        { "empty name", "\x03\x00\x00", 3 },
        { "a name with a line end", "\x03\x04\x00n\r\nx", 7 },
        { "a name with a NUL", "\x03\x03\x00n\x00x", 6 },
        { "a serial with a blank",
          "\x04\x03\x00"
          "1 2",
          6 },
        { "a route to a name with a blank",
          "\x05\x07\x00\x0A\x00\x02\x02"
          "a b",
          10 },
        { "bad URL",
          "\x01\x03\x00"
          "a b",
          6 },
        { "short pin", "\x02\x01\x00\x55", 4 },
        { "route without a name", "\x05\x04\x00\x0A\x00\x02\x02", 7 },
        { "route without an address", "\x05\x00\x00", 3 },
        { "three routes",
          "\x05\x05\x00\x0A\x00\x02\x02"
          "a\x05\x05\x00\x0A\x00\x02\x02"
          "b"
          "\x05\x05\x00\x0A\x00\x02\x02"
          "c",
          24 },
        { "short unlock hash", "\x06\x01\x00\x55", 4 },
    };
    const struct provision none = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct provision provision = everything();
        if (provision_decode(bytes_of(rows[i].bytes, rows[i].len), &provision) !=
            IMP_ERR_STORE_FORMAT) {
            fail_msg("%s: was not refused", rows[i].why);
        }
        assert_memory_equal(&provision, &none, sizeof none);
    }
}

static void every_cut_of_a_record_is_refused_or_reads_as_whole_fields(void **state)
{
    const struct provision all = everything();
    uint8_t record[PROVISION_RECORD_BYTES_MAX];
    const size_t bytes = provision_encode(&all, record);
    size_t accepted = 0;

    (void)state;
    for (size_t len = 0; len < bytes; len++) {
        uint8_t exact[PROVISION_RECORD_BYTES_MAX];
        struct provision provision;
        memcpy(exact + sizeof exact - len, record, len);
        accepted += provision_decode(bytes_of(exact + sizeof exact - len, len), &provision) == 0;
    }
    assert_int_equal(accepted, 7); /* The empty one, and behind each of the first six fields. */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pin_is_taken_in_either_case_with_or_without_colons),
        cmocka_unit_test(a_pin_of_another_length_or_form_is_refused),
        cmocka_unit_test(a_server_is_host_port_and_path),
        cmocka_unit_test(a_server_that_is_not_plainly_https_is_refused),
        cmocka_unit_test(a_name_has_1_to_64_letters_digits_and_a_few_marks),
        cmocka_unit_test(a_serial_has_1_to_32_letters_digits_and_hyphens),
        cmocka_unit_test(two_names_are_routed_and_a_third_is_refused),
        cmocka_unit_test(a_route_for_the_same_name_replaces_the_one_before),
        cmocka_unit_test(a_route_needs_a_name_and_an_ipv4_address),
        cmocka_unit_test(a_routed_name_has_127_characters_at_most),
        cmocka_unit_test(a_token_is_visible_ascii_of_bounded_length),
        cmocka_unit_test(the_record_keeps_everything),
        cmocka_unit_test(the_longest_of_everything_fits_the_record),
        cmocka_unit_test(the_record_is_these_bytes),
        cmocka_unit_test(a_record_that_is_not_ours_is_refused_whole),
        cmocka_unit_test(every_cut_of_a_record_is_refused_or_reads_as_whole_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
