/* SPDX-License-Identifier: MIT */
#include "training/set_score.h"

#include "common/range.h"
#include "ranks_in_turn.h"
#include "testing.h"

#include <string.h>

enum { FIRST_ROW = 100, ROWS = 50, INPUTS = 2, CLASSES = 3, ITERATION = 7, SEED = 3 };

static float inputs[ROWS * INPUTS];
static int32_t labels[ROWS];
static const struct samples samples = {
    .inputs = INPUTS, .first_row = FIRST_ROW, .rows = ROWS, .floats = inputs, .labels = labels};
static const double theta[] = {0.1, 0.3};

/* What the evaluator gives in place of an evaluation of that row; -1: nothing. It is linked with
 * --wrap=evaluator_evaluate. */
static int64_t missing_row = -1;
static bool is_gone;
struct attempts __real_evaluator_evaluate(struct evaluator *evaluator, size_t number,
                                          struct dtrain_call *call, int retries, double *values);
struct attempts __wrap_evaluator_evaluate(struct evaluator *evaluator, size_t number,
                                          struct dtrain_call *call, int retries, double *values);

struct attempts __wrap_evaluator_evaluate(struct evaluator *evaluator, size_t number,
                                          struct dtrain_call *call, int retries, double *values)
{
    if (call->row != missing_row)
        return __real_evaluator_evaluate(evaluator, number, call, retries, values);
    if (is_gone)
        error_set(&evaluator->failure, STATUS_FAILED, "pond: gone");
    return (struct attempts){OUTCOME_NONE, OUTCOME_NONE, 0, 0};
}

/* Which rows fail: those whose remainder by `every` is 0; 0: none does. */
static int every;

static size_t count_parameters(int count, int classes)
{
    return count == INPUTS && classes == CLASSES ? 2 : 0;
}

/* A sum that rounds, and a term that only the right seed and iteration make whole. */
static double loss_of(const struct dtrain_call *call)
{
    const uint64_t seed = random_numbers_seed(RANDOM_ITERATION, SEED, ITERATION, call->row, 0);
    return call->theta[0] * call->inputs[0] + call->theta[1] * call->inputs[1] +
           (call->seed == seed && call->iteration == ITERATION ? 0 : 1000);
}

static enum dtrain_outcome evaluate(const struct dtrain_shape *shape,
                                    const struct dtrain_call *call, double *outputs)
{
    (void)shape;
    assert_int_equal(call->label, labels[call->row - FIRST_ROW]);
    *outputs = loss_of(call);
    if (every == 0 || call->row % every != 0 || call->attempt == 2)
        return DTRAIN_DONE;
    *outputs = (double)NAN;
    return call->row % 2 == 0 ? DTRAIN_FAILED : DTRAIN_DONE;
}

static int predict(const struct dtrain_shape *shape, const double *parameters, const double *sample)
{
    (void)shape;
    (void)parameters;
    return sample[0] > 3 ? 1 : 2;
}

static const struct dtrain_model functions = {.version = DTRAIN_MODEL_VERSION,
                                              .name = "pond",
                                              .parameters = count_parameters,
                                              .predict = predict,
                                              .evaluate = evaluate};
static struct model model;
static struct parameters parameters;

static int make_model(void **state)
{
    static struct model_call call;
    const struct dtrain_shape data = {.inputs = INPUTS, .classes = CLASSES};
    char fault[PARAMETERS_FAULT_SIZE];
    (void)state;
    for (int i = 0; i < ROWS; ++i) {
        inputs[i * INPUTS] = (float)(i % 7);
        inputs[i * INPUTS + 1] = 1 / (float)(i + 1);
        labels[i] = i % CLASSES;
    }
    return !user_model_make(&model, &functions, &call, &data) ||
           !user_model_describe(&model, 1e-4, &parameters, fault);
}

static int free_model(void **state)
{
    (void)state;
    parameters_destroy(&parameters);
    return 0;
}

