/* SPDX-License-Identifier: MIT
 * life_plan.c -- a plan as a line of words, so that a failure can be lived again:
 *
 *   seed=7 flash=2 unstable cut=torn:12:99 cut2=before:3:0 frame=40 lan=reset:device:2:1034 renews
 *   dns=4 weather=50:0:20:100:300 faults=drop-answer for=60000 unplug=1000:5000 clock=946684800
 *   days=10 sleep=30 date=4070908800:3 mistake=1 short */
#define _POSIX_C_SOURCE 200809L /* strtok_r */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/life.h"

enum {
    LINE_CHARS_MAX = 512
};

static const char *const cut_names[] = {
    [FLASH_CUT_NONE] = "none",   [FLASH_CUT_BEFORE] = "before", [FLASH_CUT_TORN] = "torn",
    [FLASH_CUT_AFTER] = "after", [FLASH_FAULT] = "fault",
};

static const char *const lan_names[LAN_FAULT_COUNT] = {
    [LAN_FAIR] = "fair",   [LAN_REFUSED] = "refused",
    [LAN_RESET] = "reset", [LAN_HALF_CLOSE] = "half-close",
    [LAN_STALL] = "stall", [LAN_DRIP] = "drip",
    [LAN_ALERT] = "alert", [LAN_GARBAGE] = "garbage",
};

/* --- Printing --------------------------------------------------------------------------------- */

static size_t add(char *out, size_t cap, size_t at, const char *text)
{
    const int chars = at < cap ? snprintf(out + at, cap - at, "%s%s", at > 0 ? " " : "", text) : 0;

    return at + (size_t)chars;
}

static size_t add_cut(char *out, size_t cap, size_t at, const struct life_cut *cut,
                      const char *suffix)
{
    char word[64];

    if (cut->how != FLASH_CUT_NONE) {
        snprintf(word, sizeof word, "cut%s=%s:%" PRIu32 ":%" PRIu32, suffix, cut_names[cut->how],
                 cut->at, cut->seed);
        at = add(out, cap, at, word);
    }
    if (cut->at_frame != 0) {
        snprintf(word, sizeof word, "frame%s=%" PRIu32, suffix, cut->at_frame);
        at = add(out, cap, at, word);
    }
    return at;
}

static size_t add_network(char *out, size_t cap, size_t at, const struct life_plan *plan)
{
    char word[96];

    if (plan->lan.fault != LAN_FAIR) {
        snprintf(word, sizeof word, "lan=%s:%s:%" PRIu32 ":%" PRIu32, lan_names[plan->lan.fault],
                 plan->lan.direction == LAN_TO_DEVICE ? "device" : "server", plan->lan.connection,
                 plan->lan.at_byte);
        at = add(out, cap, at, word);
    }
    if (plan->weather_ms > 0) {
        const struct wire_weather *w = &plan->weather;
        snprintf(word, sizeof word, "dns=%d weather=%u:%u:%u:%u:%u for=%" PRIu32, (int)plan->dns,
                 w->drop, w->duplicate, w->corrupt, w->delay, w->delay_ms_max, plan->weather_ms);
        at = add(out, cap, at, word);
    }
    if (plan->faults[0] != '\0') {
        snprintf(word, sizeof word, "faults=%s", plan->faults);
        at = add(out, cap, at, word);
    }
    if (plan->unplug_ms > 0) {
        snprintf(word, sizeof word, "unplug=%" PRIu32 ":%" PRIu32, plan->unplug_at_ms,
                 plan->unplug_ms);
        at = add(out, cap, at, word);
    }
    return at;
}

void life_print(const struct life_plan *plan, char *out, size_t cap)
{
    char word[96];
    size_t at = 0;

    snprintf(word, sizeof word, "seed=%" PRIu64 " flash=%u", plan->seed, plan->geometry);
    at = add(out, cap, at, word);
    at = plan->is_unstable ? add(out, cap, at, "unstable") : at;
    at = add_cut(out, cap, at, &plan->cuts[0], "");
    at = add_cut(out, cap, at, &plan->cuts[1], "2");
    at = add_network(out, cap, at, plan);
    at = plan->is_late ? add(out, cap, at, "renews") : at;
    if (plan->clock != 0) {
        snprintf(word, sizeof word, "clock=%" PRId64, plan->clock);
        at = add(out, cap, at, word);
    }
    if (plan->days > 0) {
        snprintf(word, sizeof word, "days=%u", plan->days);
        at = add(out, cap, at, word);
    }
    if (plan->sleep_days > 0) {
        snprintf(word, sizeof word, "sleep=%u", plan->sleep_days);
        at = add(out, cap, at, word);
    }
    if (plan->dates > 0) {
        snprintf(word, sizeof word, "date=%" PRId64 ":%u", plan->date, plan->dates);
        at = add(out, cap, at, word);
    }
    if (plan->mistake != LIFE_NO_MISTAKE) {
        snprintf(word, sizeof word, "mistake=%d", (int)plan->mistake);
        at = add(out, cap, at, word);
    }
    (void)(plan->is_short ? add(out, cap, at, "short") : at);
}

/* --- Parsing ---------------------------------------------------------------------------------- */

