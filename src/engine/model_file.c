/* SPDX-License-Identifier: MIT */
#include "model_file.h"

#include "common/arithmetic.h"
#include "common/printable.h"
#include "common/xxh3.h"
#include "ranks/collective.h"
#include "ranks/crash_guard.h"
#include "ranks/watchdog.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

typedef const struct dtrain_model *(*model_function)(void);

/* The calls of the process's only model. */
static struct model_call call;

/* Sets the name by which lines about a failed call name the model. */
static void name_model(const char *name)
{
    static char shown[256];
    printable_copy(shown, sizeof shown, name);
    call.model = shown;
}

static const struct dtrain_model *load(const char *path, struct error *error)
{
    char name[PATH_MAX];
    /* dlopen would look for a name without a slash among the system's libraries. */
    snprintf(name, sizeof name, "%s%s", strchr(path, '/') ? "" : "./", path);
    /* The model says its own name only once it is loaded. */
    name_model(path);
    model_call_begin(&call, MODEL_LOADING);
    void *object = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!object) {
        model_call_end(&call);
        error_set(error, STATUS_FAILED, "--model %s: %s", path, dlerror());
        return NULL;
    }
    /* C has no cast from an object pointer to a function pointer; POSIX allows this. */
    union {
        void *object;
        model_function function;
    } symbol = {dlsym(object, "dtrain_model")};
    const struct dtrain_model *model = symbol.object ? symbol.function() : NULL;
    model_call_end(&call);
    if (!model)
        error_set(error, STATUS_FAILED, "--model %s: defines no dtrain_model()", path);
    snprintf(name, sizeof name, "--model %.*s", (int)sizeof name - 16, path);
    return model && arithmetic_check(name, error) ? NULL : model;
}

static enum status make(const struct dtrain_model *functions, const char *source, int inputs,
                        int classes, struct model *model, struct error *error)
{
    if (functions->version != DTRAIN_MODEL_VERSION)
        return error_set(error, STATUS_FAILED,
                         "--model %s: was built for version %d of the interface, not %d: build it "
                         "again",
                         source, functions->version, DTRAIN_MODEL_VERSION);
    if (!user_model_is_complete(functions))
        return error_set(
            error, STATUS_FAILED,
            "--model %s: needs a name, parameters, a loss, and a loss_range that is 0 or "
            "a power of two from 2^-16 to 2^16",
            source);
    name_model(functions->name);
    if (!user_model_make(model, functions, &call, inputs, classes))
        return error_set(error, STATUS_FAILED, "--model %s: is not for %d inputs and %d classes",
                         source, inputs, classes);
    return STATUS_DONE;
}

enum status model_file_open(const struct world *world, const char *path,
                            const struct dtrain_model *linked, int inputs, int classes,
                            struct model *model, struct error *error)
{
    const char *const source = path ? path : "built in";
    call.iteration = -1;
    crash_guard_model(world, &call);
    watchdog_model(&call);
    const struct dtrain_model *functions = linked ? linked : load(path, error);
    enum status status =
        functions ? make(functions, source, inputs, classes, model, error) : error->status;
    status = world_agree(world, status, error);
    if (status)
        return status;
    /* The path may name another file on another host. */
    const uint64_t hash = XXH3_64bits_withSeed(functions->name, strlen(functions->name),
                                               (uint64_t)model->tensors.parameters);
    if (!collective_equals_first(world, hash))
        status =
            error_set(error, STATUS_FAILED, "--model %s: is another model than on rank 0", source);
    return world_agree(world, status, error);
}
