/* SPDX-License-Identifier: MIT
 *
 * The phases of a training run, for the watchdog and for the record of the time spent. */
#ifndef DTRAIN_PHASE_H
#define DTRAIN_PHASE_H

enum phase {
    PHASE_START,
    PHASE_COMPUTE,    /* the gradient, and the loss of the batch */
    PHASE_REDUCTION,  /* the sums over all ranks and the update, including the waits for them */
    PHASE_WAITING,    /* that wait: a part of PHASE_REDUCTION, for the record only */
    PHASE_EVALUATION, /* loss and accuracy over both whole sets */
    PHASE_CHECKPOINT,
    PHASES
};

/* "start", "compute", "reduction", "waiting", "evaluation" or "checkpoint". */
const char *phase_name(enum phase phase);

#endif
