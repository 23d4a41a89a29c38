/* SPDX-License-Identifier: MIT */
#include "signals.h"

#include "common/error.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

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

void signals_catch(bool speaks)
{
    const int numbers[] = {SIGTERM, SIGINT, SIGUSR1, SIGUSR2};
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    /* On a terminal the cursor may stand behind a progress bar, and after "^C". */
    const char *const line = "\ndtrain: stopping, with a checkpoint; Ctrl-C again ends at once\n";
    answer = !speaks ? "" : isatty(STDERR_FILENO) ? line : line + 1;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; ++i)
        sigaction(numbers[i], &action, NULL);
}

int signals_received(void)
{
    return received;
}

bool signals_ask_to_stop(void)
{
    return received != 0;
}
