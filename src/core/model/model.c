/* SPDX-License-Identifier: MIT
 *
 * How samples go through a model, several at a time: rows are taken into a pass, the model's kind
 * computes, and losses and correct predictions are added to a score. */
#include "model.h"

#include "common/named.h"

#include <math.h>

const struct score_kind score_of_classes = {
    .count = 1, .measures = {"accuracy"}, .first_ranks = true};
const struct score_kind score_of_losses = {.count = 1, .measures = {"accuracy"}};
const struct score_kind score_of_loss_alone = {.count = 0};
const struct score_kind score_of_numbers = {.count = 2, .measures = {"rmse", "r2"}};

/* Samples of a pass: so many that the weights are fetched for many samples at once, and so few that
 * their results stay in the second-level cache. */
enum { SAMPLES_AT_ONCE = 128 };

bool model_pass_create(struct model_pass *pass, const struct model *model)
{
    *pass = (struct model_pass){.model = model, .capacity = SAMPLES_AT_ONCE};
    pass->results = model->kind->create_results(model, &pass->capacity, &pass->arena);
    pass->samples = arena_take(&pass->arena, (size_t)pass->capacity, sizeof *pass->samples);
    if (!pass->arena.is_short)
        return true;
    model_pass_destroy(pass);
    return false;
}

void model_pass_destroy(struct model_pass *pass)
{
    arena_free(&pass->arena);
    *pass = (struct model_pass){0};
}

int model_pass_take(struct model_pass *pass, const struct samples *samples, const int64_t *rows,
                    int64_t count)
{
    pass->count = count < pass->capacity ? (int)count : pass->capacity;
    for (int i = 0; i < pass->count; ++i)
        samples_prefetch(samples, rows[i]);
    for (int i = 0; i < pass->count; ++i)
        pass->samples[i] = samples_row(samples, rows[i]);
    if (pass->model->kind->take)
        pass->model->kind->take(pass->samples, pass->count, pass->results);
    return pass->count;
}

int model_pass_take_from(struct model_pass *pass, const struct samples *samples, int64_t row,
                         int64_t count)
{
    int64_t rows[SAMPLES_AT_ONCE];
    for (int i = 0; i < pass->capacity; ++i)
        rows[i] = row + i;
    return model_pass_take(pass, samples, rows, count);
}

void model_forward(struct model_pass *pass, const double *theta)
{
    pass->model->kind->forward(pass->model, theta, pass->samples, pass->count, pass->results);
}

double model_loss(const struct model_pass *pass, int i)
{
    return pass->model->kind->loss(pass->results, i);
}

int model_predict(const struct model_pass *pass, const double *theta, int i, double *probability)
{
    return pass->model->kind->predict(pass->model, theta, pass->samples, pass->results, i,
                                      probability);
}

int model_part_of(const struct model *model, size_t parameter)
{
    return model->kind->part_of(model, parameter);
}

struct deviation deviation_find(const char *rule)
{
    static const struct row {
        const char *name;
        double gain;
    } rules[] = {
        {.name = "he", .gain = 2},
        {.name = "xavier", .gain = 1},
    };
    const struct row *row = FIND_NAMED(rules, rule);
    return (struct deviation){.gain = row->gain};
}

void model_initialize(const struct model *model, uint64_t seed, struct deviation deviation,
                      double *theta)
{
    model->kind->initialize(model, seed, deviation, theta);
}

void model_note_iteration(const struct model *model, int64_t iteration)
{
    if (model->kind->note_iteration)
        model->kind->note_iteration(model, iteration);
}

/* predict() may return a class outside 0 .. K - 1. Such a row counts as wrong. */
static void score_prediction(struct model_score *score, int classes, int label, int predicted)
{
    score->correct += predicted == label;
    if (score->confusions && predicted >= 0 && predicted < classes)
        ++score->confusions[(size_t)label * (size_t)classes + (size_t)predicted];
}

/* Notes a sum that is off its grid. */
static void note_overflow(struct model_score *score, const struct sample *sample, double loss)
{
    if (score->overflows++ > 0)
        return;
    score->overflow_row = sample->row;
    score->overflow_loss = loss;
}

/* Adds what is predicted for sample i; returns whether all fits its grid. */
static bool score_sample(struct model_score *score, const struct model_pass *pass,
                         const double *theta, int i)
{
    const struct target *target = &pass->samples[i].target;
    const struct model *model = pass->model;
    if (model->predicts)
        score_prediction(score, model->outputs, target->label, model_predict(pass, theta, i, NULL));
    return score->residuals.outputs == 0 ||
           residuals_add(&score->residuals, target, model->kind->numbers(pass->results, i));
}

void model_score_add(struct model_score *score, struct model_pass *pass, const double *theta,
                     const struct exact_grids *grids)
{
    const struct model_kind *kind = pass->model->kind;
    (kind->evaluate ? kind->evaluate : kind->forward)(pass->model, theta, pass->samples,
                                                      pass->count, pass->results);
    for (int i = 0; i < pass->count; ++i) {
        const struct sample *sample = &pass->samples[i];
        const double loss = model_loss(pass, i);
        bool fits =
            exact_grids_add(grids, score->of_batch ? sample->weight * loss : loss, score->loss);
        if (!score->of_batch)
            fits &= score_sample(score, pass, theta, i);
        if (!fits)
            note_overflow(score, sample, loss);
    }
}

bool model_predicts_numbers(const struct model *model)
{
    return model->kind->numbers && !model->predicts;
}

double model_power_of_two(double x)
{
    int exponent;
    const double fraction = frexp(fmax(x, 0x1p-200), &exponent);
    return ldexp(1, fraction > 0.5 ? exponent : exponent - 1);
}

/* A loss of more than 2^24 times the square of the largest target is that of a run that has gone
 * astray. */
double model_loss_range(const struct model *model, double largest_target)
{
    if (!model_predicts_numbers(model))
        return model->loss_range;
    return 0x1p24 * largest_target * largest_target * model_power_of_two(model->outputs);
}

/* A quotient is an error times weights and, in the first layer, times an input. The first grid is
 * for errors of the usual size, however far out some targets are, and the last for those of the
 * largest targets, or of predictions about 1. */
void model_set_limits(struct model *model, const struct model_limits *limits)
{
    const double input = model_power_of_two(fmax(limits->input, 1));
    model->largest_weight = model_power_of_two(fmax(limits->weight, 1));
    if (model_predicts_numbers(model)) {
        const double usual = model_power_of_two(limits->usual_target);
        const double largest = model_power_of_two(fmax(limits->target, 1));
        model->largest_target = model_power_of_two(limits->target);
        model->loss_range = model_loss_range(model, largest);
        model->gradient_range = MODEL_GRADIENT_RANGE * usual * input;
        while (usual * ldexp(1, 10 * model->wider_grids) < largest)
            ++model->wider_grids;
    }
    model->gradient_range *= model->largest_weight;
}
