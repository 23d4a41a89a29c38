/* SPDX-License-Identifier: MIT */
#include "training/same_bits.h"

#include "full_table.h"
#include "ranks_in_turn.h"
#include "testing.h"

#include <stdio.h>
#include <string.h>

enum { RANKS = 3 };

/* How the model misbehaves, and on which rank (-1: on all). */
static struct {
    int rank;
    double by_calls, by_rank; /* what it adds for each call before, and for its rank */
    bool by_theta;            /* whether it remembers where it was evaluated last */
    bool forgets_sign;        /* whether its second zero has another sign */
    int fails_at;             /* at which call; -1: at none */
    enum outcome hit;         /* what becomes of that call in place of a failure */
    bool is_gone; /* with OUTCOME_NONE: whether it can make no other evaluation either */
} fault;

/* What the rank at work has done. */
static struct {
    int rank, calls;
    bool is_filled;                 /* whether the table has its results */
    double theta[TABLE_PARAMETERS]; /* where it evaluated last */
} own;

static double moves[RANKS_MAX][TABLE_PARAMETERS]; /* where each rank evaluated at its second call */
static int calls_of[RANKS_MAX];

static enum dtrain_outcome evaluate(const struct dtrain_shape *shape,
                                    const struct dtrain_call *call, double *outputs)
{
    const bool is_faulty = fault.rank < 0 || fault.rank == own.rank;
    const int before = own.calls++;
    (void)shape;
    *outputs = 10 * call->theta[0] + call->theta[1] + (double)call->row;
    if (before == 1)
        memcpy(moves[own.rank], call->theta, sizeof moves[0]);
    if (is_faulty) {
        *outputs += fault.by_calls * before + fault.by_rank * own.rank;
        if (fault.by_theta && before > 0)
            *outputs += own.theta[0] - 1;
        if (fault.forgets_sign)
            *outputs = before > 0 ? -0.0 : 0.0;
    }
    memcpy(own.theta, call->theta, sizeof own.theta);
    return is_faulty && fault.fails_at == before ? DTRAIN_FAILED : DTRAIN_DONE;
}

/* The test is linked with --wrap=evaluator_evaluate, for what becomes of processes. */
struct attempts __real_evaluator_evaluate(struct evaluator *evaluator, size_t number,
                                          struct dtrain_call *call, int retries, double *values);
struct attempts __wrap_evaluator_evaluate(struct evaluator *evaluator, size_t number,
                                          struct dtrain_call *call, int retries, double *values);

struct attempts __wrap_evaluator_evaluate(struct evaluator *evaluator, size_t number,
                                          struct dtrain_call *call, int retries, double *values)
{
    const bool is_hit = own.is_filled && fault.fails_at == own.calls &&
                        fault.hit != OUTCOME_FAILED && (fault.rank < 0 || fault.rank == own.rank);
    struct attempts attempts = __real_evaluator_evaluate(evaluator, number, call, retries, values);
    if (!is_hit)
        return attempts;
    if (fault.is_gone)
        error_set(&evaluator->failure, STATUS_FAILED, "pond: gone");
    evaluator->reason = "its last line: overflow";
    attempts.outcome = fault.hit;
    return attempts;
}

static const struct dtrain_model functions = {
    .version = DTRAIN_MODEL_VERSION, .name = "pond", .evaluate = evaluate};

/* The lines that rank 0 was told. The test is linked with --wrap=world_report. */
static char told[4096];
void __wrap_world_report(const struct world *of, const struct error *error);

void __wrap_world_report(const struct world *of, const struct error *error)
{
    const size_t length = strlen(told);
    if (of->rank == 0)
        snprintf(told + length, sizeof told - length, "%s\n", error->text);
}

static int begin(void **state)
{
    (void)state;
    memset(&fault, 0, sizeof fault);
    fault.rank = fault.fails_at = -1;
    fault.hit = OUTCOME_FAILED;
    return 0;
}

