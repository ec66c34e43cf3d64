/* SPDX-License-Identifier: MIT
 * life_campaign.c -- whole lives of a device in a simulated world, in each of which something goes
 * wrong.
 *
 *   life_campaign lives COUNT [SEED]   COUNT lives, spread over all series (life_series.h)
 *   life_campaign hours HOURS [SEED]   as many as fit
 *   life_campaign find COUNT [SEED]    up to COUNT lives, until one goes wrong (for planted bugs)
 *   life_campaign live 'PLAN'          one life, told state by state; the line that a failure prints
 *
 * A life is the real firmware over the real lwIP and wolfSSL against the real authority; only time,
 * flash and cable are models. Each is lived in a process of its own, forked from one that has
 * prepared the authority, so that any of them can be lived again alone; every 64th is, and must give
 * the same trace. What was reached (transitions, errors) goes to the file IMPRINT_SIM_REACHED names;
 * reached.py judges that.
 *
 * The last line is "N cut points, N network faults, N lives"; exit status 1 when a life went wrong. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host-sim/world/authority_here.h"
#include "host-sim/world/dice.h"
#include "host-sim/world/unit.h"
#include "host-sim/world/virtual_time.h"
#include "host-sim/world/world.h"
#include "tests/sim/life_series.h"

enum {
    WORKERS_MAX = 64,
    PLAN_CHARS_MAX = 512,
    REAL_SECONDS_MAX = 120, /* A life that takes longer hangs. */
    TWICE_EVERY = 64,
    FAILURES_SHOWN_MAX = 20,
    PROGRESS_MS = 5000
};

/* What a worker process leaves behind; in memory that is shared with it. */
struct slot {
    pid_t process; /* 0: free. */
    enum life_series series;
    struct life_plan plan;
    bool is_second; /* Lived for comparison with `digest`. */
    uint64_t digest;
    struct life_result result;
};

static struct {
    struct slot *slots;
    unsigned workers;
    struct life_baseline baseline;
    uint64_t seed;
    uint64_t begun[LIFE_SERIES_COUNT]; /* Lives begun, by series. */
    uint64_t lives;
    uint64_t cut_points;
    uint64_t network_faults;
    uint64_t lost_answers;
    uint64_t compared;
    uint64_t failures;
    bool is_search; /* The first failure is what is wanted. */
    uint64_t virtual_s;
    struct life_result reached; /* Transitions and errors of all lives. */
    struct life_plan first[8 * sizeof((struct life_result *)0)->errors]; /* That met the error. */
    uint64_t progress_ms;
} campaign;

/* --- One life --------------------------------------------------------------------------------- */

static void begin_life(struct slot *slot)
{
    fflush(NULL);
    memset(&slot->result, 0, sizeof slot->result);
    slot->result.wrong = "it crashed or hung";
    const pid_t process = fork();
    if (process < 0) {
        perror("fork");
        exit(2);
    }
    if (process == 0) {
        struct life_result result;

        alarm(REAL_SECONDS_MAX);
        life_live(&slot->plan, &result);
        slot->result = result;
        _exit(0);
    }
    slot->process = process;
}

/* Wait for any life to end. */
static struct slot *wait_for_one(void)
{
    int status = 0;
    const pid_t process = wait(&status);

    for (unsigned i = 0; i < campaign.workers; i++) {
        struct slot *slot = &campaign.slots[i];
        if (process > 0 && slot->process == process) {
            slot->process = 0;
            return slot;
        }
    }
    return NULL;
}

/* --- What lives add up to --------------------------------------------------------------------- */

static void add_reached(const struct life_plan *plan, const struct life_result *result)
{
    for (size_t i = 0; i < 8 * sizeof result->errors; i++) {
        const uint8_t bit = (uint8_t)(1u << i % 8);
        if ((result->errors[i / 8] & bit) && !(campaign.reached.errors[i / 8] & bit)) {
            campaign.first[i] = *plan;
        }
    }
    for (size_t i = 0; i < IMPRINT_STATE_COUNT; i++) {
        campaign.reached.transitions[i] |= result->transitions[i];
    }
    for (size_t i = 0; i < sizeof result->errors; i++) {
        campaign.reached.errors[i] |= result->errors[i];
    }
}

static void say_failure(const struct life_plan *plan, const char *what, const char *detail)
{
    char line[PLAN_CHARS_MAX];

    if (campaign.failures++ >= FAILURES_SHOWN_MAX) {
        return;
    }
    life_print(plan, line, sizeof line);
    printf("FAILED: %s%s%s\n  life_campaign live '%s'\n", what, detail[0] ? ": " : "", detail,
           line);
}

