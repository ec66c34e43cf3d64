/* SPDX-License-Identifier: MIT
 * inspect_options.c -- options that several commands have. */
#include "firmware/proto/calendar.h"
#include "firmware/proto/json.h"
#include "host-sim/inspect/inspect.h"

/* 2026-11-21T00:00:00Z, that form alone. */
static bool read_rfc3339(struct bytes text, int64_t *seconds)
{
    static const char form[] = "0000-00-00T00:00:00Z";
    struct calendar when;

    if (text.len != sizeof form - 1) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (form[i] != '0' && text.data[i] != (uint8_t)form[i]) {
            return false;
        }
    }
    return calendar_number(text.data, 4, &when.year) && calendar_two(text.data + 5, &when.month) &&
           calendar_two(text.data + 8, &when.day) && calendar_two(text.data + 11, &when.hour) &&
           calendar_two(text.data + 14, &when.minute) &&
           calendar_two(text.data + 17, &when.second) && calendar_seconds(&when, seconds);
}

/* Years 0000 to 9999, as certificates have them. */
static bool read_seconds(struct bytes text, int64_t *seconds)
{
    return json_read_integer(text, seconds) && *seconds >= INT64_C(-62167219200) &&
           *seconds <= INT64_C(253402300799);
}

int inspect_moment(struct inspect *inspect, const char *name, bool *is_given, int64_t *seconds)
{
    const char *value = cli_text(inspect->args, name);

    *is_given = value != NULL;
    if (value == NULL || read_rfc3339(bytes_of_text(value), seconds) ||
        read_seconds(bytes_of_text(value), seconds)) {
        return CLI_OK;
    }
    return say_unreadable(
        &inspect->say, "%s wants a moment like 2026-11-21T00:00:00Z or seconds since 1970", name);
}

int inspect_time(struct inspect *inspect, struct chain_time *time)
{
    bool has_floor;

    *time = (struct chain_time){ .floor = CONFIG_BUILD_TIME };
    const int code = inspect_moment(inspect, "floor", &has_floor, &time->floor);
    return code ? code : inspect_moment(inspect, "time", &time->has_now, &time->now);
}

void inspect_say_time(struct say *say, const struct chain_time *time)
{
    say_time(say, "floor", time->floor);
    if (time->has_now) {
        say_time(say, "clock", time->now);
    } else {
        say_text(say, "clock", "not set");
    }
}
