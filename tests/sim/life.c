/* SPDX-License-Identifier: MIT
 * life.c -- see life.h. What must always hold is in check_turn and check_step; each line of them is
 * one promise of THREATS (device 10 and 11). */
#include "tests/sim/life.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-sim/world/authority_here.h"
#include "host-sim/world/virtual_time.h"
#include "host-sim/world/world.h"
#include "tests/sim/life_check.h"

enum {
    TURN_LIMIT_MS = 1000,
    OFF_MS = 500, /* The device stays off for so long after a cut. */
    DAY_MS = 86400000,
    PATIENCE_CLOCK_MS = 300000,
    POLITE_A_BOOT = 12,
    POLITE_A_MINUTE = 12,
    PATIENCE_DAYS = 2, /* A step that takes longer does not converge. */
    TURNS_MAX = 30000000,
    FAULT_RESETS_MAX = 3
};

#define UNLOCK_SECRET "simulated-secret"
#define SERVER_URL    "https://" AUTHORITY_HOST ":8443"

/* What the operator wants, one after the other. */
enum step {
    STEP_ENROLL, /* Provision what is missing, and wait for the proof. */
    STEP_RENEW,
    STEP_WIPE,
    STEP_DONE
};

static struct {
    const struct life_plan *plan;
    struct life_result *result;
    struct life_check check;
    enum step step;
    uint64_t step_began_ms;
    bool has_slept;
    bool is_corrected;
    char token[AUTHORITY_TOKEN_CHARS];
    char second_token[AUTHORITY_TOKEN_CHARS]; /* For a certificate that has expired. */
    unsigned next_cut;
    unsigned fault_resets;
    bool is_troubled; /* What the plan has in store has begun. */
    uint64_t trouble_until_ms;
    size_t sights_before_trouble;
    bool is_unplugged;
    uint32_t weather_faults; /* Unplugged, DNS that lied, an authority that misbehaved. */
} life;

/* --- Cuts ------------------------------------------------------------------------------------- */

static bool authority_asked_since(size_t sights)
{
    for (size_t i = sights; i < authority_sight_count(); i++) {
        const enum authority_path path = authority_sight(i)->path;
        if (path == AUTHORITY_ENROLL || path == AUTHORITY_REENROLL || path == AUTHORITY_WHOAMI) {
            return true;
        }
    }
    return false;
}

/* Arm the next cut of the plan, counted from now. */
static void arm_next_cut(void)
{
    const struct life_cut *cut = &life.plan->cuts[life.next_cut];

    if (life.next_cut >= sizeof life.plan->cuts / sizeof life.plan->cuts[0]) {
        return;
    }
    if (cut->how != FLASH_CUT_NONE) {
        flash_model_arm(&world.flash, cut->how, cut->at, cut->seed);
    }
    world.cut_at_frame = cut->at_frame;
}

/* The power comes back, and the next cut may come while the device recovers. */
static void power_on_again(void)
{
    uint32_t boots = 0;

    do {
        world_wait(OFF_MS);
        flash_model_power_on(&world.flash);
        if (world.power == WORLD_CUT_IN_FLASH || world.power == WORLD_CUT_AT_FRAME) {
            life.result->cuts_struck++;
            life.next_cut++;
            arm_next_cut();
        }
        world_power_on();
        life_check_boot(&life.check);
    } while (world.power != WORLD_POWERED && world.power != WORLD_ASSERTED && ++boots < 8);
}

/* --- The operator ----------------------------------------------------------------------------- */

static struct imprint_status look(void)
{
    struct imprint_status status;

    world.unit->status(&status);
    return status;
}

static void call_server(void *unused)
{
    (void)unused;
    (void)world.unit->set_server(SERVER_URL);
}

static void call_pin(void *unused)
{
    (void)unused;
    const enum life_mistake mistake = life.is_corrected ? LIFE_NO_MISTAKE : life.plan->mistake;
    static const char wrong_pin[] =
        "0000000000000000000000000000000000000000000000000000000000000000";

    (void)world.unit->set_pin(mistake == LIFE_WRONG_PIN  ? wrong_pin
                              : mistake == LIFE_LEAF_PIN ? authority_leaf_pin()
                                                         : authority_pin());
}

static void call_token(void *unused)
{
    (void)unused;
    (void)world.unit->set_token(life.token);
}

static void call_unlock_secret(void *unused)
{
    (void)unused;
    (void)world.unit->set_unlock(UNLOCK_SECRET);
}

static void call_enroll(void *unused)
{
    (void)unused;
    (void)world.unit->enroll();
}

static void call_renew(void *unused)
{
    (void)unused;
    (void)world.unit->renew();
}

