/* SPDX-License-Identifier: MIT
 * test_authority_service.c -- the authority inside another process, on the end of a socketpair.
 *
 * needs: imprint-authority-parts */
#define _GNU_SOURCE /* mkdtemp */
#include <openssl/ssl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "host-sim/authority/http_connection.h"
#include "host-sim/authority/service.h"

enum {
    TURNS_MAX = 10000
};

static char dir[] = "/tmp/imprint-service-XXXXXX";

static int make_authority(void **state)
{
    const char *const hosts[] = { "localhost" };
    char path[64];

    (void)state;
    if (mkdtemp(dir) == NULL) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/%s", dir, DATABASE_FILE);
    return ca_create(dir, "Unit", hosts, 1) && db_create(path) ? 0 : -1;
}

static int remove_authority(void **state)
{
    char command[64];

    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

/* Ask `request` ("GET /path") over `client`, turning the pool meanwhile; the answer as text. */
static void ask(struct http_pool *pool, SSL *client, const char *request, char *answer, size_t size)
{
    char text[256];
    size_t used = 0;
    bool sent = false;

    snprintf(text, sizeof text,
             "%s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
             request);
    for (int turn = 0; turn < TURNS_MAX; turn++) {
        event_base_loop(pool->base, EVLOOP_NONBLOCK);
        if (!SSL_is_init_finished(client)) {
            (void)SSL_connect(client);
        } else if (!sent) {
            sent = SSL_write(client, text, (int)strlen(text)) > 0;
        } else {
            const int count = SSL_read(client, answer + used, (int)(size - used - 1));

            used += count > 0 ? (size_t)count : 0;
            if (count <= 0 && SSL_get_error(client, count) != SSL_ERROR_WANT_READ) {
                break;
            }
        }
    }
    answer[used] = '\0';
}

/* One request over a fresh socketpair to a fresh pool. */
static void ask_once(const struct http_server_options *options, const char *request, char *answer,
                     size_t size)
{
    const struct sockaddr address = { .sa_family = AF_UNIX };
    struct http_pool pool;
    int ends[2];

    assert_true(http_pool_open(&pool, options));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);

    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *client = SSL_new(context);

    SSL_set_fd(client, ends[1]);
    http_connection_open(&pool, ends[0], &address);
    ask(&pool, client, request, answer, size);
    SSL_free(client);
    SSL_CTX_free(context);
    close(ends[1]);
    assert_int_equal(pool.connection_count, 0);
    http_pool_free(&pool);
}

static void a_service_answers_on_the_end_of_a_socketpair(void **state)
{
    const struct service_options service_options = { .dir = dir };
    struct http_server_options options;
    struct service service;
    char answer[8192];

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    assert_true(service_open(&service, &service_options));
    service_http_options(&service, 10, &options);
    ask_once(&options, "GET /.well-known/est/cacerts", answer, sizeof answer);
    assert_memory_equal(answer, "HTTP/1.1 200 OK\r\n", 17);
    assert_non_null(strstr(answer, service.est.cacerts));
    service_close(&service);
}

/* What the group's end is told to say. */
static enum refusal settled;

static enum refusal settle_as_told(void *context)
{
    struct service *service = context;
    const enum refusal refusal = db_group_end(&service->authority.db);

    return refusal != REFUSAL_NONE ? refusal : settled;
}

static void an_answer_that_promises_is_withdrawn_when_the_group_is_not_durable(void **state)
{
    const struct service_options service_options = { .dir = dir };
    struct http_server_options options;
    struct service service;
    char answer[8192];

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    assert_true(service_open(&service, &service_options));
    service_http_options(&service, 10, &options);
    options.settle = settle_as_told;
    settled = REFUSAL_INTERNAL;
    ask_once(&options, "GET /.well-known/est/cacerts", answer, sizeof answer);
    assert_memory_equal(answer, "HTTP/1.1 200", 12);
    ask_once(&options, "POST /.well-known/est/simpleenroll", answer, sizeof answer);
    assert_memory_equal(answer, "HTTP/1.1 500", 12);
    settled = REFUSAL_NONE;
    ask_once(&options, "POST /.well-known/est/simpleenroll", answer, sizeof answer);
    assert_memory_equal(answer, "HTTP/1.1 401", 12);
    service_close(&service);
}

static void a_folder_without_an_authority_is_refused(void **state)
{
    const struct service_options options = { .dir = "/nonexistent" };
    struct service service;

    (void)state;
    assert_false(service_open(&service, &options));
    service_close(&service);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_service_answers_on_the_end_of_a_socketpair),
        cmocka_unit_test(an_answer_that_promises_is_withdrawn_when_the_group_is_not_durable),
        cmocka_unit_test(a_folder_without_an_authority_is_refused),
    };

    return cmocka_run_group_tests(tests, make_authority, remove_authority);
}
