/* SPDX-License-Identifier: MIT
 *
 * Checkpoints are written whole or not at all, whatever fails; every damaged byte is noticed, the
 * right ones are kept, and the newest sound one is found. */
#include "core/gradient/gradient.h"
#include "core/model/network.h"
#include "failing_calls.h"
#include "files/hdf5_file.h"
#include "folder.h"
#include "runs/checkpoint_store.h"
#include "testing.h"

#include <string.h>
#include <sys/stat.h>

enum { PARAMETERS = 14, BYTES_MAX = 1 << 20 };
#define FINGERPRINT UINT64_C(0x0123456789abcdef)

static const int widths[] = {3, 2, 2};

/* The settings of the run: some that shape it, and one that does not. */
static const struct settings settings = {
    .count = 5,
    .list = {{.name = "learning-rate", .value = "0.1", .origin = "default", .shapes_run = true},
             {.name = "hidden", .value = "2", .origin = "default", .shapes_run = true},
             {.name = "activation",
              .value = "sigmoid",
              .origin = "default",
              .shapes_run = true,
              .unrecorded = "sigmoid"},
             {.name = "iterations", .value = "100", .origin = "default"},
             {.name = "gradient", .value = "numerical", .origin = "default", .shapes_run = true}}};
static const struct checkpoint_schedule keep_five = {10, 10000, 5};

/* Makes the state after an iteration, on which theta depends. */
static struct checkpoint make_state(int64_t iteration, double theta[PARAMETERS])
{
    for (int i = 0; i < PARAMETERS; ++i)
        theta[i] = (double)iteration + i / 7.0;
    return (struct checkpoint){
        .iteration = iteration,
        .fingerprint = FINGERPRINT,
        .tensors = network_tensors(&activation_sigmoid, &head_softmax, 2, widths),
        .optimizer = &optimizer_sgd,
        .theta = theta,
        .best = best_none(),
        .gradient_norm = (double)NAN,
    };
}

static enum status write_state(const char *path, int64_t iteration, struct error *error)
{
    double theta[PARAMETERS];
    const struct checkpoint state = make_state(iteration, theta);
    return checkpoint_write(path, &settings, &state, error);
}

static enum status read_state(const char *path, struct checkpoint *state, struct error *error)
{
    return checkpoint_read(path, &settings, FINGERPRINT, state, error);
}

/* The state vectors of an optimizer come back too; those of a file that names none are missing. */
static void test_the_optimizer_state_is_kept(void **state)
{
    (void)state;
    static const struct settings with_adam = {
        .count = 2,
        .list = {{.name = "optimizer", .value = "adam", .shapes_run = true, .unrecorded = "sgd"},
                 {.name = "gradient", .value = "numerical", .shapes_run = true}}};
    struct checkpoint read;
    struct error error;
    double theta[3 * PARAMETERS];
    struct checkpoint written = make_state(42, theta);
    for (int i = PARAMETERS; i < 3 * PARAMETERS; ++i)
        theta[i] = i / 7.0;
    written.optimizer = optimizer_find("adam");
    assert_int_equal(checkpoint_write("adam.h5", &with_adam, &written, &error), STATUS_DONE);
    assert_int_equal(checkpoint_read("adam.h5", &with_adam, FINGERPRINT, &read, &error),
                     STATUS_DONE);
    assert_ptr_equal(read.optimizer, written.optimizer);
    assert_memory_equal(read.theta, theta, sizeof theta);
    free(read.theta);
    written.optimizer = &optimizer_sgd;
    assert_int_equal(checkpoint_write("adam.h5", &with_adam, &written, &error), STATUS_DONE);
    assert_int_equal(checkpoint_read("adam.h5", &with_adam, FINGERPRINT, &read, &error),
                     STATUS_FAILED);
    assert_string_equal(error.text, "adam.h5: has no group /optimizer");
    assert_null(read.theta);
}

