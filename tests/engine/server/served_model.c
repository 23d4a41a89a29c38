/* SPDX-License-Identifier: MIT
 *
 * A model that served.py has evaluate. SERVED says how it behaves: "" as it should, "setup" and so
 * on as it should not. */
#include "dtrain/dtrain.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARAMETERS = 3, INPUTS = 2 };

static char kept[200]; /* the file that teardown() leaves */

static int behaves(const char *how)
{
    const char *served = getenv("SERVED");
    return served && strcmp(served, how) == 0;
}

static size_t count_parameters(int inputs, int classes)
{
    return inputs == (behaves("no data") ? 0 : INPUTS) && classes != 1 ? PARAMETERS : 0;
}

static const struct dtrain_parameter *describe(const struct dtrain_shape *shape)
{
    static const struct dtrain_parameter list[PARAMETERS] = {
        {.name = "a", .initial = 0.1, .lower = -1, .upper = 1},
        {.name = "b", .initial = -2.5, .upper = (double)INFINITY, .lower = -1e300, .step = 1e-3},
        {.initial = 3, .scale = 0.5}};
    (void)shape;
    return behaves("plain parameters") ? NULL : list;
}

static void *set_up(const struct dtrain_shape *shape, const struct dtrain_place *place)
{
    (void)shape;
    snprintf(kept, sizeof kept, "%s/kept", place->scratch);
    printf("set up as rank %d of %d\n", place->rank, place->ranks);
    return behaves("setup") ? NULL : kept;
}

static void tear_down(void *state)
{
    FILE *file = fopen(state, "w");
    if (file)
        fclose(file);
}

/* The same operations in the same order as in served.py. */
static double formula(const struct dtrain_call *call)
{
    double sum = (double)(call->seed % 7) + (double)call->row / 3 + call->attempt;
    for (int p = 0; p < PARAMETERS; ++p)
        sum = sum * call->theta[p] + 1 / (1 + call->theta[p] * call->theta[p]);
    for (int i = 0; call->inputs && i < INPUTS; ++i)
        sum += call->inputs[i] / 7;
    return sum - (call->targets ? call->targets[0] : call->label);
}

static enum dtrain_outcome evaluate(const struct dtrain_shape *shape,
                                    const struct dtrain_call *call, double *outputs)
{
    (void)shape;
    if (behaves("crash"))
        abort();
    if (behaves("failed") || strcmp(call->state, kept) != 0)
        return DTRAIN_FAILED;
    if (behaves("descriptors") && system("ls /proc/self/fd") != 0)
        return DTRAIN_FAILED;
    if (behaves("nothing"))
        return DTRAIN_DONE;
    outputs[0] = formula(call);
    outputs[1] = call->label;
    return DTRAIN_DONE;
}

static int predict(const struct dtrain_shape *shape, const double *theta, const double *inputs)
{
    (void)shape;
    return (int)(theta[0] + inputs[1]);
}

const struct dtrain_model *dtrain_model(void)
{
    static const struct dtrain_model model = {.version = DTRAIN_MODEL_VERSION,
                                              .name = "served \"model\"",
                                              .parameters = count_parameters,
                                              .predict = predict,
                                              .residuals = 2,
                                              .describe = describe,
                                              .setup = set_up,
                                              .teardown = tear_down,
                                              .evaluate = evaluate};
    return &model;
}
