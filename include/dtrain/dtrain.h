/* SPDX-License-Identifier: MIT
 *
 * The interface for your own models: a loss of your own, which need not be differentiable, is
 * trained in parallel by numerical gradients, with dtrain's sampling, exact sums, checkpoints and
 * commands. This is the only header that is installed.
 *
 * Write either a shared object that defines dtrain_model(), for `dtrain --model ./mine.so`, or a
 * program that calls dtrain_main(), or one that calls dtrain_model_serve(), for `dtrain
 * --model-command ./mine`.
 *
 * In C++ always write `struct dtrain_model` for the type, since the function has the same name. Set
 * its members one by one, beginning with all zeros (designated initializers need C++20). Define
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

/* The version of this interface. Structs grow at their ends only: a model that was built for an
 * older version loads and runs as before. One built for a later version is refused. */
#define DTRAIN_MODEL_VERSION 2

struct dtrain_shape {
    int inputs;        /* D, the values of a sample; 0 without data */
    int classes;       /* K; labels are 0 .. K - 1; 0 without classes */
    size_t parameters; /* P, the length of theta */
    /* Since version 2. */
    int targets;   /* M, the real numbers that belong to a row; 0: labels, or no data */
    int residuals; /* as in struct dtrain_model */
};

/* One of the parameters. 0 and NULL stand for the defaults. */
struct dtrain_parameter {
    const char *name;    /* for messages and files; NULL: theta[p] */
    double initial;      /* where the run begins, without initialize() and --weights */
    double lower, upper; /* its bounds; both 0: none; infinite: none on that side; both
                          * equal: it stays as it is */
    double scale;        /* its unit: optimizers and --step work with theta / scale; 0: 1 */
    double step;         /* h of its difference; 0: --step times scale */
};

/* Where a process of the model runs. */
struct dtrain_place {
    int rank, ranks;
    const char *scratch; /* a folder of this process's own, which is removed at the end, but not if
                          * the process is killed or crashes */
};

/* One evaluation. Its result may depend on theta, the row, seed, attempt and what setup() made, and
 * on nothing else: not on the evaluations before. */
struct dtrain_call {
    const double *theta;   /* (P) */
    const double *inputs;  /* (D); NULL without data */
    const double *targets; /* (M); NULL where the data have none */
    int label;             /* 0 .. K - 1; -1 where the data have none */
    int attempt; /* how often this evaluation has failed before: solve it with more care */
    int64_t row; /* of the data; without data, the number of the replicate */
    int64_t iteration;
    uint64_t seed; /* below 2^53, for random numbers: the same on both sides of a difference, and
                    * for all parameters. Draw each number by what it is for, such as day and
                    * person: in one stream, a single event more would shift all later ones. */
    void *state;   /* what setup() returned */
};

enum dtrain_outcome { DTRAIN_DONE = 0, DTRAIN_FAILED = 1 };

/* A model sets either loss or evaluate. theta[P]: its parameters. inputs[D]: one sample; pixels are
 * v / 255. The functions must be pure: the same arguments give the same bits on every rank. They
 * must return: a crash, an exit() or, if --stall-timeout is given, a call that takes longer ends
 * the job with a line that names the function. */
struct dtrain_model {
    int version;      /* DTRAIN_MODEL_VERSION */
    const char *name; /* for messages */
    /* Returns P for data of that shape, or 0 if such data do not suit the model. (0, 0) asks for a
     * model without data; then there is only theta. */
    size_t (*parameters)(int inputs, int classes);
    /* Returns the loss of one sample. If it is not finite, or not below loss_range, the run ends as
     * diverged. */
    double (*loss)(const struct dtrain_shape *shape, const double *theta, const double *inputs,
                   int label);
    /* Returns the class of a sample. NULL: no classes; accuracies are then 0, or left out if the
     * model has evaluate. */
    int (*predict)(const struct dtrain_shape *shape, const double *theta, const double *inputs);
    /* Fills theta for a seed and the deviation of --init-std. NULL: normal with that deviation, or
     * what describe() says. */
    void (*initialize)(const struct dtrain_shape *shape, uint64_t seed, double deviation,
                       double *theta);
    /* For loss: a power of two from 2^-16 to 2^16, above every |loss|. A smaller range gives finer
     * sums. 0 means 32. */
    double loss_range;

    /* Since version 2, all for models with evaluate; each may be NULL or 0. */

    int residuals; /* 0: evaluate gives one number, the loss; otherwise it gives that many
                    * residuals, and the loss is half the sum of their squares */
    /* Returns (P) descriptions, which are copied. */
    const struct dtrain_parameter *(*describe)(const struct dtrain_shape *shape);
    /* Called once in each process, before the first evaluation; what it returns is call->state.
     * NULL: it has failed, and the run ends. */
    void *(*setup)(const struct dtrain_shape *shape, const struct dtrain_place *place);
    void (*teardown)(void *state);
    /* Writes the loss, or the residuals, to outputs. DTRAIN_FAILED, or a number that is not finite:
     * the evaluation has failed, and what follows is up to --retries and --on-failure. */
    enum dtrain_outcome (*evaluate)(const struct dtrain_shape *shape,
                                    const struct dtrain_call *call, double *outputs);
};

/* Defined by a file for --model. The model it returns must outlive the run. */
DTRAIN_API const struct dtrain_model *dtrain_model(void);

/* Runs dtrain with that model (NULL: dtrain's own network). Returns the exit code. Calls MPI_Init
 * and MPI_Finalize. Until it returns, the calling thread, and the model in it, run in the C locale,
 * where numbers have a decimal point. Standard output is flushed and stays open. */
DTRAIN_API int dtrain_main(int argc, char **argv, const struct dtrain_model *model);

/* Serves a model with evaluate() from a process of its own, for `dtrain --model-command PROGRAM`:
 * write a program whose main() ends with this call. Returns the exit code for it, when dtrain has
 * no more evaluations or the model cannot begin. Calls no MPI. Until it returns, the calling
 * thread, and the model in it, run in the C locale. */
DTRAIN_API int dtrain_model_serve(const struct dtrain_model *model);

/* The version, such as "0.2.0". */
DTRAIN_API const char *dtrain_version(void);

#ifdef __cplusplus
}
#endif

#endif
