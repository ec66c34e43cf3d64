/* SPDX-License-Identifier: MIT
 * net.c -- net.h by lwIP's raw TCP.
 *
 * lwIP's callbacks only record; whatever follows is done when the firmware calls. The error
 * callback means that the pcb is gone: it clears the pointer before anything else. */
#include "firmware/net/net.h"

#include <lwip/dns.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/tcp.h>

#include "firmware/proto/url.h"
#include "port/arena.h"
#include "port/lwip/lock.h"
#include "port/lwip/netif.h"
#include "port/port_config.h"

struct net_stream {
    struct tcp_pcb
        *pcb; /* NULL before there is an address, and once lwIP has given the connection up. */
    struct pbuf *received; /* What the peer sent and nobody has read yet. */
    uint16_t port;
    bool is_connected;
    bool is_ended; /* The peer has sent its last byte. */
    imp_err_t err; /* What ended the stream. */
};

/* lwIP can't forget a question: an answer that comes after net_close must find nobody. So it gets a
 * number that says which question it was, not a pointer. */
static struct {
    uintptr_t number;
    bool is_answered;
    bool has_address;
    ip_addr_t address;
} question;

static struct {
    char host[PORT_NET_ROUTE_CHARS_MAX + 1];
    uint8_t address[4];
} routes[PORT_NET_ROUTES_MAX];

static struct net_count count;

