/* SPDX-License-Identifier: MIT */
#include "core/network.h"
#include "testing.h"

#include <string.h>

/* D = 3, H = 2, K = 3: W1 6, b1 2, W2 6, b2 3. */
static const struct network small = {.inputs = 3, .hidden = 2, .classes = 3};
enum { PARAMETERS = 17 };

static const double theta[PARAMETERS] = {0.1, -0.2, 0.3, 0.4, -0.5, 0.6, 0.05, -0.05, 1,
                                         -1,  0.5,  0.2, 0.3, -0.7, 0.1, 0.2,  -0.3};
static const uint8_t pixels[] = {0, 255, 51, 0, 0, 0};
static const int32_t labels[] = {2, 0};
static const struct samples two = {
    .inputs = 3, .first_row = 10, .rows = 2, .bytes = pixels, .labels = labels};

static void forward(const double *parameters, int64_t row, struct network_pass *pass)
{
    sample_decode(&pass->sample, &two, row);
    network_forward(&small, parameters, &pass->sample, pass);
}

static void test_names(void **state)
{
    (void)state;
    const char *const names[] = {"W1[0,0]", "W1[0,1]", "W1[2,1]", "b1[0]",
                                 "W2[0,0]", "W2[1,2]", "b2[0]",   "b2[2]"};
    const size_t parameters[] = {0, 1, 5, 6, 8, 13, 14, 16};
    assert_int_equal(network_parameter_count(&small), PARAMETERS);
    for (int i = 0; i < 8; ++i) {
        char name[32];
        network_parameter_name(&small, parameters[i], name, sizeof name);
        assert_string_equal(name, names[i]);
    }
}

/* The definition, with libm in long double. Inputs (0, 1, 0.2). */
static void test_forward_is_the_definition(void **state)
{
    (void)state;
    const long double x = samples_pixel_value(51);
    const long double a1[] = {0.05L + 0.3L + x * -0.5L, -0.05L + 0.4L + x * 0.6L};
    const long double z[] = {1 / (1 + expl(-a1[0])), 1 / (1 + expl(-a1[1]))};
    const long double a2[] = {0.1L + z[0] + z[1] * 0.2L, 0.2L - z[0] + z[1] * 0.3L,
                              -0.3L + z[0] * 0.5L - z[1] * 0.7L};
    const long double sum = expl(a2[0]) + expl(a2[1]) + expl(a2[2]);
    struct network_pass pass;
    assert_true(network_pass_create(&pass, &small));
    forward(theta, 10, &pass);
    assert_int_equal(pass.sample.count, 2);
    for (int j = 0; j < 2; ++j) {
        assert_near(pass.z[j], (double)z[j], 2e-16);
        assert_near(pass.one_minus_z[j], (double)(1 - z[j]), 2e-16);
    }
    for (int k = 0; k < 3; ++k)
        assert_near(pass.y[k], (double)(expl(a2[k]) / sum), 2e-16);
    assert_near(pass.one_minus_y_t, (double)(1 - expl(a2[2]) / sum), 2e-16);
    assert_near(network_loss(&small, &pass), (double)-logl(expl(a2[2]) / sum + 1e-7L), 4e-16);
    assert_int_equal(network_prediction(&small, theta, &pass), 0);
    network_pass_destroy(&pass);
}

/* The 1e-7 bounds the loss of a hopeless sample, and lets a perfect one's fall below zero. */
static void test_loss_at_its_ends(void **state)
{
    (void)state;
    double extreme[PARAMETERS] = {0};
    struct network_pass pass;
    assert_true(network_pass_create(&pass, &small));
    extreme[14] = 800;
    forward(extreme, 10, &pass);
    assert_near(network_loss(&small, &pass), 16.118095650958319, 1e-14);
    forward(extreme, 11, &pass);
    assert_near(network_loss(&small, &pass), -1e-7, 1e-14);
    assert_near(pass.one_minus_y_t, 0, 0);
    network_pass_destroy(&pass);
}

static void test_score_counts(void **state)
{
    (void)state;
    const double zero[PARAMETERS] = {0};
    const struct exact_grid grid = exact_grid_make(2, NETWORK_LOSS_RANGE);
    const int64_t rows[] = {10, 11};
    struct network_pass pass;
    assert_true(network_pass_create(&pass, &small));
    /* All classes alike: the first one is predicted, which is right for row 11. */
    const struct network_score score = network_score(&small, zero, &two, rows, 2, &grid, &pass);
    assert_int_equal(score.correct, 1);
    assert_int_equal(score.overflows, 0);
    assert_near(exact_mean(&grid, score.loss_sum, 2), (double)-logl(1.0L / 3 + 1e-7L), 1e-14);

    double broken[PARAMETERS];
    memcpy(broken, theta, sizeof broken);
    broken[15] = (double)NAN;
    assert_int_equal(network_score(&small, broken, &two, rows, 2, &grid, &pass).overflows, 2);
    network_pass_destroy(&pass);
}

static void test_initial_weights(void **state)
{
    (void)state;
    double first[PARAMETERS], other[PARAMETERS];
    network_initialize(&small, 1, 0.01, first);
    network_initialize(&small, 2, 0.01, other);
    assert_true(first[0] != other[0]);
    for (int j = 0; j < 2; ++j)
        assert_true(first[6 + j] == 0);
    for (int k = 0; k < 3; ++k)
        assert_true(first[14 + k] == 0);
    for (int i = 0; i < 6; ++i)
        assert_true(first[i] != 0 && fabs(first[i]) < 0.06);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_forward_is_the_definition),
        cmocka_unit_test(test_loss_at_its_ends),
        cmocka_unit_test(test_score_counts),
        cmocka_unit_test(test_initial_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
