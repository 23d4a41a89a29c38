/* SPDX-License-Identifier: MIT */
#include "model_hello.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

_Static_assert((size_t)PROTOCOL_PARAMETERS_MAX <= TENSORS_PARAMETERS_MAX,
               "what a hello lists can be a model");
_Static_assert((int)PROTOCOL_RESIDUALS_MAX == (int)USER_MODEL_RESIDUALS_MAX,
               "a model may have as many residuals in a process of its own");

static bool refuse(struct model_hello *hello, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool refuse(struct model_hello *hello, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(hello->fault, sizeof hello->fault, format, arguments);
    va_end(arguments);
    return false;
}

static bool take_functions(struct model_hello *hello, const struct dtrain_model *model)
{
    if (!user_model_copy(&hello->functions, model))
        return refuse(hello, "was built for version %d of the interface, not %d: build it again",
                      model->version, DTRAIN_MODEL_VERSION);
    const char *fault = user_model_fault(&hello->functions);
    if (fault)
        return refuse(hello, "%s", fault);
    if (!hello->functions.evaluate)
        return refuse(hello, "has loss(): only a model with evaluate() can have a process of its "
                             "own");
    hello->call.model = hello->functions.name;
    return true;
}

static bool make_model(struct model_hello *hello, const struct protocol_place *place)
{
    /* Its own step for each parameter that has none: it is not the model's to say. */
    static const double any_step = 1;
    char text[PARAMETERS_FAULT_SIZE];
    const struct dtrain_shape data = {
        .inputs = place->inputs, .classes = place->classes, .targets = place->targets};
    if (!user_model_make(&hello->model, &hello->functions, &hello->call, &data)) {
        user_model_refusal(text, &data);
        return refuse(hello, "%s", text);
    }
    hello->hello.count = hello->model.user.shape.parameters;
    if (hello->hello.count > PROTOCOL_PARAMETERS_MAX)
        return refuse(hello, "has %zu parameters: in a process of its own, it may have %d",
                      hello->hello.count, PROTOCOL_PARAMETERS_MAX);
    return user_model_describe(&hello->model, any_step, &hello->parameters, text) ||
           refuse(hello, "%s", text);
}

/* The description of parameter p, with the number at which a run begins. */
static struct dtrain_parameter describe(const struct model_hello *hello,
                                        const struct dtrain_parameter *described, size_t p,
                                        double initial)
{
    const struct parameters *parameters = &hello->parameters;
    return (struct dtrain_parameter){.name = parameters->named ? parameters->names[p] : NULL,
                                     .initial = initial,
                                     .lower = parameters->lower[p],
                                     .upper = parameters->upper[p],
                                     .scale = parameters->scale[p],
                                     .step = described ? described[p].step : 0};
}

static bool list_parameters(struct model_hello *hello, const double *theta)
{
    /* Which parameters have a step of their own stands only there; the list may not be kept. */
    const struct dtrain_parameter *described =
        hello->functions.describe ? hello->functions.describe(&hello->model.user.shape) : NULL;
    for (size_t p = 0; p < hello->hello.count; ++p) {
        if (!isfinite(theta[p]))
            return refuse(hello, "its initialize() gives parameter %s a number that is not finite",
                          hello->parameters.names[p]);
        hello->hello.list[p] = describe(hello, described, p, theta[p]);
    }
    return true;
}

static bool fill(struct model_hello *hello, const struct protocol_place *place)
{
    const struct deviation deviation = {.number = place->deviation};
    const size_t count = hello->hello.count;
    double *theta = calloc(count, sizeof *theta);
    hello->hello.list = calloc(count, sizeof *hello->hello.list);
    hello->hello.memory = hello->hello.list;
    bool is_filled = theta && hello->hello.list;
    if (is_filled) {
        model_initialize(&hello->model, place->seed, deviation, theta);
        is_filled = list_parameters(hello, theta);
    } else {
        refuse(hello, "not enough memory for %zu parameters", count);
    }
    free(theta);
    return is_filled;
}

bool model_hello_make(struct model_hello *hello, const struct dtrain_model *model,
                      const struct protocol_place *place)
{
    if (!take_functions(hello, model) || !make_model(hello, place) || !fill(hello, place))
        return false;
    hello->hello.name = hello->model.description;
    hello->hello.residuals = hello->functions.residuals;
    hello->hello.predicts = hello->model.predicts;
    return true;
}

void model_hello_destroy(struct model_hello *hello)
{
    protocol_hello_free(&hello->hello);
    parameters_destroy(&hello->parameters);
    *hello = (struct model_hello){0};
}
