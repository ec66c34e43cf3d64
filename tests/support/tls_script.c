/* SPDX-License-Identifier: MIT
 * tls_script.c -- tls.h over a script. */
#include "tests/support/tls_script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/net/net.h"

enum {
    PIECES_MAX = 512,
    REPLY_BYTES_MAX = 128 * 1024,
    ROUTES_MAX = 4
};

struct tls_script tls_script;
struct tls_seen tls_seen[TLS_SEEN_MAX];
size_t tls_seen_count;

/* The one stream there is. */
static struct tls_stream {
    struct tls_params params;
    struct tls_seen *seen;
    size_t answered_bytes; /* Of what was sent: requests that were given to `answer`. */
} stream;

static struct {
    uint8_t bytes[REPLY_BYTES_MAX];
    size_t len;
    size_t ends[PIECES_MAX];
    size_t count;
    size_t next;
    size_t at;
} reply;

static struct {
    char host[256];
    uint8_t address[4];
} routes[ROUTES_MAX];

static void need(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "tls_script.c: %s\n", what);
        abort();
    }
}

void tls_script_reset(void)
{
    memset(&tls_script, 0, sizeof tls_script);
    memset(tls_seen, 0, sizeof tls_seen);
    tls_seen_count = 0;
    memset(&stream, 0, sizeof stream);
    memset(&reply, 0, sizeof reply);
    memset(routes, 0, sizeof routes);
}

void tls_script_drop(void)
{
    memset(&stream, 0, sizeof stream);
    memset(&reply, 0, sizeof reply);
}

void tls_script_reply(const void *bytes, size_t len)
{
    need(len <= sizeof reply.bytes - reply.len && reply.count < PIECES_MAX, "too long a reply");
    if (len > 0) {
        memcpy(reply.bytes + reply.len, bytes, len);
    }
    reply.len += len;
    reply.ends[reply.count++] = reply.len;
}

void tls_script_reply_text(const char *text)
{
    tls_script_reply(text, strlen(text));
}

static bool contains(const uint8_t *in, size_t in_len, const void *bytes, size_t len)
{
    for (size_t at = 0; len > 0 && at + len <= in_len; at++) {
        if (memcmp(in + at, bytes, len) == 0) {
            return true;
        }
    }
    return false;
}

bool tls_script_has_sent(size_t from, const void *bytes, size_t len)
{
    for (size_t i = from; i < tls_seen_count; i++) {
        if (contains(tls_seen[i].sent, tls_seen[i].sent_bytes, bytes, len)) {
            return true;
        }
    }
    return false;
}

/* --- tls.h ------------------------------------------------------------------------------------ */

imp_err_t tls_open(struct tls_stream **opened, const struct tls_params *params)
{
    need(params->verdict != NULL, "no verdict function");
    need(stream.seen == NULL, "two streams at once");
    if (tls_script.open_err) {
        return tls_script.open_err;
    }
    need(tls_seen_count < TLS_SEEN_MAX, "too many connections");
    stream = (struct tls_stream){ .params = *params, .seen = &tls_seen[tls_seen_count++] };
    struct tls_seen *seen = stream.seen;
    snprintf(seen->host, sizeof seen->host, "%s", params->host);
    seen->port = params->port;
    seen->is_open = true;
    need(params->chain.len <= sizeof seen->chain, "too long a chain");
    if (params->identify) {
        memcpy(seen->chain, params->chain.data, params->chain.len);
        seen->chain_bytes = params->chain.len;
    }
    memset(&reply, 0, sizeof reply);
    *opened = &stream;
    return 0;
}

/* The certificates are gone when the verdict returns, as behind a real handshake. */
static imp_err_t ask_verdict(struct tls_stream *of)
{
    uint8_t *copies[8] = { 0 };
    struct bytes certs[8];

    need(tls_script.presented_count <= sizeof certs / sizeof certs[0], "too many certificates");
    for (size_t i = 0; i < tls_script.presented_count; i++) {
        const struct bytes cert = tls_script.presented[i];
        copies[i] = malloc(cert.len);
        need(copies[i] != NULL, "memory");
        memcpy(copies[i], cert.data, cert.len);
        certs[i] = bytes_of(copies[i], cert.len);
    }
    const imp_err_t err =
        of->params.verdict(of->params.verdict_context, certs, tls_script.presented_count);
    for (size_t i = 0; i < tls_script.presented_count; i++) {
        free(copies[i]);
    }
    of->seen->verdict_count++;
    of->seen->verdict = err;
    return err;
}

