/* SPDX-License-Identifier: MIT
 * meter.c -- a flash and a network interface that count and pass on, and the chip's timer. */
#include "tests/bench/meter.h"

#include <stdbool.h>

#include "hal/drivers/mmio.h"

enum {
    TIMER_VALUE = 0x40004000, /* MSS timer 1, which the board's clock starts; it counts down. */

    ETHERNET_BYTES = 14,
    ETHERTYPE_IPV4 = 0x0800,
    PROTOCOL_TCP = 6,
    TCP_HEADER_BYTES = 20,
    TCP_SYN = 0x02,
    TCP_ACK = 0x10,

    CALIBRATION_TURNS = 1000000,
    CALIBRATION_TURN_INSTRUCTIONS = 2
};

static struct {
    struct meter_count count;
    struct hal_flash flash;
    struct hal_netif netif;
    const struct hal_flash *real_flash;
    const struct hal_netif *real_netif;
    const uint8_t *to_send;
    uint32_t last_port;
    uint32_t calibration_counts;
} meter;

/* --- Flash ------------------------------------------------------------------------------------ */

static hal_err_t read_flash(const struct hal_flash *flash, uint32_t offset, void *out, size_t bytes)
{
    (void)flash;
    return meter.real_flash->read(meter.real_flash, offset, out, bytes);
}

static hal_err_t program_flash(const struct hal_flash *flash, uint32_t offset, const void *in,
                               size_t bytes)
{
    (void)flash;
    meter.count.programs++;
    return meter.real_flash->program(meter.real_flash, offset, in, bytes);
}

static hal_err_t erase_flash(const struct hal_flash *flash, uint32_t offset)
{
    (void)flash;
    meter.count.erases++;
    return meter.real_flash->erase(meter.real_flash, offset);
}

const struct hal_flash *meter_flash(const struct hal_flash *flash)
{
    meter.real_flash = flash;
    meter.flash = *flash;
    meter.flash.read = read_flash;
    meter.flash.program = program_flash;
    meter.flash.erase = erase_flash;
    return &meter.flash;
}

/* --- Network ---------------------------------------------------------------------------------- */

static uint32_t u16_at(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

/* The TCP header in a frame, and the bytes behind it; NULL when it is another kind of frame. */
static const uint8_t *tcp_in(const uint8_t *frame, size_t bytes, uint32_t *payload_bytes)
{
    const uint8_t *ip = frame + ETHERNET_BYTES;

    if (bytes < ETHERNET_BYTES + 40 || u16_at(frame + 12) != ETHERTYPE_IPV4 ||
        ip[9] != PROTOCOL_TCP) {
        return NULL;
    }
    const uint32_t ip_bytes = (ip[0] & 0x0Fu) * 4u;
    const uint8_t *tcp = ip + ip_bytes;
    const uint32_t headers_bytes = ip_bytes + (uint32_t)(tcp[12] >> 4) * 4u;

    if (ETHERNET_BYTES + ip_bytes + TCP_HEADER_BYTES > bytes || u16_at(ip + 2) < headers_bytes) {
        return NULL;
    }
    *payload_bytes = u16_at(ip + 2) - headers_bytes;
    return tcp;
}

static bool link_is_up(const struct hal_netif *netif)
{
    (void)netif;
    return meter.real_netif->link_is_up(meter.real_netif);
}

static hal_err_t start(const struct hal_netif *netif, const uint8_t mac[HAL_NETIF_MAC_BYTES])
{
    (void)netif;
    return meter.real_netif->start(meter.real_netif, mac);
}

static uint8_t *transmit_buffer(const struct hal_netif *netif)
{
    (void)netif;
    uint8_t *buffer = meter.real_netif->transmit_buffer(meter.real_netif);

    meter.to_send = buffer;
    return buffer;
}

static hal_err_t send(const struct hal_netif *netif, size_t bytes)
{
    uint32_t payload_bytes = 0;
    const uint8_t *tcp = tcp_in(meter.to_send, bytes, &payload_bytes);

    (void)netif;
    meter.count.frames_sent++;
    meter.count.payload_sent_bytes += payload_bytes;
    if (tcp != NULL && (tcp[13] & (TCP_SYN | TCP_ACK)) == TCP_SYN &&
        u16_at(tcp) != meter.last_port) {
        meter.last_port = u16_at(tcp);
        meter.count.connections++;
    }
    return meter.real_netif->send(meter.real_netif, bytes);
}

static const uint8_t *receive(const struct hal_netif *netif, size_t *bytes)
{
    uint32_t payload_bytes = 0;
    const uint8_t *frame = meter.real_netif->receive(meter.real_netif, bytes);

    (void)netif;
    if (frame != NULL) {
        (void)tcp_in(frame, *bytes, &payload_bytes);
        meter.count.frames_received++;
        meter.count.payload_received_bytes += payload_bytes;
    }
    return frame;
}

static void release(const struct hal_netif *netif)
{
    (void)netif;
    meter.real_netif->release(meter.real_netif);
}

const struct hal_netif *meter_netif(const struct hal_netif *netif)
{
    meter.real_netif = netif;
    meter.netif = (struct hal_netif){
        .start = start,
        .link_is_up = link_is_up,
        .transmit_buffer = transmit_buffer,
        .send = send,
        .receive = receive,
        .release = release,
    };
    return &meter.netif;
}

struct meter_count meter_read(void)
{
    struct meter_count count = meter.count;

    count.p256 = port_p256_counted();
    return count;
}

/* --- Time ------------------------------------------------------------------------------------- */

/* The loop is two instructions long, and so is known. */
void meter_calibrate(void)
{
    uint32_t turns = CALIBRATION_TURNS;
    const uint32_t then = meter_now();

    __asm__ volatile("1: subs %0, #1\n\tbne 1b" : "+r"(turns)::"cc");
    meter.calibration_counts = then - meter_now();
}

uint32_t meter_now(void)
{
    return mmio_read(TIMER_VALUE);
}

uint32_t meter_instructions_since(uint32_t then)
{
    const uint64_t known = (uint64_t)CALIBRATION_TURNS * CALIBRATION_TURN_INSTRUCTIONS;

    return (uint32_t)((then - meter_now()) * known / meter.calibration_counts);
}
