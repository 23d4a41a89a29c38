/* SPDX-License-Identifier: MIT
 *
 * Evaluations by a process that is planted: it gives one outcome after the other, as the test has
 * laid them out. Ranks are played in turn (ranks_in_turn.h). */
#include "engine/evaluator.h"

#include "engine/model_command.h"
#include "ranks_in_turn.h"
#include "testing.h"

#include <stdio.h>
#include <string.h>

enum { TRIES_MAX = 16, NUMBER = 17 };

/* What the process gives at each try, and the attempt that it was told. */
static struct {
    enum outcome outcomes[TRIES_MAX];
    double outputs[TRIES_MAX][3];
    bool is_silent;   /* whether it writes nothing */
    enum status none; /* why it gives OUTCOME_NONE */
    int tries, attempts[TRIES_MAX];
} plan;

struct model_process *__wrap_model_command_process(void);
enum status __wrap_model_process_prepare(struct model_process *process, struct error *error);
enum outcome __wrap_model_process_evaluate(struct model_process *process, size_t number,
                                           const struct dtrain_shape *shape,
                                           const struct dtrain_call *call, double *values,
                                           struct error *error);
void __wrap_model_process_close(struct model_process *process);

struct model_process *__wrap_model_command_process(void)
{
    static struct model_process process;
    return &process;
}

enum status __wrap_model_process_prepare(struct model_process *process, struct error *error)
{
    (void)process;
    (void)error;
    return STATUS_DONE;
}

enum outcome __wrap_model_process_evaluate(struct model_process *process, size_t number,
                                           const struct dtrain_shape *shape,
                                           const struct dtrain_call *call, double *values,
                                           struct error *error)
{
    const int try = plan.tries++;
    const int width = shape->residuals > 0 ? shape->residuals : 1;
    assert_true(try < TRIES_MAX);
    assert_int_equal(number, NUMBER);
    plan.attempts[try] = call->attempt;
    error->status = STATUS_DONE;
    if (plan.outcomes[try] == OUTCOME_NONE)
        error_set(error, plan.none, "pond: gone");
    snprintf(process->reason, sizeof process->reason, "try %d", try);
    for (int i = 0; i < width && !plan.is_silent; ++i)
        values[i] = plan.outputs[try][i];
    return plan.outcomes[try];
}

void __wrap_model_process_close(struct model_process *process)
{
    (void)process;
}

static size_t count_parameters(int inputs, int classes)
{
    return inputs + classes == 0 ? 2 : 0;
}

static struct model make(int residuals)
{
    static struct model_call noted;
    static struct dtrain_model functions;
    static const struct dtrain_shape no_data;
    struct model model;
    functions = (struct dtrain_model){.version = DTRAIN_MODEL_VERSION,
                                      .name = "pond",
                                      .parameters = count_parameters,
                                      .residuals = residuals};
    assert_true(user_model_make(&model, &functions, &noted, &no_data));
    return model;
}

static const struct world world = {.size = 1};
static struct model model;
static struct evaluator evaluator;

static int begin(void **state)
{
    struct error error;
    (void)state;
    memset(&plan, 0, sizeof plan);
    model = make(0);
    return evaluator_open(&evaluator, &world, &model, NULL, &error);
}

static int end(void **state)
{
    (void)state;
    evaluator_close(&evaluator);
    return 0;
}

/* Evaluates by a process that gives those outcomes. */
static struct attempts evaluate(int retries, const enum outcome *outcomes, size_t count)
{
    struct dtrain_call call = {.attempt = 99};
    double values[3];
    memcpy(plan.outcomes, outcomes, count * sizeof *outcomes);
    plan.tries = 0;
    return evaluator_evaluate(&evaluator, NUMBER, &call, retries, values);
}

#define EVALUATE(retries, ...)                                                                     \
    evaluate((retries), (const enum outcome[]){__VA_ARGS__},                                       \
             sizeof((const enum outcome[]){__VA_ARGS__}) / sizeof(enum outcome))