/* The score of the first rows, of which each rank has a share. */
struct course {
    int64_t count;
    int retries;
    bool by_numbers; /* whether the rows are given by their numbers */
    struct {
        enum status status;
        struct score score;
        struct error error;
    } rank[RANKS_MAX];
};

static void score_share(const struct world *world, void *context)
{
    struct course *course = context;
    const struct range share = range_split(course->count, world->rank, world->size);
    struct evaluator evaluator;
    const struct set_evaluation evaluation = {&evaluator,       theta, ITERATION,
                                              RANDOM_ITERATION, SEED,  course->retries};
    struct samples own = samples;
    int64_t numbers[ROWS];
    struct error error;
    assert_int_equal(evaluator_open(&evaluator, world, &model, NULL, &error), STATUS_DONE);
    for (int64_t i = share.begin; i < share.end; ++i)
        numbers[i - share.begin] = FIRST_ROW + i;
    if (!course->by_numbers) {
        own.first_row += share.begin;
        own.floats += share.begin * INPUTS;
        own.labels += share.begin;
        own.rows = share.end - share.begin;
    }
    const struct score_rows rows = {&own, course->by_numbers ? numbers : NULL,
                                    share.end - share.begin, course->count, 0};
    course->rank[world->rank].status =
        set_score_compute(world, &evaluation, &rows, &course->rank[world->rank].score, &error);
    course->rank[world->rank].error = error;
    evaluator_close(&evaluator);
}

static struct course score_on(int ranks, struct course course)
{
    memset(course.rank, 0, sizeof course.rank);
    ranks_in_turn(ranks, score_share, &course);
    for (int rank = 0; rank < ranks; ++rank)
        assert_int_equal(course.rank[rank].status, STATUS_DONE);
    return course;
}

static void test_the_mean_loss_and_the_accuracy_of_rows(void **state)
{
    (void)state;
    double sum = 0, correct = 0;
    every = 0;
    for (int i = 0; i < ROWS; ++i) {
        sum += theta[0] * (double)inputs[i * INPUTS] + theta[1] * (double)inputs[i * INPUTS + 1];
        correct += labels[i] == (inputs[i * INPUTS] > 3 ? 1 : 2);
    }
    const struct course course = score_on(1, (struct course){.count = ROWS});
    assert_near(course.rank[0].score.loss, sum / ROWS, 1e-14);
    assert_near(course.rank[0].score.measures[0], correct / ROWS, 0);
    assert_int_equal(course.rank[0].score.lost, 0);
    assert_true(correct > 5 && correct < ROWS - 5);
}

/* Five rows for eight ranks: three have none. */
static void test_any_number_of_ranks_gives_the_same_bits(void **state)
{
    (void)state;
    const int64_t counts[] = {ROWS, 5};
    for (int i = 0; i < 2; ++i)
        for (every = 0; every <= 4; every += 4) {
            const struct course whole = score_on(1, (struct course){.count = counts[i]});
            for (int ranks = 2; ranks <= RANKS_MAX; ++ranks) {
                const struct course shared = score_on(
                    ranks, (struct course){.count = counts[i], .by_numbers = ranks % 2 == 1});
                for (int rank = 0; rank < ranks; ++rank) {
                    assert_memory_equal(&shared.rank[rank].score, &whole.rank[0].score,
                                        sizeof whole.rank[0].score);
                }
            }
        }
}

/* They are left out of the mean, and not taken for losses of 0. */
static void test_rows_that_fail_are_left_out(void **state)
{
    (void)state;
    double sum = 0;
    int left = 0;
    every = 5;
    for (int i = 0; i < ROWS; ++i)
        if ((FIRST_ROW + i) % every != 0) {
            sum +=
                theta[0] * (double)inputs[i * INPUTS] + theta[1] * (double)inputs[i * INPUTS + 1];
            ++left;
        }
    struct course course = score_on(3, (struct course){.count = ROWS, .retries = 1});
    assert_int_equal(course.rank[0].score.lost, ROWS - left);
    assert_near(course.rank[0].score.loss, sum / left, 1e-14);
    /* At the third attempt all succeed. */
    course = score_on(3, (struct course){.count = ROWS, .retries = 2});
    assert_int_equal(course.rank[0].score.lost, 0);
    every = 1;
    course = score_on(3, (struct course){.count = ROWS});
    assert_int_equal(course.rank[2].score.lost, ROWS);
    assert_true(isnan(course.rank[2].score.loss));
}

