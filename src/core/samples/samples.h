/* SPDX-License-Identifier: MIT
 *
 * Samples in memory: rows of inputs and their labels. Rows of pixels are kept compact (compact.h)
 * or as they are, features as floats. No other module knows which: it sees a row as a struct
 * sample, and its inputs through the functions below. */
#ifndef DTRAIN_SAMPLES_H
#define DTRAIN_SAMPLES_H

#include "compact.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A block of consecutive rows of a dataset. At most one of bytes, compact and floats is set. */
struct samples {
    int inputs;             /* D */
    int64_t first_row;      /* the dataset's number of row 0 here */
    int64_t rows;           /* the number of rows here */
    const uint8_t *bytes;   /* (rows, D): pixels, value v / 255 */
    const float *floats;    /* (rows, D): features, used as they are */
    const int32_t *labels;  /* (rows): 0 .. K - 1, or NULL */
    const double *targets;  /* (rows, M), or NULL */
    const double *origin;   /* (M): the targets of the dataset's row 0 */
    int target_count;       /* M */
    const double *weights;  /* (rows): how much each counts, or NULL: all as 1 */
    struct compact compact; /* the rows of pixels in compact form, if compact.begins is set */
    uint64_t hash;          /* of some of the rows (dataset_read_hashed), or 0 */
};

/* What a sample is to be mapped to. */
struct target {
    int label;            /* t, or TARGET_UNKNOWN */
    const double *values; /* (M), or NULL */
};

/* The label of a sample that has none. */
enum { TARGET_UNKNOWN = -1 };

/* Targets are no larger: then the squares of their errors can be summed. */
#define TARGET_MAX 0x1p200

/* Weights of rows are no larger. */
#define WEIGHT_MAX 1e9

/* One row, where it lies in memory. Exactly one of bytes, compact and floats is set. */
struct sample {
    int inputs;  /* D */
    int64_t row; /* the dataset's number of the row */
    struct target target;
    double weight; /* its factor in the loss of a batch */
    const uint8_t *bytes;
    const float *floats;
    struct compact_row compact; /* if compact.number is set */
};

/* The row with that number in the dataset. */
struct sample samples_row(const struct samples *samples, int64_t row);

/* Prefetches a row that will be needed soon: rows drawn at random are in no cache. */
void samples_prefetch(const struct samples *samples, int64_t row);

/* Lists inputs that are not zero, ascending: those below `end` that no earlier call has listed.
 * *cursor is 0 at first. Writes their indices and values, and returns how many there are: at most
 * `end` less the previous `end`. */
int sample_inputs(const struct sample *sample, int *cursor, int end, int *index, double *value);

/* The level of pixel `input` of a row of pixels. */
int sample_level(const struct sample *sample, int input);

/* Writes all inputs, the zeros included: dense (D). */
void sample_widen(const struct sample *sample, double *dense);

/* The pixels (D) of a row of pixels, in place or, if they are compact, written to `room`. */
const uint8_t *sample_pixels(const struct sample *sample, uint8_t room[COMPACT_INPUTS_MAX]);

/* The range, sum and number of the inputs of some rows, as the network sees them. Without rows,
 * smallest > largest. */
struct samples_extent {
    double smallest, largest, sum;
    int64_t count;
};

/* Those of the rows begin .. end - 1, numbered as in the dataset; and of their targets, if these
 * are numbers. */
struct samples_extent samples_extent(const struct samples *samples, int64_t begin, int64_t end);
struct samples_extent samples_target_extent(const struct samples *samples, int64_t begin,
                                            int64_t end);

/* The largest absolute value of the inputs of one sample, and of all; for pixels it is 1, which
 * none exceeds. */
double sample_largest(const struct sample *sample);
double samples_largest(const struct samples *samples);

/* The largest weight of a row; 1 where none are given. */
double samples_largest_weight(const struct samples *samples);

/* Frees the weights, and takes others (rows), which malloc returned. */
void samples_replace_weights(struct samples *samples, double *weights);

/* The largest absolute value of all targets that are numbers; 0 if there are none. */
double samples_largest_target(const struct samples *samples);

/* Adds to counts[e + SAMPLES_EXPONENTS / 2] how many targets, other than 0, are at most 2^e and
 * above 2^(e - 1). */
enum { SAMPLES_EXPONENTS = 512 };
void samples_count_targets(const struct samples *samples, int64_t counts[SAMPLES_EXPONENTS]);

#endif
