/* SPDX-License-Identifier: MIT */
#include "model_file.h"

#include "common/printable.h"
#include "crash_guard.h"
#include "ranks/collective.h"
#include "ranks/watchdog.h"

#include <dlfcn.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

typedef const struct dtrain_model *(*model_function)(void);

/* Of the process's one model. */
static struct model_call call;

static void begin_call(const char *model, enum model_function function)
{
    static char shown[256];
    printable_copy(shown, sizeof shown, model);
    call.model = shown;
    model_call_begin(&call, function);
}

static const struct dtrain_model *load(const char *path, struct error *error)
{
    char name[PATH_MAX];
    /* A bare name is a file here, not one of the system's libraries. */
    snprintf(name, sizeof name, "%s%s", strchr(path, '/') ? "" : "./", path);
    begin_call(path, MODEL_LOADING);
    void *object = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!object) {
        model_call_end(&call);
        error_set(error, STATUS_FAILED, "--model %s: %s", path, dlerror());
        return NULL;
    }
    /* C knows no cast from an object's pointer to a function's; POSIX has it so. */
    union {
        void *object;
        model_function function;
    } symbol = {dlsym(object, "dtrain_model")};
    const struct dtrain_model *model = symbol.object ? symbol.function() : NULL;
    model_call_end(&call);
    if (!model)
        error_set(error, STATUS_FAILED, "--model %s: defines no dtrain_model()", path);
    return model;
}

/* What exact_grid_make takes; or 0. */
static bool is_range(double range)
{
    int exponent;
    return range == 0 || (frexp(range, &exponent) == 0.5 && exponent >= -15 && exponent <= 17);
}

static enum status check(const struct dtrain_model *model, const char *source, int inputs,
                         int classes, struct network *network, struct error *error)
{
    if (model->version != DTRAIN_MODEL_VERSION)
        return error_set(error, STATUS_FAILED,
                         "--model %s: was built for version %d of the interface, not %d: build it "
                         "again",
                         source, model->version, DTRAIN_MODEL_VERSION);
    if (!model->name || !model->parameters || !model->loss || !is_range(model->loss_range))
        return error_set(
            error, STATUS_FAILED,
            "--model %s: needs a name, parameters, a loss, and a loss_range that is 0 or "
            "a power of two from 2^-16 to 2^16",
            source);
    begin_call(model->name, MODEL_PARAMETERS);
    const size_t parameters = model->parameters(inputs, classes);
    model_call_end(&call);
    if (parameters == 0 || parameters > NETWORK_PARAMETERS_MAX)
        return error_set(error, STATUS_FAILED, "--model %s: is not for %d inputs and %d classes",
                         source, inputs, classes);
    *network = (struct network){.inputs = inputs,
                                .classes = classes,
                                .model = model,
                                .model_parameters = parameters,
                                .call = &call};
    return STATUS_DONE;
}

enum status model_file_open(const struct world *world, const char *path,
                            const struct dtrain_model *linked, int inputs, int classes,
                            struct network *network, struct error *error)
{
    call.iteration = -1;
    crash_guard_model(world, &call);
    watchdog_model(&call);
    const struct dtrain_model *model = linked ? linked : load(path, error);
    enum status status =
        model ? check(model, path ? path : "built in", inputs, classes, network, error)
              : error->status;
    status = world_agree(world, status, error);
    if (status)
        return status;
    /* Each host may have its own file of that name. */
    const uint64_t hash =
        XXH3_64bits_withSeed(model->name, strlen(model->name), (uint64_t)network->model_parameters);
    if (!collective_equals_first(world, hash))
        status = error_set(error, STATUS_FAILED, "--model %s: is another model than on rank 0",
                           path ? path : "built in");
    return world_agree(world, status, error);
}
