/* SPDX-License-Identifier: MIT
 *
 * What the journals of earlier starts hold of an iteration, in the memory of all ranks. */
#ifndef DTRAIN_RECOLLECTION_H
#define DTRAIN_RECOLLECTION_H

#include "journal.h"
#include "ranks/world.h"

struct recollection {
    size_t size;  /* bytes of a record with its values */
    size_t count; /* of records; an evaluation may have several */
    size_t room;
    char *bytes;
    bool is_short; /* whether memory is */
};

/* Collective. Takes the records of an iteration at a theta, which rank 0 has in *past, to all
 * ranks. All ranks return the same: a failure where memory is short. Free with recollection_free,
 * after a failure too. */
enum status recollection_take(struct recollection *recollection, const struct world *world,
                              struct journal_past *past, int64_t iteration, uint64_t theta_hash,
                              int width, struct error *error);
void recollection_free(struct recollection *recollection);

/* Copies record i, and returns where its values (width) are: bytes of doubles. */
const void *recollection_record(const struct recollection *recollection, size_t i,
                                struct journal_record *record);

#endif
