/* SPDX-License-Identifier: MIT
 *
 * Gradients of the batch loss, by three methods.
 *
 * The loss of a batch is the mean of its samples' losses l, so each method computes one number q
 * for each sample and parameter, and the mean of q over the global batch is the gradient. The
 * methods for networks add up the q of a group of samples (share.h) and round that sum once to a
 * grid; `literal` rounds each q. The rounded numbers are summed exactly. `literal` and `numerical`
 * give the central difference q = (l(theta + h) - l(theta - h)) / (2h), the first exactly as
 * written, the second without evaluating what a perturbation cannot change; `backprop` gives the
 * derivative dl/dtheta. Not collective: a rank sums its own share. */
#ifndef DTRAIN_GRADIENT_H
#define DTRAIN_GRADIENT_H

#include "core/model/model.h"
#include "core/numbers/arena.h"
#include "core/numbers/exact_sum.h"
#include "core/samples/samples.h"
#include "core/samples/share.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first grid's range for q, and for its sum over a group. |q| <= max|x| (max W2[j,:] - min
 * W2[j,:]) / 4 for W1, and <= 1 for W2 and b2; in trained MNIST networks the former is about 1. So
 * 128 leaves room for weights a hundred times larger, and the quantum is still 2^-44 for batches up
 * to 4,096. */
#define GRADIENT_RANGE MODEL_GRADIENT_RANGE

/* Inputs of thousands, or weights of hundreds, need more. What does not fit a grid can be summed
 * again on the next, of 2^10 times the range, up to 2^27; a run with larger gradients has gone
 * astray. The rounding error grows by as much, and stays 2^-42 of the largest q for batches up to
 * 4,096. */
#define GRADIENT_GRIDS       3
#define GRADIENT_GRID_FACTOR 0x1p10

/* The largest batch for which rounding adds less than 1e-12 to the mean (see exact_sum.h). */
#define GRADIENT_BATCH_MAX 131072

/* From this global batch on, a share of any method may be abandoned: what the caller then has to
 * keep from the previous step costs less than a hundredth of the gradient. */
#define GRADIENT_BATCH_LONG 1000

struct gradient;

/* A method: its name on the command line, and how it sums the quotients of a share. gradient.c goes
 * through the samples; the parameters and the sums of the share are gradient->theta and ->sums. */
struct gradient_method {
    const char *name;
    const char *bits_since; /* the first version whose sums have the same bits as now */
    bool needs_layers; /* whether it is for networks only; the others need nothing but a loss, and
                        * take one sample at a time */
    /* The method's own working memory for that model and step, on any grid, from gradient->arena;
     * NULL where memory is short. */
    void *(*create_scratch)(struct gradient *gradient);
    void (*begin)(struct gradient *gradient); /* before the first samples; NULL: nothing */
    /* Adds the quotients of the samples that gradient->pass has taken: for each sample, those of
     * the parameters that belong to its parts in gradient->parts. For a network, the forward pass
     * has been run. */
    void (*add_samples)(struct gradient *gradient);
};

extern const struct gradient_method gradient_numerical, gradient_literal, gradient_backprop;

/* A group of samples, begin .. end - 1 of the pass, and its parts at work. Groups have 8 samples or
 * more, except in small batches; so a pass of 128 samples has no more than these. */
enum { GRADIENT_GROUPS_MAX = 16 };
struct gradient_group {
    int begin, end;
    struct part_range parts;
};

/* The losses of a row at theta + h and theta - h, with one parameter moved. */
struct gradient_pair {
    int64_t row;
    double raised, lowered;
};

/* A method at work on one model. Created once, used every iteration. */
struct gradient {
    const struct gradient_method *method;
    const struct model *model;
    double step; /* h */
    int64_t global_batch;
    struct exact_grid grid; /* of the next share, and of the last: gradient_choose_grid */
    struct model_pass pass;
    struct gradient_group groups[GRADIENT_GROUPS_MAX]; /* those of the pass */
    int group_count;
    struct part_range *parts; /* (S): the parts at work of each sample of the pass */
    struct arena arena;
    void *scratch;
    const double *theta;        /* (P): of the share at work */
    int64_t *sums;              /* (P): of the share at work */
    bool (*asks_to_stop)(void); /* asked whether to abandon a share; NULL, as created: never */
    bool abandoned;             /* whether the last share was */
    bool seeks_overflow;        /* whether parameters off the grid are looked for, which is slow */
    int64_t overflows;          /* how many sums of the last share were off the grid, at least */
    size_t first_overflow;      /* the parameter of the first, after gradient_find_overflow */
    struct gradient_pair first_pair; /* its losses, if the method is literal; otherwise all zero */
};

