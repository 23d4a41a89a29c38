/* SPDX-License-Identifier: MIT
 *
 * Under mpirun: what ranks send each other arrives whole, in order and everywhere, even if it is
 * longer than one message. A rank makes all checks, or the others would wait for it. */
#include "ranks/collective.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than the 16 MiB of one message, and no multiple of a smaller size. */
enum { LONG = (1 << 24) + 13 };

/* The test is linked with --wrap=malloc. */
static bool memory_is_gone;
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
    return memory_is_gone ? NULL : __real_malloc(size);
}

static bool sums_are_right(const struct world *world, size_t count)
{
    const int64_t ranks = world->size, ranks_sum = ranks * (ranks - 1) / 2;
    int64_t *values = malloc((count + 1) * sizeof *values);
    bool right = true;
    for (size_t i = 0; i <= count; ++i)
        values[i] = (int64_t)i * world->rank - 7;
    collective_sum(world, values, count);
    for (size_t i = 0; i < count; ++i)
        right = right && values[i] == (int64_t)i * ranks_sum - 7 * ranks;
    /* The number behind them is not touched. */
    right = right && values[count] == (int64_t)count * world->rank - 7;
    free(values);
    return right;
}

/* Bits that a sum of doubles would lose, and an ordinary number: 0 - 0 is 0, a NaN becomes quiet,
 * and the smallest number is 0 where subnormal numbers are turned off. */
static uint64_t bits_of(size_t i)
{
    static const uint64_t bits[] = {0x8000000000000000u,
                                    0x7ff0000000000123u,
                                    0xfff8000000abcdefu,
                                    0x7ff0000000000000u,
                                    1u,
                                    0x3fd5555555555555u,
                                    0};
    return bits[i % (sizeof bits / sizeof *bits)];
}

/* Each number is set on another rank. */
static bool numbers_are_united(const struct world *world, size_t count)
{
    double *values = calloc(count + 1, sizeof *values);
    bool right = true;
    for (size_t i = 0; i <= count; ++i) {
        const uint64_t bits = bits_of(i);
        if (i / 3 % (size_t)world->size == (size_t)world->rank)
            memcpy(values + i, &bits, sizeof bits);
    }
    const double behind = values[count];
    collective_unite(world, values, count);
    for (size_t i = 0; i < count; ++i) {
        const uint64_t bits = bits_of(i);
        right = right && memcmp(values + i, &bits, sizeof bits) == 0;
    }
    right = right && memcmp(values + count, &behind, sizeof behind) == 0;
    free(values);
    return right;
}

static bool hashes_wrap_around(const struct world *world)
{
    const uint64_t size = (uint64_t)world->size;
    return collective_sum_hash(world, UINT64_MAX) == 0 - size;
}

/* The largest value is found on any rank, also among negative ones. */
static bool largest_is_right(const struct world *world)
{
    bool right = true;
    for (int rank = 0; rank < world->size; ++rank)
        right = collective_largest(world, world->rank == rank ? -3 : -100) == -3 && right;
    return right;
}

static bool spread_is_right(const struct world *world)
{
    const struct collective_spread spread = collective_spread(world, world->rank);
    return spread.minimum == 0 && spread.maximum == world->size - 1 &&
           spread.mean == (world->size - 1) / 2.0;
}

static unsigned char byte_at(size_t i)
{
    return (unsigned char)(i * 2654435761u >> 16);
}

static bool broadcast_is_right(const struct world *world, size_t bytes)
{
    unsigned char *data = calloc(bytes + 1, 1);
    bool right = true;
    for (size_t i = 0; i < bytes && world->rank == 0; ++i)
        data[i] = byte_at(i);
    collective_broadcast(world, data, bytes);
    for (size_t i = 0; i < bytes; ++i)
        right = right && data[i] == byte_at(i);
    right = right && data[bytes] == 0;
    free(data);
    return right;
}

/* Only those ranks whose value differs from that of rank 0 get `false`. */
static bool comparison_is_right(const struct world *world)
{
    const uint64_t large = UINT64_C(1) << 63;
    bool right = collective_equals_first(world, large);
    for (int odd = 1; odd < world->size; ++odd) {
        const bool is_odd = world->rank == odd;
        right = collective_equals_first(world, large + is_odd) == !is_odd && right;
    }
    return right;
}

struct record {
    int rank;
    char text[12];
};

static bool gather_is_right(const struct world *world)
{
    struct record own = {.rank = world->rank};
    struct error error;
    void *gathered;
    snprintf(own.text, sizeof own.text, "rank %d", world->rank % 1000);
    if (collective_gather(world, &own, sizeof own, &gathered, &error))
        return false;
    const struct record *records = gathered;
    bool right = (records != NULL) == (world->rank == 0);
    for (int rank = 0; rank < world->size && records; ++rank) {
        snprintf(own.text, sizeof own.text, "rank %d", rank % 1000);
        right = right && records[rank].rank == rank && strcmp(records[rank].text, own.text) == 0;
    }
    free(gathered);
    return right;
}

/* Only rank 0 needs memory; if it gets none, all ranks return that. */
static bool gather_fails_on_all(const struct world *world)
{
    struct error error = {STATUS_DONE, ""};
    void *gathered = &error;
    memory_is_gone = world->rank == 0;
    const enum status status = collective_gather(world, &error, 1, &gathered, &error);
    memory_is_gone = false;
    return status == STATUS_FAILED && !gathered && strstr(error.text, "not enough memory");
}

int main(int argc, char **argv)
{
    struct world world = world_open(&argc, &argv);
    int wrong = !sums_are_right(&world, 0) + !sums_are_right(&world, 1) +
                !sums_are_right(&world, LONG / sizeof(int64_t)) + !numbers_are_united(&world, 0) +
                !numbers_are_united(&world, 100) +
                !numbers_are_united(&world, LONG / sizeof(double)) + !hashes_wrap_around(&world) +
                !largest_is_right(&world) + !spread_is_right(&world) +
                !broadcast_is_right(&world, 0) + !broadcast_is_right(&world, 1000) +
                !broadcast_is_right(&world, LONG) + !comparison_is_right(&world) +
                !gather_is_right(&world) + !gather_fails_on_all(&world);
    MPI_Allreduce(MPI_IN_PLACE, &wrong, 1, MPI_INT, MPI_SUM, world.comm);
    if (world.rank == 0)
        printf("%d checks went wrong\n", wrong);
    world_close(&world);
    return wrong > 0;
}
