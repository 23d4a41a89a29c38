/* SPDX-License-Identifier: MIT
 *
 * Which function of a model is running. The crash guard names it if it crashes (crash_guard.h); the
 * watchdog tells many calls from one that never returns (watchdog.h). Other threads and signal
 * handlers may read it at any time. */
#ifndef DTRAIN_MODEL_CALL_H
#define DTRAIN_MODEL_CALL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum model_function {
    MODEL_NONE,
    MODEL_LOADING, /* loading of the file, including dtrain_model() */
    MODEL_PARAMETERS,
    MODEL_DESCRIBE,
    MODEL_INITIALIZE,
    MODEL_SETUP,
    MODEL_LOSS,
    MODEL_EVALUATE,
    MODEL_PREDICT,
    MODEL_TEARDOWN,
    MODEL_FUNCTIONS
};

struct model_call {
    const char *model;      /* the model's name; while its file is being loaded, the file's */
    atomic_int function;    /* the function that runs: enum model_function */
    atomic_llong row;       /* the row of the dataset, for functions that take one */
    atomic_llong iteration; /* the iteration of the training; -1: none */
    atomic_ulong count;     /* calls begun so far */
};

static inline void model_call_begin(struct model_call *call, enum model_function function)
{
    const unsigned long count = atomic_load_explicit(&call->count, memory_order_relaxed);
    atomic_store_explicit(&call->count, count + 1, memory_order_relaxed);
    atomic_store_explicit(&call->function, (int)function, memory_order_relaxed);
}

static inline void model_call_end(struct model_call *call)
{
    atomic_store_explicit(&call->function, MODEL_NONE, memory_order_relaxed);
}

/* The function's name, such as "loss()". */
const char *model_call_name(int function);

/* Whether a call of the function is about a row. */
bool model_call_has_row(int function);

#endif
