/* SPDX-License-Identifier: MIT
 * console_stdio.c -- hal_console over standard input and output.
 *
 * Input is asked for with poll(2) rather than made non-blocking: the flag would stay with the shell
 * that shares the descriptor. The end of input is no byte and no error: a serial line whose other
 * end was unplugged is silent. */
#define _POSIX_C_SOURCE 200809L
#include "host-sim/device/console_stdio.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "hal/hal_console.h"

struct console {
    bool started;
    bool ended; /* The end of input was seen. */
    bool took_terminal;
    unsigned char received[256];
    size_t read_index;
    size_t received_bytes;
    struct termios before;
};

static struct console console;

void console_stdio_stop(void)
{
    if (console.took_terminal) {
        tcsetattr(STDIN_FILENO, TCSANOW, &console.before);
    }
}

/* Only tcsetattr, signal and raise: all may be called from a signal. */
static void restore_and_die(int number)
{
    console_stdio_stop();
    signal(number, SIG_DFL);
    raise(number);
}

static void take_terminal(void)
{
    static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
    struct termios raw;

    if (tcgetattr(STDIN_FILENO, &console.before) != 0) {
        return;
    }
    raw = console.before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IXON);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    console.took_terminal = true;
    atexit(console_stdio_stop);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        signal(ends[i], restore_and_die);
    }
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

void console_stdio_start(void)
{
    console.started = true;
    if (isatty(STDIN_FILENO)) {
        take_terminal();
    }
}

int console_stdio_fd(void)
{
    return console.started && !console.ended ? STDIN_FILENO : -1;
}

bool console_stdio_is_empty(void)
{
    return console.read_index == console.received_bytes;
}

static void receive(void)
{
    struct pollfd input = { .fd = console_stdio_fd(), .events = POLLIN };

    if (input.fd < 0 || poll(&input, 1, 0) <= 0) {
        return;
    }

    const ssize_t got = read(input.fd, console.received, sizeof console.received);

    if (got > 0) {
        console.read_index = 0;
        console.received_bytes = (size_t)got;
    } else if (got == 0 || errno != EINTR) {
        console.ended = true;
    }
}

int hal_console_read(void)
{
    if (console_stdio_is_empty()) {
        receive();
    }
    return console_stdio_is_empty() ? -1 : console.received[console.read_index++];
}

void hal_console_write(const char *text, size_t bytes)
{
    while (bytes > 0) {
        const ssize_t wrote = write(STDOUT_FILENO, text, bytes);

        if (wrote > 0) {
            text += wrote;
            bytes -= (size_t)wrote;
        } else if (wrote < 0 && errno == EAGAIN) {
            poll(&(struct pollfd){ .fd = STDOUT_FILENO, .events = POLLOUT }, 1, -1);
        } else if (wrote < 0 && errno != EINTR) {
            return; /* Nobody listens any more; a transmitter doesn't know. */
        }
    }
}
