/* SPDX-License-Identifier: MIT
 *
 * Carries out the evaluations of an iteration's table: the ranks of a node take them one at a time
 * from a list, each is written to the journal as it ends, and then every rank has all results. What
 * earlier starts of the run have left in their journals is not evaluated again.
 *
 * A result is a function of theta, row, seed and attempts; which rank has computed it, and when,
 * shows in nothing but the time. */
#ifndef DTRAIN_EVALUATIONS_H
#define DTRAIN_EVALUATIONS_H

#include "batch.h"
#include "core/differences/plan.h"
#include "core/differences/random_numbers.h"
#include "core/differences/table.h"
#include "evaluator.h"
#include "journal.h"
#include "ranks/node_list.h"
#include "ranks/queue.h"
#include "result.h"

/* What all evaluations of a run have in common. */
struct evaluations_rules {
    enum difference_kind difference;
    enum random_numbers random_numbers;
    uint64_t seed;
    int retries;
    bool again_lost; /* whether what is on record as lost is evaluated once more */
    bool repeats;    /* whether a run is repeated, to be compared with its record */
};

/* How the evaluations of an iteration went: the same on all ranks. */
struct evaluations_sum {
    size_t evaluated; /* in this start of the run */
    double seconds;   /* of these, in all */
    double wall;      /* seconds that the ranks took together */
    double longest;
};

struct evaluations {
    const struct world *world;
    const struct model *model;
    struct evaluations_rules rules;
    struct evaluator evaluator;
    struct queue queue;
    struct node_list nodes;
    struct plan_load *loads; /* (nodes) */
    struct plan_memory memory;
    struct batch batch, before; /* those of the iteration, and of the one before */
    struct table table;
    int64_t iteration;      /* the one whose table this is; 0: none yet */
    int width;              /* doubles that an evaluation gives */
    size_t capacity;        /* of all numbers that a table may have */
    double *values;         /* (capacity, width) */
    double *losses;         /* (capacity): NaN where there is none */
    struct result *results; /* (capacity): the same on all ranks after evaluations_share */
    struct journal journal;
    struct journal_past past;        /* on rank 0 */
    int64_t past_last;               /* on all ranks: the last iteration in it */
    struct outcome_records records;  /* of earlier starts, or of the run that is repeated */
    int start;                       /* which start of the run this is, if there is a journal */
    bool keeps_journal;              /* whether there is a journal */
    double *point;                   /* (P): where this rank evaluates */
    double *room;                    /* (width): what this rank's last evaluation gave */
    uint32_t *todo, *list, *scratch; /* (capacity) each */
    float *expected;                 /* (capacity) */
    size_t todo_count;               /* what is to be done, in all and in rising order */
    int64_t *local;                  /* (words): what this rank sends of its results */
    size_t words;
    size_t begun,
        listed; /* of what this rank's node has to do: how many it has begun, of how many */
    bool (*asks_to_stop)(void *context); /* asked now and then; as opened, it never does */
    void *context;
    int64_t requests;   /* the ranks that were asked to stop, as of evaluations_share */
    bool spoilt;        /* whether a model has written to its theta, as of evaluations_share */
    bool broken;        /* whether a rank cannot evaluate any more, as of evaluations_share */
    size_t lost_number; /* the first evaluation of the table that was lost on this rank, and why; */
    char lost_reason[PROTOCOL_TEXT_SIZE]; /* "": none was, or that is not known */
    double asked;                         /* when it was asked last */
    double began;                         /* when the evaluations at work began */
    struct evaluations_sum sum;           /* of the iteration so far */
};

/* Collective. Makes room for tables of batches of B rows with D inputs and M targets, and prepares
 * the model's processes, with scratch folders in `scratch` (NULL: the usual place). The model,
 * which is of the kind that evaluates, must outlive it. All ranks return the same; whatever that
 * is, end with evaluations_close. */
enum status evaluations_open(struct evaluations *evaluations, const struct world *world,
                             const struct model *model, const struct evaluations_rules *rules,
                             int64_t rows, int inputs, int targets, const char *scratch,
                             struct error *error);
void evaluations_close(struct evaluations *evaluations);

/* Collective. Opens the journals in the folder, and reads those that earlier starts have left.
 * `run_hash` is a hash of all that shapes the run. */
enum status evaluations_keep_journal(struct evaluations *evaluations, enum journal_mode mode,
                                     const char *folder, uint64_t run_hash, struct error *error);

/* Collective. Takes over the list of rank 0, of what failures.jsonl has: *records is empty then,
 * and what it is on other ranks does not matter. Losses by the clock or the machine are not
 * evaluated again, unless rules.again_lost; the others are, and keep what is on record of them if
 * they end in the same way. All ranks return the same: a failure if memory is short. */
enum status evaluations_take_records(struct evaluations *evaluations,
                                     struct outcome_records *records, struct error *error);

/* Collective. Begins the table of an iteration at theta (P), which must not change while the table
 * is in use: the batches are filled in, and `before` rows of the batch before are measured, or
 * none. All ranks return the same: a failure if memory is short. */
enum status evaluations_begin(struct evaluations *evaluations, int64_t iteration,
                              const double *theta, int64_t before, struct error *error);

/* Not collective, but called by all ranks. Evaluates, together with the other ranks, those of
 * numbers[count], in rising order, that have no result yet. */
void evaluations_evaluate(struct evaluations *evaluations, const uint32_t *numbers, size_t count);

/* Collective, after each evaluations_evaluate. Shares the results, and adds up a number of the
 * caller's, *flag. Returns whether all results are there now, which they are not if a rank was
 * asked to stop, or cannot evaluate any more. */
bool evaluations_share(struct evaluations *evaluations, int64_t *flag);

/* Not collective, after evaluations_share. STATUS_FAILED if a model has written to its theta, on
 * any rank. */
enum status evaluations_check_model(const struct evaluations *evaluations, struct error *error);

/* Not collective. Evaluates one, without a trace: values[width] as by evaluator_evaluate. */
enum outcome evaluations_try(struct evaluations *evaluations, size_t number, double *values);

/* Not collective. The call for an evaluation of the table, which `what` describes, at this rank's
 * point: the parameter that it moves is still to be moved there. */
struct dtrain_call evaluations_call(const struct evaluations *evaluations, size_t number,
                                    const struct evaluation *what);

/* Not collective. The seconds of each evaluation become what the next plan expects. */
void evaluations_learn(struct evaluations *evaluations);

/* Not collective. Writes what the journal still holds back. */
enum status evaluations_flush(struct evaluations *evaluations, struct error *error);

/* Not collective. A checkpoint of that iteration has made the journal superfluous, except for what
 * it holds of the table that has begun, if that is of a later iteration. */
void evaluations_forget(struct evaluations *evaluations, int64_t iteration);

/* The batch that an evaluation of the table is of. */
const struct batch *evaluations_batch(const struct evaluations *evaluations,
                                      const struct evaluation *what);

/* Writes what a line calls an evaluation, such as "outlet + h, row 5", into text[size]. */
void evaluations_name(const struct evaluations *evaluations, size_t number, char *text,
                      size_t size);

#endif
