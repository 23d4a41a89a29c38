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
    return !model->kind->evaluates && (!method->needs_layers || model->kind->has_derivative);
}

const struct gradient_method *gradient_method_choose(const char *name, const struct model *model)
{
    const struct gradient_method *method = gradient_method_find(name);
    if (gradient_method_suits(method, model))
        return method;
    return method == &gradient_numerical && gradient_method_suits(&gradient_literal, model)
               ? &gradient_literal
               : NULL;
}

const char *gradient_bits_since(const char *name, bool is_network)
{
    const struct gradient_method *method = gradient_method_find(name);
    if (method == &gradient_numerical && !is_network)
        method = &gradient_literal;
    return method ? method->bits_since : NULL;
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
        gradient->parts =
            arena_take(&gradient->arena, (size_t)gradient->pass.capacity, sizeof *gradient->parts);
        gradient->scratch = method->create_scratch(gradient);
    }
    if (gradient->scratch && !gradient->arena.is_short)
        return true;
    gradient_destroy(gradient);
    return false;
}

void gradient_destroy(struct gradient *gradient)
{
    arena_free(&gradient->arena);
    model_pass_destroy(&gradient->pass);
}

int64_t gradient_groups(const struct gradient_method *method, int64_t global_batch)
{
    return method->needs_layers ? share_groups(global_batch) : global_batch;
}

int gradient_grids(const struct gradient *gradient)
{
    return gradient->model->kind->has_derivative ? GRADIENT_GRIDS + gradient->model->wider_grids
                                                 : 1;
}

void gradient_choose_grid(struct gradient *gradient, int grid)
{
    double range = gradient->model->gradient_range;
    for (int n = 0; n < grid; ++n)
        range *= GRADIENT_GRID_FACTOR;
    gradient->grid = exact_grid_make(gradient->global_batch, range);
}

/* Takes samples into the pass, as one more group or as a part of one. */
static void note_group(struct gradient *gradient, int begin, int end, struct part_range parts)
{
    gradient->groups[gradient->group_count++] = (struct gradient_group){begin, end, parts};
    for (int i = begin; i < end; ++i)
        gradient->parts[i] = parts;
}

/* Runs the method on rows begin .. end - 1 of the share, whose groups have been noted. */
static void add_rows(struct gradient *gradient, const struct samples *samples,
                     const struct share *share, int64_t begin, int64_t end)
{
    model_pass_take(&gradient->pass, samples, share->rows + begin, end - begin);
    if (gradient->method->needs_layers)
        model_forward(&gradient->pass, gradient->theta);
    gradient->method->add_samples(gradient);
}

/* Adds the groups from `group` on that fit into a pass, and returns the first that is left. */
static int64_t add_groups(struct gradient *gradient, const struct samples *samples,
                          const struct share *share, int64_t group)
{
    const int64_t first = share_group(share, group).begin;
    int64_t count = 0;
    gradient->group_count = 0;
    for (; group < share->groups.end; ++group) {
        const int64_t end = share_group(share, group).end - first;
        if (end > gradient->pass.capacity)
            break;
        note_group(gradient, (int)count, (int)end,
                   share_parts(share, group, gradient->model->parts));
        count = end;
    }
    const int64_t done = first - share_positions(share).begin;
    add_rows(gradient, samples, share, done, done + count);
    return group;
}

/* Adds one sample of a group. */
static void add_sample(struct gradient *gradient, const struct samples *samples,
                       const struct share *share, int64_t group, int64_t row)
{
    gradient->group_count = 0;
    note_group(gradient, 0, 1, share_parts(share, group, gradient->model->parts));
    add_rows(gradient, samples, share, row, row + 1);
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

static void sum_groups(struct gradient *gradient, const struct samples *samples,
                       const struct share *share)
{
    for (int64_t group = share->groups.begin; group < share->groups.end && !gradient->abandoned;) {
        group = add_groups(gradient, samples, share, group);
        gradient->abandoned |= group < share->groups.end && is_asked_to_stop(gradient);
    }
}

static void sum_samples(struct gradient *gradient, const struct samples *samples,
                        const struct share *share)
{
    int64_t row = 0;
    for (int64_t group = share->groups.begin; group < share->groups.end; ++group) {
        const struct range positions = share_group(share, group);
        const int64_t end = row + positions.end - positions.begin;
        for (; row < end && !gradient->abandoned; ++row) {
            add_sample(gradient, samples, share, group, row);
            gradient->abandoned |= is_asked_to_stop(gradient);
        }
    }
}

void gradient_sum_share(struct gradient *gradient, const double *theta,
                        const struct samples *samples, const struct share *share, int64_t *sums)
{
    memset(sums, 0, gradient->model->tensors.parameters * sizeof *sums);
    gradient->theta = theta;
    gradient->sums = sums;
    gradient->overflows = 0;
    gradient->first_pair = (struct gradient_pair){0};
    gradient->abandoned = false;
    if (gradient->method->begin)
        gradient->method->begin(gradient);
    if (gradient->method->needs_layers)
        sum_groups(gradient, samples, share);
    else
        sum_samples(gradient, samples, share);
}

void gradient_find_overflow(struct gradient *gradient, const double *theta,
                            const struct samples *samples, const struct share *share, int64_t *sums)
{
    if (!gradient->method->needs_layers || gradient->overflows == 0)
        return;
    gradient->seeks_overflow = true;
    gradient_sum_share(gradient, theta, samples, share, sums);
    gradient->seeks_overflow = false;
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