static void test_what_is_written_is_read(void **state)
{
    (void)state;
    struct checkpoint read;
    struct error error;
    double theta[PARAMETERS];
    struct checkpoint written = make_state(42, theta);
    assert_int_equal(checkpoint_write("a.h5", &settings, &written, &error), STATUS_DONE);
    assert_int_equal(read_state("a.h5", &read, &error), STATUS_DONE);
    assert_int_equal(read.best.iteration, -1);
    assert_true(isnan(read.gradient_norm));
    free(read.theta);
    written.best = (struct best){30, 0.1};
    written.gradient_norm = 0x1.23456789abcdfp-3;
    assert_int_equal(checkpoint_write("a.h5", &settings, &written, &error), STATUS_DONE);
    assert_int_equal(read_state("a.h5", &read, &error), STATUS_DONE);
    assert_int_equal(read.iteration, 42);
    assert_int_equal(read.best.iteration, 30);
    assert_true(read.best.score == 0.1);
    assert_true(read.gradient_norm == 0x1.23456789abcdfp-3);
    assert_true(tensors_equal(&read.tensors, &written.tensors));
    assert_memory_equal(read.theta, theta, sizeof theta);
    free(read.theta);
}

static void test_equal_states_are_equal_files(void **state)
{
    (void)state;
    static unsigned char first[BYTES_MAX], second[BYTES_MAX];
    struct error error;
    assert_int_equal(write_state("a.h5", 7, &error), STATUS_DONE);
    sleep(1); /* a time stamp would differ */
    assert_int_equal(write_state("b.h5", 7, &error), STATUS_DONE);
    const size_t size = folder_read("a.h5", first, BYTES_MAX);
    assert_int_equal(folder_read("b.h5", second, BYTES_MAX), size);
    assert_memory_equal(first, second, size);
    assert_memory_equal(first, "dtrain checkpoint 1 bytes=0000000000", 36);
}

static void assert_damage_is_noticed(const unsigned char *bytes, size_t size)
{
    struct checkpoint read;
    struct error error;
    folder_write("damaged.h5", bytes, size);
    assert_int_equal(read_state("damaged.h5", &read, &error), STATUS_FAILED);
    assert_null(read.theta);
    assert_non_null(strstr(error.text, "damaged.h5: "));
}

static void test_every_damaged_bit_is_noticed(void **state)
{
    (void)state;
    static unsigned char bytes[BYTES_MAX];
    struct error error;
    assert_int_equal(write_state("a.h5", 7, &error), STATUS_DONE);
    const size_t size = folder_read("a.h5", bytes, BYTES_MAX);
    int cases = 0;
    /* One bit of every fifth byte: of user block, padding, metadata, gaps and numbers. */
    for (size_t at = 0; at < size; at += 5, ++cases) {
        bytes[at] ^= (unsigned char)(1 << at % 8);
        assert_damage_is_noticed(bytes, size);
        bytes[at] ^= (unsigned char)(1 << at % 8);
    }
    for (size_t cut = 0; cut < size; cut += 97, ++cases)
        assert_damage_is_noticed(bytes, cut);
    bytes[size] = 0;
    assert_damage_is_noticed(bytes, size + 1);
    assert_true(cases > 500);
}

/* Reads the checkpoint for a run in which one setting has another value. */
static enum status read_with(const char *name, const char *value, bool replaced,
                             struct error *error)
{
    struct checkpoint read;
    struct settings others = settings;
    for (int i = 0; i < others.count; ++i)
        if (strcmp(others.list[i].name, name) == 0) {
            others.list[i].value = value;
            others.list[i].replaced = replaced;
        }
    const enum status status = checkpoint_read("a.h5", &others, FINGERPRINT, &read, error);
    free(read.theta);
    return status;
}

