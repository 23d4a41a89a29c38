/* SPDX-License-Identifier: MIT */
#include "core/gradient/group_sums.h"

#include "core/numbers/rng.h"
#include "testing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    COLUMNS_MAX = 150,
    INPUTS = 30,
    ROWS_MAX = INPUTS + 1,
    GROUPS = 3,
    NODES = 3,
    TERMS_MAX = 40
};

static double random_number(int64_t i)
{
    return rng_normal(3, RNG_PARAMETERS, i) * 0.1;
}

/* What both kernels must give: the terms of a weight, added one after the other. */
struct sum {
    double value;
    int64_t total;
};

static void add_term(struct sum *sum, double factor, double value)
{
    sum->value = fma(factor, value, sum->value);
}

static void end_group(struct sum *sum, const struct exact_grid *grid)
{
    uint64_t marks = 0;
    sum->total += exact_round(grid, sum->value, &marks);
    assert_false(exact_overflowed(grid, marks));
    sum->value = 0;
}

/* The totals of a block, and of what is around it, which must stay as it is. */
struct totals {
    int64_t numbers[(ROWS_MAX + 2) * (COLUMNS_MAX + 2)];
};

static struct sums_block block_in(struct totals *totals, size_t first_row, size_t rows,
                                  size_t columns)
{
    const size_t stride = columns + 2;
    for (size_t i = 0; i < sizeof totals->numbers / sizeof *totals->numbers; ++i)
        totals->numbers[i] = 7;
    return (struct sums_block){first_row, rows, columns, totals->numbers + stride + 1, stride};
}

static void expect_surroundings(const struct totals *totals, const struct sums_block *block)
{
    for (size_t r = 0; r < block->rows + 2; ++r)
        for (size_t c = 0; c < block->columns + 2; ++c)
            if (r == 0 || r == block->rows + 1 || c == 0 || c == block->columns + 1)
                assert_int_equal(totals->numbers[r * block->stride + c], 7);
}

/* Numbers for some columns; what follows them is read, but it must not count. */
static double *make_values(size_t columns, int64_t seed)
{
    double *values = malloc((COLUMNS_MAX + 8) * sizeof *values);
    for (size_t c = 0; c < COLUMNS_MAX + 8; ++c)
        values[c] = c < columns ? random_number(seed + (int64_t)c) : (double)NAN;
    return values;
}

static void expect_terms(size_t first_row, size_t rows, size_t columns, const int counts[GROUPS])
{
    const struct exact_grid grid = exact_grid_make(100, 128);
    double *factors[GROUPS * TERMS_MAX], *values[GROUPS * TERMS_MAX];
    struct group_terms groups[GROUPS];
    static struct totals totals;
    const struct sums_block block = block_in(&totals, first_row, rows, columns);
    int all = 0;
    for (int g = 0; g < GROUPS; ++g) {
        groups[g] = (struct group_terms){counts[g], (const double *const *)factors + all,
                                         (const double *const *)values + all};
        for (int t = 0; t < counts[g]; ++t, ++all) {
            factors[all] = make_values(first_row + rows, 100 * all);
            values[all] = make_values(columns, 1000000 + 100 * all);
        }
    }
    assert_false(
        exact_overflowed(&grid, KERNEL_CALL(group_sums_add, groups, GROUPS, &grid, &block)));
    for (size_t r = 0; r < rows; ++r)
        for (size_t c = 0; c < columns; ++c) {
            struct sum sum = {.total = 7};
            for (int g = 0; g < GROUPS; ++g) {
                for (int t = 0; t < counts[g]; ++t)
                    add_term(&sum, groups[g].factors[t][first_row + r], groups[g].values[t][c]);
                end_group(&sum, &grid);
            }
            assert_int_equal(block.totals[r * block.stride + c], sum.total);
        }
    expect_surroundings(&totals, &block);
    for (int t = 0; t < all; ++t) {
        free(factors[t]);
        free(values[t]);
    }
}

static void test_terms(void **state)
{
    (void)state;
    const int counts[GROUPS] = {5, 0, 32}, few[GROUPS] = {0, 1, 2};
    for (size_t rows = 1; rows <= ROWS_MAX; ++rows)
        for (size_t columns = 1; columns <= 50; ++columns)
            expect_terms(rows % 4, rows, columns, rows % 2 ? counts : few);
    expect_terms(0, ROWS_MAX, COLUMNS_MAX, counts);
}

/* Pixels of three groups of 32, 5 and 12 samples. */
struct pixels {
    struct arena arena;
    struct active_inputs active;
    uint8_t levels[GROUPS][SHARE_GROUP_MAX][INPUTS + 1];
    struct group_pixels groups[GROUPS];
    double factors[NODES + 1][PIXELS_LEVELS * NODES]; /* by the number of nodes */
    size_t stride;
};
static const int samples_of[GROUPS] = {32, 5, 12};

