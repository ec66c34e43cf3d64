/* SPDX-License-Identifier: MIT
 * lan_bridge.c -- see lan_bridge.h. Every byte of a connection passes through pass(), which is where
 * the fault plan counts and strikes. */
#define _GNU_SOURCE /* SOCK_NONBLOCK */
#include "host-sim/world/lan_bridge.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <lwip/pbuf.h>
#include <lwip/tcp.h>

#include "host-sim/world/virtual_time.h"

enum {
    BRIDGES_MAX = 64,
    CHUNK_BYTES = 2048,
    DRIP_MS = 1000,
    IDLE_MS = 1000
};

/* One direction of a connection. */
struct flow {
    uint32_t passed;  /* Bytes. */
    uint64_t next_ms; /* A drip: not before. */
    bool is_stalled;
};

struct bridge {
    struct tcp_pcb *pcb; /* NULL: the slot is free, or TCP has given the connection up. */
    int socket;          /* -1: closed. */
    uint32_t number;
    struct pbuf *received; /* What the device sent and the server does not have yet. */
    struct flow flows[2];
    bool device_ended;
    bool server_knows; /* ...that the device has ended. */
    bool server_ended;
};

static struct {
    lan_accept_fn accept;
    struct bridge bridges[BRIDGES_MAX];
    struct lan_plan plan;
    uint32_t planned_at; /* Connections before the plan was made. */
    struct lan_count count;
    bool has_news;
} all;

/* --- Ends ------------------------------------------------------------------------------------- */

static void close_socket(struct bridge *bridge)
{
    if (bridge->socket >= 0) {
        close(bridge->socket);
        bridge->socket = -1;
        all.has_news = true;
    }
}

static void free_if_done(struct bridge *bridge)
{
    if (bridge->pcb == NULL) {
        close_socket(bridge);
        if (bridge->received != NULL) {
            pbuf_free(bridge->received);
            bridge->received = NULL;
        }
        if (bridge->number != 0) {
            bridge->number = 0;
            all.count.open--;
        }
    }
}

static void forget_pcb(struct bridge *bridge)
{
    tcp_arg(bridge->pcb, NULL);
    tcp_recv(bridge->pcb, NULL);
    tcp_err(bridge->pcb, NULL);
    bridge->pcb = NULL;
}

static void reset(struct bridge *bridge)
{
    struct tcp_pcb *pcb = bridge->pcb;

    forget_pcb(bridge);
    tcp_abort(pcb);
    free_if_done(bridge);
}

/* Both sides have ended: an orderly close. */
static void finish(struct bridge *bridge)
{
    struct tcp_pcb *pcb = bridge->pcb;

    forget_pcb(bridge);
    if (tcp_close(pcb) != ERR_OK) {
        tcp_abort(pcb);
    }
    free_if_done(bridge);
}

/* --- The fault plan --------------------------------------------------------------------------- */

static bool plan_is_for(const struct bridge *bridge)
{
    return all.plan.fault != LAN_FAIR && bridge->number > all.planned_at &&
           (all.plan.connection == 0 || all.plan.connection == bridge->number - all.planned_at);
}

static bool plan_has_struck(const struct bridge *bridge, enum lan_direction direction)
{
    return plan_is_for(bridge) && all.plan.direction == direction &&
           bridge->flows[direction].passed >= all.plan.at_byte;
}

/* How many of `bytes` may pass now in `direction`. */
static size_t allowed(const struct bridge *bridge, enum lan_direction direction, size_t bytes)
{
    const struct flow *flow = &bridge->flows[direction];

    if (flow->is_stalled) {
        return 0;
    }
    if (!plan_is_for(bridge) || all.plan.direction != direction) {
        return bytes;
    }
    if (flow->passed < all.plan.at_byte) {
        const size_t left = all.plan.at_byte - flow->passed;
        return bytes < left ? bytes : left;
    }
    switch (all.plan.fault) {
    case LAN_DRIP:
        return virtual_ms() < flow->next_ms || bytes == 0 ? 0 : 1;
    case LAN_GARBAGE:
        return bytes;
    default:
        return 0;
    }
}

