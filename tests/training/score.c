/* SPDX-License-Identifier: MIT */
#include "training/score.h"

#include "common/range.h"
#include "core/numbers/rng.h"
#include "ranks_in_turn.h"
#include "testing.h"

#include <fenv.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_ROW = 100, ROWS = 50, INPUTS = 4, CLASSES = 3 };

static float inputs[ROWS * INPUTS];
static int32_t labels[ROWS];
static const struct samples samples = {
    .inputs = INPUTS, .first_row = FIRST_ROW, .rows = ROWS, .floats = inputs, .labels = labels};
static struct model network;
static double theta[64];

static int make_network(void **state)
{
    const int widths[] = {INPUTS, 5, CLASSES};
    (void)state;
    for (int i = 0; i < ROWS * INPUTS; ++i)
        inputs[i] = (float)rng_normal(1, RNG_BATCH, i);
    for (int i = 0; i < ROWS; ++i)
        labels[i] = (int32_t)rng_below(2, RNG_BATCH, i, 0, CLASSES);
    for (int i = 0; i < 64; ++i)
        theta[i] = rng_normal(3, RNG_PARAMETERS, i);
    return network_make(&network, &activation_sigmoid, &head_softmax, 2, widths) ? 0 : -1;
}

/* An evaluation of rows first to first + count - 1, of which each rank has a share. */
struct evaluation {
    const struct model *model;
    int64_t first, count;
    bool reversed, counts_confusions;
    struct {
        enum status status;
        struct score score;
        struct error error;
        int64_t confusions[CLASSES * CLASSES];
    } rank[RANKS_MAX];
};

static void evaluate_share(const struct world *world, void *context)
{
    struct evaluation *e = context;
    const struct range share = range_split(e->count, world->rank, world->size);
    int64_t numbers[ROWS], *confusions = e->rank[world->rank].confusions;
    const struct score_rows rows = {&samples, numbers, share.end - share.begin, e->count, 0};
    struct model_pass pass;
    for (int64_t i = share.begin; i < share.end; ++i)
        numbers[i - share.begin] = e->first + (e->reversed ? e->count - 1 - i : i);
    memset(confusions, 0, sizeof e->rank[0].confusions);
    assert_true(model_pass_create(&pass, e->model));
    e->rank[world->rank].status = score_compute(
        world, theta, &rows, &pass,
        &(struct score_details){.confusions = e->counts_confusions ? confusions : NULL},
        &e->rank[world->rank].score, &e->rank[world->rank].error);
    model_pass_destroy(&pass);
    fesetround(FE_TONEAREST);
}

/* Row by row. */
static struct score expected_score(int64_t first, int64_t count, int64_t *confusions)
{
    struct score score = {0};
    struct model_pass pass;
    assert_true(model_pass_create(&pass, &network));
    for (int64_t row = first; row < first + count; ++row) {
        model_pass_take_from(&pass, &samples, row, 1);
        model_forward(&pass, theta);
        const int label = labels[row - FIRST_ROW], predicted = model_predict(&pass, theta, 0, NULL);
        score.loss += model_loss(&pass, 0) / (double)count;
        score.measures[0] += (predicted == label) / (double)count;
        ++confusions[label * CLASSES + predicted];
    }
    model_pass_destroy(&pass);
    return score;
}

static void test_the_mean_loss_and_the_accuracy_of_rows(void **state)
{
    (void)state;
    int64_t confusions[CLASSES * CLASSES] = {0};
    const struct score expected = expected_score(FIRST_ROW + 7, 40, confusions);
    struct evaluation e = {
        .model = &network, .first = FIRST_ROW + 7, .count = 40, .counts_confusions = true};
    ranks_in_turn(1, evaluate_share, &e);
    assert_int_equal(e.rank[0].status, STATUS_DONE);
    assert_near(e.rank[0].score.loss, expected.loss, 1e-14);
    assert_near(e.rank[0].score.measures[0], expected.measures[0], 1e-14);
    assert_memory_equal(e.rank[0].confusions, confusions, sizeof confusions);
    assert_true(expected.measures[0] > 0.1 && expected.measures[0] < 0.9);
}

/* Five rows for eight ranks: three have none. */
static void test_shares_in_any_order_have_the_bits_of_the_whole(void **state)
{
    (void)state;
    const int64_t counts[] = {ROWS, 5};
    for (int i = 0; i < 2; ++i) {
        struct evaluation whole = {
            .model = &network, .first = FIRST_ROW, .count = counts[i], .counts_confusions = true};
        ranks_in_turn(1, evaluate_share, &whole);
        for (int ranks = 2; ranks <= RANKS_MAX; ++ranks) {
            struct evaluation shared = whole;
            shared.reversed = ranks % 2;
            memset(shared.rank, 0, sizeof shared.rank);
            ranks_in_turn(ranks, evaluate_share, &shared);
            for (int rank = 0; rank < ranks; ++rank) {
                assert_int_equal(shared.rank[rank].status, STATUS_DONE);
                assert_memory_equal(&shared.rank[rank].score, &whole.rank[0].score,
                                    sizeof whole.rank[0].score);
                assert_memory_equal(shared.rank[rank].confusions, whole.rank[0].confusions,
                                    sizeof whole.rank[0].confusions);
            }
        }
    }
}

