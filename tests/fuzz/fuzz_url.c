/* SPDX-License-Identifier: MIT
 * fuzz_url.c -- what is accepted is a host name or an address, and reads the same when it is written out. Input: text. */
#include "firmware/proto/url.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    struct url url;
    struct url again;
    char text[512];

    (void)url_is_host_name(bytes_of(input, size));
    if (url_parse(bytes_of(input, size), &url)) {
        return 0;
    }
    FUZZ_MUST(url.port != 0);
    FUZZ_MUST(url_is_host_name(bytes_of_text(url.host)) != url.host_is_ipv4);
    FUZZ_MUST(url.path[0] == '\0' || url.path[0] == '/');
    (void)snprintf(text, sizeof text, "https://%s:%u%s", url.host, url.port, url.path);
    FUZZ_MUST(url_parse(bytes_of_text(text), &again) == 0);
    FUZZ_MUST(strcmp(url.host, again.host) == 0 && strcmp(url.path, again.path) == 0);
    FUZZ_MUST(url.port == again.port && url.host_is_ipv4 == again.host_is_ipv4);
    return 0;
}