/* The method of that name, or NULL. */
const struct gradient_method *gradient_method_find(const char *name);

/* Whether the method needs no more than what is known about the model. None suits a model that
 * evaluates, as all of them take forward passes. */
bool gradient_method_suits(const struct gradient_method *method, const struct model *model);

/* The method to use for that name: the one so called, if it suits the model. If not, `numerical`
 * means `literal`, the formula as written, which needs nothing but the loss; any other name gives
 * NULL. */
const struct gradient_method *gradient_method_choose(const char *name, const struct model *model);

/* The number of groups whose sums the method rounds, in a batch of B. */
int64_t gradient_groups(const struct gradient_method *method, int64_t global_batch);

/* The first version in which training by the method of that name has the same bits as now, with a
 * network or with another model; NULL if there is no such method. */
const char *gradient_bits_since(const char *name, bool is_network);

/* False where memory is short; nothing is left behind then. The method suits the model, which must
 * outlive the gradient. Free with gradient_destroy. */
bool gradient_create(struct gradient *gradient, const struct gradient_method *method,
                     const struct model *model, double step, int64_t global_batch);
void gradient_destroy(struct gradient *gradient);

/* How many grids there are: one where only the loss of the model is known, for that may be costly,
 * and is not evaluated twice. */
int gradient_grids(const struct gradient *gradient);

/* Chooses the grid for the shares to come: 0, as created, or a coarser one below gradient_grids. */
void gradient_choose_grid(struct gradient *gradient, int grid);

/* Sums the quotients of a share, in quanta of gradient->grid: sums[P], overwritten. What is off the
 * grid is counted in gradient->overflows. A share that may be abandoned is abandoned soon
 * after gradient->asks_to_stop returns true; the sums are then useless. */
void gradient_sum_share(struct gradient *gradient, const double *theta,
                        const struct samples *samples, const struct share *share, int64_t *sums);

/* Sums a share that has overflows once more, to set gradient->first_overflow: where a kernel sees
 * that a sum is off the grid, it does not see which. A user's model is not called again. */
void gradient_find_overflow(struct gradient *gradient, const double *theta,
                            const struct samples *samples, const struct share *share,
                            int64_t *sums);

/* Whether shares may be abandoned at all: only those that can take long may be. The same on all
 * ranks. */
bool gradient_may_be_abandoned(const struct gradient *gradient);

/* For the methods: `overflow` holds the marks of exact_round for a parameter's quotient, or for a
 * row of quotients, of which that parameter's is the first off the grid. */
static inline void gradient_note_overflow(struct gradient *gradient, uint64_t overflow,
                                          size_t parameter)
{
    if (exact_overflowed(&gradient->grid, overflow) && gradient->overflows++ == 0)
        gradient->first_overflow = parameter;
}

/* Adds a sample's quotient for a parameter to its sum. */
static inline void gradient_add(struct gradient *gradient, size_t parameter, double quotient)
{
    uint64_t overflow = 0;
    gradient->sums[parameter] += exact_round(&gradient->grid, quotient, &overflow);
    gradient_note_overflow(gradient, overflow, parameter);
}

/* The same for a quotient x y, which is rounded only once, to the grid. */
static inline void gradient_add_product(struct gradient *gradient, size_t parameter, double x,
                                        double y)
{
    uint64_t overflow = 0;
    gradient->sums[parameter] += exact_round_product(&gradient->grid, x, y, &overflow);
    gradient_note_overflow(gradient, overflow, parameter);
}

/* How far vector b[n] is from vector a[n]. */
struct gradient_difference {
    double largest;  /* max |a - b| */
    double relative; /* largest / max |a|; 0 where both are 0 */
    double cosine;   /* a.b / (|a| |b|); NaN if a or b is 0, and so has no direction */
};

struct gradient_difference gradient_compare(const double *a, const double *b, size_t n);

#endif
