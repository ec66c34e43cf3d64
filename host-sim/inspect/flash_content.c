/* SPDX-License-Identifier: MIT
 * flash_content.c -- what the records that count mean. Formats: core/identity.h, core/load.c,
 * core/provision.h. */
#include "firmware/core/identity.h"
#include "firmware/crypto/hash.h"
#include "firmware/little_endian.h"
#include "firmware/text.h"
#include "host-sim/inspect/flash_text.h"
#include "host-sim/inspect/inspect_flash.h"

static const char *const type_names[] = {
    [STORE_PROVISION] = "provision",
    [STORE_TOKEN] = "token",
    [STORE_TOKEN_CLEAR] = "token, not sealed yet",
    [STORE_STAGED_KEY] = "staged key",
    [STORE_PENDING] = "pending",
    [STORE_ANCHORS] = "anchors",
    [STORE_IDENTITY] = "identity",
    [STORE_ATTEMPTS] = "attempts",
    [STORE_LOCK] = "lock",
    [STORE_CANDIDATE] = "candidate",
};

const char *flash_type_text(uint8_t type, char text[FLASH_TYPE_CHARS])
{
    if (type < sizeof type_names / sizeof type_names[0] && type_names[type] != NULL) {
        return type_names[type];
    }
    snprintf(text, FLASH_TYPE_CHARS, "type %u", type);
    return text;
}

/* The clear part of the record that counts, or an empty view. Not of a type that may hold a secret
 * in the clear. */
static struct bytes read_clear(const struct store *store, enum store_type type,
                               uint8_t memory[STORE_PAYLOAD_BYTES_MAX])
{
    const size_t bytes = store_size(store, type);

    if (!store_has(store, type) || bytes > STORE_PAYLOAD_BYTES_MAX ||
        store_read(store, type, 0, memory, bytes)) {
        return bytes_of(memory, 0);
    }
    return bytes_of(memory, bytes);
}

/* --- Provisioning ----------------------------------------------------------------------------- */

static void say_server(struct say *say, const struct url *server)
{
    char text[CONFIG_HOST_CHARS_MAX + CONFIG_PATH_CHARS_MAX + 32];

    if (server->host[0] != '\0') {
        snprintf(text, sizeof text, "https://%s:%u%s", server->host, server->port, server->path);
        say_text(say, "server", text);
    }
}

static void say_routes(struct say *say, const struct provision *provision)
{
    for (size_t i = 0; i < PROVISION_ROUTES_MAX; i++) {
        const struct provision_route *route = &provision->routes[i];
        char text[PROVISION_ROUTE_HOST_CHARS_MAX + 32];
        char name[16];
        if (route->host[0] != '\0') {
            snprintf(text, sizeof text, "%s at %u.%u.%u.%u", route->host, route->address[0],
                     route->address[1], route->address[2], route->address[3]);
            snprintf(name, sizeof name, "route_%zu", i);
            say_text(say, name, text);
        }
    }
}

static imp_err_t say_provision(struct say *say, struct flash_content *content)
{
    uint8_t memory[STORE_PAYLOAD_BYTES_MAX];
    const struct bytes record = read_clear(&content->store, STORE_PROVISION, memory);

    memset(&content->provision, 0, sizeof content->provision);
    if (!store_has(&content->store, STORE_PROVISION)) {
        return 0;
    }
    if (record.len > PROVISION_RECORD_BYTES_MAX ||
        provision_decode(record, &content->provision) != 0) {
        return IMP_ERR_STORE_FORMAT;
    }
    const struct provision *provision = &content->provision;

    say_object(say, "provision");
    say_server(say, &provision->server);
    if (provision->has_pin) {
        say_hex(say, "pin", bytes_of(provision->pin, sizeof provision->pin));
    }
    if (provision->name[0] != '\0') {
        say_text(say, "name", provision->name);
    }
    if (provision->serial[0] != '\0') {
        say_text(say, "serial", provision->serial);
    }
    say_routes(say, provision);
    say_bool(say, "has_unlock_secret", provision->has_unlock);
    say_object_end(say);
    return 0;
}

static void say_token(struct say *say, const struct store *store)
{
    if (store_has(store, STORE_TOKEN_CLEAR)) {
        say_text(say, "token", "there, not sealed yet: the first boot does that");
    } else if (store_has(store, STORE_TOKEN)) {
        say_text(say, "token", "there, sealed");
    } else {
        say_text(say, "token", "none");
    }
}

/* --- Keys and anchors ------------------------------------------------------------------------- */

static void say_point(struct say *say, const char *name, struct bytes point)
{
    uint8_t digest[HASH_SHA256_BYTES];

    if (hash_sha256(&point, 1, digest) == 0) {
        say_hex(say, name, bytes_of(digest, sizeof digest));
    }
}

static void say_attempts(struct say *say, const struct store *store)
{
    uint8_t memory[STORE_PAYLOAD_BYTES_MAX];
    const struct bytes record = read_clear(store, STORE_ATTEMPTS, memory);

    if (record.len == 1 && record.data[0] < 32) {
        say_number(say, "attempts_at_least", INT64_C(1) << record.data[0]);
    }
}

