/* SPDX-License-Identifier: MIT
 *
 * On how many cores the ranks of a node run. */
#ifndef DTRAIN_CORES_H
#define DTRAIN_CORES_H

#include <mpi.h>

/* Collective over `node`, whose ranks share a host. The number of cores on which any of them may
 * run, whether they are bound to cores or not. */
int cores_of_node(MPI_Comm node);

/* Not collective. The number of cores on which this process, and what it starts, may run; and of
 * those that its host has. */
int cores_of_process(void);
int cores_of_host(void);

#endif
