/* SPDX-License-Identifier: MIT
 *
 * What is trained: a function of parameters theta[P] that gives a sample a loss and a class.
 *
 * There are three kinds of model behind one interface: the layered network (network.h), and users'
 * models, about which nothing is known but their losses (user_model.h). Other files tell them apart
 * only by what their kind says. All functions are pure, and a sample's results have the same bits
 * whatever surrounds it. */
#ifndef DTRAIN_MODEL_H
#define DTRAIN_MODEL_H

#include "core/numbers/arena.h"
#include "core/numbers/exact_sum.h"
#include "core/samples/samples.h"
#include "network.h"
#include "residuals.h"
#include "score_kind.h"
#include "tensors.h"
#include "user_model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Lines that name a model show at most MODEL_NAME_SHOWN bytes of its name. */
enum { MODEL_DESCRIPTION_SIZE = 256, MODEL_NAME_SHOWN = 100 };

/* The standard deviation of a layer's initial weights: a number or, where gain is not 0,
 * sqrt(gain / inputs). */
struct deviation {
    double number;
    double gain;
};

/* The deviation of a rule: "he" has the gain 2, "xavier" 1. */
struct deviation deviation_find(const char *rule);

/* What a kind of model does. `results` is the kind's own memory for what it computes for the
 * samples of a pass; `i` is a sample's number in the pass. */
struct model_kind {
    /* Required. */

    /* Whether its loss has a derivative, which follows from known layers. If it has none, nothing
     * is known about the loss but its values, which may be costly. */
    bool has_derivative;
    /* Whether --step is too small where the loss does not change, or jumps. If it is not, the
     * learning rate or the initial weights are at fault. */
    bool blames_step;
    bool decays; /* whether it has weights that --weight-decay can shrink */
    /* Whether its losses are evaluated one at a time, and may fail (engine/): there are no forward
     * passes then, and their functions below are NULL. */
    bool evaluates;
    int (*part_of)(const struct model *model, size_t parameter);
    void (*initialize)(const struct model *model, uint64_t seed, struct deviation deviation,
                       double *theta);

    /* NULL means the default. */

    /* What stands before its description in a sentence: "the model". NULL: it is dtrain's own, and
     * lines about what goes wrong name settings and data in its place. */
    const char *title;
    /* The end of a line about a loss that is not finite. NULL: none. */
    const char *bad_loss_cause;
    /* NULL: it need not know. */
    void (*note_iteration)(const struct model *model, int64_t iteration);
    /* Prepares the samples once, however often they go forward. NULL: nothing to do. */
    void (*take)(const struct sample *samples, int count, void *results);
    /* The same as forward where only losses and predictions are wanted. NULL: forward. */
    void (*evaluate)(const struct model *model, const double *theta, const struct sample *samples,
                     int count, void *results);

    /* NULL means it cannot. */

    /* Makes room for up to *capacity samples in the arena; may lower *capacity. NULL where memory
     * is short. */
    void *(*create_results)(const struct model *model, int *capacity, struct arena *arena);
    void (*forward)(const struct model *model, const double *theta, const struct sample *samples,
                    int count, void *results);
    double (*loss)(const void *results, int i);
    int (*predict)(const struct model *model, const double *theta, const struct sample *samples,
                   const void *results, int i, double *probability);
    /* The numbers (K) predicted for sample i. */
    const double *(*numbers)(const void *results, int i);
    /* The probabilities (K) of sample i's classes after `forward`. */
    const double *(*probabilities)(const void *results, int i);
};

/* A plain value: it may be copied, and nothing frees it. */
struct model {
    const struct model_kind *kind;
    int inputs;             /* D */
    int outputs;            /* K: its classes, or the numbers that it predicts */
    struct tensors tensors; /* what theta consists of */
    int parts;              /* into how many parts the work of samples is divided */
    bool predicts;          /* whether it predicts classes */
    const struct score_kind *score;
    int loss_parts;        /* of sums of losses (exact_sum.h) */
    double loss_range;     /* the range of their grid: |loss| is below it */
    double gradient_range; /* the range of the first grid for sums of quotients */
    int wider_grids;       /* how many more grids there are for them (gradient.h) */
    double largest_target; /* no target is larger: a power of two */
    double largest_weight; /* no sample has a larger weight: a power of two */
    double loss_ceiling;   /* the largest loss of a sample; INFINITY if unknown */
    char description[MODEL_DESCRIPTION_SIZE]; /* "784-50-10", or a user's name for the model */
    char of_model[MODEL_DESCRIPTION_SIZE];    /* " of the model NAME"; "" for a network */
    union {
        struct network network;
        struct user_model user;
    };
};

