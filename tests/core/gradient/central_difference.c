/* SPDX-License-Identifier: MIT
 *
 * The methods against the oracle in quadruple precision: `numerical` is the central difference for
 * every step, on networks and data of every shape. */
#include "core/gradient/gradient.h"
#include "quad.h"
#include "test_problem.h"
#include "testing.h"

#include <stdlib.h>

static const double steps[] = {1e-6, 1e-4, 1e-2, 0.1, 0.5, 1};
enum { STEPS = sizeof steps / sizeof *steps };

/* Every stride-th number of a vector, moved to its front. */
static void thin_out(double *values, size_t count, size_t stride)
{
    for (size_t i = 0; i * stride < count; ++i)
        values[i] = values[i * stride];
}

/* Compares with the oracle on every stride-th parameter. The largest error allowed is `relative`
 * of the largest entry, and `absolute`. */
static void check_against_quad(const struct problem *p, const struct gradient_method *method,
                               double step, int rows, size_t stride, double relative,
                               double absolute)
{
    double *own = problem_gradient(p, method, step, rows);
    double *exact = quad_gradient(p, step, rows, stride);
    thin_out(own, p->parameters, stride);
    const struct gradient_difference difference =
        gradient_compare(exact, own, (p->parameters + stride - 1) / stride);
    const double largest = difference.relative > 0 ? difference.largest / difference.relative : 0;
    if (!(difference.largest <= relative * largest + absolute))
        fail_msg("%s, %s, %s, h = %g: off by %.3g, the largest entry is %.3g", method->name,
                 p->model.description, p->model.network.activation->name, step, difference.largest,
                 largest);
    free(own);
    free(exact);
}

/* From initial weights to saturated units and weights of 10 and more. */
static void test_numerical_is_the_central_difference_for_every_step(void **state)
{
    (void)state;
    const double deviations[] = {0.01, 0.5, 2, 5};
    for (int pixels = 0; pixels < 2; ++pixels)
        for (size_t w = 0; w < sizeof deviations / sizeof *deviations; ++w) {
            struct problem p = test_problem(12, 9, 4, pixels, deviations[w]);
            for (int s = 0; s < STEPS; ++s)
                check_against_quad(&p, &gradient_numerical, steps[s], PROBLEM_ROWS, 1, 1e-13,
                                   0x1p-45);
            problem_free(&p);
        }
}

/* Shapes D-H-K; about 60 parameters of each are compared, on a single row. */
static void test_numerical_is_exact_for_every_shape(void **state)
{
    (void)state;
    const int shapes[][3] = {{1, 1, 2},    {5, 7, 3},   {9, 8, 12},   {784, 3, 10},
                             {40, 64, 5},  {3, 65, 2},  {2, 1000, 2}, {4, 3, 100},
                             {4096, 1, 2}, {1, 50, 33}, {17, 100, 10}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i)
        for (int pixels = 0; pixels < 2; ++pixels) {
            struct problem p = test_problem(shapes[i][0], shapes[i][1], shapes[i][2], pixels, 0.7);
            const size_t stride = p.parameters < 120 ? 1 : p.parameters / 60;
            for (int s = 0; s < STEPS; ++s)
                check_against_quad(&p, &gradient_numerical, steps[s], 1, stride, 1e-12, 0x1p-45);
            problem_free(&p);
        }
}

/* Two to five layers; units that are not many, and more than are shifted side by side. */
static const struct {
    int layers, widths[6];
} deep_shapes[] = {
    {2, {6, 5, 3}}, {3, {4, 19, 9, 3}}, {4, {3, 17, 8, 5, 4}}, {5, {7, 4, 6, 2, 3, 3}}};

static const struct activation *const activations[] = {&activation_sigmoid, &activation_tanh,
                                                       &activation_relu};

/* With relu, many units of these are within a large step of their kink, and few of a small one. */
static void test_numerical_is_exact_at_any_depth(void **state)
{
    (void)state;
    const double deviations[] = {0.3, 1.5};
    for (size_t n = 0; n < sizeof deep_shapes / sizeof *deep_shapes; ++n)
        for (size_t a = 0; a < sizeof activations / sizeof *activations; ++a)
            for (size_t w = 0; w < sizeof deviations / sizeof *deviations; ++w) {
                struct problem p = test_deep_problem(activations[a], deep_shapes[n].layers,
                                                     deep_shapes[n].widths, w == 0, deviations[w]);
                for (int s = 0; s < STEPS; ++s)
                    check_against_quad(&p, &gradient_numerical, steps[s], 2, 1, 1e-12, 0x1p-45);
                problem_free(&p);
            }
}

