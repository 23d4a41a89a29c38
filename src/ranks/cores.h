/* SPDX-License-Identifier: MIT
 *
 * On how many cores the ranks of a node run. */
#ifndef DTRAIN_CORES_H
#define DTRAIN_CORES_H

#include <mpi.h>

/* Collective over `node`, whose ranks share a host. The number of cores on which any of them may
 * run, whether they are bound to cores or not. */
int cores_of_node(MPI_Comm node);

#endif