/* Samples on their way through a model, several at a time because that is faster. */
struct model_pass {
    const struct model *model;
    int capacity;           /* how many samples it can take */
    int count;              /* how many it has taken */
    struct sample *samples; /* (capacity) */
    void *results;          /* the kind's own */
    struct arena arena;     /* holds both */
};

/* Makes room; the model, of a kind that has passes, must outlive the pass. False where memory is
 * short; nothing is left behind then. Free with model_pass_destroy. */
bool model_pass_create(struct model_pass *pass, const struct model *model);
void model_pass_destroy(struct model_pass *pass);

/* Takes the first of `count` > 0 rows, given by their numbers in the dataset: as many as fit.
 * Returns how many. The samples must stay where they are. */
int model_pass_take(struct model_pass *pass, const struct samples *samples, const int64_t *rows,
                    int64_t count);

/* The same for `count` > 0 consecutive rows from `row` on. */
int model_pass_take_from(struct model_pass *pass, const struct samples *samples, int64_t row,
                         int64_t count);

/* Runs the forward pass of the samples taken. */
void model_forward(struct model_pass *pass, const double *theta);

/* The loss of sample i after its forward pass; NaN where it has no label. */
double model_loss(const struct model_pass *pass, int i);

/* The class predicted for sample i after its forward pass, -1 if the model predicts none. If
 * `probability` is not NULL, it gets the class's probability, NaN if the model has none. */
int model_predict(const struct model_pass *pass, const double *theta, int i, double *probability);

/* Whether it predicts numbers, and not classes. */
bool model_predicts_numbers(const struct model *model);

/* What the training rows are like: the largest absolute value of inputs, targets and weights, and
 * the usual one of targets. */
struct model_limits {
    double input, target, usual_target, weight;
};

/* Sets the ranges of the sums. Those of models that predict classes depend on the weight alone. */
void model_set_limits(struct model *model, const struct model_limits *limits);

/* The range of the grid for sums of losses where no target is larger; loss_range, if the model
 * predicts classes. */
double model_loss_range(const struct model *model, double largest_target);

/* The smallest power of two that is at least x; 2^-200 at least. */
double model_power_of_two(double x);

/* The part of a sample's work that a parameter belongs to: 0 .. parts - 1. */
int model_part_of(const struct model *model, size_t parameter);

/* Initial parameters theta[P], keyed by seed: weights normal with that deviation and biases 0, or
 * what a user's model sets; for that, the deviation must be a number. */
void model_initialize(const struct model *model, uint64_t seed, struct deviation deviation,
                      double *theta);

/* Notes which iteration begins, for lines about a model that crashes. */
void model_note_iteration(const struct model *model, int64_t iteration);

/* The usual range of the first grid for gradients, and of what is summed of it (gradient.h). */
#define MODEL_GRADIENT_RANGE 128.0

/* Sums over samples: each rank adds up its own, and these are then summed over the ranks. */
struct model_score {
    int64_t loss[EXACT_PARTS_MAX]; /* in quanta of the grids */
    int64_t correct;               /* the number of predictions that are right */
    int64_t overflows;    /* the number of losses that are not finite, or beyond the grid's range */
    int64_t overflow_row; /* the row of the first of them */
    double overflow_loss; /* the loss of that row */
    bool of_batch;        /* whether only losses count, by the weights of their samples */
    int64_t *confusions;  /* (K, K), rows by true and predicted class; NULL: not wanted */
    struct residuals residuals; /* of a model that predicts numbers; all zero: not wanted */
};

/* Runs the forward pass of the samples taken, which have labels, and adds them to a score, which is
 * all zero at first, but for what is wanted. `grids` must be made for all terms that will be
 * summed, over all ranks, with model->loss_range and model->loss_parts. */
void model_score_add(struct model_score *score, struct model_pass *pass, const double *theta,
                     const struct exact_grids *grids);

#endif
