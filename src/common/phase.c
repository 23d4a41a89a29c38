/* SPDX-License-Identifier: MIT */
#include "phase.h"

const char *phase_name(enum phase phase)
{
    static const char *const names[PHASES] = {
        [PHASE_START] = "start",           [PHASE_COMPUTE] = "compute",
        [PHASE_REDUCTION] = "reduction",   [PHASE_WAITING] = "waiting",
        [PHASE_EVALUATION] = "evaluation", [PHASE_CHECKPOINT] = "checkpoint",
    };
    return names[phase];
}