/* The operator has read what the device says. */
static void call_correct(void *unused)
{
    life.is_corrected = true;
    call_pin(unused);
    call_token(unused);
    (void)world.unit->enroll();
}

/* The only way back from an expired certificate. */
static void call_enroll_again(void *unused)
{
    (void)unused;
    (void)world.unit->unlock(UNLOCK_SECRET);
    (void)world.unit->set_token(life.second_token);
    (void)world.unit->enroll();
}

static void call_wipe(void *unused)
{
    (void)unused;
    (void)world.unit->unlock(UNLOCK_SECRET);
    (void)world.unit->wipe();
}

/* A blank device gets what it misses, one value a turn. The unlock secret comes first, since an
 * enrolled device takes no new one. */
static void provision(const struct imprint_status *status)
{
    if (status->server_host[0] == '\0') {
        (void)(world_call(call_unlock_secret, NULL) && world_call(call_server, NULL));
    } else if (!status->has_pin) {
        (void)world_call(call_pin, NULL);
    } else if (!status->has_token) {
        (void)world_call(call_token, NULL);
    } else {
        (void)world_call(call_enroll, NULL);
    }
}

/* Left alone the device renews by itself; what has expired needs a token. */
static void renew(const struct imprint_status *status)
{
    const bool is_resting = status->state == IMPRINT_ENROLLED || status->state == IMPRINT_BACKOFF;

    if (!is_resting || life_check_is_renewed(&life.check, status)) {
        return;
    }
    if (status->last_error == IMP_ERR_CERT_OURS_EXPIRED) {
        if (life.second_token[0] == '\0') {
            authority_make_token(AUTHORITY_TOKEN_GOOD, life.second_token);
            life.check.enrollments++;
        }
        if (!status->has_token || status->state == IMPRINT_ENROLLED) {
            (void)world_call(call_enroll_again, NULL);
        }
    } else if (life.plan->days == 0 && status->state == IMPRINT_ENROLLED) {
        (void)world_call(call_renew, NULL);
    }
}

/* The device says what the operator got wrong: a token for good, a pin at each try. */
static bool names_mistake(const struct imprint_status *status)
{
    switch (life.plan->mistake) {
    case LIFE_UNKNOWN_TOKEN:
        return status->state == IMPRINT_REJECTED && status->reason == IMP_ERR_EST_TOKEN_UNKNOWN;
    case LIFE_REVOKED_TOKEN:
        return status->state == IMPRINT_REJECTED && status->reason == IMP_ERR_EST_TOKEN_REVOKED;
    case LIFE_EXPIRED_TOKEN:
        return status->state == IMPRINT_REJECTED && status->reason == IMP_ERR_EST_TOKEN_EXPIRED;
    case LIFE_EXHAUSTED_TOKEN:
        return status->state == IMPRINT_REJECTED && status->reason == IMP_ERR_EST_TOKEN_EXHAUSTED;
    case LIFE_WRONG_PIN:
        return status->state == IMPRINT_BACKOFF && status->reason == IMP_ERR_TRUST_PIN_NOT_FOUND;
    case LIFE_LEAF_PIN:
        return status->state == IMPRINT_BACKOFF && status->reason == IMP_ERR_TRUST_PIN_IS_LEAF;
    default:
        return false;
    }
}

static void act(const struct imprint_status *status)
{
    switch (life.step) {
    case STEP_ENROLL:
        if (status->state == IMPRINT_BLANK) {
            provision(status);
        } else if (names_mistake(status)) {
            if (!life.is_corrected) {
                authority_make_token(AUTHORITY_TOKEN_GOOD, life.token);
            }
            (void)world_call(call_correct, NULL);
        } else if (status->state == IMPRINT_REJECTED && virtual_ms() >= life.trouble_until_ms) {
            (void)world_call(call_enroll, NULL);
        }
        break;
    case STEP_RENEW:
        renew(status);
        break;
    case STEP_WIPE:
        if (status->has_identity) {
            (void)world_call(call_wipe, NULL);
        }
        break;
    default:
        break;
    }
}

static bool is_done(const struct imprint_status *status)
{
    switch (life.step) {
    case STEP_ENROLL:
        return status->state == IMPRINT_ENROLLED;
    case STEP_RENEW:
        return status->state == IMPRINT_ENROLLED && life_check_is_renewed(&life.check, status);
    case STEP_WIPE:
        return status->state == IMPRINT_BLANK && !status->has_identity;
    default:
        return true;
    }
}

static void call_set_time(void *unused)
{
    (void)unused;
    (void)world.unit->set_time(world.clock_seconds);
}

