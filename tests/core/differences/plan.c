/* SPDX-License-Identifier: MIT */
#include "core/differences/plan.h"
#include "core/numbers/rng.h"
#include "described.h"

#include <stdlib.h>
#include <string.h>

enum { NODES_MAX = 40, RANKS_MAX = 80 };

/* A job of several nodes, and evaluations with known or unknown seconds. */
struct job {
    int nodes;
    int ranks[NODES_MAX];
};
static const struct job jobs[] = {{1, {1}},         {1, {64}},
                                  {2, {32, 32}},    {4, {16, 16, 16, 16}},
                                  {3, {1, 47, 16}}, {5, {3, 1, 4, 1, 5}}};
enum { JOBS = sizeof jobs / sizeof *jobs };

static int total_ranks(const struct job *job)
{
    int ranks = 0;
    for (int node = 0; node < job->nodes; ++node)
        ranks += job->ranks[node];
    return ranks;
}

/* The evaluations have other numbers than their places. */
static uint32_t number_at(size_t place)
{
    return (uint32_t)(3 * place + 5);
}

/* The places of one node's evaluations, in an array that the caller frees. */
static uint32_t *places_of(const struct job *job, int node, const float *seconds, size_t count,
                           size_t *length)
{
    struct plan_load loads[NODES_MAX];
    const struct plan_nodes nodes = {job->nodes, node, job->ranks, loads};
    uint32_t *numbers = malloc((count + 1) * sizeof *numbers);
    uint32_t *scratch = malloc((count + 1) * sizeof *scratch);
    uint32_t *list = malloc((count + 1) * sizeof *list);
    assert_true(numbers && scratch && list);
    for (size_t i = 0; i < count; ++i)
        numbers[i] = number_at(i);
    *length = plan_make(&nodes, numbers, seconds, count, scratch, list);
    assert_true(*length <= count);
    for (size_t i = 0; i < *length; ++i) {
        assert_int_equal(list[i] % 3, number_at(0) % 3);
        list[i] = (list[i] - number_at(0)) / 3;
    }
    free(numbers);
    free(scratch);
    return list;
}

/* When a node is done whose ranks take one evaluation after another from its list. */
static double end_of_node(int ranks, const float *seconds, const uint32_t *places, size_t length)
{
    double ends[RANKS_MAX] = {0}, end = 0;
    for (size_t i = 0; i < length; ++i) {
        int first = 0;
        for (int rank = 1; rank < ranks; ++rank)
            if (ends[rank] < ends[first])
                first = rank;
        ends[first] += (double)seconds[places[i]];
        end = fmax(end, ends[first]);
    }
    return end;
}

/* Checks that the nodes' lists have each evaluation once, and returns when the last of them is
 * done. */
static double check_once(const struct job *job, const float *seconds, size_t count)
{
    unsigned char *done = calloc(count + 1, 1);
    double end = 0;
    size_t all = 0;
    assert_non_null(done);
    for (int node = 0; node < job->nodes; ++node) {
        size_t length;
        uint32_t *places = places_of(job, node, seconds, count, &length);
        for (size_t i = 0; i < length; ++i) {
            assert_true(places[i] < count);
            assert_int_equal(done[places[i]]++, 0);
        }
        end = fmax(end, end_of_node(job->ranks[node], seconds, places, length));
        all += length;
        free(places);
    }
    assert_int_equal(all, count);
    free(done);
    return end;
}

/* Lognormal seconds with a mean of 1, in an array that the caller frees. */
static float *lognormal(double sigma, size_t count)
{
    float *seconds = malloc((count + 1) * sizeof *seconds);
    assert_non_null(seconds);
    for (size_t i = 0; i < count; ++i)
        seconds[i] = (float)exp(sigma * rng_normal(1, RNG_BATCH, (int64_t)i) - sigma * sigma / 2);
    return seconds;
}

static void test_each_evaluation_is_done_once(void **state)
{
    (void)state;
    const size_t counts[] = {0, 1, 2, 3, 10, 1000};
    for (int job = 0; job < JOBS; ++job)
        for (int i = 0; i < 6; ++i) {
            float *seconds = lognormal(1.5, counts[i]);
            check_once(&jobs[job], seconds, counts[i]);
            seconds[0] = NAN;
            check_once(&jobs[job], seconds, counts[i]);
            free(seconds);
        }
}

/* Numbers that no clock should give are planned all the same. */
static void test_strange_seconds(void **state)
{
    (void)state;
    const float seconds[] = {0, -0.0F, 1e-45F, -1, INFINITY, -INFINITY, 3e38F, NAN, -NAN};
    for (int job = 0; job < JOBS; ++job)
        check_once(&jobs[job], seconds, sizeof seconds / sizeof *seconds);
}

