/* SPDX-License-Identifier: MIT
 *
 * The last line of a job whose ranks can no longer agree on it, as after a crash or a stall. The
 * ranks of a node share a flag, and the first to set it prints. */
#ifndef DTRAIN_FINAL_LINE_H
#define DTRAIN_FINAL_LINE_H

#include "common/error.h"
#include "world.h"

/* Collective. Shares the flag; without it, every rank would print. */
void final_line_prepare(const struct world *world);

/* Collective. Frees the flag; call it before world_close. */
void final_line_release(void);

/* Ends the process with that status, whereupon the launcher ends the job. The line, which ends with
 * a newline, is printed on standard error once per node; nodes other than that of rank 0 print it
 * only if the job has not ended within seconds. May be called from a signal handler. */
_Noreturn void final_line_exit(const char *line, enum status status);

#endif
