/* SPDX-License-Identifier: MIT */
#include "core/gradient/gradient.h"
#include "test_problem.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

static double relative_difference(const struct problem *p, double *a, double *b)
{
    const double relative = gradient_compare(a, b, p->parameters).relative;
    free(a);
    free(b);
    return relative;
}

static void test_the_methods_agree_on_other_shapes(void **state)
{
    (void)state;
    const int shapes[][3] = {{1, 1, 2},   {5, 7, 3},    {9, 8, 12},  {784, 2, 10}, {3, 50, 2},
                             {40, 17, 5}, {2, 1000, 2}, {4, 3, 100}, {4096, 1, 2}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i)
        for (int pixels = 0; pixels < 2; ++pixels) {
            struct problem p = test_problem(shapes[i][0], shapes[i][1], shapes[i][2], pixels, 0.3);
            assert_near(relative_difference(&p, problem_gradient(&p, &gradient_numerical, 1e-3, 2),
                                            problem_gradient(&p, &gradient_literal, 1e-3, 2)),
                        0, 1e-9);
            assert_near(relative_difference(&p, problem_gradient(&p, &gradient_numerical, 1e-5, 2),
                                            problem_gradient(&p, &gradient_backprop, 1e-5, 2)),
                        0, 1e-8);
            problem_free(&p);
        }
}

/* With a large step, the difference and the derivative clearly differ. */
static void test_a_large_step_is_no_derivative(void **state)
{
    (void)state;
    struct problem p = test_problem(12, 9, 4, true, 0.5);
    assert_true(
        relative_difference(&p, problem_gradient(&p, &gradient_numerical, 0.5, PROBLEM_ROWS),
                            problem_gradient(&p, &gradient_backprop, 0.5, PROBLEM_ROWS)) > 1e-3);
    problem_free(&p);
}

/* Up to five layers; some as wide as others, some not. */
static const struct {
    int layers, widths[6];
} deep_shapes[] = {
    {3, {6, 5, 5, 3}}, {3, {4, 2, 9, 2}}, {4, {3, 17, 8, 5, 4}}, {5, {7, 4, 6, 1, 3, 3}}};
enum { DEEP_SHAPES = sizeof deep_shapes / sizeof *deep_shapes };

static const struct activation *const activations[] = {&activation_sigmoid, &activation_tanh,
                                                       &activation_relu};
enum { ACTIVATIONS = sizeof activations / sizeof *activations };

static struct problem deep_problem(int activation, int shape, bool pixels)
{
    return test_deep_problem(activations[activation], deep_shapes[shape].layers,
                             deep_shapes[shape].widths, pixels, 0.7);
}

/* Within what rounding costs literal. With relu, few units are so close to their kink that a small
 * step crosses it: none of these. */
static void test_the_methods_agree_at_any_depth(void **state)
{
    (void)state;
    for (int a = 0; a < ACTIVATIONS; ++a)
        for (int shape = 0; shape < DEEP_SHAPES; ++shape)
            for (int pixels = 0; pixels < 2; ++pixels) {
                struct problem p = deep_problem(a, shape, pixels);
                assert_near(relative_difference(&p,
                                                problem_gradient(&p, &gradient_numerical, 1e-2, 3),
                                                problem_gradient(&p, &gradient_literal, 1e-2, 3)),
                            0, 1e-11);
                assert_near(relative_difference(&p,
                                                problem_gradient(&p, &gradient_backprop, 1e-5, 3),
                                                problem_gradient(&p, &gradient_literal, 1e-5, 3)),
                            0, 1e-8);
                assert_near(relative_difference(&p,
                                                problem_gradient(&p, &gradient_backprop, 1e-6, 3),
                                                problem_gradient(&p, &gradient_numerical, 1e-6, 3)),
                            0, 1e-10);
                problem_free(&p);
            }
}

enum { LARGE_BATCH = 70 };

/* The sums of a batch of 70, from the six rows, by a rank's share of it. */
static void sum_share_of(struct gradient *gradient, const struct problem *p, int64_t groups,
                         int rank, int size, int64_t *sums)
{
    int64_t rows[LARGE_BATCH];
    struct share share = share_of_rank(LARGE_BATCH, groups, p->model.parts, rank, size);
    const struct range positions = share_positions(&share);
    for (int64_t i = positions.begin; i < positions.end; ++i)
        rows[i - positions.begin] = p->rows[i * i % PROBLEM_ROWS];
    share.rows = rows;
    gradient_sum_share(gradient, p->theta, &p->samples, &share, sums);
    assert_int_equal(gradient->overflows, 0);
}

