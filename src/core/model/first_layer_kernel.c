/* SPDX-License-Identifier: MIT
 *
 * The sums of a sample stay in registers, to which each input times its row of W1 is added. So the
 * columns of W1 are cut into strips of as many vectors as there are registers for, and the rows of
 * a strip into panels, which stay in the first-level cache while one sample after the other uses
 * them. */
#include "first_layer.h"

#include "core/numbers/vector.h"
#include "core/samples/pixels.h"

#include <stdbool.h>

/* A strip's sums and a factor fit into 16 registers. */
enum { STRIP_VECTORS = 14 };

/* Rows first .. end - 1 of a strip, copied or where they are. */
struct panel {
    const double *weights;
    size_t stride, first, end;
};

/* Vector v of a row. If the row is not of whole vectors, the last one has only `tail` numbers. */
ELEMENTARY_INLINE vector load_part(const double *row, size_t v, size_t vectors, bool whole,
                                   size_t tail)
{
    return whole || v < vectors - 1 ? vector_load(row + v * VECTOR_LANES)
                                    : vector_load_some(row + v * VECTOR_LANES, tail);
}

/* sums += x times a row of weights */
ELEMENTARY_INLINE void add_row(size_t vectors, bool whole, size_t tail, double x, const double *row,
                               vector *sums)
{
    const vector factor = vector_of(x);
    /* Keeps the address in one register: a sum of two costs each load another instruction. */
    __asm__("" : "+r"(row));
    VECTOR_UNROLL
    for (size_t v = 0; v < vectors; ++v)
        sums[v] = vector_fma(factor, load_part(row, v, vectors, whole, tail), sums[v]);
}

ELEMENTARY_INLINE void load_sums(size_t vectors, const double *total, vector *sums)
{
    VECTOR_UNROLL
    for (size_t v = 0; v < vectors; ++v)
        sums[v] = vector_load(total + v * VECTOR_LANES);
}

ELEMENTARY_INLINE void store_sums(size_t vectors, const vector *sums, double *total)
{
    VECTOR_UNROLL
    for (size_t v = 0; v < vectors; ++v)
        vector_store(total + v * VECTOR_LANES, sums[v]);
}

/* Adds the pixels of a row that are in the panel, of which number n is the first, to the totals of
 * its sample. Returns the number of the next one. */
ELEMENTARY_INLINE int add_pixels(size_t vectors, bool whole, size_t tail,
                                 const struct compact_row *row, int n, const struct panel *panel,
                                 double *total)
{
    vector sums[STRIP_VECTORS];
    size_t input = n < row->count ? row->number[n] : panel->end;
    if (input >= panel->end)
        return n;
    load_sums(vectors, total, sums);
    do {
        add_row(vectors, whole, tail, pixels_value[row->level[n]],
                panel->weights + (input - panel->first) * panel->stride, sums);
        input = ++n < row->count ? row->number[n] : panel->end;
    } while (input < panel->end);
    store_sums(vectors, sums, total);
    return n;
}

/* Adds all inputs of a sample that are in the panel. */
ELEMENTARY_INLINE void add_all(size_t vectors, bool whole, size_t tail, const struct sample *sample,
                               const struct panel *panel, double *total)
{
    vector sums[STRIP_VECTORS];
    const double *row = panel->weights;
    load_sums(vectors, total, sums);
    for (size_t i = panel->first; i < panel->end; ++i, row += panel->stride) {
        const double x = sample->bytes ? pixels_value[sample->bytes[i]] : (double)sample->floats[i];
        /* 0 times a weight that is not finite would be NaN. */
        if (x != 0)
            add_row(vectors, whole, tail, x, row, sums);
    }
    store_sums(vectors, sums, total);
}

ELEMENTARY_INLINE void add_sample(size_t vectors, bool whole, size_t tail,
                                  const struct first_layer_block *strip, size_t i,
                                  const struct panel *panel)
{
    const struct compact_row *row = &strip->rows[i];
    double *total = strip->sums + i * strip->stride;
    if (row->number)
        strip->cursor[i] = add_pixels(vectors, whole, tail, row, strip->cursor[i], panel, total);
    else
        add_all(vectors, whole, tail, &strip->samples[i], panel, total);
}

ELEMENTARY_INLINE void start_with_biases(size_t vectors, size_t tail,
                                         const struct first_layer_block *strip)
{
    const double *biases = strip->weights + strip->inputs * strip->weights_stride;
    VECTOR_UNROLL
    for (size_t v = 0; v < vectors; ++v) {
        const vector part = load_part(biases, v, vectors, false, tail);
        for (size_t i = 0; i < strip->count; ++i)
            vector_store(strip->sums + i * strip->stride + v * VECTOR_LANES, part);
    }
}

