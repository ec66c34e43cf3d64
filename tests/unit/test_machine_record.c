/* SPDX-License-Identifier: MIT
 * test_machine_record.c -- what LOAD finds in flash: records of a newer firmware, incomplete
 * ones, and a flash that fails. */

/* needs: imprint_port crypto tests/support/device.c tests/support/est_server.c */
/* needs: tests/support/tls_script.c tests/support/certs.c tests/support/port_hal.c */
/* needs: host-sim/device/flash_model.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/store/store.h"
#include "tests/support/device.h"
#include "tests/support/est_server.h"
#include "tests/support/port_hal.h"
#include "tests/support/tls_script.h"

#define PIN "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/* Write a record behind the firmware's back. */
static void write_record(enum store_type type, const void *bytes, size_t len)
{
    const struct bytes part = bytes_of(bytes, len);
    struct store store;

    assert_int_equal(store_open(&store, &device.flash.flash), 0);
    assert_int_equal(store_append(&store, type, &part, 1), 0);
}

/* --- Records that this firmware does not know ------------------------------------------------- */

static void a_record_of_a_newer_firmware_stops_before_anything_is_sent(void **state)
{
    static const uint8_t long_token[CONFIG_TOKEN_CHARS_MAX + 1] = { 't' };
    static const uint8_t long_provision[1025] = { 1 };
    static const uint8_t newer_identity[400] = { 2 };
    static const struct {
        enum store_type type;
        const void *bytes;
        size_t len;
        imp_err_t err;
    } rows[] = {
        { STORE_PROVISION, "\x7F\x01\x00x", 4, IMP_ERR_STORE_FORMAT },
        { STORE_PROVISION, long_provision, sizeof long_provision, IMP_ERR_STORE_FORMAT },
        { STORE_TOKEN_CLEAR, long_token, sizeof long_token, IMP_ERR_STORE_FORMAT },
        { STORE_TOKEN_CLEAR, "", 0, IMP_ERR_STORE_FORMAT },
        { STORE_TOKEN_CLEAR, "t\r\nX-Evil: 1", 12, IMP_ERR_STORE_FORMAT },
        { STORE_IDENTITY, "\x02", 1, IMP_ERR_STORE_DAMAGED },
        { STORE_IDENTITY, newer_identity, sizeof newer_identity, IMP_ERR_STORE_FORMAT },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        device_fresh(state);
        device_run();
        assert_int_equal(device_provision(), 0);
        write_record(rows[i].type, rows[i].bytes, rows[i].len);
        device_boot();
        assert_int_equal(device_run(), IMPRINT_FAULT);
        assert_int_equal(device_status().reason, rows[i].err);
        assert_int_equal(tls_seen_count, 0);
    }
}

