/* SPDX-License-Identifier: MIT */
#include "core/model/user_model.h"
#include "core/gradient/gradient.h"
#include "testing.h"

#include <string.h>

enum { INPUTS = 3, ROWS = 4 };

static const float features[ROWS * INPUTS] = {1, 0, 2, -1, 0.5f, 0, 0, 3, -2, 0.25f, 0, 0};
static const int32_t labels[ROWS] = {0, 1, 1, 0};
static const struct samples samples = {
    .inputs = INPUTS, .first_row = 20, .rows = ROWS, .floats = features, .labels = labels};
static const int64_t rows[ROWS] = {20, 21, 22, 23};

/* The arguments of the last call of loss(). */
static struct {
    int label, function;
    long long row;
    double inputs[INPUTS];
} seen;
static struct model_call call;
static int losses, predictions; /* how often each was called */

static size_t parameters(int inputs, int classes)
{
    return classes == 2 ? (size_t)inputs + 1 : 0;
}

static size_t too_many(int inputs, int classes)
{
    (void)inputs;
    (void)classes;
    return TENSORS_PARAMETERS_MAX + 1;
}

/* (x theta + bias - label)^2, whose central difference is its derivative but for rounding. */
static double loss(const struct dtrain_shape *shape, const double *theta, const double *inputs,
                   int label)
{
    double distance = theta[shape->inputs] - label;
    for (int i = 0; i < shape->inputs; ++i)
        distance += theta[i] * inputs[i];
    ++losses;
    seen.label = label;
    seen.function = atomic_load(&call.function);
    seen.row = atomic_load(&call.row);
    memcpy(seen.inputs, inputs, sizeof seen.inputs);
    return distance * distance;
}

static int predict(const struct dtrain_shape *shape, const double *theta, const double *inputs)
{
    (void)inputs;
    ++predictions;
    return theta[shape->inputs] > 0.5;
}

static const struct dtrain_model functions = {.version = DTRAIN_MODEL_VERSION,
                                              .name = "square",
                                              .parameters = parameters,
                                              .loss = loss,
                                              .predict = predict,
                                              .loss_range = 64};

static const struct dtrain_shape two_classes = {.inputs = INPUTS, .classes = 2};

static struct model make(const struct dtrain_model *of)
{
    struct model model;
    assert_true(user_model_make(&model, of, &call, &two_classes));
    return model;
}

static void test_what_is_known_of_it(void **state)
{
    (void)state;
    const struct model model = make(&functions);
    assert_int_equal(model.tensors.count, 1);
    assert_int_equal(model.tensors.parameters, INPUTS + 1);
    assert_string_equal(model.tensors.list[0].name, "theta");
    assert_int_equal(model.parts, INPUTS + 1);
    assert_int_equal(model_part_of(&model, 2), 2);
    int widths[NETWORK_LAYERS_MAX - 1];
    assert_int_equal(network_hidden_widths(&model.tensors, widths), 0);
    assert_true(model.predicts);
    assert_near(model.loss_range, 64, 0);
    assert_string_equal(model.description, "square");
    assert_string_equal(model.of_model, " of the model square");
    model_note_iteration(&model, 17);
    assert_int_equal(atomic_load(&call.iteration), 17);
}

static void test_what_does_not_suit_is_refused(void **state)
{
    (void)state;
    struct model model;
    struct dtrain_model odd = functions;
    const struct dtrain_shape three_classes = {.inputs = INPUTS, .classes = 3};
    assert_false(user_model_make(&model, &functions, &call, &three_classes));
    odd.parameters = too_many;
    assert_false(user_model_make(&model, &odd, &call, &two_classes));
    odd.loss_range = 0;
    odd.parameters = parameters;
    assert_near(make(&odd).loss_range, 32, 0);
}

static enum dtrain_outcome evaluate(const struct dtrain_shape *shape,
                                    const struct dtrain_call *evaluation, double *outputs)
{
    outputs[0] = evaluation->theta[0] * shape->residuals;
    return DTRAIN_DONE;
}