/* Somebody sets the board's clock. */
static void set_clock_right(void)
{
    if (world.clock_seconds != life.plan->clock || life.plan->clock == WORLD_NO_CLOCK) {
        return;
    }
    world.clock_seconds = virtual_epoch() + (int64_t)(virtual_ms() / 1000);
    (void)world_call(call_set_time, NULL);
    world.clock_seconds -= (int64_t)((virtual_ms() - world.power_on_ms) / 1000);
}

/* --- Weather ---------------------------------------------------------------------------------- */

static void begin_trouble(void)
{
    const struct life_plan *plan = life.plan;

    life.is_troubled = true;
    life.trouble_until_ms = virtual_ms() + plan->weather_ms;
    life.sights_before_trouble = authority_sight_count();
    lan_set_plan(&plan->lan);
    authority_lie_about_date(plan->date, plan->dates);
    if (plan->weather_ms > 0) {
        wire_set_weather(&plan->weather);
        lan_set_dns(plan->dns);
    }
    if (plan->faults[0] != '\0' && !authority_misbehave(plan->faults)) {
        exit(2);
    }
}

static void follow_weather(void)
{
    static const struct wire_weather fair;
    const struct life_plan *plan = life.plan;
    const uint64_t now = virtual_ms();
    const bool unplugged = plan->unplug_ms > 0 && now >= plan->unplug_at_ms &&
                           now < (uint64_t)plan->unplug_at_ms + plan->unplug_ms;

    if (!life.is_troubled || now >= life.trouble_until_ms) {
        wire_set_weather(&fair);
        lan_set_dns(LAN_DNS_FAIR);
        authority_end_faults();
        world.entropy_fails = false;
        set_clock_right();
    }
    if (unplugged != life.is_unplugged) {
        life.is_unplugged = unplugged;
        life.weather_faults += unplugged;
        wire_plug(!unplugged);
    }
}

/* --- Turns ------------------------------------------------------------------------------------ */

static void note_connection(void)
{
    const struct lan_count count = lan_counted();
    struct life_result *result = life.result;
    const uint32_t most = sizeof result->bytes / sizeof result->bytes[0];

    result->connections = count.connections;
    if (count.connections > 0 && count.connections <= most) {
        result->bytes[count.connections - 1][LAN_TO_DEVICE] = count.to_device;
        result->bytes[count.connections - 1][LAN_TO_SERVER] = count.to_server;
    }
}

static void wrong(const char *what)
{
    if (life.result->wrong == NULL) {
        life.result->wrong = what;
    }
}

/* A device whose flash failed to program waits for a reset; nothing else may bring it to FAULT. */
static void handle_fault(const struct imprint_status *status)
{
    const bool has_flash_fault =
        life.plan->cuts[0].how == FLASH_FAULT || life.plan->cuts[1].how == FLASH_FAULT;

    if (life.plan->mistake == LIFE_NO_ENTROPY && status->reason == IMP_ERR_ENTROPY_FAILED) {
        world_power_off();
        return;
    }
    if (!has_flash_fault || ++life.fault_resets > FAULT_RESETS_MAX) {
        snprintf(life.result->detail, sizeof life.result->detail, "%s",
                 world.unit->error_name(status->reason));
        wrong("FAULT, though nothing is broken");
        return;
    }
    world_power_off();
}

/* A clock from before the device was built judges nothing, so it holds nothing up. */
static void check_clock(void)
{
    const int64_t clock = life.plan->clock;

    if (life.step == STEP_ENROLL && clock != WORLD_NO_CLOCK && clock < CONFIG_BUILD_TIME &&
        life.plan->weather_ms > PATIENCE_CLOCK_MS && virtual_ms() > PATIENCE_CLOCK_MS) {
        wrong("a clock from before the device was built held the enrollment up");
    }
}

/* What an operator got wrong was named before it was put right. */
static void check_mistake(void)
{
    const enum life_mistake mistake = life.plan->mistake;

    if (life.step == STEP_ENROLL && mistake != LIFE_NO_MISTAKE && mistake != LIFE_NO_ENTROPY &&
        !life.is_corrected) {
        wrong("a wrong token or pin was as good as the right one");
    }
}

/* While the server shows a wrong certificate, nothing but /cacerts is asked of it. */
static void check_liar(void)
{
    const bool is_lying = life.is_troubled && virtual_ms() < life.trouble_until_ms &&
                          strncmp(life.plan->faults, "server-", 7) == 0;

    if (is_lying && authority_asked_since(life.sights_before_trouble)) {
        wrong("a server with a wrong certificate was trusted");
    }
}

/* Retries are polite: some connections for each boot, and a few a minute. */
static void check_politeness(void)
{
    const uint64_t minutes = 1 + virtual_ms() / 60000;

    if (lan_counted().connections > POLITE_A_BOOT * world.boots + POLITE_A_MINUTE * minutes) {
        wrong("too many connections");
    }
}

