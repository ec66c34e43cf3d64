/* SPDX-License-Identifier: MIT
 * replay.c -- feeds a fuzz target each file of a folder once, without libFuzzer: what was found once is not lost again. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

enum {
    PATH_CHARS_MAX = 512,
    INPUT_BYTES_MAX = 1024 * 1024
};

static void feed_file(const char *path)
{
    static uint8_t input[INPUT_BYTES_MAX];
    FILE *file = fopen(path, "rb");

    if (file == NULL) {
        perror(path);
        exit(1);
    }
    const size_t size = fread(input, 1, sizeof input, file);
    (void)fclose(file);
    const struct bytes copy = fuzz_copy(bytes_of(input, size));
    (void)LLVMFuzzerTestOneInput(copy.data, copy.len);
    free((void *)copy.data);
}

/* replay FOLDER */
int main(int argc, char **argv)
{
    char path[PATH_CHARS_MAX];
    unsigned count = 0;
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;

    if (folder == NULL) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        (void)snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        feed_file(path);
        count++;
    }
    (void)closedir(folder);
    printf("%u inputs\n", count);
    return count > 0 ? 0 : 1;
}
