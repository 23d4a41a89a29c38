/* SPDX-License-Identifier: MIT
 *
 * The HDF5 library crashes on some damaged files, and a user's model may crash, or call exit() in
 * the middle of a run. If that happens while the guard is on, the process ends with STATUS_FAILED
 * and one line that says what was running, instead of a trace of addresses or no message at all.
 * Crashes of dtrain itself are not caught. Not collective. */
#ifndef DTRAIN_CRASH_GUARD_H
#define DTRAIN_CRASH_GUARD_H

#include "common/model_call.h"
#include "world.h"

/* Installs the handlers, for as long as the process lives. Call it after world_open: MPI installs
 * handlers of its own. */
void crash_guard_start(void);

/* Guards HDF5 while it reads the file `path`, until crash_guard_leave. Calls do not nest. */
void crash_guard_enter(const char *path);
void crash_guard_leave(void);

/* Guards the functions of a model; *call says which of them is running, and must live as long
 * as the process. */
void crash_guard_model(const struct world *world, const struct model_call *call);

#endif
