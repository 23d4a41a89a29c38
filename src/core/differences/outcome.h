/* SPDX-License-Identifier: MIT
 *
 * What becomes of an evaluation. */
#ifndef DTRAIN_OUTCOME_H
#define DTRAIN_OUTCOME_H

#include <stdbool.h>

enum outcome {
    OUTCOME_NONE,       /* it has not been evaluated */
    OUTCOME_DONE,       /* it has a value */
    OUTCOME_FAILED,     /* the model reported a failure */
    OUTCOME_NOT_FINITE, /* the model gave a value that is not finite */
    OUTCOME_TIMED_OUT,  /* its process took longer than --evaluation-timeout, and was killed */
    OUTCOME_CRASHED,    /* its process ended */
    OUTCOME_NONSENSE,   /* its process gave an answer that is none, and was killed */
    OUTCOMES
};

/* How files and messages call it: "failed", "not finite", "timeout", "crash", "nonsense". */
const char *outcome_name(enum outcome outcome);

/* Whether it is one of those that have lost their value. */
static inline bool outcome_is_lost(enum outcome outcome)
{
    return outcome > OUTCOME_DONE;
}

/* Whether an evaluation that ends so would end so again: it is the model's doing. If it is not, the
 * clock or the machine has decided, and what they did is a fact of the run. */
static inline bool outcome_repeats(enum outcome outcome)
{
    return outcome <= OUTCOME_NOT_FINITE;
}

#endif
