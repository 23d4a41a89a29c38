/* SPDX-License-Identifier: MIT
 *
 * A rank's heartbeat, which the watchdog reads: how far the rank has come, its phase, and whether
 * it waits for other ranks. The functions in which ranks wait for each other (world.h,
 * collective.h, allreduce.h, replicas.h) mark that themselves; a run only says which phase begins.
 */
#ifndef DTRAIN_BEAT_H
#define DTRAIN_BEAT_H

#include "common/phase.h"

#include <stdatomic.h>

/* Only its own rank writes it. `count` is written before the phase or `waiting`: a reader that sees
 * one of these change, and reads `count` afterwards, gets the new count. */
struct beat {
    atomic_long count; /* beats: phases begun, and waits begun and ended */
    atomic_int phase;
    atomic_bool waiting;
};

/* Not collective, and cheap. Begins a phase. All ranks begin the same phases in the same order. */
void beat_enter(enum phase phase);

/* Not collective, and cheap. Between these two calls, which do not nest, this rank may wait for
 * others. */
void beat_wait_begin(void);
void beat_wait_end(void);

/* Not collective. Keeps this rank's beat in *beat, which the caller has initialised, from now on;
 * NULL stands for a private one. */
void beat_keep_in(struct beat *beat);

#endif
