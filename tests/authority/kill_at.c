/* SPDX-License-Identifier: MIT
 * kill_at.c -- LD_PRELOAD: the process dies at its Nth change of anything outside itself
 *
 *   KILL_AT=17 KILL_HOW=before|torn|after|report LD_PRELOAD=libauthority-kill-at.so imprint-authority ...
 *
 * Counted are write, pwrite, fsync, fdatasync, ftruncate, rename, unlink and mkdir, sockets included.
 * "torn" does half of a write first; "report" kills nobody, but says on standard error whether there
 * would be a core file. SIGKILL leaves no chance to clean up: what the kernel was given
 * stays, as after a crash of the program.
 */
#define _GNU_SOURCE /* RTLD_NEXT, pwrite64 */
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls;

/* Does this call end the process? Never returns true in a process that nobody wants to kill. */
static int is_the_one(void)
{
    const char *at = getenv("KILL_AT");

    return at != NULL && atomic_fetch_add(&calls, 1) + 1 == atol(at);
}

static int is_how(const char *how)
{
    const char *wanted = getenv("KILL_HOW");

    return strcmp(wanted != NULL ? wanted : "before", how) == 0;
}

static void die(void)
{
    kill(getpid(), SIGKILL);
}

static void report(void)
{
    struct rlimit core = { 1, 1 };

    getrlimit(RLIMIT_CORE, &core);
    dprintf(STDERR_FILENO, "core %lu dumpable %d\n", (unsigned long)core.rlim_max,
            prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
}

/* The next definition of a function, as a pointer of its type. */
#define NEXT(pointer, name)                       \
    do {                                          \
        void *found = dlsym(RTLD_NEXT, name);     \
        memcpy(&(pointer), &found, sizeof found); \
    } while (0)

/* What all calls have in common; `half` does a part of it. */
#define CALL(type, name, parameters, arguments, half) \
    type name parameters;                             \
    type name parameters                              \
    {                                                 \
        static type(*next) parameters;                \
        if (next == NULL) {                           \
            NEXT(next, #name);                        \
        }                                             \
        if (!is_the_one()) {                          \
            return next arguments;                    \
        }                                             \
        if (is_how("report")) {                       \
            report();                                 \
            return next arguments;                    \
        }                                             \
        if (is_how("after")) {                        \
            (void)!next arguments;                    \
        } else if (is_how("torn")) {                  \
            half;                                     \
        }                                             \
        die();                                        \
        return (type)-1;                              \
    }

CALL(ssize_t, write, (int fd, const void *bytes, size_t size), (fd, bytes, size),
     (void)!next(fd, bytes, size / 2))
CALL(ssize_t, pwrite, (int fd, const void *bytes, size_t size, off_t at), (fd, bytes, size, at),
     (void)!next(fd, bytes, size / 2, at))
CALL(ssize_t, pwrite64, (int fd, const void *bytes, size_t size, off64_t at), (fd, bytes, size, at),
     (void)!next(fd, bytes, size / 2, at))
CALL(int, fsync, (int fd), (fd), (void)0)
CALL(int, fdatasync, (int fd), (fd), (void)0)
CALL(int, ftruncate, (int fd, off_t size), (fd, size), (void)0)
CALL(int, ftruncate64, (int fd, off64_t size), (fd, size), (void)0)
CALL(int, rename, (const char *from, const char *to), (from, to), (void)0)
CALL(int, unlink, (const char *path), (path), (void)0)
CALL(int, mkdir, (const char *path, mode_t mode), (path, mode), (void)0)
