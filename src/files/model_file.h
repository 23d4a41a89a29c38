/* SPDX-License-Identifier: MIT
 *
 * Models from shared objects: a loss of the user's own (dtrain/dtrain.h). */
#ifndef DTRAIN_MODEL_FILE_H
#define DTRAIN_MODEL_FILE_H

#include "core/network.h"
#include "ranks/world.h"

/* Collective. The network that `path` (or `linked`, if not NULL) makes of data of that many inputs
 * and classes. All ranks return the same; the object stays loaded as long as the process. */
enum status model_file_open(const struct world *world, const char *path,
                            const struct dtrain_model *linked, int inputs, int classes,
                            struct network *network, struct error *error);

#endif
