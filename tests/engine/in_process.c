/* SPDX-License-Identifier: MIT */
#include "engine/in_process.h"
#include "ranks_in_turn.h"
#include "testing.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PARAMETERS = 2, ROW = 17, ITERATION = 5, PATH_SIZE = 256 };

static struct model_call noted;
static char parent[] = "/tmp/dtrain-test-XXXXXX";

/* What evaluate() gives at each attempt, and what it has seen. */
static struct {
    enum dtrain_outcome outcomes[3];
    double outputs[3];
} plan;
static struct {
    int calls, attempts[3], function, teardowns;
    const void *state;
    char scratch[PATH_SIZE];
    mode_t mode;
} seen;
static int failing_rank; /* on which setup() fails; -1: on none */

static size_t count_parameters(int inputs, int classes)
{
    return inputs + classes == 0 ? PARAMETERS : 0;
}

static enum dtrain_outcome evaluate(const struct dtrain_shape *shape,
                                    const struct dtrain_call *call, double *outputs)
{
    seen.attempts[seen.calls++] = call->attempt;
    seen.state = call->state;
    seen.function = atomic_load(&noted.function);
    (void)shape;
    *outputs = plan.outputs[call->attempt];
    return plan.outcomes[call->attempt];
}

static void write_file(const char *folder, const char *name)
{
    char path[2 * PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    const int file = open(path, O_CREAT | O_WRONLY | O_EXCL, 0400);
    assert_true(file >= 0);
    close(file);
}

/* Leaves a folder with a file behind, and links to a file and a folder outside. */
static void *set_up(const struct dtrain_shape *shape, const struct dtrain_place *place)
{
    static char state;
    char path[PATH_SIZE + 16];
    struct stat status;
    assert_int_equal(shape->parameters, PARAMETERS);
    assert_int_equal(atomic_load(&noted.function), MODEL_SETUP);
    assert_int_equal(stat(place->scratch, &status), 0);
    snprintf(seen.scratch, sizeof seen.scratch, "%s", place->scratch);
    seen.mode = status.st_mode & 0777;
    write_file(place->scratch, "mesh");
    snprintf(path, sizeof path, "%s/deep", place->scratch);
    assert_int_equal(mkdir(path, 0700), 0);
    write_file(path, "field");
    snprintf(path, sizeof path, "%s/link", place->scratch);
    assert_int_equal(symlink(parent, path), 0);
    return place->rank == failing_rank ? NULL : &state;
}

static void tear_down(void *state)
{
    assert_non_null(state);
    assert_int_equal(atomic_load(&noted.function), MODEL_TEARDOWN);
    assert_int_equal(atomic_load(&noted.iteration), -1);
    ++seen.teardowns;
}

static const struct dtrain_model functions = {.version = DTRAIN_MODEL_VERSION,
                                              .name = "pond",
                                              .parameters = count_parameters,
                                              .evaluate = evaluate};

static int begin(void **state)
{
    (void)state;
    memset(&plan, 0, sizeof plan);
    memset(&seen, 0, sizeof seen);
    failing_rank = -1;
    return 0;
}

static struct model make(const struct dtrain_model *of)
{
    static const struct dtrain_shape no_data;
    struct model model;
    assert_true(user_model_make(&model, of, &noted, &no_data));
    return model;
}

/* Evaluates once in a process without setup(). */
static enum outcome evaluate_by(const struct model *model, int attempt, double *values)
{
    struct in_process process = {.model = model};
    struct dtrain_call call = {.row = ROW, .iteration = ITERATION, .attempt = attempt};
    seen.calls = 0;
    return in_process_evaluate(&process, &call, values);
}

static void test_an_evaluation_that_is_done(void **state)
{
    (void)state;
    const struct model model = make(&functions);
    double value;
    plan.outputs[1] = 0.25;
    assert_int_equal(evaluate_by(&model, 1, &value), OUTCOME_DONE);
    assert_int_equal(seen.calls, 1);
    assert_int_equal(seen.attempts[0], 1);
    assert_near(value, 0.25, 0);
    assert_int_equal(seen.function, MODEL_EVALUATE);
    assert_int_equal(atomic_load(&noted.function), MODEL_NONE);
    assert_int_equal(atomic_load(&noted.row), ROW);
    assert_int_equal(atomic_load(&noted.iteration), ITERATION);
}

/* What is not done is a failure, whatever it is called; and nobody tries again here. */
static void test_an_evaluation_that_fails(void **state)
{
    (void)state;
    const struct model model = make(&functions);
    double value;
    plan.outcomes[0] = DTRAIN_FAILED;
    assert_int_equal(evaluate_by(&model, 0, &value), OUTCOME_FAILED);
    plan.outcomes[0] = (enum dtrain_outcome)7;
    assert_int_equal(evaluate_by(&model, 0, &value), OUTCOME_FAILED);
    assert_int_equal(seen.calls, 1);
}

static int count_entries(const char *folder)
{
    int count = 0;
    DIR *listing = opendir(folder);
    assert_non_null(listing);
    for (const struct dirent *entry = readdir(listing); entry; entry = readdir(listing))
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(listing);
    return count;
}

/* A process on three ranks, whose scratch folders are in `parent`. */
struct opening {
    const struct model *model;
    const char *parent;
    enum status status[RANKS_MAX];
    struct error error[RANKS_MAX];
    char scratch[RANKS_MAX][PATH_SIZE];
};

static void open_and_close(const struct world *world, void *context)
{
    struct opening *opening = context;
    const int rank = world->rank;
    struct in_process process;
    seen.teardowns = 0;
    seen.scratch[0] = '\0';
    opening->status[rank] =
        in_process_open(&process, world, opening->model, opening->parent, &opening->error[rank]);
    memcpy(opening->scratch[rank], seen.scratch, PATH_SIZE);
    if (opening->status[rank] == STATUS_DONE) {
        struct dtrain_call call = {.row = ROW};
        double value;
        seen.calls = 0;
        assert_int_equal(in_process_evaluate(&process, &call, &value), OUTCOME_DONE);
        assert_true(seen.state == process.state);
    }
    in_process_close(&process);
    assert_int_equal(seen.teardowns, opening->model->user.functions->teardown &&
                                         rank != failing_rank &&
                                         opening->model->user.functions->setup);
    assert_int_equal(atomic_load(&noted.function), MODEL_NONE);
}

static struct opening open_on_three_ranks(const struct dtrain_model *of, const char *folder)
{
    static struct model model;
    model = make(of);
    struct opening opening = {.model = &model, .parent = folder};
    ranks_in_turn(3, open_and_close, &opening);
    return opening;
}

static struct dtrain_model with_setup(void)
{
    struct dtrain_model model = functions;
    model.setup = set_up;
    model.teardown = tear_down;
    return model;
}

static void test_a_scratch_folder_is_made_and_removed(void **state)
{
    (void)state;
    const struct dtrain_model model = with_setup();
    char expected[PATH_SIZE];
    write_file(parent, "outside");
    const struct opening opening = open_on_three_ranks(&model, parent);
    for (int rank = 0; rank < 3; ++rank) {
        assert_int_equal(opening.status[rank], STATUS_DONE);
        snprintf(expected, sizeof expected, "%s/dtrain-%d-", parent, rank);
        assert_memory_equal(opening.scratch[rank], expected, strlen(expected));
        assert_int_equal(strlen(opening.scratch[rank]), strlen(expected) + 6);
    }
    assert_int_equal(seen.mode, 0700);
    /* The links have gone, and what they led to has not. */
    assert_int_equal(count_entries(parent), 1);
    snprintf(expected, sizeof expected, "%s/outside", parent);
    assert_int_equal(unlink(expected), 0);
}

/* A model may remove its folder itself, and no line asks the user to remove it. */
static void *set_up_without_folder(const struct dtrain_shape *shape,
                                   const struct dtrain_place *place)
{
    static char state;
    (void)shape;
    assert_int_equal(rmdir(place->scratch), 0);
    return &state;
}

static void test_a_scratch_folder_that_has_gone(void **state)
{
    (void)state;
    struct dtrain_model of = functions;
    of.setup = set_up_without_folder;
    FILE *const lines = tmpfile();
    const int before = dup(STDERR_FILENO);
    assert_non_null(lines);
    dup2(fileno(lines), STDERR_FILENO);
    const struct opening opening = open_on_three_ranks(&of, parent);
    dup2(before, STDERR_FILENO);
    close(before);
    assert_int_equal(opening.status[0], STATUS_DONE);
    assert_int_equal(lseek(fileno(lines), 0, SEEK_END), 0);
    fclose(lines);
}

/* By default it is in TMPDIR. The model may leave the working folder. */
static void test_a_scratch_folder_has_an_absolute_path(void **state)
{
    (void)state;
    const struct dtrain_model model = with_setup();
    char *const before = getcwd(NULL, 0);
    assert_int_equal(chdir(parent), 0);
    setenv("TMPDIR", ".", 1);
    const struct opening opening = open_on_three_ranks(&model, NULL);
    unsetenv("TMPDIR");
    assert_int_equal(chdir(before), 0);
    free(before);
    assert_int_equal(opening.status[0], STATUS_DONE);
    assert_memory_equal(opening.scratch[0], parent, strlen(parent));
    assert_int_equal(count_entries(parent), 0);
}

static void test_without_setup_there_is_no_scratch_folder(void **state)
{
    (void)state;
    const struct opening opening = open_on_three_ranks(&functions, "/nowhere");
    assert_int_equal(opening.status[0], STATUS_DONE);
}

/* All ranks hear of it, and those that were set up are torn down. */
static void test_a_setup_that_fails_on_one_rank(void **state)
{
    (void)state;
    const struct dtrain_model model = with_setup();
    failing_rank = 1;
    const struct opening opening = open_on_three_ranks(&model, parent);
    for (int rank = 0; rank < 3; ++rank) {
        assert_int_equal(opening.status[rank], STATUS_FAILED);
        assert_string_equal(opening.error[rank].text, "the model pond: its setup() has failed");
    }
    assert_int_equal(count_entries(parent), 0);
}

static void test_a_scratch_folder_that_cannot_be_made(void **state)
{
    (void)state;
    struct dtrain_model model = with_setup();
    model.teardown = NULL;
    const struct opening opening = open_on_three_ranks(&model, "/nowhere");
    assert_int_equal(opening.status[2], STATUS_FAILED);
    assert_string_equal(opening.error[2].text,
                        "/nowhere: cannot make a scratch folder here: No such file or directory; "
                        "name another one by --scratch");
}

static int make_parent(void **state)
{
    (void)state;
    return mkdtemp(parent) ? 0 : -1;
}

static int remove_parent(void **state)
{
    (void)state;
    return rmdir(parent);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_evaluation_that_is_done),
        TEST(test_an_evaluation_that_fails),
        TEST(test_a_scratch_folder_is_made_and_removed),
        TEST(test_a_scratch_folder_that_has_gone),
        TEST(test_a_scratch_folder_has_an_absolute_path),
        TEST(test_without_setup_there_is_no_scratch_folder),
        TEST(test_a_setup_that_fails_on_one_rank),
        TEST(test_a_scratch_folder_that_cannot_be_made),
    };
    return cmocka_run_group_tests(tests, make_parent, remove_parent);
}