static const struct dtrain_parameter *describe(const struct dtrain_shape *shape)
{
    static const struct dtrain_parameter list[INPUTS + 1] = {
        {.name = "inflow", .initial = 0.25},
        {.name = "outlet", .initial = 3, .lower = 1, .upper = 4, .scale = 2},
        {.name = "seepage", .step = 0.5},
        {.name = "leak"}};
    assert_int_equal(shape->parameters, INPUTS + 1);
    assert_int_equal(atomic_load(&call.function), MODEL_DESCRIBE);
    return list;
}

static const struct dtrain_parameter *describe_nothing(const struct dtrain_shape *shape)
{
    (void)shape;
    return NULL;
}

static void *set_up(const struct dtrain_shape *shape, const struct dtrain_place *place)
{
    (void)shape;
    (void)place;
    return &call;
}

static void expect_fault(const struct dtrain_model *odd, const char *words)
{
    const char *fault = user_model_fault(odd);
    assert_non_null(fault);
    assert_non_null(strstr(fault, words));
}

static void test_a_model_must_be_complete(void **state)
{
    (void)state;
    struct dtrain_model odd = functions;
    assert_null(user_model_fault(&odd));
    odd.name = NULL;
    expect_fault(&odd, "needs a name and parameters()");
    odd = functions;
    odd.parameters = NULL;
    expect_fault(&odd, "needs a name and parameters()");
    odd = functions;
    odd.loss = NULL;
    expect_fault(&odd, "needs loss() or evaluate()");
    odd.evaluate = evaluate;
    assert_null(user_model_fault(&odd));
    odd.loss = loss;
    expect_fault(&odd, "has both loss() and evaluate()");
}

static void test_members_of_a_model_with_loss(void **state)
{
    (void)state;
    struct dtrain_model odd = functions;
    const double ranges[] = {3, -1, 0x1p17, 0x1p-17, (double)NAN};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; ++i) {
        odd.loss_range = ranges[i];
        expect_fault(&odd, "a power of two from 2^-16 to 2^16");
    }
    odd.loss_range = 0;
    assert_null(user_model_fault(&odd));
    odd.residuals = 1;
    expect_fault(&odd, "need evaluate()");
    odd = functions;
    odd.describe = describe;
    expect_fault(&odd, "need evaluate()");
    odd = functions;
    odd.setup = set_up;
    expect_fault(&odd, "need evaluate()");
}

static const struct dtrain_model evaluated = {.version = DTRAIN_MODEL_VERSION,
                                              .name = "pond",
                                              .parameters = parameters,
                                              .residuals = 5,
                                              .describe = describe,
                                              .evaluate = evaluate};

static void test_members_of_a_model_with_evaluate(void **state)
{
    (void)state;
    struct dtrain_model odd = evaluated;
    assert_null(user_model_fault(&odd));
    odd.residuals = -1;
    expect_fault(&odd, "residuals from 0 to 1000000");
    odd.residuals = 1000001;
    expect_fault(&odd, "residuals from 0 to 1000000");
    odd.residuals = 1000000;
    assert_null(user_model_fault(&odd));
}

static void test_what_is_known_of_a_model_that_evaluates(void **state)
{
    (void)state;
    struct model model = make(&evaluated);
    assert_true(model.kind->evaluates);
    assert_int_equal(model.user.shape.residuals, 5);
    assert_int_equal(model.user.shape.parameters, INPUTS + 1);
    assert_false(model.predicts);
    assert_null(gradient_method_choose("literal", &model));
    assert_null(gradient_method_choose("numerical", &model));
    assert_null(make(&functions).user.parameters);
    struct dtrain_model sighted = evaluated;
    sighted.predict = predict;
    model = make(&sighted);
    const double theta[] = {0, 0, 0, 0.75}, inputs[INPUTS] = {0};
    assert_true(model.predicts);
    assert_int_equal(user_model_predict(&model, theta, 23, inputs), 1);
    assert_int_equal(atomic_load(&call.row), 23);
}

