/* SPDX-License-Identifier: MIT
 * http_pace.c -- a timer gives the stream its next bytes; what has no end waits until they are
 * gone, so that it fills no memory.
 */
#include "host-sim/authority/http_pace.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

enum {
    FOREVER_BYTES = 4096 /* Given at a time. */
};

struct http_sender {
    struct bufferevent *stream;
    struct evbuffer *bytes;
    struct event *timer;
    struct http_pace pace;
    void (*given)(void *context);
    void *context;
};

static void wait_ms(struct http_sender *sender, long ms)
{
    const struct timeval wait = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

    evtimer_add(sender->timer, &wait);
}

static void give_forever(struct http_sender *sender)
{
    const size_t size = strlen(sender->pace.forever);

    for (size_t given = 0; given < FOREVER_BYTES; given += size) {
        bufferevent_write(sender->stream, sender->pace.forever, size);
    }
}

static void on_time(evutil_socket_t socket, short events, void *context)
{
    struct http_sender *sender = context;
    struct evbuffer *output = bufferevent_get_output(sender->stream);

    (void)socket;
    (void)events;
    if (sender->pace.byte_ms > 0) {
        evbuffer_remove_buffer(sender->bytes, output, 1);
    } else {
        evbuffer_add_buffer(output, sender->bytes);
    }
    if (evbuffer_get_length(sender->bytes) > 0) {
        wait_ms(sender, sender->pace.byte_ms);
    } else if (sender->pace.forever != NULL) {
        give_forever(sender);
    } else {
        sender->given(sender->context);
    }
}

struct http_sender *http_sender_new(struct bufferevent *stream, struct evbuffer *bytes,
                                    const struct http_pace *pace, void (*given)(void *context),
                                    void *context)
{
    struct http_sender *sender = calloc(1, sizeof *sender);

    if (sender == NULL) {
        evbuffer_free(bytes);
        return NULL;
    }
    *sender = (struct http_sender){
        .stream = stream, .bytes = bytes, .pace = *pace, .given = given, .context = context
    };
    sender->timer = evtimer_new(bufferevent_get_base(stream), on_time, sender);
    if (sender->timer == NULL) {
        http_sender_free(sender);
        return NULL;
    }
    wait_ms(sender, pace->delay_ms);
    return sender;
}

void http_sender_drained(struct http_sender *sender)
{
    if (sender->pace.forever != NULL && evbuffer_get_length(sender->bytes) == 0) {
        give_forever(sender);
    }
}

void http_sender_free(struct http_sender *sender)
{
    if (sender == NULL) {
        return;
    }
    if (sender->timer != NULL) {
        event_free(sender->timer);
    }
    evbuffer_free(sender->bytes);
    free(sender);
}
