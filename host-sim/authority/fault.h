/* SPDX-License-Identifier: MIT
 * fault.h -- `serve --fault`: an authority that misbehaves on purpose, to try clients against it.
 *
 *   --fault NAME[=VALUE][:times=N][:at=ENDPOINT],...
 *
 * fault.def lists the names. `times` limits how often a fault strikes, `at` where: cacerts, enroll
 * (simpleenroll and simplereenroll; the default), whoami or any. Of several faults of one stage the
 * first that fits strikes. What the authority records stays true, whatever it answers.
 */
#ifndef IMPRINT_AUTHORITY_FAULT_H
#define IMPRINT_AUTHORITY_FAULT_H

#include <stdbool.h>
#include <stddef.h>

#include "host-sim/authority/http_server.h"
#include "host-sim/authority/issue.h"

enum fault_stage {
    FAULT_INSTEAD,
    FAULT_CERTIFICATE,
    FAULT_WIRE,
    FAULT_SERVER
};

enum {
    FAULT_NO_VALUE = -1,
    FAULTS_MAX = 16,
    FAULT_NOTE_CHARS = 128
};

enum fault_kind {
#define FAULT(name, text, stage, value, help) FAULT_##name,
#include "host-sim/authority/fault.def"
#undef FAULT
    FAULT_KIND_COUNT
};

/* Head of the list of faults in `serve --help`. */
#define FAULT_HELP                                                                \
    "\nFaults, to try clients against (NAME[=VALUE][:times=N][:at=ENDPOINT],...;" \
    "\nENDPOINT is cacerts, enroll, whoami or any; enroll where nothing is said):\n"

struct fault {
    enum fault_kind kind;
    enum fault_stage stage;
    long value;
    long times_left; /* -1: no limit. */
    const char *at;  /* One of the endpoints above. */
};

struct faults {
    struct fault list[FAULTS_MAX];
    size_t count;
    char note[FAULT_NOTE_CHARS]; /* The last one that struck, for the log. */
};

/* Add what one --fault says. Returns NULL, or why it is refused (static storage). */
const char *faults_add(struct faults *faults, const char *text);

/* The name as it stands in --fault. */
const char *fault_name(enum fault_kind kind);

/* The fault of `stage` that strikes this request: it is counted and noted. NULL when none does. */
const struct fault *faults_strike(struct faults *faults, enum fault_stage stage,
                                  const struct http_request *request);

/* Answer in place of the authority, when a fault of the stages INSTEAD or CERTIFICATE strikes.
 * Writes nothing anywhere. False: none does, or the request deserves no certificate anyway. */
bool fault_answer(struct faults *faults, struct authority *authority,
                  const struct http_exchange *exchange, struct http_answer *answer);

/* Spoil an answer that is about to leave, when a fault of the stage WIRE strikes: `answer` is its
 * text, `pace` says how it will be sent. False: none does. */
bool fault_spoil(struct faults *faults, const struct http_exchange *exchange,
                 struct evbuffer *answer, struct http_pace *pace);

/* Put a wrong server certificate into `ca`, when there is a fault of the stage SERVER; reads the
 * server CA's key in `dir`. False when OpenSSL failed. */
bool fault_server(const struct faults *faults, const char *dir, struct ca *ca);

#endif
