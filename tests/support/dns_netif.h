/* SPDX-License-Identifier: MIT
 * dns_netif.h -- an interface in front of another: it answers DNS questions itself, and its link
 * can be pulled. */
#ifndef TESTS_SUPPORT_DNS_NETIF_H
#define TESTS_SUPPORT_DNS_NETIF_H

#include "hal/hal_netif.h"

enum dns_reply {
    DNS_ADDRESS,
    DNS_NO_SUCH_NAME,
    DNS_NO_RECORDS,
    DNS_GARBAGE, /* 65535 records are announced; the rest is pointers into nowhere. */
    DNS_EMPTY,   /* A header and nothing behind it. */
    DNS_HUGE,    /* A frame full of records that are no addresses. */
    DNS_ENDLESS, /* A record whose name points at itself. */
    DNS_CUT,     /* An address of which two bytes are missing. */
    DNS_SILENCE
};

struct dns_netif {
    enum dns_reply reply;
    uint8_t address[4];
    bool wrong_id; /* Answer with an identifier that was not asked. */
    bool link_is_pulled;
    bool is_deaf; /* Nothing is received. */
    unsigned question_count;
    uint16_t source_port; /* Of the last question. */
    uint16_t id;
    uint16_t syn_port; /* Source port and sequence number of the last TCP SYN. */
    uint32_t syn_sequence;
};
extern struct dns_netif dns_netif;

/* The interface, in front of `behind`. Static. */
const struct hal_netif *dns_netif_before(const struct hal_netif *behind);

#endif