/* The index of the name that `text` begins with, up to a colon; -1. */
static int name_index(const char *text, const char *const *names, size_t count)
{
    const size_t chars = strcspn(text, ":");

    for (size_t i = 0; i < count; i++) {
        if (names[i] != NULL && strlen(names[i]) == chars && strncmp(text, names[i], chars) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static bool parse_cut(const char *value, struct life_cut *cut)
{
    const int how = name_index(value, cut_names, sizeof cut_names / sizeof cut_names[0]);

    cut->how = how < 0 ? FLASH_CUT_NONE : (enum flash_cut)how;
    return how >= 0 &&
           sscanf(value + strcspn(value, ":"), ":%" SCNu32 ":%" SCNu32, &cut->at, &cut->seed) == 2;
}

static bool parse_lan(const char *value, struct lan_plan *plan)
{
    const int fault = name_index(value, lan_names, LAN_FAULT_COUNT);
    char direction[8] = "";

    if (fault < 0 || sscanf(value + strcspn(value, ":"), ":%7[a-z]:%" SCNu32 ":%" SCNu32, direction,
                            &plan->connection, &plan->at_byte) != 3) {
        return false;
    }
    plan->fault = (enum lan_fault)fault;
    plan->direction = strcmp(direction, "device") == 0 ? LAN_TO_DEVICE : LAN_TO_SERVER;
    return true;
}

static bool parse_weather(const char *value, struct wire_weather *w)
{
    return sscanf(value, "%" SCNu16 ":%" SCNu16 ":%" SCNu16 ":%" SCNu16 ":%" SCNu16, &w->drop,
                  &w->duplicate, &w->corrupt, &w->delay, &w->delay_ms_max) == 5;
}

static bool parse_number(const char *name, const char *value, struct life_plan *plan)
{
    if (strcmp(name, "seed") == 0) {
        return sscanf(value, "%" SCNu64, &plan->seed) == 1;
    }
    if (strcmp(name, "flash") == 0) {
        return sscanf(value, "%u", &plan->geometry) == 1 && plan->geometry < flash_geometry_count;
    }
    if (strcmp(name, "frame") == 0) {
        return sscanf(value, "%" SCNu32, &plan->cuts[0].at_frame) == 1;
    }
    if (strcmp(name, "frame2") == 0) {
        return sscanf(value, "%" SCNu32, &plan->cuts[1].at_frame) == 1;
    }
    if (strcmp(name, "dns") == 0) {
        unsigned dns = LAN_DNS_COUNT;
        const bool good = sscanf(value, "%u", &dns) == 1 && dns < LAN_DNS_COUNT;
        plan->dns = good ? (enum lan_dns)dns : LAN_DNS_FAIR;
        return good;
    }
    if (strcmp(name, "for") == 0) {
        return sscanf(value, "%" SCNu32, &plan->weather_ms) == 1;
    }
    if (strcmp(name, "mistake") == 0) {
        unsigned mistake = LIFE_MISTAKE_COUNT;
        const bool good = sscanf(value, "%u", &mistake) == 1 && mistake < LIFE_MISTAKE_COUNT;
        plan->mistake = good ? (enum life_mistake)mistake : LIFE_NO_MISTAKE;
        return good;
    }
    if (strcmp(name, "days") == 0) {
        return sscanf(value, "%" SCNu16, &plan->days) == 1;
    }
    if (strcmp(name, "sleep") == 0) {
        return sscanf(value, "%" SCNu16, &plan->sleep_days) == 1;
    }
    if (strcmp(name, "date") == 0) {
        return sscanf(value, "%" SCNd64 ":%" SCNu16, &plan->date, &plan->dates) == 2;
    }
    if (strcmp(name, "clock") == 0) {
        return sscanf(value, "%" SCNd64, &plan->clock) == 1;
    }
    return false;
}

static bool parse_word(char *word, struct life_plan *plan)
{
    char *value = strchr(word, '=');

    if (value == NULL) {
        plan->is_unstable = plan->is_unstable || strcmp(word, "unstable") == 0;
        plan->is_late = plan->is_late || strcmp(word, "renews") == 0;
        plan->is_short = plan->is_short || strcmp(word, "short") == 0;
        return strcmp(word, "unstable") == 0 || strcmp(word, "renews") == 0 ||
               strcmp(word, "short") == 0;
    }
    *value++ = '\0';
    if (strcmp(word, "cut") == 0) {
        return parse_cut(value, &plan->cuts[0]);
    }
    if (strcmp(word, "cut2") == 0) {
        return parse_cut(value, &plan->cuts[1]);
    }
    if (strcmp(word, "lan") == 0) {
        return parse_lan(value, &plan->lan);
    }
    if (strcmp(word, "weather") == 0) {
        return parse_weather(value, &plan->weather);
    }
    if (strcmp(word, "faults") == 0 && strlen(value) < sizeof plan->faults) {
        strcpy(plan->faults, value);
        return true;
    }
    if (strcmp(word, "unplug") == 0) {
        return sscanf(value, "%" SCNu32 ":%" SCNu32, &plan->unplug_at_ms, &plan->unplug_ms) == 2;
    }
    return parse_number(word, value, plan);
}

bool life_parse(const char *text, struct life_plan *plan)
{
    char line[LINE_CHARS_MAX];
    char *rest = NULL;

    memset(plan, 0, sizeof *plan);
    if (strlen(text) >= sizeof line) {
        return false;
    }
    strcpy(line, text);
    for (char *word = strtok_r(line, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        if (!parse_word(word, plan)) {
            return false;
        }
    }
    return true;
}
