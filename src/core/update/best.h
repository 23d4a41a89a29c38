/* SPDX-License-Identifier: MIT
 *
 * The best of the evaluations of a run so far. */
#ifndef DTRAIN_BEST_H
#define DTRAIN_BEST_H

#include <stdbool.h>
#include <stdint.h>

struct best {
    int64_t iteration; /* that of the best evaluation; -1: none yet */
    double score;      /* score_rank of it (core/model/score_kind.h) */
};

/* The best of a run that begins. */
static inline struct best best_none(void)
{
    return (struct best){.iteration = -1};
}

/* Records an evaluation if it is better than all before it, and returns whether it is. */
static inline bool best_improve(struct best *best, int64_t iteration, double score)
{
    if (best->iteration >= 0 && !(score > best->score))
        return false;
    *best = (struct best){iteration, score};
    return true;
}

#endif
