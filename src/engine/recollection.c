/* SPDX-License-Identifier: MIT */
#include "recollection.h"

#include "ranks/collective.h"

#include <stdlib.h>
#include <string.h>

static void append(void *context, const struct journal_record *record, const double *values)
{
    struct recollection *recollection = context;
    if (recollection->count == recollection->room) {
        const size_t room = 2 * recollection->room + 64;
        char *bytes = realloc(recollection->bytes, room * recollection->size);
        if (!bytes) {
            recollection->is_short = true;
            return;
        }
        recollection->bytes = bytes;
        recollection->room = room;
    }
    char *const at = recollection->bytes + recollection->count++ * recollection->size;
    memcpy(at, record, sizeof *record);
    memcpy(at + sizeof *record, values, recollection->size - sizeof *record);
}

enum status recollection_take(struct recollection *recollection, const struct world *world,
                              struct journal_past *past, int64_t iteration, uint64_t theta_hash,
                              int width, struct error *error)
{
    *recollection = (struct recollection){.size = sizeof(struct journal_record) +
                                                  (size_t)width * sizeof(double)};
    if (world->rank == 0)
        journal_past_take(past, iteration, theta_hash, append, recollection);
    collective_broadcast(world, &recollection->count, sizeof recollection->count);
    const size_t bytes = recollection->count * recollection->size;
    if (world->rank != 0)
        recollection->bytes = malloc(bytes + 1);
    const bool has = !recollection->is_short && (recollection->bytes || recollection->count == 0);
    if (world_agree_memory(world, has, NULL, "the records of the journal", error))
        return error->status;
    collective_broadcast(world, recollection->bytes, bytes);
    return STATUS_DONE;
}

void recollection_free(struct recollection *recollection)
{
    free(recollection->bytes);
    *recollection = (struct recollection){0};
}

const void *recollection_record(const struct recollection *recollection, size_t i,
                                struct journal_record *record)
{
    const char *const at = recollection->bytes + i * recollection->size;
    memcpy(record, at, sizeof *record);
    return at + sizeof *record;
}
