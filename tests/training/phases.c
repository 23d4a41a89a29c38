/* SPDX-License-Identifier: MIT */
#include "training/phases.h"

#include "common/clock.h"
#include "ranks/beat.h"
#include "ranks_in_turn.h"
#include "testing.h"

static double now;

/* The name that the linker gives to this function (--wrap). */
double __wrap_clock_seconds(void);

double __wrap_clock_seconds(void)
{
    return now;
}

/* All numbers are sums of powers of two, so they are compared exactly. */
static void expect_seconds(const struct metrics_seconds *seconds, double minimum, double mean,
                           double maximum)
{
    assert_near(seconds->minimum, minimum, 0);
    assert_near(seconds->mean, mean, 0);
    assert_near(seconds->maximum, maximum, 0);
}

/* What a rank of a course has at its end. */
struct rank_result {
    struct phases phases;
    struct metrics_seconds first[PHASES], second[PHASES];
};

static void spend(struct phases *phases, enum phase phase, double seconds)
{
    phases_begin(phases, phase);
    now += seconds;
}

/* Twice the same phase, and one that goes on while the times are collected. */
static void course_of_one(const struct world *world, void *context)
{
    struct rank_result *result = context;
    now = 100;
    phases_start(&result->phases);
    now += 3;
    spend(&result->phases, PHASE_COMPUTE, 2);
    spend(&result->phases, PHASE_REDUCTION, 0.5);
    spend(&result->phases, PHASE_COMPUTE, 0.25);
    spend(&result->phases, PHASE_EVALUATION, 4);
    phases_collect(&result->phases, world, result->first);
    now += 2;
    phases_collect(&result->phases, world, result->second);
}

static void test_a_phase_lasts_until_the_next_begins(void **state)
{
    (void)state;
    struct rank_result result;
    const double first[PHASES] = {
        [PHASE_START] = 3, [PHASE_COMPUTE] = 2.25, [PHASE_REDUCTION] = 0.5, [PHASE_EVALUATION] = 4};
    ranks_in_turn(1, course_of_one, &result);
    for (int phase = 0; phase < PHASES; ++phase) {
        const double second = phase == PHASE_EVALUATION ? 2 : 0;
        expect_seconds(&result.first[phase], first[phase], first[phase], first[phase]);
        expect_seconds(&result.second[phase], second, second, second);
        assert_near(result.phases.total[phase], first[phase] + second, 0);
    }
    assert_near(phases_elapsed(&result.phases), 11.75, 0);
}

static void test_the_watchdog_knows_the_phase(void **state)
{
    (void)state;
    struct beat beat = {0};
    struct phases phases;
    beat_keep_in(&beat);
    phases_start(&phases);
    phases_begin(&phases, PHASE_COMPUTE);
    assert_int_equal(beat.phase, PHASE_COMPUTE);
    const long count = beat.count;
    phases_begin(&phases, PHASE_CHECKPOINT);
    assert_int_equal(beat.phase, PHASE_CHECKPOINT);
    assert_true(beat.count > count);
    beat_keep_in(NULL);
}

/* Reductions of 5, 3, 4 and 4 seconds, in which 1, 0.5, 0 and 4 were spent in waiting for the node:
 * the rest is 4, 2.5 and 4, of which 2.5 is the reduction itself, and the last rank only waits. */
static void course_of_four(const struct world *world, void *context)
{
    static const double compute[] = {1, 3, 2, 2}, reduction[] = {5, 3, 4, 4},
                        waiting[] = {1, 0.5, 0, 4};
    struct rank_result *result = (struct rank_result *)context + world->rank;
    now = 100;
    phases_start(&result->phases);
    result->phases.only_waits = world->rank == 3;
    spend(&result->phases, PHASE_COMPUTE, compute[world->rank]);
    spend(&result->phases, PHASE_REDUCTION, reduction[world->rank]);
    phases_add_waiting(&result->phases, waiting[world->rank] / 2);
    phases_add_waiting(&result->phases, waiting[world->rank] / 2);
    phases_collect(&result->phases, world, result->first);
    spend(&result->phases, PHASE_REDUCTION, 1);
    phases_collect(&result->phases, world, result->second);
}

static void test_the_shortest_reduction_counts_as_the_reduction(void **state)
{
    (void)state;
    struct rank_result results[4];
    ranks_in_turn(4, course_of_four, results);
    for (int rank = 0; rank < 4; ++rank) {
        const struct rank_result *result = &results[rank];
        expect_seconds(&result->first[PHASE_COMPUTE], 1, 2, 3);
        expect_seconds(&result->first[PHASE_REDUCTION], 3, 4, 5);
        expect_seconds(&result->first[PHASE_WAITING], 0.5, 1.5, 2.5);
        expect_seconds(&result->second[PHASE_REDUCTION], 1, 1, 1);
        expect_seconds(&result->second[PHASE_WAITING], 0, 0, 0);
        assert_near(result->phases.total[PHASE_REDUCTION], 5, 0);
        assert_near(result->phases.total[PHASE_WAITING], 1.5, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_phase_lasts_until_the_next_begins),
        cmocka_unit_test(test_the_watchdog_knows_the_phase),
        cmocka_unit_test(test_the_shortest_reduction_counts_as_the_reduction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
