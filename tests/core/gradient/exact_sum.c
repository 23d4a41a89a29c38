/* SPDX-License-Identifier: MIT */
#include "core/numbers/exact_sum.h"
#include "core/gradient/gradient.h"
#include "core/numbers/rng.h"
#include "testing.h"

enum { TERMS = 1000 };

/* The smallest and the largest range, and those of a gradient's grids. */
static const double ranges[] = {0x1p-900, 0x1p-16, 128, 0x1p17, 0x1p27, 0x1p900};
enum { RANGES = sizeof ranges / sizeof *ranges };

static void make_terms(double terms[TERMS])
{
    for (int i = 0; i < TERMS; ++i)
        terms[i] = rng_normal(7, RNG_PARAMETERS, i) * ldexp(1, i % 40 - 36);
}

static int64_t sum_range(const struct exact_grid *grid, const double *terms, int begin, int end)
{
    uint64_t overflow = 0;
    int64_t sum = 0;
    for (int i = begin; i < end; ++i)
        sum += exact_round(grid, terms[i], &overflow);
    assert_false(exact_overflowed(grid, overflow));
    return sum;
}

static void test_any_order_and_split_gives_the_same_sum(void **state)
{
    (void)state;
    const struct exact_grid grid = exact_grid_make(TERMS, 128);
    double terms[TERMS], reversed[TERMS];
    make_terms(terms);
    for (int i = 0; i < TERMS; ++i)
        reversed[i] = terms[TERMS - 1 - i];
    const int64_t whole = sum_range(&grid, terms, 0, TERMS);
    assert_int_equal(whole, sum_range(&grid, reversed, 0, TERMS));
    for (int cut = 0; cut <= TERMS; cut += 37)
        assert_int_equal(whole,
                         sum_range(&grid, terms, 0, cut) + sum_range(&grid, terms, cut, TERMS));
}

static void test_the_mean_is_within_half_a_quantum(void **state)
{
    (void)state;
    const struct exact_grid grid = exact_grid_make(TERMS, 128);
    double terms[TERMS];
    long double exact = 0;
    make_terms(terms);
    for (int i = 0; i < TERMS; ++i)
        exact += (long double)terms[i];
    const double mean = exact_mean(&grid, sum_range(&grid, terms, 0, TERMS), TERMS);
    assert_near(mean, (double)(exact / TERMS), grid.quantum / 2);
}

/* Of terms that one grid is too coarse for, however much wider the range is. */
static void test_the_mean_in_two_parts_has_all_digits(void **state)
{
    (void)state;
    double terms[TERMS];
    long double exact = 0;
    make_terms(terms);
    for (int i = 0; i < TERMS; ++i)
        exact += (long double)fabs(terms[i]);
    for (double range = 0x1p6; range < 0x1p50; range *= 8) {
        const struct exact_grids grids = exact_grids_make(TERMS, range, 2);
        int64_t sums[2] = {0}, backwards[2] = {0};
        for (int i = 0; i < TERMS; ++i) {
            assert_true(exact_grids_add(&grids, fabs(terms[i]), sums));
            assert_true(exact_grids_add(&grids, fabs(terms[TERMS - 1 - i]), backwards));
        }
        assert_true(sums[0] == backwards[0] && sums[1] == backwards[1]);
        const double mean = (double)(exact / TERMS);
        assert_near(exact_grids_mean(&grids, sums, TERMS), mean,
                    3e-16 * mean + grids.grid[1].quantum);
        assert_false(exact_grids_add(&grids, 2 * range, sums));
        assert_false(exact_grids_add(&grids, (double)NAN, sums));
    }
}

/* Terms of all sizes, and on average so large that the sum comes near to its limit. The reference
 * is a sum of whole numbers of up to 64 bits, which a long double holds. */
static void test_sums_on_every_grid_are_exact(void **state)
{
    (void)state;
    const int64_t terms[] = {1, 100, 4096, 4097, GRADIENT_BATCH_MAX};
    for (size_t i = 0; i < RANGES * (sizeof terms / sizeof *terms); ++i) {
        const double range = ranges[i % RANGES];
        const struct exact_grid grid = exact_grid_make(terms[i / RANGES], range);
        uint64_t overflow = 0;
        int64_t sum = 0;
        long double exact = 0;
        for (int64_t n = 0; n < terms[i / RANGES]; ++n) {
            const double spread = (double)(n % 50 + 1) / 10;
            const double size = range * exp2(-fabs(rng_normal(7, RNG_PARAMETERS, n)) * spread);
            const double term = n % 5 > 0 ? size : -size;
            sum += exact_round(&grid, term, &overflow);
            exact += nearbyintl((long double)term / grid.quantum);
        }
        assert_false(exact_overflowed(&grid, overflow));
        assert_true((long double)sum == exact);
    }
}

