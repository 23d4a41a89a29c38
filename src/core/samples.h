/* SPDX-License-Identifier: MIT
 *
 * Samples in memory: rows of inputs, kept as they are stored (bytes or floats), and labels. No
 * other module knows how rows are stored: each row is decoded once, into a struct sample. */
#ifndef DTRAIN_SAMPLES_H
#define DTRAIN_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A block of consecutive rows of a dataset. Exactly one of bytes and floats is set (both may be
 * NULL where there are no rows). */
struct samples {
    int inputs;            /* D */
    int64_t first_row;     /* the dataset's number of row 0 here */
    int64_t rows;          /* the number of rows here */
    const uint8_t *bytes;  /* (rows, D): pixels, value v / 255 */
    const float *floats;   /* (rows, D): features, used as they are */
    const int32_t *labels; /* (rows): 0 .. K - 1; NULL where nobody knows them */
};

enum { SAMPLES_LEVELS = 256 };

/* What a row is decoded into: the inputs that are not zero, or all inputs. */
enum sample_form { SAMPLE_SPARSE, SAMPLE_DENSE };

/* The label of a sample of which nobody knows it. */
enum { SAMPLE_UNLABELLED = -1 };

/* One row, decoded. Its arrays are one block, `storage`. */
struct sample {
    enum sample_form form;
    int inputs;  /* D */
    int64_t row; /* the dataset's number of the row */
    int label;   /* t, or SAMPLE_UNLABELLED */
    bool pixels; /* whether the inputs are pixels, which have levels */

    /* SAMPLE_SPARSE: the inputs that are not zero, ascending. */
    int count;
    int *index;     /* (D) */
    double *value;  /* (D) */
    uint8_t *level; /* (D): of pixels, 1 .. 255; equal levels are equal values */

    /* SAMPLE_DENSE: all inputs. */
    double *dense; /* (D) */

    double level_values[SAMPLES_LEVELS]; /* samples_pixel_value of each level */
    void *storage;
};

/* Makes room for rows of so many inputs. False where memory is short; nothing is left behind then.
 * Free with sample_destroy. */
bool sample_create(struct sample *sample, int inputs, enum sample_form form);
void sample_destroy(struct sample *sample);

/* Decodes a row, by the dataset's number of it, in the form that the sample was made for. */
void sample_decode(struct sample *sample, const struct samples *samples, int64_t row);

/* The value of a pixel: (float)v / 255 in single precision, then widened, as the book has it. */
static inline double samples_pixel_value(uint8_t pixel)
{
    return (double)((float)pixel / 255.0f);
}

/* The largest absolute value of the inputs; for pixels 1, which none exceeds. */
double samples_largest_input(const struct samples *samples);

/* Asks for a row that will be needed soon: rows drawn at random are in no cache. */
void samples_prefetch(const struct samples *samples, int64_t row);

#endif