int32_t tls_connect(struct tls_stream *of)
{
    struct tls_seen *seen = of->seen;

    need(seen != NULL && !seen->is_connected, "tls_connect after the handshake");
    seen->connect_count++;
    if (tls_script.connect_turns == TLS_SCRIPT_NEVER ||
        seen->connect_count <= tls_script.connect_turns) {
        return 0;
    }
    if (tls_script.early_err) {
        return tls_script.early_err;
    }
    const imp_err_t err = ask_verdict(of);
    if (err || tls_script.late_err) {
        return err ? err : tls_script.late_err;
    }
    seen->is_connected = true;
    if (of->params.identify && tls_script.identify != NULL) {
        of->params.chain = bytes_of(seen->chain, seen->chain_bytes);
        seen->identified = tls_script.identify(&of->params);
    }
    return 1;
}

int32_t tls_read(struct tls_stream *of, uint8_t *out, size_t cap)
{
    need(of->seen != NULL && of->seen->is_connected, "tls_read before the handshake");
    of->seen->read_count++;
    if (reply.next == reply.count) {
        if (tls_script.is_endless) {
            memset(out, 'x', cap);
            return (int32_t)cap;
        }
        return tls_script.read_err;
    }
    size_t bytes = reply.ends[reply.next] - reply.at;
    bytes = bytes < cap ? bytes : cap;
    if (tls_script.read_bytes > 0 && bytes > tls_script.read_bytes) {
        bytes = tls_script.read_bytes;
    }
    memcpy(out, reply.bytes + reply.at, bytes);
    reply.at += bytes;
    reply.next += reply.at == reply.ends[reply.next];
    return (int32_t)bytes;
}

/* Length of the complete request at the start of `sent`, or 0. */
static size_t request_bytes(struct bytes sent)
{
    static const char length_field[] = "\r\nContent-Length: ";
    char head[TLS_SEEN_SENT_BYTES + 1];

    memcpy(head, sent.data, sent.len);
    head[sent.len] = '\0';
    char *end = strstr(head, "\r\n\r\n");
    if (end == NULL) {
        return 0;
    }
    *end = '\0';
    const char *field = strstr(head, length_field);
    const size_t body = field == NULL ? 0 : strtoul(field + sizeof length_field - 1, NULL, 10);
    const size_t total = (size_t)(end - head) + 4 + body;
    return total <= sent.len ? total : 0;
}

int32_t tls_write(struct tls_stream *of, const uint8_t *in, size_t len)
{
    struct tls_seen *seen = of->seen;

    need(seen != NULL && seen->is_connected, "tls_write before the handshake");
    if (tls_script.write_err) {
        return tls_script.write_err;
    }
    if (tls_script.write_turns > 0) {
        tls_script.write_turns -= tls_script.write_turns != TLS_SCRIPT_NEVER;
        return 0;
    }
    if (tls_script.write_bytes > 0 && len > tls_script.write_bytes) {
        len = tls_script.write_bytes;
    }
    need(len <= sizeof seen->sent - seen->sent_bytes, "too much was sent");
    memcpy(seen->sent + seen->sent_bytes, in, len);
    seen->sent_bytes += len;
    const struct bytes rest =
        bytes_of(seen->sent + of->answered_bytes, seen->sent_bytes - of->answered_bytes);
    const size_t request = request_bytes(rest);
    if (request > 0 && tls_script.answer != NULL) {
        of->answered_bytes += request;
        tls_script.answer(bytes_of(rest.data, request));
    }
    return (int32_t)len;
}

bool tls_identified(const struct tls_stream *of)
{
    need(of->seen != NULL, "tls_identified of a closed stream");
    return of->params.identify && !tls_script.asks_nobody;
}

int32_t tls_foreign_code(const struct tls_stream *of)
{
    need(of->seen != NULL, "tls_foreign_code of a closed stream");
    return tls_script.foreign_code;
}

void tls_close(struct tls_stream *of)
{
    if (of != NULL) {
        need(of->seen != NULL, "closed twice");
        of->seen->is_open = false;
        of->seen = NULL;
    }
}

/* --- net.h ------------------------------------------------------------------------------------ */

void net_forget_routes(void)
{
    memset(routes, 0, sizeof routes);
}

imp_err_t net_route(const char *host, const uint8_t address[4])
{
    for (size_t i = 0; i < ROUTES_MAX; i++) {
        if (routes[i].host[0] == '\0' || strcmp(routes[i].host, host) == 0) {
            snprintf(routes[i].host, sizeof routes[i].host, "%s", host);
            memcpy(routes[i].address, address, sizeof routes[i].address);
            return 0;
        }
    }
    return IMP_ERR_NET_MEMORY;
}

const uint8_t *tls_script_route(const char *host)
{
    for (size_t i = 0; i < ROUTES_MAX; i++) {
        if (strcmp(routes[i].host, host) == 0) {
            return routes[i].address;
        }
    }
    return NULL;
}

struct net_count net_counted(void)
{
    return (struct net_count){ .connections = (uint32_t)tls_seen_count };
}
