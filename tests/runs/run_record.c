/* SPDX-License-Identifier: MIT
 *
 * run.json: what it records of a run, and the order of its events. */
#include "runs/run_record.h"
#include "folder.h"
#include "testing.h"

#include <jansson.h>
#include <string.h>

/* The digests of b1 = (1, 2) in networks with these activations. */
#define SIGMOID "72103e102822fce2afdc0f159df377b9"
#define TANH    "9a9f3f5c1a3416240475e787df10238c"

static struct world world;
static const struct settings settings = {
    .count = 2,
    .list = {{.name = "seed", .value = "3", .origin = "command line", .shapes_run = true},
             {.name = "data", .value = "caf\xe9.h5", .origin = "default"}}};
static const struct run_dataset dataset = {"caf\xe9.h5",         60,  10, 784, true, 10, 0x1234,
                                           {0, 1, 11760, 47040}, NULL};
static const struct run_weights weights = {"w.h5", "0123456789abcdef0123456789abcdef"};
static char *const line[] = {(char[]){"dtrain"}, (char[]){"--seed"}, (char[]){"3"}, NULL};

static void start(int64_t iteration)
{
    struct error error;
    assert_int_equal(
        run_record_start(&world, ".", &settings, line, &dataset, NULL, &weights, iteration, &error),
        STATUS_DONE);
}

static json_t *load(void)
{
    json_t *record = json_load_file("run.json", 0, NULL);
    assert_non_null(record);
    return record;
}

/* Returns the text first.second of an object. */
static const char *text_at(const json_t *json, const char *first, const char *second)
{
    const char *text = json_string_value(json_object_get(json_object_get(json, first), second));
    assert_non_null(text);
    return text;
}

static void test_a_record_tells_what_ran(void **state)
{
    (void)state;
    start(-1);
    json_t *record = load();
    const json_t *seed = json_object_get(json_object_get(record, "options"), "seed");
    assert_string_equal(json_string_value(json_object_get(seed, "value")), "3");
    assert_string_equal(json_string_value(json_object_get(seed, "origin")), "command line");
    assert_int_equal(json_array_size(json_object_get(record, "command_line")), 3);
    assert_int_equal(json_integer_value(json_object_get(record, "ranks")), 1);
    assert_int_equal(json_array_size(json_object_get(record, "hosts")), 1);
    assert_string_equal(text_at(record, "dataset", "path"), "caf\\xe9.h5");
    assert_string_equal(text_at(record, "dataset", "fingerprint"), "0000000000001234");
    assert_string_equal(text_at(record, "weights", "file"), "w.h5");
    json_decref(record);
}

static void test_a_record_tells_how_the_program_was_built(void **state)
{
    (void)state;
    start(-1);
    json_t *record = load();
    const char *const flags = text_at(record, "build", "flags");
    const char *const set = text_at(record, "build", "instruction_set");
    assert_non_null(strchr(text_at(record, "build", "compiler"), ' '));
    assert_non_null(strstr(flags, "-ffp-contract=off"));
    /* No warning options, and no path of the machine that built it. */
    assert_null(strstr(flags, "-W"));
    assert_null(strchr(flags, '/'));
    assert_true(strcmp(set, "x86-64-v4") == 0 || strcmp(set, "x86-64-v3") == 0 ||
                strcmp(set, "default") == 0);
    json_decref(record);
}

/* Whether a record with that object of weights has those of a network with that activation. */
static bool has_weights(const char *object, const char *activation)
{
    static const double theta[2] = {1, 2};
    struct tensors tensors = {0};
    struct run_options options;
    struct error error;
    char text[256];
    tensors_add(&tensors, "b1", 2, 0);
    snprintf(tensors.activation, sizeof tensors.activation, "%s", activation);
    snprintf(text, sizeof text,
             "{\"options\": {\"seed\": {\"value\": \"3\"}}, \"events\": [], \"weights\": %s}",
             object);
    folder_write("run.json", text, strlen(text));
    assert_int_equal(run_record_read_options(".", &options, &error), STATUS_DONE);
    const bool has = run_record_has_weights(&options, &tensors, theta);
    free(options.texts);
    return has;
}

/* The digest in records of version 0.3.1, under another name, did not cover the activation. */
static void test_the_weights_of_the_beginning_are_known_by_their_digest(void **state)
{
    (void)state;
    static const char now[] = "{\"file\": \"w.h5\", \"digest\": \"" TANH "\"}";
    static const char before[] = "{\"file\": \"w.h5\", \"parameters\": \"" SIGMOID "\"}";
    assert_true(has_weights(now, "tanh"));
    assert_false(has_weights(now, "sigmoid"));
    assert_true(has_weights(before, "tanh"));
    assert_true(has_weights(before, "sigmoid"));
    assert_false(has_weights("{\"file\": \"w.h5\", \"parameters\": \"" TANH "\"}", "tanh"));
    assert_false(has_weights("{\"file\": \"w.h5\"}", "tanh"));
    assert_false(has_weights("null", "sigmoid"));
}

/* Checks event number `index`. */
static void expect_event(const json_t *record, size_t index, const char *name, int iteration)
{
    const json_t *event = json_array_get(json_object_get(record, "events"), index);
    assert_string_equal(json_string_value(json_object_get(event, "event")), name);
    assert_int_equal(json_integer_value(json_object_get(event, "iteration")), iteration);
    assert_int_equal(strlen(json_string_value(json_object_get(event, "time"))), 20);
}

