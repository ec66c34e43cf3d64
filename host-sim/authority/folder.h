/* SPDX-License-Identifier: MIT
 * folder.h -- small deeds on directories that become visible whole, by a rename.
 */
#ifndef IMPRINT_AUTHORITY_FOLDER_H
#define IMPRINT_AUTHORITY_FOLDER_H

#include <stdbool.h>

/* Something is there already: anything but an empty directory. */
bool folder_is_occupied(const char *path);

/* Remove a directory that holds files only; none is fine. */
void folder_remove(const char *path);

/* Wait until the names in the directory are on the disk. */
bool folder_sync(const char *path);

#endif
