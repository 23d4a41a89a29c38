/* SPDX-License-Identifier: MIT
 *
 * What a training run is doing: for the watchdog, and for the record of where time went. */
#ifndef DTRAIN_PHASE_H
#define DTRAIN_PHASE_H

enum phase {
    PHASE_START,
    PHASE_COMPUTE,    /* gradients, the update, and the loss of the batch */
    PHASE_REDUCTION,  /* the sums over all ranks, and waiting for them */
    PHASE_EVALUATION, /* the scores on both whole sets */
    PHASE_CHECKPOINT,
    PHASES
};

/* "start", "compute", "reduction", "evaluation" or "checkpoint". */
const char *phase_name(enum phase phase);

#endif
