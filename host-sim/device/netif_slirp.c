/* SPDX-License-Identifier: MIT
 * netif_slirp.c -- hal_netif over libslirp, polled with poll(2).
 *
 * libslirp gives frames by a callback, from inside its own functions; a ring keeps them until the
 * driver's `receive`. Only what versions 4.7 and 4.8 of the library share is used: configuration
 * version 1, and descriptors by number. */
#define _POSIX_C_SOURCE 200809L
#include "host-sim/device/netif_slirp.h"

#include <arpa/inet.h>
#include <poll.h>
#include <slirp/libslirp.h>
#include <string.h>
#include <time.h>

enum {
    FRAMES_MAX = 32, /* Far more than the device's TCP window; what is over is dropped. */
    POLLED_MAX = 64,
    WAIT_MS_MAX = 60000, /* Keeps what poll(2) takes in range; waking for nothing is allowed. */
    ETHERNET_HEADER_BYTES = 14
};

const uint8_t netif_slirp_loopback[4] = { 10, 0, 2, 2 };

struct frame {
    size_t bytes;
    uint8_t at[HAL_NETIF_FRAME_BYTES_MAX];
};

struct slirp_net {
    Slirp *slirp; /* NULL before `start`. */
    uint8_t transmit[HAL_NETIF_FRAME_BYTES_MAX];
    struct frame frames[FRAMES_MAX];
    size_t first_index;
    size_t frame_count;
    struct pollfd polled[POLLED_MAX];
    size_t polled_count;
};

static struct slirp_net net;

/* --- What libslirp calls. ------------------------------------------------------------------- */

static ssize_t frame_arrived(const void *frame, size_t bytes, void *opaque)
{
    struct slirp_net *to = opaque;
    struct frame *free_frame = &to->frames[(to->first_index + to->frame_count) % FRAMES_MAX];

    if (to->frame_count < FRAMES_MAX && bytes <= sizeof free_frame->at) {
        memcpy(free_frame->at, frame, bytes);
        free_frame->bytes = bytes;
        to->frame_count++;
    }
    return (ssize_t)bytes;
}

/* A frame that makes no sense is the device's fault, and the device's own tests show it. */
static void guest_was_wrong(const char *message, void *opaque)
{
    (void)message;
    (void)opaque;
}

