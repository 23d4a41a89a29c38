/* SPDX-License-Identifier: MIT */
#include "ranks_in_turn.h"

#include "ranks/collective.h"
#include "testing.h"

#include <stdbool.h>
#include <string.h>

enum { CALLS_MAX = 32, NUMBERS_MAX = 64 };

enum function { AGREE, SUM, LARGEST, SPREAD, BROADCAST };

/* One collective call: what the ranks have given so far and, once all have, the answer to each. */
struct call {
    enum function function;
    int given; /* ranks */
    size_t count;
    int64_t sums[NUMBERS_MAX]; /* or the bytes of rank 0 */
    int largest;
    struct collective_spread spread; /* its mean is a sum at first */
    struct error error;              /* that of the lowest rank that failed */
};

static struct call calls[CALLS_MAX];
static int answered; /* the calls before have their answers */
static int next;     /* the call that the rank at work makes next */

/* The names that the linker gives to these functions (--wrap). */
enum status __wrap_world_agree(const struct world *world, enum status local, struct error *error);
enum status __wrap_world_agree_memory(const struct world *world, bool has, const char *object,
                                      const char *what, struct error *error);
void __wrap_collective_sum(const struct world *world, int64_t *values, size_t count);
void __wrap_collective_unite(const struct world *world, double *values, size_t count);
void __wrap_collective_broadcast(const struct world *world, void *data, size_t bytes);
int __wrap_collective_largest(const struct world *world, int value);
struct collective_spread __wrap_collective_spread(const struct world *world, double value);

/* Begins a call. *gives: whether the rank gives its value, as the call has no answer yet. */
static struct call *begin_call(enum function function, bool *gives)
{
    assert_true(next < CALLS_MAX);
    struct call *call = &calls[next];
    *gives = next++ >= answered;
    if (call->given == 0)
        call->function = function;
    assert_int_equal(call->function, function);
    call->given += *gives;
    return call;
}

enum status __wrap_world_agree(const struct world *world, enum status local, struct error *error)
{
    bool gives;
    struct call *call = begin_call(AGREE, &gives);
    (void)world;
    if (gives && local != STATUS_DONE && call->error.status == STATUS_DONE)
        call->error = *error;
    if (call->error.status != STATUS_DONE)
        *error = call->error;
    return call->error.status;
}

enum status __wrap_world_agree_memory(const struct world *world, bool has, const char *object,
                                      const char *what, struct error *error)
{
    return __wrap_world_agree(world, has ? STATUS_DONE : error_memory(error, object, what), error);
}

void __wrap_collective_sum(const struct world *world, int64_t *values, size_t count)
{
    bool gives;
    struct call *call = begin_call(SUM, &gives);
    (void)world;
    assert_true(count <= NUMBERS_MAX);
    if (call->given == gives)
        call->count = count;
    assert_int_equal(call->count, count);
    /* Modulo 2^64, as ranks may give wrong numbers until they know what the others have given. */
    for (size_t i = 0; gives && i < count; ++i)
        call->sums[i] = (int64_t)((uint64_t)call->sums[i] + (uint64_t)values[i]);
    for (size_t i = 0; !gives && i < count; ++i)
        values[i] = call->sums[i];
}

/* Where all ranks but one give 0, the sum of the bits is the number. */
void __wrap_collective_unite(const struct world *world, double *values, size_t count)
{
    int64_t bits[NUMBERS_MAX];
    assert_true(count <= NUMBERS_MAX);
    memcpy(bits, values, count * sizeof *bits);
    __wrap_collective_sum(world, bits, count);
    memcpy(values, bits, count * sizeof *bits);
}

void __wrap_collective_broadcast(const struct world *world, void *data, size_t bytes)
{
    bool gives;
    struct call *call = begin_call(BROADCAST, &gives);
    assert_true(bytes <= sizeof call->sums);
    if (call->given == gives)
        call->count = bytes;
    assert_int_equal(call->count, bytes);
    if (gives && world->rank == 0)
        memcpy(call->sums, data, bytes);
    if (!gives)
        memcpy(data, call->sums, bytes);
}

int __wrap_collective_largest(const struct world *world, int value)
{
    bool gives;
    struct call *call = begin_call(LARGEST, &gives);
    (void)world;
    if (gives && (call->given == 1 || value > call->largest))
        call->largest = value;
    return call->largest;
}

struct collective_spread __wrap_collective_spread(const struct world *world, double value)
{
    bool gives;
    struct call *call = begin_call(SPREAD, &gives);
    struct collective_spread *spread = &call->spread;
    if (gives && call->given == 1)
        *spread = (struct collective_spread){value, 0, value};
    if (gives) {
        spread->minimum = fmin(spread->minimum, value);
        spread->mean += value;
        spread->maximum = fmax(spread->maximum, value);
    }
    return (struct collective_spread){spread->minimum, spread->mean / world->size, spread->maximum};
}

void ranks_in_turn(int ranks, void (*course)(const struct world *world, void *context),
                   void *context)
{
    int made = -1;
    assert_true(ranks <= RANKS_MAX);
    memset(calls, 0, sizeof calls);
    for (answered = 0; made < 0 || answered <= made; ++answered) {
        /* What comes behind the first call without an answer was given with a wrong one. */
        memset(calls + answered, 0, (CALLS_MAX - (size_t)answered) * sizeof *calls);
        for (int rank = 0; rank < ranks; ++rank) {
            const struct world world = {.rank = rank, .size = ranks};
            next = 0;
            course(&world, context);
            made = next;
        }
        assert_int_equal(calls[answered].given, answered < made ? ranks : 0);
    }
}
