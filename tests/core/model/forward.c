/* SPDX-License-Identifier: MIT
 *
 * The forward pass against a loop over one sample and one unit at a time: every bit, for widths
 * that fill vectors, strips and blocks and for those between, for any form of the rows, and for any
 * number of samples. */
#include "core/model/model.h"
#include "core/numbers/rng.h"
#include "core/samples/pixels.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROW = 5, ROWS = 130, WIDEST = 1000 };

/* How the rows of a dataset are kept. */
enum form { COMPACT, BYTES, FLOATS, FORMS };

/* A dataset, and its inputs as numbers. */
struct data {
    struct samples samples;
    uint8_t *bytes;
    float *floats;
    int32_t *labels;
    double *dense; /* (rows, D) */
};

/* Every third row is full, which no compact form makes shorter; of the others a fifth is not 0. */
static bool is_zero(int64_t row, int input)
{
    return row % 3 != 0 && rng_below(1, RNG_BATCH, row, input, 5) > 0;
}

/* In all rows the first inputs are 0: `zeros` of them. */
static void fill(struct data *data, int inputs, int zeros)
{
    for (int64_t row = 0; row < ROWS; ++row)
        for (int i = 0; i < inputs; ++i) {
            const int64_t n = row * inputs + i;
            const bool zero = i < zeros || is_zero(row, i);
            data->bytes[n] = zero ? 0 : (uint8_t)(1 + rng_below(2, RNG_BATCH, n, 0, 255));
            data->floats[n] = zero ? 0 : (float)rng_normal(3, RNG_BATCH, n);
        }
    for (int64_t row = 0; row < ROWS; ++row)
        data->labels[row] = (int32_t)(row % 3);
}

static struct data make_data(int inputs, int zeros, enum form form)
{
    const size_t count = (size_t)ROWS * (size_t)inputs;
    struct data data = {
        .samples = {.inputs = inputs, .first_row = FIRST_ROW, .rows = ROWS},
        .bytes = malloc(count),
        .floats = malloc(count * sizeof *data.floats),
        .labels = malloc(ROWS * sizeof *data.labels),
        .dense = malloc(count * sizeof *data.dense),
    };
    assert_true(data.bytes && data.floats && data.labels && data.dense);
    fill(&data, inputs, zeros);
    data.samples.labels = data.labels;
    if (form == COMPACT) {
        assert_true(compact_create(&data.samples.compact, inputs, ROWS));
        compact_append(&data.samples.compact, data.bytes, ROWS);
        compact_finish(&data.samples.compact);
    } else if (form == BYTES) {
        data.samples.bytes = data.bytes;
    } else {
        data.samples.floats = data.floats;
    }
    for (size_t n = 0; n < count; ++n)
        data.dense[n] = form == FLOATS ? data.floats[n] : pixels_value[data.bytes[n]];
    return data;
}

static void free_data(struct data *data)
{
    if (data->samples.compact.begins)
        compact_destroy(&data->samples.compact);
    free(data->bytes);
    free(data->floats);
    free(data->labels);
    free(data->dense);
}

/* The pre-activation of a unit: its bias, and then its inputs in ascending order. An input of 0
 * adds nothing, whatever its weight is. */
static double sum_unit(const struct network_layer *layer, const double *theta, int unit,
                       const double *x)
{
    double a = theta[network_row(layer, layer->inputs) + (size_t)unit];
    for (int i = 0; i < layer->inputs; ++i)
        if (x[i] != 0)
            a = fma(x[i], theta[network_row(layer, i) + (size_t)unit], a);
    return a;
}

static void assert_same_bits(double actual, double expected, const char *what, int number)
{
    if (memcmp(&actual, &expected, sizeof actual) != 0)
        fail_msg("%s %d is %a, not %a", what, number, actual, expected);
}

/* Compares a layer of sample i of a pass, whose inputs are x, and sets z to its units. */
static void check_hidden(const struct model_pass *pass, const double *theta, int n, int i,
                         const double *x, double *z)
{
    const struct network *network = &pass->model->network;
    const struct network_layer *layer = &network->layers[n];
    const struct activation_units units = network_units(pass->results, n, i, 0);
    for (int j = 0; j < layer->outputs; ++j) {
        double below, above;
        const double a = sum_unit(layer, theta, j, x);
        network->activation->value(1, &a, &z[j], &below, &above);
        assert_same_bits(units.a[j], a, "pre-activation", j);
        assert_same_bits(units.z[j], z[j], "unit", j);
    }
}

static void check_sample(const struct model_pass *pass, const double *theta, int i, const double *x)
{
    const struct network *network = &pass->model->network;
    const struct network_layer *last = network_last(network);
    double z[2][WIDEST];
    for (int n = 0; n < network->count - 1; ++n, x = z[(n - 1) % 2])
        check_hidden(pass, theta, n, i, x, z[n % 2]);
    for (int k = 0; k < last->outputs; ++k)
        assert_same_bits(network_sample(pass->results, i).a[k], sum_unit(last, theta, k, x),
                         "logit", k);
}

