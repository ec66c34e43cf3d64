/* SPDX-License-Identifier: MIT
 * folder.c -- directories that become visible whole, by a rename.
 */
#define _GNU_SOURCE /* O_DIRECTORY with C11 */
#include "host-sim/authority/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool folder_is_occupied(const char *path)
{
    DIR *directory = opendir(path);
    bool occupied = false;

    if (directory == NULL) {
        return errno != ENOENT;
    }
    for (const struct dirent *entry = readdir(directory); entry != NULL;
         entry = readdir(directory)) {
        occupied =
            occupied || (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0);
    }
    closedir(directory);
    return occupied;
}

void folder_remove(const char *path)
{
    DIR *directory = opendir(path);

    if (directory == NULL) {
        return;
    }
    for (const struct dirent *entry = readdir(directory); entry != NULL;
         entry = readdir(directory)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            unlinkat(dirfd(directory), entry->d_name, 0);
        }
    }
    closedir(directory);
    rmdir(path);
}

bool folder_sync(const char *path)
{
    const int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = descriptor >= 0 && fsync(descriptor) == 0;

    if (descriptor >= 0) {
        close(descriptor);
    }
    return synced;
}
