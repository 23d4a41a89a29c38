/* SPDX-License-Identifier: MIT
 *
 * What becomes of a failure that a model reports: it counts, unless the job ends just then. */
#include "engine/process/model_process.h"
#include "folder.h"
#include "testing.h"

#include <string.h>

/* A model that fails 50 ms after each question, and leaves a file before it says so. */
static char script[] =
    "echo '{\"dtrain_model\":1,\"name\":\"m\",\"numbers\":\"text\",\"parameters\":[{}]}' >&4;"
    "echo '{\"ready\":true}' >&4; read -r place <&3;"
    "while read -r question <&3; do sleep 0.05; >failed; echo '{\"failed\":\"lost\"}' >&4; done";

static bool has_failed(void *context)
{
    (void)context;
    return access("failed", F_OK) == 0;
}

/* Evaluates once by a model of its own. */
static enum outcome evaluate(bool (*asks_to_stop)(void *context), struct error *error, char *reason)
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
    double loss;
    remove("failed");
    assert_int_equal(model_process_open(&process, &rules, error), STATUS_DONE);
    assert_int_equal(model_process_prepare(&process, error), STATUS_DONE);
    process.asks_to_stop = asks_to_stop;
    const enum outcome outcome = model_process_evaluate(&process, 1, &shape, &call, &loss, error);
    snprintf(reason, PROTOCOL_TEXT_SIZE, "%s", process.reason);
    model_process_close(&process);
    protocol_hello_free(&process.hello);
    return outcome;
}

static void test_a_failure(void **state)
{
    (void)state;
    struct error error;
    char reason[PROTOCOL_TEXT_SIZE];
    assert_int_equal(evaluate(NULL, &error, reason), OUTCOME_FAILED);
    assert_string_equal(reason, "lost");
}

/* What the model had started may have been ended with the job. */
static void test_a_failure_as_the_job_ends(void **state)
{
    (void)state;
    struct error error;
    char reason[PROTOCOL_TEXT_SIZE];
    assert_int_equal(evaluate(has_failed, &error, reason), OUTCOME_NONE);
    assert_int_equal(error.status, STATUS_STOPPED);
    assert_string_equal(error.text, "--model-command 'sh': stopped in an evaluation");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_failure),
        cmocka_unit_test(test_a_failure_as_the_job_ends),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
