/* SPDX-License-Identifier: MIT
 *
 * From this rank's share of a batch to its sums: samples go forward several at a time, and the
 * method adds their quotients to the exact sums. The reduction over the ranks comes next
 * (training/step.c). */
#include "gradient.h"

#include "common/named.h"

#include <stdlib.h>
#include <string.h>

const struct gradient_method *gradient_method_find(const char *name)
{
    const void *const methods[] = {&gradient_numerical, &gradient_literal, &gradient_backprop};
    return find_named_pointer(methods, sizeof methods / sizeof *methods, name);
}

bool gradient_method_suits(const struct gradient_method *method, const struct model *model)
{
    return !method->needs_layers || model->kind->derivative_known;
}

const struct gradient_method *gradient_method_choose(const char *name, const struct model *model)
{
    const struct gradient_method *method = gradient_method_find(name);
    if (gradient_method_suits(method, model))
        return method;
    return method == &gradient_numerical ? &gradient_literal : NULL;
}

bool gradient_create(struct gradient *gradient, const struct gradient_method *method,
                     const struct model *model, double step, int64_t global_batch)
{
    *gradient = (struct gradient){
        .method = method,
        .model = model,
        .step = step,
        .global_batch = global_batch,
    };
    gradient_choose_grid(gradient, 0);
    if (model_pass_create(&gradient->pass, model)) {
        gradient->parts = calloc((size_t)gradient->pass.capacity, sizeof *gradient->parts);
        gradient->scratch = method->create_scratch(gradient);
    }
    if (gradient->parts && gradient->scratch)
        return true;
    gradient_destroy(gradient);
    return false;
}

void gradient_destroy(struct gradient *gradient)
{
    if (gradient->method)
        gradient->method->destroy_scratch(gradient->scratch);
    gradient->scratch = NULL;
    free(gradient->parts);
    gradient->parts = NULL;
    model_pass_destroy(&gradient->pass);
}

int gradient_grids(const struct gradient *gradient)
{
    return gradient->model->kind->derivative_known ? GRADIENT_GRIDS : 1;
}

void gradient_choose_grid(struct gradient *gradient, int grid)
{
    double range = GRADIENT_RANGE;
    for (int n = 0; n < grid; ++n)
        range *= GRADIENT_GRID_FACTOR;
    gradient->grid = exact_grid_make(gradient->global_batch, range);
}

/* Adds the samples from `done` on that fit into a pass, and returns how many there are. */
static int add_some(struct gradient *gradient, const struct samples *samples,
                    const struct share *share, int64_t done)
{
    const struct gradient_method *method = gradient->method;
    const int count = model_pass_take(&gradient->pass, samples, share->rows + done,
                                      method->needs_layers ? share->count - done : 1);
    for (int i = 0; i < count; ++i)
        gradient->parts[i] = share_parts(share, done + i, gradient->model->parts);
    if (method->needs_layers)
        model_forward(&gradient->pass, gradient->theta);
    method->add_samples(gradient);
    return count;
}

bool gradient_may_be_abandoned(const struct gradient *gradient)
{
    return !gradient->method->needs_layers || gradient->global_batch >= GRADIENT_BATCH_LONG;
}

static bool is_asked_to_stop(const struct gradient *gradient)
{
    return gradient->asks_to_stop && gradient_may_be_abandoned(gradient) &&
           gradient->asks_to_stop();
}

void gradient_sum_share(struct gradient *gradient, const double *theta,
                        const struct samples *samples, const struct share *share, int64_t *sums)
{
    memset(sums, 0, gradient->model->tensors.parameters * sizeof *sums);
    gradient->theta = theta;
    gradient->sums = sums;
    gradient->overflows = 0;
    gradient->abandoned = false;
    if (gradient->method->begin)
        gradient->method->begin(gradient);
    for (int64_t done = 0; done < share->count && !gradient->abandoned;) {
        done += add_some(gradient, samples, share, done);
        gradient->abandoned |= done < share->count && is_asked_to_stop(gradient);
    }
}

struct gradient_difference gradient_compare(const double *a, const double *b, size_t n)
{
    struct gradient_difference difference = {0};
    double largest = 0, ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < n; ++i) {
        const double distance = fabs(a[i] - b[i]);
        /* NaN counts as the largest difference. */
        if (!(distance <= difference.largest) && !isnan(difference.largest))
            difference.largest = distance;
        largest = fmax(largest, fabs(a[i]));
        ab += a[i] * b[i];
        aa += a[i] * a[i];
        bb += b[i] * b[i];
    }
    difference.relative = difference.largest == 0 ? 0 : difference.largest / largest;
    difference.cosine = ab / sqrt(aa * bb);
    return difference;
}