static void test_the_longest_come_first(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    float *seconds = lognormal(1.5, COUNT);
    for (int job = 0; job < JOBS; ++job)
        for (int node = 0; node < jobs[job].nodes; ++node) {
            size_t length;
            uint32_t *places = places_of(&jobs[job], node, seconds, COUNT, &length);
            float longest_later = 0;
            for (size_t i = length; i-- > 0;) {
                assert_true(longest_later <= seconds[places[i]] * (1 + 1 / 16.0F));
                longest_later = fmaxf(longest_later, seconds[places[i]]);
            }
            free(places);
        }
    free(seconds);
}

/* On all ranks alike. */
static void test_equally_long_ones_keep_their_order(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    float seconds[COUNT];
    size_t length;
    for (int i = 0; i < COUNT; ++i)
        seconds[i] = i % 2 == 0 ? 1 : 2;
    uint32_t *places = places_of(&jobs[0], 0, seconds, COUNT, &length);
    for (size_t i = 0; i < COUNT; ++i)
        assert_int_equal(places[i], i < COUNT / 2 ? 2 * i + 1 : 2 * (i - COUNT / 2));
    free(places);
}

/* The ideal is the larger of the mean over the ranks and the longest evaluation. 200 parameters and
 * 16 rows; longest first is known to be near the ideal where there are 100 evaluations a rank. */
static void test_plans_are_near_the_ideal(void **state)
{
    (void)state;
    enum { COUNT = 16 * (2 * 200 + 1) };
    for (int job = 0; job < JOBS; ++job)
        for (int wide = 0; wide < 2; ++wide) {
            float *seconds = lognormal(wide ? 1.5 : 0.5, COUNT);
            double sum = 0, longest = 0;
            for (int i = 0; i < COUNT; ++i) {
                sum += (double)seconds[i];
                longest = fmax(longest, (double)seconds[i]);
            }
            const double ideal = fmax(sum / total_ranks(&jobs[job]), longest);
            const double end = check_once(&jobs[job], seconds, COUNT);
            assert_true(end <= 1.01 * ideal);
            free(seconds);
        }
}

static void test_unknown_seconds_are_dealt_by_ranks(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    float seconds[COUNT];
    for (int i = 0; i < COUNT; ++i)
        seconds[i] = NAN;
    for (int job = 0; job < JOBS; ++job)
        for (int node = 0; node < jobs[job].nodes; ++node) {
            const double due = (double)COUNT * jobs[job].ranks[node] / total_ranks(&jobs[job]);
            size_t length;
            uint32_t *places = places_of(&jobs[job], node, seconds, COUNT, &length);
            assert_near((double)length, due, jobs[job].nodes);
            for (size_t i = 1; i < length; ++i)
                assert_true(places[i] > places[i - 1]);
            free(places);
        }
}

/* A clock that is too coarse must not give all to one node. */
static void test_evaluations_of_no_length_are_shared_out(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    const float seconds[COUNT] = {0};
    size_t length;
    free(places_of(&jobs[2], 0, seconds, COUNT, &length));
    assert_int_equal(length, COUNT / 2);
}

static void test_many_nodes(void **state)
{
    (void)state;
    enum { COUNT = 4000 };
    struct job job = {.nodes = NODES_MAX};
    float *seconds = lognormal(0.5, COUNT);
    double sum = 0;
    for (int node = 0; node < NODES_MAX; ++node)
        job.ranks[node] = 2;
    for (int i = 0; i < COUNT; ++i)
        sum += (double)seconds[i];
    assert_true(check_once(&job, seconds, COUNT) <= 1.02 * sum / total_ranks(&job));
    free(seconds);
}

/* Two free parameters, the second at its bound, and two rows: 0 and 1 are losses after the update,
 * 2 and 3 the rows' own, 4 to 6 row 0's sides, and 7 to 9 those of row 1. */
struct memory_trial {
    struct parameters parameters;
    struct table table;
    struct plan_memory memory;
};
enum { ROWS = 2, EVALUATIONS = 10 };

static void begin(struct memory_trial *t)
{
    const struct dtrain_parameter list[] = {{.initial = 0}, {.initial = 1, .upper = 1}};
    t->parameters = describe(list, 2, 0.25);
    assert_true(table_create(&t->table, &t->parameters));
    assert_true(plan_memory_create(&t->memory, 2, ROWS));
    table_fill(&t->table, DIFFERENCE_CENTRAL, t->parameters.initial, ROWS, ROWS);
    assert_int_equal(t->table.count, EVALUATIONS);
}

static void end(struct memory_trial *t)
{
    plan_memory_destroy(&t->memory);
    assert_null(t->memory.of_row);
    table_destroy(&t->table);
    parameters_destroy(&t->parameters);
}