/* The sums over the ranks are those of one rank, however many there are. */
static void expect_shares_add_up_on(int grid, const struct problem *p,
                                    const struct gradient_method *method, double step)
{
    const size_t bytes = p->parameters * sizeof(int64_t);
    const int64_t groups = gradient_groups(method, LARGE_BATCH);
    const int sizes[] = {2, 3, 5, 8, 9, 64, (int)groups * p->model.parts + 3};
    int64_t *whole = malloc(bytes), *all = malloc(bytes), *one = malloc(bytes);
    struct gradient gradient;
    assert_true(gradient_create(&gradient, method, &p->model, step, LARGE_BATCH));
    gradient_choose_grid(&gradient, grid);
    sum_share_of(&gradient, p, groups, 0, 1, whole);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        memset(all, 0, bytes);
        for (int rank = 0; rank < sizes[i]; ++rank) {
            sum_share_of(&gradient, p, groups, rank, sizes[i], one);
            for (size_t q = 0; q < p->parameters; ++q)
                all[q] += one[q];
        }
        assert_memory_equal(whole, all, bytes);
    }
    /* One part of one group: both ends of a share in it. */
    const int size = (int)groups * p->model.parts, part = p->model.parts / 2;
    sum_share_of(&gradient, p, groups, p->model.parts + part, size, one);
    for (size_t i = 0; i < p->parameters; ++i)
        assert_true(one[i] == 0 || model_part_of(&p->model, i) == part);
    gradient_destroy(&gradient);
    free(whole);
    free(all);
    free(one);
}

static void expect_shares_add_up(const struct problem *p, const struct gradient_method *method,
                                 double step)
{
    for (int grid = 0; grid < GRADIENT_GRIDS; ++grid)
        expect_shares_add_up_on(grid, p, method, step);
}

static void test_shares_add_up_on_any_number_of_ranks(void **state)
{
    (void)state;
    struct problem p = test_problem(12, 9, 4, true, 0.5);
    expect_shares_add_up(&p, &gradient_numerical, 1e-4);
    expect_shares_add_up(&p, &gradient_literal, 1e-4);
    expect_shares_add_up(&p, &gradient_backprop, 1e-4);
    problem_free(&p);
    for (int shape = 0; shape < DEEP_SHAPES; ++shape) {
        p = deep_problem(shape % ACTIVATIONS, shape, shape % 2);
        expect_shares_add_up(&p, &gradient_numerical, 1e-4);
        expect_shares_add_up(&p, &gradient_literal, 1e-4);
        expect_shares_add_up(&p, &gradient_backprop, 1e-4);
        problem_free(&p);
    }
}

/* Some units are evaluated at nodes, others one by one, and those in two ways. */
static void test_shares_of_relu_add_up_for_every_step(void **state)
{
    (void)state;
    const double steps[] = {1e-4, 0.02, 0.3, 10};
    for (size_t s = 0; s < sizeof steps / sizeof *steps; ++s) {
        struct problem p = test_deep_problem(&activation_relu, deep_shapes[2].layers,
                                             deep_shapes[2].widths, s % 2, 0.7);
        expect_shares_add_up(&p, &gradient_numerical, steps[s]);
        problem_free(&p);
    }
}

static const struct gradient_method *const methods[] = {&gradient_numerical, &gradient_literal,
                                                        &gradient_backprop};
enum { METHODS = sizeof methods / sizeof *methods };

static void test_overflows_are_counted_and_named(void **state)
{
    (void)state;
    struct problem p = test_problem(3, 2, 2, true, 0);
    const struct share share = share_whole(p.rows, PROBLEM_ROWS, 3);
    int64_t sums[16];
    /* Unit 1, at one half, and the bias of class 0 cancel: the logits are equal, and steep by
     * that unit alone. */
    p.theta[10] = 1e4;
    p.theta[12] = -5e3;
    for (int m = 0; m < METHODS; ++m) {
        struct gradient gradient;
        assert_true(gradient_create(&gradient, methods[m], &p.model, 1e-4, PROBLEM_ROWS));
        gradient_sum_share(&gradient, p.theta, &p.samples, &share, sums);
        assert_true(gradient.overflows > 0);
        gradient_find_overflow(&gradient, p.theta, &p.samples, &share, sums);
        assert_true(gradient.overflows > 0);
        assert_true(gradient.first_overflow < 8);
        assert_int_equal(gradient.first_overflow % 2, 1);
        gradient_destroy(&gradient);
    }
    problem_free(&p);
}

