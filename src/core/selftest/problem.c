/* SPDX-License-Identifier: MIT */
#include "problem.h"

#include "core/numbers/rng.h"

#include <stdlib.h>

static void fill_inputs(struct problem *p, bool pixels)
{
    const size_t count = (size_t)p->model.inputs * PROBLEM_ROWS;
    for (size_t i = 0; i < count; ++i) {
        /* Two thirds zeros, as in images. */
        if (rng_below(11, RNG_BATCH, (int64_t)i, 0, 3) > 0)
            continue;
        p->bytes[i] = (uint8_t)rng_below(11, RNG_BATCH, (int64_t)i, 1, 256);
        p->floats[i] = (float)rng_normal(11, RNG_BATCH, (int64_t)i);
    }
    p->samples = (struct samples){
        .inputs = p->model.inputs,
        .first_row = 100,
        .rows = PROBLEM_ROWS,
        .bytes = pixels ? p->bytes : NULL,
        .floats = pixels ? NULL : p->floats,
        .labels = p->labels,
        .targets = p->targets,
        .origin = p->targets,
        .target_count = p->model.outputs,
    };
    for (int i = 0; i < PROBLEM_ROWS; ++i) {
        p->labels[i] = (int32_t)rng_below(12, RNG_BATCH, i, 0, p->model.outputs);
        p->rows[i] = 100 + i;
    }
    for (int64_t i = 0; i < (int64_t)PROBLEM_ROWS * p->model.outputs; ++i)
        p->targets[i] = rng_normal(14, RNG_BATCH, i);
}

bool problem_make(struct problem *p, const struct activation *activation, const struct head *head,
                  int layers, const int *widths, bool pixels, double deviation)
{
    const size_t count = (size_t)widths[0] * PROBLEM_ROWS;
    *p = (struct problem){.bytes = calloc(count, 1),
                          .floats = calloc(count, sizeof *p->floats),
                          .labels = calloc(PROBLEM_ROWS, sizeof *p->labels),
                          .targets =
                              calloc((size_t)widths[layers] * PROBLEM_ROWS, sizeof *p->targets)};
    if (network_make(&p->model, activation, head, layers, widths))
        p->theta = malloc(p->model.tensors.parameters * sizeof *p->theta);
    if (!p->bytes || !p->floats || !p->labels || !p->targets || !p->theta) {
        problem_free(p);
        return false;
    }
    p->parameters = p->model.tensors.parameters;
    fill_inputs(p, pixels);
    model_set_limits(&p->model,
                     &(struct model_limits){.input = samples_largest(&p->samples),
                                            .target = samples_largest_target(&p->samples),
                                            .usual_target = 1,
                                            .weight = 1});
    for (size_t i = 0; i < p->parameters; ++i)
        p->theta[i] = deviation * rng_normal(13, RNG_PARAMETERS, (int64_t)i);
    return true;
}

void problem_free(struct problem *p)
{
    free(p->bytes);
    free(p->floats);
    free(p->labels);
    free(p->targets);
    free(p->theta);
    *p = (struct problem){0};
}
