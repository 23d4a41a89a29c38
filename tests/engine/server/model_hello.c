/* SPDX-License-Identifier: MIT */
#include "engine/server/model_hello.h"
#include "testing.h"

#include <string.h>

enum { PARAMETERS = 40 };

static size_t count = PARAMETERS;

static size_t count_parameters(int inputs, int classes)
{
    return inputs == 0 && classes == 0 ? count : 0;
}

static double lose(const struct dtrain_shape *shape, const double *theta, const double *inputs,
                   int label)
{
    (void)shape;
    (void)theta;
    (void)inputs;
    return label;
}

static enum dtrain_outcome evaluate(const struct dtrain_shape *shape,
                                    const struct dtrain_call *call, double *outputs)
{
    (void)shape;
    (void)call;
    *outputs = 0;
    return DTRAIN_DONE;
}

static struct dtrain_parameter list[PARAMETERS];

static const struct dtrain_parameter *describe(const struct dtrain_shape *shape)
{
    (void)shape;
    return list;
}

static void initialize(const struct dtrain_shape *shape, uint64_t seed, double deviation,
                       double *theta)
{
    for (size_t p = 0; p < shape->parameters; ++p)
        theta[p] = (double)seed + deviation * (double)p;
}

static void initialize_to_nan(const struct dtrain_shape *shape, uint64_t seed, double deviation,
                              double *theta)
{
    initialize(shape, seed, deviation, theta);
    theta[7] = (double)NAN;
}

static const struct dtrain_model plain = {
    .version = 2, .name = "plain", .parameters = count_parameters, .evaluate = evaluate};
static const struct protocol_place place = {
    .ranks = 1, .scratch = "/tmp", .seed = 11, .deviation = 0.3};

/* Checks that the hello's initial values are those with which a run in dtrain's own process begins,
 * and what the hello says lets dtrain make the same parameters. */
static void check_same_beginning(const struct dtrain_model *functions)
{
    static const double step = 1e-4;
    static const struct dtrain_shape no_data;
    struct model_hello hello = {0};
    struct model_call call = {0};
    struct model model;
    struct parameters own = {0}, others = {0};
    double theta[PARAMETERS];
    char fault[PARAMETERS_FAULT_SIZE];
    assert_true(model_hello_make(&hello, functions, &place));
    assert_true(user_model_make(&model, functions, &call, &no_data));
    assert_true(user_model_describe(&model, step, &own, fault));
    model_initialize(&model, place.seed, (struct deviation){.number = place.deviation}, theta);
    assert_int_equal(hello.hello.count, PARAMETERS);
    for (int p = 0; p < PARAMETERS; ++p)
        assert_memory_equal(&hello.hello.list[p].initial, &theta[p], sizeof theta[p]);
    assert_true(parameters_create(&others, hello.hello.list, PARAMETERS, step, fault));
    assert_int_equal(others.named, own.named);
    assert_true(parameters_hash(&others) == parameters_hash(&own));
    parameters_destroy(&own);
    parameters_destroy(&others);
    model_hello_destroy(&hello);
}

static void test_without_descriptions(void **state)
{
    (void)state;
    check_same_beginning(&plain);
}

static void describe_some(void)
{
    memset(list, 0, sizeof list);
    list[0] = (struct dtrain_parameter){.name = "a", .initial = 2, .lower = 1, .upper = 3};
    list[1] = (struct dtrain_parameter){.initial = -1, .scale = 1e-3, .step = 1e-2};
    list[2] = (struct dtrain_parameter){.initial = 5, .upper = (double)INFINITY};
    list[3] = (struct dtrain_parameter){.initial = 0.1, .scale = 10};
}

static void test_with_descriptions(void **state)
{
    struct dtrain_model model = plain;
    (void)state;
    describe_some();
    model.describe = describe;
    check_same_beginning(&model);
    list[0].name = NULL;
    check_same_beginning(&model);
}

static void test_with_initialize(void **state)
{
    struct dtrain_model model = plain;
    (void)state;
    model.initialize = initialize;
    check_same_beginning(&model);
    describe_some();
    list[0].lower = list[0].upper = 0;
    model.describe = describe;
    check_same_beginning(&model);
}

static void check_refused(const struct dtrain_model *model, const struct protocol_place *at,
                          const char *fault)
{
    struct model_hello hello = {0};
    assert_false(model_hello_make(&hello, model, at));
    assert_string_equal(hello.fault, fault);
    model_hello_destroy(&hello);
}

static void test_what_cannot_be_served(void **state)
{
    struct dtrain_model model = plain;
    struct protocol_place with_data = place;
    (void)state;
    with_data.inputs = 4;
    with_data.classes = 2;
    check_refused(&model, &with_data, "is not for 4 inputs and 2 classes");
    model.version = 3;
    check_refused(&model, &place,
                  "was built for version 3 of the interface, not 2: build it again");
    model = plain;
    model.name = NULL;
    check_refused(&model, &place, "needs a name and parameters()");
    model = plain;
    model.evaluate = NULL;
    model.loss = lose;
    check_refused(&model, &place,
                  "has loss(): only a model with evaluate() can have a process of its own");
    model.version = 1;
    check_refused(&model, &place,
                  "has loss(): only a model with evaluate() can have a process of its own");
    model = plain;
    model.initialize = initialize_to_nan;
    check_refused(&model, &place,
                  "its initialize() gives parameter theta[7] a number that is not finite");
    model = plain;
    model.describe = describe;
    describe_some();
    list[5].scale = -1;
    check_refused(&model, &place,
                  "parameter theta[5]: its scale, -1, is not a finite number above 0");
    count = PROTOCOL_PARAMETERS_MAX + 1;
    check_refused(&plain, &place,
                  "has 1048577 parameters: in a process of its own, it may have 1048576");
    count = 0;
    check_refused(&plain, &place, "needs data: give --data");
    count = PARAMETERS;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_descriptions),
        cmocka_unit_test(test_with_descriptions),
        cmocka_unit_test(test_with_initialize),
        cmocka_unit_test(test_what_cannot_be_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
