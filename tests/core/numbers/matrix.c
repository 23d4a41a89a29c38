/* SPDX-License-Identifier: MIT */
#include "core/numbers/matrix.h"

#include "core/numbers/rng.h"
#include "testing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void fill(double *values, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        values[i] = rng_normal(3, RNG_PARAMETERS, (int64_t)i);
}

static void expect_product(int inputs, int outputs, size_t rows)
{
    const size_t in = (size_t)inputs, out = (size_t)outputs, padded = matrix_padded(outputs);
    const size_t x_stride = in + 3, stride = padded + 1;
    double *w = malloc(in * out * sizeof *w), *x = malloc(rows * x_stride * sizeof *x);
    double *packed = aligned_alloc(32, padded * in * sizeof *packed);
    double *product = malloc((rows + 1) * stride * sizeof *product);
    fill(w, in * out);
    fill(x, rows * x_stride);
    memset(product, 0xff, (rows + 1) * stride * sizeof *product);
    matrix_pack(w, inputs, outputs, out, packed);
    matrix_multiply(packed, inputs, outputs, rows, x, x_stride, product, stride);
    for (size_t r = 0; r < rows; ++r) {
        for (size_t k = 0; k < out; ++k) {
            double sum = 0;
            for (size_t i = 0; i < in; ++i)
                sum = fma(x[r * x_stride + i], w[i * out + k], sum);
            assert_near(product[r * stride + k], sum, 0);
        }
        for (size_t k = out; k < padded; ++k)
            assert_near(product[r * stride + k], 0, 0);
        assert_true(isnan(product[r * stride + padded]));
    }
    assert_true(isnan(product[rows * stride])); /* nothing is written behind the last row */
    free(w);
    free(x);
    free(packed);
    free(product);
}

static void test_product(void **state)
{
    (void)state;
    for (int inputs = 1; inputs <= 5; ++inputs)
        for (int outputs = 1; outputs <= 25; ++outputs)
            for (size_t rows = 1; rows <= 9; ++rows)
                expect_product(inputs, outputs, rows);
    expect_product(100, 100, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_product),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
