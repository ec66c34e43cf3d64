/* SPDX-License-Identifier: MIT
 * cmd_ca.c -- `ca rollover begin | switch | finish` and `ca status`: a new root for a living fleet.
 *
 * Each step is one transaction (ca_state.h); the files of a new generation are there whole before it
 * commits. A step that is repeated says so and changes nothing.
 */
#define _GNU_SOURCE /* mkdtemp */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host-sim/authority/ca.h"
#include "host-sim/authority/certificate.h"
#include "host-sim/authority/commands.h"
#include "host-sim/authority/folder.h"

/* ---- The steps. ---- */

/* Make the files of the next generation. What a begin that was cut short left there is in nobody's
 * use: the caller holds the write lock, and the database does not know it. */
static bool make_next(const char *dir, int64_t generation)
{
    char folder[CA_PATH_CHARS];
    char unfinished[CA_PATH_CHARS + sizeof ".unfinished-XXXXXX"];

    if (!ca_folder(dir, generation + 1, folder)) {
        return false;
    }
    snprintf(unfinished, sizeof unfinished, "%s.unfinished-XXXXXX", folder);
    if (mkdtemp(unfinished) == NULL) {
        fprintf(stderr, "%s: %s\n", unfinished, strerror(errno));
        return false;
    }
    if (!ca_create_next(dir, generation, unfinished) || !folder_sync(unfinished)) {
        folder_remove(unfinished);
        return false;
    }
    folder_remove(folder);
    if (rename(unfinished, folder) != 0 || !folder_sync(dir)) {
        fprintf(stderr, "%s: %s\n", folder, strerror(errno));
        folder_remove(unfinished);
        return false;
    }
    return true;
}

/* The keys of a generation that has ended are good for nothing but theft. Names those that remain;
 * false when there are any, or when the disk may still have them. */
static bool remove_keys(const char *dir, int64_t generation)
{
    static const char *const names[] = { CA_ROOT, CA_DEVICE, CA_SERVER, CA_LEAF };
    char folder[CA_PATH_CHARS];
    char path[CA_PATH_CHARS + 32];
    bool removed = true;

    if (!ca_folder(dir, generation, folder)) {
        return false;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s.key", folder, names[i]);
        if (unlink(path) != 0 && errno != ENOENT) {
            fprintf(stderr, "%s: %s\n", path, strerror(errno));
            removed = false;
        }
    }
    return folder_sync(folder) && removed;
}

static int keys_remain(const struct cli_args *args)
{
    return cli_fail(args, CLI_ENVIRONMENT,
                    "finished, but keys of the old root remain; finish again to remove them");
}

static int refuse(struct db *db, const struct cli_args *args, const char *reason)
{
    db_rollback(db);
    db_close(db);
    return cli_fail(args, CLI_REFUSED, "%s", reason);
}

/* The step was done before. */
static int repeat(struct db *db, const char *sentence)
{
    db_rollback(db);
    db_close(db);
    printf("%s\n", sentence);
    return CLI_OK;
}

/* Files that another user makes here can't be read by the server of the folder's owner. */
static int check_owner(const struct cli_args *args)
{
    const char *dir = cli_text(args, "dir");
    struct stat facts;

    if (stat(dir, &facts) != 0) {
        return cli_fail(args, CLI_ENVIRONMENT, "%s: %s", dir, strerror(errno));
    }
    return facts.st_uid == geteuid()
               ? CLI_OK
               : cli_fail(args, CLI_ENVIRONMENT, "%s belongs to user %ju: run it as that user", dir,
                          (uintmax_t)facts.st_uid);
}

/* Open the database, take the write lock, read the state. */
static int open_state(const struct cli_args *args, struct db *db, struct ca_state *state)
{
    int code = check_owner(args);

    if (code == CLI_OK) {
        code = command_open(args, db);
    }
    if (code != CLI_OK) {
        return code;
    }
    enum refusal refusal = db_begin(db);

    if (refusal == REFUSAL_NONE) {
        refusal = ca_state_find(db, state);
    }
    if (refusal != REFUSAL_NONE) {
        const int refused = command_refused(args, db, refusal);

        db_rollback(db);
        db_close(db);
        return refused;
    }
    return CLI_OK;
}

