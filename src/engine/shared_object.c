/* SPDX-License-Identifier: MIT */
#include "shared_object.h"

#include "common/arithmetic.h"
#include "common/model_file.h"
#include "common/printable.h"
#include "common/xxh3.h"
#include "ranks/collective.h"
#include "ranks/crash_guard.h"
#include "ranks/watchdog.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* The process's only model. */
static struct {
    char source[PATH_MAX];         /* its file, or "built in" */
    struct dtrain_model functions; /* the members of its version; those of later ones are 0 */
    struct model_call call;
    size_t without_data; /* P without data; 0: it takes data */
    struct parameters parameters;
} own;

/* Sets the name by which lines about a failed call name the model. */
static void name_model(const char *name)
{
    static char shown[256];
    printable_copy(shown, sizeof shown, name);
    own.call.model = shown;
}

static const struct dtrain_model *load(const char *path, struct error *error)
{
    char name[PATH_MAX];
    const char *fault;
    /* The model says its own name only once it is loaded. */
    name_model(path);
    model_call_begin(&own.call, MODEL_LOADING);
    const struct dtrain_model *model = model_file_open(path, &fault);
    model_call_end(&own.call);
    if (!model) {
        error_set(error, STATUS_FAILED, "--model %s: %s", path, fault);
        return NULL;
    }
    snprintf(name, sizeof name, "--model %.*s", (int)sizeof name - 16, path);
    return arithmetic_check(name, error) ? NULL : model;
}

static enum status copy_members(const struct dtrain_model *model, struct error *error)
{
    if (user_model_copy(&own.functions, model))
        return STATUS_DONE;
    return error_set(
        error, STATUS_FAILED,
        "--model %s: was built for version %d of the interface, not %d: build it again", own.source,
        model->version, DTRAIN_MODEL_VERSION);
}

static enum status take(const struct dtrain_model *model, struct error *error)
{
    if (copy_members(model, error))
        return error->status;
    const char *fault = user_model_fault(&own.functions);
    if (fault)
        return error_set(error, STATUS_FAILED, "--model %s: %s", own.source, fault);
    name_model(own.functions.name);
    own.without_data = 0;
    if (own.functions.evaluate) {
        model_call_begin(&own.call, MODEL_PARAMETERS);
        own.without_data = own.functions.parameters(0, 0);
        model_call_end(&own.call);
    }
    return STATUS_DONE;
}

/* The path may name another file on another host. */
static enum status agree_on(const struct world *world, uint64_t hash, struct error *error)
{
    enum status status = STATUS_DONE;
    if (!collective_equals_first(world, hash))
        status = error_set(error, STATUS_FAILED, "--model %s: is another model than on rank 0",
                           own.source);
    return world_agree(world, status, error);
}

enum status shared_object_load(const struct world *world, const char *path,
                               const struct dtrain_model *linked, struct error *error)
{
    snprintf(own.source, sizeof own.source, "%s", path ? path : "built in");
    own.call.iteration = -1;
    crash_guard_model(world, &own.call);
    watchdog_model(&own.call);
    const struct dtrain_model *model = linked ? linked : load(path, error);
    if (world_agree(world, model ? take(model, error) : error->status, error))
        return error->status;
    const struct dtrain_model *functions = &own.functions;
    const uint64_t shape[] = {own.without_data, functions->evaluate != NULL,
                              (uint64_t)functions->residuals};
    return agree_on(world,
                    XXH3_64bits_withSeed(functions->name, strlen(functions->name),
                                         XXH3_64bits(shape, sizeof shape)),
                    error);
}

bool shared_object_evaluates(void)
{
    return own.functions.evaluate != NULL;
}

bool shared_object_takes_no_data(void)
{
    return own.without_data > 0;
}

static enum status refuse_data(const struct dtrain_shape *data, struct error *error)
{
    char refusal[USER_MODEL_REFUSAL_SIZE];
    user_model_refusal(refusal, data);
    return error_set(error, STATUS_FAILED, "--model %s: %s", own.source, refusal);
}

static enum status make(const struct dtrain_shape *data, double step, struct model *model,
                        struct error *error)
{
    char fault[PARAMETERS_FAULT_SIZE];
    parameters_destroy(&own.parameters);
    if (!user_model_make(model, &own.functions, &own.call, data))
        return refuse_data(data, error);
    if (own.functions.evaluate && !user_model_describe(model, step, &own.parameters, fault))
        return error_set(error, STATUS_FAILED, "--model %s: %s", own.source, fault);
    return STATUS_DONE;
}

enum status shared_object_make(const struct world *world, const struct dtrain_shape *data,
                               double step, struct model *model, struct error *error)
{
    if (world_agree(world, make(data, step, model, error), error))
        return error->status;
    const struct parameters *parameters = model->user.parameters;
    uint64_t parts[] = {model->tensors.parameters, 0, 0};
    if (parameters) {
        parts[1] = parameters_hash(parameters);
        parts[2] =
            XXH3_64bits(parameters->initial, parameters->count * sizeof *parameters->initial);
    }
    return agree_on(world, XXH3_64bits(parts, sizeof parts), error);
}
