/* SPDX-License-Identifier: MIT */
#include "model_file.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

typedef const struct dtrain_model *(*model_function)(void);

const struct dtrain_model *model_file_open(const char *path, const char **fault)
{
    char name[PATH_MAX];
    /* dlopen would look for a name without a slash among the system's libraries. */
    snprintf(name, sizeof name, "%s%s", strchr(path, '/') ? "" : "./", path);
    void *object = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!object) {
        *fault = dlerror();
        return NULL;
    }
    /* C has no cast from an object pointer to a function pointer; POSIX allows this. */
    union {
        void *object;
        model_function function;
    } symbol = {dlsym(object, "dtrain_model")};
    const struct dtrain_model *model = symbol.object ? symbol.function() : NULL;
    *fault = symbol.object ? "its dtrain_model() returned NULL" : "defines no dtrain_model()";
    return model;
}
