/* SPDX-License-Identifier: MIT
 * fuzz_der.c -- reads a run of elements as a tree, each primitive as everything it could be; what was read whole is
 * written back the same. Input: DER. */
#include "firmware/proto/der.h"
#include "tests/fuzz/fuzz.h"

enum {
    DEPTH_MAX = 16,
    CONSTRUCTED = 0x20
};

static void expect_written_back(struct bytes whole, uint8_t tag, struct bytes content)
{
    uint8_t *memory = malloc(whole.len);
    struct der_writer writer = der_write_into(memory, whole.len);

    FUZZ_MUST(memory != NULL);
    der_put(&writer, content);
    der_put_header(&writer, tag, 0);
    const size_t written = der_write_end(&writer);
    FUZZ_MUST(bytes_equal(bytes_of(memory, written), whole));
    free(memory);
}

/* A reader that is bad gives empty views, and stays bad. */
static void read_as_everything(struct der at)
{
    struct der copy = at;
    (void)der_read_integer(&copy);
    copy = at;
    FUZZ_MUST(fuzz_is_within(der_read_positive(&copy), at.rest));
    copy = at;
    FUZZ_MUST(der_read_small(&copy, 100) <= 100);
    copy = at;
    (void)der_read_default_false(&copy);
    copy = at;
    FUZZ_MUST(fuzz_is_within(der_read_bit_string(&copy), at.rest));
    copy = at;
    struct der inner = der_enter(&copy, DER_SEQUENCE);
    der_leave(&copy, &inner);
}

static void read_run(struct bytes run, int depth)
{
    struct der der = der_begin(run);

    while (der_has_more(&der)) {
        struct der before = der;
        uint8_t tag = 0;
        read_as_everything(before);
        const struct bytes content = der_read_any(&der, &tag);
        FUZZ_MUST(fuzz_is_within(content, run));
        if (der.is_bad) {
            FUZZ_MUST(tag == 0 && content.len == 0 && !der_is_finished(&der));
            return;
        }
        FUZZ_MUST(der_is_next(&before, tag));
        expect_written_back(der_read_whole(&before, tag), tag, content);
        if ((tag & CONSTRUCTED) != 0 && depth < DEPTH_MAX) {
            read_run(content, depth + 1);
        }
    }
    FUZZ_MUST(der_is_finished(&der));
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    read_run(bytes_of(input, size), 0);
    return 0;
}
