/* SPDX-License-Identifier: MIT
 * test_port_tls.c -- the port's TLS client against an OpenSSL server: both versions, the verdict, the client's identity.
 *
 * needs: imprint_port wolfssl lwip ssl crypto tests/support/port_hal.c tests/support/tls_peer.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "firmware/crypto/random.h"
#include "firmware/tls/tls.h"
#include "port/port.h"
#include "tests/support/port_hal.h"
#include "tests/support/tls_peer.h"

static struct peer_cert ca;
static struct peer_cert p256;
static struct peer_cert rsa;
static struct peer_cert p384;

/* What the verdict saw, and what it says. */
static struct {
    imp_err_t answer;
    unsigned calls;
    size_t count;
    bool first_is_leaf;
    const struct peer_cert *leaf;
} seen;

static imp_err_t verdict(void *context, const struct bytes *certs, size_t count)
{
    uint8_t *der = NULL;
    const int bytes = i2d_X509(seen.leaf->cert, &der);

    assert_ptr_equal(context, &seen);
    seen.calls++;
    seen.count = count;
    seen.first_is_leaf = count > 0 && bytes_equal(certs[0], bytes_of(der, (size_t)bytes));
    OPENSSL_free(der);
    return seen.answer;
}

static struct tls_stream *open_to(const struct peer_cert *leaf, const struct peer_options *options)
{
    static struct tls_params params;
    struct tls_stream *stream = NULL;

    seen.leaf = leaf;
    seen.calls = 0;
    params = (struct tls_params){ .host = "server.test", .port = 443, .verdict = verdict, .verdict_context = &seen };
    peer_start(leaf, &ca, options);
    assert_int_equal(tls_open(&stream, &params), 0);
    return stream;
}

/* Turn both sides until something happens; the first result that is not "again". */
static int32_t shake(struct tls_stream *stream)
{
    for (int i = 0; i < 2000; i++) {
        const int32_t result = tls_connect(stream);

        if (result != 0) {
            return result;
        }
        peer_turn();
    }
    fail_msg("no end");
    return 0;
}

/* Everything is given back but the DRBG, and nothing ever ran out. */
static void close_clean(struct tls_stream *stream, uint32_t used_before)
{
    tls_close(stream);
    peer_stop();
    assert_int_equal(port_arena_use().used_bytes, used_before);
}

static void exchange(struct tls_stream *stream)
{
    char text[64] = "";
    uint8_t answer[64] = { 0 };
    int32_t got = 0;

    assert_int_equal(tls_write(stream, (const uint8_t *)"question", 8), 8);
    assert_int_equal(SSL_read(peer.ssl, text, sizeof text), 8);
    assert_string_equal(text, "question");
    peer_send("answer", 6);
    for (int i = 0; i < 20 && got == 0; i++) {
        got = tls_read(stream, answer, sizeof answer);
    }
    assert_int_equal(got, 6);
    assert_memory_equal(answer, "answer", 6);
    assert_int_equal(tls_read(stream, answer, sizeof answer), 0);
}

static void connect_and_talk(const struct peer_cert *leaf, const struct peer_options *options)
{
    const uint32_t used = port_arena_use().used_bytes;
    struct tls_stream *stream = open_to(leaf, options);

    seen.answer = 0;
    assert_int_equal(shake(stream), 1);
    assert_int_equal(seen.calls, 1);
    assert_int_equal(seen.count, 2 + options->padding_certs);
    assert_true(seen.first_is_leaf);
    exchange(stream);
    close_clean(stream, used);
    assert_int_equal(peer.alert, -1);
}

static void tls13_connects_and_talks(void **state)
{
    (void)state;
    connect_and_talk(&p256, &(struct peer_options){ .version = TLS1_3_VERSION });
    connect_and_talk(&rsa, &(struct peer_options){ .version = TLS1_3_VERSION });
    connect_and_talk(&p384, &(struct peer_options){ .version = TLS1_3_VERSION });
    printf("arena high water %u, failures %u\n", port_arena_use().high_water_bytes, port_arena_use().failure_count);
}

static void tls12_connects_and_talks(void **state)
{
    (void)state;
    connect_and_talk(&p256, &(struct peer_options){ .version = TLS1_2_VERSION });
    connect_and_talk(&rsa, &(struct peer_options){ .version = TLS1_2_VERSION });
}

static void a_hello_retry_request_is_followed(void **state)
{
    (void)state;
    connect_and_talk(&p256, &(struct peer_options){ .version = TLS1_3_VERSION, .groups = "P-384" });
}

static void the_best_version_is_chosen(void **state)
{
    (void)state;
    struct tls_stream *stream = open_to(&p256, &(struct peer_options){ 0 });

    seen.answer = 0;
    assert_int_equal(shake(stream), 1);
    assert_int_equal(SSL_version(peer.ssl), TLS1_3_VERSION);
    tls_close(stream);
    peer_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tls13_connects_and_talks),
        cmocka_unit_test(tls12_connects_and_talks),
        cmocka_unit_test(a_hello_retry_request_is_followed),
        cmocka_unit_test(the_best_version_is_chosen),
    };

    port_hal_reset();
    ca = peer_make_ca(PEER_P256);
    p256 = peer_make_leaf(PEER_P256, &ca);
    rsa = peer_make_leaf(PEER_RSA2048, &ca);
    p384 = peer_make_leaf(PEER_P384, &ca);
    if (port_init() != 0 || random_start() != 0) {
        return 1;
    }
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    peer_free_cert(&p256);
    peer_free_cert(&rsa);
    peer_free_cert(&p384);
    peer_free_cert(&ca);
    return failed;
}