static void test_another_runs_checkpoint_is_refused(void **state)
{
    (void)state;
    struct checkpoint read;
    struct error error;
    assert_int_equal(write_state("a.h5", 7, &error), STATUS_DONE);
    assert_int_equal(read_with("learning-rate", "0.2", false, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "--learning-rate: is '0.2', but a.h5 was made with '0.1'"));
    assert_int_equal(checkpoint_read("a.h5", &settings, FINGERPRINT + 1, &read, &error),
                     STATUS_USAGE);
    assert_non_null(strstr(error.text, "--data: holds other images"));
    /* What does not shape the run may differ. */
    assert_int_equal(read_with("iterations", "20000", false, &error), STATUS_DONE);
    /* A reader of the weights alone compares no settings. */
    assert_int_equal(checkpoint_read_any("a.h5", &read, &error), STATUS_DONE);
    free(read.theta);
}

/* The checkpoints of older versions name the default hidden units in a run from --weights. */
static void test_hidden_units_of_the_weights_need_not_be_those_named(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(write_state("a.h5", 7, &error), STATUS_DONE);
    assert_int_equal(read_with("hidden", "50", false, &error), STATUS_USAGE);
    assert_int_equal(read_with("hidden", "50", true, &error), STATUS_DONE);
}

/* A word is recorded as its number, so that a run that was given the number can be resumed by it.
 */
static void test_a_word_is_recorded_as_what_it_stands_for(void **state)
{
    (void)state;
    double theta[PARAMETERS];
    struct checkpoint read;
    struct error error;
    struct settings word = settings, number = settings;
    const struct checkpoint written = make_state(7, theta);
    word.list[1] = (struct setting){.name = "hidden", .value = "auto", .shapes_run = true};
    word.list[1].stands_for = "20";
    number.list[1].value = "20";
    assert_int_equal(checkpoint_write("word.h5", &word, &written, &error), STATUS_DONE);
    assert_int_equal(checkpoint_write("number.h5", &number, &written, &error), STATUS_DONE);
    assert_int_equal(checkpoint_read("word.h5", &number, FINGERPRINT, &read, &error), STATUS_DONE);
    free(read.theta);
    assert_int_equal(checkpoint_read("number.h5", &word, FINGERPRINT, &read, &error), STATUS_DONE);
    free(read.theta);
    word.list[1].stands_for = "30";
    assert_int_equal(checkpoint_read("number.h5", &word, FINGERPRINT, &read, &error), STATUS_USAGE);
    assert_string_equal(error.text,
                        "--hidden: is 'auto', which stands for 30, but number.h5 was made with "
                        "'20': give that, or choose another --run-dir");
    /* Where the data differ, so may what the word stands for. */
    assert_int_equal(checkpoint_read("number.h5", &word, FINGERPRINT + 1, &read, &error),
                     STATUS_USAGE);
    assert_non_null(strstr(error.text, "--data: holds other images"));
}

/* A run that stopped at a failure can go on by another policy, and no other run can; not even to
 * stop at failures from now on. What is not recorded is the default, which is undecided. */
static void test_an_undecided_value_may_be_replaced(void **state)
{
    (void)state;
    static const struct {
        const char *before, *after;
        enum status status;
    } cases[] = {{"stop", "stop", STATUS_DONE},       {"stop", "skip", STATUS_DONE},
                 {"stop", "one-sided", STATUS_DONE},  {"skip", "skip", STATUS_DONE},
                 {"skip", "one-sided", STATUS_USAGE}, {"skip", "stop", STATUS_USAGE},
                 {"one-sided", "stop", STATUS_USAGE}, {"one-sided", "skip", STATUS_USAGE}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct settings changed = settings;
        double theta[PARAMETERS];
        const struct checkpoint written = make_state(7, theta);
        struct checkpoint read;
        struct error error;
        struct setting *policy = &changed.list[changed.count++];
        *policy = (struct setting){.name = "on-failure",
                                   .value = cases[i].before,
                                   .shapes_run = true,
                                   .unrecorded = "stop",
                                   .undecided = "stop"};
        assert_int_equal(checkpoint_write("policy.h5", &changed, &written, &error), STATUS_DONE);
        policy->value = cases[i].after;
        assert_int_equal(checkpoint_read("policy.h5", &changed, FINGERPRINT, &read, &error),
                         cases[i].status);
        free(read.theta);
        if (cases[i].status != STATUS_DONE)
            assert_non_null(strstr(error.text, "but policy.h5 was made with"));
    }
}

