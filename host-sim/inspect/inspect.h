/* SPDX-License-Identifier: MIT
 * inspect.h -- imprint-inspect: one command, what it was asked, what it says; shared by its files
 * alone.
 *
 * A command reads all it needs before it says anything, so that what can't be read leaves nothing
 * half said. The same function runs from the command line and for a line of `batch`. */
#ifndef HOST_SIM_INSPECT_INSPECT_H
#define HOST_SIM_INSPECT_INSPECT_H

#include "firmware/bytes.h"
#include "firmware/proto/x509.h"
#include "firmware/trust/chain.h"
#include "host-sim/cli/cli.h"
#include "host-sim/inspect/say.h"

enum {
    INSPECT_FILES_MAX = 64,
    INSPECT_CERTS_MAX = 64
};

/* One question and its answer under way. All zero but `args` and `say` to begin. */
struct inspect {
    const struct cli_args *args;
    struct say say;
    bool no_stdin;                      /* `-` names no file: somebody else reads standard input. */
    uint8_t *memory[INSPECT_FILES_MAX]; /* What was read; freed by inspect_close. */
    size_t memory_count;
};

void inspect_close(struct inspect *inspect);

/* Read the file `path` (`-` is standard input), at most 16 MiB and 1 byte, into memory that lives
 * until inspect_close and may be written to. CLI_OK, or CLI_USAGE after saying why. */
int inspect_read(struct inspect *inspect, const char *path, struct bytes *content);

/* --- Certificates: inspect_certs.c ------------------------------------------------------------ */

struct inspect_certs {
    struct bytes at[INSPECT_CERTS_MAX];
    size_t count;
};

/* Read the certificates of `path`, PEM or DER, one behind the other, onto the end of `certs`.
 * CLI_OK, or CLI_USAGE after saying why. */
int inspect_read_certs(struct inspect *inspect, const char *path, struct inspect_certs *certs);

/* The same for each value of option `name`. */
int inspect_read_all_certs(struct inspect *inspect, const char *name, struct inspect_certs *certs);

/* The DER certificates of `content`, one behind the other, onto the end of `certs`, which keeps
 * views. False: there are too many. */
bool inspect_split_certs(struct bytes content, struct inspect_certs *certs);

/* Say what each certificate is, as the list `name`. */
void inspect_say_certs(struct say *say, const char *name, const struct inspect_certs *certs);

/* Say what one certificate is, as members. */
void inspect_say_cert(struct say *say, struct bytes der);

/* --- Options that several commands have: inspect_options.c ------------------------------------ */

#define INSPECT_OPTION_JSON                                       \
    {                                                             \
        "json", NULL, "one JSON object instead of lines", 0, NULL \
    }
#define INSPECT_OPTION_TIME                                                                  \
    {                                                                                        \
        "time", "T", "a clock that was set: RFC 3339 in UTC, or seconds since 1970", 0, NULL \
    }
#define INSPECT_OPTION_FLOOR                                                                     \
    {                                                                                            \
        "floor", "T", "what the device knows without a clock (default: the day this was built)", \
            0, NULL                                                                              \
    }

/* The moment that option `name` gives, if it is given: RFC 3339 or seconds since 1970. CLI_OK, or
 * CLI_USAGE after saying why. */
int inspect_moment(struct inspect *inspect, const char *name, bool *is_given, int64_t *seconds);

/* Options time and floor. CLI_OK, or CLI_USAGE after saying why. */
int inspect_time(struct inspect *inspect, struct chain_time *time);

/* Say which time the verdict went by. */
void inspect_say_time(struct say *say, const struct chain_time *time);

/* --- The commands, each in its file ----------------------------------------------------------- */

/* What is inspected: an operand FILE, options, and the function that judges. It returns CLI_OK
 * accepted, CLI_REFUSED refused, CLI_USAGE nothing to judge. */
struct inspect_kind {
    struct cli_command command; /* `words` names the kind; `run` is inspect_run. */
    int (*judge)(struct inspect *inspect);
};

extern const struct inspect_kind inspect_chain;
extern const struct inspect_kind inspect_flash;
extern const struct inspect_kind inspect_http;
extern const struct inspect_kind inspect_jwt;
extern const struct inspect_kind inspect_pkcs7;

/* All kinds, ending with NULL. */
extern const struct inspect_kind *const inspect_kinds[];

/* Run the command of a kind from the command line. */
int inspect_run(const struct cli_args *args);

extern const struct cli_command inspect_batch;

#endif
