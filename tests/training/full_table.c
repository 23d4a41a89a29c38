/* SPDX-License-Identifier: MIT */
#include "full_table.h"

#include "testing.h"

#include <stdlib.h>
#include <string.h>

static size_t count_parameters(int inputs, int classes)
{
    return inputs + classes == 0 ? TABLE_PARAMETERS : 0;
}

static const struct dtrain_parameter *describe(const struct dtrain_shape *shape)
{
    static const struct dtrain_parameter list[TABLE_PARAMETERS] = {
        {.name = "inflow"},
        {.name = "outlet"},
        {.name = "depth", .lower = 2, .upper = 2, .initial = 2}};
    (void)shape;
    return list;
}

static enum dtrain_outcome evaluate(const struct dtrain_shape *shape,
                                    const struct dtrain_call *call, double *outputs)
{
    (void)shape;
    *outputs = call->theta[0];
    return DTRAIN_DONE;
}

static const struct dtrain_model functions = {.version = DTRAIN_MODEL_VERSION,
                                              .name = "pond",
                                              .parameters = count_parameters,
                                              .describe = describe,
                                              .evaluate = evaluate};

static struct model_call noted;
static struct parameters parameters;
static bool idle_told[TABLE_PARAMETERS];
static int64_t rows[TABLE_PARAMETERS];
static double point[TABLE_PARAMETERS], room[1];

static void fill_results(struct evaluations *evaluations)
{
    evaluations->results = calloc(TABLE_COUNT, sizeof *evaluations->results);
    evaluations->losses = calloc(TABLE_COUNT, sizeof *evaluations->losses);
    evaluations->values = calloc(TABLE_COUNT, sizeof *evaluations->values);
    assert_true(evaluations->results && evaluations->losses && evaluations->values);
    for (int number = 0; number < TABLE_NEEDED; ++number)
        evaluations->results[number] =
            (struct result){.outcome = OUTCOME_DONE, .attempts = 1, .seconds = 0.25F};
}

void full_table_create(struct trainer *trainer, const struct world *world,
                       const struct config *config)
{
    static const struct dtrain_shape no_data;
    static double theta[TABLE_PARAMETERS] = {1, 1, 2};
    char fault[PARAMETERS_FAULT_SIZE];
    struct error error;
    struct evaluations *evaluations = &trainer->by_evaluations.evaluations;
    *trainer = (struct trainer){.world = world, .config = config, .theta = theta};
    assert_true(user_model_make(&trainer->model, &functions, &noted, &no_data) &&
                user_model_describe(&trainer->model, 1e-4, &parameters, fault));
    trainer->by_evaluations.idle_told = idle_told;
    trainer->by_evaluations.differences.rows = rows;
    for (int p = 0; p < TABLE_PARAMETERS; ++p) {
        idle_told[p] = false;
        rows[p] = p < 2 ? TABLE_ROWS : 0;
    }
    *evaluations = (struct evaluations){.world = world,
                                        .model = &trainer->model,
                                        .iteration = 7,
                                        .width = 1,
                                        .point = memcpy(point, theta, sizeof theta),
                                        .room = room};
    assert_int_equal(evaluator_open(&evaluations->evaluator, world, &trainer->model, NULL, &error),
                     STATUS_DONE);
    assert_true(batch_create(&evaluations->batch, TABLE_ROWS, 0, 0) &&
                batch_create(&evaluations->before, TABLE_ROWS, 0, 0) &&
                table_create(&evaluations->table, &parameters));
    batch_take_replicates(&evaluations->before, 6);
    batch_take_replicates(&evaluations->batch, 7);
    table_fill(&evaluations->table, DIFFERENCE_CENTRAL, theta, TABLE_ROWS, TABLE_ROWS);
    assert_int_equal(evaluations->table.count, TABLE_COUNT);
    assert_int_equal(evaluations->table.first, TABLE_NEEDED);
    fill_results(evaluations);
}

void full_table_destroy(struct trainer *trainer)
{
    struct evaluations *evaluations = &trainer->by_evaluations.evaluations;
    evaluator_close(&evaluations->evaluator);
    free(evaluations->results);
    free(evaluations->losses);
    free(evaluations->values);
    batch_destroy(&evaluations->batch);
    batch_destroy(&evaluations->before);
    table_destroy(&evaluations->table);
    parameters_destroy(&parameters);
}

void full_table_lose(struct trainer *trainer, size_t number, enum outcome outcome, int attempts)
{
    struct result *result = &trainer->by_evaluations.evaluations.results[number];
    result->outcome = outcome;
    result->attempts = attempts;
}
