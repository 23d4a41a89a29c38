/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The columns of plan_memory.own. */
enum { OF_AFTER, OF_OWN };

static void forget(float *seconds, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        seconds[i] = NAN;
}

bool plan_memory_create(struct plan_memory *memory, size_t parameters, int64_t rows)
{
    const size_t b = (size_t)rows;
    *memory = (struct plan_memory){.parameters = parameters, .rows = rows, .mean = NAN};
    memory->row = malloc(b * sizeof *memory->row);
    memory->of_row = malloc(b * parameters * 2 * sizeof *memory->of_row);
    memory->own = malloc(b * 2 * sizeof *memory->own);
    memory->of_side = malloc(parameters * 2 * sizeof *memory->of_side);
    if (!memory->row || !memory->of_row || !memory->own || !memory->of_side) {
        plan_memory_destroy(memory);
        return false;
    }
    for (size_t i = 0; i < b; ++i)
        memory->row[i] = -1;
    forget(memory->of_row, b * parameters * 2);
    forget(memory->own, b * 2);
    forget(memory->of_side, parameters * 2);
    return true;
}

void plan_memory_destroy(struct plan_memory *memory)
{
    free(memory->row);
    free(memory->of_row);
    free(memory->own);
    free(memory->of_side);
    *memory = (struct plan_memory){0};
}

/* Where an evaluation stands in a row of of_row, and in of_side: (P, 2). */
static size_t column_of(const struct evaluation *evaluation)
{
    return evaluation->parameter * 2 + (evaluation->side < 0);
}

/* Where of_row or own has the seconds of an evaluation. */
static float *place_of(const struct plan_memory *memory, const struct evaluation *evaluation)
{
    const size_t row = (size_t)evaluation->row;
    if (evaluation->kind == EVALUATION_SIDE)
        return &memory->of_row[row * memory->parameters * 2 + column_of(evaluation)];
    return &memory->own[row * 2 + (evaluation->kind == EVALUATION_AFTER ? OF_AFTER : OF_OWN)];
}

/* A mean of what is known, and NaN where nothing is. */
struct mean {
    double sum;
    int64_t count;
};

static void mean_add(struct mean *mean, float seconds)
{
    if (isnan(seconds))
        return;
    mean->sum += (double)seconds;
    ++mean->count;
}

static float mean_take(const struct mean *mean)
{
    return mean->count > 0 ? (float)(mean->sum / (double)mean->count) : NAN;
}

static void take_means_of_sides(struct plan_memory *memory)
{
    const size_t columns = memory->parameters * 2;
    for (size_t column = 0; column < columns; ++column) {
        struct mean mean = {0};
        for (size_t row = 0; row < (size_t)memory->rows; ++row)
            mean_add(&mean, memory->of_row[row * columns + column]);
        memory->of_side[column] = mean_take(&mean);
    }
}

/* Losses after the update are of the rows of the batch before, and in the next table they are of
 * the rows of this one. So the seconds of a position tell something only if both are the same. */
static void take_rows(struct plan_memory *memory, const int64_t *row, int64_t rows)
{
    for (int64_t i = 0; i < memory->rows; ++i) {
        const int64_t now = i < rows ? row[i] : -1;
        if (memory->row[i] != now)
            memory->own[i * 2 + OF_AFTER] = NAN;
        memory->row[i] = now;
    }
}

void plan_remember(struct plan_memory *memory, const struct table *table, const int64_t *row,
                   const float *seconds)
{
    struct mean all = {0};
    forget(memory->of_row, (size_t)memory->rows * memory->parameters * 2);
    forget(memory->own, (size_t)memory->rows * 2);
    for (size_t number = 0; number < table->count; ++number) {
        const struct evaluation evaluation = table_evaluation(table, number);
        *place_of(memory, &evaluation) = seconds[number];
        mean_add(&all, seconds[number]);
    }
    memory->mean = mean_take(&all);
    take_means_of_sides(memory);
    take_rows(memory, row, table->rows);
}

float plan_expect(const struct plan_memory *memory, const struct table *table, const int64_t *row,
                  size_t number)
{
    const struct evaluation evaluation = table_evaluation(table, number);
    const bool is_after = evaluation.kind == EVALUATION_AFTER;
    float expected = NAN;
    if (is_after || memory->row[evaluation.row] == row[evaluation.row])
        expected = *place_of(memory, &evaluation);
    if (isnan(expected) && evaluation.kind == EVALUATION_SIDE)
        expected = memory->of_side[column_of(&evaluation)];
    return isnan(expected) ? memory->mean : expected;
}

/* A float's exponent and the upper 4 bits of its mantissa: numbers of the same key differ by less
 * than a sixteenth, and larger numbers have larger keys. */
enum { KEY_BITS = 12, KEYS = 1 << KEY_BITS };

/* At least a nanosecond, the unit of the clock: so every number has a key, and evaluations of no
 * measured length, or of an unknown one, are shared out by their number. */
static float at_least_a_moment(float seconds)
{
    return fmaxf(seconds, 1e-9F); /* which is not NaN, even where seconds is */
}

static uint32_t key_of(float seconds)
{
    const float positive = at_least_a_moment(seconds);
    uint32_t bits;
    memcpy(&bits, &positive, sizeof bits);
    return bits >> (31 - KEY_BITS);
}

/* The places 0 .. count - 1, the longest first, and those of the same key in their order. */
static void sort_longest_first(const float *seconds, size_t count, uint32_t *sorted)
{
    uint32_t begin[KEYS] = {0};
    for (size_t i = 0; i < count; ++i)
        ++begin[key_of(seconds[i])];
    uint32_t before = 0;
    for (int key = KEYS - 1; key >= 0; --key) {
        const uint32_t with_key = begin[key];
        begin[key] = before;
        before += with_key;
    }
    for (size_t i = 0; i < count; ++i)
        sorted[begin[key_of(seconds[i])]++] = (uint32_t)i;
}

static void begin_loads(const struct plan_nodes *nodes)
{
    for (int node = 0; node < nodes->count; ++node)
        nodes->loads[node] = (struct plan_load){.node = node};
}

/* The loads are a heap: none is above those at 2 i + 1 and 2 i + 2. Puts the first, which has
 * grown, where it belongs. */
static void sink_first_load(const struct plan_nodes *nodes)
{
    struct plan_load *loads = nodes->loads;
    const struct plan_load grown = loads[0];
    int at = 0;
    for (int child = 1; child < nodes->count; child = 2 * at + 1) {
        if (child + 1 < nodes->count && loads[child + 1].seconds < loads[child].seconds)
            ++child;
        if (loads[child].seconds >= grown.seconds)
            break;
        loads[at] = loads[child];
        at = child;
    }
    loads[at] = grown;
}

/* Gives an evaluation to the node with the least to do, and returns which that is. */
static int give(const struct plan_nodes *nodes, float seconds)
{
    struct plan_load *least = &nodes->loads[0];
    const int node = least->node;
    least->seconds += (double)at_least_a_moment(seconds) / nodes->ranks[node];
    sink_first_load(nodes);
    return node;
}

size_t plan_make(const struct plan_nodes *nodes, const uint32_t *numbers, const float *seconds,
                 size_t count, uint32_t *scratch, uint32_t *list)
{
    size_t length = 0;
    sort_longest_first(seconds, count, scratch);
    begin_loads(nodes);
    for (size_t i = 0; i < count; ++i)
        if (give(nodes, seconds[scratch[i]]) == nodes->own)
            list[length++] = numbers[scratch[i]];
    return length;
}
