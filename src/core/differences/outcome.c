/* SPDX-License-Identifier: MIT */
#include "outcome.h"

const char *outcome_name(enum outcome outcome)
{
    static const char *const names[OUTCOMES] = {
        [OUTCOME_NONE] = "not evaluated",
        [OUTCOME_DONE] = "done",
        [OUTCOME_FAILED] = "failed",
        [OUTCOME_NOT_FINITE] = "not finite",
    };
    return names[outcome];
}
