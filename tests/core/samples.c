/* SPDX-License-Identifier: MIT */
#include "core/samples.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

enum { WIDE = 147 }; /* two masks of 64 pixels, and a rest that is no whole word */

/* A row of pixels decoded as sparse and as dense: the same values, whatever its width. */
static void check_width(int inputs, int64_t row)
{
    static uint8_t bytes[3 * WIDE];
    const struct samples samples = {.inputs = inputs, .first_row = 7, .rows = 3, .bytes = bytes};
    const uint8_t *pixels = bytes + (row - 7) * inputs;
    struct sample sparse, dense;
    int next = 0;
    for (int i = 0; i < 3 * WIDE; ++i)
        bytes[i] = (uint8_t)(i % 3 ? 0 : 255 - i % 256);
    assert_true(sample_create(&sparse, inputs, SAMPLE_SPARSE));
    assert_true(sample_create(&dense, inputs, SAMPLE_DENSE));
    sample_decode(&sparse, &samples, row);
    sample_decode(&dense, &samples, row);
    assert_true(sparse.pixels);
    assert_int_equal(sparse.row, row);
    assert_int_equal(sparse.label, SAMPLE_UNLABELLED);
    for (int i = 0; i < inputs; ++i) {
        assert_near(dense.dense[i], (double)((float)pixels[i] / 255.0f), 0);
        if (pixels[i] == 0)
            continue;
        assert_true(next < sparse.count);
        assert_int_equal(sparse.index[next], i);
        assert_int_equal(sparse.level[next], pixels[i]);
        assert_near(sparse.value[next], dense.dense[i], 0);
        ++next;
    }
    assert_int_equal(next, sparse.count);
    sample_destroy(&sparse);
    sample_destroy(&dense);
}

static void test_pixels(void **state)
{
    (void)state;
    for (int inputs = 1; inputs <= WIDE; ++inputs)
        for (int64_t row = 7; row < 10; ++row)
            check_width(inputs, row);
}

static void test_features(void **state)
{
    (void)state;
    const float floats[] = {1, 2, 3, 4, 0, -2.5f, -0.0f, 1e-30f};
    const int32_t labels[] = {3, 1};
    const struct samples samples = {.inputs = 4, .rows = 2, .floats = floats, .labels = labels};
    struct sample sample;
    assert_true(sample_create(&sample, 4, SAMPLE_SPARSE));
    sample_decode(&sample, &samples, 1);
    assert_false(sample.pixels);
    assert_int_equal(sample.label, 1);
    assert_int_equal(sample.count, 2);
    assert_int_equal(sample.index[0], 1);
    assert_int_equal(sample.index[1], 3);
    assert_near(sample.value[0], -2.5, 0);
    assert_near(sample.value[1], (double)1e-30f, 0);
    sample_decode(&sample, &samples, 0);
    assert_int_equal(sample.count, 4);
    sample_destroy(&sample);

    /* All inputs keep even the sign of a zero, which a user's loss may look at. */
    assert_true(sample_create(&sample, 4, SAMPLE_DENSE));
    sample_decode(&sample, &samples, 1);
    for (int i = 0; i < 4; ++i) {
        const double value = (double)floats[4 + i];
        assert_memory_equal(&sample.dense[i], &value, sizeof value);
    }
    sample_destroy(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pixels),
        cmocka_unit_test(test_features),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
