/* SPDX-License-Identifier: MIT
 *
 * The kind of model that a user defines by its loss (dtrain/dtrain.h). Each call of one of the
 * user's functions is noted in a struct model_call, for the crash guard and the watchdog. */
#ifndef DTRAIN_USER_MODEL_H
#define DTRAIN_USER_MODEL_H

#include "common/model_call.h"
#include "dtrain/dtrain.h"

#include <stdbool.h>

struct model;
struct model_kind;

/* What struct model holds for this kind. */
struct user_model {
    const struct dtrain_model *functions;
    struct model_call *call; /* where calls are noted */
};

extern const struct model_kind user_model_kind;

/* Whether the functions that a model must have are there, and its loss_range is valid. */
bool user_model_is_complete(const struct dtrain_model *functions);

/* Makes *model from complete functions, for data with that many inputs and classes. False if the
 * data do not suit it: its parameters() returns 0, or too many. `call` already has its name. */
bool user_model_make(struct model *model, const struct dtrain_model *functions,
                     struct model_call *call, int inputs, int classes);

#endif
