/* SPDX-License-Identifier: MIT
 *
 * Models from shared objects: a loss of the user's own (dtrain/dtrain.h). */
#ifndef DTRAIN_MODEL_FILE_H
#define DTRAIN_MODEL_FILE_H

#include "core/model.h"
#include "ranks/world.h"

/* Collective. Makes *model of what `path` defines (or of `linked`, if not NULL), for data of that
 * many inputs and classes. All ranks return the same; the object stays loaded as long as the
 * process. */
enum status model_file_open(const struct world *world, const char *path,
                            const struct dtrain_model *linked, int inputs, int classes,
                            struct model *model, struct error *error);

#endif
