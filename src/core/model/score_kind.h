/* SPDX-License-Identifier: MIT
 *
 * What an evaluation gives for a set of rows: the mean loss, and what else is measured, which
 * depends on the kind of model. */
#ifndef DTRAIN_SCORE_KIND_H
#define DTRAIN_SCORE_KIND_H

#include <stdbool.h>
#include <stdint.h>

enum { SCORE_MEASURES_MAX = 2 };

struct score {
    double loss;                         /* NaN if no row could be evaluated */
    double measures[SCORE_MEASURES_MAX]; /* those of its kind */
    int64_t lost;                        /* rows that could not be evaluated, and are left out */
};

struct score_kind {
    int count;
    const char *measures[SCORE_MEASURES_MAX]; /* (count): their names, as in metrics.jsonl */
    bool first_ranks; /* whether scores are compared by the first measure, of which more is better;
                       * if not, by the loss */
};

/* The share of predictions that are right; the same of a model with loss() that predicts nothing;
 * and nothing beside the loss. */
extern const struct score_kind score_of_classes, score_of_losses, score_of_loss_alone;

/* The root of the mean square of all errors, and R2: the mean over the outputs of 1 - the squares
 * of their errors / those of the targets' distances from their mean; NaN if an output's targets are
 * all equal. */
extern const struct score_kind score_of_numbers;

/* By which number scores are compared: more is better. */
static inline double score_rank(const struct score_kind *kind, const struct score *score)
{
    return kind->first_ranks ? score->measures[0] : -score->loss;
}

#endif