static void one_turn(void)
{
    follow_weather();
    if (life.step == STEP_RENEW && life.plan->sleep_days > 0 && !life.has_slept) {
        life.has_slept = true;
        world_power_off();
        world_wait(life.plan->sleep_days * DAY_MS);
    }
    if (world.power != WORLD_POWERED || !world_turn(TURN_LIMIT_MS)) {
        if (world.power == WORLD_ASSERTED) {
            snprintf(life.result->detail, sizeof life.result->detail, "%s", world.assertion);
            wrong("an assertion failed");
            return;
        }
        power_on_again();
        return;
    }
    const struct imprint_status status = look();

    note_connection();
    life_check_turn(&life.check, &status, life.result);
    check_liar();
    check_politeness();
    if (status.state == IMPRINT_FAULT) {
        handle_fault(&status);
    } else if (is_done(&status)) {
        life_check_step(&life.check, life.step == STEP_WIPE, life.result);
        check_clock();
        check_mistake();
        life.step = life.plan->is_short ? STEP_DONE : life.step + 1;
        life.step_began_ms = virtual_ms();
        life_check_expect_wipe(&life.check, life.step == STEP_WIPE);
        if (life.step == STEP_RENEW && life.plan->is_late) {
            begin_trouble();
        }
    } else {
        act(&status);
    }
}

static uint64_t patience_ms(void)
{
    return (uint64_t)(PATIENCE_DAYS + life.plan->days + life.plan->sleep_days) * DAY_MS +
           life.plan->weather_ms;
}

static void say_stuck(void)
{
    const struct imprint_status status = look();

    snprintf(life.result->detail, sizeof life.result->detail,
             "step %d, %s, %s, last %s, attempts %u", life.step,
             world.unit->state_name(status.state), world.unit->error_name(status.reason),
             world.unit->error_name(status.last_error), status.attempts);
    wrong("does not converge");
}

/* Only what a verified authority says to the request itself or to the proof may park a device, and
 * never once it has an identity that was proved. */
static bool may_be_rejected(const struct life_plan *plan)
{
    const bool is_refusal = plan->faults[0] != '\0' && !plan->is_late &&
                            strncmp(plan->faults, "server-", 7) != 0 &&
                            strstr(plan->faults, ":at=cacerts") == NULL;

    return is_refusal || plan->mistake != LIFE_NO_MISTAKE;
}

static enum authority_token first_token(enum life_mistake mistake)
{
    return mistake >= LIFE_UNKNOWN_TOKEN && mistake <= LIFE_EXHAUSTED_TOKEN
               ? (enum authority_token)(AUTHORITY_TOKEN_UNKNOWN + (mistake - LIFE_UNKNOWN_TOKEN))
               : AUTHORITY_TOKEN_GOOD;
}

static void begin(const struct life_plan *plan, struct life_result *result)
{
    memset(&life, 0, sizeof life);
    memset(result, 0, sizeof *result);
    life.plan = plan;
    life.result = result;
    world_begin(plan->seed, &flash_geometries[plan->geometry]);
    world.flash.is_unstable = plan->is_unstable;
    world.clock_seconds = plan->clock;
    world.is_told = plan->is_told;
    if (!plan->is_late) {
        begin_trouble();
    }
    life.weather_faults =
        (plan->dns != LAN_DNS_FAIR ? 1u : 0u) + (plan->faults[0] != '\0' ? 1u : 0u);
    life.check.may_be_rejected = may_be_rejected(plan);
    world.entropy_fails = plan->mistake == LIFE_NO_ENTROPY;
    if (plan->days > 0) {
        authority_set_days(plan->days);
    }
    life.check.enrollments = 1;
    life.check.may_renew_often = plan->dates > 0 || plan->days > 0;
    authority_make_token(first_token(plan->mistake), life.token);
    arm_next_cut();
}

static uint32_t frames_spoiled(void)
{
    const struct wire_count count = wire_counted();

    return count.dropped + count.duplicated + count.corrupted + count.delayed;
}

void life_live(const struct life_plan *plan, struct life_result *result)
{
    begin(plan, result);
    world_power_on();
    while (life.step != STEP_DONE && result->wrong == NULL) {
        one_turn();
        if (virtual_ms() - life.step_began_ms > patience_ms() || world.turns > TURNS_MAX) {
            say_stuck();
        }
    }
    result->flash_operations = world.flash.operation_count;
    result->frames = wire_counted().sent;
    result->boots = world.boots;
    result->faults_struck = lan_counted().faults + frames_spoiled() + life.weather_faults;
    result->lost_answers = life_check_lost_answers();
    result->turns = world.turns;
    result->virtual_ms = virtual_ms();
    result->digest = world.digest ^ wire_digest();
}
