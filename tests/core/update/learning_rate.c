/* SPDX-License-Identifier: MIT
 *
 * The learning rate of an iteration, against the formulas of learning_rate.h in long double. */
#include "core/update/learning_rate.h"
#include "testing.h"

#include <math.h>
#include <string.h>

static struct learning_rate rate_of(const char *name, double factor, int64_t period, int64_t warmup)
{
    return (struct learning_rate){learning_rate_find(name), 0.3, factor, period, warmup};
}

/* The share of the base rate after u iterations. */
static long double share(const char *name, long double factor, int64_t period, int64_t u)
{
    const long double progress = u < period ? (long double)u / (long double)period : 1;
    if (strcmp(name, "step") == 0)
        return powl(factor, (long double)(u / period));
    if (strcmp(name, "cosine") == 0)
        return factor + (1 - factor) * (1 + cosl(acosl(-1) * progress)) / 2;
    return strcmp(name, "linear") == 0 ? 1 + (factor - 1) * progress : 1;
}

static void test_rates_are_those_of_the_formulas(void **state)
{
    (void)state;
    const char *const names[] = {"constant", "step", "cosine", "linear"};
    const double factors[] = {0, 0.1, 0.5, 1};
    for (size_t n = 0; n < sizeof names / sizeof *names; ++n)
        for (size_t f = 0; f < sizeof factors / sizeof *factors; ++f)
            for (int64_t period = 1; period < 200; period += 66) {
                const struct learning_rate rate = rate_of(names[n], factors[f], period, 0);
                for (int64_t i = 1; i < 500; ++i)
                    assert_near(learning_rate_at(&rate, i),
                                (double)(0.3L * share(names[n], factors[f], period, i - 1)), 1e-16);
            }
}

/* The schedule begins where the warm-up ends. */
static void test_a_warmup_comes_before_the_schedule(void **state)
{
    (void)state;
    const struct learning_rate rate = rate_of("step", 0.5, 10, 4);
    const double expected[] = {0.06, 0.12, 0.18, 0.24, 0.3, 0.3};
    for (int64_t i = 1; i <= 6; ++i)
        assert_near(learning_rate_at(&rate, i), expected[i - 1], 1e-16);
    assert_near(learning_rate_at(&rate, 14), 0.3, 0);
    assert_near(learning_rate_at(&rate, 15), 0.15, 0);
}

/* Far beyond any horizon, and without one. */
static void test_long_runs_have_rates(void **state)
{
    (void)state;
    const struct learning_rate falls = rate_of("step", 0.1, 1, 0),
                               ends = rate_of("linear", 0.25, 7, 0);
    const struct learning_rate stays = rate_of("constant", 0, 0, 0);
    assert_near(learning_rate_at(&falls, INT64_C(1000000000000)), 0, 0);
    assert_near(learning_rate_at(&ends, INT64_C(1000000000000)), 0.075, 0);
    assert_near(learning_rate_at(&stays, INT64_C(1000000000000)), 0.3, 0);
    assert_null(learning_rate_find("sudden"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates_are_those_of_the_formulas),
        cmocka_unit_test(test_a_warmup_comes_before_the_schedule),
        cmocka_unit_test(test_long_runs_have_rates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
