/* SPDX-License-Identifier: MIT
 *
 * The kernel of first_layer.h in its versions (core/numbers/kernel.h). */
#ifndef DTRAIN_FIRST_LAYER_KERNEL_H
#define DTRAIN_FIRST_LAYER_KERNEL_H

#include "core/numbers/kernel.h"
#include "core/samples/samples.h"

#include <stddef.h>

/* The bytes of a panel, a copy of some rows of W1: as many as a first-level cache has. */
enum { FIRST_LAYER_PANEL = 48 * 1024 };

/* Columns of W1 that are to be summed for some samples. */
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