/* The attribute of a checkpoint's root; NULL where there is none. The caller frees it. */
static char *attribute_of(const char *path, const char *name)
{
    struct error error;
    const hid_t file = checkpoint_open(path, &error);
    assert_true(file >= 0);
    char *text = hdf5_file_read_text(file, name);
    H5Fclose(file);
    return text;
}

/* Checkpoints of older versions do not record such a setting, nor do those of now with its default.
 */
static void test_a_default_that_is_not_recorded_is_the_value(void **state)
{
    (void)state;
    double theta[PARAMETERS];
    struct error error;
    struct settings others = settings;
    const struct checkpoint written = make_state(7, theta);
    assert_int_equal(checkpoint_write("a.h5", &settings, &written, &error), STATUS_DONE);
    assert_null(attribute_of("a.h5", "activation"));
    assert_int_equal(read_with("activation", "sigmoid", false, &error), STATUS_DONE);
    assert_int_equal(read_with("activation", "tanh", false, &error), STATUS_USAGE);
    assert_non_null(
        strstr(error.text, "--activation: is 'tanh', but a.h5 was made with 'sigmoid'"));
    others.list[2].value = "tanh";
    assert_int_equal(checkpoint_write("a.h5", &others, &written, &error), STATUS_DONE);
    char *recorded = attribute_of("a.h5", "activation");
    assert_string_equal(recorded, "tanh");
    free(recorded);
    assert_int_equal(read_with("activation", "tanh", false, &error), STATUS_DONE);
    assert_int_equal(read_with("activation", "sigmoid", false, &error), STATUS_USAGE);
    assert_non_null(
        strstr(error.text, "--activation: is 'sigmoid', but a.h5 was made with 'tanh'"));
}

static void expect_arithmetic(const char *method, const struct tensors *tensors,
                              const char *expected)
{
    double theta[PARAMETERS];
    struct checkpoint written = make_state(7, theta);
    struct settings others = settings;
    struct error error;
    written.tensors = *tensors;
    others.list[4].value = method;
    assert_int_equal(checkpoint_write("a.h5", &others, &written, &error), STATUS_DONE);
    char *recorded = attribute_of("a.h5", "arithmetic");
    assert_string_equal(recorded, expected);
    free(recorded);
}

/* Of a model that is no network, numerical gradients are literal. */
static void test_the_arithmetic_is_that_of_the_method(void **state)
{
    (void)state;
    const struct tensors network = network_tensors(&activation_sigmoid, &head_softmax, 2, widths);
    struct tensors model = {0};
    tensors_add(&model, "theta", PARAMETERS, 0);
    expect_arithmetic("numerical", &network, gradient_numerical.bits_since);
    expect_arithmetic("backprop", &network, gradient_backprop.bits_since);
    expect_arithmetic("literal", &network, gradient_literal.bits_since);
    expect_arithmetic("literal", &model, gradient_literal.bits_since);
    expect_arithmetic("numerical", &model, gradient_literal.bits_since);
    assert_string_not_equal(gradient_numerical.bits_since, gradient_literal.bits_since);
}

/* What a run of another method has is no other arithmetic but another method. */
static void test_another_method_is_refused_as_that(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(write_state("a.h5", 7, &error), STATUS_DONE);
    assert_int_equal(read_with("gradient", "literal", false, &error), STATUS_USAGE);
    assert_non_null(
        strstr(error.text, "--gradient: is 'literal', but a.h5 was made with 'numerical'"));
}

/* Writes a second checkpoint under the name of the first, while one system call fails. Either of
 * the two must be there, whole, and nothing else. Returns whether the fault came into play. */
