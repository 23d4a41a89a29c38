/* SPDX-License-Identifier: MIT
 *
 * Code that is not dtrain's may crash, or call exit() in the middle of a run: the HDF5 library on
 * some damaged files, and the user's model. While such code runs, that ends the process with
 * STATUS_FAILED and one line that says what ran; without, a user would see a trace of addresses,
 * or nothing at all. Crashes of dtrain itself stay what they are. */
#ifndef DTRAIN_CRASH_GUARD_H
#define DTRAIN_CRASH_GUARD_H

#include "common/model_call.h"
#include "ranks/world.h"

/* Not collective; after world_open: MPI has handlers of its own. Guards until the process ends. */
void crash_guard_start(void);

/* Not collective. From here to crash_guard_leave HDF5 reads the file `path`. These do not nest. */
void crash_guard_enter(const char *path);
void crash_guard_leave(void);

/* Not collective. Guards the functions of a model; *call notes which of them runs. */
void crash_guard_model(const struct world *world, const struct model_call *call);

#endif
