/* SPDX-License-Identifier: MIT
 * test_port_records.c -- the port's TLS client and records as only a strange server sends them: of
 * 8 KB and more, and without end but with nothing in them.
 *
 * The offer of max_fragment_length is left out of the ClientHello, which to the server is the same
 * as not to know it. */

/* needs: imprint_port wolfssl lwip ssl crypto tests/support/port_hal.c tests/support/tls_peer.c */
/* needs: tests/support/tls_seal.c -Wl,--wrap=wolfSSL_UseMaxFragment */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/crypto/random.h"
#include "firmware/tls/tls.h"
#include "port/arena.h"
#include "port/port.h"
#include "port/port_config.h"
#include "tests/support/port_hal.h"
#include "tests/support/tls_peer.h"
#include "tests/support/tls_seal.h"

static struct peer_cert ca;
static struct peer_cert leaf;

int __wrap_wolfSSL_UseMaxFragment(void *ssl, unsigned char fragment);
int __wrap_wolfSSL_UseMaxFragment(void *ssl, unsigned char fragment)
{
    (void)ssl;
    (void)fragment;
    return 1; /* WOLFSSL_SUCCESS */
}

static imp_err_t accept_all(void *context, const struct bytes *certs, size_t count)
{
    (void)context;
    (void)certs;
    (void)count;
    return 0;
}

static int32_t shake(struct tls_stream *stream)
{
    int32_t result = 0;

    for (int i = 0; i < 2000 && result == 0; i++) {
        result = tls_connect(stream);
        peer_turn();
    }
    return result;
}

static struct tls_stream *open_to(const struct peer_options *options)
{
    static const struct tls_params params = { .host = "server.test",
                                              .port = 443,
                                              .verdict = accept_all };
    struct tls_stream *stream = NULL;

    peer_start(&leaf, &ca, options);
    tls_seal_watch(peer.ctx);
    assert_int_equal(tls_open(&stream, &params), 0);
    return stream;
}

static struct tls_stream *connected(int version)
{
    struct tls_stream *stream = open_to(&(struct peer_options){ .version = version });

    assert_int_equal(shake(stream), 1);
    return stream;
}

static void close_both(struct tls_stream *stream)
{
    tls_close(stream);
    peer_stop();
}

/* --- Large records ---------------------------------------------------------------------------- */

/* Read until there were `wanted` bytes, or an error. */
static int32_t read_all(struct tls_stream *stream, uint8_t *out, size_t wanted)
{
    size_t got = 0;

    for (int i = 0; i < 200 && got < wanted; i++) {
        const int32_t some = tls_read(stream, out + got, wanted - got);
        if (some < 0) {
            return some;
        }
        got += (size_t)some;
    }
    return (int32_t)got;
}

static void records_up_to_8_kb_are_taken_and_larger_ones_are_not(void **state)
{
    static const struct {
        size_t bytes;
        imp_err_t err;
    } rows[] = {
        { 8192, 0 },
        { 8192 + 256, IMP_ERR_TLS_RECORD }, /* With the tag and the type it is over the limit. */
        { 16384, IMP_ERR_TLS_RECORD },
    };
    static uint8_t sent[16384];
    static uint8_t got[16384];
    const uint32_t used = port_arena_use().used_bytes;

    (void)state;
    for (size_t i = 0; i < sizeof sent; i++) {
        sent[i] = (uint8_t)(i * 7 + i / 251);
    }
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            struct tls_stream *stream = connected(version);
            peer_send(sent, rows[i].bytes);
            const int32_t result = read_all(stream, got, rows[i].bytes);
            assert_int_equal(result, rows[i].err ? rows[i].err : (int32_t)rows[i].bytes);
            assert_true(rows[i].err || memcmp(sent, got, rows[i].bytes) == 0);
            close_both(stream);
            assert_int_equal(port_arena_use().used_bytes, used);
        }
    }
}

/* --- Records that bring nothing --------------------------------------------------------------- */

/* The flood is as long as one likes: it ends by name after so many records, and memory is flat. */
static void a_flood_of_empty_records_ends_by_name(void **state)
{
    const uint32_t used = port_arena_use().used_bytes;
    struct tls_stream *stream = connected(TLS1_3_VERSION);
    uint8_t in[16];
    int32_t result = 0;
    unsigned records = 0;

    (void)state;
    while (tls_read(stream, in, sizeof in) == 0 && peer.to_device_bytes > 0) {
        /* The server's session tickets. */
    }
    const uint32_t at_rest = port_arena_use().used_bytes;
    while (result == 0 && records < 10000) {
        peer.to_device_bytes += tls_seal_empty(peer.ssl, peer.to_device + peer.to_device_bytes);
        records++;
        result = tls_read(stream, in, sizeof in);
        assert_in_range(port_arena_use().used_bytes, 0, at_rest + 512);
    }
    assert_int_equal(result, IMP_ERR_TLS_FLOOD);
    assert_in_range(records, 16, PORT_TLS_IDLE_RECORDS_MAX + 1);
    close_both(stream);
    assert_int_equal(port_arena_use().used_bytes, used);
}