/* On the first grid that the gradient fits; rounding to it is allowed for. */
static void check_on_some_grid(const struct problem *p, const struct gradient_method *method,
                               double step, int rows)
{
    struct gradient gradient;
    int64_t *sums = malloc(p->parameters * sizeof *sums);
    double *mean = malloc(p->parameters * sizeof *mean), *exact = quad_gradient(p, step, rows, 1);
    const struct share share = share_whole(p->rows, rows, p->model.parts);
    assert_true(gradient_create(&gradient, method, &p->model, step, rows));
    gradient.overflows = 1;
    for (int grid = 0; gradient.overflows > 0; ++grid) {
        assert_true(grid < gradient_grids(&gradient));
        gradient_choose_grid(&gradient, grid);
        gradient_sum_share(&gradient, p->theta, &p->samples, &share, sums);
    }
    for (size_t i = 0; i < p->parameters; ++i)
        mean[i] = exact_mean(&gradient.grid, sums[i], rows);
    const struct gradient_difference difference = gradient_compare(exact, mean, p->parameters);
    const double largest = difference.relative > 0 ? difference.largest / difference.relative : 0;
    if (!(difference.largest <= 1e-12 * largest + gradient.grid.quantum))
        fail_msg("%s, %s, %s, h = %g: off by %.3g, the largest entry is %.3g", method->name,
                 p->model.description, p->model.network.activation->name, step, difference.largest,
                 largest);
    gradient_destroy(&gradient);
    free(sums);
    free(mean);
    free(exact);
}

/* Squares have the same quotients, however far they are from their targets; backprop is their
 * derivative. */
static void test_squares_are_exact_at_any_depth(void **state)
{
    (void)state;
    const double deviations[] = {0.05, 0.3, 1.5};
    for (size_t n = 0; n < sizeof deep_shapes / sizeof *deep_shapes; ++n)
        for (size_t a = 0; a < sizeof activations / sizeof *activations; ++a)
            for (size_t w = 0; w < sizeof deviations / sizeof *deviations; ++w) {
                struct problem p =
                    test_problem_with_head(activations[a], &head_squares, deep_shapes[n].layers,
                                           deep_shapes[n].widths, w == 0, deviations[w]);
                for (int s = 0; s < STEPS; ++s)
                    check_on_some_grid(&p, &gradient_numerical, steps[s], 2);
                check_on_some_grid(&p, &gradient_backprop, 1e-9, 2);
                problem_free(&p);
            }
}

/* For relu: from steps that meet no kink to those that take all units across theirs. About 60
 * parameters are compared. */
static void check_relu(const struct problem *p, int rows)
{
    const double relu_steps[] = {1e-6, 1e-4, 1e-3, 1e-2, 0.1, 0.5, 1, 1000};
    const size_t stride = p->parameters < 120 ? 1 : p->parameters / 60;
    for (size_t s = 0; s < sizeof relu_steps / sizeof *relu_steps; ++s)
        check_against_quad(p, &gradient_numerical, relu_steps[s], rows, stride, 1e-13, 0x1p-45);
}

static const struct {
    int layers, widths[6];
} relu_shapes[] = {{2, {6, 5, 3}},
                   {3, {5, 7, 6, 2}},
                   {3, {9, 8, 8, 100}},
                   {4, {3, 17, 8, 5, 4}},
                   {5, {6, 10, 12, 9, 11, 4}}};
enum { RELU_SHAPES = sizeof relu_shapes / sizeof *relu_shapes };

/* A unit takes others across their kinks, which take others, and so on. */
static void test_relu_is_exact_across_kinks(void **state)
{
    (void)state;
    const double deviations[] = {0.3, 0.7};
    for (int n = 0; n < RELU_SHAPES; ++n)
        for (int pixels = 0; pixels < 2; ++pixels) {
            struct problem p = test_deep_problem(&activation_relu, relu_shapes[n].layers,
                                                 relu_shapes[n].widths, pixels, deviations[pixels]);
            check_relu(&p, 3);
            problem_free(&p);
        }
}

