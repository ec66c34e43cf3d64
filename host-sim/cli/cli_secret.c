/* SPDX-License-Identifier: MIT
 * cli_secret.c -- reads a secret from a file, so that it need not stand on a command line.
 */
#define _GNU_SOURCE /* explicit_bzero */
#include "host-sim/cli/cli_secret.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SECRET_BYTES_MAX = 16384
};

char *cli_secret_read(const char *path)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    char *line = calloc(1, SECRET_BYTES_MAX);

    errno = file != NULL ? 0 : errno;
    if (file == NULL || line == NULL || fgets(line, SECRET_BYTES_MAX, file) == NULL) {
        free(line);
        line = NULL;
    } else if (strlen(line) == SECRET_BYTES_MAX - 1) {
        explicit_bzero(line, SECRET_BYTES_MAX);
        free(line);
        line = NULL;
        errno = EFBIG;
    } else {
        line[strcspn(line, "\r\n")] = '\0';
    }
    if (file != NULL && file != stdin) {
        fclose(file);
    }
    return line;
}
