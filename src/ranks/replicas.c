/* SPDX-License-Identifier: MIT */
#include "replicas.h"

#include "beat.h"
#include "collective.h"
#include "common/xxh3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct replica {
    uint64_t hash;
    char host[WORLD_HOST_SIZE];
};

/* The most common hash of the replicas; in a tie, the one of the lowest rank. */
static uint64_t most_common_hash(const struct replica *replicas, int count)
{
    int most = 0;
    uint64_t common = 0;
    for (int i = 0; i < count; ++i) {
        int same = 0;
        for (int j = 0; j < count; ++j)
            same += replicas[j].hash == replicas[i].hash;
        if (same > most) {
            most = same;
            common = replicas[i].hash;
        }
    }
    return common;
}

/* Appends "rank 3 on node7, rank 5 on node8", as many as fit. */
static void name_outliers(const struct replica *replicas, int count, struct error *error)
{
    const uint64_t common = most_common_hash(replicas, count);
    const char *separator = " ";
    for (int rank = 0; rank < count; ++rank) {
        const size_t used = strlen(error->text);
        if (replicas[rank].hash == common)
            continue;
        snprintf(error->text + used, sizeof error->text - used, "%srank %d on %s", separator, rank,
                 replicas[rank].host);
        separator = ", ";
    }
}

static enum status report_outliers(const struct world *world, uint64_t hash, int64_t iteration,
                                   struct error *error)
{
    struct replica own = {.hash = hash};
    void *replicas;
    world_host_name(own.host);
    if (collective_gather(world, &own, sizeof own, &replicas, error))
        return error->status;
    if (world->rank == 0) {
        error_set(error, STATUS_REPLICAS_DIFFER,
                  "iteration %lld: not all ranks have the same parameters; suspect the memory, or "
                  "a change of the program or its libraries, of",
                  (long long)iteration);
        name_outliers(replicas, world->size, error);
        free(replicas);
    }
    collective_broadcast(world, error, sizeof *error);
    return error->status;
}

enum status replicas_compare(const struct world *world, const double *theta, size_t parameters,
                             int64_t iteration, struct error *error)
{
    const uint64_t hash = XXH3_64bits(theta, parameters * sizeof *theta);
    /* One reduction finds the smallest hash and, by its complement, the largest. */
    uint64_t extremes[2] = {hash, ~hash};
    beat_wait_begin();
    MPI_Allreduce(MPI_IN_PLACE, extremes, 2, MPI_UINT64_T, MPI_MIN, world->comm);
    beat_wait_end();
    if (extremes[0] == ~extremes[1])
        return STATUS_DONE;
    return report_outliers(world, hash, iteration, error);
}
