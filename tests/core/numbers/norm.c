/* SPDX-License-Identifier: MIT */
#include "core/numbers/norm.h"
#include "testing.h"

#include <float.h>

static void test_norms_of_any_size(void **state)
{
    (void)state;
    const double scales[] = {1, 0.1, 1e-310, 1e-160, 1e160, 1e307};
    for (size_t i = 0; i < sizeof scales / sizeof *scales; ++i) {
        const double x[] = {3 * scales[i], -4 * scales[i], 0, 12 * scales[i]};
        assert_near(norm_of(x, 4) / scales[i], 13, 1e-14);
    }
    const double zeros[] = {0, -0.0}, largest[] = {DBL_MAX, -DBL_MAX, DBL_MAX};
    assert_true(norm_of(zeros, 2) == 0);
    assert_true(norm_of(largest, 3) == DBL_MAX);
}

/* The sums are whole numbers of quanta. */
static void test_norm_of_means(void **state)
{
    (void)state;
    const struct exact_grid grid = exact_grid_make(100, 128);
    uint64_t off = 0;
    const int64_t sums[] = {exact_round(&grid, 30, &off), exact_round(&grid, -40, &off)};
    assert_near(norm_of_means(sums, 2, &grid, 10), 5, 1e-14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_norms_of_any_size),
        cmocka_unit_test(test_norm_of_means),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
