/* SPDX-License-Identifier: MIT
 * verdict_file.h -- the cases of tests/vectors/verdict.txt over the certificates of verdict.pem
 * beside it. A mistake in them stops the program. */
#ifndef TESTS_SUPPORT_VERDICT_FILE_H
#define TESTS_SUPPORT_VERDICT_FILE_H

#include "tests/support/verdict_case.h"

struct verdict_row {
    const char *claim;
    imp_err_t err;
    const char *host;
    struct bytes presented[VERDICT_CERTS_MAX];
    size_t presented_count;
    struct bytes anchor;
    int64_t now;   /* A clock's time; 0: none was set. */
    EVP_PKEY *key; /* The leaf's. */
};

/* Call `take` for each case, in order. The certificates and keys stay until verdict_file_free. */
void verdict_file_read(void (*take)(const struct verdict_row *row));
void verdict_file_free(void);

#endif
