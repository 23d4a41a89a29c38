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
    OUTCOMES
};

/* How files and messages call it: "failed", "not finite". */
const char *outcome_name(enum outcome outcome);

/* Whether it is one of those that have lost their value. */
static inline bool outcome_is_lost(enum outcome outcome)
{
    return outcome > OUTCOME_DONE;
}

#endif