int command_ca_begin(const struct cli_args *args)
{
    struct audit_entry entry = { .what = "ca rollover begin" };
    struct ca_state state;
    struct db db;

    command_guard_secrets();
    umask(077);
    int code = open_state(args, &db, &state);

    if (code != CLI_OK) {
        return code;
    }
    if (state.phase == CA_BEGUN) {
        return repeat(&db, "Begun before; nothing was changed. Next: ca rollover switch");
    }
    if (state.phase == CA_SWITCHED) {
        return refuse(&db, args, "the last roll-over is not over yet: ca rollover finish");
    }
    if (!make_next(cli_text(args, "dir"), state.generation)) {
        db_rollback(&db);
        db_close(&db);
        return CLI_ENVIRONMENT;
    }
    code = command_conclude(args, &db, ca_state_begin(&db, &state, command_now()), &entry);
    if (code == CLI_OK) {
        printf("The new root is announced; the old one still issues. Next: ca rollover switch\n");
    }
    return code;
}

/* Would a server start in the state that this step leads to? Printed why not: which file. A step
 * whose result nobody can load would stop the server, and there is no way back. */
static bool target_loads(const struct cli_args *args, int64_t generation, enum ca_phase phase)
{
    const struct ca_state target = { .generation = generation, .phase = phase };
    struct ca ca;
    const bool loads = ca_load_state(cli_text(args, "dir"), &target, &ca);

    if (loads) {
        ca_free(&ca);
    }
    return loads;
}

static int stay(struct db *db, const struct cli_args *args)
{
    db_rollback(db);
    db_close(db);
    return cli_fail(args, CLI_ENVIRONMENT, "the new root can't be loaded; nothing was changed");
}

int command_ca_switch(const struct cli_args *args)
{
    struct audit_entry entry = { .what = "ca rollover switch" };
    struct ca_state state;
    struct db db;

    command_guard_secrets();
    int code = open_state(args, &db, &state);

    if (code != CLI_OK) {
        return code;
    }
    if (state.phase == CA_SWITCHED) {
        return repeat(&db, "Switched before; nothing was changed. Next: ca rollover finish");
    }
    if (state.phase == CA_STEADY) {
        return refuse(&db, args, "no roll-over has begun: ca rollover begin");
    }
    if (!target_loads(args, state.generation, CA_SWITCHED)) {
        return stay(&db, args);
    }
    code = command_conclude(args, &db, ca_state_switch(&db, &state, command_now()), &entry);
    if (code == CLI_OK) {
        printf("The new root issues; both are accepted. When all devices have renewed (ca status): "
               "ca rollover finish\n");
    }
    return code;
}

/* May the old root go? Counts the devices that still stand under it. */
static int check_finish(const struct cli_args *args, struct db *db, const struct ca_state *state)
{
    int64_t left = 0;
    const enum refusal refusal = ca_state_devices(db, state->generation, command_now(), &left);

    if (refusal != REFUSAL_NONE) {
        return command_refused(args, db, refusal);
    }
    if (left > 0 && !cli_flag(args, "force")) {
        return cli_fail(args, CLI_REFUSED,
                        "%" PRId64 " device%s still under the old root; --force locks %s out", left,
                        left == 1 ? " is" : "s are", left == 1 ? "it" : "them");
    }
    return CLI_OK;
}

int command_ca_finish(const struct cli_args *args)
{
    struct audit_entry entry = { .what = "ca rollover finish" };
    struct ca_state state;
    struct db db;

    command_guard_secrets();
    int code = open_state(args, &db, &state);

    if (code != CLI_OK) {
        return code;
    }
    if (state.phase == CA_STEADY && state.generation > 1) {
        const bool removed = remove_keys(cli_text(args, "dir"), state.generation - 1);

        code = repeat(&db, "Finished before; nothing was changed.");
        return removed ? code : keys_remain(args);
    }
    if (state.phase != CA_SWITCHED) {
        return refuse(&db, args, "the new root does not issue yet: ca rollover begin, then switch");
    }
    code = check_finish(args, &db, &state);
    if (code != CLI_OK) {
        db_rollback(&db);
        db_close(&db);
        return code;
    }
    if (!target_loads(args, state.generation + 1, CA_STEADY)) {
        return stay(&db, args);
    }
    code = command_conclude(args, &db, ca_state_finish(&db, &state, command_now()), &entry);
    if (code == CLI_OK) {
        if (!remove_keys(cli_text(args, "dir"), state.generation)) {
            return keys_remain(args);
        }
        printf("The old root is gone, and its keys with it.\n");
    }
    return code;
}

