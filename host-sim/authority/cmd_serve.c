/* SPDX-License-Identifier: MIT
 * cmd_serve.c -- `serve`: the server itself.
 */
#define _GNU_SOURCE /* O_CLOEXEC and fdopen with C11 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host-sim/authority/commands.h"
#include "host-sim/authority/service.h"

enum {
    DAYS_MAX = 3650,
    CONNECTIONS_DEFAULT = 4096,
    DESCRIPTORS_SPARE = 32
};

/* Each connection is a descriptor: raise the limit as far as it goes, and stay below it. */
static long fit_connections(long wanted)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return wanted;
    }
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    const long room = limit.rlim_cur > (rlim_t)CONNECTIONS_DEFAULT * 1024
                          ? wanted
                          : (long)limit.rlim_cur - DESCRIPTORS_SPARE;

    return wanted < room ? wanted : room;
}

/* The port in a file, whole when it is there: scripts wait for it. */
static int write_port_file(const struct cli_args *args, unsigned port)
{
    const char *path = cli_text(args, "port-file");
    char unfinished[CA_PATH_CHARS];

    if (path == NULL) {
        return CLI_OK;
    }
    snprintf(unfinished, sizeof unfinished, "%s.unfinished", path);
    FILE *file = fopen(unfinished, "w");
    const bool written = file != NULL && fprintf(file, "%u\n", port) > 0;

    if (file == NULL || fclose(file) != 0 || !written || rename(unfinished, path) != 0) {
        return cli_fail(args, CLI_ENVIRONMENT, "%s: %s", path, strerror(errno));
    }
    return CLI_OK;
}

static int open_log(const struct cli_args *args, struct service_options *options)
{
    const char *path = cli_text(args, "log");

    options->log_json = cli_flag(args, "log-json");
    options->log = path != NULL ? fopen(path, "ae") : stderr;
    return options->log != NULL ? CLI_OK
                                : cli_fail(args, CLI_ENVIRONMENT, "%s: %s", path, strerror(errno));
}

/* Read --fault. Whoever starts such a server by mistake must notice it. */
static int read_faults(const struct cli_args *args, struct faults *faults)
{
    const char *text = NULL;

    for (size_t i = 0; (text = cli_nth(args, "fault", i)) != NULL; i++) {
        const char *wrong = faults_add(faults, text);

        if (wrong != NULL) {
            return cli_fail(args, CLI_USAGE, "--fault %s: %s", text, wrong);
        }
    }
    for (size_t i = 0; i < faults->count; i++) {
        fprintf(stderr, "*** FAULTS ARE ON: %s. THIS SERVER MISBEHAVES ON PURPOSE. ***\n",
                fault_name(faults->list[i].kind));
    }
    return CLI_OK;
}

static int serve_run(const struct cli_args *args, struct service *service, long connections_max)
{
    struct http_server_options options;
    unsigned port = 0;

    service_http_options(service, (size_t)fit_connections(connections_max), &options);
    options.listen = cli_text(args, "listen") != NULL ? cli_text(args, "listen") : "127.0.0.1:8443";
    struct http_server *http = http_server_open(&options, &port);

    if (http == NULL) {
        return CLI_ENVIRONMENT;
    }
    int code = write_port_file(args, port);

    if (code == CLI_OK) {
        printf("listening on %s, port %u\n", options.listen, port);
        fflush(stdout);
        code = http_server_run(http) ? CLI_OK : CLI_ENVIRONMENT;
    }
    http_server_close(http);
    return code;
}

static int read_options(const struct cli_args *args, struct service_options *options,
                        struct faults *faults, long *connections_max)
{
    const char *listen = cli_text(args, "listen");
    int code = read_faults(args, faults);

    options->dir = cli_text(args, "dir");
    options->faults = faults;
    if (code == CLI_OK) {
        code = listen == NULL || http_listen_is_good(listen)
                   ? CLI_OK
                   : cli_fail(args, CLI_USAGE, "--listen %s: want ADDRESS:PORT", listen);
    }
    if (code == CLI_OK) {
        code = cli_number(args, "days", 1, DAYS_MAX, &options->days);
    }
    if (code == CLI_OK) {
        code = cli_number(args, "max-failures", 1, 1000000, &options->failures_per_minute);
    }
    if (code == CLI_OK) {
        code = cli_number(args, "max-enrollments", 1, 100000000, &options->enrollments_per_minute);
    }
    if (code == CLI_OK) {
        code = cli_number(args, "max-connections", 1, 1000000, connections_max);
    }
    return code;
}

int command_serve(const struct cli_args *args)
{
    struct service_options options = { 0 };
    struct faults faults = { 0 };
    struct service service = { 0 };
    long connections_max = CONNECTIONS_DEFAULT;
    int code = read_options(args, &options, &faults, &connections_max);

    if (code != CLI_OK) {
        return code;
    }
    command_guard_secrets();
    signal(SIGPIPE, SIG_IGN);
    umask(077);
    code = open_log(args, &options);
    if (code == CLI_OK) {
        code = service_open(&service, &options) ? serve_run(args, &service, connections_max)
                                                : CLI_ENVIRONMENT;
    }
    service_close(&service);
    /* The keys are gone: a leak checker may look at what is left. */
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    if (options.log != NULL && options.log != stderr) {
        fclose(options.log);
    }
    return code;
}