static void anchors_that_make_no_sense_are_a_fault_and_trust_nobody(void **state)
{
    static const struct {
        const void *bytes;
        size_t len;
    } rows[] = {
        { "\x01\x01", 2 },                                     /* No head. */
        { "\x02\x01\x00\x00\x01\x00x", 7 },                    /* Another version. */
        { "\x01\x00\x00\x00", 4 },                             /* No anchor. */
        { "\x01\x01\x00\x00", 4 },                             /* The anchor is missing. */
        { "\x01\x01\x00\x00\x00\x00", 6 },                     /* An empty one. */
        { "\x01\x01\x00\x00\x02\x00x", 7 },                    /* Cut. */
        { "\x01\x01\x01\x00\x01\x00x", 7 },                    /* The issuer is missing. */
        { "\x01\x03\x00\x00\x01\x00x\x01\x00x\x01\x00x", 13 }, /* More than we keep. */
        { "\x01\x01\x05\x00\x01\x00x\x01\x00x\x01\x00x\x01\x00x\x01\x00x\x01\x00x", 22 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        device_fresh(state);
        device_run();
        assert_int_equal(device_provision(), 0);
        write_record(STORE_ANCHORS, rows[i].bytes, rows[i].len);
        device_boot();
        assert_int_equal(device_run(), IMPRINT_FAULT);
        assert_int_equal(device_status().reason, IMP_ERR_STORE_FORMAT);
        assert_int_equal(tls_seen_count, 0);
    }
}

static void a_count_of_attempts_that_makes_no_sense_is_none(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        uint32_t attempts;
    } rows[] = {
        { "\x00", 1, 1 }, { "\x05", 1, 32 }, { "\x1F", 1, 0x80000000u },
        { "\x20", 1, 0 }, { "\xFF", 1, 0 },  { "\x01\x01", 2, 0 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        device_fresh(state);
        device_run();
        write_record(STORE_ATTEMPTS, rows[i].bytes, rows[i].len);
        device_boot();
        device_step();
        assert_int_equal(device_status().attempts, rows[i].attempts);
    }
}

/* --- Records that are not there --------------------------------------------------------------- */

static void server_pin_and_token_are_each_needed(void **state)
{
    for (int missing = 0; missing < 3; missing++) {
        device_fresh(state);
        device_run();
        if (missing != 0) {
            assert_int_equal(imprint_set_server(device.imprint, EST_SERVER_URL), 0);
        }
        if (missing != 1) {
            assert_int_equal(imprint_set_pin(device.imprint, PIN), 0);
        }
        if (missing != 2) {
            assert_int_equal(imprint_set_token(device.imprint, DEVICE_TOKEN), 0);
        }
        assert_int_equal(imprint_enroll(device.imprint), IMP_ERR_CONFIG_MISSING);
        device_boot();
        assert_int_equal(device_run(), IMPRINT_BLANK);
        assert_int_equal(device_status().reason, IMP_ERR_CONFIG_MISSING);
    }
}

static void a_device_without_name_and_serial_says_so_until_it_has_one(void **state)
{
    (void)state;
    device.imprint =
        imprint_start(&device.memory, &(struct imprint_params){ .flash = &device.flash.flash });
    device_run();
    assert_int_equal(imprint_set_server(device.imprint, EST_SERVER_URL), 0);
    assert_int_equal(imprint_set_pin(device.imprint, PIN), 0);
    assert_int_equal(imprint_set_token(device.imprint, DEVICE_TOKEN), 0);
    assert_int_equal(imprint_enroll(device.imprint), IMP_ERR_CONFIG_NAME);
    assert_string_equal(device_status().name, "");
    assert_int_equal(imprint_set_serial(device.imprint, "00A1"), 0);
    assert_string_equal(device_status().name, "imprint-00A1");
    assert_int_equal(imprint_enroll(device.imprint), 0);
}

/* --- A flash that fails to read --------------------------------------------------------------- */

static hal_err_t (*good_read)(const struct hal_flash *flash, uint32_t offset, void *out,
                              size_t bytes);
static unsigned reads;
static unsigned good_reads; /* The reads after these fail. */

static hal_err_t failing_read(const struct hal_flash *flash, uint32_t offset, void *out,
                              size_t bytes)
{
    reads++;
    return reads > good_reads ? HAL_ERR_IO : good_read(flash, offset, out, bytes);
}

static void fail_reads_after(unsigned count)
{
    if (device.flash.flash.read != failing_read) {
        good_read = device.flash.flash.read;
    }
    device.flash.flash.read = failing_read;
    reads = 0;
    good_reads = count;
}

static void an_identity_that_can_not_be_read_is_a_fault_and_stays(void **state)
{
    enum imprint_state reached = IMPRINT_FAULT;
    unsigned faults = 0;

    (void)state;
    device_enroll();
    const size_t connections = tls_seen_count;
    const uint32_t programs = device.flash.program_count;
    for (unsigned count = 0; reached == IMPRINT_FAULT; count++) {
        device_boot();
        fail_reads_after(count);
        reached = device_run();
        if (reached == IMPRINT_FAULT) {
            assert_int_equal(device_status().reason, IMP_ERR_STORE_FLASH);
            assert_false(device_status().has_identity);
            faults++;
        }
    }
    assert_int_equal(reached, IMPRINT_ENROLLED);
    assert_true(faults > 5);
    assert_int_equal(tls_seen_count, connections);
    assert_int_equal(device.flash.program_count, programs);
}

static void a_flash_that_stops_reading_while_enrolling_is_a_fault_and_costs_no_key(void **state)
{
    enum imprint_state reached = IMPRINT_FAULT;

    for (unsigned count = 0; reached == IMPRINT_FAULT; count += 7) {
        device_fresh(state);
        device_run();
        assert_int_equal(device_provision(), 0);
        assert_int_equal(imprint_enroll(device.imprint), 0);
        fail_reads_after(count);
        reached = device_run();
        if (reached == IMPRINT_FAULT) {
            assert_int_equal(imprint_err_class(device_status().reason), IMP_CLASS_HARDWARE);
            good_reads = UINT32_MAX;
            device_boot();
            assert_int_equal(device_run(), IMPRINT_ENROLLED);
        }
        assert_int_equal(est_server.key_count, 1);
    }
    assert_int_equal(reached, IMPRINT_ENROLLED);
}

static void a_flash_that_stops_reading_while_proving_again_is_a_fault(void **state)
{
    (void)state;
    device_enroll();
    assert_int_equal(imprint_whoami(device.imprint), 0);
    fail_reads_after(0);
    assert_int_equal(device_run(), IMPRINT_FAULT);
    assert_int_equal(device_status().reason, IMP_ERR_STORE_FLASH);
    good_reads = UINT32_MAX;
    device_boot();
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
}

/* --- Waiting ---------------------------------------------------------------------------------- */

static void a_wait_is_stepped_through_a_second_at_most_at_a_time(void **state)
{
    unsigned steps = 0;

    (void)state;
    device_run();
    assert_int_equal(device_provision(), 0);
    est_server.enroll_answer = "HTTP/1.1 503 x\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n";
    assert_int_equal(imprint_enroll(device.imprint), 0);
    assert_int_equal(device_run(), IMPRINT_BACKOFF);
    est_server.enroll_answer = NULL;
    const uint64_t end_ms = device_status().next_try_ms;
    const uint64_t seconds = (end_ms - device.now_ms) / 1000;
    while (device_status().state == IMPRINT_BACKOFF) {
        const uint64_t before_ms = device.now_ms;
        device_step();
        assert_in_range(device.now_ms - before_ms, 0, 1000);
        steps++;
    }
    assert_int_equal(device.now_ms, end_ms);
    assert_in_range(seconds, 30, 30 + CONFIG_BACKOFF_FIRST_MS / 1000);
    assert_in_range(steps, seconds, seconds + 2);
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
}

#define TEST(name) cmocka_unit_test_setup(name, device_fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_record_of_a_newer_firmware_stops_before_anything_is_sent),
        TEST(anchors_that_make_no_sense_are_a_fault_and_trust_nobody),
        TEST(a_count_of_attempts_that_makes_no_sense_is_none),
        TEST(server_pin_and_token_are_each_needed),
        TEST(a_device_without_name_and_serial_says_so_until_it_has_one),
        TEST(an_identity_that_can_not_be_read_is_a_fault_and_stays),
        TEST(a_flash_that_stops_reading_while_enrolling_is_a_fault_and_costs_no_key),
        TEST(a_flash_that_stops_reading_while_proving_again_is_a_fault),
        TEST(a_wait_is_stepped_through_a_second_at_most_at_a_time),
    };
    return cmocka_run_group_tests(tests, device_make, device_free);
}
