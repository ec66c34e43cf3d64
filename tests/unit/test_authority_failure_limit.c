/* SPDX-License-Identifier: MIT
 * test_authority_failure_limit.c -- an address that presents unknown tokens is told to wait; nobody
 * else is.
 *
 * needs: imprint-authority-parts */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "host-sim/authority/failure_limit.h"

enum {
    NOW = 1800000000,
    LIMIT = 5
};

static struct rate_limit limit;

static int begin(void **state)
{
    (void)state;
    limit = (struct rate_limit){ .per_minute = LIMIT };
    return 0;
}

static struct http_answer after(const char *peer, int64_t now, enum refusal refusal)
{
    struct http_answer answer = { .refusal = refusal };

    failure_limit_apply(&limit, peer, now, &answer);
    return answer;
}

/* Use up the limit of an address. */
static void fail_often(const char *peer)
{
    for (int i = 0; i < LIMIT; i++) {
        assert_int_equal(after(peer, NOW, REFUSAL_TOKEN_UNKNOWN).refusal, REFUSAL_TOKEN_UNKNOWN);
    }
}

static void past_the_limit_an_address_is_told_when_to_come_back(void **state)
{
    (void)state;
    fail_often("192.0.2.1:1000");
    const struct http_answer answer = after("192.0.2.1:2000", NOW + 20, REFUSAL_TOKEN_MISSING);

    assert_int_equal(answer.refusal, REFUSAL_TOO_MANY_FAILURES);
    assert_int_equal(answer.retry_after_s, 40);
    assert_true(answer.close);
    assert_int_equal(refusal_status(answer.refusal), 429);
}

static void after_a_minute_it_may_try_again(void **state)
{
    (void)state;
    fail_often("192.0.2.1:1");
    assert_int_equal(after("192.0.2.1:1", NOW + 59, REFUSAL_TOKEN_UNKNOWN).refusal,
                     REFUSAL_TOO_MANY_FAILURES);
    assert_int_equal(after("192.0.2.1:1", NOW + 60, REFUSAL_TOKEN_UNKNOWN).refusal,
                     REFUSAL_TOKEN_UNKNOWN);
}

static void a_clock_that_jumps_back_locks_nobody_out(void **state)
{
    (void)state;
    fail_often("192.0.2.1:1");
    assert_int_equal(after("192.0.2.1:1", NOW - 3600, REFUSAL_TOKEN_UNKNOWN).refusal,
                     REFUSAL_TOKEN_UNKNOWN);
}

static void success_and_other_refusals_are_not_limited(void **state)
{
    static const enum refusal others[] = { REFUSAL_NONE, REFUSAL_TOKEN_EXHAUSTED,
                                           REFUSAL_NAME_TAKEN, REFUSAL_CSR_INVALID };

    (void)state;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
            for (int n = 0; n < 2 * LIMIT; n++) {
                const struct http_answer answer = after("192.0.2.1:1", NOW, others[i]);

                assert_int_equal(answer.refusal, others[i]);
                assert_false(answer.close);
            }
        }
        if (round == 0) {
            fail_often("192.0.2.1:1"); /* Neither did those count, nor do these change it. */
        }
    }
}

static void other_addresses_are_not_limited(void **state)
{
    (void)state;
    fail_often("192.0.2.1:1");
    fail_often("192.0.2.2:1");
    fail_often("[2001:db8::1]:1");
    fail_often("[2001:db8:0:1::1]:1");
}

static void a_network_of_ipv6_is_one_address(void **state)
{
    (void)state;
    fail_often("[2001:db8::1]:1");
    assert_int_equal(after("[2001:db8::2:1]:1", NOW, REFUSAL_TOKEN_UNKNOWN).refusal,
                     REFUSAL_TOO_MANY_FAILURES);
}

static void an_ipv4_address_on_a_listener_for_both_is_its_own(void **state)
{
    (void)state;
    fail_often("[::ffff:192.0.2.1]:1");
    fail_often("[::ffff:192.0.2.2]:1");
    assert_int_equal(after("192.0.2.1:1", NOW, REFUSAL_TOKEN_UNKNOWN).refusal,
                     REFUSAL_TOO_MANY_FAILURES);
}

static void any_number_of_addresses_fits(void **state)
{
    char peer[HTTP_PEER_CHARS];

    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        snprintf(peer, sizeof peer, "10.%u.%u.%u:1", i >> 16, i >> 8 & 255, i & 255);
        assert_int_equal(after(peer, NOW, REFUSAL_TOKEN_UNKNOWN).refusal, REFUSAL_TOKEN_UNKNOWN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(past_the_limit_an_address_is_told_when_to_come_back, begin),
        cmocka_unit_test_setup(after_a_minute_it_may_try_again, begin),
        cmocka_unit_test_setup(a_clock_that_jumps_back_locks_nobody_out, begin),
        cmocka_unit_test_setup(success_and_other_refusals_are_not_limited, begin),
        cmocka_unit_test_setup(other_addresses_are_not_limited, begin),
        cmocka_unit_test_setup(a_network_of_ipv6_is_one_address, begin),
        cmocka_unit_test_setup(an_ipv4_address_on_a_listener_for_both_is_its_own, begin),
        cmocka_unit_test_setup(any_number_of_addresses_fits, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
