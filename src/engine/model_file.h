/* SPDX-License-Identifier: MIT
 *
 * Loads a user's model (dtrain/dtrain.h) from a shared object. */
#ifndef DTRAIN_MODEL_FILE_H
#define DTRAIN_MODEL_FILE_H

#include "core/model/model.h"
#include "ranks/world.h"

/* Collective. Makes *model of the model that the file `path` defines, or of `linked` if that is not
 * NULL, for data with that many inputs and classes. All ranks return the same, and fail unless all
 * have the same model. The object stays loaded as long as the process lives. */
enum status model_file_open(const struct world *world, const char *path,
                            const struct dtrain_model *linked, int inputs, int classes,
                            struct model *model, struct error *error);

#endif
