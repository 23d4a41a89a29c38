/* SPDX-License-Identifier: MIT */
#include "core/model/model.h"
#include "core/samples/pixels.h"
#include "testing.h"

#include <string.h>

/* D = 3, H = 2, K = 3: W1 6, b1 2, W2 6, b2 3. */
static const int widths[] = {3, 2, 3};
enum { PARAMETERS = 17 };

static const double theta[PARAMETERS] = {0.1, -0.2, 0.3, 0.4, -0.5, 0.6, 0.05, -0.05, 1,
                                         -1,  0.5,  0.2, 0.3, -0.7, 0.1, 0.2,  -0.3};
static const uint8_t pixels[] = {0, 255, 51, 0, 0, 0};
static const int32_t labels[] = {2, 0};
static const struct samples two = {
    .inputs = 3, .first_row = 10, .rows = 2, .bytes = pixels, .labels = labels};

static struct model small_network(void)
{
    struct model model;
    assert_true(network_make(&model, &activation_sigmoid, &head_softmax, 2, widths));
    return model;
}

static void forward(const double *parameters, int64_t row, struct model_pass *pass)
{
    model_pass_take_from(pass, &two, row, 1);
    model_forward(pass, parameters);
}

static void test_layers(void **state)
{
    (void)state;
    const struct model small = small_network();
    const char *const names[] = {"W1", "b1", "W2", "b2"};
    const int shapes[][2] = {{3, 2}, {2, 0}, {2, 3}, {3, 0}};
    const size_t offsets[] = {0, 6, 8, 14};
    assert_int_equal(small.tensors.count, 4);
    assert_int_equal(small.tensors.parameters, PARAMETERS);
    for (int i = 0; i < 4; ++i) {
        const struct tensor *tensor = &small.tensors.list[i];
        assert_string_equal(tensor->name, names[i]);
        assert_int_equal(tensor->rows, shapes[i][0]);
        assert_int_equal(tensor->columns, shapes[i][1]);
        assert_int_equal(tensor->offset, offsets[i]);
    }
    assert_string_equal(small.description, "3-2-3");
    assert_int_equal(small.parts, 3);
    /* The row behind a layer's weights is its biases. */
    assert_int_equal(network_row(&small.network.layers[0], 3), offsets[1]);
    assert_int_equal(network_row(&small.network.layers[1], 2), offsets[3]);
}

static void test_names(void **state)
{
    (void)state;
    const struct model small = small_network();
    const char *const names[] = {"W1[0,0]", "W1[0,1]", "W1[2,1]", "b1[0]",
                                 "W2[0,0]", "W2[1,2]", "b2[0]",   "b2[2]"};
    const size_t parameters[] = {0, 1, 5, 6, 8, 13, 14, 16};
    const int parts[] = {0, 1, 1, 0, 0, 1, 2, 2};
    for (int i = 0; i < 8; ++i) {
        char name[32];
        tensors_name_parameter(&small.tensors, parameters[i], name, sizeof name);
        assert_string_equal(name, names[i]);
        assert_int_equal(model_part_of(&small, parameters[i]), parts[i]);
    }
}

/* Tensors are those of a network only if names, shapes and order are. */
static void test_made_from_tensors(void **state)
{
    (void)state;
    const struct tensors right = network_tensors(&activation_sigmoid, &head_softmax, 2, widths);
    struct tensors wrong = right;
    struct tensors vector = {0};
    struct model model;
    assert_true(network_make_from_tensors(&model, &right));
    assert_true(tensors_equal(&model.tensors, &right));
    wrong.list[2].rows = 3;
    assert_false(network_make_from_tensors(&model, &wrong));
    tensors_add(&vector, "theta", PARAMETERS, 0);
    assert_false(network_make_from_tensors(&model, &vector));
    const int huge[] = {1 << 20, 1 << 12, 10};
    assert_false(network_make(&model, &activation_sigmoid, &head_softmax, 2, huge));
}

/* Compares with the definition, by libm in long double. The inputs are (0, 1, 0.2). */
static void test_forward_is_the_definition(void **state)
{
    (void)state;
    const long double x = pixels_value[51];
    const long double a1[] = {0.05L + 0.3L + x * -0.5L, -0.05L + 0.4L + x * 0.6L};
    const long double z[] = {1 / (1 + expl(-a1[0])), 1 / (1 + expl(-a1[1]))};
    const long double a2[] = {0.1L + z[0] + z[1] * 0.2L, 0.2L - z[0] + z[1] * 0.3L,
                              -0.3L + z[0] * 0.5L - z[1] * 0.7L};
    const long double sum = expl(a2[0]) + expl(a2[1]) + expl(a2[2]);
    const struct model small = small_network();
    struct model_pass pass;
    assert_true(model_pass_create(&pass, &small));
    forward(theta, 10, &pass);
    const struct network_sample results = network_sample(pass.results, 0);
    const struct activation_units hidden = network_units(pass.results, 0, 0, 0);
    for (int j = 0; j < 2; ++j) {
        assert_near(hidden.z[j], (double)z[j], 2e-16);
        assert_near(hidden.above[j], (double)(1 - z[j]), 2e-16);
    }
    for (int k = 0; k < 3; ++k)
        assert_near(results.y[k], (double)(expl(a2[k]) / sum), 2e-16);
    assert_near(results.one_minus_y_t, (double)(1 - expl(a2[2]) / sum), 2e-16);
    assert_near(model_loss(&pass, 0), (double)-logl(expl(a2[2]) / sum + 1e-7L), 4e-16);
    assert_int_equal(model_predict(&pass, theta, 0, NULL), 0);
    model_pass_destroy(&pass);
}

