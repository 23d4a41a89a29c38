/* SPDX-License-Identifier: MIT */
#include "core/differences/random_numbers.h"
#include "testing.h"

#include <stdbool.h>
#include <stdlib.h>

static const enum random_numbers kinds[] = {RANDOM_ITERATION, RANDOM_RUN, RANDOM_EACH};

/* A difference compares like with like, whatever its parameter and side. */
static void test_all_evaluations_of_a_row_have_one_seed(void **state)
{
    (void)state;
    for (uint64_t number = 1; number < 100; ++number) {
        assert_true(random_numbers_seed(RANDOM_ITERATION, 1, 2, 3, number) ==
                    random_numbers_seed(RANDOM_ITERATION, 1, 2, 3, 0));
        assert_true(random_numbers_seed(RANDOM_RUN, 1, 2, 3, number) ==
                    random_numbers_seed(RANDOM_RUN, 1, 2, 3, 0));
        assert_true(random_numbers_seed(RANDOM_EACH, 1, 2, 3, number) !=
                    random_numbers_seed(RANDOM_EACH, 1, 2, 3, 0));
    }
}

static void test_what_a_seed_depends_on(void **state)
{
    (void)state;
    const int64_t far = INT64_C(1) << 33; /* beyond 32 bits */
    for (int i = 0; i < 3; ++i) {
        const enum random_numbers kind = kinds[i];
        const uint64_t seed = random_numbers_seed(kind, 1, 2, 3, 4);
        assert_true(random_numbers_seed(kind, 2, 2, 3, 4) != seed);
        assert_true(random_numbers_seed(kind, 1, 2, 4, 4) != seed);
        assert_true(random_numbers_seed(kind, 1, 2, 3 + far, 4) != seed);
        const bool same_in_all = kind == RANDOM_RUN;
        assert_true((random_numbers_seed(kind, 1, 3, 3, 4) == seed) == same_in_all);
        assert_true((random_numbers_seed(kind, 1, 2 + far, 3, 4) == seed) == same_in_all);
    }
    assert_true(random_numbers_seed(RANDOM_ITERATION, 1, 2, 3, 4) !=
                random_numbers_seed(RANDOM_ITERATION, 1, 3, 2, 4));
}

static int compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Among 40,000 numbers of 53 bits, two are equal with a probability of 1e-7. Each bit is set in
 * half of them: with a deviation of 100, of which seven are allowed. */
static void test_seeds_are_below_2_53_and_differ(void **state)
{
    (void)state;
    enum { SIDE = 200, COUNT = SIDE * SIDE };
    uint64_t *seeds = malloc(COUNT * sizeof *seeds);
    int set[53] = {0};
    assert_non_null(seeds);
    for (int i = 0; i < COUNT; ++i) {
        seeds[i] = random_numbers_seed(RANDOM_ITERATION, 7, i / SIDE, i % SIDE, 0);
        assert_true(seeds[i] < UINT64_C(1) << 53);
        for (int bit = 0; bit < 53; ++bit)
            set[bit] += (int)(seeds[i] >> bit & 1);
    }
    for (int bit = 0; bit < 53; ++bit)
        assert_near(set[bit], COUNT * 0.5, 700);
    qsort(seeds, COUNT, sizeof *seeds, compare);
    for (int i = 1; i < COUNT; ++i)
        assert_true(seeds[i - 1] != seeds[i]);
    free(seeds);
}

/* The seeds were recorded once: if they changed, no earlier run could be repeated. */
static void test_seeds_stay_what_they_were(void **state)
{
    (void)state;
    assert_int_equal(random_numbers_seed(RANDOM_ITERATION, 42, 1, 5, 9), UINT64_C(0xebfa1263980e2));
    assert_int_equal(random_numbers_seed(RANDOM_RUN, 42, 1, 5, 9), UINT64_C(0x148ad220bd2a9));
    assert_int_equal(random_numbers_seed(RANDOM_EACH, 42, 1, 5, 9), UINT64_C(0x1c81a67b83c8d0));
}

static void test_kinds_have_names(void **state)
{
    (void)state;
    assert_int_equal(random_numbers_find("iteration"), RANDOM_ITERATION);
    assert_int_equal(random_numbers_find("run"), RANDOM_RUN);
    assert_int_equal(random_numbers_find("each"), RANDOM_EACH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_evaluations_of_a_row_have_one_seed),
        cmocka_unit_test(test_what_a_seed_depends_on),
        cmocka_unit_test(test_seeds_are_below_2_53_and_differ),
        cmocka_unit_test(test_seeds_stay_what_they_were),
        cmocka_unit_test(test_kinds_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