/* A check or an audit on some ranks. */
struct course {
    enum status (*make)(struct trainer *trainer, struct error *error);
    struct config config;
    enum failure_policy policy;
    int64_t first;       /* where the run begins */
    size_t wrong;        /* an evaluation whose result is not what the model gives; 0: none */
    int evaluating_rank; /* which has evaluated the table; -1: each number another */
    enum status status[RANKS_MAX];
    struct error error[RANKS_MAX];
    bool audit_told[RANKS_MAX];
};

static void fill_results(struct trainer *trainer, const struct course *course, int ranks)
{
    struct evaluations *evaluations = &trainer->by_evaluations.evaluations;
    for (size_t number = 0; number < TABLE_NEEDED; ++number) {
        evaluations_try(evaluations, number, &evaluations->values[number]);
        evaluations->results[number].rank =
            course->evaluating_rank < 0 ? (int)number % ranks : course->evaluating_rank;
    }
    if (course->wrong > 0)
        evaluations->values[course->wrong] += 0.5;
    /* These come from a journal, and have failed before. */
    evaluations->results[0].rank = -1;
    evaluations->values[0] = 99;
    full_table_lose(trainer, 2, OUTCOME_FAILED, 1);
    evaluations->results[2].rank = -1;
}

static void follow(const struct world *world, void *context)
{
    struct course *course = context;
    struct trainer trainer;
    full_table_create(&trainer, world, &course->config);
    trainer.model.user.functions = &functions;
    trainer.by_evaluations.policy = course->policy;
    trainer.by_evaluations.audit_told = course->audit_told[world->rank];
    trainer.schedule.first = course->first;
    own.rank = world->rank;
    own.is_filled = false;
    fill_results(&trainer, course, world->size);
    own.calls = 0;
    own.is_filled = true;
    told[world->rank == 0 ? 0 : strlen(told)] = '\0';
    course->status[world->rank] = course->make(&trainer, &course->error[world->rank]);
    calls_of[world->rank] = own.calls;
    full_table_destroy(&trainer);
}

static void expect(struct course *course, enum status status, const char *lines)
{
    ranks_in_turn(RANKS, follow, course);
    for (int rank = 0; rank < RANKS; ++rank)
        assert_int_equal(course->status[rank], status);
    assert_string_equal(told, lines);
}

static void expect_told(const char *lines)
{
    struct course course = {.make = same_bits_check};
    expect(&course, STATUS_DONE, lines);
}

static void test_an_honest_model_is_not_mentioned(void **state)
{
    (void)state;
    expect_told("");
    for (int rank = 0; rank < RANKS; ++rank)
        assert_int_equal(calls_of[rank], 3);
}

/* In between, each rank evaluates another entry of the table: they meet their memories. */
static void test_ranks_evaluate_different_entries_in_between(void **state)
{
    (void)state;
    struct course course = {.make = same_bits_check};
    ranks_in_turn(RANKS_MAX, follow, &course);
    for (int rank = 0; rank < RANKS_MAX; ++rank) {
        const int side = rank % 4;
        assert_near(moves[rank][0] - 1, side == 0 ? 1e-4 : side == 1 ? -1e-4 : 0, 1e-9);
        assert_near(moves[rank][1] - 1, side == 2 ? 1e-4 : side == 3 ? -1e-4 : 0, 1e-9);
    }
}

static void test_a_model_that_remembers_is_named(void **state)
{
    (void)state;
    fault.by_calls = 0.5;
    expect_told("the model pond gives other results after other evaluations (by up to 1): it "
                "remembers, so let each evaluation start from the same state; the run cannot be "
                "repeated bit for bit\n");
    /* One rank is enough; so is what an evaluation elsewhere has left. */
    fault.rank = 2;
    expect_told("the model pond gives other results after other evaluations (by up to 1): it "
                "remembers, so let each evaluation start from the same state; the run cannot be "
                "repeated bit for bit\n");
    fault.by_calls = 0;
    fault.by_theta = true;
    fault.rank = 1;
    expect_told("the model pond gives other results after other evaluations (by up to 0.0001): it "
                "remembers, so let each evaluation start from the same state; the run cannot be "
                "repeated bit for bit\n");
}

