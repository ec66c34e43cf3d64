/* SPDX-License-Identifier: MIT
 * http_pace.h -- sends an answer otherwise than at once: late, slowly, without end, not at all.
 * Only faults ask for it.
 */
#ifndef IMPRINT_AUTHORITY_HTTP_PACE_H
#define IMPRINT_AUTHORITY_HTTP_PACE_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdbool.h>

struct http_pace {
    bool close;          /* The connection ends after the last byte. */
    long delay_ms;       /* Before the first byte. */
    long byte_ms;        /* Between two bytes; 0: all at once. */
    const char *forever; /* Follows the answer, again and again. Static storage; NULL: nothing. */
};

struct http_sender;

/* Send `bytes` (taken over, also on failure) as `pace` says. `given` is called, from the event
 * loop, when the stream has been given all of them; it may free the sender, and is not called after
 * that. NULL when memory is out. */
struct http_sender *http_sender_new(struct bufferevent *stream, struct evbuffer *bytes,
                                    const struct http_pace *pace, void (*given)(void *context),
                                    void *context);

/* The stream has sent what it was given. */
void http_sender_drained(struct http_sender *sender);

/* Stop sending; NULL is nobody. */
void http_sender_free(struct http_sender *sender);

#endif
