/* SPDX-License-Identifier: MIT
 * files.c -- small files, written beside their place and renamed into it. */
#define _DEFAULT_SOURCE /* mkstemp, fchmod */
#include "host-sim/device/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool files_append(char out[FILES_PATH_CHARS_MAX + 1], const char *prefix, const char *suffix)
{
    const int chars = snprintf(out, FILES_PATH_CHARS_MAX + 1, "%s%s", prefix, suffix);

    return chars >= 0 && chars <= FILES_PATH_CHARS_MAX;
}

bool files_join(char out[FILES_PATH_CHARS_MAX + 1], const char *folder, const char *name)
{
    const int chars = snprintf(out, FILES_PATH_CHARS_MAX + 1, "%s/%s", folder, name);

    return chars >= 0 && chars <= FILES_PATH_CHARS_MAX;
}

static int write_all(int fd, struct bytes content)
{
    while (content.len > 0) {
        const ssize_t wrote = write(fd, content.data, content.len);

        if (wrote < 0 && errno != EINTR) {
            return errno;
        }
        if (wrote > 0) {
            content.data += wrote;
            content.len -= (size_t)wrote;
        }
    }
    return 0;
}

/* The name itself must survive a power cut, too. */
static int sync_folder_of(const char *path)
{
    char folder[FILES_PATH_CHARS_MAX + 1];
    char *slash;
    int err = 0;

    if (!files_append(folder, path, "")) {
        return ENAMETOOLONG;
    }
    slash = strrchr(folder, '/');
    if (slash == NULL) {
        strcpy(folder, ".");
    } else {
        slash[slash == folder ? 1 : 0] = '\0';
    }

    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        return errno;
    }
    err = fsync(fd) != 0 ? errno : 0;
    close(fd);
    return err;
}

/* link(2) refuses a name that exists, which rename(2) would replace. */
static int give_name(const char *from, const char *to, bool replace)
{
    if (replace) {
        return rename(from, to) != 0 ? errno : 0;
    }

    const int err = link(from, to) != 0 ? errno : 0;

    unlink(from);
    return err;
}

int files_write(const char *path, mode_t mode, bool replace, struct bytes content)
{
    char fresh[FILES_PATH_CHARS_MAX + 1];
    int err;
    int fd;

    if (!files_append(fresh, path, ".new.XXXXXX")) {
        return ENAMETOOLONG;
    }
    fd = mkstemp(fresh);
    if (fd < 0) {
        return errno;
    }
    err = write_all(fd, content);
    if (!err && (fchmod(fd, mode) != 0 || fsync(fd) != 0)) {
        err = errno;
    }
    if (close(fd) != 0 && !err) {
        err = errno;
    }
    if (!err) {
        err = give_name(fresh, path, replace);
    }
    if (err) {
        unlink(fresh);
        return err;
    }
    return sync_folder_of(path);
}

int files_read(const char *path, void *out, size_t cap, size_t *bytes)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    unsigned char beyond;
    ssize_t got = 0;
    int err = 0;

    if (fd < 0) {
        return errno;
    }
    *bytes = 0;
    do {
        got = *bytes < cap ? read(fd, (unsigned char *)out + *bytes, cap - *bytes)
                           : read(fd, &beyond, 1);
        if (got > 0 && *bytes == cap) {
            err = EFBIG;
        } else if (got > 0) {
            *bytes += (size_t)got;
        } else if (got < 0 && errno != EINTR) {
            err = errno;
        }
    } while (got != 0 && !err);
    close(fd);
    return err;
}

int files_folder(const char *path)
{
    struct stat there;

    if (mkdir(path, 0700) == 0) {
        return 0;
    }
    if (errno != EEXIST) {
        return errno;
    }
    if (stat(path, &there) != 0) {
        return errno;
    }
    return S_ISDIR(there.st_mode) ? 0 : ENOTDIR;
}
