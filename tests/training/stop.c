/* SPDX-License-Identifier: MIT */
#include "training/stop.h"

#include "common/clock.h"
#include "folder.h"
#include "ranks_in_turn.h"
#include "testing.h"
#include "training/signals.h"

#include <string.h>

static double now;              /* on the clock of all ranks */
static int received[RANKS_MAX]; /* the signal that each rank has received; 0: none */
static int at_work;             /* the rank that asks */

/* The names that the linker gives to these functions (--wrap). */
double __wrap_clock_seconds(void);
int __wrap_signals_received(void);
bool __wrap_signals_ask_to_stop(void);

double __wrap_clock_seconds(void)
{
    return now;
}

int __wrap_signals_received(void)
{
    return received[at_work];
}

bool __wrap_signals_ask_to_stop(void)
{
    return received[at_work] != 0;
}

/* Nobody has asked yet. */
static int begin(void **state)
{
    (void)state;
    now = 1000;
    memset(received, 0, sizeof received);
    remove("stop");
    return 0;
}

static bool is_requested(struct stop *stop, int rank)
{
    const struct world world = {.rank = rank, .size = 3};
    at_work = rank;
    return stop_is_requested(stop, &world);
}

static void test_nobody_asks(void **state)
{
    (void)state;
    struct stop stop = {.started = now, .run_dir = "."};
    now += 1e9;
    for (int rank = 0; rank < 3; ++rank)
        assert_false(is_requested(&stop, rank));
}

/* The others learn of it in the next reduction. */
static void test_a_signal_asks_the_rank_that_receives_it(void **state)
{
    (void)state;
    struct stop stop = {.started = now}, of_1 = stop;
    received[1] = 15;
    assert_false(is_requested(&stop, 0));
    assert_true(is_requested(&of_1, 1));
    assert_false(is_requested(&stop, 2));
}

/* Clocks of several hosts differ, so only that of rank 0 counts. */
static void test_rank_0_looks_at_the_clock(void **state)
{
    (void)state;
    struct stop stop = {.max_time = 60, .started = now}, of_1 = stop;
    now += 60;
    assert_false(is_requested(&stop, 0));
    now += 0.5;
    assert_true(is_requested(&stop, 0));
    assert_false(is_requested(&of_1, 1));
}

static void test_rank_0_looks_for_the_file_once_a_second(void **state)
{
    (void)state;
    struct stop stop = {.started = now, .run_dir = "."}, nowhere = {.started = now}, of_1 = stop;
    assert_false(is_requested(&stop, 0));
    folder_write("stop", "", 0);
    now += 0.9;
    assert_false(is_requested(&stop, 0));
    now += 0.2;
    assert_true(is_requested(&stop, 0));
    /* An iteration may have several reductions, and each must know. */
    assert_true(is_requested(&stop, 0));
    now += 2;
    assert_false(is_requested(&of_1, 1));
    assert_false(is_requested(&nowhere, 0));
}

/* Where ranks may wait for each other for hours, none waits for rank 0 to be told. */
static void test_all_ranks_look_if_they_are_to(void **state)
{
    (void)state;
    struct stop stop = {.started = now, .run_dir = ".", .everywhere = true}, of_time = stop;
    folder_write("stop", "", 0);
    assert_true(is_requested(&stop, 2));
    remove("stop");
    of_time.max_time = 60;
    assert_false(is_requested(&of_time, 1));
    now += 60.5;
    assert_true(is_requested(&of_time, 1));
    stop = (struct stop){.started = now, .run_dir = ".", .everywhere = true};
    assert_false(is_requested(&stop, 1));
    folder_write("stop", "", 0);
    now += 0.9;
    assert_false(is_requested(&stop, 1));
    now += 0.2;
    assert_true(is_requested(&stop, 1));
}

struct descriptions {
    struct stop stop;
    char text[RANKS_MAX][64];
};

static void describe(const struct world *world, void *context)
{
    struct descriptions *descriptions = context;
    at_work = world->rank;
    stop_describe(&descriptions->stop, world, descriptions->text[world->rank],
                  sizeof descriptions->text[0]);
}

/* Rank 0's text is shown. */
static void expect_reason(double max_time, const char *reason)
{
    struct descriptions descriptions = {.stop = {.max_time = max_time, .started = 1000}};
    ranks_in_turn(3, describe, &descriptions);
    assert_string_equal(descriptions.text[0], reason);
}

static void test_why_a_run_stops(void **state)
{
    (void)state;
    now = 1061;
    expect_reason(60, "--max-time 60 s");
    expect_reason(0, "the file stop");
    expect_reason(62, "the file stop");
    received[2] = 15;
    expect_reason(60, "signal 15 (Terminated)");
    received[0] = 2;
    expect_reason(0, "signal 15 (Terminated)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_nobody_asks, begin),
        cmocka_unit_test_setup(test_a_signal_asks_the_rank_that_receives_it, begin),
        cmocka_unit_test_setup(test_rank_0_looks_at_the_clock, begin),
        cmocka_unit_test_setup(test_rank_0_looks_for_the_file_once_a_second, begin),
        cmocka_unit_test_setup(test_all_ranks_look_if_they_are_to, begin),
        cmocka_unit_test_setup(test_why_a_run_stops, begin),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