/* A key update brings nothing for the application either. */
static void a_flood_of_key_updates_ends_by_name(void **state)
{
    struct tls_stream *stream = connected(TLS1_3_VERSION);
    uint8_t in[16];
    int32_t result = 0;
    unsigned updates = 0;

    (void)state;
    while (result == 0 && updates < 1000) {
        assert_int_equal(SSL_key_update(peer.ssl, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
        peer_flush();
        updates++;
        result = tls_read(stream, in, sizeof in);
    }
    assert_int_equal(result, IMP_ERR_TLS_FLOOD);
    close_both(stream);
}

/* Empty records between others do no harm, however many there are in all. */
static void empty_records_between_others_are_passed_over(void **state)
{
    struct tls_stream *stream = connected(TLS1_3_VERSION);
    uint8_t in[16];

    (void)state;
    while (tls_read(stream, in, sizeof in) == 0 && peer.to_device_bytes > 0) {
        /* The server's session tickets. */
    }
    for (unsigned i = 0; i < 4u * PORT_TLS_IDLE_RECORDS_MAX; i++) {
        int32_t result = 0;
        peer.to_device_bytes += tls_seal_empty(peer.ssl, peer.to_device + peer.to_device_bytes);
        peer.to_device_bytes += tls_seal(peer.ssl, "x", 1, peer.to_device + peer.to_device_bytes);
        while (result == 0) {
            result = tls_read(stream, in, sizeof in);
        }
        assert_int_equal(result, 1);
    }
    close_both(stream);
}

/* Behind the ServerHello: what may stand between handshake messages (RFC 8446 5), and empty ones. */
static void a_flood_within_the_handshake_ends_by_name(void **state)
{
    static const struct {
        uint8_t record[8];
        size_t bytes;
    } rows[] = {
        { { 0x14, 0x03, 0x03, 0x00, 0x01, 0x01 }, 6 },       /* change_cipher_spec */
        { { 0x15, 0x03, 0x03, 0x00, 0x02, 0x01, 0x5A }, 7 }, /* user_canceled, a warning */
        { { 0x16, 0x03, 0x03, 0x00, 0x00 }, 5 },
        { { 0x17, 0x03, 0x03, 0x00, 0x00 }, 5 },
    };

    (void)state;
    for (size_t i = 0; i < 2 * sizeof rows / sizeof rows[0]; i++) {
        const int version = i % 2 == 0 ? TLS1_3_VERSION : TLS1_2_VERSION;
        struct tls_stream *stream = open_to(&(struct peer_options){ .version = version });
        int32_t result = tls_connect(stream);
        unsigned records = 0;

        assert_int_equal(result, 0);
        peer.to_device_bytes = 5u + (size_t)(peer.to_device[3] << 8 | peer.to_device[4]);
        assert_int_equal(tls_connect(stream), 0);
        for (; result == 0 && records < 10000; records++) {
            memcpy(peer.to_device, rows[i / 2].record, rows[i / 2].bytes);
            peer.to_device_bytes = rows[i / 2].bytes;
            result = tls_connect(stream);
        }
        assert_in_range(records, 1, PORT_TLS_IDLE_RECORDS_MAX + 1);
        if (result != IMP_ERR_TLS_FLOOD && result != IMP_ERR_TLS_PROTOCOL) {
            fail_msg("record type %u: %s", rows[i / 2].record[0], imprint_err_name(result));
        }
        close_both(stream);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_up_to_8_kb_are_taken_and_larger_ones_are_not),
        cmocka_unit_test(a_flood_of_empty_records_ends_by_name),
        cmocka_unit_test(a_flood_of_key_updates_ends_by_name),
        cmocka_unit_test(empty_records_between_others_are_passed_over),
        cmocka_unit_test(a_flood_within_the_handshake_ends_by_name),
    };

    port_hal_reset();
    ca = peer_make_ca(PEER_P256);
    leaf = peer_make_leaf(PEER_P256, &ca);
    if (port_init() != 0 || random_start() != 0) {
        return 1;
    }
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    peer_free_cert(&leaf);
    peer_free_cert(&ca);
    return failed;
}
