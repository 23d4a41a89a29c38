/* SPDX-License-Identifier: MIT */
#include "problem.h"

#include "core/rng.h"
#include "testing.h"

#include <stdlib.h>

static void fill_inputs(struct problem *p, bool pixels)
{
    const size_t count = (size_t)p->model.inputs * PROBLEM_ROWS;
    p->bytes = calloc(count, 1);
    p->floats = calloc(count, sizeof *p->floats);
    p->labels = calloc(PROBLEM_ROWS, sizeof *p->labels);
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
    };
    for (int i = 0; i < PROBLEM_ROWS; ++i) {
        p->labels[i] = (int32_t)rng_below(12, RNG_BATCH, i, 0, p->model.classes);
        p->rows[i] = 100 + i;
    }
}

struct problem problem_make(int inputs, int hidden, int classes, bool pixels, double deviation)
{
    struct problem p = {0};
    const int widths[] = {inputs, hidden, classes};
    assert_true(network_make(&p.model, widths));
    p.parameters = p.model.tensors.parameters;
    p.theta = malloc(p.parameters * sizeof *p.theta);
    fill_inputs(&p, pixels);
    for (size_t i = 0; i < p.parameters; ++i)
        p.theta[i] = deviation * rng_normal(13, RNG_PARAMETERS, (int64_t)i);
    return p;
}

void problem_free(struct problem *p)
{
    free(p->bytes);
    free(p->floats);
    free(p->labels);
    free(p->theta);
}

double *problem_gradient(const struct problem *p, const struct gradient_method *method, double step,
                         int rows)
{
    struct gradient gradient;
    int64_t *sums = malloc(p->parameters * sizeof *sums);
    double *mean = malloc(p->parameters * sizeof *mean);
    assert_true(gradient_create(&gradient, method, &p->model, step, rows));
    const struct batch_share share = batch_share_whole(p->rows, rows, p->model.parts);
    gradient_sum_share(&gradient, p->theta, &p->samples, &share, sums);
    assert_int_equal(gradient.overflows, 0);
    for (size_t i = 0; i < p->parameters; ++i)
        mean[i] = exact_mean(&gradient.grid, sums[i], rows);
    gradient_destroy(&gradient);
    free(sums);
    return mean;
}