static bool survives(enum fault fault, int call)
{
    struct checkpoint read;
    struct error error;
    failing_calls_set(FAULT_NONE, 0);
    assert_int_equal(write_state("a.h5", 1, &error), STATUS_DONE);
    failing_calls_set(fault, call);
    const enum status status = write_state("a.h5", 2, &error);
    const bool reached = failing_calls_made() > call;
    failing_calls_set(FAULT_NONE, 0);
    if (status) {
        assert_int_equal(status, STATUS_FAILED);
        assert_non_null(strstr(error.text, "a.h5: cannot be written: "));
    }
    assert_int_equal(read_state("a.h5", &read, &error), STATUS_DONE);
    assert_true(read.iteration == 2 || (status && read.iteration == 1));
    assert_true(fault != FAULT_SHORT_WRITE || status == STATUS_DONE);
    assert_int_equal(access(folder_temporary("a.h5"), F_OK), -1);
    free(read.theta);
    return reached;
}

static void test_whatever_call_fails_a_whole_checkpoint_is_there(void **state)
{
    (void)state;
    const enum fault faults[] = {FAULT_NO_SPACE, FAULT_IO, FAULT_INTERRUPTED, FAULT_SHORT_WRITE};
    for (size_t f = 0; f < sizeof faults / sizeof *faults; ++f) {
        int call = 0;
        while (survives(faults[f], call))
            ++call;
        /* open, write, close; open, fsync, close; rename; open, fsync, close: ten at least. */
        assert_true(call >= 10);
    }
}

static bool is_there(int64_t iteration)
{
    char path[64];
    snprintf(path, sizeof path, "run/checkpoints/iteration-%07lld.h5", (long long)iteration);
    return access(path, F_OK) == 0;
}

static void add(const struct checkpoint_schedule *schedule, int64_t iteration)
{
    double theta[PARAMETERS];
    struct error error;
    const struct checkpoint state = make_state(iteration, theta);
    assert_int_equal(checkpoint_store_add("run", &settings, schedule, &state, NULL, &error),
                     STATUS_DONE);
}

static void empty_run(void)
{
    assert_int_equal(system("rm -rf run && mkdir -p run/checkpoints"), 0);
}

static void test_the_newest_on_schedule_stay(void **state)
{
    (void)state;
    const struct checkpoint_schedule schedule = {.period = 600, .last = 10000300, .keep = 2};
    empty_run();
    /* They are ordered by number, not by name; at 650 and 10000201 the run was stopped. */
    const int64_t iterations[] = {0, 600, 650, 1200, 9999600, 10000200, 10000201, 10000300};
    for (int i = 0; i < 3; ++i)
        add(&schedule, iterations[i]);
    assert_true(is_there(0) && is_there(600) && is_there(650));
    for (int i = 3; i < 7; ++i)
        add(&schedule, iterations[i]);
    assert_true(is_there(10000201) && is_there(10000200));
    assert_true(is_there(9999600));
    assert_false(is_there(0) || is_there(600) || is_there(650) || is_there(1200));
    /* The last iteration is on schedule too. */
    add(&schedule, iterations[7]);
    assert_true(is_there(10000300) && is_there(10000200));
    assert_false(is_there(9999600) || is_there(10000201));
}

static void test_files_with_other_names_do_not_count(void **state)
{
    (void)state;
    const struct checkpoint_schedule schedule = {.period = 10, .last = 10000, .keep = 2};
    const char *const others[] = {"run/checkpoints/iteration-10.h5",
                                  "run/checkpoints/iteration-+000010.h5",
                                  "run/checkpoints/iteration-00000010.h5"};
    empty_run();
    for (int i = 0; i < 3; ++i)
        folder_write(others[i], "precious", 8);
    assert_false(checkpoint_store_has_any("run"));
    add(&schedule, 10);
    add(&schedule, 20);
    assert_true(is_there(10) && is_there(20));
    for (int i = 0; i < 3; ++i)
        folder_expect_precious(others[i]);
}