static void test_events_follow_each_other(void **state)
{
    (void)state;
    struct error error;
    start(-1);
    assert_int_equal(run_record_event(".", "stop", 7, "signal 15", &error), STATUS_DONE);
    start(7);
    assert_int_equal(run_record_event(".", "finish", 20, NULL, &error), STATUS_DONE);
    json_t *record = load();
    const json_t *events = json_object_get(record, "events");
    assert_int_equal(json_array_size(events), 4);
    expect_event(record, 0, "start", 0);
    expect_event(record, 1, "stop", 7);
    expect_event(record, 2, "resume", 7);
    expect_event(record, 3, "finish", 20);
    assert_string_equal(json_string_value(json_object_get(json_array_get(events, 1), "reason")),
                        "signal 15");
    assert_null(json_object_get(json_array_get(events, 3), "reason"));
    json_decref(record);
}

/* An event cannot be added to a damaged record, and fails; a resume begins a new record. */
static void test_a_damaged_record_is_not_added_to(void **state)
{
    (void)state;
    static const char *const damaged[] = {"", "[]", "{\"version\": \"0\"}"};
    struct error error;
    for (int i = 0; i < 3; ++i) {
        folder_write("run.json", damaged[i], strlen(damaged[i]));
        assert_int_equal(run_record_event(".", "finish", 20, NULL, &error), STATUS_FAILED);
        assert_string_equal(error.text, "./run.json: cannot be read");
        start(7);
        json_t *record = load();
        expect_event(record, 0, "resume", 7);
        json_decref(record);
    }
}

/* The recipe lies in the record as the object that it is; other records have no such member. */
static void test_a_recipe_is_recorded_as_an_object(void **state)
{
    (void)state;
    struct run_dataset with_recipe = dataset;
    struct error error;
    with_recipe.recipe = "{\"recipe\": 1, \"scale\": 0.1, \"deep\": [[{\"a\": null}]]}";
    start(-1);
    json_t *without = load();
    assert_null(json_object_get(json_object_get(without, "dataset"), "recipe"));
    assert_int_equal(
        run_record_start(&world, ".", &settings, line, &with_recipe, NULL, &weights, -1, &error),
        STATUS_DONE);
    json_t *record = load(), *expected = json_loads(with_recipe.recipe, 0, NULL);
    assert_true(
        json_equal(json_object_get(json_object_get(record, "dataset"), "recipe"), expected));
    json_decref(expected);
    json_decref(record);
    json_decref(without);
}

/* Names and numbers of a model's parameters; bounds that there are not are null. */
static void test_a_run_without_data_records_its_model(void **state)
{
    (void)state;
    static const char *names[] = {"inflow", "caf\xe9"};
    static double initial[] = {1, 0.5}, lower[] = {0, (double)-INFINITY},
                  upper[] = {5, (double)INFINITY}, scale[] = {1, 100}, step[] = {1e-4, 0.01};
    struct parameters parameters = {.count = 2,
                                    .names = names,
                                    .initial = initial,
                                    .lower = lower,
                                    .upper = upper,
                                    .scale = scale,
                                    .step = step};
    const struct run_model model = {"pond", &parameters, 3};
    struct error error;
    assert_int_equal(
        run_record_start(&world, ".", &settings, line, NULL, &model, &weights, -1, &error),
        STATUS_DONE);
    json_t *record = load();
    json_t *expected = json_loads(
        "{\"name\": \"pond\", \"residuals\": 3, \"parameters\": [{\"name\": \"inflow\", "
        "\"initial\": 1.0, \"lower\": 0.0, \"upper\": 5.0, \"scale\": 1.0, \"step\": 1e-4}, "
        "{\"name\": \"caf\\\\xe9\", \"initial\": 0.5, \"lower\": null, \"upper\": null, "
        "\"scale\": 100.0, \"step\": 0.01}]}",
        0, NULL);
    assert_true(json_is_null(json_object_get(record, "dataset")));
    assert_true(json_equal(json_object_get(record, "model"), expected));
    assert_false(run_record_values(".", &(struct samples_extent){0}));
    json_decref(expected);
    json_decref(record);
    start(-1);
    record = load();
    assert_null(json_object_get(record, "model"));
    json_decref(record);
}

static void test_many_parameters_are_not_listed(void **state)
{
    (void)state;
    enum { MANY = RUN_MODEL_PARAMETERS_MAX + 1 };
    static const char *names[MANY];
    static double numbers[MANY];
    struct parameters parameters = {.names = names,
                                    .initial = numbers,
                                    .lower = numbers,
                                    .upper = numbers,
                                    .scale = numbers,
                                    .step = numbers};
    const struct run_model model = {"many", &parameters, 0};
    struct error error;
    for (int p = 0; p < MANY; ++p)
        names[p] = "x";
    for (parameters.count = MANY - 1; parameters.count <= MANY; ++parameters.count) {
        assert_int_equal(
            run_record_start(&world, ".", &settings, line, NULL, &model, &weights, -1, &error),
            STATUS_DONE);
        json_t *record = load();
        const json_t *list = json_object_get(json_object_get(record, "model"), "parameters");
        assert_int_equal(json_array_size(list), parameters.count < MANY ? MANY - 1 : 0);
        assert_string_equal(text_at(record, "model", "name"), "many");
        json_decref(record);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_record_tells_what_ran),
        cmocka_unit_test(test_a_record_tells_how_the_program_was_built),
        cmocka_unit_test(test_the_weights_of_the_beginning_are_known_by_their_digest),
        cmocka_unit_test(test_events_follow_each_other),
        cmocka_unit_test(test_a_damaged_record_is_not_added_to),
        cmocka_unit_test(test_a_recipe_is_recorded_as_an_object),
        cmocka_unit_test(test_a_run_without_data_records_its_model),
        cmocka_unit_test(test_many_parameters_are_not_listed),
    };
    world = world_open(&argc, &argv);
    const int failed = cmocka_run_group_tests(tests, folder_enter, folder_leave);
    world_close(&world);
    return failed;
}
