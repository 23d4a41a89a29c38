/* SPDX-License-Identifier: MIT */
#include "dtrain/gradient.h"
#include "dtrain/rng.h"
#include "testing.h"

#include <quadmath.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef __float128 quad;

enum { ROWS = 6 };

/* A small network with random data and weights. */
struct problem {
    struct network network;
    size_t parameters;
    struct samples samples;
    uint8_t *bytes;
    float *floats;
    int32_t *labels;
    int64_t rows[ROWS];
    double *theta;
};

static void fill_inputs(struct problem *p, bool pixels)
{
    const size_t count = (size_t)p->network.inputs * ROWS;
    p->bytes = calloc(count, 1);
    p->floats = calloc(count, sizeof *p->floats);
    p->labels = calloc(ROWS, sizeof *p->labels);
    for (size_t i = 0; i < count; ++i) {
        /* Two thirds zeros, as in images. */
        if (rng_below(11, RNG_BATCH, (int64_t)i, 0, 3) > 0)
            continue;
        p->bytes[i] = (uint8_t)rng_below(11, RNG_BATCH, (int64_t)i, 1, 256);
        p->floats[i] = (float)rng_normal(11, RNG_BATCH, (int64_t)i);
    }
    p->samples = (struct samples){
        .inputs = p->network.inputs,
        .first_row = 100,
        .rows = ROWS,
        .bytes = pixels ? p->bytes : NULL,
        .floats = pixels ? NULL : p->floats,
        .labels = p->labels,
    };
    for (int i = 0; i < ROWS; ++i) {
        p->labels[i] = (int32_t)rng_below(12, RNG_BATCH, i, 0, p->network.classes);
        p->rows[i] = 100 + i;
    }
}

static struct problem make_problem(int inputs, int hidden, int classes, bool pixels, double spread)
{
    struct problem p = {.network = {inputs, hidden, classes}};
    p.parameters = network_parameter_count(&p.network);
    p.theta = malloc(p.parameters * sizeof *p.theta);
    fill_inputs(&p, pixels);
    for (size_t i = 0; i < p.parameters; ++i)
        p.theta[i] = spread * rng_normal(13, RNG_PARAMETERS, (int64_t)i);
    return p;
}

static void free_problem(struct problem *p)
{
    free(p->bytes);
    free(p->floats);
    free(p->labels);
    free(p->theta);
}

/* The mean gradient over the first `count` rows; the caller frees. */
static double *mean_gradient(const struct problem *p, const struct gradient_method *method,
                             double step, int count)
{
    struct gradient gradient;
    int64_t *sums = malloc(p->parameters * sizeof *sums);
    double *mean = malloc(p->parameters * sizeof *mean);
    assert_true(gradient_create(&gradient, method, &p->network, step, count));
    gradient_sum_slice(&gradient, p->theta, &p->samples, p->rows, count, sums);
    assert_int_equal(gradient.off_grid, 0);
    for (size_t i = 0; i < p->parameters; ++i)
        mean[i] = exact_mean(&gradient.grid, sums[i], count);
    gradient_destroy(&gradient);
    free(sums);
    return mean;
}

static double relative_difference(const struct problem *p, double *a, double *b)
{
    const double relative = gradient_compare(a, b, p->parameters).relative;
    free(a);
    free(b);
    return relative;
}

static quad quad_input(const struct problem *p, int row, int i)
{
    const size_t at = (size_t)row * (size_t)p->network.inputs + (size_t)i;
    return p->samples.bytes ? (quad)samples_pixel_value(p->bytes[at]) : (quad)p->floats[at];
}

/* The loss of a row, straight from its definition, in quadruple precision. */
static quad quad_loss(const struct problem *p, const quad *theta, int row)
{
    enum { CLASSES_MAX = 16 };
    const int d = p->network.inputs, h = p->network.hidden, k = p->network.classes;
    const quad *b1 = theta + d * h, *w2 = b1 + h, *b2 = w2 + h * k;
    quad a2[CLASSES_MAX], sum = 0;
    memcpy(a2, b2, (size_t)k * sizeof *a2);
    for (int j = 0; j < h; ++j) {
        quad a1 = b1[j];
        for (int i = 0; i < d; ++i)
            a1 += quad_input(p, row, i) * theta[i * h + j];
        const quad z = 1 / (1 + expq(-a1));
        for (int c = 0; c < k; ++c)
            a2[c] += z * w2[j * k + c];
    }
    for (int c = 0; c < k; ++c)
        sum += expq(a2[c] - a2[p->labels[row]]);
    return -logq(1 / sum + (quad)NETWORK_LOSS_EPSILON);
}