/* They come from initialize(), else from the descriptions, else from --init-std. */
static void test_initial_parameters_of_a_model_that_evaluates(void **state)
{
    (void)state;
    char fault[PARAMETERS_FAULT_SIZE];
    struct parameters described;
    struct model model = make(&evaluated);
    const struct deviation deviation = {.number = 0.01};
    double theta[INPUTS + 1], normal[INPUTS + 1];
    assert_true(user_model_describe(&model, 0.125, &described, fault));
    assert_int_equal(atomic_load(&call.function), MODEL_NONE);
    assert_true(model.user.parameters == &described);
    assert_near(described.step[1], 0.25, 0);
    model_initialize(&model, 1, deviation, theta);
    assert_true(theta[0] == 0.25 && theta[1] == 3 && theta[2] == 0 && theta[3] == 0);
    parameters_destroy(&described);

    struct dtrain_model terse = evaluated;
    terse.describe = NULL;
    model = make(&terse);
    assert_true(user_model_describe(&model, 0.125, &described, fault));
    model_initialize(&model, 1, deviation, theta);
    const struct model with_loss = make(&functions);
    model_initialize(&with_loss, 1, deviation, normal);
    assert_memory_equal(theta, normal, sizeof theta);
    parameters_destroy(&described);
}

static void test_descriptions_that_are_no_good(void **state)
{
    (void)state;
    char fault[PARAMETERS_FAULT_SIZE];
    struct parameters described;
    struct dtrain_model odd = evaluated;
    odd.describe = describe_nothing;
    struct model model = make(&odd);
    assert_false(user_model_describe(&model, 0.125, &described, fault));
    assert_string_equal(fault, "its describe() returned NULL");
    assert_null(model.user.parameters);
    assert_int_equal(atomic_load(&call.function), MODEL_NONE);
}

static void test_a_sample_is_handed_on_as_it_is(void **state)
{
    (void)state;
    const struct model model = make(&functions);
    const double theta[] = {1, 2, 3, 0.75};
    struct model_pass pass;
    double probability;
    assert_true(model_pass_create(&pass, &model));
    model_pass_take_from(&pass, &samples, 22, 1);
    model_forward(&pass, theta);
    assert_near(model_loss(&pass, 0), (0.75 - 1 + 6 - 6) * (0.75 - 1 + 6 - 6), 0);
    assert_int_equal(seen.label, 1);
    assert_int_equal(seen.row, 22);
    assert_int_equal(seen.function, MODEL_LOSS);
    for (int i = 0; i < INPUTS; ++i)
        assert_near(seen.inputs[i], (double)features[2 * INPUTS + i], 0);
    assert_int_equal(model_predict(&pass, theta, 0, &probability), 1);
    assert_true(isnan(probability));
    assert_int_equal(atomic_load(&call.function), MODEL_NONE);
    model_pass_destroy(&pass);

    struct dtrain_model mute = functions;
    mute.predict = NULL;
    const struct model silent = make(&mute);
    assert_false(silent.predicts);
    assert_true(model_pass_create(&pass, &silent));
    model_pass_take_from(&pass, &samples, 22, 1);
    model_forward(&pass, theta);
    assert_int_equal(model_predict(&pass, theta, 0, NULL), -1);
    model_pass_destroy(&pass);
}

static void test_a_score_takes_one_call_of_each_a_row(void **state)
{
    (void)state;
    const struct model model = make(&functions);
    const struct exact_grids grid = exact_grids_make(ROWS, model.loss_range, 1);
    const double theta[] = {0, 0, 0, 0.75};
    int64_t confusions[2 * 2] = {0};
    struct model_score score = {.confusions = confusions};
    struct model_pass pass;
    losses = predictions = 0;
    assert_true(model_pass_create(&pass, &model));
    for (int i = 0; i < ROWS; ++i) {
        model_pass_take_from(&pass, &samples, rows[i], 1);
        model_score_add(&score, &pass, theta, &grid);
    }
    assert_int_equal(losses, ROWS);
    assert_int_equal(predictions, ROWS);
    assert_int_equal(score.correct, 2);
    assert_true(confusions[1] == 2 && confusions[3] == 2 && confusions[0] + confusions[2] == 0);
    model_pass_destroy(&pass);
}

