/* SPDX-License-Identifier: MIT
 *
 * The words of a row: n, the indices, and the pixels, two to a word. If the row is kept as it is:
 * AS_IT_IS, and all pixels. */
#include "compact.h"

#include "pixels.h"

#include <stdlib.h>
#include <string.h>

enum { AS_IT_IS = UINT16_MAX };

/* A mask has a bit for each of eight pixels: whether it is not 0. */
enum { PIXELS_OF_MASK = 8, PLACES = 256 };

typedef uint16_t vector __attribute__((vector_size(PIXELS_OF_MASK * sizeof(uint16_t))));

/* For each mask, which bits are set, ascending, and how many. */
struct places {
    vector of[PLACES];
    uint8_t count[PLACES];
};

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
    /* The indices of a row are written before it is known whether it stays compact. */
    const size_t spare = inputs <= COMPACT_INPUTS_MAX ? (size_t)inputs + PIXELS_OF_MASK : 1;
    compact->words = malloc(((size_t)rows * most_words(inputs) + spare) * sizeof *compact->words);
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

/* Returns the number of words that it has written. */
static size_t store_as_it_is(const uint8_t *pixels, int inputs, uint16_t *words)
{
    *words = AS_IT_IS;
    memcpy(words + 1, pixels, (size_t)inputs);
    return most_words(inputs);
}

static void fill_places(struct places *places)
{
    memset(places, 0, sizeof *places);
    for (int mask = 0; mask < PLACES; ++mask)
        for (int bit = 0; bit < PIXELS_OF_MASK; ++bit)
            if (mask >> bit & 1)
                places->of[mask][places->count[mask]++] = (uint16_t)bit;
}

/* Writes the indices of the pixels of some masks, and up to one vector more. Returns how many there
 * are. No step depends on what a mask is: a branch on pixels would be mispredicted too often. */
static size_t store_numbers(const struct places *places, const uint8_t *restrict mask, int masks,
                            uint16_t *restrict number)
{
    size_t count = 0;
    vector first = {0};
    for (int m = 0; m < masks; ++m, first += PIXELS_OF_MASK) {
        const vector numbers = first + places->of[mask[m]];
        memcpy(number + count, &numbers, sizeof numbers);
        count += places->count[mask[m]];
    }
    return count;
}

/* Returns the number of words of the row in compact form, and has stored it if that is at most
 * most_words. */
static size_t store_compact(const struct places *places, const uint8_t *restrict pixels, int inputs,
                            uint16_t *words)
{
    uint8_t mask[(COMPACT_INPUTS_MAX + PIXELS_OF_MASK - 1) / PIXELS_OF_MASK];
    uint16_t *restrict number = words + 1;
    const size_t count = store_numbers(places, mask, pixels_mask(pixels, inputs, mask), number);
    const size_t used = 1 + count + words_of_bytes(count);
    uint8_t *restrict level = (uint8_t *)(number + count);
    *words = (uint16_t)count;
    for (size_t n = 0; n < count && used <= most_words(inputs); ++n)
        level[n] = pixels[number[n]];
    return used;
}

void compact_append(struct compact *compact, const uint8_t *pixels, int64_t rows)
{
    const int inputs = compact->inputs;
    struct places places;
    fill_places(&places);
    for (int64_t row = 0; row < rows; ++row, pixels += inputs) {
        const size_t begin = compact->begins[compact->rows];
        uint16_t *words = compact->words + begin;
        size_t used = most_words(inputs) + 1;
        if (inputs <= COMPACT_INPUTS_MAX)
            used = store_compact(&places, pixels, inputs, words);
        if (used > most_words(inputs))
            used = store_as_it_is(pixels, inputs, words);
        compact->begins[++compact->rows] = begin + used;
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
