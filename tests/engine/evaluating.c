/* SPDX-License-Identifier: MIT
 *
 * dtrain whose gradcheck does something else: each rank evaluates those of the rows 0 to 7 that are
 * its own by --model, in iteration 3 and with one retry, and prints the outcomes. */
#include "commands/commands.h"
#include "engine/evaluator.h"
#include "engine/shared_object.h"
#include "ranks/collective.h"
#include "training/score.h"

#include <stdio.h>

enum status __wrap_gradcheck_command(const struct job *job, struct error *error);

static void print_outcome(int64_t row, enum outcome outcome, int attempts, double value)
{
    static const char *const names[OUTCOMES] = {
        [OUTCOME_DONE] = "done", [OUTCOME_FAILED] = "failed", [OUTCOME_NOT_FINITE] = "not finite"};
    printf("row %lld: %s at attempt %d", (long long)row, names[outcome], attempts);
    if (outcome == OUTCOME_DONE)
        printf(": %g", value);
    putchar('\n');
}

static void evaluate_rows(const struct world *world, struct evaluator *evaluator)
{
    const double theta[] = {1, 2};
    for (int64_t row = world->rank; row < 8; row += world->size) {
        struct dtrain_call call = {.theta = theta, .label = -1, .row = row, .iteration = 3};
        double value;
        const struct attempts attempts = evaluator_evaluate(evaluator, 0, &call, 1, &value);
        print_outcome(row, attempts.outcome, attempts.count, value);
    }
}

enum status __wrap_gradcheck_command(const struct job *job, struct error *error)
{
    static const struct dtrain_shape no_data;
    const struct world *world = job->world;
    struct evaluator evaluator;
    struct model model;
    if (shared_object_load(world, job->config->model, job->linked_model, error))
        return error->status;
    printf("it %s data\n", shared_object_takes_no_data() ? "takes no" : "takes");
    if (shared_object_make(world, &no_data, 1e-4, &model, error))
        return error->status;
    enum status status = evaluator_open(&evaluator, world, &model, NULL, error);
    if (!status) {
        evaluator_enter(&evaluator);
        evaluate_rows(world, &evaluator);
        evaluator_leave(&evaluator);
        status = world_agree(world, score_check_arithmetic(&model, error), error);
    }
    evaluator_close(&evaluator);
    return status;
}