/* True: the slot is busy again, living the same life a second time. */
static bool take_result(struct slot *slot)
{
    struct life_result *result = &slot->result;

    if (slot->is_second) {
        slot->is_second = false;
        campaign.compared++;
        if (result->digest != slot->digest) {
            say_failure(&slot->plan, "the same plan gave another trace", "");
        }
        return false;
    }
    campaign.lives++;
    campaign.cut_points += result->cuts_struck;
    campaign.network_faults += result->faults_struck;
    campaign.lost_answers += result->lost_answers;
    campaign.virtual_s += result->virtual_ms / 1000;
    add_reached(&slot->plan, result);
    if (result->wrong != NULL) {
        say_failure(&slot->plan, result->wrong, result->detail);
        return false;
    }
    if (campaign.lives % TWICE_EVERY == 0) {
        slot->is_second = true;
        slot->digest = result->digest;
        begin_life(slot);
        return true;
    }
    return false;
}

static void show_progress(uint64_t target)
{
    if (real_ms() < campaign.progress_ms) {
        return;
    }
    campaign.progress_ms = real_ms() + PROGRESS_MS;
    fprintf(stderr,
            "%8" PRIu64 "/%" PRIu64 " lives, %" PRIu64 " cut points, %" PRIu64
            " network faults, %" PRIu64 " failed\n",
            campaign.lives, target, campaign.cut_points, campaign.network_faults,
            campaign.failures);
}

/* --- The campaign ----------------------------------------------------------------------------- */

/* The series of the life with this number: each gets its share of every 1,000. */
static enum life_series series_of(uint64_t number)
{
    struct dice dice = dice_for(campaign.seed, 1000 + number);
    unsigned ticket = dice_below(&dice, 1000);
    int series = 0;

    while (series < LIFE_SERIES_COUNT - 1 &&
           ticket >= life_series_share((enum life_series)series)) {
        ticket -= life_series_share((enum life_series)series);
        series++;
    }
    return (enum life_series)series;
}

/* Numbers in an order that spreads a part of a series over the whole of it. */
static uint64_t spread(uint64_t number, uint64_t size)
{
    const uint64_t step = 2654435761u; /* A prime, 2^32 by the golden ratio. */

    return number / size * size + number % size * step % size;
}

static void plan_life(struct slot *slot, uint64_t number)
{
    slot->series = series_of(number);
    const uint64_t size = life_series_size(slot->series, &campaign.baseline);

    life_series_plan(slot->series, &campaign.baseline, campaign.seed,
                     spread(campaign.begun[slot->series]++, size), &slot->plan);
}

/* Lives without faults: what there is to cut. They must go well, or nothing else makes sense. */
static bool live_baselines(void)
{
    for (unsigned i = 0; i < flash_geometry_count && i < LIFE_GEOMETRIES_MAX; i++) {
        struct slot *slot = &campaign.slots[0];

        slot->plan = (struct life_plan){ .seed = campaign.seed, .geometry = i };
        begin_life(slot);
        (void)wait_for_one();
        if (slot->result.wrong != NULL) {
            say_failure(&slot->plan, slot->result.wrong, slot->result.detail);
            return false;
        }
        campaign.baseline.flash[i] = slot->result;
        campaign.lives++;
        add_reached(&slot->plan, &slot->result);
        printf("%-22s %4" PRIu32 " flash operations, %3" PRIu32 " frames, %" PRIu32
               " connections a life\n",
               flash_geometries[i].name, slot->result.flash_operations, slot->result.frames,
               slot->result.connections);
    }
    return true;
}

static void run(uint64_t lives, uint64_t until_ms)
{
    uint64_t number = 0;
    unsigned busy = 0;

    for (;;) {
        const bool has_more = campaign.lives + busy < lives &&
                              (until_ms == 0 || real_ms() < until_ms) &&
                              !(campaign.is_search && campaign.failures > 0);
        for (unsigned i = 0; has_more && i < campaign.workers; i++) {
            struct slot *slot = &campaign.slots[i];
            if (slot->process == 0 && campaign.lives + busy < lives) {
                plan_life(slot, number++);
                begin_life(slot);
                busy++;
            }
        }
        if (busy == 0) {
            return;
        }
        struct slot *ended = wait_for_one();
        if (ended != NULL && !take_result(ended)) {
            busy--;
        }
        show_progress(lives);
    }
}

/* --- Reports ---------------------------------------------------------------------------------- */

/* One line for each transition and error that was reached, by name; an error with the plan of the
 * first life that met it. */
