/* SPDX-License-Identifier: MIT
 * lan.c -- the interface, the two small UDP servers and the listening socket; lan_bridge.c moves the
 * bytes of a connection. */
#define _GNU_SOURCE
#include "host-sim/world/lan.h"

#include <string.h>

#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/tcp.h>
#include <lwip/timeouts.h>
#include <lwip/udp.h>

#include "host-sim/world/dice.h"
#include "host-sim/world/lan_bridge.h"
#include "host-sim/world/virtual_time.h"
#include "host-sim/world/wire.h"

enum {
    DHCP_BYTES_MIN = 240,
    DHCP_ANSWER_BYTES = 300,
    DHCP_DISCOVER = 1,
    DHCP_OFFER = 2,
    DHCP_REQUEST = 3,
    DHCP_ACK = 5,
    DNS_HEAD_BYTES = 12,
    DNS_BYTES_MAX = 512
};

static const uint8_t server_address[4] = { 10, 0, 2, 2 };
static const uint8_t device_address[4] = { 10, 0, 2, 15 };

static struct {
    struct netif netif;
    struct dice dice;
    enum lan_dns dns;
} lan;

u32_t sys_now(void); /* lwIP declares it for itself only. */
u32_t sys_now(void)
{
    return (u32_t)virtual_ms();
}

uint32_t lan_random(void)
{
    return (uint32_t)dice_roll(&lan.dice);
}

/* --- DHCP (RFC 2131): one address for whoever asks -------------------------------------------- */

/* The value of option 53, or 0. */
static uint8_t dhcp_kind(const uint8_t *message, size_t bytes)
{
    for (size_t at = DHCP_BYTES_MIN; at + 2 < bytes && message[at] != 255;) {
        if (message[at] == 0) {
            at++;
        } else if (message[at] == 53) {
            return message[at + 2];
        } else {
            at += 2u + message[at + 1];
        }
    }
    return 0;
}

static void dhcp_answer(const uint8_t *question, uint8_t kind, uint8_t answer[DHCP_ANSWER_BYTES])
{
    const uint8_t options[] = {
        53,  1,   kind, 54, 4, 10, 0,  2, 2, 51, 4, 0, 1,  0x51, 0x80, 1, 4,
        255, 255, 255,  0,  3, 4,  10, 0, 2, 2,  6, 4, 10, 0,    2,    2, 255,
    };

    memset(answer, 0, DHCP_ANSWER_BYTES);
    memcpy(answer, question, DHCP_BYTES_MIN);
    answer[0] = 2; /* BOOTREPLY */
    memcpy(answer + 16, device_address, 4);
    memcpy(answer + 20, server_address, 4);
    memcpy(answer + DHCP_BYTES_MIN, options, sizeof options);
}

static void send_udp(struct udp_pcb *pcb, const void *bytes, size_t count, const ip_addr_t *to,
                     u16_t port)
{
    struct pbuf *packet = pbuf_alloc(PBUF_TRANSPORT, (u16_t)count, PBUF_RAM);

    if (packet != NULL) {
        pbuf_take(packet, bytes, (u16_t)count);
        udp_sendto_if(pcb, packet, to, port, &lan.netif);
        pbuf_free(packet);
    }
}

static void on_dhcp(void *context, struct udp_pcb *pcb, struct pbuf *packet, const ip_addr_t *from,
                    u16_t port)
{
    uint8_t question[DHCP_ANSWER_BYTES * 2];
    uint8_t answer[DHCP_ANSWER_BYTES];
    const size_t bytes = pbuf_copy_partial(packet, question, sizeof question, 0);

    (void)context;
    (void)from;
    pbuf_free(packet);
    if (bytes < DHCP_BYTES_MIN) {
        return;
    }
    const uint8_t kind = dhcp_kind(question, bytes);
    if (kind == DHCP_DISCOVER || kind == DHCP_REQUEST) {
        dhcp_answer(question, kind == DHCP_DISCOVER ? DHCP_OFFER : DHCP_ACK, answer);
        send_udp(pcb, answer, sizeof answer, IP_ADDR_BROADCAST, port);
    }
}

/* --- DNS (RFC 1035): one address for every name ----------------------------------------------- */

static size_t dns_record(uint8_t *at, const uint8_t address[4])
{
    const uint8_t head[] = { 0xC0, DNS_HEAD_BYTES, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4 };

    memcpy(at, head, sizeof head);
    memcpy(at + sizeof head, address, 4);
    return sizeof head + 4;
}

