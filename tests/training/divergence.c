/* SPDX-License-Identifier: MIT */
#include "training/divergence.h"
#include "core/selftest/problem.h"
#include "ranks_in_turn.h"
#include "testing.h"

#include <string.h>

/* Adam on a network of 7 inputs, 5 hidden units and 3 classes: theta and two vectors of state. */
enum { PARAMETERS = 7 * 5 + 5 + 5 * 3 + 3 };
static struct problem problem;
static struct config config;
static double block[3 * PARAMETERS];
static struct trainer trainer;

static int make_trainer(void **state)
{
    const int widths[] = {7, 5, 3};
    (void)state;
    if (!problem_make(&problem, &activation_sigmoid, &head_softmax, 2, widths, false, 0.5))
        return -1;
    config = (struct config){.step = 1e-4, .learning_rate = 0.5, .init_std = {.number = 0.25}};
    memset(block, 0, sizeof block);
    trainer = (struct trainer){
        .config = &config,
        .model = problem.model,
        .optimizer = {.rule = optimizer_find("adam"), .learning_rate = 0.5, .epsilon = 1e-8},
        .theta = block,
        .gradient = {.model = &trainer.model, .step = 1e-4, .grid = {.range = 0x1p27}},
        .loader = {.train = problem.samples},
    };
    return 0;
}

static int free_problem(void **state)
{
    (void)state;
    problem_free(&problem);
    return 0;
}

static void use_user_model(void)
{
    static const struct dtrain_model functions = {.name = "fussy"};
    trainer.model = (struct model){.kind = &user_model_kind,
                                   .loss_range = 32,
                                   .of_model = " of the model fussy",
                                   .user = {.functions = &functions}};
    tensors_add(&trainer.model.tensors, "theta", PARAMETERS, 0);
    trainer.gradient.grid.range = GRADIENT_RANGE;
}

/* A report on three ranks, of which rank `faulty` has met a bad number (-1: none has). */
struct report {
    enum status (*make)(const struct trainer *trainer, int64_t iteration, struct error *error);
    int64_t iteration;
    int faulty;
    enum status status[RANKS_MAX];
    struct error error[RANKS_MAX];
};

static void make_report(const struct world *world, void *context)
{
    struct report *report = context;
    struct trainer own = trainer;
    const bool is_faulty = world->rank == report->faulty;
    own.world = world;
    own.gradient.overflows = is_faulty ? 2 : 0;
    own.batch_loss.local.overflows = is_faulty ? 2 : 0;
    report->status[world->rank] =
        report->make(&own, report->iteration, &report->error[world->rank]);
}

static enum status report_loss(const struct trainer *own, int64_t iteration, struct error *error)
{
    (void)iteration;
    return divergence_report_loss(own, error);
}

static void expect_report(struct report report, const char *line)
{
    report.faulty = 1;
    ranks_in_turn(3, make_report, &report);
    for (int rank = 0; rank < 3; ++rank) {
        assert_int_equal(report.status[rank], STATUS_DIVERGED);
        assert_string_equal(report.error[rank].text, line);
    }
}

static void expect_gradient(int64_t iteration, size_t parameter, const char *line)
{
    trainer.gradient.first_overflow = parameter;
    expect_report((struct report){.make = divergence_report_gradient, .iteration = iteration},
                  line);
}

static void test_nothing_is_reported_without_a_bad_number(void **state)
{
    (void)state;
    struct report report = {.make = divergence_report_gradient, .iteration = 7, .faulty = -1};
    ranks_in_turn(3, make_report, &report);
    report.make = report_loss;
    for (int rank = 0; rank < 3; ++rank)
        assert_int_equal(report.status[rank], STATUS_DONE);
    ranks_in_turn(3, make_report, &report);
    for (int rank = 0; rank < 3; ++rank)
        assert_int_equal(report.status[rank], STATUS_DONE);
}

static void test_a_gradient_names_its_parameter_and_the_learning_rate(void **state)
{
    (void)state;
    expect_gradient(7, 3 * 5 + 4,
                    "iteration 7: the gradient of W1[3,4] is not finite or above 1.34e+08: "
                    "try a smaller --learning-rate than 0.5");
    expect_gradient(2, PARAMETERS - 1,
                    "iteration 2: the gradient of b2[2] is not finite or above 1.34e+08: "
                    "try a smaller --learning-rate than 0.5");
}

