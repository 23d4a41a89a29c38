/* SPDX-License-Identifier: MIT
 *
 * What is gathered of the times of evaluations: their number and sum exactly, their median within
 * half a bin, the longest in order, and how busy the ranks were. */
#include "runs/evaluation_times.h"
#include "testing.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Adds evaluation `number` of an iteration. */
static void add(struct evaluation_times *times, int64_t iteration, int64_t number, double seconds)
{
    const struct evaluation_time evaluation = {
        {.iteration = iteration, .number = number, .row = 2 * number}, seconds};
    evaluation_times_add(times, &evaluation, 1, false);
}

static json_t *written(const struct evaluation_times *times)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    evaluation_times_write(file, times);
    assert_int_equal(fclose(file), 0);
    json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(object);
    free(text);
    return object;
}

static double number_at(const json_t *object, const char *name)
{
    const json_t *number = json_object_get(object, name);
    assert_true(json_is_number(number));
    return json_number_value(number);
}

/* Of 1001 times from a microsecond to 1000 s, at equal distances on a logarithmic scale. */
static void test_quantiles_are_within_half_a_bin(void **state)
{
    (void)state;
    const double shares[] = {0, 0.1, 0.5, 0.9, 1};
    struct evaluation_times times = {0};
    assert_true(isnan(evaluation_times_quantile(&times, 0.5)));
    for (int i = 0; i <= 1000; ++i)
        add(&times, 1, i, pow(10, (i * 389 % 1001) * 0.009 - 6));
    for (size_t i = 0; i < sizeof shares / sizeof *shares; ++i) {
        const double expected = pow(10, 9 * shares[i] - 6);
        /* The rank of a share is not a whole number; neighbours differ by 2.1 %. */
        assert_near(evaluation_times_quantile(&times, shares[i]) / expected, 1, 0.045);
    }
    assert_true(evaluation_times_quantile(&times, 1) <= times.longest[0].seconds);
}

static void test_equal_times_are_told_within_half_a_bin(void **state)
{
    (void)state;
    for (double seconds = 1e-8; seconds < 1e6; seconds *= 1.7) {
        struct evaluation_times times = {0};
        add(&times, 1, 0, seconds);
        add(&times, 1, 1, seconds);
        assert_near(evaluation_times_quantile(&times, 0.5) / seconds, 1, 0.0222);
    }
}

static void test_the_longest_are_in_falling_order(void **state)
{
    (void)state;
    static const double seconds[] = {3, 1, 4, 1.5, 9, 2, 6, 5, 3.5, 9};
    static const int64_t expected[] = {4, 9, 6, 7, 2};
    struct evaluation_times times = {0};
    for (int i = 0; i < 10; ++i) {
        add(&times, 1, i, seconds[i]);
        assert_int_equal(times.longest_count, i < 5 ? i + 1 : 5);
    }
    for (int i = 0; i < EVALUATION_TIMES_LONGEST; ++i)
        assert_int_equal(times.longest[i].name.number, expected[i]);
}

/* Two ranks: an iteration of 4 s of which 3 are one evaluation, and one of 4 s in equal parts. */
static void test_busy_and_ideal_are_shares_of_the_ranks_time(void **state)
{
    (void)state;
    struct evaluation_times times = {0};
    add(&times, 1, 0, 3);
    add(&times, 1, 1, 1);
    evaluation_times_end_iteration(&times, 2, 4);
    for (int i = 0; i < 4; ++i)
        add(&times, 2, i, 1);
    evaluation_times_end_iteration(&times, 2, 2.5);
    json_t *object = written(&times);
    assert_near(number_at(object, "busy"), 8.0 / 13, 1e-4);
    assert_near(number_at(object, "ideal"), 8.0 / 10, 1e-4);
    json_decref(object);
}

static void test_what_is_written(void **state)
{
    (void)state;
    struct evaluation_times times = {0};
    const struct evaluation_time moved = {
        {.iteration = 3, .number = 17, .parameter = "out\"let", .side = 1, .row = 5}, 0.36};
    add(&times, 1, 0, 0.25);
    add(&times, 1, 1, 0);
    add(&times, 1, 2, 1e-6);
    add(&times, 1, 3, 0.2499999);
    add(&times, 1, 4, 1e12);
    evaluation_times_add(&times, &moved, 3, true);
    evaluation_times_add(&times, &moved, 2, false);
    json_t *object = written(&times);
    assert_int_equal(number_at(object, "count"), 7);
    assert_int_equal(number_at(object, "retried"), 2);
    assert_int_equal(number_at(object, "lost"), 1);
    assert_true(json_is_null(json_object_get(object, "busy")));
    const json_t *seconds = json_object_get(object, "seconds");
    assert_near(number_at(seconds, "median"), 0.25, 0.0056);
    assert_near(number_at(seconds, "longest"), 1e12, 0);
    char *longest = json_dumps(json_array_get(json_object_get(object, "longest"), 1), 0);
    assert_string_equal(longest, "{\"iteration\": 3, \"evaluation\": 17, \"parameter\": "
                                 "\"out\\\"let\", \"side\": \"+\", \"row\": 5, \"seconds\": "
                                 "0.35999999999999999}");
    char *histogram = json_dumps(json_object_get(object, "histogram"), JSON_COMPACT);
    /* 0 s and 1e12 s are in the outermost octaves, and 0.25 s begins one. */
    assert_string_equal(histogram, "[[-30,1],[-20,1],[-3,1],[-2,3],[24,1]]");
    free(longest);
    free(histogram);
    json_decref(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantiles_are_within_half_a_bin),
        cmocka_unit_test(test_equal_times_are_told_within_half_a_bin),
        cmocka_unit_test(test_the_longest_are_in_falling_order),
        cmocka_unit_test(test_busy_and_ideal_are_shares_of_the_ranks_time),
        cmocka_unit_test(test_what_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
