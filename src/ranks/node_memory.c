/* SPDX-License-Identifier: MIT */
#include "node_memory.h"

#include "beat.h"
#include "collective.h"

#include <stdlib.h>
#include <string.h>

static void share(struct node_memory *memory)
{
    const size_t bytes = memory->count * sizeof *memory->numbers;
    memory->numbers = world_share_memory(&memory->world->node, bytes, &memory->window);
    if (memory->keeps)
        memset(memory->numbers, 0, bytes);
    MPI_Win_lock_all(MPI_MODE_NOCHECK, memory->window);
}

enum status node_memory_create(struct node_memory *memory, const struct world *world, bool shared,
                               size_t count, const char *what, struct error *error)
{
    *memory = (struct node_memory){.count = count,
                                   .world = world,
                                   .shared = shared,
                                   .keeps = !shared || world->node.rank == 0};
    if (shared)
        share(memory);
    else
        memory->numbers = calloc(count, sizeof *memory->numbers);
    if (world_agree_memory(world, memory->numbers, NULL, what, error)) {
        free(memory->numbers);
        *memory = (struct node_memory){0};
        return error->status;
    }
    MPI_Comm_split(world->comm, memory->keeps ? 0 : MPI_UNDEFINED, world->rank,
                   &memory->keepers.comm);
    node_memory_publish(memory);
    return STATUS_DONE;
}

void node_memory_destroy(struct node_memory *memory)
{
    if (!memory->numbers)
        return;
    if (memory->keeps)
        MPI_Comm_free(&memory->keepers.comm);
    if (memory->shared) {
        MPI_Win_unlock_all(memory->window);
        MPI_Win_free(&memory->window);
    } else {
        free(memory->numbers);
    }
    *memory = (struct node_memory){0};
}

void node_memory_publish(struct node_memory *memory)
{
    if (!memory->shared)
        return;
    beat_wait_begin();
    MPI_Win_sync(memory->window);
    MPI_Barrier(memory->world->node.comm);
    MPI_Win_sync(memory->window);
    beat_wait_end();
}

void node_memory_spread(struct node_memory *memory)
{
    if (memory->keeps)
        collective_broadcast(&memory->keepers, memory->numbers,
                             memory->count * sizeof *memory->numbers);
    node_memory_publish(memory);
}