/* version (1) | anchors (1) | issuers (1) | 0 | for each its length (2) and DER. */
static imp_err_t say_anchors(struct say *say, const struct store *store)
{
    uint8_t memory[STORE_PAYLOAD_BYTES_MAX];
    struct bytes rest = read_clear(store, STORE_ANCHORS, memory);
    struct inspect_certs certs[2] = { { .count = 0 }, { .count = 0 } };

    if (!store_has(store, STORE_ANCHORS)) {
        return 0;
    }
    if (rest.len < 4 || rest.data[0] != 1) {
        return IMP_ERR_STORE_FORMAT;
    }
    const size_t anchors = rest.data[1];
    const size_t all = anchors + rest.data[2];

    rest = bytes_of(rest.data + 4, rest.len - 4);
    for (size_t i = 0; i < all; i++) {
        const size_t bytes = rest.len >= 2 ? le16_get(rest.data) : SIZE_MAX;
        struct inspect_certs *list = &certs[i >= anchors];
        if (rest.len < 2 || bytes > rest.len - 2 || list->count == INSPECT_CERTS_MAX) {
            return IMP_ERR_STORE_FORMAT;
        }
        list->at[list->count++] = bytes_of(rest.data + 2, bytes);
        rest = bytes_of(rest.data + 2 + bytes, rest.len - 2 - bytes);
    }
    inspect_say_certs(say, "anchor", &certs[0]);
    inspect_say_certs(say, "issuer", &certs[1]);
    return 0;
}

/* --- The identity and its candidate ----------------------------------------------------------- */

static void say_certified(struct say *say, const char *name, struct bytes head, struct bytes chain,
                          struct bytes point)
{
    struct inspect_certs certs = { .count = 0 };

    say_object(say, name);
    say_number(say, "method", head.data[1]);
    say_time(say, "not_before", (int64_t)le64_get(head.data + 4));
    say_time(say, "not_after", (int64_t)le64_get(head.data + 12));
    say_point(say, "key_sha256", point);
    (void)inspect_split_certs(chain, &certs);
    inspect_say_certs(say, "certificate", &certs);
    say_object_end(say);
}

/* A record of the form that core/identity.h describes; its point to `point`. */
static imp_err_t read_certified(struct say *say, const struct store *store, enum store_type type,
                                uint8_t point[KEY_POINT_BYTES])
{
    uint8_t memory[STORE_PAYLOAD_BYTES_MAX];
    const struct bytes record = read_clear(store, type, memory);

    if (!store_has(store, type)) {
        return 0;
    }
    if (record.len <= IDENTITY_HEAD_BYTES + KEY_POINT_BYTES) {
        return IMP_ERR_STORE_DAMAGED;
    }
    if (record.data[0] != 1) {
        return IMP_ERR_STORE_FORMAT;
    }
    const size_t chain_bytes = record.len - IDENTITY_HEAD_BYTES - KEY_POINT_BYTES;

    memcpy(point, record.data + IDENTITY_HEAD_BYTES + chain_bytes, KEY_POINT_BYTES);
    say_certified(say, type == STORE_IDENTITY ? "identity" : "candidate",
                  bytes_of(record.data, IDENTITY_HEAD_BYTES),
                  bytes_of(record.data + IDENTITY_HEAD_BYTES, chain_bytes),
                  bytes_of(point, KEY_POINT_BYTES));
    return 0;
}

static bool is_same_key(const struct store *store, enum store_type a, const uint8_t *a_point,
                        enum store_type b, const uint8_t *b_point)
{
    return store_has(store, a) && store_has(store, b) &&
           memcmp(a_point, b_point, KEY_POINT_BYTES) == 0;
}

static imp_err_t say_identity(struct say *say, struct flash_content *content)
{
    const struct store *store = &content->store;
    uint8_t memory[STORE_PAYLOAD_BYTES_MAX];
    uint8_t staged_point[KEY_POINT_BYTES] = { 0 };
    uint8_t identity_point[KEY_POINT_BYTES] = { 0 };
    uint8_t candidate_point[KEY_POINT_BYTES] = { 0 };
    const struct bytes staged = read_clear(store, STORE_STAGED_KEY, memory);

    if (staged.len == KEY_POINT_BYTES) {
        memcpy(staged_point, staged.data, staged.len);
        say_point(say, "staged_key_sha256", staged);
    }
    const imp_err_t err = read_certified(say, store, STORE_IDENTITY, identity_point);
    const imp_err_t candidate_err = read_certified(say, store, STORE_CANDIDATE, candidate_point);

    content->is_proved =
        !is_same_key(store, STORE_STAGED_KEY, staged_point, STORE_IDENTITY, identity_point);
    content->candidate_is_identity =
        is_same_key(store, STORE_CANDIDATE, candidate_point, STORE_IDENTITY, identity_point);
    content->candidate_is_staged =
        is_same_key(store, STORE_CANDIDATE, candidate_point, STORE_STAGED_KEY, staged_point);
    if (store_has(store, STORE_IDENTITY)) {
        say_bool(say, "is_proved", content->is_proved);
    }
    return err ? err : candidate_err;
}

/* What has no words here: of another firmware, or new. */
static void say_others(struct say *say, const struct store *store)
{
    for (unsigned type = 1; type < STORE_TYPE_COUNT; type++) {
        const bool is_known = type < sizeof type_names / sizeof type_names[0];
        if (store_has(store, (enum store_type)type) &&
            (!is_known || type == STORE_PENDING || type == STORE_LOCK)) {
            char name[FLASH_TYPE_CHARS];
            char text[FLASH_TYPE_CHARS];
            snprintf(name, sizeof name, "%s bytes", flash_type_text((uint8_t)type, text));
            say_number(say, name, (int64_t)store_size(store, (enum store_type)type));
        }
    }
}

imp_err_t flash_say_content(struct say *say, struct flash_content *content)
{
    imp_err_t err = say_provision(say, content);

    say_token(say, &content->store);
    say_attempts(say, &content->store);
    const imp_err_t anchors_err = say_anchors(say, &content->store);
    const imp_err_t identity_err = say_identity(say, content);

    say_others(say, &content->store);
    err = err ? err : identity_err;
    return err ? err : anchors_err;
}
