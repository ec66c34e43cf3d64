/* SPDX-License-Identifier: MIT
 * load.c -- many units that enroll at the same time, each over a connection of its own, as devices do
 *
 *   IMPRINT_TOKEN=... authority-load PORT ROOT.pem UNITS THREADS [PREFIX]
 *
 * Keys and requests are made before the clock starts. The server's chain is verified once, before it;
 * then every connection must show the same certificate: so the client costs less than what it measures.
 * Every answer is read to its end. Prints one line; the exit status is 0 when all units got a
 * certificate.
 */
#define _GNU_SOURCE /* clock_gettime, strdup with C11 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    REQUEST_CHARS = 2048,
    ANSWER_CHARS = 8192,
    THREADS_MAX = 256
};

struct unit {
    char *request; /* The whole HTTP request. */
    int status;    /* Of the answer; 0: there was none. */
    double ms;     /* From connect to the end of the answer. */
};

static struct {
    SSL_CTX *tls;
    X509 *server; /* Its certificate, verified. */
    struct sockaddr_in address;
    struct unit *units;
    size_t unit_count;
    size_t next; /* Taken by a thread with an atomic increment. */
} load;

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void fail(const char *what)
{
    fprintf(stderr, "authority-load: %s\n", what);
    exit(2);
}

/* A new key, and base64 of a request for it. */
static char *make_csr(const char *name)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509_REQ *csr = X509_REQ_new();
    unsigned char *der = NULL;

    if (key == NULL || csr == NULL ||
        X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(csr), NID_commonName, MBSTRING_UTF8,
                                   (const unsigned char *)name, -1, -1, 0) != 1 ||
        X509_REQ_set_pubkey(csr, key) != 1 || X509_REQ_sign(csr, key, EVP_sha256()) <= 0) {
        fail("no certificate request");
    }
    const int size = i2d_X509_REQ(csr, &der);
    char *text = malloc(4 * ((size_t)size + 2) / 3 + 4);

    EVP_EncodeBlock((unsigned char *)text, der, size);
    OPENSSL_free(der);
    X509_REQ_free(csr);
    EVP_PKEY_free(key);
    return text;
}

static void make_units(const char *token, const char *prefix)
{
    for (size_t i = 0; i < load.unit_count; i++) {
        char request[REQUEST_CHARS];
        char name[64];

        snprintf(name, sizeof name, "%s%zu", prefix, i);
        char *csr = make_csr(name);

        snprintf(request, sizeof request,
                 "POST /.well-known/est/simpleenroll HTTP/1.1\r\nHost: localhost\r\n"
                 "Authorization: Bearer %s\r\nContent-Type: application/pkcs10\r\n"
                 "Connection: close\r\nContent-Length: %zu\r\n\r\n%s",
                 token, strlen(csr), csr);
        free(csr);
        load.units[i].request = strdup(request);
    }
}

/* Read to the end of the stream; the status of what came, 0 when it was no answer. */
static int read_answer(SSL *tls)
{
    char answer[ANSWER_CHARS];
    size_t used = 0;
    int count = 0;
    int status = 0;

    while (used + 1 < sizeof answer &&
           (count = SSL_read(tls, answer + used, (int)(sizeof answer - used - 1))) > 0) {
        used += (size_t)count;
    }
    answer[used] = '\0';
    return sscanf(answer, "HTTP/1.1 %d", &status) == 1 && strstr(answer, "\r\n\r\n") != NULL
               ? status
               : 0;
}

/* A connection to the server, NULL when there is none. `*descriptor` is closed by the caller. */
static SSL *open_connection(int *descriptor)
{
    const int on = 1;
    SSL *tls = SSL_new(load.tls);

    *descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*descriptor < 0 || tls == NULL) {
        fail("no socket");
    }
    setsockopt(*descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    SSL_set_fd(tls, *descriptor);
    if (connect(*descriptor, (const struct sockaddr *)&load.address, sizeof load.address) != 0 ||
        SSL_connect(tls) != 1 ||
        (load.server != NULL && X509_cmp(SSL_get0_peer_certificate(tls), load.server) != 0)) {
        SSL_free(tls);
        tls = NULL;
    }
    return tls;
}