static void expect(struct attempts attempts, enum outcome outcome, enum outcome hit, int count,
                   int hits)
{
    assert_int_equal(attempts.outcome, outcome);
    assert_int_equal(attempts.hit, hit);
    assert_int_equal(attempts.count, count);
    assert_int_equal(attempts.hits, hits);
    assert_int_equal(plan.tries, count + (outcome == OUTCOME_NONE));
}

static void expect_attempts(const int *attempts)
{
    for (int try = 0; try < plan.tries; ++try)
        assert_int_equal(plan.attempts[try], attempts[try]);
}

static void test_failures_that_repeat_raise_the_attempt(void **state)
{
    (void)state;
    plan.outputs[1][0] = (double)NAN;
    expect(EVALUATE(2, OUTCOME_FAILED, OUTCOME_DONE, OUTCOME_DONE), OUTCOME_DONE, OUTCOME_NONE, 3,
           0);
    expect_attempts((const int[]){0, 1, 2});
    /* The last attempt says what has become of it. */
    expect(EVALUATE(1, OUTCOME_FAILED, OUTCOME_DONE), OUTCOME_NOT_FINITE, OUTCOME_NONE, 2, 0);
    expect(EVALUATE(0, OUTCOME_FAILED), OUTCOME_FAILED, OUTCOME_NONE, 1, 0);
    assert_string_equal(evaluator.reason, "try 0");
}

/* What the machine has hit is tried again as it was. */
static void test_hits_do_not_raise_the_attempt(void **state)
{
    (void)state;
    expect(EVALUATE(3, OUTCOME_TIMED_OUT, OUTCOME_CRASHED, OUTCOME_NONSENSE, OUTCOME_DONE),
           OUTCOME_DONE, OUTCOME_NONSENSE, 4, 3);
    expect_attempts((const int[]){0, 0, 0, 0});
    expect(EVALUATE(0, OUTCOME_TIMED_OUT), OUTCOME_TIMED_OUT, OUTCOME_TIMED_OUT, 1, 1);
    expect(EVALUATE(1, OUTCOME_CRASHED, OUTCOME_TIMED_OUT), OUTCOME_TIMED_OUT, OUTCOME_TIMED_OUT, 2,
           2);
}

/* A crash does not take a retry from a failure, nor the other way round. */
static void test_each_kind_has_a_budget_of_its_own(void **state)
{
    (void)state;
    expect(
        EVALUATE(2, OUTCOME_FAILED, OUTCOME_CRASHED, OUTCOME_FAILED, OUTCOME_CRASHED, OUTCOME_DONE),
        OUTCOME_DONE, OUTCOME_CRASHED, 5, 2);
    expect_attempts((const int[]){0, 1, 1, 2, 2});
    expect(EVALUATE(2, OUTCOME_CRASHED, OUTCOME_FAILED, OUTCOME_FAILED, OUTCOME_FAILED),
           OUTCOME_FAILED, OUTCOME_CRASHED, 4, 1);
    expect(EVALUATE(1, OUTCOME_FAILED, OUTCOME_CRASHED, OUTCOME_CRASHED), OUTCOME_CRASHED,
           OUTCOME_CRASHED, 3, 2);
}

/* A stop is no failure: nothing is known of the evaluation, and another start makes it. */
static void test_a_stop_ends_the_tries(void **state)
{
    (void)state;
    plan.none = STATUS_STOPPED;
    expect(EVALUATE(5, OUTCOME_FAILED, OUTCOME_NONE), OUTCOME_NONE, OUTCOME_NONE, 1, 0);
    assert_int_equal(evaluator.failure.status, STATUS_DONE);
}

