/* SPDX-License-Identifier: MIT
 * test_url.c -- the addresses that operators give are understood, everything else is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/proto/url.h"
#include "tests/support/totality.h"

static const struct {
    const char *text;
    const char *host;
    uint16_t port;
    const char *path;
    bool is_ipv4;
} good[] = {
    { "https://ca.example", "ca.example", 443, "", false },
    { "https://ca.example/", "ca.example", 443, "", false },
    { "https://ca.example:8443/est", "ca.example", 8443, "/est", false },
    { "https://ca.example/a/b/", "ca.example", 443, "/a/b", false },
    { "https://ca.example/a//b//", "ca.example", 443, "/a//b", false },
    { "HTTPS://CA.Example:1/Path", "ca.example", 1, "/Path", false },
    { "https://ca.example./x", "ca.example", 443, "/x", false },
    { "https://ca.example.:65535", "ca.example", 65535, "", false },
    { "ca.example", "ca.example", 443, "", false },
    { "ca.example:8443", "ca.example", 8443, "", false },
    { "localhost", "localhost", 443, "", false },
    { "https://192.0.2.7:9443/est", "192.0.2.7", 9443, "/est", true },
    { "10.0.2.2", "10.0.2.2", 443, "", true },
    { "1.2.3.4.example", "1.2.3.4.example", 443, "", false },
    { "https://xn--bcher-kva.example", "xn--bcher-kva.example", 443, "", false },
    { "https://a-b.c-1.example/-._~!$&'()*+,;=:@/x", "a-b.c-1.example", 443, "/-._~!$&'()*+,;=:@/x",
      false },
    { "http:8080", "http", 8080, "", false },
};

static const char *const wrong[] = {
    "",
    "https://",
    "https:///path",
    "https://:443",
    "http://ca.example",
    "ftp://ca.example",
    "https:/ca.example",
    "https//ca.example",
    "//ca.example",
    "ca.example/path",
    " https://ca.example",
    "https://ca.example ",
    "https://user@ca.example",
    "https://user:secret@ca.example",
    "https://ca.example?query",
    "https://ca.example/?query",
    "https://ca.example/#fragment",
    "https://ca.example#fragment",
    "https://ca.example/%41",
    "https://ca%2eexample",
    "https://ca.example\\path",
    "https://ca.example/\\path",
    "https://ca.example/a b",
    "https://ca.example/a\tb",
    "https://ca.example/a\r\nHost: evil",
    "https://ca.example/\x7f",
    "https://ca.example/\xc3\xa9",
    "https://c\xc3\xa9.example",
    "https://ca_1.example",
    "https://ca..example",
    "https://.ca.example",
    "https://ca.example..",
    "https://.",
    "https://-ca.example",
    "https://ca-.example",
    "https://*.example",
    "https://ca.example:",
    "https://ca.example:0",
    "https://ca.example:00443",
    "https://ca.example:65536",
    "https://ca.example:99999",
    "https://ca.example:443443",
    "https://ca.example:-1",
    "https://ca.example:+1",
    "https://ca.example:44a",
    "https://ca.example:1:2",
    "https://[::1]",
    "https://[::1]:443/",
    "https://1.2.3",
    "https://1.2.3.4.5",
    "https://1.2.3.256",
    "https://1.2.3.04",
    "https://1.2.3.4.",
    "https://1234",
    "https://ca.example.1",
};

static void an_enrollment_address_is_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct url url;
        assert_int_equal(url_parse(bytes_of_text(good[i].text), &url), 0);
        assert_string_equal(url.host, good[i].host);
        assert_int_equal(url.port, good[i].port);
        assert_string_equal(url.path, good[i].path);
        assert_int_equal(url.host_is_ipv4, good[i].is_ipv4);
    }
}

static void everything_else_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct url url;
        if (url_parse(bytes_of_text(wrong[i]), &url) != IMP_ERR_URL_MALFORMED) {
            fail_msg("accepted: %s", wrong[i]);
        }
    }
}

static void a_nul_is_refused_wherever_it_stands(void **state)
{
    static const char text[] = "https://ca.example:443/est";

    (void)state;
    for (size_t i = 0; i < sizeof text - 1; i++) {
        char copy[sizeof text];
        struct url url;
        memcpy(copy, text, sizeof text);
        copy[i] = '\0';
        assert_int_equal(url_parse(bytes_of(copy, sizeof text - 1), &url), IMP_ERR_URL_MALFORMED);
    }
}

static void an_ipv4_literal_gives_its_address(void **state)
{
    struct url url;

    (void)state;
    assert_int_equal(url_parse(bytes_of_text("https://255.0.12.7/"), &url), 0);
    assert_true(url.host_is_ipv4);
    assert_memory_equal(url.ipv4, ((const uint8_t[]){ 255, 0, 12, 7 }), 4);
}

/* `count` labels of 'a', each `len` long, with dots between them. */
static size_t write_host(char *out, size_t count, size_t len)
{
    char *at = out;

    for (size_t i = 0; i < count; i++) {
        memset(at, 'a', len);
        at += len;
        *at++ = '.';
    }
    at[-1] = '\0';
    return (size_t)(at - 1 - out);
}

