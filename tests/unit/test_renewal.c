/* SPDX-License-Identifier: MIT
 * test_renewal.c -- when a device renews by itself, under every clock and every Date, and what it
 * tells the application; the policy is in docs/SPEC.md. The certificates here are of 2020 to 2050:
 * the renewal point lies between late 2039 and late 2042. */

/* needs: imprint_port crypto tests/support/device.c tests/support/est_server.c */
/* needs: tests/support/tls_script.c tests/support/certs.c tests/support/port_hal.c */
/* needs: host-sim/device/flash_model.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/device.h"
#include "tests/support/est_server.h"
#include "tests/support/tls_script.h"

#define DATE_2000 "Date: Sat, 01 Jan 2000 00:00:00 GMT\r\n"
#define DATE_2027 "Date: Fri, 01 Jan 2027 00:00:00 GMT\r\n"
#define DATE_2045 "Date: Sun, 01 Jan 2045 00:00:00 GMT\r\n"
#define DATE_2099 "Date: Thu, 01 Jan 2099 00:00:00 GMT\r\n"
#define DATE_9999 "Date: Fri, 01 Jan 9999 00:00:00 GMT\r\n"

enum {
    HOUR_MS = 3600 * 1000
};

static const int64_t year_2000 = 946684800;
static const int64_t year_2030 = 1893456000;
static const int64_t year_2038 = 2147483648;
static const int64_t year_2045 = 2366841600;
static const int64_t year_2106 = 4294967296;
static const int64_t year_9999 = 253370764800;

/* A device of the field: enrolled in another life, its server now says `headers`. */
static void live(const char *headers)
{
    device_enroll();
    est_server.headers = headers;
    device_boot();
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
}

/* Let `ms` pass in ENROLLED, and what then begins end. Returns how many connections that took. */
static size_t pass(uint64_t ms)
{
    const size_t before = tls_seen_count;
    const uint64_t end_ms = device.now_ms + ms;

    while (device.now_ms < end_ms && device_status().state == IMPRINT_ENROLLED) {
        const uint64_t next_ms = device_status().next_try_ms;
        device.now_ms = next_ms > device.now_ms && next_ms < end_ms ? next_ms : end_ms;
        device_step();
        device_run();
    }
    return tls_seen_count - before;
}

static unsigned renewals(void)
{
    return est_server.reenroll_count;
}

/* --- The server's Date ------------------------------------------------------------------------ */

static void without_an_estimate_the_server_is_looked_at_once_in_the_first_hour(void **state)
{
    (void)state;
    live(NULL);
    assert_int_equal(pass(59 * 1000), 0);
    assert_int_equal(pass(HOUR_MS), 1);
    assert_int_equal(device_status().state, IMPRINT_ENROLLED);
    assert_int_equal(renewals(), 0);
    assert_int_equal(pass(22 * (uint64_t)HOUR_MS), 0); /* No Date: once a day. */
    assert_int_equal(pass(3 * (uint64_t)HOUR_MS), 1);
    assert_int_equal(renewals(), 0);
}

static void a_right_date_that_is_not_due_makes_no_key(void **state)
{
    (void)state;
    live(DATE_2027);
    assert_int_equal(pass(HOUR_MS), 1);
    assert_true(device_status().has_estimate);
    assert_int_equal(pass(240 * (uint64_t)HOUR_MS), 0); /* It knows the date: nothing to ask. */
    assert_int_equal(est_server.key_count, 1);
}

static void a_date_past_the_renewal_point_renews(void **state)
{
    (void)state;
    live(DATE_2045);
    assert_int_equal(pass(HOUR_MS), 3);
    assert_int_equal(renewals(), 1);
    assert_int_equal(device_status().state, IMPRINT_ENROLLED);
}

static void a_date_before_the_floor_is_ignored(void **state)
{
    (void)state;
    live(DATE_2000);
    assert_int_equal(pass(HOUR_MS), 1);
    assert_false(device_status().has_estimate);
    assert_int_equal(renewals(), 0);
    est_server.headers = DATE_2045;
    pass(26 * (uint64_t)HOUR_MS);
    assert_true(renewals() >= 1);
}

