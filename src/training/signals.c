/* SPDX-License-Identifier: MIT */
#include "signals.h"

#include "common/error.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum meaning { REQUEST_TO_STOP, FAILED_WRITE };

/* Who sends them: a scheduler or `kill`; Ctrl-C; a scheduler, some time before its limit (both
 * SIGUSR); a terminal that is closed; a limit on processor time (ulimit -t). And for writes: a pipe
 * without a reader; a limit on the size of files (ulimit -f). */
static struct {
    int number;
    enum meaning meaning;
    bool caught;
    struct sigaction before; /* what it meant before it was caught */
} signals[] = {
    {.number = SIGTERM, .meaning = REQUEST_TO_STOP},
    {.number = SIGINT, .meaning = REQUEST_TO_STOP},
    {.number = SIGUSR1, .meaning = REQUEST_TO_STOP},
    {.number = SIGUSR2, .meaning = REQUEST_TO_STOP},
    {.number = SIGHUP, .meaning = REQUEST_TO_STOP},
    {.number = SIGXCPU, .meaning = REQUEST_TO_STOP},
    {.number = SIGPIPE, .meaning = FAILED_WRITE},
    {.number = SIGXFSZ, .meaning = FAILED_WRITE},
};
enum { SIGNALS = sizeof signals / sizeof *signals };

static volatile sig_atomic_t received, interrupts;
static const char *answer; /* to the first SIGINT; "": none */

static void note(int number)
{
    received = number;
    if (number != SIGINT)
        return;
    if (interrupts > 0)
        _exit(STATUS_INTERRUPTED);
    interrupts = 1;
    const ssize_t written = write(STDERR_FILENO, answer, strlen(answer));
    (void)written; /* stopping matters more */
}

/* A handler, and not SIG_IGN, which a program that a model starts would inherit. */
static void do_nothing(int number)
{
    (void)number;
}

static void catch_all(enum meaning meaning, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < SIGNALS; ++i) {
        if (signals[i].meaning != meaning || signals[i].caught)
            continue;
        sigaction(signals[i].number, NULL, &signals[i].before);
        if (signals[i].before.sa_handler != SIG_IGN)
            signals[i].caught = sigaction(signals[i].number, &action, NULL) == 0;
    }
}

void signals_let_writes_fail(void)
{
    catch_all(FAILED_WRITE, do_nothing);
}

void signals_catch(bool speaks)
{
    /* On a terminal the cursor may be at the end of a progress bar, or after "^C". */
    const char *const line = "\ndtrain: stopping in order; Ctrl-C again ends at once\n";
    answer = !speaks ? "" : isatty(STDERR_FILENO) ? line : line + 1;
    catch_all(REQUEST_TO_STOP, note);
}

void signals_restore(void)
{
    for (size_t i = 0; i < SIGNALS; ++i) {
        if (signals[i].caught)
            sigaction(signals[i].number, &signals[i].before, NULL);
        signals[i].caught = false;
    }
}

int signals_received(void)
{
    return received;
}

bool signals_ask_to_stop(void)
{
    return received != 0;
}
