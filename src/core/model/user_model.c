/* SPDX-License-Identifier: MIT */
#include "user_model.h"

#include "common/printable.h"
#include "core/numbers/rng.h"
#include "model.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

_Static_assert(sizeof " of the model " + MODEL_NAME_SHOWN <= MODEL_DESCRIPTION_SIZE,
               "model->of_model holds the part of the name that is shown");

/* Where a model sets none. */
static const double usual_loss_range = 32;

bool user_model_copy(struct dtrain_model *copy, const struct dtrain_model *model)
{
    static const size_t sizes[] = {
        [1] = offsetof(struct dtrain_model, residuals), [DTRAIN_MODEL_VERSION] = sizeof *model};
    if (model->version < 1 || model->version > DTRAIN_MODEL_VERSION)
        return false;
    *copy = (struct dtrain_model){0};
    memcpy(copy, model, sizes[model->version]);
    return true;
}

/* Of a model with loss(). */
static const char *find_fault_of_loss(const struct dtrain_model *functions)
{
    int exponent;
    const double range = functions->loss_range;
    /* What exact_grid_make takes; 0 stands for the usual range. */
    const bool is_range =
        range == 0 || (frexp(range, &exponent) == 0.5 && exponent >= -15 && exponent <= 17);
    if (!is_range)
        return "needs a loss_range that is 0 or a power of two from 2^-16 to 2^16";
    if (functions->residuals != 0 || functions->describe || functions->setup || functions->teardown)
        return "has loss(), but residuals, describe(), setup() and teardown() need evaluate()";
    return NULL;
}

const char *user_model_fault(const struct dtrain_model *functions)
{
    if (!functions->name || !functions->parameters)
        return "needs a name and parameters()";
    if (!functions->loss && !functions->evaluate)
        return functions->version == 1 ? "needs loss(), or version 2 and evaluate()"
                                       : "needs loss() or evaluate()";
    if (functions->loss && functions->evaluate)
        return "has both loss() and evaluate(): leave one of them out";
    if (functions->loss)
        return find_fault_of_loss(functions);
    if (functions->residuals < 0 || functions->residuals > USER_MODEL_RESIDUALS_MAX)
        return "needs residuals from 0 to 1000000";
    return NULL;
}

bool user_model_make(struct model *model, const struct dtrain_model *functions,
                     struct model_call *call, const struct dtrain_shape *data)
{
    const bool predicts = functions->predict && data->classes > 0;
    model_call_begin(call, MODEL_PARAMETERS);
    const size_t parameters = functions->parameters(data->inputs, data->classes);
    model_call_end(call);
    if (parameters == 0 || parameters > TENSORS_PARAMETERS_MAX)
        return false;
    *model = (struct model){
        .kind = functions->loss ? &user_model_kind : &evaluated_model_kind,
        .inputs = data->inputs,
        .outputs = data->classes,
        .parts = (int)parameters,
        .predicts = predicts,
        .score = predicts          ? &score_of_classes
                 : functions->loss ? &score_of_losses
                                   : &score_of_loss_alone,
        .loss_parts = 1,
        .gradient_range = MODEL_GRADIENT_RANGE,
        .largest_weight = 1,
        .loss_range = functions->loss_range > 0 ? functions->loss_range : usual_loss_range,
        .loss_ceiling = (double)INFINITY,
        .user = {.functions = functions,
                 .call = call,
                 .shape = {.inputs = data->inputs,
                           .classes = data->classes,
                           .parameters = parameters,
                           .targets = data->targets,
                           .residuals = functions->residuals}},
    };
    tensors_add(&model->tensors, "theta", (int)parameters, 0);
    printable_copy(model->description, sizeof model->description, functions->name);
    snprintf(model->of_model, sizeof model->of_model, " of the model %.*s", MODEL_NAME_SHOWN,
             model->description);
    return true;
}

void user_model_refusal(char text[USER_MODEL_REFUSAL_SIZE], const struct dtrain_shape *data)
{
    if (data->inputs == 0)
        snprintf(text, USER_MODEL_REFUSAL_SIZE, "needs data: give --data");
    else
        snprintf(text, USER_MODEL_REFUSAL_SIZE, "is not for %d inputs and %d %s", data->inputs,
                 data->targets > 0 ? data->targets : data->classes,
                 data->targets > 0 ? "targets" : "classes");
}

bool user_model_describe(struct model *model, double step, struct parameters *parameters,
                         char *fault)
{
    struct user_model *user = &model->user;
    const struct dtrain_model *functions = user->functions;
    const struct dtrain_parameter *list = NULL;
    model_call_begin(user->call, MODEL_DESCRIBE);
    if (functions->describe)
        list = functions->describe(&user->shape);
    if (functions->describe && !list) {
        model_call_end(user->call);
        snprintf(fault, PARAMETERS_FAULT_SIZE, "its describe() returned NULL");
        return false;
    }
    /* A list that is too short can crash only while it is read. */
    const bool created = parameters_create(parameters, list, user->shape.parameters, step, fault);
    model_call_end(user->call);
    user->parameters = created ? parameters : NULL;
    return created;
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
    const struct user_model *user = &model->user;
    const struct dtrain_model *functions = user->functions;
    const size_t parameters = user->shape.parameters;
    if (functions->initialize) {
        model_call_begin(user->call, MODEL_INITIALIZE);
        functions->initialize(&user->shape, seed, deviation.number, theta);
        model_call_end(user->call);
    } else if (functions->describe) {
        memcpy(theta, user->parameters->initial, parameters * sizeof *theta);
    } else {
        for (size_t p = 0; p < parameters; ++p)
            theta[p] = deviation.number * rng_normal(seed, RNG_PARAMETERS, (int64_t)p);
    }
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
    const struct user_model *user = &model->user;
    struct results *r = results;
    (void)count;
    r->loss = (double)NAN;
    if (samples->target.label == TARGET_UNKNOWN)
        return;
    atomic_store_explicit(&user->call->row, samples->row, memory_order_relaxed);
    model_call_begin(user->call, MODEL_LOSS);
    r->loss = user->functions->loss(&user->shape, theta, r->inputs, samples->target.label);
    model_call_end(user->call);
}

static double loss(const void *results, int i)
{
    (void)i;
    return ((const struct results *)results)->loss;
}

const char **user_model_names(const struct model *model)
{
    return model->kind->evaluates && model->user.parameters->named ? model->user.parameters->names
                                                                   : NULL;
}

int user_model_predict(const struct model *model, const double *theta, int64_t row,
                       const double *inputs)
{
    const struct user_model *user = &model->user;
    if (!model->predicts)
        return -1;
    atomic_store_explicit(&user->call->row, row, memory_order_relaxed);
    model_call_begin(user->call, MODEL_PREDICT);
    const int predicted = user->functions->predict(&user->shape, theta, inputs);
    model_call_end(user->call);
    return predicted;
}

static int predict(const struct model *model, const double *theta, const struct sample *samples,
                   const void *results, int i, double *probability)
{
    const struct results *r = results;
    if (probability)
        *probability = (double)NAN;
    return user_model_predict(model, theta, samples[i].row, r->inputs);
}

const struct model_kind user_model_kind = {
    .blames_step = true,
    .part_of = part_of,
    .initialize = initialize,
    .title = "the model",
    .note_iteration = note_iteration,
    .take = take,
    .create_results = create_results,
    .forward = forward,
    .loss = loss,
    .predict = predict,
};

const struct model_kind evaluated_model_kind = {
    .blames_step = true,
    .evaluates = true,
    .part_of = part_of,
    .initialize = initialize,
    .title = "the model",
    .note_iteration = note_iteration,
};
