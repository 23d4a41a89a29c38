/* SPDX-License-Identifier: MIT
 *
 * The pre-activations of the first layer, a1 = x W1 + b1, which take most of the time of a network
 * with one hidden layer. Each sum begins with b1, to which the inputs' terms are added in ascending
 * order. Inputs of 0 add nothing, whatever their weights are. */
#ifndef DTRAIN_FIRST_LAYER_H
#define DTRAIN_FIRST_LAYER_H

#include "core/numbers/arena.h"
#include "core/numbers/kernel.h"
#include "core/samples/samples.h"

#include <stddef.h>

/* The most columns of W1, thus units, that are summed at once. */
enum { FIRST_LAYER_COLUMNS = 112 };

/* The samples of a pass, at most S, in the form in which they are summed. */
struct first_layer {
    size_t inputs, units;         /* D, H */
    size_t count;                 /* the number of samples */
    const struct sample *samples; /* (count) */
    struct compact_row *rows;     /* (S); where a row has no numbers, all inputs are added */
    double *room;                 /* (S, D): features as doubles, or numbers and levels of pixels */
    double *packed;               /* (D, PRODUCT_BLOCK) */
    double *panel;                /* some rows of W1 */
    int *cursor;                  /* (S): how many pixels of a row have been added */
};

/* Makes room for up to `samples` in the arena. */
void first_layer_create(struct first_layer *first, struct arena *arena, int inputs, int units,
                        int samples);

/* Takes `count` > 0 samples of one dataset, which must stay where they are. */
void first_layer_take(struct first_layer *first, const struct sample *samples, int count);

/* Sums the columns at .. at + columns - 1 for each sample taken: sums (count, stride), padded to
 * whole vectors and aligned to 64 bytes. w1 (D + 1, H) ends with b1. */
void first_layer_sum(const struct first_layer *first, const double *w1, size_t at, size_t columns,
                     double *sums, size_t stride);

/* The bytes of a panel, a copy of some rows of W1: as many as a first-level cache has. */
enum { FIRST_LAYER_PANEL = 48 * 1024 };

/* What the kernel works on: columns of W1 that are to be summed for some samples. */
struct first_layer_block {
    const double *weights; /* (inputs + 1, weights_stride), of which the last row is the biases */
    size_t weights_stride, inputs, columns, count;
    const struct sample *samples;   /* (count) */
    const struct compact_row *rows; /* (count); without numbers: the sample has the inputs */
    double *panel;                  /* NULL: the weights are used where they are */
    int *cursor;                    /* (count) */
    double *sums;                   /* (count, stride) */
    size_t stride;
};

typedef void first_layer_sum_kernel(const struct first_layer_block *block);

KERNEL_DECLARE(first_layer_sum_kernel, first_layer_sum);

#endif
