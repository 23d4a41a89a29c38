/* SPDX-License-Identifier: MIT */
#include "user_model.h"

#include "common/printable.h"
#include "core/numbers/rng.h"
#include "model.h"

#include <math.h>
#include <stdio.h>

_Static_assert(sizeof " of the model " + MODEL_NAME_SHOWN <= MODEL_DESCRIPTION_SIZE,
               "model->of_model holds the part of the name that is shown");

/* Where a model sets none. */
static const double usual_loss_range = 32;

/* What the user's functions see of the data and of the model. */
static struct dtrain_shape shape_of(const struct model *model)
{
    return (struct dtrain_shape){model->inputs, model->outputs, model->tensors.parameters};
}

bool user_model_is_complete(const struct dtrain_model *functions)
{
    int exponent;
    const double range = functions->loss_range;
    /* What exact_grid_make takes; 0 stands for the usual range. */
    const bool is_range =
        range == 0 || (frexp(range, &exponent) == 0.5 && exponent >= -15 && exponent <= 17);
    return functions->name && functions->parameters && functions->loss && is_range;
}

bool user_model_make(struct model *model, const struct dtrain_model *functions,
                     struct model_call *call, int inputs, int classes)
{
    model_call_begin(call, MODEL_PARAMETERS);
    const size_t parameters = functions->parameters(inputs, classes);
    model_call_end(call);
    if (parameters == 0 || parameters > TENSORS_PARAMETERS_MAX)
        return false;
    *model = (struct model){
        .kind = &user_model_kind,
        .inputs = inputs,
        .outputs = classes,
        .parts = (int)parameters,
        .predicts = functions->predict != NULL,
        .score = functions->predict ? &score_of_classes : &score_of_losses,
        .loss_parts = 1,
        .gradient_range = MODEL_GRADIENT_RANGE,
        .largest_weight = 1,
        .loss_range = functions->loss_range > 0 ? functions->loss_range : usual_loss_range,
        .loss_ceiling = (double)INFINITY,
        .user = {functions, call},
    };
    tensors_add(&model->tensors, "theta", (int)parameters, 0);
    printable_copy(model->description, sizeof model->description, functions->name);
    snprintf(model->of_model, sizeof model->of_model, " of the model %.*s", MODEL_NAME_SHOWN,
             model->description);
    return true;
}

/* Each parameter is a part of its own. */
static int part_of(const struct model *model, size_t parameter)
{
    (void)model;
    return (int)parameter;
}

static void initialize(const struct model *model, uint64_t seed, struct deviation deviation,
                       double *theta)
{
    const struct dtrain_shape shape = shape_of(model);
    const struct user_model *user = &model->user;
    if (!user->functions->initialize) {
        for (size_t p = 0; p < shape.parameters; ++p)
            theta[p] = deviation.number * rng_normal(seed, RNG_PARAMETERS, (int64_t)p);
        return;
    }
    model_call_begin(user->call, MODEL_INITIALIZE);
    user->functions->initialize(&shape, seed, deviation.number, theta);
    model_call_end(user->call);
}

static void note_iteration(const struct model *model, int64_t iteration)
{
    atomic_store(&model->user.call->iteration, iteration);
}

/* One sample at a time: its loss, which is all that is computed for it, and its inputs. */
struct results {
    double loss;
    double inputs[];
};

static void *create_results(const struct model *model, int *capacity, struct arena *arena)
{
    *capacity = 1;
    return arena_take(arena, 1, sizeof(struct results) + (size_t)model->inputs * sizeof(double));
}

static void take(const struct sample *samples, int count, void *results)
{
    struct results *r = results;
    (void)count;
    sample_widen(samples, r->inputs);
}

static void forward(const struct model *model, const double *theta, const struct sample *samples,
                    int count, void *results)
{
    const struct dtrain_shape shape = shape_of(model);
    const struct user_model *user = &model->user;
    struct results *r = results;
    (void)count;
    r->loss = (double)NAN;
    if (samples->target.label == TARGET_UNKNOWN)
        return;
    atomic_store_explicit(&user->call->row, samples->row, memory_order_relaxed);
    model_call_begin(user->call, MODEL_LOSS);
    r->loss = user->functions->loss(&shape, theta, r->inputs, samples->target.label);
    model_call_end(user->call);
}

static double loss(const void *results, int i)
{
    (void)i;
    return ((const struct results *)results)->loss;
}

static int predict(const struct model *model, const double *theta, const struct sample *samples,
                   const void *results, int i, double *probability)
{
    const struct dtrain_shape shape = shape_of(model);
    const struct user_model *user = &model->user;
    const struct results *r = results;
    (void)samples;
    (void)i;
    if (probability)
        *probability = (double)NAN;
    if (!user->functions->predict)
        return -1;
    model_call_begin(user->call, MODEL_PREDICT);
    const int predicted = user->functions->predict(&shape, theta, r->inputs);
    model_call_end(user->call);
    return predicted;
}

const struct model_kind user_model_kind = {
    .derivative_known = false,
    .bad_loss_cause = "",
    .part_of = part_of,
    .initialize = initialize,
    .note_iteration = note_iteration,
    .create_results = create_results,
    .take = take,
    .forward = forward,
    .loss = loss,
    .predict = predict,
};
