/* SPDX-License-Identifier: MIT
 * netif.c -- lwIP over one hal_netif: frames, link, DHCP, timers. */
#include "port/lwip/netif.h"

#include <string.h>

#include <lwip/dhcp.h>
#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/sys.h>
#include <lwip/timeouts.h>

#include "firmware/crypto/random.h"
#include "hal/hal_clock.h"
#include "port/lwip/lock.h"
#include "port/port.h"
#include "port/port_config.h"

_Static_assert(TCP_ENSURE_LOCAL_PORT_RANGE(0x3FFE) < TCP_LOCAL_PORT_RANGE_END &&
                   TCP_ENSURE_LOCAL_PORT_RANGE(0xFFFF) < TCP_LOCAL_PORT_RANGE_END,
               "lwIP counts on from the first port before it looks for the end");

static struct {
    struct netif netif;
    const struct hal_netif *hal;
    uint64_t now_ms;
    bool has_link;
} net;

/* lwIP's clock and dice. Before random_start, and when the noise source fails, nothing random is
 * there to be had; then nothing may be connected either, and a constant only fills the place. */
u32_t sys_now(void)
{
    return (u32_t)net.now_ms;
}

uint32_t port_net_random(void)
{
    uint8_t bytes[4];

    (void)random_fill(bytes, sizeof bytes);
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

/* Called by lwIP. A frame that finds no room is dropped: whoever needs it sends it again. */
static err_t send_frame(struct netif *netif, struct pbuf *frame)
{
    uint8_t *buffer = net.hal->transmit_buffer(net.hal);

    (void)netif;
    if (buffer == NULL) {
        return ERR_BUF;
    }
    if (frame->tot_len > HAL_NETIF_FRAME_BYTES_MAX) {
        return ERR_VAL;
    }
    pbuf_copy_partial(frame, buffer, frame->tot_len, 0);
    return net.hal->send(net.hal, frame->tot_len) == HAL_OK ? ERR_OK : ERR_IF;
}

static err_t set_up(struct netif *netif)
{
    netif->name[0] = 'e';
    netif->name[1] = 'n';
    netif->output = etharp_output;
    netif->linkoutput = send_frame;
    netif->mtu = 1500;
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
    return ERR_OK;
}

imp_err_t port_net_start(const struct hal_netif *netif, const uint8_t mac[HAL_NETIF_MAC_BYTES],
                         const char *hostname)
{
    memset(&net, 0, sizeof net);
    net.hal = netif;
    net.now_ms = hal_clock_ms();
    if (netif->start(netif, mac) != HAL_OK) {
        return IMP_ERR_NET_NO_LINK;
    }
    LOCK_TCPIP_CORE();
    lwip_init();
    net.netif.hwaddr_len = HAL_NETIF_MAC_BYTES;
    memcpy(net.netif.hwaddr, mac, HAL_NETIF_MAC_BYTES);
    netif_add_noaddr(&net.netif, NULL, set_up, netif_input);
    netif_set_hostname(&net.netif, hostname);
    netif_set_default(&net.netif);
    netif_set_up(&net.netif);
    UNLOCK_TCPIP_CORE();
    return 0;
}

/* A link that comes back may be another network: the old address goes with the old link. */
static void follow_link(void)
{
    const bool up = net.hal->link_is_up(net.hal);

    if (up == net.has_link) {
        return;
    }
    net.has_link = up;
    if (up) {
        netif_set_link_up(&net.netif);
        (void)dhcp_start(&net.netif);
    } else {
        dhcp_release_and_stop(&net.netif);
        netif_set_link_down(&net.netif);
    }
}

/* Give one frame to lwIP, as a copy: the driver's own memory is for the next ones. */
static void take_frame(const uint8_t *frame, size_t bytes)
{
    struct pbuf *copy = pbuf_alloc(PBUF_RAW, (u16_t)bytes, PBUF_RAM);

    if (copy == NULL) {
        return;
    }
    pbuf_take(copy, frame, (u16_t)bytes);
    if (net.netif.input(copy, &net.netif) != ERR_OK) {
        pbuf_free(copy);
    }
}

void port_net_poll(uint64_t now_ms)
{
    LOCK_TCPIP_CORE();
    net.now_ms = now_ms;
    follow_link();
    for (int i = 0; i < PORT_NET_FRAMES_PER_POLL; i++) {
        size_t bytes = 0;
        const uint8_t *frame = net.hal->receive(net.hal, &bytes);

        if (frame == NULL) {
            break;
        }
        if (bytes <= HAL_NETIF_FRAME_BYTES_MAX) {
            take_frame(frame, bytes);
        }
        net.hal->release(net.hal);
    }
    sys_check_timeouts();
    UNLOCK_TCPIP_CORE();
}

bool net_has_link(void)
{
    return net.has_link;
}

bool net_has_address(void)
{
    return net.has_link && !ip4_addr_isany_val(*netif_ip4_addr(&net.netif));
}

bool port_net_address(uint8_t address[4])
{
    memcpy(address, netif_ip4_addr(&net.netif), 4);
    return net_has_address();
}
