/* SPDX-License-Identifier: MIT
 *
 * A model with the members MEMBERS, for tests/training/model_versions.sh. */
#include <dtrain/dtrain.h>
#include <stdlib.h>

/* Each launcher says it in another variable. */
static const char *rank_text(void)
{
    const char *rank = getenv("OMPI_COMM_WORLD_RANK");
    return rank ? rank : getenv("PMI_RANK");
}

size_t count(int inputs, int classes)
{
    (void)classes;
    return (size_t)inputs;
}

double loss(const struct dtrain_shape *shape, const double *theta, const double *inputs, int label)
{
    (void)shape;
    (void)inputs;
    (void)label;
    return theta[0];
}

enum dtrain_outcome evaluate(const struct dtrain_shape *shape, const struct dtrain_call *call,
                             double *outputs)
{
    (void)shape;
    outputs[0] = call->theta[0];
    return DTRAIN_DONE;
}

/* Bounds that are others on each rank. */
const struct dtrain_parameter *describe(const struct dtrain_shape *shape)
{
    struct dtrain_parameter *list = calloc(shape->parameters, sizeof *list);
    for (size_t p = 0; list && p < shape->parameters; ++p)
        list[p].upper = 1 + atoi(rank_text());
    return list;
}

void *set_up(const struct dtrain_shape *shape, const struct dtrain_place *place)
{
    (void)shape;
    (void)place;
    return calloc(1, 1);
}

const struct dtrain_model *dtrain_model(void)
{
    static struct dtrain_model model;
    model = (struct dtrain_model){.version = DTRAIN_MODEL_VERSION, MEMBERS};
    return &model;
}
