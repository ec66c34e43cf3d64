/* SPDX-License-Identifier: MIT
 * authority_here.h -- the real enrollment authority inside the simulator's process: its database in
 * memory, its connections from socket pairs, its chance from the seed; and a list of what it saw. */
#ifndef HOST_SIM_WORLD_AUTHORITY_HERE_H
#define HOST_SIM_WORLD_AUTHORITY_HERE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The host name in the server's certificate. */
#define AUTHORITY_HOST "authority.test"

enum {
    AUTHORITY_SIGHTS_MAX = 512,
    AUTHORITY_TOKEN_CHARS = 64,
    AUTHORITY_PIN_CHARS = 65
};

enum authority_path {
    AUTHORITY_CACERTS,
    AUTHORITY_ENROLL,
    AUTHORITY_REENROLL,
    AUTHORITY_WHOAMI,
    AUTHORITY_OTHER
};

/* One request that was answered. */
struct authority_sight {
    enum authority_path path;
    unsigned status; /* HTTP. */
    uint8_t
        key_id[32]; /* SHA-256 of the public key: of the CSR, else of the client's certificate. */
    uint8_t fingerprint[32]; /* Of the client's certificate. */
    bool has_key;
    bool has_fingerprint;
    char serial[33]; /* Of the certificate that was handed out or recognized. */
};

/* Once a process: certificates and database, always the same. Ends the process with a message when
 * that fails. */
void authority_prepare(void);

/* Remove its key files; at the end of the process that prepared it. */
void authority_forget(void);

/* Seed its chance; it behaves. */
void authority_begin(uint64_t seed);

/* From now on it misbehaves as `serve --fault` does. False after printing why. */
bool authority_misbehave(const char *fault);

/* From now on it behaves. */
void authority_end_faults(void);

/* A connection: lan.h's accept function. */
void authority_accept(int socket, const struct sockaddr_in *peer);

/* Let it work on what has arrived, and run its timers. */
void authority_turn(void);

/* The root's fingerprint, in hex. */
const char *authority_pin(void);

enum authority_token {
    AUTHORITY_TOKEN_GOOD, /* For one device. */
    AUTHORITY_TOKEN_UNKNOWN,
    AUTHORITY_TOKEN_REVOKED,
    AUTHORITY_TOKEN_EXPIRED,
    AUTHORITY_TOKEN_EXHAUSTED
};

/* Make a token of this kind; its text to `text`. */
void authority_make_token(enum authority_token kind, char text[AUTHORITY_TOKEN_CHARS]);

/* Fingerprint of the server's own certificate, in hex: a pin that an operator gives by mistake. */
const char *authority_leaf_pin(void);

/* Uses that were spent of all good tokens, and certificates that spent one. */
unsigned authority_uses_spent(void);
unsigned authority_certificates(bool renewals);

/* For how long it issues from now on. */
void authority_set_days(long days);

/* Its next `answers` answers carry this Date (seconds since 1970, year 1000 to 9999). */
void authority_lie_about_date(int64_t seconds, unsigned answers);

/* What it saw since authority_begin. */
size_t authority_sight_count(void);
const struct authority_sight *authority_sight(size_t index);

#endif
