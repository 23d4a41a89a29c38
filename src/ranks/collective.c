/* SPDX-License-Identifier: MIT */
#include "collective.h"

#include "beat.h"

#include <stdlib.h>

/* MPI counts in int, so a long array is sent in pieces. */
enum { PIECE_BYTES = 1 << 24, PIECE_NUMBERS = PIECE_BYTES / sizeof(int64_t) };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

void collective_sum(const struct world *world, int64_t *values, size_t count)
{
    beat_wait_begin();
    for (size_t begin = 0; begin < count; begin += PIECE_NUMBERS)
        MPI_Allreduce(MPI_IN_PLACE, values + begin, (int)smaller(count - begin, PIECE_NUMBERS),
                      MPI_INT64_T, MPI_SUM, world->comm);
    beat_wait_end();
}

/* The bits of a number are added to zeros, as a sum of doubles would change -0 and NaN. */
void collective_unite(const struct world *world, double *values, size_t count)
{
    beat_wait_begin();
    for (size_t begin = 0; begin < count; begin += PIECE_NUMBERS)
        MPI_Allreduce(MPI_IN_PLACE, values + begin, (int)smaller(count - begin, PIECE_NUMBERS),
                      MPI_INT64_T, MPI_SUM, world->comm);
    beat_wait_end();
}

uint64_t collective_sum_hash(const struct world *world, uint64_t value)
{
    beat_wait_begin();
    MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_UINT64_T, MPI_SUM, world->comm);
    beat_wait_end();
    return value;
}

int collective_largest(const struct world *world, int value)
{
    beat_wait_begin();
    MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_INT, MPI_MAX, world->comm);
    beat_wait_end();
    return value;
}

struct collective_spread collective_spread(const struct world *world, double value)
{
    struct collective_spread spread;
    beat_wait_begin();
    MPI_Allreduce(&value, &spread.minimum, 1, MPI_DOUBLE, MPI_MIN, world->comm);
    MPI_Allreduce(&value, &spread.mean, 1, MPI_DOUBLE, MPI_SUM, world->comm);
    MPI_Allreduce(&value, &spread.maximum, 1, MPI_DOUBLE, MPI_MAX, world->comm);
    beat_wait_end();
    spread.mean /= world->size;
    return spread;
}

void collective_broadcast(const struct world *world, void *data, size_t bytes)
{
    beat_wait_begin();
    for (size_t begin = 0; begin < bytes; begin += PIECE_BYTES)
        MPI_Bcast((char *)data + begin, (int)smaller(bytes - begin, PIECE_BYTES), MPI_BYTE, 0,
                  world->comm);
    beat_wait_end();
}

bool collective_equals_first(const struct world *world, uint64_t value)
{
    uint64_t first = value;
    collective_broadcast(world, &first, sizeof first);
    return value == first;
}

enum status collective_gather(const struct world *world, const void *record, size_t size,
                              void **records, struct error *error)
{
    *records = world->rank == 0 ? malloc((size_t)world->size * size) : NULL;
    if (world_agree_memory(world, *records || world->rank != 0, NULL, "the answers of all ranks",
                           error))
        return error->status;
    beat_wait_begin();
    MPI_Gather(record, (int)size, MPI_BYTE, *records, (int)size, MPI_BYTE, 0, world->comm);
    beat_wait_end();
    return STATUS_DONE;
}
