/* SPDX-License-Identifier: MIT */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

static size_t stride(const struct batch *batch)
{
    return (size_t)batch->inputs + (size_t)batch->targets + 2;
}

bool batch_create(struct batch *batch, int64_t rows, int inputs, int targets)
{
    *batch = (struct batch){.rows = rows, .inputs = inputs, .targets = targets};
    batch->count = (size_t)rows * stride(batch);
    batch->numbers = calloc(batch->count, sizeof *batch->numbers);
    batch->numbered = calloc((size_t)rows, sizeof *batch->numbered);
    if (batch->numbers && batch->numbered)
        return true;
    batch_destroy(batch);
    return false;
}

void batch_destroy(struct batch *batch)
{
    free(batch->numbers);
    free(batch->numbered);
    *batch = (struct batch){0};
}

void batch_begin(struct batch *batch, int64_t iteration)
{
    memset(batch->numbers, 0, batch->count * sizeof *batch->numbers);
    memset(batch->numbered, 0, (size_t)batch->rows * sizeof *batch->numbered);
    batch->iteration = iteration;
}

/* The numbers of a row. */
static double *row_at(const struct batch *batch, int64_t position)
{
    return batch->numbers + (size_t)position * stride(batch);
}

/* Behind the inputs and targets of a row. */
static double *label_at(const struct batch *batch, int64_t position)
{
    return row_at(batch, position) + batch->inputs + batch->targets;
}

static double *weight_at(const struct batch *batch, int64_t position)
{
    return label_at(batch, position) + 1;
}

void batch_put(struct batch *batch, int64_t position, const struct sample *sample)
{
    double *row = row_at(batch, position);
    sample_widen(sample, row);
    if (batch->targets > 0)
        memcpy(row + batch->inputs, sample->target.values, (size_t)batch->targets * sizeof *row);
    *label_at(batch, position) = sample->target.label;
    *weight_at(batch, position) = sample->weight;
    batch->numbered[position] = sample->row;
}

void batch_take_replicates(struct batch *batch, int64_t iteration)
{
    batch->iteration = iteration;
    for (int64_t i = 0; i < batch->rows; ++i) {
        *label_at(batch, i) = TARGET_UNKNOWN;
        *weight_at(batch, i) = 1;
        batch->numbered[i] = i;
    }
}

double batch_weight(const struct batch *batch, int64_t position)
{
    return *weight_at(batch, position);
}

void batch_describe(const struct batch *batch, int64_t position, struct dtrain_call *call)
{
    const double *row = row_at(batch, position);
    call->inputs = batch->inputs > 0 ? row : NULL;
    call->targets = batch->targets > 0 ? row + batch->inputs : NULL;
    call->label = (int)*label_at(batch, position);
    call->row = batch->numbered[position];
}
