/* SPDX-License-Identifier: MIT
 *
 * Which function of a model runs, noted where it is called: for a line about it should it crash
 * (crash_guard.h), and to tell a slow one from one that never returns (watchdog.h). Other threads
 * and signal handlers may read it at any time. No MPI here. */
#ifndef DTRAIN_MODEL_CALL_H
#define DTRAIN_MODEL_CALL_H

#include <stdatomic.h>
#include <stdint.h>

enum model_function {
    MODEL_NONE,
    MODEL_LOADING, /* the object itself, and dtrain_model() */
    MODEL_PARAMETERS,
    MODEL_INITIALIZE,
    MODEL_LOSS,
    MODEL_PREDICT,
    MODEL_FUNCTIONS
};

struct model_call {
    const char *model;      /* its name; the file's, while that is loaded */
    atomic_int function;    /* the one that runs; MODEL_NONE: none */
    atomic_llong row;       /* for MODEL_LOSS and MODEL_PREDICT: of the data set */
    atomic_llong iteration; /* of the training; -1: none */
    atomic_ulong count;     /* calls begun */
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

/* "loss()", say, or "its loading". */
const char *model_call_name(int function);

#endif
