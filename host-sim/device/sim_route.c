/* SPDX-License-Identifier: MIT
 * sim_route.c -- names and addresses as they look from behind the simulated network.
 *
 * There this machine's loopback has another address, and 127.0.0.1 is the device itself. Only the
 * route changes: the server must still prove that it is the host of the URL. */
#define _POSIX_C_SOURCE 200809L /* getaddrinfo */
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "firmware/net/net.h"
#include "firmware/proto/url.h"
#include "host-sim/device/netif_slirp.h"
#include "host-sim/device/sim.h"

enum {
    LOOPBACK_NET = 127
};

/* True when this machine resolves `host` (a name or an IPv4 literal) to itself. */
static bool is_this_machine(const char *host)
{
    const struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    struct sockaddr_in address = { 0 };

    if (getaddrinfo(host, NULL, &hints, &found) != 0) {
        return false;
    }
    if (found->ai_addrlen == sizeof address) {
        memcpy(&address, found->ai_addr, sizeof address);
    }
    freeaddrinfo(found);
    return ((const uint8_t *)&address.sin_addr)[0] == LOOPBACK_NET;
}

bool sim_route_read(const char *text, struct sim_route *route)
{
    const char *equals = strchr(text, '=');
    const size_t host_chars = equals != NULL ? (size_t)(equals - text) : 0;
    uint8_t address[4];

    if (host_chars == 0 || host_chars >= sizeof route->host ||
        url_parse_ipv4(bytes_of_text(equals + 1), address) != 0) {
        return false;
    }
    memcpy(route->host, text, host_chars);
    route->host[host_chars] = '\0';
    if (address[0] == LOOPBACK_NET) {
        memcpy(address, netif_slirp_loopback, sizeof address);
    }
    snprintf(route->ipv4, sizeof route->ipv4, "%u.%u.%u.%u", address[0], address[1], address[2],
             address[3]);
    return true;
}

void sim_route_server(const char *host)
{
    if (host[0] != '\0' && is_this_machine(host)) {
        /* A route too many shows itself as a name that does not resolve. */
        (void)net_route(host, netif_slirp_loopback);
    }
}
