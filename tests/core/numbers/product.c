/* SPDX-License-Identifier: MIT */
#include "core/numbers/product.h"

#include "core/numbers/rng.h"
#include "testing.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static double *random_numbers(size_t count)
{
    double *values = malloc(count * sizeof *values);
    for (size_t i = 0; i < count; ++i)
        values[i] = rng_normal(3, RNG_PARAMETERS, (int64_t)i);
    return values;
}

/* Rows have gaps between them, and the right may be the transpose of what is in memory. */
static void expect_product(size_t inner, size_t columns, size_t rows, bool transposed, bool starts)
{
    const size_t padded = (columns + PRODUCT_COLUMNS - 1) / PRODUCT_COLUMNS * PRODUCT_COLUMNS;
    const size_t left_stride = inner + 3, stride = padded + 1;
    double *numbers = random_numbers(inner * columns), *start = random_numbers(columns);
    double *left = random_numbers(rows * left_stride);
    double *packed = aligned_alloc(64, padded * inner * sizeof *packed);
    double *product = malloc((rows + 1) * stride * sizeof *product);
    const struct product_right right = {numbers, inner, columns, transposed ? 1 : columns,
                                        transposed ? inner : 1};
    memset(product, 0xff, (rows + 1) * stride * sizeof *product);
    KERNEL_CALL(product_pack, &right, packed);
    KERNEL_CALL(product_multiply, packed, inner, columns, starts ? start : NULL, rows, left,
                left_stride, product, stride);
    for (size_t r = 0; r < rows; ++r) {
        for (size_t c = 0; c < columns; ++c) {
            double sum = starts ? start[c] : 0;
            for (size_t i = 0; i < inner; ++i)
                sum = fma(left[r * left_stride + i],
                          numbers[transposed ? c * inner + i : i * columns + c], sum);
            assert_near(product[r * stride + c], sum, 0);
        }
        assert_true(isnan(product[r * stride + padded]));
    }
    assert_true(isnan(product[rows * stride])); /* nothing is written behind the last row */
    free(numbers);
    free(start);
    free(left);
    free(packed);
    free(product);
}

static void test_product(void **state)
{
    (void)state;
    for (size_t inner = 1; inner <= 5; ++inner)
        for (size_t columns = 1; columns <= 25; ++columns)
            for (size_t rows = 1; rows <= 19; ++rows)
                expect_product(inner, columns, rows, inner % 2 == 0, rows % 2 == 0);
    for (int variant = 0; variant < 4; ++variant)
        expect_product(100, 100, 32, variant % 2, variant / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_product),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