static void test_the_newest_sound_one_is_found(void **state)
{
    (void)state;
    struct checkpoint found;
    struct error error;
    empty_run();
    assert_int_equal(
        checkpoint_store_newest("run", &settings, FINGERPRINT, INT64_MAX, &found, &error),
        STATUS_DONE);
    assert_int_equal(found.iteration, -1);
    assert_null(found.theta);
    for (int64_t iteration = 0; iteration <= 30; iteration += 10)
        add(&keep_five, iteration);
    /* One is half written and is ignored; the two newest are damaged. */
    folder_write("run/checkpoints/iteration-0000040.h5.4711.partial", "x", 1);
    folder_write("run/checkpoints/iteration-0000030.h5", "dtrain", 6);
    folder_write("run/checkpoints/iteration-0000020.h5", "", 0);
    assert_int_equal(
        checkpoint_store_newest("run", &settings, FINGERPRINT, INT64_MAX, &found, &error),
        STATUS_DONE);
    assert_int_equal(found.iteration, 10);
    free(found.theta);
    folder_write("run/checkpoints/iteration-0000010.h5", "", 0);
    folder_write("run/checkpoints/iteration-0000000.h5", "", 0);
    assert_int_equal(
        checkpoint_store_newest("run", &settings, FINGERPRINT, INT64_MAX, &found, &error),
        STATUS_FAILED);
    assert_non_null(strstr(error.text, "run: none of its checkpoints is intact"));
}

/* The best checkpoint is saved with another one; and whoever goes back removes what is newer. */
static void test_the_best_is_beside_the_others(void **state)
{
    (void)state;
    double theta[2][PARAMETERS];
    struct error error;
    struct checkpoint found;
    const struct checkpoint best = make_state(10, theta[0]), last = make_state(20, theta[1]);
    empty_run();
    add(&keep_five, 10);
    assert_int_equal(access("run/checkpoints/best.h5", F_OK), -1);
    assert_int_equal(checkpoint_store_add("run", &settings, &keep_five, &last, &best, &error),
                     STATUS_DONE);
    assert_int_equal(system("cmp run/checkpoints/best.h5 run/checkpoints/iteration-0000010.h5"), 0);
    add(&keep_five, 30);
    add(&keep_five, 40);
    assert_int_equal(checkpoint_store_newest("run", &settings, FINGERPRINT, 29, &found, &error),
                     STATUS_DONE);
    assert_int_equal(found.iteration, 20);
    free(found.theta);
    assert_int_equal(checkpoint_store_remove_after("run", 10, 30, &error), STATUS_DONE);
    assert_true(is_there(10) && is_there(40));
    assert_false(is_there(20) || is_there(30));
    assert_int_equal(access("run/checkpoints/best.h5", F_OK), 0);
}

static void test_a_folder_that_cannot_be_listed_is_not_empty(void **state)
{
    (void)state;
    struct checkpoint found;
    struct error error;
    empty_run();
    add(&keep_five, 10);
    add(&keep_five, 20);
    /* readdir for ".", "..", two files and the end of the list; realloc for each file. */
    for (int call = 0; call < 7; ++call) {
        failing_calls_set(FAULT_IO, call);
        assert_int_equal(
            checkpoint_store_newest("run", &settings, FINGERPRINT, INT64_MAX, &found, &error),
            STATUS_FAILED);
        assert_non_null(strstr(error.text, "run/checkpoints: cannot be read: Input/output error"));
        assert_null(found.theta);
        failing_calls_set(FAULT_IO, call);
        assert_true(checkpoint_store_has_any("run"));
    }
    failing_calls_set(FAULT_NONE, 0);
    assert_true(checkpoint_store_has_any("run"));
    empty_run();
    assert_false(checkpoint_store_has_any("run") || checkpoint_store_has_any("absent"));
}