/* Turn the question into its answer in place; returns the bytes of it. */
static size_t dns_answer(uint8_t *message, size_t bytes)
{
    static const uint8_t loopback[4] = { 127, 0, 0, 1 };
    static const uint8_t multicast[4] = { 224, 0, 0, 251 };
    static const uint8_t nobody[4] = { 10, 0, 2, 99 };
    const uint8_t *address = lan.dns == LAN_DNS_LOOPBACK    ? loopback
                             : lan.dns == LAN_DNS_MULTICAST ? multicast
                             : lan.dns == LAN_DNS_NOBODY    ? nobody
                                                            : server_address;

    message[2] = 0x81;
    message[3] = lan.dns == LAN_DNS_NO_SUCH_NAME ? 0x83 : 0x80;
    if (lan.dns == LAN_DNS_NO_SUCH_NAME || lan.dns == LAN_DNS_EMPTY) {
        return bytes;
    }
    if (lan.dns == LAN_DNS_GARBAGE) {
        message[6] = 0xFF;
        memset(message + DNS_HEAD_BYTES, 0xC0, bytes - DNS_HEAD_BYTES);
        return bytes;
    }
    message[7] = 1;
    return bytes + dns_record(message + bytes, address);
}

static void on_dns(void *context, struct udp_pcb *pcb, struct pbuf *packet, const ip_addr_t *from,
                   u16_t port)
{
    uint8_t message[DNS_BYTES_MAX + 64];
    const size_t bytes = pbuf_copy_partial(packet, message, DNS_BYTES_MAX, 0);
    const ip_addr_t asker = *from;

    (void)context;
    pbuf_free(packet);
    if (bytes > DNS_HEAD_BYTES && lan.dns != LAN_DNS_SILENT) {
        send_udp(pcb, message, dns_answer(message, bytes), &asker, port);
    }
}

/* --- The interface ---------------------------------------------------------------------------- */

static err_t send_frame(struct netif *netif, struct pbuf *frame)
{
    uint8_t bytes[HAL_NETIF_FRAME_BYTES_MAX];

    (void)netif;
    wire_send(WIRE_LAN, bytes, pbuf_copy_partial(frame, bytes, sizeof bytes, 0));
    return ERR_OK;
}

static err_t set_up(struct netif *netif)
{
    static const uint8_t mac[6] = { 0x02, 0x1A, 0, 0, 0, 2 };

    netif->name[0] = 'l';
    netif->name[1] = 'n';
    netif->output = etharp_output;
    netif->linkoutput = send_frame;
    netif->mtu = 1500;
    netif->hwaddr_len = sizeof mac;
    memcpy(netif->hwaddr, mac, sizeof mac);
    netif->flags =
        NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
    return ERR_OK;
}

static void serve_udp(u16_t port, udp_recv_fn receive)
{
    struct udp_pcb *pcb = udp_new();

    LWIP_ASSERT("no memory for a UDP server", pcb != NULL);
    ip_set_option(pcb, SOF_BROADCAST);
    LWIP_ASSERT("port is taken", udp_bind(pcb, IP_ADDR_ANY, port) == ERR_OK);
    udp_recv(pcb, receive, NULL);
}

void lan_begin(uint64_t seed, lan_accept_fn accept)
{
    ip4_addr_t address;
    ip4_addr_t mask;

    memset(&lan, 0, sizeof lan);
    lan.dice = dice_for(seed, 2);
    IP4_ADDR(&address, 10, 0, 2, 2);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    lwip_init();
    netif_add(&lan.netif, &address, &mask, &address, NULL, set_up, netif_input);
    netif_set_default(&lan.netif);
    netif_set_up(&lan.netif);
    serve_udp(67, on_dhcp);
    serve_udp(53, on_dns);
    lan_bridge_begin(LAN_PORT, accept);
}

void lan_set_dns(enum lan_dns dns)
{
    lan.dns = dns;
}

bool lan_turn(void)
{
    const uint8_t *frame;
    size_t bytes = 0;

    while ((frame = wire_receive(WIRE_LAN, &bytes)) != NULL) {
        struct pbuf *copy = pbuf_alloc(PBUF_RAW, (u16_t)bytes, PBUF_RAM);
        if (copy == NULL) {
            continue;
        }
        pbuf_take(copy, frame, (u16_t)bytes);
        if (lan.netif.input(copy, &lan.netif) != ERR_OK) {
            pbuf_free(copy);
        }
    }
    sys_check_timeouts();
    return lan_bridge_turn();
}

uint32_t lan_wait_ms(void)
{
    const uint32_t timers = sys_timeouts_sleeptime();
    const uint32_t bridges = lan_bridge_wait_ms();

    return timers < bridges ? timers : bridges;
}