static void names_have_labels_of_63_and_253_characters_at_most(void **state)
{
    char host[400];
    struct url url;

    (void)state;
    assert_int_equal(write_host(host, 1, 63), 63);
    assert_int_equal(url_parse(bytes_of_text(host), &url), 0);
    write_host(host, 1, 64);
    assert_int_equal(url_parse(bytes_of_text(host), &url), IMP_ERR_URL_MALFORMED);
    assert_int_equal(write_host(host, 127, 1), CONFIG_HOST_CHARS_MAX);
    assert_int_equal(url_parse(bytes_of_text(host), &url), 0);
    assert_string_equal(url.host, host);
    write_host(host, 128, 1);
    assert_int_equal(url_parse(bytes_of_text(host), &url), IMP_ERR_URL_MALFORMED);
}

static void a_path_has_its_limit(void **state)
{
    static const char head[] = "https://ca.example";
    char text[sizeof head + CONFIG_PATH_CHARS_MAX + 2];
    struct url url;

    (void)state;
    memcpy(text, head, sizeof head);
    memset(text + sizeof head - 1, 'a', CONFIG_PATH_CHARS_MAX + 1);
    text[sizeof head - 1] = '/';
    const size_t len = sizeof head - 1 + CONFIG_PATH_CHARS_MAX;
    assert_int_equal(url_parse(bytes_of(text, len), &url), 0);
    assert_int_equal(strlen(url.path), CONFIG_PATH_CHARS_MAX);
    assert_int_equal(url_parse(bytes_of(text, len + 1), &url), IMP_ERR_URL_MALFORMED);
}

static void dotted_quads_are_exact(void **state)
{
    static const char *const no[] = {
        "",         "1",        "1.2.3",     "1.2.3.4.5", "1.2.3.",    ".1.2.3",     "1..2.3",
        "01.2.3.4", "1.2.3.00", "1.2.3.256", "1.2.3.-4",  "1.2.3.4 ",  " 1.2.3.4",   "1.2.3.0x4",
        "a.b.c.d",  "1,2,3,4",  "1.2.3.4.",  "::1",       "1.2.3.999", "99999.1.1.1"
    };
    uint8_t address[4];

    (void)state;
    assert_int_equal(url_parse_ipv4(bytes_of_text("0.0.0.0"), address), 0);
    assert_int_equal(url_parse_ipv4(bytes_of_text("255.255.255.255"), address), 0);
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        assert_int_equal(url_parse_ipv4(bytes_of_text(no[i]), address), IMP_ERR_URL_MALFORMED);
    }
}

static void parse_any(struct bytes input, void *context)
{
    struct url url;
    const imp_err_t err = url_parse(input, &url);

    (void)context;
    assert_true(err == 0 || err == IMP_ERR_URL_MALFORMED);
    if (err == 0) {
        assert_true(strlen(url.host) > 0 && url.port > 0);
        assert_null(strpbrk(url.path, "?#%\r\n \\"));
    }
}

static void any_input_has_a_verdict(void **state)
{
    (void)state;
    totality_run(bytes_of_text("https://ca.example:8443/est/x/"), parse_any, NULL);
    totality_run(bytes_of_text("192.0.2.7:443"), parse_any, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_enrollment_address_is_understood),
        cmocka_unit_test(everything_else_is_refused),
        cmocka_unit_test(a_nul_is_refused_wherever_it_stands),
        cmocka_unit_test(an_ipv4_literal_gives_its_address),
        cmocka_unit_test(names_have_labels_of_63_and_253_characters_at_most),
        cmocka_unit_test(a_path_has_its_limit),
        cmocka_unit_test(dotted_quads_are_exact),
        cmocka_unit_test(any_input_has_a_verdict),
    };

    return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
