/* SPDX-License-Identifier: MIT
 *
 * Rows in memory, as they are and compact: whatever the form, the same inputs. */
#include "core/samples/samples.h"
#include "core/samples/pixels.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 3, FIRST_ROW = 7, WIDE = 147 }; /* two masks of 64 pixels, and a rest */

/* A third of the pixels, in the first row all, and in the last none. */
static uint8_t pixel_of(int row, int i)
{
    if (row == ROWS - 1 || (row > 0 && i % 3 != row))
        return 0;
    return (uint8_t)(255 - i % 255);
}

/* Lists the inputs up to each end in turn, and compares with the pixels. */
static void check_listing(const struct sample *sample, const uint8_t *pixels, int step)
{
    int index[WIDE], cursor = 0, next = 0;
    double value[WIDE];
    for (int end = step;; end += step) {
        end = end < sample->inputs ? end : sample->inputs;
        const int count = sample_inputs(sample, &cursor, end, index, value);
        for (int n = 0; n < count; ++n, ++next) {
            while (pixels[next] == 0)
                ++next;
            assert_int_equal(index[n], next);
            assert_true(next < end);
            assert_near(value[n], (double)((float)pixels[next] / 255.0f), 0);
        }
        while (next < end && pixels[next] == 0)
            ++next;
        assert_int_equal(next, end);
        if (end == sample->inputs)
            return;
    }
}

static void check_row(const struct samples *samples, int64_t row, const uint8_t *pixels)
{
    static uint8_t room[COMPACT_INPUTS_MAX];
    const struct sample sample = samples_row(samples, row);
    double dense[WIDE];
    assert_int_equal(sample.row, row);
    assert_int_equal(sample.target.label, TARGET_UNKNOWN);
    for (int step = 1; step <= samples->inputs; ++step)
        check_listing(&sample, pixels, step);
    sample_widen(&sample, dense);
    for (int i = 0; i < samples->inputs; ++i)
        assert_near(dense[i], pixels_value[pixels[i]], 0);
    assert_memory_equal(sample_pixels(&sample, room), pixels, (size_t)samples->inputs);
    assert_near(sample_largest(&sample), 1, 0);
    samples_prefetch(samples, row);
}

static void test_pixels(void **state)
{
    (void)state;
    for (int inputs = 1; inputs <= WIDE; ++inputs) {
        uint8_t bytes[ROWS * WIDE];
        for (int i = 0; i < ROWS * inputs; ++i)
            bytes[i] = pixel_of(i / inputs, i % inputs);
        const struct samples as_they_are = {
            .inputs = inputs, .first_row = FIRST_ROW, .rows = ROWS, .bytes = bytes};
        struct samples compact = {.inputs = inputs, .first_row = FIRST_ROW, .rows = ROWS};
        assert_true(compact_create(&compact.compact, inputs, ROWS));
        compact_append(&compact.compact, bytes, 1);
        compact_append(&compact.compact, bytes + inputs, ROWS - 1);
        compact_finish(&compact.compact);
        for (int row = 0; row < ROWS; ++row) {
            const uint8_t *const pixels = bytes + (size_t)row * (size_t)inputs;
            check_row(&as_they_are, FIRST_ROW + row, pixels);
            check_row(&compact, FIRST_ROW + row, pixels);
        }
        compact_destroy(&compact.compact);
    }
}

/* Compares the last row with its pixels: compact, if that takes no more words than all pixels. */
static void check_last_row(const struct compact *compact, const uint8_t *pixels)
{
    const struct compact_row row = compact_row(compact, compact->rows - 1);
    const int inputs = compact->inputs, all = 1 + (inputs + 1) / 2;
    int count = 0;
    for (int i = 0; i < inputs; ++i)
        count += pixels[i] != 0;
    const int words = 1 + count + (count + 1) / 2;
    const size_t *begins = compact->begins + compact->rows - 1;
    assert_int_equal(begins[1] - begins[0], words <= all ? words : all);
    if (words > all) {
        assert_memory_equal(row.pixels, pixels, (size_t)inputs);
        return;
    }
    assert_null(row.pixels);
    assert_int_equal(row.count, count);
    for (int i = 0, n = 0; i < inputs; ++i)
        if (pixels[i] != 0) {
            assert_int_equal(row.number[n], i);
            assert_int_equal(row.level[n++], pixels[i]);
        }
}

/* Appends one row to rows that have room for no other one, and checks it. */
static void append_and_check(int inputs, const uint8_t *pixels)
{
    struct compact compact;
    assert_true(compact_create(&compact, inputs, 1));
    compact_append(&compact, pixels, 1);
    check_last_row(&compact, pixels);
    compact_finish(&compact);
    check_last_row(&compact, pixels);
    compact_destroy(&compact);
}

/* Rows of 0 to D such pixels, first, last or spread evenly: on either side of the number from which
 * on a row is kept as it is. */
static void test_rows_of_any_number_of_pixels(void **state)
{
    (void)state;
    for (int inputs = 1; inputs <= WIDE; ++inputs)
        for (int count = 0; count <= inputs; ++count) {
            uint8_t first[WIDE] = {0}, last[WIDE] = {0}, spread[WIDE] = {0};
            memset(first, 255, (size_t)count);
            memset(last + inputs - count, 1, (size_t)count);
            for (int i = 0; i < inputs; ++i)
                if ((i + 1) * count / inputs > i * count / inputs)
                    spread[i] = (uint8_t)(i + 1);
            append_and_check(inputs, first);
            append_and_check(inputs, last);
            append_and_check(inputs, spread);
        }
}