/* The losses of an evaluation are those of a pass for a gradient. */
static void check_evaluation(struct model_pass *pass, const double *theta)
{
    double losses[ROWS];
    for (int i = 0; i < pass->count; ++i)
        losses[i] = model_loss(pass, i);
    pass->model->kind->evaluate(pass->model, theta, pass->samples, pass->count, pass->results);
    for (int i = 0; i < pass->count; ++i)
        assert_same_bits(model_loss(pass, i), losses[i], "loss", i);
}

static void check_network(const struct activation *activation, int layers, const int *widths,
                          enum form form, int count)
{
    struct model model;
    struct model_pass pass;
    struct data data = make_data(widths[0], 0, form);
    assert_true(network_make(&model, activation, &head_softmax, layers, widths));
    assert_true(model_pass_create(&pass, &model));
    double *theta = malloc(model.tensors.parameters * sizeof *theta);
    assert_non_null(theta);
    for (size_t p = 0; p < model.tensors.parameters; ++p)
        theta[p] = 0.1 * rng_normal(4, RNG_PARAMETERS, (int64_t)p);
    const int first = ROWS - count;
    const int taken = model_pass_take_from(&pass, &data.samples, FIRST_ROW + first, count);
    assert_int_equal(taken, count < pass.capacity ? count : pass.capacity);
    model_forward(&pass, theta);
    for (int i = 0; i < taken; ++i)
        check_sample(&pass, theta, i, data.dense + (size_t)(first + i) * (size_t)widths[0]);
    check_evaluation(&pass, theta);
    free(theta);
    model_pass_destroy(&pass);
    free_data(&data);
}

static void test_widths(void **state)
{
    (void)state;
    for (int width = 1; width <= 140; ++width)
        for (enum form form = 0; form < FORMS; ++form) {
            check_network(&activation_sigmoid, 2, (int[]){37, width, 3}, form, 5);
            check_network(&activation_relu, 3, (int[]){37, width, width, 3}, form, 26);
        }
}

/* More rows of W1 than a panel holds, and more units than a block has columns. */
static void test_wide_layers(void **state)
{
    (void)state;
    const int wide[] = {225, 500, 512, WIDEST};
    for (size_t n = 0; n < sizeof wide / sizeof *wide; ++n)
        for (enum form form = 0; form < FORMS; ++form) {
            check_network(&activation_relu, 2, (int[]){300, wide[n], 10}, form, 3);
            check_network(&activation_tanh, 3, (int[]){300, wide[n], 20, 10}, form, 25);
        }
}

static void test_numbers_of_samples(void **state)
{
    (void)state;
    for (int count = 1; count <= ROWS; ++count)
        for (enum form form = 0; form < FORMS; ++form)
            check_network(&activation_tanh, 3, (int[]){31, 12, 9, 3}, form, count);
}

/* An index of a pixel must fit into 16 bits for a row to be compact. */
static void test_many_inputs(void **state)
{
    (void)state;
    for (enum form form = BYTES; form < FORMS; ++form)
        for (int count = 23; count <= 24; ++count)
            check_network(&activation_sigmoid, 2, (int[]){COMPACT_INPUTS_MAX + 1, 9, 3}, form,
                          count);
}

static void check_zeros(const struct model *model, const double *theta, int zeros, enum form form,
                        int count)
{
    struct data data = make_data(model->inputs, zeros, form);
    struct model_pass pass;
    assert_true(model_pass_create(&pass, model));
    model_pass_take_from(&pass, &data.samples, FIRST_ROW, count);
    model_forward(&pass, theta);
    for (int i = 0; i < count; ++i)
        for (int j = 0; j < model->network.layers[0].outputs; ++j)
            assert_true(network_units(pass.results, 0, i, 0).a[j] == 0);
    model_pass_destroy(&pass);
    free_data(&data);
}

/* 0 times INFINITY would be NaN. */
static void test_inputs_of_zero_are_left_out(void **state)
{
    (void)state;
    enum { ZEROS = 10 };
    const int widths[] = {20, 9, 3};
    struct model model;
    assert_true(network_make(&model, &activation_sigmoid, &head_softmax, 2, widths));
    double *theta = calloc(model.tensors.parameters, sizeof *theta);
    assert_non_null(theta);
    for (int n = 0; n < ZEROS * widths[1]; ++n)
        theta[n] = INFINITY;
    for (enum form form = 0; form < FORMS; ++form)
        for (int count = 1; count <= 30; count += 29)
            check_zeros(&model, theta, ZEROS, form, count);
    free(theta);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_wide_layers),
        cmocka_unit_test(test_numbers_of_samples),
        cmocka_unit_test(test_many_inputs),
        cmocka_unit_test(test_inputs_of_zero_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
