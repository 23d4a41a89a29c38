/* SPDX-License-Identifier: MIT */
#include "outcome.h"

const char *outcome_name(enum outcome outcome)
{
    static const char *const names[OUTCOMES] = {
        [OUTCOME_NONE] = "not evaluated", [OUTCOME_DONE] = "done",
        [OUTCOME_FAILED] = "failed",      [OUTCOME_NOT_FINITE] = "not finite",
        [OUTCOME_TIMED_OUT] = "timeout",  [OUTCOME_CRASHED] = "crash",
        [OUTCOME_NONSENSE] = "nonsense",
    };
    return names[outcome];
}