/* The 1e-7 bounds the loss of a hopeless sample, and lets a perfect one's fall below zero. */
static void test_loss_at_its_ends(void **state)
{
    (void)state;
    double extreme[PARAMETERS] = {0};
    const struct model small = small_network();
    struct model_pass pass;
    assert_true(model_pass_create(&pass, &small));
    extreme[14] = 800;
    forward(extreme, 10, &pass);
    assert_near(model_loss(&pass, 0), 16.118095650958319, 1e-14);
    forward(extreme, 11, &pass);
    assert_near(model_loss(&pass, 0), -1e-7, 1e-14);
    assert_near(network_sample(pass.results, 0).one_minus_y_t, 0, 0);
    model_pass_destroy(&pass);
}

/* A sample without a label has the same logits and the same predicted class and probability. */
static void test_unlabelled(void **state)
{
    (void)state;
    struct samples unlabelled = two;
    const struct model small = small_network();
    struct model_pass pass;
    double labelled, probability;
    unlabelled.labels = NULL;
    assert_true(model_pass_create(&pass, &small));
    forward(theta, 10, &pass);
    const int class = model_predict(&pass, theta, 0, &labelled);
    model_pass_take_from(&pass, &unlabelled, 10, 1);
    model_forward(&pass, theta);
    assert_int_equal(model_predict(&pass, theta, 0, &probability), class);
    assert_near(probability, labelled, 2e-16);
    assert_true(isnan(model_loss(&pass, 0)));
    assert_near(network_sample(pass.results, 0).one_minus_y_t, 1, 0);
    model_pass_destroy(&pass);
}

static void test_score_counts(void **state)
{
    (void)state;
    const double zero[PARAMETERS] = {0};
    const struct exact_grids grid = exact_grids_make(2, SOFTMAX_LOSS_RANGE, 1);
    const int64_t rows[] = {10, 11};
    const struct model small = small_network();
    struct model_pass pass;
    assert_true(model_pass_create(&pass, &small));
    /* All classes are equally likely: the first is predicted, which is right for row 11. */
    struct model_score score = {0};
    model_pass_take(&pass, &two, rows, 2);
    model_score_add(&score, &pass, zero, &grid);
    assert_int_equal(score.correct, 1);
    assert_int_equal(score.overflows, 0);
    assert_near(exact_grids_mean(&grid, score.loss, 2), (double)-logl(1.0L / 3 + 1e-7L), 1e-14);

    /* The same rows by true and predicted class. */
    int64_t confusions[3 * 3] = {0};
    score = (struct model_score){.confusions = confusions};
    model_score_add(&score, &pass, zero, &grid);
    for (int label = 0; label < 3; ++label)
        for (int predicted = 0; predicted < 3; ++predicted)
            assert_int_equal(confusions[label * 3 + predicted],
                             predicted == 0 && (label == two.labels[0] || label == two.labels[1]));

    double broken[PARAMETERS];
    memcpy(broken, theta, sizeof broken);
    broken[15] = (double)NAN;
    score = (struct model_score){0};
    model_score_add(&score, &pass, broken, &grid);
    assert_int_equal(score.overflows, 2);
    model_pass_destroy(&pass);
}

static void test_hidden_widths(void **state)
{
    (void)state;
    const int list[] = {7, 6, 5, 4, 3};
    int hidden[NETWORK_LAYERS_MAX - 1];
    struct tensors tensors = network_tensors(&activation_relu, &head_softmax, 4, list);
    assert_int_equal(network_hidden_widths(&tensors, hidden), 3);
    assert_memory_equal(hidden, list + 1, 3 * sizeof *hidden);
    tensors = (struct tensors){0};
    tensors_add(&tensors, "theta", PARAMETERS, 0);
    assert_int_equal(network_hidden_widths(&tensors, hidden), 0);
}

/* The draws are the same by any rule; each layer has its own scale, and biases are 0. */
static void test_initial_weights_by_a_rule(void **state)
{
    (void)state;
    enum { LAYERS = 3, COUNT = 5 * 4 + 4 + 4 * 3 + 3 + 3 * 2 + 2 };
    static const int list[] = {5, 4, 3, 2};
    const double gains[] = {2, 1};
    double normal[COUNT], scaled[COUNT];
    struct model model;
    assert_true(network_make(&model, &activation_tanh, &head_softmax, LAYERS, list));
    model_initialize(&model, 3, (struct deviation){.number = 1}, normal);
    for (int rule = 0; rule < 2; ++rule) {
        model_initialize(&model, 3, deviation_find(rule ? "xavier" : "he"), scaled);
        for (int n = 0; n < LAYERS; ++n) {
            const struct network_layer *layer = &model.network.layers[n];
            const size_t biases = network_row(layer, list[n]);
            for (size_t i = layer->offset; i < biases; ++i)
                assert_near(scaled[i], sqrt(gains[rule] / list[n]) * normal[i], 0);
            for (size_t i = biases; i < biases + (size_t)list[n + 1]; ++i)
                assert_near(scaled[i], 0, 0);
        }
    }
}

static void test_initial_weights(void **state)
{
    (void)state;
    const struct model small = small_network();
    const struct deviation deviation = {.number = 0.01};
    double first[PARAMETERS], other[PARAMETERS];
    model_initialize(&small, 1, deviation, first);
    model_initialize(&small, 2, deviation, other);
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
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_made_from_tensors),
        cmocka_unit_test(test_forward_is_the_definition),
        cmocka_unit_test(test_loss_at_its_ends),
        cmocka_unit_test(test_unlabelled),
        cmocka_unit_test(test_score_counts),
        cmocka_unit_test(test_initial_weights),
        cmocka_unit_test(test_initial_weights_by_a_rule),
        cmocka_unit_test(test_hidden_widths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
