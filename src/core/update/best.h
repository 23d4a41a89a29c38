/* SPDX-License-Identifier: MIT
 *
 * The best of the evaluations of a run so far. */
#ifndef DTRAIN_BEST_H
#define DTRAIN_BEST_H

#include <stdbool.h>
#include <stdint.h>

struct best {
    int64_t iteration; /* of the best evaluation; -1: there was none yet */
    double score;      /* more is better */
};

/* The score of an evaluation: its accuracy or, of a model that predicts no classes, its loss. */
static inline double best_score(bool predicts, double accuracy, double loss)
{
    return predicts ? accuracy : -loss;
}

/* That of a run that begins. */
static inline struct best best_none(void)
{
    return (struct best){.iteration = -1};
}

/* Takes over an evaluation if it is better than all before, and returns whether it is. */
static inline bool best_improve(struct best *best, int64_t iteration, double score)
{
    if (best->iteration >= 0 && !(score > best->score))
        return false;
    *best = (struct best){iteration, score};
    return true;
}

#endif
