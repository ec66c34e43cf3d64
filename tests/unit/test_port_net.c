/* SPDX-License-Identifier: MIT
 * test_port_net.c -- the port's lwIP over libslirp, to servers on this machine's loopback.
 *
 * needs: imprint_port wolfssl lwip slirp host-sim/device/netif_slirp.c tests/support/port_hal.c tests/support/dns_netif.c */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "firmware/config.h"
#include "firmware/crypto/random.h"
#include "firmware/net/net.h"
#include "host-sim/device/netif_slirp.h"
#include "port/arena.h"
#include "port/port.h"
#include "port/port_config.h"
#include "tests/support/dns_netif.h"
#include "tests/support/port_hal.h"

static const uint8_t mac[6] = { 0x02, 0, 0, 0, 0, 1 };

static uint64_t real_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint64_t skipped_ms; /* How far the device's clock is ahead. */

static void turn(void)
{
    netif_slirp_wait(1, -1);
    port_hal.now_ms = real_ms() + skipped_ms;
    port_net_poll(port_hal.now_ms);
}

/* Turn until `condition` holds, 5 s at most. */
#define TURN_UNTIL(condition)                       \
    do {                                            \
        const uint64_t limit_ms = real_ms() + 5000; \
        while (!(condition)) {                      \
            assert_true(real_ms() < limit_ms);      \
            turn();                                 \
        }                                           \
    } while (0)

/* --- Servers ---------------------------------------------------------------------------------- */

static int listener(uint16_t *port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t bytes = sizeof at;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &bytes), 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    *port = ntohs(at.sin_port);
    return fd;
}

