/* SPDX-License-Identifier: MIT */
#include "dtrain/crash_guard.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SIGNALS = 3 };
static const int numbers[SIGNALS] = {SIGSEGV, SIGBUS, SIGFPE};
static struct sigaction before[SIGNALS];
/* A little longer than an error's text. */
static char line[sizeof(struct error) + 16];
static unsigned turn;

/* All ranks may crash alike: each waits for its turn to speak, and is ended by the launcher when a
 * lower one has. Nothing here but what a signal handler may call. */
static void leave_with_line(int number)
{
    (void)number;
    unsigned left = turn;
    /* The launcher's SIGTERM ends the process here, and no other signal cuts the wait short. */
    signal(SIGTERM, SIG_DFL);
    while (left > 0)
        left = sleep(left);
    const ssize_t written = write(STDERR_FILENO, line, strlen(line));
    (void)written; /* there is no other way to say it */
    _exit(STATUS_FAILED);
}

void crash_guard_enter(const struct world *world, const char *path)
{
    /* A launcher takes up to three seconds to end the others; who waits for 30 is alone. */
    const int seconds_apart = 3, ranks_apart = 10;
    struct sigaction action = {.sa_handler = leave_with_line};
    turn = (unsigned)(seconds_apart * (world->rank < ranks_apart ? world->rank : ranks_apart));
    struct error error;
    error_set(&error, STATUS_FAILED, "%s: is damaged: the HDF5 library crashed on it", path);
    snprintf(line, sizeof line, "dtrain: %s\n", error.text);
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < SIGNALS; ++i)
        sigaction(numbers[i], &action, &before[i]);
}

void crash_guard_leave(void)
{
    for (int i = 0; i < SIGNALS; ++i)
        sigaction(numbers[i], &before[i], NULL);
}