static void set_biases(struct problem *p, int layer, double value)
{
    const struct network_layer *of = &p->model.network.layers[layer];
    for (int j = 0; j < of->outputs; ++j)
        p->theta[network_row(of, of->inputs) + (size_t)j] = value;
}

/* Biases of 0 and blank rows: all units are at their kinks. */
static void test_relu_is_exact_at_its_kinks(void **state)
{
    (void)state;
    for (int n = 0; n < RELU_SHAPES; ++n) {
        struct problem p = test_deep_problem(&activation_relu, relu_shapes[n].layers,
                                             relu_shapes[n].widths, false, 0.7);
        for (int l = 0; l < relu_shapes[n].layers; ++l)
            set_biases(&p, l, 0);
        for (int i = 0; i < 2 * p.model.inputs; ++i)
            p.floats[i] = 0;
        check_relu(&p, 3);
        problem_free(&p);
    }
}

/* A layer whose units are off, but for large steps; and one that all outputs depend on alike. */
static void test_relu_is_exact_where_nothing_moves(void **state)
{
    (void)state;
    struct problem p = test_deep_problem(&activation_relu, 4, relu_shapes[3].widths, false, 0.7);
    const struct network_layer *last = network_last(&p.model.network);
    set_biases(&p, 1, -20);
    check_relu(&p, 3);
    set_biases(&p, 1, 0.1);
    for (int j = 0; j < last->inputs; ++j)
        for (int k = 0; k < last->outputs; ++k)
            p.theta[network_row(last, j) + (size_t)k] = 0.3 * j - 0.5;
    check_relu(&p, 3);
    problem_free(&p);
}

static void check_against_literal(const struct problem *p, double step, int rows)
{
    double *numerical = problem_gradient(p, &gradient_numerical, step, rows);
    double *literal = problem_gradient(p, &gradient_literal, step, rows);
    assert_near(gradient_compare(numerical, literal, p->parameters).largest, 0,
                1e-14 / step + 0x1p-44);
    free(numerical);
    free(literal);
}

/* More units within reach of a step than there is room for. */
static void test_relu_is_exact_for_wide_layers(void **state)
{
    (void)state;
    const int widths[] = {2, 10, 2000, 2};
    struct problem p = test_deep_problem(&activation_relu, 3, widths, false, 0.1);
    check_against_literal(&p, 0.5, 2);
    problem_free(&p);
}

/* Features of that size, and first weights so small that the units are of any sign. */
static struct problem relu_problem_of_size(double size)
{
    struct problem p = test_deep_problem(&activation_relu, 4, relu_shapes[3].widths, false, 0.5);
    for (int n = 0; n < p.model.inputs * PROBLEM_ROWS; ++n)
        p.floats[n] *= (float)size;
    for (int n = 0; n < p.model.inputs * p.model.network.layers[0].outputs; ++n)
        p.theta[n] *= 3 / size;
    return p;
}

/* With last weights so small that the quotients fit the grid; or with large steps, for which they
 * do, too. */
static void test_relu_is_exact_for_features_of_any_size(void **state)
{
    (void)state;
    const double sizes[] = {1e3, 7.2e6, 1e30, (double)FLT_MAX / 4};
    const double large_steps[] = {0.1, 1, 30, 712};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        struct problem p = relu_problem_of_size(sizes[i]);
        for (int s = 0; s < 4; ++s)
            check_against_quad(&p, &gradient_numerical, large_steps[s], PROBLEM_ROWS, 1, 1e-13,
                               0x1p-45);
        for (size_t n = network_last(&p.model.network)->offset; n < p.parameters; ++n)
            p.theta[n] *= 50 / sizes[i];
        check_relu(&p, PROBLEM_ROWS);
        problem_free(&p);
    }
}

/* Where the label has a probability of 1e-7 and less, the 1e-7 inside the logarithm counts. */
static void test_numerical_is_exact_where_the_loss_is_near_16(void **state)
{
    (void)state;
    struct problem p = test_problem(12, 9, 4, true, 0.5);
    double largest = 0;
    for (int row = 0; row < PROBLEM_ROWS; ++row)
        p.labels[row] = 1;
    /* b2 of the label: its probability is about e^-17 = 4e-8. */
    p.theta[p.parameters - 3] -= 17;
    for (int row = 0; row < PROBLEM_ROWS; ++row)
        largest = fmax(largest, quad_loss(&p, row));
    assert_in_range((int)(10 * largest), 155, 162);
    for (int s = 0; s < STEPS; ++s)
        check_against_quad(&p, &gradient_numerical, steps[s], PROBLEM_ROWS, 1, 1e-13, 0x1p-45);
    problem_free(&p);
}

