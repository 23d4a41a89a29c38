/* SPDX-License-Identifier: MIT
 *
 * Where a user's model comes from: a shared object or the calling program, whose functions run in
 * this process, or a process of its own. A rank has one model at most. */
#ifndef DTRAIN_MODEL_SOURCE_H
#define DTRAIN_MODEL_SOURCE_H

#include "core/model/model.h"
#include "model_command.h"
#include "ranks/world.h"

#include <stdbool.h>

struct model_source {
    const struct dtrain_model *linked; /* the calling program's own; NULL: none */
    const char *file;                  /* of --model; NULL: none */
    bool is_process;                   /* whether `command` runs the model */
    struct model_command command;
};

/* Not collective. Whether there is a model at all. */
bool model_source_exists(const struct model_source *source);

/* Collective. Loads a model of this process, as shared_object_load. A process is not started before
 * model_source_make, as it is told what the data are. All ranks return the same. */
enum status model_source_load(const struct world *world, const struct model_source *source,
                              struct error *error);

/* Not collective; after model_source_load. Whether the model evaluates, and whether it needs no
 * data: a process may be of either kind, and is given data only if the user names some. The same on
 * all ranks. */
bool model_source_evaluates(const struct model_source *source);
bool model_source_needs_no_data(const struct model_source *source);

/* Collective; after model_source_load. Makes *model, as shared_object_make or model_command_make.
 * All ranks return the same. What has been started ends with the program at the latest. */
enum status model_source_make(const struct world *world, const struct model_source *source,
                              const struct dtrain_shape *data, double step, struct model *model,
                              struct error *error);

#endif
