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

/* Ask for `path` over `client`, turning the pool meanwhile; the answer as text. */
static void ask(struct http_pool *pool, SSL *client, const char *path, char *answer, size_t size)
{
    char request[128];
    size_t used = 0;
    bool sent = false;

    snprintf(request, sizeof request,
             "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
    for (int turn = 0; turn < TURNS_MAX; turn++) {
        event_base_loop(pool->base, EVLOOP_NONBLOCK);
        if (!SSL_is_init_finished(client)) {
            (void)SSL_connect(client);
        } else if (!sent) {
            sent = SSL_write(client, request, (int)strlen(request)) > 0;
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

static void a_service_answers_on_the_end_of_a_socketpair(void **state)
{
    const struct service_options service_options = { .dir = dir };
    const struct sockaddr address = { .sa_family = AF_UNIX };
    struct http_server_options options;
    struct service service;
    struct http_pool pool;
    char answer[8192];
    int ends[2];

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    assert_true(service_open(&service, &service_options));
    service_http_options(&service, 10, &options);
    assert_true(http_pool_open(&pool, &options));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);

    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *client = SSL_new(context);

    SSL_set_fd(client, ends[1]);
    http_connection_open(&pool, ends[0], &address);
    ask(&pool, client, "/.well-known/est/cacerts", answer, sizeof answer);
    assert_memory_equal(answer, "HTTP/1.1 200 OK\r\n", 17);
    assert_non_null(strstr(answer, service.est.cacerts));

    SSL_free(client);
    SSL_CTX_free(context);
    close(ends[1]);
    assert_int_equal(pool.connection_count, 0);
    http_pool_free(&pool);
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
        cmocka_unit_test(a_folder_without_an_authority_is_refused),
    };

    return cmocka_run_group_tests(tests, make_authority, remove_authority);
}
