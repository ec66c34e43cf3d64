/* SPDX-License-Identifier: MIT
 * http_answer.h -- writes the head and body of an HTTP answer.
 */
#ifndef IMPRINT_AUTHORITY_HTTP_ANSWER_H
#define IMPRINT_AUTHORITY_HTTP_ANSWER_H

#include <event2/buffer.h>

#include "host-sim/authority/http_server.h"

/* Append the whole answer to `output`. `close` says that the connection ends after it. */
void http_answer_write(struct evbuffer *output, const struct http_answer *answer,
                       const char *request_id, bool close);

#endif
