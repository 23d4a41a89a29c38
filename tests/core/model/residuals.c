/* SPDX-License-Identifier: MIT
 *
 * The scores of predicted numbers, against sums in long double; and in parts, in any order. */
#include "core/model/residuals.h"
#include "core/numbers/rng.h"
#include "testing.h"

#include <math.h>
#include <string.h>

enum { ROWS = 1000, OUTPUTS = 2 };
static double targets[ROWS][OUTPUTS], predicted[ROWS][OUTPUTS];

/* Targets far from 0, whose deviations differ by a factor of 1000. */
static int draw(void **state)
{
    (void)state;
    for (int64_t row = 0; row < ROWS; ++row)
        for (int m = 0; m < OUTPUTS; ++m) {
            const int64_t at = row * OUTPUTS + m;
            targets[row][m] = 2000 + (m ? 10 : 0.01) * rng_normal(1, RNG_BATCH, at);
            predicted[row][m] = targets[row][m] + (m ? 3 : 0.001) * rng_normal(2, RNG_BATCH, at);
        }
    return 0;
}

static struct residuals make(int64_t *sums)
{
    memset(sums, 0, residuals_count(OUTPUTS) * sizeof *sums);
    return residuals_make(ROWS, 2048, OUTPUTS, targets[0], sums);
}

static void add(struct residuals *residuals, int64_t begin, int64_t end)
{
    for (int64_t row = begin; row < end; ++row)
        assert_true(
            residuals_add(residuals, &(struct target){.values = targets[row]}, predicted[row]));
}

static void test_scores_are_those_of_the_formulas(void **state)
{
    (void)state;
    int64_t sums[OUTPUTS * RESIDUALS * EXACT_PARTS_MAX];
    struct residuals residuals = make(sums);
    long double all = 0;
    double r2 = 0;
    add(&residuals, 0, ROWS);
    for (int m = 0; m < OUTPUTS; ++m) {
        long double square = 0, size = 0, mean = 0, variance = 0;
        for (int row = 0; row < ROWS; ++row)
            mean += (long double)targets[row][m] / ROWS;
        for (int row = 0; row < ROWS; ++row) {
            const long double error = (long double)predicted[row][m] - (long double)targets[row][m];
            square += error * error / ROWS;
            size += fabsl(error) / ROWS;
            variance += (targets[row][m] - mean) * (targets[row][m] - mean) / ROWS;
        }
        const struct residuals_of_output of = residuals_of(&residuals, m, ROWS);
        assert_near(of.rmse, (double)sqrtl(square), 1e-12 * of.rmse);
        assert_near(of.mae, (double)size, 1e-12 * of.mae);
        assert_near(of.r2, (double)(1 - square / variance), 1e-11);
        all += square / OUTPUTS;
        r2 += of.r2 / OUTPUTS;
    }
    assert_near(residuals_of_all(&residuals, ROWS).rmse, (double)sqrtl(all), 1e-12);
    assert_near(residuals_of_all(&residuals, ROWS).r2, r2, 1e-15);
}

/* As on two ranks. */
static void test_sums_add_up(void **state)
{
    (void)state;
    enum { COUNT = OUTPUTS * RESIDUALS * EXACT_PARTS_MAX };
    int64_t whole[COUNT], parts[2][COUNT];
    struct residuals all = make(whole), first = make(parts[0]), second = make(parts[1]);
    add(&all, 0, ROWS);
    add(&first, 700, ROWS);
    add(&second, 0, 700);
    for (int i = 0; i < COUNT; ++i)
        assert_true(whole[i] == parts[0][i] + parts[1][i]);
}

static void test_equal_targets_have_no_r2(void **state)
{
    (void)state;
    int64_t sums[RESIDUALS * EXACT_PARTS_MAX] = {0};
    const double target = 0.1, other = 0.3;
    struct residuals residuals = residuals_make(3, 1, 1, &target, sums);
    for (int row = 0; row < 3; ++row)
        assert_true(residuals_add(&residuals, &(struct target){.values = &target}, &other));
    assert_true(isnan(residuals_of(&residuals, 0, 3).r2));
    assert_near(residuals_of(&residuals, 0, 3).rmse, 0.2, 1e-16);
}

static void test_what_is_not_finite_or_too_far_does_not_fit(void **state)
{
    (void)state;
    const double bad[] = {(double)NAN, (double)INFINITY, -1e300, 1e5};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        int64_t sums[RESIDUALS * EXACT_PARTS_MAX] = {0};
        const double target = 1;
        struct residuals residuals = residuals_make(3, 1, 1, &target, sums);
        assert_false(residuals_add(&residuals, &(struct target){.values = &target}, &bad[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scores_are_those_of_the_formulas),
        cmocka_unit_test(test_sums_add_up),
        cmocka_unit_test(test_equal_targets_have_no_r2),
        cmocka_unit_test(test_what_is_not_finite_or_too_far_does_not_fit),
    };
    return cmocka_run_group_tests(tests, draw, NULL);
}
