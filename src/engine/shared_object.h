/* SPDX-License-Identifier: MIT
 *
 * A user's model (dtrain/dtrain.h): loaded from a shared object, or linked into the program. A
 * process has one at most. */
#ifndef DTRAIN_SHARED_OBJECT_H
#define DTRAIN_SHARED_OBJECT_H

#include "core/model/model.h"
#include "ranks/world.h"

#include <stdbool.h>

/* Collective. Loads the model that the file `path` defines, or takes `linked` if that is not NULL,
 * and checks that it is complete. It may have been built for this version of the interface or an
 * older one. All ranks return the same, and fail unless all have the same model. The object stays
 * loaded as long as the process lives. May be called again: the last model counts. */
enum status shared_object_load(const struct world *world, const char *path,
                               const struct dtrain_model *linked, struct error *error);

/* Not collective. Whether the model that was loaded has an evaluate(). */
bool shared_object_evaluates(void);

/* Not collective. Whether the model that was loaded takes no data: then it has an evaluate(), and
 * parameters for no inputs and no classes. The same on all ranks. */
bool shared_object_takes_no_data(void);

/* Collective. Makes *model of the model that was loaded, for data with the inputs, classes and
 * targets of `data`; all 0: there are no data. `step` is h, for parameters without a step of their
 * own. All ranks return the same, and fail unless their parameters have the same number and
 * descriptions. *model is valid until the next call. */
enum status shared_object_make(const struct world *world, const struct dtrain_shape *data,
                               double step, struct model *model, struct error *error);

#endif
