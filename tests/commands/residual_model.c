/* SPDX-License-Identifier: MIT
 *
 * A model with two residuals, a b + row and c c - a, whose derivatives are known. It takes no data.
 *
 *     LOST           "P S R" or several of them, separated by commas: the evaluation of row R
 *                    fails where parameter P is on the side S, 1 or -1, of its initial value;
 *                    S 0: where none is moved
 *     LOWER, UPPER   the bounds of c (-100, 100) */
#include <dtrain/dtrain.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARAMETERS = 3 };
static const double initial[PARAMETERS] = {1.5, -2, 0.75};

/* On which side of its initial value a parameter is. */
static int side_of(const double *theta, int p)
{
    return (theta[p] > initial[p]) - (theta[p] < initial[p]);
}

static int is_lost(const struct dtrain_call *call)
{
    int parameter, side, row;
    for (const char *at = getenv("LOST"); at && *at; at = strchr(at, ',')) {
        at += *at == ',';
        if (sscanf(at, "%d %d %d", &parameter, &side, &row) != 3 || call->row != row)
            continue;
        int moved = 0;
        for (int p = 0; p < PARAMETERS; ++p)
            moved += side_of(call->theta, p) != 0;
        if (side == 0 ? moved == 0 : side_of(call->theta, parameter) == side)
            return 1;
    }
    return 0;
}

static enum dtrain_outcome evaluate(const struct dtrain_shape *shape,
                                    const struct dtrain_call *call, double *outputs)
{
    const double *theta = call->theta;
    (void)shape;
    outputs[0] = theta[0] * theta[1] + (double)call->row;
    outputs[1] = theta[2] * theta[2] - theta[0];
    return is_lost(call) ? DTRAIN_FAILED : DTRAIN_DONE;
}

static size_t count_parameters(int inputs, int classes)
{
    return inputs + classes == 0 ? PARAMETERS : 0;
}

static const struct dtrain_parameter *describe(const struct dtrain_shape *shape)
{
    static struct dtrain_parameter list[PARAMETERS] = {{.name = "a"}, {.name = "b"}, {.name = "c"}};
    const char *const lower = getenv("LOWER"), *const upper = getenv("UPPER");
    (void)shape;
    for (int p = 0; p < PARAMETERS; ++p) {
        list[p].initial = initial[p];
        list[p].step = 0x1p-10;
    }
    list[2].lower = lower ? atof(lower) : -100;
    list[2].upper = upper ? atof(upper) : 100;
    return list;
}

const struct dtrain_model *dtrain_model(void)
{
    static const struct dtrain_model model = {.version = DTRAIN_MODEL_VERSION,
                                              .name = "residual",
                                              .residuals = 2,
                                              .parameters = count_parameters,
                                              .describe = describe,
                                              .evaluate = evaluate};
    return &model;
}
