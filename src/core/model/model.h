/* SPDX-License-Identifier: MIT
 *
 * What is trained: a function of parameters theta[P] that gives a sample a loss and a class.
 *
 * A model is an interface of two kinds: the layered network (network.h), and a loss of the user's
 * own, of which nothing else is known (user_model.h). No other file asks which of the two a model
 * is. All functions are pure, and a sample's results have the same bits whatever surrounds it. */
#ifndef DTRAIN_MODEL_H
#define DTRAIN_MODEL_H

#include "core/numbers/exact_sum.h"
#include "core/samples/samples.h"
#include "network.h"
#include "tensors.h"
#include "user_model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Lines that name a model show so many bytes of its name. */
enum { MODEL_DESCRIPTION_SIZE = 256, MODEL_NAME_SHOWN = 100 };

/* The standard deviation of a layer's initial weights: a number or, where gain is not 0,
 * sqrt(gain / inputs). */
struct deviation {
    double number;
    double gain;
};

/* That of a rule: "he" has the gain 2, "xavier" 1. */
struct deviation deviation_find(const char *rule);

/* What a kind of model does. `results` is a kind's own memory for what it finds out about the
 * samples of a pass; sample i of them is number i of the pass. */
struct model_kind {
    /* Whether it is a network of known layers, whose loss has a derivative. Where it is not,
     * nothing is known of the loss but its values: it may jump, or be flat within a step. */
    bool derivative_known;

    const char *bad_loss_cause; /* what a line about a loss that is not finite ends with */

    int (*part_of)(const struct model *model, size_t parameter);
    void (*initialize)(const struct model *model, uint64_t seed, struct deviation deviation,
                       double *theta);
    void (*note_iteration)(const struct model *model, int64_t iteration); /* NULL: no need */

    /* Room for samples, *capacity at the most: it may be lowered. NULL where memory is short. */
    void *(*create_results)(const struct model *model, int *capacity);
    void (*destroy_results)(void *results); /* takes NULL too */
    /* What is done once with the samples, however often they go forward. NULL: nothing. */
    void (*take)(const struct sample *samples, int count, void *results);
    void (*forward)(const struct model *model, const double *theta, const struct sample *samples,
                    int count, void *results);
    double (*loss)(const void *results, int i);
    int (*predict)(const struct model *model, const double *theta, const struct sample *samples,
                   const void *results, int i, double *probability);
};

/* A plain value: it may be copied, and nothing frees it. */
struct model {
    const struct model_kind *kind;
    int inputs;             /* D */
    int classes;            /* K */
    struct tensors tensors; /* of theta */
    int parts;              /* the number of parts that a sample's work can be shared out in */
    bool predicts;          /* whether it predicts classes */
    double loss_range;      /* of the grid for the sums of losses: |loss| is below it */
    double loss_ceiling;    /* the loss of a hopeless sample; INFINITY where nobody knows it */
    char description[MODEL_DESCRIPTION_SIZE]; /* "784-50-10", or a user's name for the model */
    char of_model[MODEL_DESCRIPTION_SIZE];    /* " of the model NAME"; "" for a network */
    union {
        struct network network;
        struct user_model user;
    };
};

/* Samples on their way through a model: some at a time, as that is faster. */
struct model_pass {
    const struct model *model;
    int capacity;           /* how many samples it takes at the most */
    int count;              /* how many it has taken */
    struct sample *samples; /* (capacity) */
    void *results;          /* the kind's own */
};

/* Makes room; the model must outlive the pass. False where memory is short; nothing is left behind
 * then. Free with model_pass_destroy. */
bool model_pass_create(struct model_pass *pass, const struct model *model);
void model_pass_destroy(struct model_pass *pass);

/* Takes the first of `count` > 0 rows, given by their numbers in the dataset: as many as fit.
 * Returns how many. The samples must stay where they are. */
int model_pass_take(struct model_pass *pass, const struct samples *samples, const int64_t *rows,
                    int64_t count);

/* The same of `count` > 0 consecutive rows from `row` on. */
int model_pass_take_from(struct model_pass *pass, const struct samples *samples, int64_t row,
                         int64_t count);

/* The forward pass of the samples taken. */
void model_forward(struct model_pass *pass, const double *theta);

/* The loss of sample i after its forward pass; NaN where it has no label. */
double model_loss(const struct model_pass *pass, int i);

/* The class that sample i is taken for after its forward pass, -1 where the model predicts none.
 * Its probability is stored where `probability` is not NULL; NaN where the model has none. */
int model_predict(const struct model_pass *pass, const double *theta, int i, double *probability);

/* The part of a sample's work that a parameter belongs to: 0 .. parts - 1. */
int model_part_of(const struct model *model, size_t parameter);

/* Initial parameters theta[P], keyed by seed: weights normal with that deviation and biases 0, or
 * as a user's model has it, which takes a number only. */
void model_initialize(const struct model *model, uint64_t seed, struct deviation deviation,
                      double *theta);

/* Notes which iteration begins, for lines about a model that crashes. */
void model_note_iteration(const struct model *model, int64_t iteration);

/* What samples add up to. Sums of some samples are summed over ranks. */
struct model_score {
    int64_t loss_sum;     /* in quanta of the grid */
    int64_t correct;      /* the number of predictions that are right */
    int64_t overflows;    /* the number of losses that are not finite, or beyond the grid's range */
    int64_t overflow_row; /* the row of the first of them */
    double overflow_loss; /* the loss of that row */
    int64_t *confusions;  /* (K, K), rows by true and predicted class; NULL: nobody asks for them */
};

/* Passes the samples taken forward, which have labels, and adds them to a score, which is all zero
 * at first. `grid` is that of all terms that will be summed, over all ranks, with range
 * model->loss_range. */
void model_score_add(struct model_score *score, struct model_pass *pass, const double *theta,
                     const struct exact_grid *grid);

#endif
