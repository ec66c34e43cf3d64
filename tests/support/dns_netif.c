/* SPDX-License-Identifier: MIT
 * dns_netif.c -- see dns_netif.h. IPv4 without options, one question a packet: what the device
 * sends. */
#include "tests/support/dns_netif.h"

#include <string.h>

enum {
    IP_AT = 14,
    UDP_AT = IP_AT + 20,
    DNS_AT = UDP_AT + 8,
    QUESTION_AT = DNS_AT + 12,
    ANSWER_BYTES = 16
};

struct dns_netif dns_netif;
static const struct hal_netif *behind;
static uint8_t *transmit;
static uint8_t answer[HAL_NETIF_FRAME_BYTES_MAX];
static size_t answer_bytes; /* 0: none waits. */
static bool gave_answer;

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static void put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void swap(uint8_t *a, uint8_t *b, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        const uint8_t kept = a[i];

        a[i] = b[i];
        b[i] = kept;
    }
}

static void set_ip_checksum(uint8_t *ip)
{
    uint32_t sum = 0;

    put16(ip + 10, 0);
    for (size_t i = 0; i < 20; i += 2) {
        sum += get16(ip + i);
    }
    sum = (sum & 0xFFFF) + (sum >> 16);
    put16(ip + 10, (uint16_t) ~(sum + (sum >> 16)));
}

/* Texts of 255 characters, as many as there is room for. */
static size_t fill_up(size_t bytes)
{
    static const uint8_t text[12] = { 0xC0, 0x0C, 0, 16, 0, 1, 0, 9, 0x3A, 0x80, 1, 0 };
    size_t count = 0;

    for (; bytes + sizeof text + 256 <= sizeof answer; bytes += sizeof text + 256) {
        memcpy(answer + bytes, text, sizeof text);
        memset(answer + bytes + sizeof text, 255, 256);
        count++;
    }
    put16(answer + DNS_AT + 6, count);
    return bytes;
}

static size_t add_record(size_t bytes)
{
    const uint8_t record[ANSWER_BYTES - 4] = { 0xC0, 0x0C, 0, 1, 0, 1, 0, 9, 0x3A, 0x80, 0, 4 };

    memcpy(answer + bytes, record, sizeof record);
    memcpy(answer + bytes + sizeof record, dns_netif.address, 4);
    return bytes + ANSWER_BYTES;
}

/* What stands behind the question; returns the frame's new length. */
static size_t add_body(size_t bytes)
{
    switch (dns_netif.reply) {
    case DNS_ADDRESS:
        put16(answer + DNS_AT + 6, 1);
        return add_record(bytes);
    case DNS_CUT:
        put16(answer + DNS_AT + 6, 1);
        return add_record(bytes) - 2;
    case DNS_GARBAGE:
        put16(answer + DNS_AT + 6, 0xFFFF);
        memset(answer + QUESTION_AT, 0xC0, bytes - QUESTION_AT);
        return bytes;
    case DNS_EMPTY:
        return QUESTION_AT;
    case DNS_HUGE:
        return fill_up(bytes);
    case DNS_ENDLESS:
        put16(answer + DNS_AT + 6, 0xFFFF);
        put16(answer + bytes, 0xC000 | (bytes - DNS_AT));
        return bytes + 2;
    default:
        return bytes;
    }
}

/* Turn the question into its answer: the same packet, the other way round. */
static void make_answer(const uint8_t *frame, size_t bytes)
{
    uint8_t *dns = answer + DNS_AT;

    memcpy(answer, frame, bytes);
    swap(answer, answer + 6, 6);
    swap(answer + IP_AT + 12, answer + IP_AT + 16, 4);
    swap(answer + UDP_AT, answer + UDP_AT + 2, 2);
    if (dns_netif.wrong_id) {
        dns[0] ^= 1;
    }
    put16(dns + 2, dns_netif.reply == DNS_NO_SUCH_NAME ? 0x8183 : 0x8180);
    bytes = add_body(bytes);
    put16(answer + IP_AT + 2, bytes - IP_AT);
    put16(answer + UDP_AT + 4, bytes - UDP_AT);
    put16(answer + UDP_AT + 6, 0);
    set_ip_checksum(answer + IP_AT);
    answer_bytes = bytes;
}

static bool is_ip(const uint8_t *frame, size_t bytes, uint8_t protocol)
{
    return bytes > DNS_AT && get16(frame + 12) == 0x0800 && frame[IP_AT] == 0x45 &&
           frame[IP_AT + 9] == protocol;
}

static void look_at(const uint8_t *frame, size_t bytes)
{
    if (is_ip(frame, bytes, 6) && (frame[UDP_AT + 13] & 0x12) == 0x02) {
        dns_netif.syn_port = get16(frame + UDP_AT);
        dns_netif.syn_sequence =
            (uint32_t)get16(frame + UDP_AT + 4) << 16 | get16(frame + UDP_AT + 6);
    }
}

static hal_err_t send(const struct hal_netif *netif, size_t bytes)
{
    (void)netif;
    look_at(transmit, bytes);
    if (is_ip(transmit, bytes, 17) && get16(transmit + UDP_AT + 2) == 53) {
        dns_netif.question_count++;
        dns_netif.source_port = get16(transmit + UDP_AT);
        dns_netif.id = get16(transmit + DNS_AT);
        if (dns_netif.reply != DNS_SILENCE) {
            make_answer(transmit, bytes);
        }
        return HAL_OK;
    }
    return dns_netif.link_is_pulled ? HAL_OK : behind->send(behind, bytes);
}

static hal_err_t start(const struct hal_netif *netif, const uint8_t mac[HAL_NETIF_MAC_BYTES])
{
    (void)netif;
    return behind->start(behind, mac);
}

static bool link_is_up(const struct hal_netif *netif)
{
    (void)netif;
    return !dns_netif.link_is_pulled && behind->link_is_up(behind);
}

static uint8_t *transmit_buffer(const struct hal_netif *netif)
{
    (void)netif;
    transmit = behind->transmit_buffer(behind);
    return transmit;
}

static const uint8_t *receive(const struct hal_netif *netif, size_t *bytes)
{
    (void)netif;
    gave_answer = answer_bytes > 0;
    if (dns_netif.is_deaf) {
        return NULL;
    }
    if (gave_answer) {
        *bytes = answer_bytes;
        return answer;
    }
    return behind->receive(behind, bytes);
}

static void release(const struct hal_netif *netif)
{
    (void)netif;
    if (gave_answer) {
        answer_bytes = 0;
    } else {
        behind->release(behind);
    }
}

const struct hal_netif *dns_netif_before(const struct hal_netif *other)
{
    static const struct hal_netif front = {
        .start = start,
        .link_is_up = link_is_up,
        .transmit_buffer = transmit_buffer,
        .send = send,
        .receive = receive,
        .release = release,
    };

    behind = other;
    return &front;
}
