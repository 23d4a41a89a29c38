/* SPDX-License-Identifier: MIT
 *
 * The interface for your own models: a loss of your own, which need not be differentiable, is
 * trained in parallel by numerical gradients, with dtrain's sampling, exact sums, checkpoints and
 * commands. This is the only header that is installed.
 *
 * Write either a shared object that defines dtrain_model(), for `dtrain --model ./mine.so`, or a
 * program that calls dtrain_main().
 *
 * In C++ always write `struct dtrain_model` for the type, since the function has the same name. Set
 * its members in their order or one by one (designated initializers need C++20). Define
 * dtrain_model() in a file that includes this header, or as extern "C"; the functions in the struct
 * need no such linkage. No exception may leave any of them. */
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

/* A model built for another version is refused. */
#define DTRAIN_MODEL_VERSION 1

struct dtrain_shape {
    int inputs;        /* D, the values of a sample */
    int classes;       /* K; labels are 0 .. K - 1 */
    size_t parameters; /* P, the length of theta */
};

/* A model. theta[P]: its parameters. inputs[D]: one sample; pixels are v / 255. The functions must
 * be pure: the same arguments give the same bits on every rank. They must return: a crash, an
 * exit(), or a call that takes longer than --stall-timeout ends the job with a line that names the
 * function. */
struct dtrain_model {
    int version;      /* DTRAIN_MODEL_VERSION */
    const char *name; /* for messages */
    /* Returns P for data of that shape, or 0 if such data do not suit the model. */
    size_t (*parameters)(int inputs, int classes);
    /* Returns the loss of one sample. If it is not finite, or not below loss_range, the run ends as
     * diverged. */
    double (*loss)(const struct dtrain_shape *shape, const double *theta, const double *inputs,
                   int label);
    /* Returns the class of a sample. NULL: no classes; accuracies are then 0. */
    int (*predict)(const struct dtrain_shape *shape, const double *theta, const double *inputs);
    /* Fills theta for a seed and the deviation of --init-std. NULL: normal with that deviation. */
    void (*initialize)(const struct dtrain_shape *shape, uint64_t seed, double deviation,
                       double *theta);
    /* A power of two from 2^-16 to 2^16, above every |loss|. A smaller range gives finer
     * sums. 0 means 32. */
    double loss_range;
};

/* Defined by a file for --model. The model it returns must outlive the run. */
DTRAIN_API const struct dtrain_model *dtrain_model(void);

/* Runs dtrain with that model (NULL: dtrain's own network). Returns the exit code. Calls MPI_Init
 * and MPI_Finalize. Until it returns, the calling thread, and the model in it, run in the C locale,
 * where numbers have a decimal point. Standard output is flushed and stays open. */
DTRAIN_API int dtrain_main(int argc, char **argv, const struct dtrain_model *model);

/* The version, such as "0.2.0". */
DTRAIN_API const char *dtrain_version(void);

#ifdef __cplusplus
}
#endif

#endif