/* The central difference in quadruple precision; the caller frees. */
static double *quad_gradient(const struct problem *p, double step, int count)
{
    quad *theta = malloc(p->parameters * sizeof *theta);
    double *mean = malloc(p->parameters * sizeof *mean);
    for (size_t i = 0; i < p->parameters; ++i)
        theta[i] = p->theta[i];
    for (size_t i = 0; i < p->parameters; ++i) {
        quad sum = 0;
        for (int row = 0; row < count; ++row) {
            theta[i] = (quad)p->theta[i] + step;
            sum += quad_loss(p, theta, row);
            theta[i] = (quad)p->theta[i] - step;
            sum -= quad_loss(p, theta, row);
        }
        theta[i] = p->theta[i];
        mean[i] = (double)(sum / (2 * (quad)step * count));
    }
    free(theta);
    return mean;
}

static const double steps[] = {1e-6, 1e-4, 1e-2, 0.1, 0.5, 1};
enum { STEPS = sizeof steps / sizeof *steps };

/* The largest error allowed: 1e-9 of the largest entry, and what the grid rounds. */
static void check_against_quad(const struct problem *p, const struct gradient_method *method,
                               double step, double relative, double absolute)
{
    double *own = mean_gradient(p, method, step, ROWS);
    double *exact = quad_gradient(p, step, ROWS);
    const struct gradient_difference difference = gradient_compare(exact, own, p->parameters);
    const double largest = difference.relative > 0 ? difference.largest / difference.relative : 0;
    if (!(difference.largest <= relative * largest + absolute))
        fail_msg("%s, h = %g: off by %.3g, the largest entry is %.3g", method->name, step,
                 difference.largest, largest);
    free(own);
    free(exact);
}

static void test_numerical_is_the_central_difference_for_every_step(void **state)
{
    (void)state;
    /* From initial weights to saturated units, |W2| about 5, and losses near 16. */
    const double spreads[] = {0.01, 0.5, 2, 5};
    for (int pixels = 0; pixels < 2; ++pixels)
        for (size_t w = 0; w < sizeof spreads / sizeof *spreads; ++w) {
            struct problem p = make_problem(12, 9, 4, pixels, spreads[w]);
            for (int s = 0; s < STEPS; ++s)
                check_against_quad(&p, &gradient_numerical, steps[s], 1e-13, 0x1p-45);
            free_problem(&p);
        }
}

static void test_numerical_is_never_worse_than_literal(void **state)
{
    (void)state;
    struct problem p = make_problem(12, 9, 4, true, 0.5);
    for (int s = 0; s < STEPS; ++s) {
        double *exact = quad_gradient(&p, steps[s], ROWS);
        double *numerical = mean_gradient(&p, &gradient_numerical, steps[s], ROWS);
        double *literal = mean_gradient(&p, &gradient_literal, steps[s], ROWS);
        assert_true(gradient_compare(exact, numerical, p.parameters).largest <=
                    gradient_compare(exact, literal, p.parameters).largest + 0x1p-45);
        free(exact);
        free(numerical);
        free(literal);
    }
    free_problem(&p);
}

static void test_literal_is_the_central_difference_within_its_rounding(void **state)
{
    (void)state;
    struct problem p = make_problem(7, 5, 3, true, 0.5);
    for (int s = 1; s < STEPS; ++s)
        /* A loss of about 1 is off by an ulp or two, twice, and divided by 2h. */
        check_against_quad(&p, &gradient_literal, steps[s], 0, 1e-15 / steps[s] + 0x1p-45);
    free_problem(&p);
}

static void test_backprop_is_the_derivative(void **state)
{
    (void)state;
    const double spreads[] = {0.01, 0.5, 2};
    for (size_t w = 0; w < sizeof spreads / sizeof *spreads; ++w) {
        struct problem p = make_problem(12, 9, 4, true, spreads[w]);
        double *own = mean_gradient(&p, &gradient_backprop, 1, ROWS);
        /* In quadruple precision a tiny step loses nothing: its error is h^2, 1e-20. */
        double *exact = quad_gradient(&p, 1e-10, ROWS);
        assert_near(gradient_compare(exact, own, p.parameters).largest, 0, 1e-12);
        free(own);
        free(exact);
        free_problem(&p);
    }
}

