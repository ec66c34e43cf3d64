/* SPDX-License-Identifier: MIT
 * provision.h -- what the operator gave, without secrets: its form in RAM and its record in
 * flash.
 *
 * The record is a run of fields: tag (1) | length (2, little-endian) | value. Unknown tags are
 * kept out of RAM and refused as IMP_ERR_STORE_FORMAT: they belong to a newer firmware.
 * docs/SPEC.md lists the tags. */
#ifndef FIRMWARE_CORE_PROVISION_H
#define FIRMWARE_CORE_PROVISION_H

#include "firmware/bytes.h"
#include "firmware/config.h"
#include "firmware/error.h"
#include "firmware/proto/url.h"

enum {
    PROVISION_PIN_BYTES = 32,
    PROVISION_SERIAL_CHARS_MAX = 32,
    PROVISION_ROUTES_MAX = 2,
    PROVISION_ROUTE_HOST_CHARS_MAX = 127,
    PROVISION_UNLOCK_BYTES = 16 + 32, /* Salt | stretched hash. */
    PROVISION_RECORD_BYTES_MAX = 1024
};

struct provision_route {
    char host[PROVISION_ROUTE_HOST_CHARS_MAX + 1]; /* Empty: no route. */
    uint8_t address[4];
};

/* All zero is "nothing provisioned". */
struct provision {
    struct url server; /* server.host empty: none. */
    char name[CONFIG_NAME_CHARS_MAX + 1];
    char serial[PROVISION_SERIAL_CHARS_MAX + 1];
    bool has_pin;
    bool has_unlock;
    uint8_t pin[PROVISION_PIN_BYTES];
    uint8_t unlock[PROVISION_UNLOCK_BYTES];
    struct provision_route routes[PROVISION_ROUTES_MAX];
};

/* Parse one value into `provision`, which is unchanged after an error.
 * IMP_ERR_CONFIG_URL, IMP_ERR_CONFIG_NAME, IMP_ERR_CONFIG_VALUE. */
imp_err_t provision_set_server(struct provision *provision, const char *url);
imp_err_t provision_set_pin(struct provision *provision, const char *fingerprint);
imp_err_t provision_set_name(struct provision *provision, const char *name);
imp_err_t provision_set_serial(struct provision *provision, const char *serial);
imp_err_t provision_set_route(struct provision *provision, const char *host, const char *ipv4);

/* 0 when `token` can be used: 1 to CONFIG_TOKEN_CHARS_MAX visible ASCII characters, no space.
 * IMP_ERR_CONFIG_VALUE. */
imp_err_t provision_check_token(struct bytes token);

/* Write the record to `out` (PROVISION_RECORD_BYTES_MAX bytes). Returns its length. */
size_t provision_encode(const struct provision *provision, uint8_t out[PROVISION_RECORD_BYTES_MAX]);

/* Read a record. 0; IMP_ERR_STORE_FORMAT (`provision` is then all zero). */
imp_err_t provision_decode(struct bytes record, struct provision *provision);

#endif
