/* SPDX-License-Identifier: MIT
 *
 * A model that sets the locale of the process when it is loaded and whenever its loss is computed.
 */
#include "dtrain/dtrain.h"

#include <locale.h>

static size_t count_parameters(int inputs, int classes)
{
    (void)inputs;
    return (size_t)classes;
}

static double loss(const struct dtrain_shape *shape, const double *theta, const double *inputs,
                   int label)
{
    (void)shape;
    setlocale(LC_NUMERIC, "");
    const double miss = theta[label] - 0.25 - inputs[0];
    return miss * miss;
}

const struct dtrain_model *dtrain_model(void)
{
    static const struct dtrain_model model = {
        .version = DTRAIN_MODEL_VERSION,
        .name = "local",
        .parameters = count_parameters,
        .loss = loss,
    };
    setlocale(LC_ALL, "");
    return &model;
}