static void write_reached(const char *path)
{
    const struct unit_door *unit = unit_door();
    FILE *file = fopen(path, "w");

    if (file == NULL) {
        perror(path);
        return;
    }
    for (int from = 0; from < IMPRINT_STATE_COUNT; from++) {
        for (int to = 0; to < IMPRINT_STATE_COUNT; to++) {
            if (campaign.reached.transitions[from] >> to & 1) {
                fprintf(file, "transition %s %s\n", unit->state_name((enum imprint_state)from),
                        unit->state_name((enum imprint_state)to));
            }
        }
    }
    for (int number = 1; number < (int)(8 * sizeof campaign.reached.errors); number++) {
        if (campaign.reached.errors[number / 8] >> number % 8 & 1) {
            char line[PLAN_CHARS_MAX];
            life_print(&campaign.first[number], line, sizeof line);
            fprintf(file, "error %s %s\n", unit->error_name(-number), line);
        }
    }
    fclose(file);
}

static int report(uint64_t began_ms)
{
    const char *path = getenv("IMPRINT_SIM_REACHED");

    if (path != NULL) {
        write_reached(path);
    }
    for (int i = 0; campaign.failures == 0 && i < LIFE_SERIES_COUNT; i++) {
        const enum life_series series = (enum life_series)i;
        const uint64_t size = life_series_size(series, &campaign.baseline);
        printf("%-10s %7" PRIu64 " lives", life_series_name(series), campaign.begun[i]);
        if (size < UINT32_MAX) {
            printf(" of %" PRIu64, size);
        }
        printf("\n");
    }
    printf("%" PRIu64 " lives were lived twice and gave the same trace; %" PRIu64
           " answers were lost and had again\n",
           campaign.compared, campaign.lost_answers);
    printf("seed %" PRIu64 ", %" PRIu64 " days of virtual time in %" PRIu64 " s\n", campaign.seed,
           campaign.virtual_s / 86400, (real_ms() - began_ms) / 1000);
    if (campaign.failures > 0) {
        printf("%" PRIu64 " lives FAILED\n", campaign.failures);
    }
    printf("%" PRIu64 " cut points, %" PRIu64 " network faults, %" PRIu64 " lives\n",
           campaign.cut_points, campaign.network_faults, campaign.lives);
    return campaign.failures > 0;
}

static int run_campaign(uint64_t lives, uint64_t real_hours, uint64_t seed)
{
    const uint64_t began_ms = real_ms();
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);

    campaign.seed = seed;
    campaign.workers = processors < 1             ? 1
                       : processors > WORKERS_MAX ? WORKERS_MAX
                                                  : (unsigned)processors;
    campaign.slots = mmap(NULL, sizeof *campaign.slots * WORKERS_MAX, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (campaign.slots == MAP_FAILED) {
        perror("mmap");
        return 2;
    }
    world_prepare();
    if (live_baselines()) {
        run(lives, real_hours > 0 ? began_ms + real_hours * 3600000 : 0);
    }
    authority_forget();
    return report(began_ms);
}

static int live_once(const char *text)
{
    struct life_plan plan;
    struct life_result result;

    if (!life_parse(text, &plan)) {
        fprintf(stderr, "not a plan: %s\n", text);
        return 2;
    }
    plan.is_told = true;
    world_prepare();
    life_live(&plan, &result);
    authority_forget();
    printf("%s%s%s\n", result.wrong ? result.wrong : "as it must be", result.detail[0] ? ": " : "",
           result.detail);
    printf("%" PRIu32 " flash operations, %" PRIu32 " frames, %" PRIu32 " boots, %" PRIu32
           " turns, %" PRIu64 " ms, trace %016" PRIx64 "\n",
           result.flash_operations, result.frames, result.boots, result.turns, result.virtual_ms,
           result.digest);
    for (uint32_t i = 0; i < result.connections && i < 8; i++) {
        printf("connection %" PRIu32 ": %" PRIu32 " bytes to the device, %" PRIu32
               " to the server\n",
               i + 1, result.bytes[i][LAN_TO_DEVICE], result.bytes[i][LAN_TO_SERVER]);
    }
    return result.wrong != NULL;
}

static int usage(void)
{
    fprintf(stderr, "life_campaign lives COUNT [SEED] | hours HOURS [SEED] | find COUNT [SEED] |"
                    " live 'PLAN'\n");
    return 2;
}

int main(int argc, char **argv)
{
    const uint64_t number = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    const uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;

    if (argc < 3) {
        return usage();
    }
    if (strcmp(argv[1], "live") == 0) {
        return live_once(argv[2]);
    }
    campaign.is_search = strcmp(argv[1], "find") == 0;
    if ((campaign.is_search || strcmp(argv[1], "lives") == 0) && number > 0) {
        return run_campaign(number, 0, seed);
    }
    if (strcmp(argv[1], "hours") == 0 && number > 0) {
        return run_campaign(UINT64_MAX / 2, number, seed);
    }
    return usage();
}
