/* SPDX-License-Identifier: MIT
 *
 * A rank's sign of life: how far it has come, its phase, and whether it waits for other ranks. What
 * ranks do together (world.h, collective.h, allreduce.h, replicas.h) marks the waiting itself; a
 * run only says which phase begins. The watchdog reads it. */
#ifndef DTRAIN_BEAT_H
#define DTRAIN_BEAT_H

#include "common/phase.h"

#include <stdatomic.h>

/* Written by its rank alone. The count grows before what it counts is written: whoever reads a new
 * phase or waiting, and then the count, reads the new count. */
struct beat {
    atomic_long count; /* phases begun, waits begun and ended */
    atomic_int phase;
    atomic_bool waiting;
};

/* Not collective, and cheap. All ranks begin the same phases in the same order. */
void beat_enter(enum phase phase);

/* Not collective, and cheap. Between the two this rank may wait for others. They do not nest. */
void beat_wait_begin(void);
void beat_wait_end(void);

/* From here on this rank's beat is *beat, which the caller has set up, or with NULL a private one.
 */
void beat_keep_in(struct beat *beat);

#endif