static size_t two_parameters(int inputs_of_a_sample, int classes)
{
    (void)inputs_of_a_sample;
    (void)classes;
    return 2;
}

/* The loss of a row whose first input exceeds theta[0] is theta[1]; that of all others is 1. */
static double loss_of_some(const struct dtrain_shape *shape, const double *parameters,
                           const double *sample, int label)
{
    (void)shape;
    (void)label;
    return sample[0] > parameters[0] ? parameters[1] : 1;
}

static double loss_that_rounds_up(const struct dtrain_shape *shape, const double *parameters,
                                  const double *sample, int label)
{
    (void)shape;
    (void)parameters;
    (void)label;
    fesetround(sample[0] > 100 ? FE_UPWARD : FE_TONEAREST);
    return 1;
}

/* Only the last of the rows has a large input. */
static struct evaluation evaluation_of_user_model(struct model *model,
                                                  const struct dtrain_model *functions)
{
    static struct model_call call;
    const struct dtrain_shape data = {.inputs = INPUTS, .classes = CLASSES};
    assert_true(user_model_make(model, functions, &call, &data));
    inputs[(ROWS - 1) * INPUTS] = 1000;
    return (struct evaluation){.model = model, .first = FIRST_ROW, .count = ROWS};
}

static void evaluate_all_samples(const struct world *world, void *context)
{
    struct evaluation *e = context;
    const struct score_rows rows = {&samples, NULL, ROWS, ROWS, 0};
    struct model_pass pass;
    assert_true(model_pass_create(&pass, e->model));
    e->rank[0].status =
        score_compute(world, theta, &rows, &pass, NULL, &e->rank[0].score, &e->rank[0].error);
    model_pass_destroy(&pass);
}

/* A user's model takes one row at a time. */
static void test_without_numbers_all_samples_are_evaluated(void **state)
{
    static const struct dtrain_model functions = {
        .name = "step", .parameters = two_parameters, .loss = loss_of_some};
    struct model model;
    double expected = 0;
    (void)state;
    struct evaluation e = evaluation_of_user_model(&model, &functions);
    theta[0] = 0;
    theta[1] = 3;
    for (int i = 0; i < ROWS; ++i)
        expected += (inputs[i * INPUTS] > 0 ? 3.0 : 1.0) / ROWS;
    ranks_in_turn(1, evaluate_all_samples, &e);
    assert_int_equal(e.rank[0].status, STATUS_DONE);
    assert_near(e.rank[0].score.loss, expected, 1e-14);
}

static void expect_everywhere(const struct evaluation *e, int ranks, enum status status,
                              const char *line)
{
    for (int rank = 0; rank < ranks; ++rank) {
        assert_int_equal(e->rank[rank].status, status);
        assert_string_equal(e->rank[rank].error.text, line);
    }
}

/* The rank that has the row describes it, and the others get its line. */
static void test_a_bad_loss_is_named_on_all_ranks(void **state)
{
    static const struct dtrain_model functions = {
        .name = "fussy", .parameters = two_parameters, .loss = loss_of_some};
    static const struct {
        double loss;
        const char *line;
    } cases[] = {
        {(double)NAN,
         "the loss of the model fussy at row 149 is not a number (one of 1 of 50 rows)"},
        {-(double)INFINITY, "the loss of the model fussy at row 149 is -inf (one of 1 of 50 rows)"},
        {32, "the loss of the model fussy at row 149 is 32, beyond its loss_range of 32: "
             "raise loss_range in the model (one of 1 of 50 rows)"},
    };
    struct model model;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct evaluation e = evaluation_of_user_model(&model, &functions);
        theta[0] = 100;
        theta[1] = cases[i].loss;
        ranks_in_turn(3, evaluate_share, &e);
        expect_everywhere(&e, 3, STATUS_DIVERGED, cases[i].line);
    }
    struct evaluation e = evaluation_of_user_model(&model, &functions);
    theta[1] = 31;
    ranks_in_turn(3, evaluate_share, &e);
    assert_int_equal(e.rank[0].status, STATUS_DONE);
    assert_near(e.rank[0].score.loss, (49 + 31) / 50.0, 1e-14);
    assert_near(e.rank[0].score.measures[0], 0, 0);
}

/* One rank's model rounds otherwise: what it has computed is of no use. */
static void test_a_model_that_changes_the_arithmetic_is_named(void **state)
{
    static const struct dtrain_model functions = {
        .name = "rounder", .parameters = two_parameters, .loss = loss_that_rounds_up};
    struct model model;
    (void)state;
    struct evaluation e = evaluation_of_user_model(&model, &functions);
    ranks_in_turn(3, evaluate_share, &e);
    for (int rank = 0; rank < 3; ++rank) {
        assert_int_equal(e.rank[rank].status, STATUS_FAILED);
        assert_non_null(strstr(e.rank[rank].error.text, "the model rounder has changed"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_the_mean_loss_and_the_accuracy_of_rows, make_network),
        cmocka_unit_test_setup(test_shares_in_any_order_have_the_bits_of_the_whole, make_network),
        cmocka_unit_test_setup(test_without_numbers_all_samples_are_evaluated, make_network),
        cmocka_unit_test_setup(test_a_bad_loss_is_named_on_all_ranks, make_network),
        cmocka_unit_test_setup(test_a_model_that_changes_the_arithmetic_is_named, make_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
