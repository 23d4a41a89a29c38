/* SPDX-License-Identifier: MIT
 *
 * What a run has on record of its evaluations: those that were lost, and those that the clock or
 * the machine has hit. Pure. */
#ifndef DTRAIN_OUTCOME_RECORDS_H
#define DTRAIN_OUTCOME_RECORDS_H

#include "outcome.h"

#include <stddef.h>
#include <stdint.h>

struct outcome_record {
    int64_t iteration;
    int64_t number;     /* in the iteration's table */
    enum outcome cause; /* why it was lost, or what hit it before it was done */
    int attempts;       /* how often it was tried */
    bool is_lost;
};

/* In rising order of iterations, and of numbers within one. All zeros: none. */
struct outcome_records {
    struct outcome_record *list; /* (count) */
    size_t count;
};

/* That of an evaluation; NULL if there is none. */
const struct outcome_record *outcome_records_find(const struct outcome_records *records,
                                                  int64_t iteration, int64_t number);

/* Where those of an iteration begin in the list, or would: its first, or the first of a later one.
 */
size_t outcome_records_begin(const struct outcome_records *records, int64_t iteration);

/* Whether it was lost, and not by the model's doing: such a loss is a fact of the run, as another
 * try might end otherwise. */
static inline bool outcome_record_is_fact(const struct outcome_record *record)
{
    return record->is_lost && !outcome_repeats(record->cause);
}

/* Whether `a` comes before `b` in the list. */
static inline bool outcome_record_precedes(const struct outcome_record *a,
                                           const struct outcome_record *b)
{
    return a->iteration != b->iteration ? a->iteration < b->iteration : a->number < b->number;
}

#endif