static bool overflows(const struct exact_grid *grid, double term)
{
    uint64_t overflow = 0;
    exact_round(grid, term, &overflow);
    return exact_overflowed(grid, overflow);
}

static void test_the_range_is_attained_and_not_exceeded(void **state)
{
    (void)state;
    const int64_t terms[] = {1, 100, 4096, 4097, GRADIENT_BATCH_MAX};
    for (size_t i = 0; i < RANGES * (sizeof terms / sizeof *terms); ++i) {
        const double range = ranges[i % RANGES];
        const struct exact_grid grid = exact_grid_make(terms[i / RANGES], range);
        assert_false(overflows(&grid, range - grid.quantum));
        assert_false(overflows(&grid, -range));
        assert_false(overflows(&grid, 0));
        assert_true(overflows(&grid, range));
        assert_true(overflows(&grid, -range - grid.quantum));
        assert_true(overflows(&grid, 1e300));
        assert_true(overflows(&grid, -1e300));
        assert_true(overflows(&grid, (double)INFINITY));
        assert_true(overflows(&grid, -(double)INFINITY));
        assert_true(overflows(&grid, (double)NAN));
        assert_true(overflows(&grid, -(double)NAN));
    }
}

static void test_the_largest_sum_does_not_wrap(void **state)
{
    (void)state;
    const int64_t terms = GRADIENT_BATCH_MAX;
    for (int i = 0; i < RANGES; ++i) {
        const struct exact_grid grid = exact_grid_make(terms, ranges[i]);
        uint64_t overflow = 0;
        const int64_t lowest = exact_round(&grid, -ranges[i], &overflow);
        const int64_t highest = exact_round(&grid, ranges[i] - grid.quantum, &overflow);
        const int64_t of_nan = exact_round(&grid, (double)NAN, &overflow);
        int64_t sum;
        assert_false(__builtin_mul_overflow(lowest, terms, &sum));
        assert_near(exact_mean(&grid, sum, terms), -ranges[i], 0);
        assert_false(__builtin_mul_overflow(highest, terms, &sum));
        /* Terms that overflow the grid make the sum meaningless, but not undefined. */
        assert_false(__builtin_mul_overflow(of_nan, terms, &sum));
        assert_false(__builtin_mul_overflow(exact_round(&grid, 1e300, &overflow), terms, &sum));
    }
}

static void test_the_gradients_rounding_is_below_the_promise(void **state)
{
    (void)state;
    assert_true(exact_grid_make(100, GRADIENT_RANGE).quantum == 0x1p-44);
    assert_true(exact_grid_make(4096, GRADIENT_RANGE).quantum == 0x1p-44);
    assert_true(exact_grid_make(GRADIENT_BATCH_MAX, GRADIENT_RANGE).quantum / 2 < 1e-12);
}

/* As the headers say it. */
static void test_a_wider_range_costs_precision(void **state)
{
    (void)state;
    assert_true(exact_grid_make(4096, 0x1p17).quantum / 2 <= 3.0e-11);
    assert_true(exact_grid_make(4096, 0x1p27).quantum / 2 <= 3.0e-8);
    assert_true(exact_grid_make(GRADIENT_BATCH_MAX, 0x1p17).quantum / 2 <= 9.4e-10);
    assert_true(exact_grid_make(GRADIENT_BATCH_MAX, 0x1p27).quantum / 2 <= 9.6e-7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_order_and_split_gives_the_same_sum),
        cmocka_unit_test(test_the_mean_is_within_half_a_quantum),
        cmocka_unit_test(test_the_mean_in_two_parts_has_all_digits),
        cmocka_unit_test(test_sums_on_every_grid_are_exact),
        cmocka_unit_test(test_the_range_is_attained_and_not_exceeded),
        cmocka_unit_test(test_the_largest_sum_does_not_wrap),
        cmocka_unit_test(test_the_gradients_rounding_is_below_the_promise),
        cmocka_unit_test(test_a_wider_range_costs_precision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
