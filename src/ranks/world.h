/* SPDX-License-Identifier: MIT
 *
 * The ranks of a job: which one this is, which of them share its memory, and how all agree on the
 * outcome of a step that can fail on one of them. MPI's own errors are fatal: they end the job. */
#ifndef DTRAIN_WORLD_H
#define DTRAIN_WORLD_H

#include "common/error.h"

#include <mpi.h>
#include <stdbool.h>
#include <stddef.h>

/* The ranks that share this rank's memory. */
struct node {
    MPI_Comm comm;
    int rank, size;
    int cores; /* those on which any of them may run */
};

struct world {
    MPI_Comm comm;
    int rank, size;
    struct node node;
};

/* Collective. Starts MPI, which a process can do only once. End with world_close. */
struct world world_open(int *argc, char ***argv);

/* Collective. Ends MPI: no function of this folder may be called afterwards. */
void world_close(struct world *world);

/* Collective. `local` is the outcome of a step on this rank, with its line in *error. Returns
 * STATUS_DONE if it is that of all ranks. Otherwise all ranks return the status of the lowest rank
 * that failed, and get its line; that rank and its host are named in it if not all have failed. */
enum status world_agree(const struct world *world, enum status local, struct error *error);

/* Collective. The same for a step that fails only where memory is short: whether this rank `has`
 * its memory, and the line of error_memory if not. */
enum status world_agree_memory(const struct world *world, bool has, const char *object,
                               const char *what, struct error *error);

/* Collective over the node. Returns memory that its ranks share, in that of its first rank. Free
 * with MPI_Win_free. */
void *world_share_memory(const struct node *node, size_t bytes, MPI_Win *window);

/* Not collective. Rank 0 prints "dtrain: LINE" on standard error. */
void world_report(const struct world *world, const struct error *error);

enum { WORLD_HOST_SIZE = MPI_MAX_PROCESSOR_NAME, WORLD_MPI_SIZE = MPI_MAX_LIBRARY_VERSION_STRING };

/* Not collective. The name of this rank's host; the rest of the array is zero. */
void world_host_name(char name[WORLD_HOST_SIZE]);

/* Not collective. The name and version of the MPI library. */
void world_mpi_version(char text[WORLD_MPI_SIZE]);

#endif