/* Each mask of eight pixels, among as many others that are 0. */
static void test_all_masks_of_eight_pixels(void **state)
{
    (void)state;
    enum { MASKS = 256, PIXELS = 8 };
    uint8_t pixels[2 * MASKS * PIXELS] = {0};
    for (int mask = 0; mask < MASKS; ++mask)
        for (int i = 0; i < PIXELS; ++i)
            pixels[2 * PIXELS * mask + i] = mask >> i & 1 ? (uint8_t)(128 + i) : 0;
    append_and_check(sizeof pixels, pixels);
    append_and_check(sizeof pixels - 3, pixels + 3);
}

/* The widest rows that can be compact: of zeros, of some pixels, and of no zeros. */
static void test_the_widest_compact_rows(void **state)
{
    (void)state;
    uint8_t *pixels = calloc(COMPACT_INPUTS_MAX, 1);
    append_and_check(COMPACT_INPUTS_MAX, pixels);
    for (int i = COMPACT_INPUTS_MAX - 1; i >= 0; i -= 7)
        pixels[i] = (uint8_t)(i % 255 + 1);
    append_and_check(COMPACT_INPUTS_MAX, pixels);
    memset(pixels, 255, COMPACT_INPUTS_MAX);
    append_and_check(COMPACT_INPUTS_MAX, pixels);
    free(pixels);
}

/* Numbers of 16 bits would not do for these rows. */
static void test_rows_of_many_pixels_are_kept_as_they_are(void **state)
{
    (void)state;
    const int inputs = COMPACT_INPUTS_MAX + 1;
    uint8_t *pixels = calloc((size_t)inputs, 1);
    struct samples samples = {.inputs = inputs, .rows = 1};
    int index, cursor = 0;
    double value;
    pixels[inputs - 1] = 255;
    assert_true(compact_create(&samples.compact, inputs, 1));
    compact_append(&samples.compact, pixels, 1);
    const struct sample sample = samples_row(&samples, 0);
    assert_int_equal(sample_inputs(&sample, &cursor, inputs, &index, &value), 1);
    assert_int_equal(index, inputs - 1);
    assert_near(value, 1, 0);
    compact_destroy(&samples.compact);
    free(pixels);
}

static void test_features(void **state)
{
    (void)state;
    const float floats[] = {1, 2, 3, 4, 0, -2.5f, -0.0f, 1e-30f};
    const int32_t labels[] = {3, 1};
    const struct samples samples = {.inputs = 4, .rows = 2, .floats = floats, .labels = labels};
    const struct sample sample = samples_row(&samples, 1);
    int index[4], cursor = 0;
    double value[4], dense[4];
    assert_int_equal(sample.target.label, 1);
    assert_int_equal(sample_inputs(&sample, &cursor, 3, index, value), 1);
    assert_int_equal(index[0], 1);
    assert_near(value[0], -2.5, 0);
    assert_int_equal(sample_inputs(&sample, &cursor, 4, index, value), 1);
    assert_int_equal(index[0], 3);
    assert_near(value[0], (double)1e-30f, 0);
    assert_near(sample_largest(&sample), 2.5, 0);
    assert_near(samples_largest(&samples), 4, 0);
    /* All inputs keep even the sign of a zero, which a user's loss may look at. */
    sample_widen(&sample, dense);
    for (int i = 0; i < 4; ++i) {
        const double expected = (double)floats[4 + i];
        assert_memory_equal(&dense[i], &expected, sizeof expected);
    }
}

static void check_extent(const struct samples *samples, int64_t begin, double smallest,
                         double largest, double sum)
{
    const struct samples_extent extent = samples_extent(samples, begin, FIRST_ROW + 2);
    assert_near(extent.smallest, smallest, 0);
    assert_near(extent.largest, largest, 0);
    assert_near(extent.sum, sum, 1e-12);
    assert_int_equal(extent.count, (FIRST_ROW + 2 - begin) * samples->inputs);
}

/* Of rows in any form; what is not listed in a compact row is 0. */
static void test_the_extent_of_some_rows(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {51, 102, 51, 255, 0, 0, 204, 0, 0, 0};
    static const float floats[] = {1, -7, 2, 9, 3, 0.5f, 4, 1, 1, 2};
    const struct samples plain = {.inputs = 5, .first_row = FIRST_ROW, .rows = 2, .bytes = bytes};
    const struct samples features = {
        .inputs = 5, .first_row = FIRST_ROW, .rows = 2, .floats = floats};
    struct samples compact = {.inputs = 5, .first_row = FIRST_ROW, .rows = 2};
    assert_true(compact_create(&compact.compact, 5, 2));
    compact_append(&compact.compact, bytes, 2);
    const struct samples *const forms[] = {&plain, &compact};
    for (int form = 0; form < 2; ++form) {
        check_extent(forms[form], FIRST_ROW, 0, 1, 2.6);
        check_extent(forms[form], FIRST_ROW + 1, 0, pixels_value[204], 0.8);
    }
    check_extent(&features, FIRST_ROW, -7, 9, 16.5);
    check_extent(&features, FIRST_ROW + 1, 0.5, 4, 8.5);
    assert_true(samples_extent(&plain, FIRST_ROW, FIRST_ROW).smallest >
                samples_extent(&plain, FIRST_ROW, FIRST_ROW).largest);
    compact_destroy(&compact.compact);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pixels),
        cmocka_unit_test(test_rows_of_any_number_of_pixels),
        cmocka_unit_test(test_all_masks_of_eight_pixels),
        cmocka_unit_test(test_the_widest_compact_rows),
        cmocka_unit_test(test_rows_of_many_pixels_are_kept_as_they_are),
        cmocka_unit_test(test_features),
        cmocka_unit_test(test_the_extent_of_some_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
