/* SPDX-License-Identifier: MIT
 *
 * The rows of a mini-batch, all of them in the memory of each rank, since any rank may be the one
 * to evaluate any of them. Without data, the rows are replicates, which have nothing but their
 * numbers. */
#ifndef DTRAIN_BATCH_H
#define DTRAIN_BATCH_H

#include "core/samples/samples.h"
#include "dtrain/dtrain.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct batch {
    int64_t rows;        /* B */
    int64_t iteration;   /* of which iteration it is; 0: none yet */
    int inputs, targets; /* D, M; both 0 without data */
    size_t count;        /* doubles of all rows */
    double *numbers;     /* (B, D + M + 2): inputs, targets, label and weight of each */
    int64_t *numbered;   /* (B): which rows these are */
};

/* Room for B rows of D inputs and M targets. False where memory is short; nothing is left behind
 * then. Free with batch_destroy. */
bool batch_create(struct batch *batch, int64_t rows, int inputs, int targets);
void batch_destroy(struct batch *batch);

/* Begins the batch of an iteration: all rows are zero. Then each is put at its position. */
void batch_begin(struct batch *batch, int64_t iteration);
void batch_put(struct batch *batch, int64_t position, const struct sample *sample);

/* Makes the batch of an iteration without data: replicates 0 .. B - 1. */
void batch_take_replicates(struct batch *batch, int64_t iteration);

/* The weight of the row at a position. */
double batch_weight(const struct batch *batch, int64_t position);

/* Fills in what an evaluation gets to know of a row: inputs, targets, label and number. */
void batch_describe(const struct batch *batch, int64_t position, struct dtrain_call *call);

#endif
