/* SPDX-License-Identifier: MIT
 *
 * Several ranks in one process, without MPI: each of them goes through a course in turn. Linked
 * with --wrap (CMakeLists.txt), the functions in which ranks wait for each other then return what
 * they would among real ranks. */
#ifndef DTRAIN_RANKS_IN_TURN_H
#define DTRAIN_RANKS_IN_TURN_H

#include "ranks/world.h"

enum { RANKS_MAX = 8 };

/* Each rank calls course(world, context). That is repeated from the beginning, once for each
 * collective call, until all calls have their answers: so a course must begin from the same state
 * every time, and what it leaves in *context counts from the last time. The test fails where the
 * ranks do not make the same collective calls. */
void ranks_in_turn(int ranks, void (*course)(const struct world *world, void *context),
                   void *context);

#endif
