/* SPDX-License-Identifier: MIT
 *
 * What becomes of a failure that a model reports, of values that are not finite and of a class that
 * it does not have: they count, unless the job ends just then. */
#include "engine/process/model_process.h"
#include "folder.h"
#include "testing.h"

#include <string.h>

/* A model that answers 50 ms after each question, and leaves a file before it does: a start of the
 * script, and its end, between which the answer stands. */
#define BEGIN                                                                                      \
    "echo '{\"dtrain_model\":1,\"name\":\"m\",\"numbers\":\"text\",\"parameters\":[{}]}' >&4;"     \
    "echo '{\"ready\":true}' >&4; read -r place <&3;"                                              \
    "while read -r question <&3; do sleep 0.05; >failed; "
#define END " >&4; done"
static char fails[] = BEGIN "echo '{\"failed\":\"lost\"}'" END;
static char gives_nan[] = BEGIN "echo '{\"values\":[null]}'" END;
static char gives_class[] = BEGIN "echo '{\"class\":3}'" END;
static char ends[] = BEGIN "exit 3" END;
static char babbles[] = BEGIN "echo no" END;

static bool has_failed(void *context)
{
    (void)context;
    return access("failed", F_OK) == 0;
}

/* What has come of one question. */
struct course {
    enum outcome outcome;
    int class;
    struct error error;
    char reason[PROTOCOL_TEXT_SIZE];
};

/* Asks a model of its own once, for a loss or for a class. */
static struct course ask(char *script, bool for_class, bool (*asks_to_stop)(void *context))
{
    static char sh[] = "sh", option[] = "-c";
    static struct model_process process;
    static const double theta[1] = {0};
    static const struct dtrain_shape shape = {.parameters = 1};
    const struct dtrain_call call = {.theta = theta, .label = -1};
    const struct model_process_rules rules = {.title = "--model-command 'sh'",
                                              .guard = DTRAIN_GUARD,
                                              .words = (char *[]){sh, option, script, NULL},
                                              .scratch = ".",
                                              .timeout = 60,
                                              .place = {.ranks = 1}};
    struct course course = {.class = -1};
    double loss;
    remove("failed");
    assert_int_equal(model_process_open(&process, &rules, &course.error), STATUS_DONE);
    assert_int_equal(model_process_prepare(&process, &course.error), STATUS_DONE);
    process.asks_to_stop = asks_to_stop;
    if (for_class) {
        course.class = model_process_predict(&process, &shape, &call);
        course.outcome = process.predicted;
        course.error = process.unable;
    } else
        course.outcome = model_process_evaluate(&process, 1, &shape, &call, &loss, &course.error);
    snprintf(course.reason, sizeof course.reason, "%s", process.reason);
    model_process_close(&process);
    protocol_hello_free(&process.hello);
    return course;
}

static void test_a_failure(void **state)
{
    (void)state;
    const struct course course = ask(fails, false, NULL);
    assert_int_equal(course.outcome, OUTCOME_FAILED);
    assert_string_equal(course.reason, "lost");
    /* It is the caller who looks at values. */
    assert_int_equal(ask(gives_nan, false, NULL).outcome, OUTCOME_DONE);
}

/* What the model had started may have been ended with the job. */
static void test_a_failure_as_the_job_ends(void **state)
{
    (void)state;
    char *const scripts[] = {fails, gives_nan, ends, babbles};
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; ++i) {
        const struct course course = ask(scripts[i], false, has_failed);
        assert_int_equal(course.outcome, OUTCOME_NONE);
        assert_int_equal(course.error.status, STATUS_STOPPED);
        assert_string_equal(course.error.text, "--model-command 'sh': stopped in an evaluation");
    }
}

static void test_a_class(void **state)
{
    (void)state;
    const struct course given = ask(gives_class, true, NULL), none = ask(fails, true, NULL);
    assert_int_equal(given.outcome, OUTCOME_DONE);
    assert_int_equal(given.class, 3);
    assert_int_equal(none.outcome, OUTCOME_DONE);
    assert_int_equal(none.class, -1);
    const struct course crashed = ask(ends, true, NULL);
    assert_int_equal(crashed.outcome, OUTCOME_CRASHED);
    assert_int_equal(crashed.class, -1);
    assert_string_equal(crashed.reason, "ended with exit code 3");
    assert_int_equal(ask(babbles, true, NULL).outcome, OUTCOME_NONSENSE);
}

static void test_a_class_that_does_not_come_as_the_job_ends(void **state)
{
    (void)state;
    char *const scripts[] = {fails, ends, babbles};
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; ++i) {
        const struct course course = ask(scripts[i], true, has_failed);
        assert_int_equal(course.outcome, OUTCOME_NONE);
        assert_int_equal(course.error.status, STATUS_STOPPED);
    }
}

/* A process that has ended may still be listed until its parent asks for it. */
static bool runs(int process)
{
    char path[64], state = 'Z';
    snprintf(path, sizeof path, "/proc/%d/stat", process);
    FILE *const file = fopen(path, "r");
    const bool read = file && fscanf(file, "%*d (%*[^)]) %c", &state) == 1;
    if (file)
        fclose(file);
    return read && state != 'Z' && state != 'X';
}

/* What the program has started, and its scratch folder, are then nobody else's business. */
static void test_a_guard_that_is_killed(void **state)
{
    (void)state;
    static char kills_guard[] =
        BEGIN "setsid sleep 1000 & echo $! >child; echo \"$DTRAIN_SCRATCH\" >folder; "
              "kill -9 $PPID; sleep 1000" END;
    const struct course course = ask(kills_guard, false, NULL);
    char folder[PATH_MAX] = "";
    int child = 0;
    assert_int_equal(course.outcome, OUTCOME_CRASHED);
    assert_string_equal(course.reason, "was killed, as its guard was (dtrain-guard)");
    FILE *const of_child = fopen("child", "r"), *const of_folder = fopen("folder", "r");
    assert_true(of_child && fscanf(of_child, "%d", &child) == 1 && child > 0);
    assert_true(of_folder && fscanf(of_folder, "%4095s", folder) == 1);
    fclose(of_child);
    fclose(of_folder);
    assert_false(runs(child));
    assert_int_equal(access(folder, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_failure),
        cmocka_unit_test(test_a_failure_as_the_job_ends),
        cmocka_unit_test(test_a_class),
        cmocka_unit_test(test_a_class_that_does_not_come_as_the_job_ends),
        cmocka_unit_test(test_a_guard_that_is_killed),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