/* Features of any size, from where exp(h x) overflows to the largest float, and steps up to 1000.
 * The weights are so small that not all units are saturated, and that no quotient overflows
 * however small the step is. */
static void test_numerical_is_exact_for_features_of_any_size(void **state)
{
    (void)state;
    const double sizes[] = {1, 7.2e6, 1e9, 1e30, (double)FLT_MAX / 4};
    const double more_steps[] = {1e-6, 1e-4, 1e-2, 1, 30, 700, 712, 1000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i)
        for (size_t s = 0; s < sizeof more_steps / sizeof *more_steps; ++s) {
            struct problem p = test_problem(12, 9, 4, false, 1);
            for (size_t n = 0; n < 12 * PROBLEM_ROWS; ++n)
                p.floats[n] *= (float)sizes[i];
            for (size_t n = 0; n < p.parameters; ++n)
                p.theta[n] *= n < 12 * 9 ? 3 / sizes[i] : fmin(1, 50 * more_steps[s]);
            check_against_quad(&p, &gradient_numerical, more_steps[s], PROBLEM_ROWS, 1, 1e-13,
                               0x1p-45);
            check_against_literal(&p, more_steps[s], PROBLEM_ROWS);
            problem_free(&p);
        }
}

/* Logits that are thousands apart, and labels of probability 0 that a step makes likely again. */
static void test_numerical_is_exact_for_logits_far_apart(void **state)
{
    (void)state;
    const double all_steps[] = {1e-2, 1, 3, 30, 700, 712, 1000};
    const double factors[] = {5, 60, 400, 3000};
    for (size_t w = 0; w < sizeof factors / sizeof *factors; ++w)
        for (size_t s = 0; s < sizeof all_steps / sizeof *all_steps; ++s) {
            struct problem p = test_problem(12, 9, 4, true, 1);
            for (size_t n = 13 * 9; n < p.parameters; ++n)
                p.theta[n] *= fmin(factors[w], 100 * all_steps[s]);
            check_against_quad(&p, &gradient_numerical, all_steps[s], PROBLEM_ROWS, 1, 1e-13,
                               0x1p-45);
            problem_free(&p);
        }
}

/* A sigmoid and a probability that are 0 in a double, until the step brings them back. */
static void test_numerical_is_exact_where_a_step_undoes_an_underflow(void **state)
{
    (void)state;
    const double step = 0x1p-13, large_step = 706;
    struct problem p = test_problem(12, 9, 4, false, 0.01);
    double *b1 = p.theta + 12 * 9, *b2 = p.theta + 13 * 9 + 9 * 4;
    for (int row = 0; row < PROBLEM_ROWS; ++row)
        p.floats[12 * row] = 707 * 8192; /* h x is 707, to the bit */
    for (int j = 0; j < 9; ++j)
        p.theta[j] = 0;
    b1[3] = -709;
    check_against_quad(&p, &gradient_numerical, step, PROBLEM_ROWS, 1, 1e-13, 0x1p-45);
    /* A unit that stays 0: its weights move nothing. */
    b1[3] = -800;
    check_against_quad(&p, &gradient_numerical, 30, PROBLEM_ROWS, 1, 1e-13, 0x1p-45);
    b1[3] = 0;
    b2[0] = -712;
    check_against_quad(&p, &gradient_numerical, large_step, PROBLEM_ROWS, 1, 1e-13, 0x1p-45);
    problem_free(&p);
}

/* Inputs so large that the quotients need the second grid, or the third. The derivative is the
 * difference over a step of nothing. */