static void test_a_model_that_differs_by_rank_is_named(void **state)
{
    (void)state;
    fault.by_rank = 1e-3;
    expect_told("the model pond gives other results on other ranks (by up to 0.002): look for "
                "threads, other machines or memory that is not initialised; the run cannot be "
                "repeated bit for bit\n");
}

/* Numbers may be equal where bits are not. */
static void test_bits_are_compared(void **state)
{
    (void)state;
    fault.forgets_sign = true;
    expect_told("the model pond gives other results after other evaluations (by up to 4.94e-324): "
                "it remembers, so let each evaluation start from the same state; the run cannot "
                "be repeated bit for bit\n");
}

/* How far apart a loss and a failure are, nobody knows. */
static void test_failures_are_compared(void **state)
{
    (void)state;
    fault.fails_at = 2;
    expect_told("the model pond gives other results after other evaluations: it remembers, so let "
                "each evaluation start from the same state; the run cannot be repeated bit for "
                "bit\n");
}

static void test_a_run_does_not_begin_where_nothing_can_be_evaluated(void **state)
{
    (void)state;
    struct course course = {.make = same_bits_check};
    fault.rank = 0;
    fault.fails_at = 0;
    ranks_in_turn(1, follow, &course);
    assert_int_equal(course.status[0], STATUS_EVALUATIONS_FAILED);
    assert_string_equal(course.error[0].text,
                        "the model pond cannot be evaluated at the initial parameters (failed): "
                        "begin with others or, if only some rows or replicates fail there, with "
                        "--on-failure skip");
    course.first = 5;
    ranks_in_turn(1, follow, &course);
    assert_int_equal(course.status[0], STATUS_DONE);
    course.first = 0;
    course.policy = FAILURE_SKIP;
    ranks_in_turn(1, follow, &course);
    assert_int_equal(course.status[0], STATUS_DONE);
    /* If one rank meets it, all end. */
    course.policy = FAILURE_STOP;
    fault.rank = 1;
    ranks_in_turn(RANKS, follow, &course);
    for (int rank = 0; rank < RANKS; ++rank)
        assert_int_equal(course.status[rank], STATUS_EVALUATIONS_FAILED);
}

/* What the clock or the machine has taken says nothing about the model. */
static void test_hits_are_not_compared(void **state)
{
    (void)state;
    fault.hit = OUTCOME_TIMED_OUT;
    fault.rank = 1;
    for (fault.fails_at = 0; fault.fails_at < 3; ++fault.fails_at) {
        struct course course = {.make = same_bits_check, .policy = FAILURE_SKIP};
        expect(&course, STATUS_DONE, "");
    }
    fault.rank = 0;
    fault.fails_at = 0;
    struct course course = {.make = same_bits_check, .policy = FAILURE_SKIP};
    expect(&course, STATUS_DONE, "");
    course = (struct course){.make = same_bits_audit, .config = {.audit = 1}, .evaluating_rank = 2};
    expect(&course, STATUS_DONE, "");
}

static void test_the_reason_of_a_run_that_does_not_begin(void **state)
{
    (void)state;
    struct course course = {.make = same_bits_check};
    fault.hit = OUTCOME_CRASHED;
    fault.fails_at = 0;
    ranks_in_turn(1, follow, &course);
    assert_int_equal(course.status[0], STATUS_EVALUATIONS_FAILED);
    assert_string_equal(course.error[0].text,
                        "the model pond cannot be evaluated at the initial parameters (crash: its "
                        "last line: overflow): begin with others or, if only some rows or "
                        "replicates fail there, with --on-failure skip");
}

