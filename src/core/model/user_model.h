/* SPDX-License-Identifier: MIT
 *
 * The kinds of model that users define (dtrain/dtrain.h): by a loss(), through which samples pass
 * as through a network, or by an evaluate(), which may fail (engine/). Each call of one of the
 * user's functions is noted in a struct model_call, for the crash guard and the watchdog. */
#ifndef DTRAIN_USER_MODEL_H
#define DTRAIN_USER_MODEL_H

#include "common/model_call.h"
#include "dtrain/dtrain.h"
#include "parameters.h"

#include <stdbool.h>
#include <stdint.h>

struct model;
struct model_kind;

/* What struct model holds for these kinds. */
struct user_model {
    const struct dtrain_model *functions;
    struct model_call *call;             /* where calls are noted */
    struct dtrain_shape shape;           /* what the functions are told of the data and the model */
    const struct parameters *parameters; /* of a model with evaluate(); otherwise NULL */
};

extern const struct model_kind user_model_kind, evaluated_model_kind;

/* The most residuals: with these, an evaluation gives 8 MB. */
enum { USER_MODEL_RESIDUALS_MAX = 1000000 };

/* Room for user_model_refusal. */
enum { USER_MODEL_REFUSAL_SIZE = 64 };

/* Copies the members of the version that the model was built for; those of later ones become 0.
 * False if that is a version that this dtrain does not know. */
bool user_model_copy(struct dtrain_model *copy, const struct dtrain_model *model);

/* What is missing or wrong in a model, as the end of a line about it; NULL: it is complete. */
const char *user_model_fault(const struct dtrain_model *functions);

/* Makes *model from complete functions, for data with the inputs, classes and targets of `data`;
 * all 0: there are no data. False if they do not suit it: its parameters() returns 0, or too many.
 * `call` already has its name. A model with evaluate() must then be described. */
bool user_model_make(struct model *model, const struct dtrain_model *functions,
                     struct model_call *call, const struct dtrain_shape *data);

/* Says that such data do not suit a model, as the end of a line about it. */
void user_model_refusal(char text[USER_MODEL_REFUSAL_SIZE], const struct dtrain_shape *data);

/* Creates *parameters of what a model with evaluate() says about them, as parameters_create does
 * with that step and fault, and lets *model, which they must outlive, refer to them. */
bool user_model_describe(struct model *model, double step, struct parameters *parameters,
                         char *fault);

/* The names (P) that a model of any kind gives its parameters; NULL: it gives none. */
const char **user_model_names(const struct model *model);

/* The class that it predicts for a row with these inputs (D); -1 if it predicts none. */
int user_model_predict(const struct model *model, const double *theta, int64_t row,
                       const double *inputs);

#endif