static void check_expectations(const struct memory_trial *t, const int64_t *row,
                               const float *expected)
{
    for (size_t number = 0; number < t->table.count; ++number) {
        const float seconds = plan_expect(&t->memory, &t->table, row, number);
        if (isnan(expected[number]))
            assert_true(isnan(seconds));
        else
            assert_near((double)seconds, (double)expected[number], 0);
    }
}

static void test_at_first_nothing_is_known(void **state)
{
    (void)state;
    struct memory_trial t;
    const float nothing[EVALUATIONS] = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    begin(&t);
    check_expectations(&t, (const int64_t[]){0, 1}, nothing);
    /* All were taken from a journal, say. */
    plan_remember(&t.memory, &t.table, (const int64_t[]){0, 1}, nothing);
    check_expectations(&t, (const int64_t[]){0, 1}, nothing);
    end(&t);
}

static const float seconds_of_table[EVALUATIONS] = {1, 2, 4, NAN, 8, 16, 32, 24, NAN, 48};

/* Their mean, of the eight that are known. */
static const float mean = (1 + 2 + 4 + 8 + 16 + 32 + 24 + 48) / 8.0F;

static void test_the_same_rows_take_as_long_again(void **state)
{
    (void)state;
    struct memory_trial t;
    const int64_t row[] = {70, 80};
    begin(&t);
    plan_remember(&t.memory, &t.table, (const int64_t[]){70, 81}, seconds_of_table);
    /* Twice, as losses after the update are of the batch before. */
    plan_remember(&t.memory, &t.table, row, seconds_of_table);
    check_expectations(&t, row, (const float[]){1, mean, 4, mean, 8, 16, 32, 24, 16, 48});
    /* They are of the batch before, whatever the rows of this one. */
    check_expectations(&t, (const int64_t[]){71, 81},
                       (const float[]){1, mean, mean, mean, 16, 16, 40, 16, 16, 40});
    end(&t);
}

static void test_other_rows_take_as_long_as_the_mean_of_their_side(void **state)
{
    (void)state;
    struct memory_trial t;
    begin(&t);
    plan_remember(&t.memory, &t.table, (const int64_t[]){70, 80}, seconds_of_table);
    check_expectations(&t, (const int64_t[]){71, 80},
                       (const float[]){mean, mean, mean, mean, 16, 16, 40, 24, 16, 48});
    end(&t);
}

/* A side that the last table did not have is expected to take the mean of all; and what is left of
 * an earlier table is forgotten. */
static void test_only_the_last_table_is_remembered(void **state)
{
    (void)state;
    struct memory_trial t;
    const int64_t row[] = {70, 80};
    const double inside[] = {0, 0};
    begin(&t);
    plan_remember(&t.memory, &t.table, row, seconds_of_table);
    plan_remember(&t.memory, &t.table, row, seconds_of_table);
    table_fill(&t.table, DIFFERENCE_CENTRAL, inside, 0, ROWS);
    check_expectations(&t, row, (const float[]){4, mean, 8, 16, mean, 24, 16, mean});
    plan_remember(&t.memory, &t.table, row, (const float[]){3, 3, 3, 3, NAN, 3, 3, NAN});
    const float threes[EVALUATIONS] = {3, 3, 3, 3, 3, 3, 3, 3, 3, 3};
    table_fill(&t.table, DIFFERENCE_CENTRAL, inside, ROWS, ROWS);
    check_expectations(&t, row, threes);
    table_fill(&t.table, DIFFERENCE_CENTRAL, t.parameters.initial, ROWS, ROWS);
    check_expectations(&t, row, threes);
    end(&t);
}

/* The table at the end of a run. */
static void test_a_table_without_a_batch(void **state)
{
    (void)state;
    struct memory_trial t;
    begin(&t);
    table_fill(&t.table, DIFFERENCE_CENTRAL, t.parameters.initial, ROWS, 0);
    plan_remember(&t.memory, &t.table, NULL, (const float[]){5, 7});
    assert_near((double)t.memory.mean, 6, 0);
    assert_int_equal(t.memory.row[0], -1);
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_evaluation_is_done_once),
        cmocka_unit_test(test_strange_seconds),
        cmocka_unit_test(test_the_longest_come_first),
        cmocka_unit_test(test_equally_long_ones_keep_their_order),
        cmocka_unit_test(test_plans_are_near_the_ideal),
        cmocka_unit_test(test_unknown_seconds_are_dealt_by_ranks),
        cmocka_unit_test(test_evaluations_of_no_length_are_shared_out),
        cmocka_unit_test(test_many_nodes),
        cmocka_unit_test(test_at_first_nothing_is_known),
        cmocka_unit_test(test_the_same_rows_take_as_long_again),
        cmocka_unit_test(test_other_rows_take_as_long_as_the_mean_of_their_side),
        cmocka_unit_test(test_only_the_last_table_is_remembered),
        cmocka_unit_test(test_a_table_without_a_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
