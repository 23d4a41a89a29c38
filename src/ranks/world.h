/* SPDX-License-Identifier: MIT
 *
 * The ranks of a job: who this one is, which of them share its memory, and how all come to the same
 * answer after a step that can fail on one of them. MPI's own errors are fatal: they end the job.
 */
#ifndef DTRAIN_WORLD_H
#define DTRAIN_WORLD_H

#include "common/error.h"

#include <mpi.h>

/* The ranks that share this rank's memory. */
struct node {
    MPI_Comm comm;
    int rank, size;
};

struct world {
    MPI_Comm comm;
    int rank, size;
    struct node node;
};

/* Collective. Starts MPI, once in a process. End with world_close. */
struct world world_open(int *argc, char ***argv);

/* Collective. Ends MPI: nothing else in this folder may be called afterwards. */
void world_close(struct world *world);

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

enum { WORLD_HOST_SIZE = MPI_MAX_PROCESSOR_NAME, WORLD_MPI_SIZE = MPI_MAX_LIBRARY_VERSION_STRING };

/* Not collective. The name of this rank's host, and behind it zeros only. */
void world_host_name(char name[WORLD_HOST_SIZE]);

/* Not collective. The name and version of the MPI library. */
void world_mpi_version(char text[WORLD_MPI_SIZE]);

#endif