static int64_t now_ns(void *opaque)
{
    struct timespec now;

    (void)opaque;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Timers are for IPv6 router advertisements only, and IPv6 is off. */
static void *timer_new(SlirpTimerCb fires, void *fires_opaque, void *opaque)
{
    (void)fires;
    (void)fires_opaque;
    (void)opaque;
    return NULL;
}

static void timer_free(void *timer, void *opaque)
{
    (void)timer;
    (void)opaque;
}

static void timer_mod(void *timer, int64_t expire_time, void *opaque)
{
    (void)timer;
    (void)expire_time;
    (void)opaque;
}

/* The descriptors are collected anew before each poll(2), and everything runs in one thread. */
static void fd_noticed(int fd, void *opaque)
{
    (void)fd;
    (void)opaque;
}

static void notified(void *opaque)
{
    (void)opaque;
}

static const SlirpCb callbacks = {
    .send_packet = frame_arrived,
    .guest_error = guest_was_wrong,
    .clock_get_ns = now_ns,
    .timer_new = timer_new,
    .timer_free = timer_free,
    .timer_mod = timer_mod,
    .register_poll_fd = fd_noticed,
    .unregister_poll_fd = fd_noticed,
    .notify = notified,
};

/* --- Its descriptors, and poll(2). ---------------------------------------------------------- */

static const struct {
    short poll_bit;
    int slirp_bit;
} bits[] = {
    { POLLIN, SLIRP_POLL_IN },   { POLLOUT, SLIRP_POLL_OUT }, { POLLPRI, SLIRP_POLL_PRI },
    { POLLERR, SLIRP_POLL_ERR }, { POLLHUP, SLIRP_POLL_HUP },
};

enum {
    BITS_COUNT = sizeof bits / sizeof bits[0]
};

static int add_poll(int fd, int events, void *opaque)
{
    struct slirp_net *to = opaque;
    short wanted = 0;

    if (to->polled_count == POLLED_MAX) {
        return -1;
    }
    for (size_t i = 0; i < BITS_COUNT; i++) {
        wanted = (short)(wanted | ((events & bits[i].slirp_bit) ? bits[i].poll_bit : 0));
    }
    to->polled[to->polled_count] = (struct pollfd){ .fd = fd, .events = wanted };
    return (int)to->polled_count++;
}

static int events_of(int index, void *opaque)
{
    const struct slirp_net *from = opaque;
    int events = 0;

    if (index < 0) {
        return 0;
    }
    for (size_t i = 0; i < BITS_COUNT; i++) {
        events |= (from->polled[index].revents & bits[i].poll_bit) ? bits[i].slirp_bit : 0;
    }
    return events;
}

void netif_slirp_wait(uint32_t limit_ms, int extra_fd)
{
    uint32_t timeout_ms = limit_ms < WAIT_MS_MAX ? limit_ms : WAIT_MS_MAX;
    size_t count;

    net.polled_count = 0;
    if (net.slirp != NULL) {
        slirp_pollfds_fill(net.slirp, &timeout_ms, add_poll, &net);
    }
    count = net.polled_count;
    if (extra_fd >= 0 && count < POLLED_MAX) {
        net.polled[count++] = (struct pollfd){ .fd = extra_fd, .events = POLLIN };
    }
    /* What slirp answered from inside slirp_input must not wait for the next event. */
    if (net.frame_count > 0) {
        timeout_ms = 0;
    }

    const int ready = poll(net.polled, (nfds_t)count, (int)timeout_ms);

    if (net.slirp != NULL) {
        slirp_pollfds_poll(net.slirp, ready < 0, events_of, &net);
    }
}

/* --- hal_netif. ----------------------------------------------------------------------------- */

static hal_err_t start(const struct hal_netif *netif, const uint8_t mac[HAL_NETIF_MAC_BYTES])
{
    const SlirpConfig config = {
        .version = 1,
        .in_enabled = true,
        .vnetwork.s_addr = htonl(0x0A000200),
        .vnetmask.s_addr = htonl(0xFFFFFF00),
        .vhost.s_addr = htonl(0x0A000202),
        .vdhcp_start.s_addr = htonl(0x0A00020F),
        .vnameserver.s_addr = htonl(0x0A000203),
    };

    (void)netif;
    (void)mac; /* libslirp learns it from the frames. */
    if (net.slirp != NULL) {
        slirp_cleanup(net.slirp);
    }
    memset(&net, 0, sizeof net);
    net.slirp = slirp_new(&config, &callbacks, &net);
    return net.slirp != NULL ? 0 : HAL_ERR_IO;
}

static bool link_is_up(const struct hal_netif *netif)
{
    (void)netif;
    return net.slirp != NULL;
}

static uint8_t *transmit_buffer(const struct hal_netif *netif)
{
    (void)netif;
    return net.transmit;
}

static hal_err_t send_frame(const struct hal_netif *netif, size_t bytes)
{
    (void)netif;
    if (bytes < ETHERNET_HEADER_BYTES || bytes > sizeof net.transmit) {
        return HAL_ERR_RANGE;
    }
    if (net.slirp != NULL) {
        slirp_input(net.slirp, net.transmit, (int)bytes);
    }
    return 0;
}

static const uint8_t *receive(const struct hal_netif *netif, size_t *bytes)
{
    (void)netif;
    if (net.frame_count == 0) {
        netif_slirp_wait(0, -1);
    }
    if (net.frame_count == 0) {
        return NULL;
    }
    *bytes = net.frames[net.first_index].bytes;
    return net.frames[net.first_index].at;
}

static void release(const struct hal_netif *netif)
{
    (void)netif;
    if (net.frame_count > 0) {
        net.first_index = (net.first_index + 1) % FRAMES_MAX;
        net.frame_count--;
    }
}

const struct hal_netif *netif_slirp(void)
{
    static const struct hal_netif netif = {
        .start = start,
        .link_is_up = link_is_up,
        .transmit_buffer = transmit_buffer,
        .send = send_frame,
        .receive = receive,
        .release = release,
    };

    return &netif;
}
