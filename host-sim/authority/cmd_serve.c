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
#include "host-sim/authority/est.h"
#include "host-sim/authority/failure_limit.h"
#include "host-sim/authority/fault.h"
#include "host-sim/authority/log.h"
#include "host-sim/authority/tls.h"

enum {
    DAYS_DEFAULT = 365,
    DAYS_MAX = 3650,
    CONNECTIONS_DEFAULT = 4096,
    FAILURES_DEFAULT = 60,
    DESCRIPTORS_SPARE = 32
};

struct server {
    struct authority authority;
    struct est est;
    struct log log;
    struct failure_limit failures;
    struct faults faults;
    long connections_max;
    SSL_CTX *tls;
};

/* A core file would hold the CA's key. PR_SET_DUMPABLE also keeps other programs of this user from
 * reading us. */
static void forbid_core_dumps(void)
{
    const struct rlimit none = { 0, 0 };

    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

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

static void serve_answer(void *context, const struct http_exchange *exchange,
                         struct http_answer *answer)
{
    struct server *server = context;

    if (fault_answer(&server->faults, &server->authority, exchange, answer)) {
        log_event(&server->log, "fault", exchange->request_id, server->faults.note);
        return;
    }
    est_answer(&server->est, exchange, answer);
    failure_limit_apply(&server->failures, exchange->peer, command_now(), answer);
    if (answer->refusal == REFUSAL_INTERNAL) {
        log_event(&server->log, "trouble", exchange->request_id, db_error(&server->authority.db));
    }
}

static bool serve_spoil(void *context, const struct http_exchange *exchange,
                        struct evbuffer *answer, struct http_pace *pace)
{
    struct server *server = context;
    const bool spoiled = fault_spoil(&server->faults, exchange, answer, pace);

    if (spoiled) {
        log_event(&server->log, "fault", exchange->request_id, server->faults.note);
    }
    return spoiled;
}

static void serve_answered(void *context, const struct http_exchange *exchange,
                           const struct http_answer *answer, int64_t microseconds)
{
    const struct server *server = context;

    log_request(&server->log, exchange, answer, microseconds);
}

static void serve_failed(void *context, const char *peer, const char *reason)
{
    const struct server *server = context;

    log_event(&server->log, "connection", peer, reason);
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

static int open_log(const struct cli_args *args, struct log *log)
{
    const char *path = cli_text(args, "log");

    log->json = cli_flag(args, "log-json");
    log->file = path != NULL ? fopen(path, "ae") : stderr;
    return log->file != NULL ? CLI_OK
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

static void log_faults(const struct server *server)
{
    for (size_t i = 0; i < server->faults.count; i++) {
        log_event(&server->log, "FAULTS-ARE-ON", fault_name(server->faults.list[i].kind),
                  "this server misbehaves on purpose");
    }
}

/* Open everything that can fail before the port is open. */
static int serve_open(const struct cli_args *args, struct server *server)
{
    const char *dir = cli_text(args, "dir");
    int code = open_log(args, &server->log);

    if (code == CLI_OK) {
        code = command_open(args, &server->authority.db);
    }
    if (code == CLI_OK && !(ca_load(dir, &server->authority.ca) &&
                            fault_server(&server->faults, dir, &server->authority.ca))) {
        code = CLI_ENVIRONMENT;
    }
    if (code != CLI_OK) {
        return code;
    }
    log_faults(server);
    server->tls = tls_context_new(&server->authority.ca);
    return server->tls != NULL && est_init(&server->est, &server->authority)
               ? CLI_OK
               : cli_fail(args, CLI_ENVIRONMENT, "OpenSSL refused the certificates in %s", dir);
}

static int serve_run(const struct cli_args *args, struct server *server)
{
    const struct http_server_options options = {
        .tls = server->tls,
        .listen = cli_text(args, "listen") != NULL ? cli_text(args, "listen") : "127.0.0.1:8443",
        .connections_max = (size_t)fit_connections(server->connections_max),
        .context = server,
        .answer = serve_answer,
        .answered = serve_answered,
        .failed = serve_failed,
        .spoil = server->faults.count > 0 ? serve_spoil : NULL,
    };
    unsigned port = 0;
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

int command_serve(const struct cli_args *args)
{
    struct server server = { .authority.days = DAYS_DEFAULT,
                             .failures.per_minute = FAILURES_DEFAULT,
                             .connections_max = CONNECTIONS_DEFAULT };
    int code = read_faults(args, &server.faults);

    if (code == CLI_OK) {
        code = cli_number(args, "days", 1, DAYS_MAX, &server.authority.days);
    }
    if (code == CLI_OK) {
        code = cli_number(args, "max-failures", 1, 1000000, &server.failures.per_minute);
    }
    if (code == CLI_OK) {
        code = cli_number(args, "max-connections", 1, 1000000, &server.connections_max);
    }
    if (code != CLI_OK) {
        return code;
    }
    forbid_core_dumps();
    signal(SIGPIPE, SIG_IGN);
    umask(077);
    code = serve_open(args, &server);
    if (code == CLI_OK) {
        code = serve_run(args, &server);
    }
    est_free(&server.est);
    SSL_CTX_free(server.tls);
    ca_free(&server.authority.ca);
    db_close(&server.authority.db);
    /* The keys are gone: a leak checker may look at what is left. */
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    if (server.log.file != NULL && server.log.file != stderr) {
        fclose(server.log.file);
    }
    return code;
}
