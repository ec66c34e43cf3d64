/* SPDX-License-Identifier: MIT
 * cmd_init.c -- `init` makes a new authority, `show` says which one it is.
 */
#define _GNU_SOURCE /* mkdtemp, asprintf */
#include <errno.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host-sim/authority/ca.h"
#include "host-sim/authority/certificate.h"
#include "host-sim/authority/commands.h"
#include "host-sim/authority/folder.h"

enum {
    HOSTS_MAX = CLI_GIVEN_MAX,
    AUTHORITY_NAME_CHARS_MAX = 48
};

/* Everything is made in a directory beside the final one and renamed: an authority is there whole
 * or not at all. */
static bool create_in(const struct cli_args *args, const char *unfinished, const char *dir)
{
    const char *hosts[HOSTS_MAX];
    size_t host_count = 0;
    char database[CA_PATH_CHARS + sizeof DATABASE_FILE];

    while (host_count < HOSTS_MAX && cli_nth(args, "host", host_count) != NULL) {
        hosts[host_count] = cli_nth(args, "host", host_count);
        host_count++;
    }
    snprintf(database, sizeof database, "%s/%s", unfinished, DATABASE_FILE);
    if (!ca_create(unfinished, cli_text(args, "name"), hosts, host_count) || !db_create(database) ||
        !folder_sync(unfinished)) {
        return false;
    }
    if (rename(unfinished, dir) != 0) {
        fprintf(stderr, "%s: %s\n", dir, strerror(errno));
        return false;
    }
    return true;
}

static int print_root(const struct cli_args *args, const char *dir, int64_t generation)
{
    char plain[SHA256_HEX_CHARS];
    char colons[SHA256_COLON_CHARS];
    char name[AUTHORITY_NAME_CHARS_MAX + 32] = "";
    char until[MOMENT_CHARS];
    uint8_t digest[SHA256_BYTES];
    char folder[CA_PATH_CHARS];
    X509 *root = ca_folder(dir, generation, folder) ? ca_load_certificate(folder, CA_ROOT) : NULL;

    if (root == NULL) {
        return CLI_ENVIRONMENT;
    }
    if (cli_flag(args, "pem")) {
        const bool printed = PEM_write_X509(stdout, root) == 1;

        X509_free(root);
        return printed ? CLI_OK : CLI_ENVIRONMENT;
    }
    certificate_fingerprint(root, digest);
    (void)certificate_name(root, name, sizeof name);
    moment_format(certificate_not_after(root), until);
    X509_free(root);
    hex_encode(digest, sizeof digest, plain);
    hex_encode_colons(digest, sizeof digest, colons);
    if (cli_flag(args, "json")) {
        struct json_out json;

        json_out_init(&json, stdout);
        json_object(&json, NULL);
        json_text(&json, "dir", dir);
        json_text(&json, "root", name);
        json_text(&json, "root_fingerprint", plain);
        json_text(&json, "root_fingerprint_colons", colons);
        json_text(&json, "root_not_after", until);
        json_object_end(&json);
        putchar('\n');
    } else {
        printf("Authority in %s\nRoot         %s, until %s\nFingerprint  %s\n             %s\n",
               dir, name, until, colons, plain);
    }
    return CLI_OK;
}

static bool name_is_printable(const char *name)
{
    const size_t size = strlen(name);

    for (size_t i = 0; i < size; i++) {
        if (name[i] < 0x20 || name[i] > 0x7E) {
            return false;
        }
    }
    return size > 0 && size <= AUTHORITY_NAME_CHARS_MAX;
}

static int check_hosts(const struct cli_args *args)
{
    const char *host = NULL;

    for (size_t i = 0; (host = cli_nth(args, "host", i)) != NULL; i++) {
        if (!ca_host_is_good(host)) {
            return cli_fail(args, CLI_USAGE, "--host %s: neither a DNS name nor an IP address",
                            host);
        }
    }
    return CLI_OK;
}

int command_init(const struct cli_args *args)
{
    const char *given = cli_text(args, "dir");
    char dir[CA_PATH_CHARS - 64];
    char unfinished[CA_PATH_CHARS];
    size_t length = strlen(given);

    while (length > 1 && given[length - 1] == '/') {
        length--;
    }
    if (length == 0 || length >= sizeof dir || !name_is_printable(cli_text(args, "name"))) {
        return cli_fail(
            args, CLI_USAGE,
            "--dir and --name: neither empty nor too long; the name at most %d characters",
            AUTHORITY_NAME_CHARS_MAX);
    }
    memcpy(dir, given, length);
    dir[length] = '\0';
    if (folder_is_occupied(dir)) {
        return cli_fail(args, CLI_REFUSED, "%s is there already and not empty; nothing was changed",
                        dir);
    }
    const int code = check_hosts(args);

    if (code != CLI_OK) {
        return code;
    }
    command_guard_secrets();
    umask(077);
    snprintf(unfinished, sizeof unfinished, "%s.unfinished-XXXXXX", dir);
    if (mkdtemp(unfinished) == NULL) {
        return cli_fail(args, CLI_ENVIRONMENT, "%s: %s", unfinished, strerror(errno));
    }
    if (!create_in(args, unfinished, dir)) {
        folder_remove(unfinished);
        return CLI_ENVIRONMENT;
    }
    return print_root(args, dir, 1);
}

int command_show(const struct cli_args *args)
{
    struct ca_state state;
    struct db db;
    int code = command_open(args, &db);

    if (code != CLI_OK) {
        return code;
    }
    const enum refusal refusal = ca_state_find(&db, &state);

    code = refusal == REFUSAL_NONE
               ? print_root(args, cli_text(args, "dir"), ca_state_issuing(&state))
               : command_refused(args, &db, refusal);
    db_close(&db);
    return code;
}
