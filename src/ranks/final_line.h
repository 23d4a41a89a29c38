/* SPDX-License-Identifier: MIT
 *
 * The last line of a job that ends without an agreement. A rank that crashes, or that others wait
 * for in vain, cannot ask them; so the ranks of a node share a flag, and the first to set it
 * prints. */
#ifndef DTRAIN_FINAL_LINE_H
#define DTRAIN_FINAL_LINE_H

#include "common/error.h"
#include "world.h"

/* Collective. Without it every rank prints. */
void final_line_prepare(const struct world *world);

/* Collective, before world_close. */
void final_line_release(void);

/* Ends the process with that status, and the launcher then the job. The line, which ends with a
 * newline, goes to standard error once a node; from other nodes than that of rank 0 only if that
 * one does not end the job within seconds. May be called from a signal handler. */
_Noreturn void final_line_exit(const char *line, enum status status);

#endif
