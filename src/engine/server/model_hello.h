/* SPDX-License-Identifier: MIT
 *
 * What a model of dtrain/dtrain.h says of itself in the protocol: from its functions to a hello. */
#ifndef DTRAIN_MODEL_HELLO_H
#define DTRAIN_MODEL_HELLO_H

#include "core/model/model.h"
#include "engine/protocol/protocol.h"

#include <stdbool.h>

/* All zeros: not made. */
struct model_hello {
    struct protocol_hello hello; /* its lists are those below */
    struct dtrain_model functions;
    struct model_call call; /* which nobody watches: a process of its own may crash */
    struct model model;
    struct parameters parameters;
    char fault[PROTOCOL_TEXT_SIZE]; /* why it was not made, as the end of a line about the model */
};

/* Makes it of a model for the data of *place: initial values are those that a run with the seed and
 * deviation of *place begins with where the model is in dtrain's own process. False if the model is
 * not complete, has no evaluate(), or does not suit the data. *hello must stay where it is.
 * Whatever is returned, end with model_hello_destroy. */
bool model_hello_make(struct model_hello *hello, const struct dtrain_model *model,
                      const struct protocol_place *place);
void model_hello_destroy(struct model_hello *hello);

#endif
