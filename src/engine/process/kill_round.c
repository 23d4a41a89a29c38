/* SPDX-License-Identifier: MIT */
#include "kill_round.h"

#include <time.h>

/* A process that has been killed is gone within about a millisecond. One that is still there after
 * a thousand rounds is stuck in the kernel or another user's; it is not worth a busy core. */
enum { BRISK_ROUNDS = 1000, BRISK_PAUSE_MS = 1, SLOW_PAUSE_MS = 100 };

void kill_round_wait(int round)
{
    const long pause_ms = round < BRISK_ROUNDS ? BRISK_PAUSE_MS : SLOW_PAUSE_MS;
    nanosleep(&(struct timespec){0, pause_ms * 1000000}, NULL);
}
