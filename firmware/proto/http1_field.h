/* SPDX-License-Identifier: MIT
 * http1_field.h -- header fields of an answer; for http1.c alone. */
#ifndef FIRMWARE_PROTO_HTTP1_FIELD_H
#define FIRMWARE_PROTO_HTTP1_FIELD_H

#include "firmware/proto/http1.h"

/* Split one header line, without its CR LF, into name and value (RFC 9112 5, no white space
 * before the colon), the value trimmed. 0; IMP_ERR_HTTP_MALFORMED. */
imp_err_t http1_split_field(struct bytes line, struct bytes *name, struct bytes *value);

/* Put one field where it belongs in `http`. `is_cut`: the line was longer than what is kept of
 * it; that only a field nobody needs may be. 0; IMP_ERR_HTTP_LENGTH; IMP_ERR_HTTP_ENCODING. */
imp_err_t http1_take_field(struct http1 *http, struct bytes name, struct bytes value, bool is_cut);

/* The head is complete: Retry-After as a date becomes a time from Date. */
void http1_settle_retry_after(struct http1 *http);

#endif
