/* SPDX-License-Identifier: MIT */
#include "core/samples/holdout.h"
#include "testing.h"

/* The rows in their order: each is either held out or the next of those that are left, and each
 * stretch has one that is held out. */
static void check_rows(const struct holdout *holdout)
{
    int64_t left = 0, held_out = 0;
    for (int64_t row = 0; row < holdout->rows; ++row) {
        if (holdout_contains(holdout, row)) {
            assert_in_range(row, held_out * holdout->rows / holdout->count,
                            (held_out + 1) * holdout->rows / holdout->count - 1);
            ++held_out;
        } else {
            assert_int_equal(holdout_row(holdout, left++), row);
        }
    }
    assert_int_equal(held_out, holdout->count);
    assert_int_equal(left, holdout_left(holdout));
}

static void test_each_row_is_held_out_or_left(void **state)
{
    (void)state;
    for (int64_t rows = 1; rows < 40; ++rows)
        for (int64_t count = 0; count < rows; ++count)
            for (uint64_t seed = 0; seed < 5; ++seed)
                check_rows(&(struct holdout){seed, rows, count});
    check_rows(&(struct holdout){7, 60000, 5000});
    check_rows(&(struct holdout){7, 60000, 59999});
}

/* The largest numbers that the options allow: products stay below 2^63. */
static void test_large_sets(void **state)
{
    (void)state;
    const struct holdout holdout = {1, INT64_C(1000000000000), 1000000};
    const int64_t last = holdout_left(&holdout) - 1, row = holdout_row(&holdout, last);
    assert_true(row == holdout.rows - 1 ||
                (row == holdout.rows - 2 && holdout_contains(&holdout, row + 1)));
}

/* Another seed holds out other rows. The numbers were recorded once: if they changed, no earlier
 * run could be repeated. */
static void test_rows_depend_on_the_seed_alone(void **state)
{
    (void)state;
    const struct holdout a = {1, 60000, 60}, b = {2, 60000, 60};
    int both = 0;
    for (int64_t row = 0; row < a.rows; ++row)
        both += holdout_contains(&a, row) && holdout_contains(&b, row);
    assert_in_range(both, 0, 3);
    assert_true(holdout_contains(&a, 36) && holdout_contains(&a, 5847));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_row_is_held_out_or_left),
        cmocka_unit_test(test_large_sets),
        cmocka_unit_test(test_rows_depend_on_the_seed_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
