/* SPDX-License-Identifier: MIT
 *
 * What dtrain-guard (guard.c) and the rank that has started it say to each other, through a pair of
 * sockets. The rank shuts its end down to have everything killed; the guard closes its own by
 * ending, when nothing is left. */
#ifndef DTRAIN_GUARD_H
#define DTRAIN_GUARD_H

#include <stdint.h>

/* The guard's descriptors, as it is started: /dev/null and the program's standard output and error,
 * then these. */
enum { GUARD_REQUESTS = 3, GUARD_ANSWERS = 4, GUARD_RANK = 5 };

/* What the guard sends, once, if the program ends by itself or cannot be started. */
struct guard_report {
    int32_t cannot_start; /* 0 or 1 */
    int32_t number;       /* the status of waitpid; an errno if it cannot be started */
};

#endif