/* A checkpoint has the recipe of its dataset, whole, and none if that has none. */
static void test_the_recipe_is_kept(void **state)
{
    (void)state;
    enum { LENGTH = 200000 };
    static char text[LENGTH + 1];
    double theta[PARAMETERS];
    struct checkpoint written = make_state(42, theta), read;
    struct error error;
    memset(text, 'x', LENGTH);
    assert_int_equal(checkpoint_write("recipe.h5", &settings, &written, &error), STATUS_DONE);
    assert_int_equal(read_state("recipe.h5", &read, &error), STATUS_DONE);
    assert_null(read.recipe);
    checkpoint_free(&read);
    written.recipe = text;
    assert_int_equal(checkpoint_write("recipe.h5", &settings, &written, &error), STATUS_DONE);
    assert_int_equal(read_state("recipe.h5", &read, &error), STATUS_DONE);
    assert_string_equal(read.recipe, text);
    checkpoint_free(&read);
    assert_null(read.recipe);
    assert_int_equal(checkpoint_read("recipe.h5", &settings, FINGERPRINT + 1, &read, &error),
                     STATUS_USAGE);
    assert_non_null(
        strstr(error.text, "or another recipe, than those that recipe.h5 was made with"));
    assert_null(read.recipe);
}

/* The state of a model of as many parameters as there are numbers. */
static struct checkpoint make_model_state(double theta[PARAMETERS])
{
    struct checkpoint state = make_state(42, theta);
    state.tensors = (struct tensors){0};
    tensors_add(&state.tensors, "theta", PARAMETERS, 0);
    return state;
}

/* h5py users find the names at the parameters; without names the file is as it always was. */
static void test_the_names_of_parameters_are_kept(void **state)
{
    (void)state;
    static char texts[PARAMETERS][8];
    const char *names[PARAMETERS];
    double theta[PARAMETERS];
    struct checkpoint written = make_model_state(theta), read;
    struct error error;
    for (int p = 0; p < PARAMETERS; ++p) {
        snprintf(texts[p], sizeof texts[p], "p%d", p);
        names[p] = texts[p];
    }
    assert_int_equal(checkpoint_write("unnamed.h5", &settings, &written, &error), STATUS_DONE);
    assert_int_equal(read_state("unnamed.h5", &read, &error), STATUS_DONE);
    assert_null(read.names);
    checkpoint_free(&read);
    written.names = names;
    for (int i = 0; i < 2; ++i)
        assert_int_equal(
            checkpoint_write(i == 0 ? "named.h5" : "again.h5", &settings, &written, &error),
            STATUS_DONE);
    assert_int_equal(system("cmp named.h5 again.h5"), 0);
    assert_int_equal(read_state("named.h5", &read, &error), STATUS_DONE);
    for (int p = 0; p < PARAMETERS; ++p)
        assert_string_equal(read.names[p], names[p]);
    checkpoint_free(&read);
    assert_null(read.names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_optimizer_state_is_kept),
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_the_recipe_is_kept),
        cmocka_unit_test(test_the_names_of_parameters_are_kept),
        cmocka_unit_test(test_equal_states_are_equal_files),
        cmocka_unit_test(test_every_damaged_bit_is_noticed),
        cmocka_unit_test(test_another_runs_checkpoint_is_refused),
        cmocka_unit_test(test_hidden_units_of_the_weights_need_not_be_those_named),
        cmocka_unit_test(test_a_word_is_recorded_as_what_it_stands_for),
        cmocka_unit_test(test_an_undecided_value_may_be_replaced),
        cmocka_unit_test(test_a_default_that_is_not_recorded_is_the_value),
        cmocka_unit_test(test_the_arithmetic_is_that_of_the_method),
        cmocka_unit_test(test_another_method_is_refused_as_that),
        cmocka_unit_test(test_whatever_call_fails_a_whole_checkpoint_is_there),
        cmocka_unit_test(test_the_newest_on_schedule_stay),
        cmocka_unit_test(test_files_with_other_names_do_not_count),
        cmocka_unit_test(test_the_newest_sound_one_is_found),
        cmocka_unit_test(test_the_best_is_beside_the_others),
        cmocka_unit_test(test_a_folder_that_cannot_be_listed_is_not_empty),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
