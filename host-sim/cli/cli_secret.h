/* SPDX-License-Identifier: MIT
 * cli_secret.h -- secrets from files, for cli.c alone.
 */
#ifndef IMPRINT_CLI_CLI_SECRET_H
#define IMPRINT_CLI_CLI_SECRET_H

/* First line of the file `path` (`-` is standard input) without its newline, as a malloc'd string
 * that the caller wipes and frees. NULL when it can't be read, is empty or has 16 KB; errno says
 * why, 0 for an empty file. */
char *cli_secret_read(const char *path);

#endif
