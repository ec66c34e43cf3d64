/* SPDX-License-Identifier: MIT
 * network.c -- ARP and DHCP by hand: two questions whose answers need a working MAC. */
#include "tests/qemu/bringup/network.h"

#include <string.h>

#include "hal/hal_clock.h"
#include "tests/qemu/bringup/print.h"

enum {
    ETHERNET_BYTES = 14,
    ARP_BYTES = 42,
    IP_BYTES = 20,
    UDP_BYTES = 8,
    DHCP_BYTES = 244, /* Fixed part, cookie, message type, end. */
    DISCOVER_BYTES = ETHERNET_BYTES + IP_BYTES + UDP_BYTES + DHCP_BYTES,
    DHCP_AT = ETHERNET_BYTES + IP_BYTES + UDP_BYTES,
    ANSWER_LIMIT_MS = 1000,
    FLOOD_COUNT = 12
};

const uint8_t network_mac[HAL_NETIF_MAC_BYTES] = { 0x02, 0x00, 0x5E, 0x10, 0x20, 0x30 };

static const uint8_t gateway[4] = { 10, 0, 2, 2 };
static const uint8_t self[4] = { 10, 0, 2, 15 };

static void put_u16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put_ethernet(uint8_t *frame, uint32_t type)
{
    memset(frame, 0xFF, HAL_NETIF_MAC_BYTES);
    memcpy(frame + 6, network_mac, sizeof network_mac);
    put_u16(frame + 12, type);
}

static bool send_arp(const struct hal_netif *netif)
{
    static const uint8_t question[8] = { 0, 1, 8, 0, 6, 4, 0, 1 };
    uint8_t *frame = netif->transmit_buffer(netif);

    if (!frame) {
        return false;
    }
    put_ethernet(frame, 0x0806);
    memcpy(frame + 14, question, sizeof question);
    memcpy(frame + 22, network_mac, sizeof network_mac);
    memcpy(frame + 28, self, sizeof self);
    memset(frame + 32, 0, HAL_NETIF_MAC_BYTES);
    memcpy(frame + 38, gateway, sizeof gateway);
    return !netif->send(netif, ARP_BYTES);
}

static bool is_arp_answer(const uint8_t *frame, size_t bytes)
{
    static const uint8_t answer[10] = { 8, 6, 0, 1, 8, 0, 6, 4, 0, 2 };

    return bytes >= ARP_BYTES && memcmp(frame, network_mac, sizeof network_mac) == 0 &&
           memcmp(frame + 12, answer, sizeof answer) == 0 &&
           memcmp(frame + 28, gateway, sizeof gateway) == 0;
}

static uint32_t ip_checksum(const uint8_t *header)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < IP_BYTES; i += 2) {
        sum += (uint32_t)header[i] << 8 | header[i + 1];
    }
    sum = (sum & 0xFFFF) + (sum >> 16);
    return ~(sum + (sum >> 16)) & 0xFFFF;
}

static void put_ip_and_udp(uint8_t *ip)
{
    memset(ip, 0, IP_BYTES + UDP_BYTES);
    ip[0] = 0x45;
    put_u16(ip + 2, IP_BYTES + UDP_BYTES + DHCP_BYTES);
    ip[8] = 64;
    ip[9] = 17;
    memset(ip + 16, 0xFF, 4);
    put_u16(ip + 10, ip_checksum(ip));
    put_u16(ip + IP_BYTES, 68);
    put_u16(ip + IP_BYTES + 2, 67);
    put_u16(ip + IP_BYTES + 4, UDP_BYTES + DHCP_BYTES);
}

static bool send_discover(const struct hal_netif *netif)
{
    static const uint8_t head[8] = { 1, 1, 6, 0, 0x69, 0x6D, 0x70, 0x72 };
    static const uint8_t options[8] = { 0x63, 0x82, 0x53, 0x63, 53, 1, 1, 255 };
    uint8_t *frame = netif->transmit_buffer(netif);

    if (!frame) {
        return false;
    }
    put_ethernet(frame, 0x0800);
    put_ip_and_udp(frame + ETHERNET_BYTES);
    memset(frame + DHCP_AT, 0, DHCP_BYTES);
    memcpy(frame + DHCP_AT, head, sizeof head);
    frame[DHCP_AT + 10] = 0x80; /* The answer as a broadcast. */
    memcpy(frame + DHCP_AT + 28, network_mac, sizeof network_mac);
    memcpy(frame + DHCP_AT + 236, options, sizeof options);
    return !netif->send(netif, DISCOVER_BYTES);
}

static bool is_offer(const uint8_t *frame, size_t bytes)
{
    return bytes >= DISCOVER_BYTES && frame[12] == 8 && frame[13] == 0 && frame[23] == 17 &&
           frame[DHCP_AT] == 2 && memcmp(frame + DHCP_AT + 16, self, sizeof self) == 0;
}

static bool wait_for(const struct hal_netif *netif, bool (*is_answer)(const uint8_t *, size_t))
{
    const uint64_t began_ms = hal_clock_ms();

    while (hal_clock_ms() - began_ms < ANSWER_LIMIT_MS) {
        size_t bytes = 0;
        const uint8_t *frame = netif->receive(netif, &bytes);

        if (!frame) {
            hal_clock_idle(1);
            continue;
        }
        const bool answered = is_answer(frame, bytes);

        netif->release(netif);
        if (answered) {
            return true;
        }
    }
    return false;
}

bool network_arp(const struct hal_netif *netif)
{
    return send_arp(netif) && wait_for(netif, is_arp_answer);
}

bool network_dhcp(const struct hal_netif *netif)
{
    return send_discover(netif) && wait_for(netif, is_offer);
}

static bool flood(const struct hal_netif *netif)
{
    for (uint32_t i = 0; i < FLOOD_COUNT; i++) {
        if (!send_arp(netif)) {
            return false;
        }
    }
    return true;
}

/* Answers that wait: as many as the ring has places, if it has been full. */
static uint32_t drain(const struct hal_netif *netif)
{
    const uint64_t began_ms = hal_clock_ms();
    uint32_t frames = 0;

    while (hal_clock_ms() - began_ms < 50) {
        size_t bytes = 0;

        if (netif->receive(netif, &bytes)) {
            netif->release(netif);
            frames++;
        }
    }
    return frames;
}

bool network_overflow(const struct hal_netif *netif)
{
    if (!flood(netif)) {
        return false;
    }
    const uint64_t began_ms = hal_clock_ms();

    while (hal_clock_ms() - began_ms < 50) {
        hal_clock_idle(1);
    }
    const uint32_t frames = drain(netif);

    print_number("# answers that were left of 12: ", frames);
    return frames >= 3 && frames < FLOOD_COUNT && network_arp(netif);
}