static void test_a_process_that_is_gone_is_told_of(void **state)
{
    (void)state;
    plan.none = STATUS_FAILED;
    expect(EVALUATE(5, OUTCOME_NONE), OUTCOME_NONE, OUTCOME_NONE, 0, 0);
    assert_int_equal(evaluator.failure.status, STATUS_FAILED);
    assert_string_equal(evaluator.failure.text, "pond: gone");
}

static void test_only_finite_values_count(void **state)
{
    (void)state;
    const double odd[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; ++i) {
        plan.outputs[0][0] = odd[i];
        expect(EVALUATE(0, OUTCOME_DONE), OUTCOME_NOT_FINITE, OUTCOME_NONE, 1, 0);
    }
    /* What was in the memory before must not pass for a value. */
    plan.is_silent = true;
    expect(EVALUATE(0, OUTCOME_DONE), OUTCOME_NOT_FINITE, OUTCOME_NONE, 1, 0);
}

static void test_residuals(void **state)
{
    (void)state;
    const double values[] = {4, 1, 1};
    model = make(3);
    assert_int_equal(evaluator_width(&model), 3);
    assert_near(evaluator_loss(&model, values), (16 + 1 + 1) / 2.0, 0);
    memcpy(plan.outputs[0], values, sizeof values);
    expect(EVALUATE(0, OUTCOME_DONE), OUTCOME_DONE, OUTCOME_NONE, 1, 0);
    /* Finite residuals whose loss is not. */
    plan.outputs[0][0] = 1e200;
    expect(EVALUATE(0, OUTCOME_DONE), OUTCOME_NOT_FINITE, OUTCOME_NONE, 1, 0);
    model = make(1);
    assert_int_equal(evaluator_width(&model), 1);
    assert_near(evaluator_loss(&model, values), 8, 0);
    model = make(0);
    assert_int_equal(evaluator_width(&model), 1);
    assert_near(evaluator_loss(&model, values), 4, 0);
}

/* Three ranks, of which some lack an evaluation: as they were asked to stop, or can make none. */
struct course {
    bool stopped[3], gone[3];
    enum status status[3];
    struct error error[3];
};

static void agree(const struct world *of, void *context)
{
    struct course *course = context;
    const int rank = of->rank;
    struct evaluator own;
    struct error *const error = &course->error[rank];
    *error = (struct error){STATUS_DONE, ""};
    assert_int_equal(evaluator_open(&own, of, &model, NULL, error), STATUS_DONE);
    if (course->gone[rank])
        error_set(&own.failure, STATUS_FAILED, "pond: gone on %d", rank);
    course->status[rank] =
        evaluator_agree(&own, course->stopped[rank] || course->gone[rank], error);
    evaluator_close(&own);
}

static void expect_agreement(struct course course, enum status status, const char *line)
{
    ranks_in_turn(3, agree, &course);
    for (int rank = 0; rank < 3; ++rank) {
        assert_int_equal(course.status[rank], status);
        assert_string_equal(course.error[rank].text, line);
    }
}

static void test_all_ranks_hear_why_an_evaluation_is_missing(void **state)
{
    (void)state;
    expect_agreement((struct course){.gone = {false}}, STATUS_DONE, "");
    expect_agreement((struct course){.gone = {false, true, true}}, STATUS_FAILED,
                     "pond: gone on 1");
    expect_agreement((struct course){.stopped = {false, false, true}}, STATUS_STOPPED,
                     "stopped during an evaluation of the model pond");
    /* Who asks for a stop gets it. */
    expect_agreement((struct course){.stopped = {false, false, true}, .gone = {true}},
                     STATUS_STOPPED, "stopped during an evaluation of the model pond");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_failures_that_repeat_raise_the_attempt),
        TEST(test_hits_do_not_raise_the_attempt),
        TEST(test_each_kind_has_a_budget_of_its_own),
        TEST(test_a_stop_ends_the_tries),
        TEST(test_a_process_that_is_gone_is_told_of),
        TEST(test_only_finite_values_count),
        TEST(test_residuals),
        TEST(test_all_ranks_hear_why_an_evaluation_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