/* Strike once the planned byte has been reached. True: the bridge is gone. */
static bool strike(struct bridge *bridge)
{
    static const uint8_t alert[] = { 0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28 };
    struct flow *flow = &bridge->flows[all.plan.direction];

    if (!plan_has_struck(bridge, all.plan.direction) || flow->is_stalled) {
        return false;
    }
    switch (all.plan.fault) {
    case LAN_RESET:
        all.count.faults++;
        reset(bridge);
        return true;
    case LAN_HALF_CLOSE:
        all.count.faults++;
        flow->is_stalled = true;
        bridge->flows[LAN_TO_DEVICE].is_stalled = true;
        tcp_shutdown(bridge->pcb, 0, 1);
        return false;
    case LAN_STALL:
        all.count.faults++;
        flow->is_stalled = true;
        return false;
    case LAN_ALERT:
        all.count.faults++;
        bridge->flows[LAN_TO_DEVICE].is_stalled = true;
        flow->is_stalled = true;
        tcp_write(bridge->pcb, alert, sizeof alert, TCP_WRITE_FLAG_COPY);
        tcp_output(bridge->pcb);
        return false;
    default:
        return false;
    }
}

/* Count bytes that pass, and spoil the planned one. */
static void pass(struct bridge *bridge, enum lan_direction direction, uint8_t *bytes, size_t count)
{
    struct flow *flow = &bridge->flows[direction];
    const uint32_t first = flow->passed;

    flow->passed += (uint32_t)count;
    if (count > 0 && plan_is_for(bridge) && all.plan.direction == direction) {
        if (all.plan.fault == LAN_GARBAGE && first <= all.plan.at_byte &&
            all.plan.at_byte < flow->passed) {
            bytes[all.plan.at_byte - first] ^= 0x5A;
            all.count.faults++;
        } else if (all.plan.fault == LAN_DRIP && first >= all.plan.at_byte) {
            all.count.faults += flow->next_ms == 0;
            flow->next_ms = virtual_ms() + DRIP_MS;
        }
    }
    if (direction == LAN_TO_DEVICE) {
        all.count.to_device = flow->passed;
    } else {
        all.count.to_server = flow->passed;
    }
}

/* --- Bytes ------------------------------------------------------------------------------------ */

static void move_to_server(struct bridge *bridge)
{
    uint8_t bytes[CHUNK_BYTES];

    while (bridge->received != NULL && bridge->socket >= 0) {
        const size_t here =
            bridge->received->tot_len < sizeof bytes ? bridge->received->tot_len : sizeof bytes;
        const size_t count = allowed(bridge, LAN_TO_SERVER, here);

        if (count == 0) {
            return;
        }
        pbuf_copy_partial(bridge->received, bytes, (u16_t)count, 0);
        pass(bridge, LAN_TO_SERVER, bytes, count);
        if (send(bridge->socket, bytes, count, MSG_NOSIGNAL) != (ssize_t)count) {
            close_socket(bridge);
        }
        bridge->received = pbuf_free_header(bridge->received, (u16_t)count);
        tcp_recved(bridge->pcb, (u16_t)count);
        all.has_news = true;
    }
    if (bridge->received == NULL && bridge->device_ended && bridge->socket >= 0 &&
        !bridge->server_knows && !bridge->flows[LAN_TO_SERVER].is_stalled) {
        bridge->server_knows = true;
        shutdown(bridge->socket, SHUT_WR);
        all.has_news = true;
    }
}

static void move_to_device(struct bridge *bridge)
{
    uint8_t bytes[CHUNK_BYTES];

    while (bridge->socket >= 0 && !bridge->server_ended) {
        const size_t room = tcp_sndbuf(bridge->pcb);
        const size_t count =
            allowed(bridge, LAN_TO_DEVICE, room < sizeof bytes ? room : sizeof bytes);

        if (count == 0) {
            return;
        }
        const ssize_t got = recv(bridge->socket, bytes, count, 0);
        if (got < 0) {
            bridge->server_ended = errno != EAGAIN && errno != EWOULDBLOCK;
            return;
        }
        if (got == 0) {
            bridge->server_ended = true;
            return;
        }
        pass(bridge, LAN_TO_DEVICE, bytes, (size_t)got);
        tcp_write(bridge->pcb, bytes, (u16_t)got, TCP_WRITE_FLAG_COPY);
        tcp_output(bridge->pcb);
        all.has_news = true;
    }
}

/* --- lwIP's callbacks ------------------------------------------------------------------------- */