/* --- Names ------------------------------------------------------------------------------------ */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool same_name(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

void net_forget_routes(void)
{
    memset(routes, 0, sizeof routes);
}

imp_err_t net_route(const char *host, const uint8_t address[4])
{
    const size_t chars = strlen(host);

    if (chars == 0 || chars > PORT_NET_ROUTE_CHARS_MAX) {
        return IMP_ERR_CONFIG_VALUE;
    }
    for (size_t i = 0; i < PORT_NET_ROUTES_MAX; i++) {
        if (routes[i].host[0] == '\0' || same_name(routes[i].host, host)) {
            memcpy(routes[i].host, host, chars + 1);
            memcpy(routes[i].address, address, sizeof routes[i].address);
            return 0;
        }
    }
    return IMP_ERR_NET_MEMORY;
}

static bool find_route(const char *host, ip_addr_t *address)
{
    for (size_t i = 0; i < PORT_NET_ROUTES_MAX; i++) {
        if (routes[i].host[0] != '\0' && same_name(routes[i].host, host)) {
            memcpy(&address->addr, routes[i].address, sizeof routes[i].address);
            return true;
        }
    }
    return false;
}

static bool parse_literal(const char *host, ip_addr_t *address)
{
    uint8_t parts[4];

    if (url_parse_ipv4(bytes_of_text(host), parts) != 0) {
        return false;
    }
    memcpy(&address->addr, parts, sizeof parts);
    return true;
}

/* An address that DNS may give for a server. Private ones are fine: servers live in factories
 * too. */
static bool may_be_server(const ip_addr_t *address)
{
    const uint8_t first = ip4_addr1(address);

    return first != 0 && first != 127 && first < 224 &&
           !ip4_addr_isbroadcast(address, netif_default);
}

static void on_answer(const char *name, const ip_addr_t *address, void *number)
{
    (void)name;
    if ((uintptr_t)number == question.number) {
        question.is_answered = true;
        question.has_address = address != NULL;
        if (address != NULL) {
            question.address = *address;
        }
    }
}

/* --- Called by lwIP --------------------------------------------------------------------------- */

static void on_error(void *context, err_t err)
{
    struct net_stream *stream = context;

    stream->pcb = NULL;
    if (stream->is_connected) {
        stream->err = IMP_ERR_NET_RESET;
    } else {
        stream->err = err == ERR_RST ? IMP_ERR_NET_REFUSED : IMP_ERR_NET_TIMEOUT;
    }
}

static err_t on_connected(void *context, struct tcp_pcb *pcb, err_t err)
{
    struct net_stream *stream = context;

    (void)pcb, (void)err;
    stream->is_connected = true;
    count.connections++;
    return ERR_OK;
}

static err_t on_received(void *context, struct tcp_pcb *pcb, struct pbuf *received, err_t err)
{
    struct net_stream *stream = context;

    (void)pcb, (void)err;
    if (received == NULL) {
        stream->is_ended = true;
    } else if (stream->received == NULL) {
        stream->received = received;
    } else {
        pbuf_cat(stream->received, received);
    }
    return ERR_OK;
}

/* --- net.h ------------------------------------------------------------------------------------ */

imp_err_t net_ready(void)
{
    if (!net_has_link()) {
        return IMP_ERR_NET_NO_LINK;
    }
    return net_has_address() ? 0 : IMP_ERR_NET_NO_ADDRESS;
}

static void begin_connect(struct net_stream *stream, const ip_addr_t *address)
{
    stream->pcb = tcp_new();
    if (stream->pcb == NULL) {
        stream->err = IMP_ERR_NET_MEMORY;
        return;
    }
    tcp_arg(stream->pcb, stream);
    tcp_err(stream->pcb, on_error);
    tcp_recv(stream->pcb, on_received);
    /* TLS writes whole flights: with Nagle's algorithm the request would wait for the server's late
     * acknowledgement of the last flight of the handshake. */
    tcp_nagle_disable(stream->pcb);
    if (tcp_connect(stream->pcb, address, stream->port, on_connected) != ERR_OK) {
        stream->err = IMP_ERR_NET_MEMORY;
    }
}

static void ask(struct net_stream *stream, const char *host)
{
    ip_addr_t cached;

    question.number++;
    question.is_answered = false;
    const err_t err = dns_gethostbyname(host, &cached, on_answer, (void *)question.number);

    if (err == ERR_OK) {
        on_answer(host, &cached, (void *)question.number);
    } else if (err != ERR_INPROGRESS) {
        stream->err = err == ERR_MEM ? IMP_ERR_NET_MEMORY : IMP_ERR_NET_DNS;
    }
}

imp_err_t net_open(struct net_stream **opened, const char *host, uint16_t port)
{
    ip_addr_t address;
    const imp_err_t err = net_ready();

    *opened = NULL;
    if (err) {
        return err;
    }
    struct net_stream *stream = port_arena_calloc(1, sizeof *stream);

    if (stream == NULL) {
        return IMP_ERR_NET_MEMORY;
    }
    stream->port = port;
    LOCK_TCPIP_CORE();
    if (find_route(host, &address) || parse_literal(host, &address)) {
        begin_connect(stream, &address);
    } else {
        ask(stream, host);
    }
    UNLOCK_TCPIP_CORE();
    *opened = stream;
    return 0;
}

/* Go on with the answer to our question, if it is there. */
static void follow_answer(struct net_stream *stream)
{
    if (!question.is_answered) {
        return;
    }
    question.is_answered = false;
    if (!question.has_address) {
        stream->err = IMP_ERR_NET_DNS;
    } else if (!may_be_server(&question.address)) {
        stream->err = IMP_ERR_NET_DNS_ADDRESS;
    } else {
        begin_connect(stream, &question.address);
    }
}

int32_t net_connected(struct net_stream *stream)
{
    LOCK_TCPIP_CORE();
    if (stream->err == 0 && stream->pcb == NULL) {
        follow_answer(stream);
    }
    const int32_t connected = stream->err ? stream->err : stream->is_connected;
    UNLOCK_TCPIP_CORE();
    return connected;
}

/* Drop `bytes` bytes from the front of what was received, and tell the peer that there is room
 * again. */
static void consume(struct net_stream *stream, uint16_t bytes)
{
    stream->received = pbuf_free_header(stream->received, bytes);
    if (stream->pcb != NULL) {
        tcp_recved(stream->pcb, bytes);
    }
    count.received_bytes += bytes;
}

int32_t net_read(struct net_stream *stream, uint8_t *out, size_t cap)
{
    uint16_t got = 0;

    LOCK_TCPIP_CORE();
    if (stream->received != NULL) {
        got = pbuf_copy_partial(stream->received, out,
                                cap > UINT16_MAX ? UINT16_MAX : (uint16_t)cap, 0);
        consume(stream, got);
    }
    const imp_err_t end = stream->err ? stream->err : stream->is_ended ? IMP_ERR_NET_CLOSED : 0;
    UNLOCK_TCPIP_CORE();
    return got > 0 ? got : end;
}

static int32_t queue(struct tcp_pcb *pcb, const uint8_t *in, size_t len)
{
    const uint16_t room = tcp_sndbuf(pcb);
    const uint16_t bytes = len < room ? (uint16_t)len : room;
    const bool is_taken = bytes > 0 && tcp_write(pcb, in, bytes, TCP_WRITE_FLAG_COPY) == ERR_OK;

    count.sent_bytes += is_taken ? bytes : 0;
    (void)tcp_output(pcb);
    return is_taken ? bytes : 0;
}

int32_t net_write(struct net_stream *stream, const uint8_t *in, size_t len)
{
    int32_t taken;

    LOCK_TCPIP_CORE();
    if (stream->err == 0 && stream->pcb != NULL) {
        taken = queue(stream->pcb, in, len);
    } else {
        taken = stream->err ? stream->err : IMP_ERR_NET_CLOSED;
    }
    UNLOCK_TCPIP_CORE();
    return taken;
}

/* What is queued is still sent; when even that has no memory, the connection is cut. */
static void end_connection(struct tcp_pcb *pcb)
{
    tcp_arg(pcb, NULL);
    tcp_err(pcb, NULL);
    tcp_recv(pcb, NULL);
    if (tcp_close(pcb) != ERR_OK) {
        tcp_abort(pcb);
    }
}

void net_close(struct net_stream *stream)
{
    if (stream == NULL) {
        return;
    }
    LOCK_TCPIP_CORE();
    question.number++;
    if (stream->received != NULL) {
        pbuf_free(stream->received);
    }
    if (stream->pcb != NULL) {
        end_connection(stream->pcb);
    }
    UNLOCK_TCPIP_CORE();
    port_arena_free(stream);
}

struct net_count net_counted(void)
{
    return count;
}