/* ---- Status. ---- */

/* One root, as people compare it. */
struct root_facts {
    int64_t generation;
    const char *role;
    char fingerprint[SHA256_HEX_CHARS];
    int64_t not_after;
    int64_t devices;
};

static int read_root(const struct cli_args *args, struct db *db, int64_t generation,
                     struct root_facts *facts)
{
    char folder[CA_PATH_CHARS];
    uint8_t digest[SHA256_BYTES];
    X509 *root = ca_folder(cli_text(args, "dir"), generation, folder)
                     ? ca_load_certificate(folder, CA_ROOT)
                     : NULL;

    if (root == NULL) {
        return CLI_ENVIRONMENT;
    }
    certificate_fingerprint(root, digest);
    hex_encode(digest, sizeof digest, facts->fingerprint);
    facts->generation = generation;
    facts->not_after = certificate_not_after(root);
    X509_free(root);
    const enum refusal refusal = ca_state_devices(db, generation, command_now(), &facts->devices);

    return refusal == REFUSAL_NONE ? CLI_OK : command_refused(args, db, refusal);
}

static void print_json(const struct ca_state *state, const struct root_facts *roots, size_t count)
{
    struct json_out json;

    json_out_init(&json, stdout);
    json_object(&json, NULL);
    json_text(&json, "phase", ca_phase_name(state->phase));
    json_array(&json, "roots");
    for (size_t i = 0; i < count; i++) {
        json_object(&json, NULL);
        json_integer(&json, "ca", roots[i].generation);
        json_text(&json, "role", roots[i].role);
        json_text(&json, "fingerprint", roots[i].fingerprint);
        command_json_moment(&json, "not_after", roots[i].not_after);
        json_integer(&json, "devices", roots[i].devices);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
    putchar('\n');
}

static void print_words(const struct ca_state *state, const struct root_facts *roots, size_t count)
{
    static const char *const next[] = {
        "no roll-over under way",
        "next: ca rollover switch",
        "next, when no device is left under the old root: ca rollover finish",
    };

    printf("Phase  %s; %s\n%-3s %-9s %-8s %-20s  %s\n", ca_phase_name(state->phase),
           next[state->phase], "CA", "ROLE", "DEVICES", "UNTIL", "FINGERPRINT");
    for (size_t i = 0; i < count; i++) {
        char until[MOMENT_CHARS];

        moment_format(roots[i].not_after, until);
        printf("%-3" PRId64 " %-9s %-8" PRId64 " %s  %s\n", roots[i].generation, roots[i].role,
               roots[i].devices, until, roots[i].fingerprint);
    }
}

int command_ca_status(const struct cli_args *args)
{
    struct root_facts roots[2] = { 0 };
    struct ca_state state = { 0 };
    struct db db;
    int code = command_open(args, &db);

    if (code != CLI_OK) {
        return code;
    }
    const enum refusal refusal = ca_state_find(&db, &state);
    const size_t count = state.phase == CA_STEADY ? 1 : 2;

    code = refusal == REFUSAL_NONE ? CLI_OK : command_refused(args, &db, refusal);
    for (size_t i = 0; code == CLI_OK && i < count; i++) {
        const int64_t generation = state.generation + (int64_t)i;

        roots[i].role = generation == ca_state_issuing(&state) ? "issues"
                        : state.phase == CA_SWITCHED           ? "accepted"
                                                               : "announced";
        code = read_root(args, &db, generation, &roots[i]);
    }
    db_close(&db);
    if (code == CLI_OK && cli_flag(args, "json")) {
        print_json(&state, roots, count);
    } else if (code == CLI_OK) {
        print_words(&state, roots, count);
    }
    return code;
}