/* A sample with that many nodes, or none. */
static void make_sample(struct pixels *p, int g, int s, int nodes)
{
    const int64_t seed = 1000 * (100 * g + s);
    uint8_t *levels = p->levels[g][s];
    double *values = malloc(NODES * p->stride * sizeof *values);
    for (int i = 0; i < INPUTS; ++i) {
        const bool is_active = rng_below(5, RNG_BATCH, seed + i, 0, 3) == 0;
        levels[i] = is_active ? (uint8_t)rng_below(5, RNG_BATCH, seed + i, 1, 256) : 0;
    }
    levels[INPUTS] = PIXELS_LEVELS - 1;
    for (size_t v = 0; v < NODES * p->stride; ++v)
        values[v] = random_number(seed + (int64_t)v);
    p->groups[g].values[s] = values;
    p->groups[g].nodes[s] = nodes;
    p->groups[g].factors[s] = p->factors[nodes];
    if (nodes > 0)
        active_inputs_add(&p->active, (size_t)g, s,
                          &(struct sample){.inputs = INPUTS, .bytes = levels});
}

/* With 0 nodes, samples differ, and some have none. */
static struct pixels *make_pixels(size_t columns, int nodes)
{
    struct pixels *p = calloc(1, sizeof *p);
    p->stride = (columns + 7) / 8 * 8;
    for (int n = 1; n <= NODES; ++n)
        for (int f = 0; f < PIXELS_LEVELS * n; ++f)
            p->factors[n][f] = random_number(100000 * n + f);
    active_inputs_create(&p->active, &p->arena, INPUTS, GROUPS);
    for (int g = 0; g < GROUPS; ++g) {
        active_inputs_begin(&p->active, (size_t)g);
        for (int s = 0; s < samples_of[g]; ++s)
            make_sample(p, g, s, nodes > 0 ? nodes : s % (NODES + 1));
    }
    return p;
}

static void free_pixels(struct pixels *p)
{
    for (int g = 0; g < GROUPS; ++g)
        for (int s = 0; s < samples_of[g]; ++s)
            free((void *)(uintptr_t)p->groups[g].values[s]);
    arena_free(&p->arena);
    free(p);
}

static void add_sample(struct sum *sum, const struct pixels *p, int g, int s, int input, size_t c)
{
    const struct group_pixels *group = &p->groups[g];
    const int level = p->levels[g][s][input], nodes = group->nodes[s];
    for (int k = 0; k < nodes && level > 0; ++k)
        add_term(sum, group->factors[s][level * nodes + k],
                 group->values[s][(size_t)k * p->stride + c]);
}

static void expect_pixels(size_t columns, int nodes)
{
    const struct exact_grid grid = exact_grid_make(100, 128);
    static struct totals totals;
    const struct sums_block block = block_in(&totals, 0, INPUTS + 1, columns);
    struct pixels *p = make_pixels(columns, nodes);
    assert_false(exact_overflowed(&grid, KERNEL_CALL(group_sums_add_pixels, &p->active, p->groups,
                                                     GROUPS, p->stride, &grid, &block)));
    for (int input = 0; input <= INPUTS; ++input)
        for (size_t c = 0; c < columns; ++c) {
            struct sum sum = {.total = 7};
            for (int g = 0; g < GROUPS; ++g) {
                for (int s = 0; s < samples_of[g]; ++s)
                    add_sample(&sum, p, g, s, input, c);
                end_group(&sum, &grid);
            }
            assert_int_equal(block.totals[(size_t)input * block.stride + c], sum.total);
        }
    expect_surroundings(&totals, &block);
    free_pixels(p);
}

static void test_pixels(void **state)
{
    (void)state;
    for (int nodes = 0; nodes <= NODES; ++nodes)
        for (size_t columns = 1; columns <= COLUMNS_MAX; columns += columns < 70 ? 1 : 7)
            expect_pixels(columns, nodes);
}

/* One sum off the grid is noticed wherever it is. */
static void test_marks(void **state)
{
    (void)state;
    enum { ROWS = 9, COLUMNS = 29 };
    const struct exact_grid grid = exact_grid_make(100, 128);
    double factors[ROWS] = {0}, values[COLUMNS + 8] = {0};
    const double *const f = factors, *const v = values, bad[] = {130, -130, 1e300, (double)NAN};
    const struct group_terms group = {1, &f, &v};
    static struct totals totals;
    const struct sums_block block = block_in(&totals, 0, ROWS, COLUMNS);
    for (size_t r = 0; r < ROWS; ++r)
        for (size_t c = 0; c < COLUMNS + 8; ++c) {
            factors[r] = 1;
            values[c] = bad[(r + c) % 4];
            assert_int_equal(
                exact_overflowed(&grid, KERNEL_CALL(group_sums_add, &group, 1, &grid, &block)),
                c < COLUMNS);
            factors[r] = values[c] = 0;
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_terms),
        cmocka_unit_test(test_pixels),
        cmocka_unit_test(test_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