static err_t on_received(void *context, struct tcp_pcb *pcb, struct pbuf *bytes, err_t err)
{
    struct bridge *bridge = context;

    (void)pcb;
    (void)err;
    if (bytes == NULL) {
        bridge->device_ended = true;
    } else if (bridge->received == NULL) {
        bridge->received = bytes;
    } else {
        pbuf_cat(bridge->received, bytes);
    }
    return ERR_OK;
}

static void on_gone(void *context, err_t err)
{
    struct bridge *bridge = context;

    (void)err;
    if (bridge != NULL) {
        bridge->pcb = NULL;
        free_if_done(bridge);
    }
}

static struct bridge *free_bridge(void)
{
    for (size_t i = 0; i < BRIDGES_MAX; i++) {
        if (all.bridges[i].number == 0) {
            return &all.bridges[i];
        }
    }
    return NULL;
}

static void open_bridge(struct bridge *bridge, struct tcp_pcb *pcb, const int sockets[2])
{
    const struct sockaddr_in peer = { .sin_family = AF_INET,
                                      .sin_port = htons(pcb->remote_port),
                                      .sin_addr.s_addr = ip4_addr_get_u32(&pcb->remote_ip) };

    *bridge = (struct bridge){ .pcb = pcb, .socket = sockets[0], .number = all.count.connections };
    all.count.open++;
    all.count.to_device = 0;
    all.count.to_server = 0;
    tcp_arg(pcb, bridge);
    tcp_recv(pcb, on_received);
    tcp_err(pcb, on_gone);
    tcp_nagle_disable(pcb);
    all.accept(sockets[1], &peer);
    all.has_news = true;
}

static err_t on_accepted(void *context, struct tcp_pcb *pcb, err_t err)
{
    struct bridge *bridge = free_bridge();
    int sockets[2];

    (void)context;
    if (err != ERR_OK || pcb == NULL) {
        return ERR_VAL;
    }
    all.count.connections++;
    if (bridge == NULL ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sockets)) {
        tcp_abort(pcb);
        return ERR_ABRT;
    }
    open_bridge(bridge, pcb, sockets);
    if (plan_is_for(bridge) && all.plan.fault == LAN_REFUSED) {
        all.count.faults++;
        reset(bridge);
        return ERR_ABRT;
    }
    return ERR_OK;
}

/* --- For lan.c -------------------------------------------------------------------------------- */

void lan_bridge_begin(uint16_t port, lan_accept_fn accept)
{
    struct tcp_pcb *pcb = tcp_new();

    memset(&all, 0, sizeof all);
    all.accept = accept;
    LWIP_ASSERT("no memory for a TCP server", pcb != NULL);
    LWIP_ASSERT("port is taken", tcp_bind(pcb, IP_ADDR_ANY, port) == ERR_OK);
    pcb = tcp_listen(pcb);
    LWIP_ASSERT("no memory to listen", pcb != NULL);
    tcp_accept(pcb, on_accepted);
}

void lan_set_plan(const struct lan_plan *plan)
{
    all.plan = *plan;
    all.planned_at = all.count.connections;
}

bool lan_bridge_turn(void)
{
    const bool had_news = all.has_news;

    all.has_news = false;
    for (size_t i = 0; i < BRIDGES_MAX; i++) {
        struct bridge *bridge = &all.bridges[i];

        if (bridge->pcb != NULL) {
            move_to_server(bridge);
            move_to_device(bridge);
            if (strike(bridge)) {
                continue;
            }
            const bool is_stalled = bridge->flows[LAN_TO_DEVICE].is_stalled;
            if ((bridge->server_ended && !is_stalled) || (bridge->device_ended && is_stalled)) {
                finish(bridge);
            }
        }
    }
    return had_news || all.has_news;
}

uint32_t lan_bridge_wait_ms(void)
{
    uint32_t wait = IDLE_MS;

    for (size_t i = 0; i < BRIDGES_MAX; i++) {
        const struct bridge *bridge = &all.bridges[i];
        if (bridge->pcb == NULL) {
            continue;
        }
        for (int d = 0; d < 2; d++) {
            const uint64_t next = bridge->flows[d].next_ms;
            if (next > virtual_ms() && next - virtual_ms() < wait) {
                wait = (uint32_t)(next - virtual_ms());
            }
        }
    }
    return wait;
}

struct lan_count lan_counted(void)
{
    return all.count;
}