static void verify_server(void)
{
    int descriptor = -1;

    SSL_CTX_set_verify(load.tls, SSL_VERIFY_PEER, NULL);
    SSL *tls = open_connection(&descriptor);

    if (tls == NULL) {
        fail("the server is not there, or not the right one");
    }
    load.server = SSL_get1_peer_certificate(tls);
    SSL_free(tls);
    close(descriptor);
    SSL_CTX_set_verify(load.tls, SSL_VERIFY_NONE, NULL);
}

static int enroll(const struct unit *unit)
{
    int descriptor = -1;
    int status = 0;
    SSL *tls = open_connection(&descriptor);

    if (tls != NULL && SSL_write(tls, unit->request, (int)strlen(unit->request)) > 0) {
        status = read_answer(tls);
    }
    SSL_free(tls);
    close(descriptor);
    return status;
}

static void *run(void *unused)
{
    size_t i = 0;

    (void)unused;
    while ((i = __atomic_fetch_add(&load.next, 1, __ATOMIC_RELAXED)) < load.unit_count) {
        const double began = now_ms();

        load.units[i].status = enroll(&load.units[i]);
        load.units[i].ms = now_ms() - began;
    }
    return NULL;
}

static int compare_ms(const void *a, const void *b)
{
    const double left = ((const struct unit *)a)->ms;
    const double right = ((const struct unit *)b)->ms;

    return (left > right) - (left < right);
}

static int report(double spent_ms)
{
    size_t good = 0;

    for (size_t i = 0; i < load.unit_count; i++) {
        good += load.units[i].status == 200;
        free(load.units[i].request);
    }
    qsort(load.units, load.unit_count, sizeof *load.units, compare_ms);
    printf("%zu of %zu enrolled in %.2f s, %.0f a second; median %.1f ms, 99 %% %.1f ms\n", good,
           load.unit_count, spent_ms / 1e3, (double)good * 1e3 / spent_ms,
           load.units[load.unit_count / 2].ms, load.units[load.unit_count * 99 / 100].ms);
    return good == load.unit_count ? 0 : 1;
}

int main(int argc, char **argv)
{
    const char *token = getenv("IMPRINT_TOKEN");
    pthread_t threads[THREADS_MAX];

    if (argc < 5 || token == NULL || atoi(argv[3]) < 1 || atoi(argv[4]) < 1 ||
        atoi(argv[4]) > THREADS_MAX) {
        fail("IMPRINT_TOKEN=... authority-load PORT ROOT.pem UNITS THREADS [PREFIX]");
    }
    signal(SIGPIPE, SIG_IGN);
    load.tls = SSL_CTX_new(TLS_client_method());
    /* What the firmware offers, and no more. */
    if (load.tls == NULL || SSL_CTX_set_min_proto_version(load.tls, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_ciphersuites(load.tls, "TLS_AES_128_GCM_SHA256") != 1 ||
        SSL_CTX_set1_groups_list(load.tls, "P-256") != 1 ||
        SSL_CTX_set1_sigalgs_list(load.tls, "ECDSA+SHA256") != 1 ||
        SSL_CTX_load_verify_locations(load.tls, argv[2], NULL) != 1) {
        fail("no root certificate");
    }
    load.address = (struct sockaddr_in){ .sin_family = AF_INET,
                                         .sin_port = htons((uint16_t)atoi(argv[1])),
                                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    load.unit_count = (size_t)atoi(argv[3]);
    load.units = calloc(load.unit_count, sizeof *load.units);
    verify_server();
    make_units(token, argc > 5 ? argv[5] : "load");

    const double began = now_ms();
    const int thread_count = atoi(argv[4]);

    for (int i = 0; i < thread_count; i++) {
        pthread_create(&threads[i], NULL, run, NULL);
    }
    for (int i = 0; i < thread_count; i++) {
        pthread_join(threads[i], NULL);
    }
    const int status = report(now_ms() - began);

    free(load.units);
    X509_free(load.server);
    SSL_CTX_free(load.tls);
    return status;
}