/* What fits the first grid, on each: the same mean but for the rounding. */
static void test_grids_differ_by_their_rounding_alone(void **state)
{
    (void)state;
    struct problem p = deep_problem(2, 0, false);
    const struct share share = share_whole(p.rows, PROBLEM_ROWS, p.model.parts);
    int64_t *sums = malloc(p.parameters * sizeof *sums);
    for (int m = 0; m < METHODS; ++m) {
        double *mean = problem_gradient(&p, methods[m], 1e-4, PROBLEM_ROWS);
        struct gradient gradient;
        assert_true(gradient_create(&gradient, methods[m], &p.model, 1e-4, PROBLEM_ROWS));
        assert_int_equal(gradient_grids(&gradient), 3);
        for (int grid = 2; grid >= 0; --grid) {
            gradient_choose_grid(&gradient, grid);
            assert_true(gradient.grid.range == ldexp(128, 10 * grid));
            gradient_sum_share(&gradient, p.theta, &p.samples, &share, sums);
            assert_int_equal(gradient.overflows, 0);
            for (size_t i = 0; i < p.parameters; ++i)
                assert_near(exact_mean(&gradient.grid, sums[i], PROBLEM_ROWS), mean[i],
                            grid > 0 ? 0.51 * gradient.grid.quantum : 0);
        }
        gradient_destroy(&gradient);
        free(mean);
    }
    free(sums);
    problem_free(&p);
}

static void test_a_number_that_is_not_finite_fits_no_grid(void **state)
{
    (void)state;
    int64_t sums[16];
    struct problem p = test_problem(3, 2, 2, true, 1);
    const struct share share = share_whole(p.rows, PROBLEM_ROWS, 3);
    for (int n = 0; n < 2 * METHODS * GRADIENT_GRIDS; ++n) {
        struct gradient gradient;
        p.theta[12] = n % 2 > 0 ? (double)NAN : (double)INFINITY;
        assert_true(
            gradient_create(&gradient, methods[n / 2 % METHODS], &p.model, 1e-4, PROBLEM_ROWS));
        gradient_choose_grid(&gradient, n / 2 / METHODS);
        gradient_sum_share(&gradient, p.theta, &p.samples, &share, sums);
        assert_true(gradient.overflows > 0);
        gradient_destroy(&gradient);
    }
    problem_free(&p);
}

static void test_comparison(void **state)
{
    (void)state;
    const double a[] = {1, -2, 0}, b[] = {1, -2.5, 0}, zero[3] = {0}, nan[] = {1, (double)NAN, 0};
    assert_near(gradient_compare(a, b, 3).largest, 0.5, 0);
    assert_near(gradient_compare(a, b, 3).relative, 0.25, 0);
    assert_near(gradient_compare(a, a, 3).cosine, 1, 1e-15);
    assert_near(gradient_compare(zero, zero, 3).relative, 0, 0);
    assert_true(isnan(gradient_compare(zero, zero, 3).cosine));
    assert_true(isnan(gradient_compare(zero, a, 3).cosine));
    assert_true(isnan(gradient_compare(a, nan, 3).largest));
}

static int times_asked;
static bool stop_the_second_time(void)
{
    return ++times_asked == 2;
}

/* A share of a large batch is left off between two passes of its samples; that of a small one is
 * not even asked. */
static void test_a_share_of_a_large_batch_is_abandoned(void **state)
{
    (void)state;
    enum { COUNT = 900 };
    const struct gradient_method *const layered[] = {&gradient_numerical, &gradient_backprop};
    for (int n = 0; n < 4; ++n) {
        const bool is_large = n % 2 == 0;
        struct problem p = test_problem(5, 7, 3, false, 0.3);
        int64_t rows[COUNT], sums[66];
        struct gradient gradient;
        for (int i = 0; i < COUNT; ++i)
            rows[i] = p.rows[i % PROBLEM_ROWS];
        assert_true(gradient_create(&gradient, layered[n / 2], &p.model, 1e-4,
                                    is_large ? GRADIENT_BATCH_LONG : GRADIENT_BATCH_LONG - 1));
        const struct share share = share_whole(rows, COUNT, p.model.parts);
        times_asked = 0;
        gradient.asks_to_stop = stop_the_second_time;
        assert_true(gradient_may_be_abandoned(&gradient) == is_large);
        gradient_sum_share(&gradient, p.theta, &p.samples, &share, sums);
        assert_true(gradient.abandoned == is_large);
        assert_int_equal(times_asked, is_large ? 2 : 0);
        gradient_destroy(&gradient);
        problem_free(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_methods_agree_on_other_shapes),
        cmocka_unit_test(test_a_large_step_is_no_derivative),
        cmocka_unit_test(test_the_methods_agree_at_any_depth),
        cmocka_unit_test(test_shares_add_up_on_any_number_of_ranks),
        cmocka_unit_test(test_shares_of_relu_add_up_for_every_step),
        cmocka_unit_test(test_overflows_are_counted_and_named),
        cmocka_unit_test(test_grids_differ_by_their_rounding_alone),
        cmocka_unit_test(test_a_number_that_is_not_finite_fits_no_grid),
        cmocka_unit_test(test_a_share_of_a_large_batch_is_abandoned),
        cmocka_unit_test(test_comparison),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