/* A server that lies costs a renewal, not the identity; once it is right again so is the device. */
static void a_date_of_2099_or_9999_and_then_the_right_one_leaves_it_renewable(void **state)
{
    static const char *const lies[] = { DATE_2099, DATE_9999 };

    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        device_fresh(state);
        live(lies[i]);
        pass(HOUR_MS);
        assert_int_equal(device_status().state, IMPRINT_ENROLLED);
        assert_int_equal(renewals(), 1);
        est_server.headers = DATE_2027;
        pass(3 * (uint64_t)HOUR_MS);
        assert_int_equal(renewals(), 1); /* Looked again first, and was told. */
        assert_true(device_status().estimate < year_2030);
        assert_int_equal(imprint_renew(device.imprint), 0);
        assert_int_equal(device_run(), IMPRINT_ENROLLED);
        assert_int_equal(renewals(), 2);
    }
}

static void a_server_that_keeps_lying_gets_one_renewal_an_hour_at_most(void **state)
{
    (void)state;
    live(DATE_2099);
    while (renewals() == 0) {
        pass(60 * 1000);
    }
    for (int i = 0; i < 9; i++) {
        device.now_ms += 60 * 1000;
        device_step();
        device_run();
    }
    assert_int_equal(renewals(), 1);
    pass(24 * (uint64_t)HOUR_MS);
    assert_in_range(renewals(), 12, 25);
    assert_int_equal(device_status().state, IMPRINT_ENROLLED);
}

/* Whoever answers for a server that is not ours tells no time, and brings about no key. */
static void a_strangers_date_is_not_believed(void **state)
{
    (void)state;
    live(DATE_2099);
    const struct bytes stranger[] = { est_pki.stranger_server.der };
    tls_script.presented = stranger;
    tls_script.presented_count = 1;
    pass(HOUR_MS);
    assert_int_equal(device_status().state, IMPRINT_BACKOFF);
    assert_false(device_status().has_estimate);
    assert_int_equal(est_server.key_count, 1);
}

/* --- Clocks that were set --------------------------------------------------------------------- */

static void a_set_clock_says_when_and_a_wrong_one_costs_nothing(void **state)
{
    const struct {
        int64_t seconds;
        imp_err_t err;
        unsigned renewals;
        enum imprint_state after;
    } rows[] = {
        { 0, IMP_ERR_CONFIG_VALUE, 0, IMPRINT_ENROLLED },
        { 1, IMP_ERR_CONFIG_VALUE, 0, IMPRINT_ENROLLED },
        { year_2000, 0, 0, IMPRINT_ENROLLED }, /* Before the floor: known to be wrong. */
        { CONFIG_BUILD_TIME - 86400, 0, 0, IMPRINT_ENROLLED },
        { year_2030, 0, 0, IMPRINT_ENROLLED },
        { year_2038, 0, 0, IMPRINT_ENROLLED },
        { year_2045, 0, 1, IMPRINT_ENROLLED },
        { year_2106, 0, 0, IMPRINT_BACKOFF }, /* The server's certificate has expired by then. */
        { year_9999, 0, 0, IMPRINT_BACKOFF },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        device_fresh(state);
        live(DATE_2027);
        assert_int_equal(imprint_set_time(device.imprint, rows[i].seconds, device.now_ms),
                         rows[i].err);
        pass(HOUR_MS);
        assert_int_equal(device_status().state, rows[i].after);
        assert_int_equal(renewals(), rows[i].renewals);
        assert_true(device_status().has_identity);
        if (rows[i].after == IMPRINT_BACKOFF) {
            assert_int_equal(device_status().reason, IMP_ERR_CHAIN_EXPIRED);
            assert_int_equal(imprint_set_time(device.imprint, year_2045, device.now_ms), 0);
            assert_int_equal(device_wait(), IMPRINT_ENROLLED);
            assert_int_equal(renewals(), 1);
        }
    }
}