ELEMENTARY_INLINE void copy_panel(size_t vectors, size_t tail,
                                  const struct first_layer_block *strip, const struct panel *panel)
{
    const double *from = strip->weights + panel->first * strip->weights_stride;
    double *to = strip->panel;
    for (size_t n = panel->first; n < panel->end; ++n, from += strip->weights_stride) {
        VECTOR_UNROLL
        for (size_t v = 0; v < vectors; ++v, to += VECTOR_LANES)
            vector_store(to, load_part(from, v, vectors, false, tail));
    }
}

/* The pixels that sample i has next: they are in no first-level cache. */
static void prefetch_pixels(const struct first_layer_block *strip, size_t i)
{
    if (i < strip->count && strip->rows[i].number) {
        __builtin_prefetch(strip->rows[i].number + strip->cursor[i]);
        __builtin_prefetch(strip->rows[i].level + strip->cursor[i]);
    }
}

/* The number of rows to prefetch into the second-level cache: none if W1 fits into it. */
static size_t rows_to_prefetch(const struct first_layer_block *strip)
{
    enum { SECOND_LEVEL = 1 << 20 };
    const size_t bytes = strip->inputs * strip->weights_stride * sizeof *strip->weights;
    return bytes > SECOND_LEVEL ? strip->inputs : 0;
}

ELEMENTARY_INLINE void prefetch_row(size_t vectors, const struct first_layer_block *strip, size_t n)
{
    enum { CACHE_LINE = 64 };
    const char *row = (const char *)(strip->weights + n * strip->weights_stride);
    for (size_t at = 0; at < sizeof(vector) * vectors + CACHE_LINE; at += CACHE_LINE)
        __builtin_prefetch(row + at, 0, 2);
}

/* Meanwhile, rows of the next panel are prefetched. */
ELEMENTARY_INLINE void add_copies(size_t vectors, size_t tail,
                                  const struct first_layer_block *strip)
{
    const size_t rows = FIRST_LAYER_PANEL / (sizeof(vector) * vectors);
    const size_t prefetched = rows_to_prefetch(strip);
    for (size_t first = 0; first < strip->inputs; first += rows) {
        const size_t end = strip->inputs - first < rows ? strip->inputs : first + rows;
        const struct panel panel = {strip->panel, vectors * VECTOR_LANES, first, end};
        copy_panel(vectors, tail, strip, &panel);
        for (size_t i = 0; i < strip->count; ++i) {
            if (end + i < prefetched)
                prefetch_row(vectors, strip, end + i);
            prefetch_pixels(strip, i + 1);
            add_sample(vectors, true, 0, strip, i, &panel);
        }
    }
}

ELEMENTARY_INLINE void add_in_place(size_t vectors, bool whole, size_t tail,
                                    const struct first_layer_block *strip)
{
    const struct panel all = {strip->weights, strip->weights_stride, 0, strip->inputs};
    for (size_t i = 0; i < strip->count; ++i)
        add_sample(vectors, whole, tail, strip, i, &all);
}

ELEMENTARY_INLINE void sum_strip(size_t vectors, const struct first_layer_block *strip)
{
    const size_t tail = strip->columns - (vectors - 1) * VECTOR_LANES;
    start_with_biases(vectors, tail, strip);
    memset(strip->cursor, 0, strip->count * sizeof *strip->cursor);
    if (strip->panel)
        add_copies(vectors, tail, strip);
    else if (tail == VECTOR_LANES)
        add_in_place(vectors, true, tail, strip);
    else
        add_in_place(vectors, false, tail, strip);
}

/* In each case the number of vectors is a constant. */
static void sum_vectors(size_t vectors, const struct first_layer_block *strip)
{
    switch (vectors) {
    case 1:
        sum_strip(1, strip);
        break;
    case 2:
        sum_strip(2, strip);
        break;
    case 3:
        sum_strip(3, strip);
        break;
    case 4:
        sum_strip(4, strip);
        break;
    case 5:
        sum_strip(5, strip);
        break;
    case 6:
        sum_strip(6, strip);
        break;
    case 7:
        sum_strip(7, strip);
        break;
    case 8:
        sum_strip(8, strip);
        break;
    case 9:
        sum_strip(9, strip);
        break;
    case 10:
        sum_strip(10, strip);
        break;
    case 11:
        sum_strip(11, strip);
        break;
    case 12:
        sum_strip(12, strip);
        break;
    case 13:
        sum_strip(13, strip);
        break;
    default:
        sum_strip(STRIP_VECTORS, strip);
        break;
    }
}

void KERNEL(first_layer_sum)(const struct first_layer_block *block)
{
    for (size_t b = 0; b < vector_blocks(block->columns, STRIP_VECTORS); ++b) {
        const struct vector_block at = vector_block(block->columns, STRIP_VECTORS, b);
        struct first_layer_block strip = *block;
        strip.weights += at.first;
        strip.sums += at.first;
        strip.columns = at.columns;
        sum_vectors(at.vectors, &strip);
    }
}