static int accepted(int listening)
{
    int fd = -1;

    TURN_UNTIL((fd = accept(listening, NULL, NULL)) >= 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static int32_t settled(struct net_stream *stream)
{
    int32_t result = 0;

    TURN_UNTIL((result = net_connected(stream)) != 0);
    return result;
}

/* A connection and the server's end of it. */
static struct net_stream *connected(const char *host, int *server)
{
    struct net_stream *stream = NULL;
    uint16_t port;
    const int listening = listener(&port);

    assert_int_equal(net_open(&stream, host, port), 0);
    assert_int_equal(settled(stream), 1);
    *server = accepted(listening);
    close(listening);
    return stream;
}

static int32_t read_some(struct net_stream *stream, uint8_t *out, size_t cap)
{
    int32_t got = 0;

    TURN_UNTIL((got = net_read(stream, out, cap)) != 0);
    return got;
}

/* --- Tests ------------------------------------------------------------------------------------ */

static void nothing_opens_before_there_is_an_address(void **state)
{
    struct net_stream *stream = NULL;
    uint8_t address[4];

    (void)state;
    assert_int_equal(net_ready(), IMP_ERR_NET_NO_LINK);
    assert_int_equal(net_open(&stream, "10.0.2.2", 1), IMP_ERR_NET_NO_LINK);
    dns_netif.is_deaf = true;
    assert_int_equal(port_net_start(dns_netif_before(netif_slirp()), mac, "imprint-test"), 0);
    turn();
    assert_int_equal(net_ready(), IMP_ERR_NET_NO_ADDRESS);
    assert_int_equal(net_open(&stream, "10.0.2.2", 1), IMP_ERR_NET_NO_ADDRESS);
    assert_false(port_net_address(address));
}

static void dhcp_gives_an_address_at_once(void **state)
{
    const uint8_t expected[4] = { 10, 0, 2, 15 };
    uint8_t address[4];
    const uint64_t began_ms = real_ms();

    (void)state;
    dns_netif.is_deaf = false;
    TURN_UNTIL(net_ready() == 0);
    assert_true(port_net_address(address));
    assert_memory_equal(address, expected, 4);
    assert_true(real_ms() - began_ms < 2000);
}

static void bytes_go_both_ways_until_the_peer_ends(void **state)
{
    uint8_t text[16];
    int server;
    struct net_stream *stream = connected("10.0.2.2", &server);

    (void)state;
    assert_int_equal(net_write(stream, (const uint8_t *)"question", 8), 8);
    TURN_UNTIL(read(server, text, sizeof text) == 8);
    assert_memory_equal(text, "question", 8);
    assert_int_equal(write(server, "answer", 6), 6);
    close(server);
    assert_int_equal(read_some(stream, text, 4), 4);
    assert_int_equal(read_some(stream, text + 4, 12), 2);
    assert_memory_equal(text, "answer", 6);
    assert_int_equal(read_some(stream, text, sizeof text), IMP_ERR_NET_CLOSED);
    net_close(stream);
}

enum {
    BYTES = 100000
};

/* One direction of a long talk. */
struct way {
    uint8_t sent[BYTES];
    uint8_t got[BYTES];
    size_t sent_bytes;
    size_t got_bytes;
};

static void fill(struct way *way, unsigned step)
{
    for (size_t i = 0; i < BYTES; i++) {
        way->sent[i] = (uint8_t)(i * step + i / 251);
    }
}

static void move(struct way *way, int32_t sent, int32_t got)
{
    way->sent_bytes += sent > 0 ? (size_t)sent : 0;
    way->got_bytes += got > 0 ? (size_t)got : 0;
}

static void much_goes_through_a_small_window_and_memory_comes_back(void **state)
{
    static struct way up, down;
    int server;

    (void)state;
    fill(&up, 7);
    fill(&down, 11);
    struct net_stream *stream = connected("10.0.2.2", &server);
    const struct net_count before = net_counted();

    while (up.got_bytes < BYTES) {
        turn();
        move(&up, net_write(stream, up.sent + up.sent_bytes, BYTES - up.sent_bytes),
             (int32_t)read(server, up.got + up.got_bytes, BYTES - up.got_bytes));
    }
    assert_memory_equal(up.sent, up.got, BYTES);
    while (down.got_bytes < BYTES) {
        turn();
        move(&down, (int32_t)write(server, down.sent + down.sent_bytes, BYTES - down.sent_bytes),
             net_read(stream, down.got + down.got_bytes, BYTES - down.got_bytes));
    }
    assert_memory_equal(down.sent, down.got, BYTES);
    assert_int_equal(net_counted().sent_bytes - before.sent_bytes, BYTES);
    assert_int_equal(net_counted().received_bytes - before.received_bytes, BYTES);
    close(server);
    net_close(stream);
    assert_int_equal(port_arena_use().failure_count, 0);
}

static void nobody_listening_is_refused(void **state)
{
    struct net_stream *stream = NULL;
    uint16_t port;

    (void)state;
    close(listener(&port));
    assert_int_equal(net_open(&stream, "10.0.2.2", port), 0);
    assert_int_equal(settled(stream), IMP_ERR_NET_REFUSED);
    net_close(stream);
}

static void a_reset_is_told_from_an_end(void **state)
{
    const struct linger cut = { .l_onoff = 1, .l_linger = 0 };
    uint8_t text[4];
    int server;
    struct net_stream *stream = connected("10.0.2.2", &server);

    (void)state;
    setsockopt(server, SOL_SOCKET, SO_LINGER, &cut, sizeof cut);
    close(server);
    assert_int_equal(read_some(stream, text, sizeof text), IMP_ERR_NET_RESET);
    assert_int_equal(net_write(stream, text, sizeof text), IMP_ERR_NET_RESET);
    net_close(stream);
}

static void closing_early_does_no_harm(void **state)
{
    int server;
    struct net_stream *stream = connected("10.0.2.2", &server);

    (void)state;
    assert_int_equal(write(server, "unread", 6), 6);
    for (int i = 0; i < 20; i++) {
        turn();
    }
    net_close(stream);
    close(server);
    net_close(NULL);
    uint16_t port;
    const int listening = listener(&port);

    assert_int_equal(net_open(&stream, "10.0.2.2", port), 0);
    net_close(stream);
    close(listening);
    for (int i = 0; i < 20; i++) {
        turn();
    }
}

static void names_are_asked_for(void **state)
{
    int server;

    (void)state;
    dns_netif.reply = DNS_ADDRESS;
    memcpy(dns_netif.address, netif_slirp_loopback, 4);
    struct net_stream *stream = connected("server.test", &server);

    assert_true(dns_netif.question_count > 0);
    net_close(stream);
    close(server);
}

/* Each with a name of its own: answers are kept for their time to live. */
static int32_t outcome_of(const char *host)
{
    struct net_stream *stream = NULL;

    assert_int_equal(net_open(&stream, host, 443), 0);
    const int32_t result = settled(stream);

    net_close(stream);
    return result;
}

static void addresses_that_can_not_be_a_server_are_refused(void **state)
{
    static const struct {
        const char *host;
        uint8_t address[4];
    } bad[] = {
        { "zero.test", { 0, 0, 0, 0 } },        { "this.test", { 0, 1, 2, 3 } },
        { "loopback.test", { 127, 0, 0, 1 } },  { "loopback2.test", { 127, 9, 9, 9 } },
        { "multicast.test", { 224, 0, 0, 1 } }, { "reserved.test", { 240, 0, 0, 1 } },
        { "all.test", { 255, 255, 255, 255 } }, { "subnet.test", { 10, 0, 2, 255 } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        dns_netif.reply = DNS_ADDRESS;
        memcpy(dns_netif.address, bad[i].address, 4);
        assert_int_equal(outcome_of(bad[i].host), IMP_ERR_NET_DNS_ADDRESS);
    }
}

/* The answers say that they are good for a week. */
static void a_wrong_answer_is_not_kept(void **state)
{
    static const uint8_t wrong[4] = { 127, 0, 0, 1 };

    (void)state;
    dns_netif.reply = DNS_ADDRESS;
    memcpy(dns_netif.address, wrong, sizeof wrong);
    assert_int_equal(outcome_of("poisoned.test"), IMP_ERR_NET_DNS_ADDRESS);
    const unsigned asked = dns_netif.question_count;
    memcpy(dns_netif.address, netif_slirp_loopback, 4);
    assert_int_not_equal(outcome_of("poisoned.test"), IMP_ERR_NET_DNS_ADDRESS);
    assert_int_equal(dns_netif.question_count, asked + 1);
}

static void a_name_that_is_not_there_says_so(void **state)
{
    (void)state;
    dns_netif.reply = DNS_NO_SUCH_NAME;
    assert_int_equal(outcome_of("absent.test"), IMP_ERR_NET_DNS);
    dns_netif.reply = DNS_NO_RECORDS;
    assert_int_equal(outcome_of("empty.test"), IMP_ERR_NET_DNS);
}

static void answers_nobody_asked_for_are_not_believed(void **state)
{
    struct net_stream *stream = NULL;

    (void)state;
    dns_netif.reply = DNS_ADDRESS;
    dns_netif.wrong_id = true;
    memcpy(dns_netif.address, netif_slirp_loopback, 4);
    assert_int_equal(net_open(&stream, "spoofed.test", 443), 0);
    for (int i = 0; i < 100; i++) {
        turn();
        assert_int_equal(net_connected(stream), 0);
    }
    net_close(stream);
    dns_netif.wrong_id = false;
    for (int i = 0; i < 100; i++) {
        turn();
    }
}

/* Let half a minute pass: questions that were given up are over, closed connections forgotten. */
static void rest(void)
{
    dns_netif.reply = DNS_NO_SUCH_NAME;
    for (int i = 0; i < 120; i++) {
        skipped_ms += 250;
        turn();
    }
}

/* lwIP still waits for the answer to a question that was given up; when it comes, the next one is
 * under way. */
static void an_answer_after_the_end_finds_nobody(void **state)
{
    struct net_stream *stream = NULL;
    struct net_stream *next = NULL;

    (void)state;
    rest();
    dns_netif.reply = DNS_ADDRESS;
    memcpy(dns_netif.address, netif_slirp_loopback, 4);
    dns_netif.is_deaf = true;
    assert_int_equal(net_open(&stream, "late.test", 443), 0);
    turn();
    net_close(stream);
    dns_netif.reply = DNS_SILENCE;
    assert_int_equal(net_open(&next, "next.test", 443), 0);
    dns_netif.is_deaf = false;
    for (int i = 0; i < 50; i++) {
        turn();
        assert_int_equal(net_connected(next), 0);
    }
    dns_netif.reply = DNS_NO_SUCH_NAME;
    const uint64_t asked_ms = real_ms() + skipped_ms;
    int32_t result = 0;
    while (result == 0 && real_ms() + skipped_ms < asked_ms + CONFIG_CONNECT_LIMIT_MS) {
        skipped_ms += 250;
        turn();
        result = net_connected(next);
    }
    assert_int_equal(result, IMP_ERR_NET_DNS);
    net_close(next);
}

/* What nobody can read is asked for again, a few times; then it is an error, well before the
 * connection's own limit, and the next good answer counts. */
static void answers_that_are_none_end_in_an_error(void **state)
{
    static const struct {
        const char *host;
        enum dns_reply reply;
    } rows[] = {
        { "garbage.test", DNS_GARBAGE }, { "nothing.test", DNS_EMPTY },
        { "huge.test", DNS_HUGE },       { "endless.test", DNS_ENDLESS },
        { "cut.test", DNS_CUT },         { "silent.test", DNS_SILENCE },
    };

    (void)state;
    rest();
    const uint32_t used = port_arena_use().used_bytes;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct net_stream *stream = NULL;
        int32_t result = 0;

        dns_netif.reply = rows[i].reply;
        dns_netif.question_count = 0;
        const uint64_t asked_ms = real_ms() + skipped_ms;
        assert_int_equal(net_open(&stream, rows[i].host, 443), 0);
        while (result == 0 && real_ms() + skipped_ms < asked_ms + CONFIG_CONNECT_LIMIT_MS) {
            skipped_ms += 250;
            turn();
            result = net_connected(stream);
        }
        net_close(stream);
        assert_int_equal(result, IMP_ERR_NET_DNS);
        assert_in_range(dns_netif.question_count, 1, 8);
        assert_int_equal(port_arena_use().used_bytes, used);
    }
    names_are_asked_for(state);
}

static void ports_and_numbers_can_not_be_guessed(void **state)
{
    uint16_t ports[4], ids[4];
    uint32_t sequences[4];

    (void)state;
    for (int i = 0; i < 4; i++) {
        const char names[4][8] = { "a.test", "b.test", "c.test", "d.test" };
        int server;

        dns_netif.reply = DNS_ADDRESS;
        memcpy(dns_netif.address, netif_slirp_loopback, 4);
        struct net_stream *stream = connected(names[i], &server);

        ports[i] = dns_netif.source_port;
        ids[i] = dns_netif.id;
        sequences[i] = dns_netif.syn_sequence;
        net_close(stream);
        close(server);
    }
    for (int i = 1; i < 4; i++) {
        assert_true(ports[i] != ports[i - 1] && ports[i] != (uint16_t)(ports[i - 1] + 1));
        assert_true(ids[i] != ids[i - 1] && ids[i] != (uint16_t)(ids[i - 1] + 1));
        assert_true(sequences[i] - sequences[i - 1] > 100000);
    }
}

static void forgotten_routes_make_room(void **state)
{
    static const char *const names[] = { "a.test", "b.test", "c.test", "d.test" };
    const uint8_t address[4] = { 10, 0, 0, 1 };

    (void)state;
    net_forget_routes();
    for (size_t i = 0; i < PORT_NET_ROUTES_MAX; i++) {
        assert_int_equal(net_route(names[i], address), 0);
    }
    assert_int_equal(net_route("e.test", address), IMP_ERR_NET_MEMORY);
    net_forget_routes();
    assert_int_equal(net_route("e.test", address), 0);
    net_forget_routes();
}

static void routes_go_before_dns_and_the_last_one_wins(void **state)
{
    const uint8_t nowhere[4] = { 10, 0, 2, 99 };
    char name[70];
    int server;

    (void)state;
    dns_netif.question_count = 0;
    assert_int_equal(net_route("Routed.Test", nowhere), 0);
    assert_int_equal(net_route("routed.test", netif_slirp_loopback), 0);
    struct net_stream *stream = connected("ROUTED.test", &server);

    assert_int_equal(dns_netif.question_count, 0);
    net_close(stream);
    close(server);
    assert_int_equal(net_route("two", nowhere), 0);
    assert_int_equal(net_route("three", nowhere), 0);
    assert_int_equal(net_route("four", nowhere), 0);
    assert_int_equal(net_route("five", nowhere), IMP_ERR_NET_MEMORY);
    assert_int_equal(net_route("four", netif_slirp_loopback), 0);
    assert_int_equal(net_route("", nowhere), IMP_ERR_CONFIG_VALUE);
    memset(name, 'a', sizeof name);
    name[64] = '\0';
    assert_int_equal(net_route(name, nowhere), IMP_ERR_CONFIG_VALUE);
}

static void a_pulled_link_takes_the_address_and_brings_a_new_one(void **state)
{
    uint8_t text[4];
    int server;
    struct net_stream *stream = connected("10.0.2.2", &server);

    (void)state;
    dns_netif.link_is_pulled = true;
    TURN_UNTIL(net_ready() == IMP_ERR_NET_NO_LINK);
    assert_int_equal(net_read(stream, text, sizeof text), IMP_ERR_NET_RESET);
    assert_false(port_net_address(text));
    net_close(stream);
    close(server);
    dns_netif.link_is_pulled = false;
    dns_netif.is_deaf = true;
    turn();
    assert_int_equal(net_ready(), IMP_ERR_NET_NO_ADDRESS);
    dns_netif.is_deaf = false;
    TURN_UNTIL(net_ready() == 0);
    stream = connected("10.0.2.2", &server);
    net_close(stream);
    close(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_opens_before_there_is_an_address),
        cmocka_unit_test(dhcp_gives_an_address_at_once),
        cmocka_unit_test(bytes_go_both_ways_until_the_peer_ends),
        cmocka_unit_test(much_goes_through_a_small_window_and_memory_comes_back),
        cmocka_unit_test(nobody_listening_is_refused),
        cmocka_unit_test(a_reset_is_told_from_an_end),
        cmocka_unit_test(closing_early_does_no_harm),
        cmocka_unit_test(names_are_asked_for),
        cmocka_unit_test(addresses_that_can_not_be_a_server_are_refused),
        cmocka_unit_test(a_wrong_answer_is_not_kept),
        cmocka_unit_test(a_name_that_is_not_there_says_so),
        cmocka_unit_test(answers_nobody_asked_for_are_not_believed),
        cmocka_unit_test(an_answer_after_the_end_finds_nobody),
        cmocka_unit_test(answers_that_are_none_end_in_an_error),
        cmocka_unit_test(ports_and_numbers_can_not_be_guessed),
        cmocka_unit_test(forgotten_routes_make_room),
        cmocka_unit_test(routes_go_before_dns_and_the_last_one_wins),
        cmocka_unit_test(a_pulled_link_takes_the_address_and_brings_a_new_one),
    };

    port_hal_reset();
    if (port_init() != 0 || random_start() != 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
