/* SPDX-License-Identifier: MIT
 *
 * What is known of an evaluation, beside its values. Pure. */
#ifndef DTRAIN_RESULT_H
#define DTRAIN_RESULT_H

#include "core/differences/outcome_records.h"
#include "evaluator.h"

struct result {
    enum outcome outcome;
    enum outcome hit; /* by what the machine has hit it, whatever its outcome; OUTCOME_NONE: not */
    int attempts;     /* how often it was tried */
    int rank;         /* by which rank; -1: it is on record, in a journal or in failures.jsonl */
    float seconds;    /* NaN: that is not known */
};

/* What a word holds: 8 bits of attempts, and 18 of a rank. */
enum { RESULT_ATTEMPTS_MAX = 255, RESULT_RANK_MAX = (1 << 18) - 1 };

/* The result as a word for other ranks, and back. Of an evaluation without a result the word is 0.
 * A rank of -1 cannot be told. */
int64_t result_to_word(const struct result *result);
struct result result_from_word(int64_t word);

/* The result of an evaluation that has been carried out now. What the run has on record of it
 * (NULL: nothing) goes on the new record, too, if it has ended now as it did then. In a run that is
 * repeated (`repeats`) a hit that is not on record must not come on it: only the evaluation is
 * compared. */
struct result result_make(const struct attempts *attempts, const struct outcome_record *record,
                          bool repeats);

/* The result of one that was lost, and is not carried out again. */
struct result result_recorded(const struct outcome_record *record);

#endif