/* A row that was given up is no lost row: there is no score, and all ranks know why. */
static void test_a_score_that_is_given_up(void **state)
{
    (void)state;
    every = 0;
    missing_row = FIRST_ROW + 30;
    for (int gone = 0; gone < 2; ++gone) {
        struct course course = {.count = ROWS};
        is_gone = gone;
        ranks_in_turn(3, score_share, &course);
        for (int rank = 0; rank < 3; ++rank) {
            assert_int_equal(course.rank[rank].status, gone ? STATUS_FAILED : STATUS_STOPPED);
            assert_string_equal(course.rank[rank].error.text,
                                gone ? "pond: gone"
                                     : "stopped during an evaluation of the model pond");
        }
    }
    missing_row = -1;
}

static size_t one_parameter(int count, int classes)
{
    return count + classes == 0 ? 1 : 0;
}

static enum dtrain_outcome evaluate_replicate(const struct dtrain_shape *shape,
                                              const struct dtrain_call *call, double *outputs)
{
    (void)shape;
    assert_null(call->inputs);
    assert_null(call->targets);
    assert_int_equal(call->label, -1);
    *outputs = call->theta[0] / (double)(call->row + 1);
    return DTRAIN_DONE;
}

static void score_replicates(const struct world *world, void *context)
{
    struct course *course = context;
    const struct range share = range_split(course->count, world->rank, world->size);
    struct evaluator evaluator;
    const struct set_evaluation evaluation = {.evaluator = &evaluator, .theta = theta};
    const struct score_rows rows = {.local_count = share.end - share.begin,
                                    .global_count = course->count};
    struct error error;
    assert_int_equal(evaluator_open(&evaluator, world, &model, NULL, &error), STATUS_DONE);
    course->rank[world->rank].status =
        set_score_compute(world, &evaluation, &rows, &course->rank[world->rank].score, &error);
    evaluator_close(&evaluator);
}

/* Without data, the ranks share the replicates. */
static void test_the_mean_over_replicates(void **state)
{
    (void)state;
    static const struct dtrain_model without_data = {.version = DTRAIN_MODEL_VERSION,
                                                     .name = "pond",
                                                     .parameters = one_parameter,
                                                     .evaluate = evaluate_replicate};
    static const struct dtrain_shape no_data;
    static struct model_call call;
    double sum = 0;
    parameters_destroy(&parameters);
    char fault[PARAMETERS_FAULT_SIZE];
    assert_true(user_model_make(&model, &without_data, &call, &no_data) &&
                user_model_describe(&model, 1e-4, &parameters, fault));
    for (int i = 0; i < 10; ++i)
        sum += theta[0] / (i + 1);
    for (int ranks = 1; ranks <= 4; ++ranks) {
        struct course course = {.count = 10};
        ranks_in_turn(ranks, score_replicates, &course);
        for (int rank = 0; rank < ranks; ++rank) {
            assert_int_equal(course.rank[rank].status, STATUS_DONE);
            assert_near(course.rank[rank].score.loss, sum / 10, 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_mean_loss_and_the_accuracy_of_rows),
        cmocka_unit_test(test_any_number_of_ranks_gives_the_same_bits),
        cmocka_unit_test(test_rows_that_fail_are_left_out),
        cmocka_unit_test(test_a_score_that_is_given_up),
        cmocka_unit_test(test_the_mean_over_replicates),
    };
    return cmocka_run_group_tests(tests, make_model, free_model);
}