static void test_without_a_label_there_is_no_loss(void **state)
{
    (void)state;
    const struct model model = make(&functions);
    const double theta[] = {0, 0, 0, 0.75};
    struct samples unlabelled = samples;
    struct model_pass pass;
    unlabelled.labels = NULL;
    losses = 0;
    assert_true(model_pass_create(&pass, &model));
    model_pass_take_from(&pass, &unlabelled, 22, 1);
    model_forward(&pass, theta);
    assert_int_equal(losses, 0);
    assert_true(isnan(model_loss(&pass, 0)));
    assert_int_equal(model_predict(&pass, theta, 0, NULL), 1);
    model_pass_destroy(&pass);
}

/* Without initialize() the parameters are normal, and differ from seed to seed. */
static void test_initial_parameters(void **state)
{
    (void)state;
    const struct model model = make(&functions);
    double first[INPUTS + 1], other[INPUTS + 1];
    const struct deviation deviation = {.number = 0.01};
    model_initialize(&model, 1, deviation, first);
    model_initialize(&model, 2, deviation, other);
    for (int p = 0; p <= INPUTS; ++p)
        assert_true(first[p] != 0 && fabs(first[p]) < 0.06 && first[p] != other[p]);
}

static void test_methods(void **state)
{
    (void)state;
    const struct model model = make(&functions);
    assert_true(gradient_method_choose("literal", &model) == &gradient_literal);
    assert_true(gradient_method_choose("numerical", &model) == &gradient_literal);
    assert_null(gradient_method_choose("backprop", &model));
    assert_false(gradient_method_suits(&gradient_numerical, &model));
}

static bool stop_at_once(void)
{
    return true;
}

static void test_literal_gradient(void **state)
{
    (void)state;
    const struct model model = make(&functions);
    const double theta[] = {0.1, -0.2, 0.3, 0.4};
    const struct share share = share_whole(rows, ROWS, model.parts);
    struct gradient gradient;
    int64_t sums[INPUTS + 1];
    assert_true(gradient_create(&gradient, &gradient_literal, &model, 1e-3, ROWS));
    assert_int_equal(gradient_grids(&gradient), 1);
    gradient_sum_share(&gradient, theta, &samples, &share, sums);
    assert_int_equal(gradient.overflows, 0);
    for (int p = 0; p <= INPUTS; ++p) {
        double expected = 0;
        for (int n = 0; n < ROWS; ++n) {
            const float *x = features + (size_t)n * INPUTS;
            double distance = theta[INPUTS] - labels[n];
            for (int i = 0; i < INPUTS; ++i)
                distance += theta[i] * (double)x[i];
            expected += 2 * distance * (p < INPUTS ? (double)x[p] : 1) / ROWS;
        }
        assert_near(exact_mean(&gradient.grid, sums[p], ROWS), expected, 1e-12);
    }

    /* The share is abandoned after the first quotient, so the others are missing. */
    gradient.asks_to_stop = stop_at_once;
    gradient_sum_share(&gradient, theta, &samples, &share, sums);
    assert_true(gradient.abandoned);
    assert_true(sums[0] != 0);
    assert_int_equal(sums[1], 0);
    assert_int_equal(sums[INPUTS], 0);
    gradient_destroy(&gradient);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_known_of_it),
        cmocka_unit_test(test_what_does_not_suit_is_refused),
        cmocka_unit_test(test_a_model_must_be_complete),
        cmocka_unit_test(test_members_of_a_model_with_loss),
        cmocka_unit_test(test_members_of_a_model_with_evaluate),
        cmocka_unit_test(test_what_is_known_of_a_model_that_evaluates),
        cmocka_unit_test(test_initial_parameters_of_a_model_that_evaluates),
        cmocka_unit_test(test_descriptions_that_are_no_good),
        cmocka_unit_test(test_a_sample_is_handed_on_as_it_is),
        cmocka_unit_test(test_a_score_takes_one_call_of_each_a_row),
        cmocka_unit_test(test_without_a_label_there_is_no_loss),
        cmocka_unit_test(test_initial_parameters),
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_literal_gradient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
