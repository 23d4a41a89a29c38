/* SPDX-License-Identifier: MIT
 *
 * The HDF5 library crashes on some damaged files, in its own code. While a guarded file is read, a
 * crash ends the process with STATUS_FAILED and a line that names the file, and the launcher ends
 * the job; without, a user would see a trace of addresses. */
#ifndef DTRAIN_CRASH_GUARD_H
#define DTRAIN_CRASH_GUARD_H

#include "dtrain/world.h"

/* Not collective. From here to crash_guard_leave, `path` is read. Guards do not nest. */
void crash_guard_enter(const struct world *world, const char *path);
void crash_guard_leave(void);

#endif