static void a_clock_that_jumps_back_takes_the_renewal_back(void **state)
{
    (void)state;
    live(NULL);
    assert_int_equal(imprint_set_time(device.imprint, year_2045, device.now_ms), 0);
    assert_int_equal(imprint_set_time(device.imprint, year_2030, device.now_ms), 0);
    assert_int_equal(pass(HOUR_MS), 0);
}

/* A dead battery must not keep a verified Date out. */
static void a_verified_date_replaces_a_clock_that_lies_before_the_floor(void **state)
{
    (void)state;
    live(DATE_2045);
    assert_int_equal(imprint_set_time(device.imprint, year_2000, device.now_ms), 0);
    pass(HOUR_MS);
    assert_int_equal(renewals(), 1);
    assert_true(device_status().estimate >= year_2045);
}

/* An application that asks who it is every 55 minutes must not keep the renewal away. */
static void a_proof_that_is_asked_for_often_does_not_put_the_renewal_off(void **state)
{
    (void)state;
    live(DATE_2045);
    for (int i = 0; i < 4 && renewals() == 0; i++) {
        assert_int_equal(imprint_whoami(device.imprint), 0);
        assert_int_equal(device_run(), IMPRINT_ENROLLED);
        pass(55 * (uint64_t)60 * 1000);
    }
    assert_int_equal(renewals(), 1);
    assert_int_equal(device_status().state, IMPRINT_ENROLLED);
}

/* --- Chance ----------------------------------------------------------------------------------- */

static void each_life_has_a_renewal_point_of_its_own(void **state)
{
    int64_t first = 0;
    int64_t last = 0;

    (void)state;
    device_enroll();
    for (int i = 0; i < 20; i++) {
        device_boot();
        device_run();
        const int64_t at = device_status().renew_at;
        assert_in_range(at, INT64_C(2202508800), INT64_C(2297157000)); /* 66 % to 76 %. */
        first = i == 0 || at < first ? at : first;
        last = at > last ? at : last;
    }
    assert_true(last - first > 20000000);
}

/* --- Events ----------------------------------------------------------------------------------- */

static void the_end_of_a_certificate_is_told_once(void **state)
{
    (void)state;
    live(NULL);
    assert_int_equal(imprint_set_time(device.imprint, year_2045, device.now_ms), 0);
    for (int i = 0; i < 5; i++) {
        device_step();
    }
    assert_int_equal(device.events[IMPRINT_IDENTITY_EXPIRES_SOON], 1);
    assert_int_equal(imprint_set_time(device.imprint, year_2106, device.now_ms), 0);
    for (int i = 0; i < 5; i++) {
        device_step();
    }
    assert_int_equal(device.events[IMPRINT_IDENTITY_EXPIRES_SOON], 1);
    assert_int_equal(device.events[IMPRINT_IDENTITY_EXPIRED], 1);
    assert_int_equal(device.events[IMPRINT_IDENTITY_ENROLLED], 0);
}

#define TEST(name) cmocka_unit_test_setup(name, device_fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_an_estimate_the_server_is_looked_at_once_in_the_first_hour),
        TEST(a_right_date_that_is_not_due_makes_no_key),
        TEST(a_date_past_the_renewal_point_renews),
        TEST(a_date_before_the_floor_is_ignored),
        TEST(a_date_of_2099_or_9999_and_then_the_right_one_leaves_it_renewable),
        TEST(a_server_that_keeps_lying_gets_one_renewal_an_hour_at_most),
        TEST(a_strangers_date_is_not_believed),
        TEST(a_set_clock_says_when_and_a_wrong_one_costs_nothing),
        TEST(a_clock_that_jumps_back_takes_the_renewal_back),
        TEST(a_verified_date_replaces_a_clock_that_lies_before_the_floor),
        TEST(a_proof_that_is_asked_for_often_does_not_put_the_renewal_off),
        TEST(each_life_has_a_renewal_point_of_its_own),
        TEST(the_end_of_a_certificate_is_told_once),
    };
    return cmocka_run_group_tests(tests, device_make, device_free);
}
