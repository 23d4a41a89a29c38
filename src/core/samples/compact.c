/* SPDX-License-Identifier: MIT
 *
 * The words of a row: n, the indices, and the pixels, two to a word. If the row is kept as it is:
 * AS_IT_IS, and all pixels. */
#include "compact.h"

#include "pixels.h"

#include <stdlib.h>
#include <string.h>

enum { AS_IT_IS = UINT16_MAX };

static size_t words_of_bytes(size_t bytes)
{
    return (bytes + sizeof(uint16_t) - 1) / sizeof(uint16_t);
}

/* The words of a row that is kept as it is: no row takes more. */
static size_t most_words(int inputs)
{
    return 1 + words_of_bytes((size_t)inputs);
}

bool compact_create(struct compact *compact, int inputs, int64_t rows)
{
    *compact = (struct compact){.inputs = inputs};
    compact->begins = calloc((size_t)rows + 1, sizeof *compact->begins);
    compact->words = malloc(((size_t)rows * most_words(inputs) + 1) * sizeof *compact->words);
    if (compact->begins && compact->words)
        return true;
    compact_destroy(compact);
    return false;
}

void compact_destroy(struct compact *compact)
{
    free(compact->begins);
    free(compact->words);
    *compact = (struct compact){0};
}

/* Both return the number of words that they have written. */
static size_t store_as_it_is(const uint8_t *pixels, int inputs, uint16_t *words)
{
    *words = AS_IT_IS;
    memcpy(words + 1, pixels, (size_t)inputs);
    return most_words(inputs);
}

static size_t store_compact(const uint8_t *pixels, size_t count, const int *index, uint16_t *words)
{
    uint16_t *restrict number = words + 1;
    uint8_t *restrict level = (uint8_t *)(number + count);
    *words = (uint16_t)count;
    for (size_t n = 0; n < count; ++n)
        number[n] = (uint16_t)index[n];
    for (size_t n = 0; n < count; ++n)
        level[n] = pixels[index[n]];
    return 1 + count + words_of_bytes(count);
}

void compact_append(struct compact *compact, const uint8_t *pixels, int64_t rows)
{
    int index[COMPACT_INPUTS_MAX];
    const int inputs = compact->inputs;
    for (int64_t row = 0; row < rows; ++row, pixels += inputs) {
        const size_t begin = compact->begins[compact->rows];
        uint16_t *words = compact->words + begin;
        size_t count = 0;
        if (inputs <= COMPACT_INPUTS_MAX)
            count = (size_t)pixels_list(pixels, 0, inputs, index);
        const bool fits =
            inputs <= COMPACT_INPUTS_MAX && 1 + count + words_of_bytes(count) <= most_words(inputs);
        compact->begins[++compact->rows] =
            begin + (fits ? store_compact(pixels, count, index, words)
                          : store_as_it_is(pixels, inputs, words));
    }
}

void compact_finish(struct compact *compact)
{
    const size_t used = compact->begins[compact->rows];
    uint16_t *shorter = realloc(compact->words, (used + 1) * sizeof *shorter);
    if (shorter)
        compact->words = shorter;
}

struct compact_row compact_row(const struct compact *compact, int64_t row)
{
    const uint16_t *words = compact->words + compact->begins[row];
    if (*words == AS_IT_IS)
        return (struct compact_row){.pixels = (const uint8_t *)(words + 1)};
    const size_t count = *words;
    return (struct compact_row){
        .count = (int)count, .number = words + 1, .level = (const uint8_t *)(words + 1 + count)};
}
