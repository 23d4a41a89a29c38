/* SPDX-License-Identifier: MIT
 *
 * The ranks of a job: who this one is, and how all come to the same answer after a step that can
 * fail on one of them. MPI's own errors are fatal: they end the job. */
#ifndef DTRAIN_WORLD_H
#define DTRAIN_WORLD_H

#include "common/error.h"

#include <mpi.h>

struct world {
    MPI_Comm comm;
    int rank, size;
};

/* The ranks of MPI_COMM_WORLD. Call after MPI_Init. */
struct world world_of_all(void);

/* Collective. `local` is this rank's status of the step before, and *error its line. All ranks
 * return STATUS_DONE where all are done; otherwise all return the status of the lowest rank that
 * is not and get its line, which names that rank and host where others differ from it. */
enum status world_agree(const struct world *world, enum status local, struct error *error);

/* Prints "dtrain: LINE" on standard error, on rank 0. */
void world_report(const struct world *world, const struct error *error);

/* Collective: a value's smallest, mean and largest over the ranks. */
struct world_spread {
    double minimum, mean, maximum;
};
struct world_spread world_spread(const struct world *world, double value);

#endif
