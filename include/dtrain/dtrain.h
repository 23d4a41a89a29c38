/* SPDX-License-Identifier: MIT
 *
 * dtrain for programs of one's own: a loss that cannot be differentiated, trained by numerical
 * gradients, in parallel, with dtrain's loop, sampling, exact sums, checkpoints and commands.
 *
 * Either a shared object that defines dtrain_model(), for `dtrain --model ./mine.so`; or a program
 * that calls dtrain_main. This is the only header that is installed.
 *
 * In C++ a function and a struct of one name hide each other: write `struct dtrain_model` for the
 * type, also where C++ would do without `struct`, and set the members in their order or one by one
 * (designated initializers need C++20). Declare the functions that go into the struct as usual,
 * and define dtrain_model() in a file that includes this header, or as extern "C". No exception may
 * leave them. */
#ifndef DTRAIN_DTRAIN_H
#define DTRAIN_DTRAIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define DTRAIN_API __attribute__((visibility("default")))
#else
#define DTRAIN_API
#endif

/* Changes where struct dtrain_model does. */
#define DTRAIN_MODEL_VERSION 1

struct dtrain_shape {
    int inputs;        /* values of a sample: D */
    int classes;       /* K; labels are 0 .. K - 1 */
    size_t parameters; /* P */
};

/* A model is its loss. The functions must be pure: the same arguments give the same bits, on every
 * rank. theta[P], inputs[D] (pixels as v / 255). They must return: a crash, an exit() and a call
 * that takes longer than --stall-timeout end the job with a line that names the function. */
struct dtrain_model {
    int version;      /* DTRAIN_MODEL_VERSION */
    const char *name; /* for messages */
    /* P for such data; 0: the data do not suit the model. */
    size_t (*parameters)(int inputs, int classes);
    /* The loss of one sample. Not finite, or beyond loss_range: the run ends as diverged. */
    double (*loss)(const struct dtrain_shape *shape, const double *theta, const double *inputs,
                   int label);
    /* The class of a sample. NULL: none; accuracies are 0 then. */
    int (*predict)(const struct dtrain_shape *shape, const double *theta, const double *inputs);
    /* Fills theta for a seed and --init-std. NULL: normal with that deviation. */
    void (*initialize)(const struct dtrain_shape *shape, uint64_t seed, double deviation,
                       double *theta);
    /* A power of two, 2^-16 to 2^16, above every |loss|; the smaller, the finer their sum. 0: 32.
     */
    double loss_range;
};

/* What a file for --model defines. The model must outlive the run. */
DTRAIN_API const struct dtrain_model *dtrain_model(void);

/* The program dtrain, with a model built in (NULL: its own network). Returns the exit code; calls
 * MPI_Init and MPI_Finalize. Until it returns, the calling thread, and with it the model, has the C
 * locale: numbers have a decimal point. Standard output is flushed, and stays open. */
DTRAIN_API int dtrain_main(int argc, char **argv, const struct dtrain_model *model);

/* "0.1.0" */
DTRAIN_API const char *dtrain_version(void);

#ifdef __cplusplus
}
#endif

#endif