/* A stop ends a check, and is no failure; a process that is gone ends the run. */
static void test_evaluations_that_are_given_up(void **state)
{
    (void)state;
    fault.hit = OUTCOME_NONE;
    fault.rank = 1;
    for (fault.fails_at = 0; fault.fails_at < 3; ++fault.fails_at) {
        struct course course = {.make = same_bits_check};
        fault.is_gone = false;
        expect(&course, STATUS_STOPPED, "");
        assert_int_equal(calls_of[1], fault.fails_at + 1);
        fault.is_gone = true;
        expect(&course, STATUS_FAILED, "");
        assert_string_equal(course.error[0].text, "pond: gone");
    }
    fault.fails_at = 2;
    struct course course = {.make = same_bits_audit, .config = {.audit = 1}, .evaluating_rank = 0};
    expect(&course, STATUS_FAILED, "");
    assert_int_equal(calls_of[1], 3);
    fault.is_gone = false;
    expect(&course, STATUS_DONE, "");
    assert_int_equal(calls_of[1], 3);
}

/* All that this start has evaluated, each on the next rank. */
static void test_an_audit_of_all_repeats_each_on_another_rank(void **state)
{
    (void)state;
    struct course course = {.make = same_bits_audit, .config = {.audit = 1}, .evaluating_rank = 1};
    expect(&course, STATUS_DONE, "");
    assert_int_equal(calls_of[0], 0);
    assert_int_equal(calls_of[1], 0);
    assert_int_equal(calls_of[2], TABLE_NEEDED - 2);
    course.evaluating_rank = 2;
    expect(&course, STATUS_DONE, "");
    assert_int_equal(calls_of[0], TABLE_NEEDED - 2);
    course.config.audit = 0;
    expect(&course, STATUS_DONE, "");
    assert_int_equal(calls_of[0], 0);
}

/* About half, and the same in every repetition. */
static void test_an_audit_repeats_a_share(void **state)
{
    (void)state;
    struct course course = {
        .make = same_bits_audit, .config = {.audit = 0.5}, .evaluating_rank = 0};
    ranks_in_turn(1, follow, &course);
    const int once = calls_of[0];
    assert_true(once > 0 && once < TABLE_NEEDED - 2);
    ranks_in_turn(1, follow, &course);
    assert_int_equal(calls_of[0], once);
}

static void test_an_audit_names_a_difference_once(void **state)
{
    (void)state;
    struct course course = {
        .make = same_bits_audit, .config = {.audit = 1}, .evaluating_rank = -1, .wrong = 8};
    expect(&course, STATUS_DONE,
           "iteration 7: the model pond gives another result (by 0.5) when the evaluation of "
           "outlet + h, replicate 1 is repeated (--audit); the run cannot be repeated bit for "
           "bit\n");
    for (int rank = 0; rank < RANKS; ++rank)
        course.audit_told[rank] = true;
    expect(&course, STATUS_DONE, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_an_honest_model_is_not_mentioned, begin),
        cmocka_unit_test_setup(test_ranks_evaluate_different_entries_in_between, begin),
        cmocka_unit_test_setup(test_a_model_that_remembers_is_named, begin),
        cmocka_unit_test_setup(test_a_model_that_differs_by_rank_is_named, begin),
        cmocka_unit_test_setup(test_bits_are_compared, begin),
        cmocka_unit_test_setup(test_failures_are_compared, begin),
        cmocka_unit_test_setup(test_a_run_does_not_begin_where_nothing_can_be_evaluated, begin),
        cmocka_unit_test_setup(test_hits_are_not_compared, begin),
        cmocka_unit_test_setup(test_the_reason_of_a_run_that_does_not_begin, begin),
        cmocka_unit_test_setup(test_evaluations_that_are_given_up, begin),
        cmocka_unit_test_setup(test_an_audit_of_all_repeats_each_on_another_rank, begin),
        cmocka_unit_test_setup(test_an_audit_repeats_a_share, begin),
        cmocka_unit_test_setup(test_an_audit_names_a_difference_once, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