/* Only where the optimizer divides by it, and it is less than usual. */
static void test_a_small_epsilon_is_the_likely_cause(void **state)
{
    (void)state;
    trainer.optimizer.epsilon = 1e-12;
    expect_gradient(7, 0,
                    "iteration 7: the gradient of W1[0,0] is not finite or above 1.34e+08: "
                    "try a larger --epsilon than 1e-12 (the default of adam is 1e-08)");
    trainer.optimizer.rule = &optimizer_sgd;
    expect_gradient(7, 0,
                    "iteration 7: the gradient of W1[0,0] is not finite or above 1.34e+08: "
                    "try a smaller --learning-rate than 0.5");
}

/* There has been no update yet, and so it is not the learning rate. */
static void test_the_first_gradient_blames_the_initial_weights(void **state)
{
    (void)state;
#define LINE                                                                                       \
    "iteration 1: the gradient of W1[0,0] is not finite or above 1.34e+08: nothing has been "
    expect_gradient(1, 0, LINE "trained yet: try a smaller --init-std than 0.25");
    config.init_std.word = "he";
    expect_gradient(1, 0, LINE "trained yet: try a smaller --init-std than that of he");
    config.weights = "w.h5";
    expect_gradient(1, 0, LINE "trained yet: --weights w.h5 are too large");
#undef LINE
}

/* Whatever the iteration; and the sign of the input does not matter. */
static void test_large_inputs_are_the_likely_cause(void **state)
{
    static const char expected[] = "iteration 7: the gradient of W1[0,0] is not finite or above "
                                   "1.34e+08: the inputs are as large as 300: scale the data";
    struct report report = {.make = divergence_report_gradient, .iteration = 7, .faulty = 1};
    (void)state;
    problem.floats[3] = 127;
    expect_gradient(7, 0,
                    "iteration 7: the gradient of W1[0,0] is not finite or above 1.34e+08: "
                    "try a smaller --learning-rate than 0.5");
    problem.floats[3] = -300;
    for (int64_t iteration = 7; iteration > 0; iteration -= 6) {
        report.iteration = iteration;
        ranks_in_turn(3, make_report, &report);
        assert_int_equal(report.status[0], STATUS_DIVERGED);
        assert_memory_equal(report.error[0].text + sizeof "iteration 7",
                            expected + sizeof "iteration 7",
                            sizeof expected - sizeof "iteration 7" - 1);
    }
}

static void test_a_loss_of_which_nothing_is_known_jumps(void **state)
{
    (void)state;
    use_user_model();
#define LINE                                                                                       \
    ": the gradient of theta[5] is not finite or above 128: the loss of the model fussy changes "  \
    "by more than 0.0256 within --step 0.0001: try a larger one"
    expect_gradient(1, 5, "iteration 1" LINE);
    expect_gradient(2, 5, "iteration 2" LINE ", or a smaller --learning-rate than 0.5");
#undef LINE
}

/* A larger step would be of no use there. */
static void test_a_loss_that_is_not_finite_is_named(void **state)
{
    (void)state;
    struct gradient_pair *pair = &trainer.gradient.first_pair;
    *pair = (struct gradient_pair){17, (double)NAN, 1};
    expect_gradient(7, 0,
                    "iteration 7: the gradient of W1[0,0] is not finite or above 1.34e+08: "
                    "try a smaller --learning-rate than 0.5");
    use_user_model();
#define LINE                                                                                       \
    "return a finite number there, or give the model an evaluate(), which may fail (--on-failure)"
    expect_gradient(1, 5,
                    "iteration 1: the loss of the model fussy at row 17 is not a number at "
                    "theta[5] + 0.0001: " LINE);
    *pair = (struct gradient_pair){18, 1, -(double)INFINITY};
    expect_gradient(2, 6,
                    "iteration 2: the loss of the model fussy at row 18 is -inf at "
                    "theta[6] - 0.0001: " LINE);
#undef LINE
}

