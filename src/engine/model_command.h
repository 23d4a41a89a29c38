/* SPDX-License-Identifier: MIT
 *
 * A user's model in a process of its own, one for each rank: a command that speaks the protocol
 * (--model-command), or dtrain-model with a FILE.so (--isolate). A rank has one at most. */
#ifndef DTRAIN_MODEL_COMMAND_H
#define DTRAIN_MODEL_COMMAND_H

#include "core/model/model.h"
#include "process/model_process.h"
#include "ranks/world.h"

/* How the command is run. Texts must outlive the run. */
struct model_command {
    const char *command; /* of --model-command; NULL: dtrain-model runs `file` */
    const char *file;    /* of --model */
    double timeout;      /* of --evaluation-timeout, in seconds; 0: none */
    const char *scratch; /* of --scratch; NULL: the usual place */
    bool drops_stdout;   /* as in struct model_process_rules */
    uint64_t seed;       /* as in struct protocol_place */
    double deviation;
    bool (*asks_to_stop)(void *context); /* asked while processes start; NULL: it never does */
};

/* Collective. Starts the command on rank 0 and, once it has said who it is there, on all others,
 * so that a command that cannot run is told of once; and makes *model of it, for data with the
 * inputs, classes and targets of `data` (all 0: none). `step` is h, for parameters without a step
 * of their own. All ranks return the same, and fail unless all processes say the same. *model is
 * valid until the program ends. What runs ends with it at the latest. */
enum status model_command_make(const struct world *world, const struct model_command *command,
                               const struct dtrain_shape *data, double step, struct model *model,
                               struct error *error);

/* Not collective. This rank's process: that of a model without evaluate(). */
struct model_process *model_command_process(void);

#endif
