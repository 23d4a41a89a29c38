/* SPDX-License-Identifier: MIT
 *
 * What the environment says about whoever started this process. srun, mpiexec and their like tell
 * each of the processes that they start its rank, and how many there are. Needs no MPI. Not
 * collective. */
#ifndef DTRAIN_LAUNCHER_H
#define DTRAIN_LAUNCHER_H

#include "common/error.h"

#include <stdbool.h>

/* Whether this process prints for all if MPI does not say: it is its launcher's first process, or
 * has no launcher. */
bool launcher_is_first(void);

/* The number of processes that Open MPI's mpirun started on this node; 0 with other launchers. */
int launcher_ranks_of_node(void);

/* Whether this process is the first of these. */
bool launcher_is_first_of_node(void);

/* Checks that a process for which MPI has one rank is alone. If a launcher that MPI does not
 * understand started several, each would do all the work again: STATUS_USAGE, with a line that says
 * how to start them. */
enum status launcher_check_alone(struct error *error);

#endif