/* The loss is that of the batch of the iteration before. */
static void test_a_bad_loss_names_its_row(void **state)
{
    (void)state;
    const struct report report = {.make = report_loss, .iteration = 8};
    struct batch_loss *loss = &trainer.batch_loss;
    loss->iteration = 7;
    loss->local = (struct model_score){.overflow_row = 103, .overflow_loss = (double)NAN};
    expect_report(report, "iteration 7: the loss at row 103 is not a number: "
                          "try a smaller --learning-rate than 0.5");
    loss->local.overflow_loss = (double)INFINITY;
    expect_report(report, "iteration 7: the loss at row 103 is inf: "
                          "try a smaller --learning-rate than 0.5");
    use_user_model();
    loss->local.overflow_loss = 40;
    expect_report(report, "iteration 7: the loss of the model fussy at row 103 is 40, beyond its "
                          "loss_range of 32: raise loss_range in the model: "
                          "try a smaller --learning-rate than 0.5");
}

static void expect_not_finite(size_t at, double number, int64_t iteration, const char *line)
{
    struct error error;
    const double before = block[at];
    block[at] = number;
    assert_int_equal(divergence_check_finite(&trainer, iteration, &error), STATUS_DIVERGED);
    assert_string_equal(error.text, line);
    block[at] = before;
    assert_int_equal(divergence_check_finite(&trainer, iteration, &error), STATUS_DONE);
}

static void test_a_number_that_is_not_finite_is_named(void **state)
{
    (void)state;
    const size_t b1_2 = 7 * 5 + 2;
    expect_not_finite(b1_2, (double)NAN, 20,
                      "iteration 20: b1[2] is not finite: try a smaller --learning-rate than 0.5");
    expect_not_finite(
        PARAMETERS + b1_2, -(double)INFINITY, 20,
        "iteration 20: exp_avg of b1[2] is not finite: try a smaller --learning-rate than 0.5");
    expect_not_finite(
        3 * PARAMETERS - 1, (double)NAN, 20,
        "iteration 20: exp_avg_sq of b2[2] is not finite: try a smaller --learning-rate than 0.5");
}

static void test_the_first_number_that_is_not_finite_is_named(void **state)
{
    (void)state;
    struct error error;
    block[3] = block[4] = block[PARAMETERS] = (double)NAN;
    assert_int_equal(divergence_check_finite(&trainer, 20, &error), STATUS_DIVERGED);
    assert_string_equal(error.text, "iteration 20: W1[0,3] is not finite: "
                                    "try a smaller --learning-rate than 0.5");
}

/* sgd has no state: what lies behind theta is none of its business. */
static void test_only_the_block_is_checked(void **state)
{
    (void)state;
    struct error error;
    trainer.optimizer.rule = &optimizer_sgd;
    block[PARAMETERS] = (double)NAN;
    assert_int_equal(divergence_check_finite(&trainer, 20, &error), STATUS_DONE);
}

static void test_initial_parameters_that_are_not_finite(void **state)
{
    (void)state;
    config.weights = "w.h5";
    expect_not_finite(0, (double)NAN, 0,
                      "iteration 0: W1[0,0] is not finite: nothing has been trained yet: --weights "
                      "w.h5 are too large");
    use_user_model();
    expect_not_finite(0, (double)NAN, 0,
                      "iteration 0: theta[0] is not finite: the initial parameters of the model "
                      "fussy are at fault");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_trainer, free_problem)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_is_reported_without_a_bad_number),
        TEST(test_a_gradient_names_its_parameter_and_the_learning_rate),
        TEST(test_a_small_epsilon_is_the_likely_cause),
        TEST(test_the_first_gradient_blames_the_initial_weights),
        TEST(test_large_inputs_are_the_likely_cause),
        TEST(test_a_loss_of_which_nothing_is_known_jumps),
        TEST(test_a_loss_that_is_not_finite_is_named),
        TEST(test_a_bad_loss_names_its_row),
        TEST(test_a_number_that_is_not_finite_is_named),
        TEST(test_the_first_number_that_is_not_finite_is_named),
        TEST(test_only_the_block_is_checked),
        TEST(test_initial_parameters_that_are_not_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