static void test_the_methods_agree_on_other_shapes(void **state)
{
    (void)state;
    const int shapes[][3] = {{1, 1, 2},   {5, 7, 3},    {9, 8, 12},  {784, 2, 10}, {3, 50, 2},
                             {40, 17, 5}, {2, 1000, 2}, {4, 3, 100}, {4096, 1, 2}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i)
        for (int pixels = 0; pixels < 2; ++pixels) {
            struct problem p = make_problem(shapes[i][0], shapes[i][1], shapes[i][2], pixels, 0.3);
            assert_near(relative_difference(&p, mean_gradient(&p, &gradient_numerical, 1e-3, 2),
                                            mean_gradient(&p, &gradient_literal, 1e-3, 2)),
                        0, 1e-9);
            assert_near(relative_difference(&p, mean_gradient(&p, &gradient_numerical, 1e-5, 2),
                                            mean_gradient(&p, &gradient_backprop, 1e-5, 2)),
                        0, 1e-8);
            free_problem(&p);
        }
}

/* A large step shows that it is the difference and not the derivative. */
static void test_a_large_step_is_no_derivative(void **state)
{
    (void)state;
    struct problem p = make_problem(12, 9, 4, true, 0.5);
    assert_true(relative_difference(&p, mean_gradient(&p, &gradient_numerical, 0.5, ROWS),
                                    mean_gradient(&p, &gradient_backprop, 0.5, ROWS)) > 1e-3);
    free_problem(&p);
}

static void test_slices_add_up_wherever_a_sample_stands(void **state)
{
    (void)state;
    const struct gradient_method *methods[] = {&gradient_numerical, &gradient_literal,
                                               &gradient_backprop};
    struct problem p = make_problem(12, 9, 4, true, 0.5);
    const int64_t shuffled[ROWS] = {103, 100, 105, 101, 104, 102};
    const size_t bytes = p.parameters * sizeof(int64_t);
    int64_t *whole = malloc(bytes), *parts = malloc(bytes), *part = malloc(bytes);
    for (int m = 0; m < 3; ++m) {
        struct gradient gradient;
        assert_true(gradient_create(&gradient, methods[m], &p.network, 1e-4, ROWS));
        gradient_sum_slice(&gradient, p.theta, &p.samples, p.rows, ROWS, whole);
        for (int cut = 0; cut <= ROWS; ++cut) {
            gradient_sum_slice(&gradient, p.theta, &p.samples, shuffled, cut, parts);
            gradient_sum_slice(&gradient, p.theta, &p.samples, shuffled + cut, ROWS - cut, part);
            for (size_t i = 0; i < p.parameters; ++i)
                parts[i] += part[i];
            assert_memory_equal(whole, parts, bytes);
        }
        gradient_destroy(&gradient);
    }
    free(whole);
    free(parts);
    free(part);
    free_problem(&p);
}

static void test_off_the_grid_is_counted_and_named(void **state)
{
    (void)state;
    const struct gradient_method *methods[] = {&gradient_numerical, &gradient_literal,
                                               &gradient_backprop};
    struct problem p = make_problem(3, 2, 2, true, 0);
    int64_t sums[16];
    /* Both units at one half, one for each class: the logits are equal and steep. */
    p.theta[8] = p.theta[11] = 1e4;
    for (int m = 0; m < 3; ++m) {
        struct gradient gradient;
        assert_true(gradient_create(&gradient, methods[m], &p.network, 1e-4, ROWS));
        gradient_sum_slice(&gradient, p.theta, &p.samples, p.rows, ROWS, sums);
        assert_true(gradient.off_grid > 0);
        assert_true(gradient.first_off_grid < 8);
        gradient_destroy(&gradient);
    }
    free_problem(&p);
}

static void test_comparison(void **state)
{
    (void)state;
    const double a[] = {1, -2, 0}, b[] = {1, -2.5, 0}, zero[3] = {0}, nan[] = {1, (double)NAN, 0};
    assert_near(gradient_compare(a, b, 3).largest, 0.5, 0);
    assert_near(gradient_compare(a, b, 3).relative, 0.25, 0);
    assert_near(gradient_compare(a, a, 3).cosine, 1, 1e-15);
    assert_near(gradient_compare(zero, zero, 3).relative, 0, 0);
    assert_near(gradient_compare(zero, zero, 3).cosine, 1, 0);
    assert_true(isnan(gradient_compare(a, nan, 3).largest));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numerical_is_the_central_difference_for_every_step),
        cmocka_unit_test(test_numerical_is_never_worse_than_literal),
        cmocka_unit_test(test_literal_is_the_central_difference_within_its_rounding),
        cmocka_unit_test(test_backprop_is_the_derivative),
        cmocka_unit_test(test_the_methods_agree_on_other_shapes),
        cmocka_unit_test(test_a_large_step_is_no_derivative),
        cmocka_unit_test(test_slices_add_up_wherever_a_sample_stands),
        cmocka_unit_test(test_off_the_grid_is_counted_and_named),
        cmocka_unit_test(test_comparison),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
