/* SPDX-License-Identifier: MIT
 *
 * Samples in memory: rows of inputs, kept as they are stored (bytes or floats), and labels. */
#ifndef DTRAIN_SAMPLES_H
#define DTRAIN_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

/* A block of consecutive rows of a data set. Exactly one of bytes and floats is set (both may be
 * NULL where there are no rows). */
struct samples {
    int inputs;            /* D */
    int64_t first_row;     /* the data set's number of row 0 here */
    int64_t rows;          /* how many rows are here */
    const uint8_t *bytes;  /* (rows, D): pixels, value v / 255 */
    const float *floats;   /* (rows, D): features, used as they are */
    const int32_t *labels; /* (rows): 0 .. K - 1 */
};

enum { SAMPLES_LEVELS = 256 };

/* The inputs of one row that are not zero, ascending. */
struct active_inputs {
    int count;
    int *index;                          /* (D) */
    double *value;                       /* (D) */
    double pixel_values[SAMPLES_LEVELS]; /* samples_pixel_value of each level */
};

/* The value of a pixel: (float)v / 255 in single precision, then widened, as the book has it. */
static inline double samples_pixel_value(uint8_t pixel)
{
    return (double)((float)pixel / 255.0f);
}

/* Collects the inputs of a row that are not zero. `row` is the data set's number of it. */
void samples_active_inputs(const struct samples *samples, int64_t row,
                           struct active_inputs *active);

/* All inputs of a row: inputs[D]. */
void samples_inputs(const struct samples *samples, int64_t row, double *inputs);

/* The largest absolute value of the inputs; for pixels 1, which none exceeds. */
double samples_largest_input(const struct samples *samples);

/* Asks for a row that will be needed soon: rows drawn at random are in no cache. */
void samples_prefetch(const struct samples *samples, int64_t row);

/* The label of a row, by the data set's number of it. */
static inline int samples_label(const struct samples *samples, int64_t row)
{
    return samples->labels[row - samples->first_row];
}

#endif