static void test_what_needs_a_coarser_grid_is_exact(void **state)
{
    (void)state;
    const double sizes[] = {0, 1e4, 1e7}, small = 1e-16;
    for (int grid = 1; grid < GRADIENT_GRIDS; ++grid) {
        const double size = sizes[grid], step = 1 / size;
        struct problem p = test_problem(12, 9, 4, false, 1);
        for (size_t n = 0; n < 12 * PROBLEM_ROWS; ++n)
            p.floats[n] *= (float)size;
        for (size_t n = 0; n < 12 * 9; ++n)
            p.theta[n] *= 3 / size;
        const struct {
            const struct gradient_method *method;
            double step, relative;
        } cases[] = {{&gradient_numerical, step, 1e-13},
                     {&gradient_numerical, 1e-3 * step, 1e-13},
                     {&gradient_literal, step, 1e-14},
                     {&gradient_backprop, small, 1e-13}};
        for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
            double *own =
                problem_gradient_on_grid(&p, cases[i].method, cases[i].step, PROBLEM_ROWS, grid);
            double *exact = quad_gradient(&p, cases[i].step, PROBLEM_ROWS, 1);
            const struct gradient_difference difference =
                gradient_compare(exact, own, p.parameters);
            const double largest = difference.largest / difference.relative;
            if (!(difference.largest <= cases[i].relative * largest + ldexp(1, 10 * grid - 45)))
                fail_msg("%s, h = %g: off by %.3g, the largest entry is %.3g",
                         cases[i].method->name, cases[i].step, difference.largest, largest);
            free(own);
            free(exact);
        }
        problem_free(&p);
    }
}

static void test_numerical_is_never_worse_than_literal(void **state)
{
    (void)state;
    struct problem p = test_problem(12, 9, 4, true, 0.5);
    for (int s = 0; s < STEPS; ++s) {
        double *exact = quad_gradient(&p, steps[s], PROBLEM_ROWS, 1);
        double *numerical = problem_gradient(&p, &gradient_numerical, steps[s], PROBLEM_ROWS);
        double *literal = problem_gradient(&p, &gradient_literal, steps[s], PROBLEM_ROWS);
        assert_true(gradient_compare(exact, numerical, p.parameters).largest <=
                    gradient_compare(exact, literal, p.parameters).largest + 0x1p-45);
        free(exact);
        free(numerical);
        free(literal);
    }
    problem_free(&p);
}

static void test_literal_is_the_central_difference_within_its_rounding(void **state)
{
    (void)state;
    struct problem p = test_problem(7, 5, 3, true, 0.5);
    for (int s = 1; s < STEPS; ++s)
        /* A loss of about 1 is off by an ulp or two, twice, and divided by 2h. */
        check_against_quad(&p, &gradient_literal, steps[s], PROBLEM_ROWS, 1, 0,
                           1e-15 / steps[s] + 0x1p-45);
    problem_free(&p);
}

static void test_backprop_is_the_derivative(void **state)
{
    (void)state;
    const double deviations[] = {0.01, 0.5, 2};
    for (size_t w = 0; w < sizeof deviations / sizeof *deviations; ++w) {
        struct problem p = test_problem(12, 9, 4, true, deviations[w]);
        double *own = problem_gradient(&p, &gradient_backprop, 1, PROBLEM_ROWS);
        /* In quadruple precision a tiny step loses nothing: its error is h^2, 1e-20. */
        double *exact = quad_gradient(&p, 1e-10, PROBLEM_ROWS, 1);
        assert_near(gradient_compare(exact, own, p.parameters).largest, 0, 1e-12);
        free(own);
        free(exact);
        problem_free(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numerical_is_the_central_difference_for_every_step),
        cmocka_unit_test(test_numerical_is_exact_for_every_shape),
        cmocka_unit_test(test_numerical_is_exact_at_any_depth),
        cmocka_unit_test(test_relu_is_exact_across_kinks),
        cmocka_unit_test(test_relu_is_exact_at_its_kinks),
        cmocka_unit_test(test_relu_is_exact_where_nothing_moves),
        cmocka_unit_test(test_relu_is_exact_for_wide_layers),
        cmocka_unit_test(test_relu_is_exact_for_features_of_any_size),
        cmocka_unit_test(test_numerical_is_exact_where_the_loss_is_near_16),
        cmocka_unit_test(test_numerical_is_exact_for_features_of_any_size),
        cmocka_unit_test(test_numerical_is_exact_for_logits_far_apart),
        cmocka_unit_test(test_numerical_is_exact_where_a_step_undoes_an_underflow),
        cmocka_unit_test(test_what_needs_a_coarser_grid_is_exact),
        cmocka_unit_test(test_squares_are_exact_at_any_depth),
        cmocka_unit_test(test_numerical_is_never_worse_than_literal),
        cmocka_unit_test(test_literal_is_the_central_difference_within_its_rounding),
        cmocka_unit_test(test_backprop_is_the_derivative),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
