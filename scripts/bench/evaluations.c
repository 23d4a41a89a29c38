/* SPDX-License-Identifier: MIT
 *
 * Times what an evaluation of a model costs beyond the model's own work, on one core, without a
 * journal: the table, the queue, the outcome, the clock. A model of 200 parameters, whose loss
 * takes next to no time, is evaluated a million times, 25 rows of two sides for each parameter an
 * iteration. Prints "NAME MICROSECONDS" lines, of the processor's time for one evaluation: medians.
 *     bench_evaluations
 */
#include "engine/evaluations.h"
#include "core/differences/differences.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PARAMETERS = 200, ROWS = 25, ITERATIONS = 100, ROUNDS = 7 };

static size_t count_parameters(int inputs, int classes)
{
    return inputs + classes == 0 ? PARAMETERS : 0;
}

static enum dtrain_outcome evaluate(const struct dtrain_shape *shape,
                                    const struct dtrain_call *call, double *outputs)
{
    (void)shape;
    *outputs = call->theta[0] + call->theta[PARAMETERS - 1];
    return DTRAIN_DONE;
}

static const struct dtrain_model functions = {.version = DTRAIN_MODEL_VERSION,
                                              .name = "bench",
                                              .parameters = count_parameters,
                                              .evaluate = evaluate};

/* Seconds of the processor that this process has used. */
static double processor_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* What an iteration works on. */
struct bench {
    struct model_call noted;
    struct model model;
    struct parameters parameters;
    struct evaluations evaluations;
    struct differences differences;
    double theta[PARAMETERS];
    uint32_t numbers[ROWS * (2 * PARAMETERS + 2)];
    double sum; /* of losses, so that the compiler computes them */
};

/* The losses alone, in the plainest loop. */
static void evaluate_alone(struct bench *bench, int64_t iteration)
{
    struct dtrain_call call = {.theta = bench->theta, .label = -1, .iteration = iteration};
    /* Called as dtrain does: by a pointer that may be any function's. */
    const struct dtrain_model *volatile model = &functions;
    for (call.row = 0; call.row < ROWS; ++call.row)
        for (int i = 0; i < 2 * PARAMETERS + 1; ++i) {
            double *const moved = &bench->theta[i % PARAMETERS], before = *moved, loss;
            *moved += i < PARAMETERS ? 1e-4 : -1e-4;
            model->evaluate(&bench->model.user.shape, &call, &loss);
            bench->sum += loss;
            *moved = before;
        }
}

static void evaluate_table(struct bench *bench, int64_t iteration)
{
    struct evaluations *evaluations = &bench->evaluations;
    const struct batch last = evaluations->batch;
    struct error error;
    int64_t flag = 0;
    evaluations->batch = evaluations->before;
    evaluations->before = last;
    batch_take_replicates(&evaluations->before, iteration - 1);
    batch_take_replicates(&evaluations->batch, iteration);
    evaluations_begin(evaluations, iteration, bench->theta, ROWS, &error);
    for (size_t number = 0; number < evaluations->table.first; ++number)
        bench->numbers[number] = (uint32_t)number;
    evaluations_evaluate(evaluations, bench->numbers, evaluations->table.first);
    evaluations_share(evaluations, &flag);
    evaluations_learn(evaluations);
    differences_take(&evaluations->table, FAILURE_STOP, evaluations->losses, NULL,
                     &bench->differences);
    bench->sum += bench->differences.gradient[0];
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Microseconds for an evaluation. */
static double measure(struct bench *bench, void (*work)(struct bench *bench, int64_t iteration))
{
    double seconds[ROUNDS];
    for (int round = 0; round < ROUNDS; ++round) {
        const double start = processor_seconds();
        for (int64_t iteration = 2; iteration < ITERATIONS + 2; ++iteration)
            work(bench, iteration);
        seconds[round] = processor_seconds() - start;
    }
    qsort(seconds, ROUNDS, sizeof *seconds, compare);
    return 1e6 * seconds[ROUNDS / 2] / ((double)ITERATIONS * ROWS * (2 * PARAMETERS + 1));
}

static enum status open_bench(struct bench *bench, const struct world *world, struct error *error)
{
    static const struct dtrain_shape no_data;
    static const struct evaluations_rules rules;
    static double gradient[PARAMETERS];
    static int64_t rows[PARAMETERS];
    char fault[PARAMETERS_FAULT_SIZE];
    bench->differences.gradient = gradient;
    bench->differences.rows = rows;
    if (!user_model_make(&bench->model, &functions, &bench->noted, &no_data) ||
        !user_model_describe(&bench->model, 1e-4, &bench->parameters, fault))
        return error_memory(error, NULL, "the model");
    return evaluations_open(&bench->evaluations, world, &bench->model, &rules, ROWS, 0, 0, NULL,
                            error);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    struct world world = world_open(&argc, &argv);
    struct error error;
    const enum status status = open_bench(&bench, &world, &error);
    if (status) {
        world_report(&world, &error);
    } else {
        printf("loss alone %.4f\n", measure(&bench, evaluate_alone));
        printf("evaluation %.4f\n", measure(&bench, evaluate_table));
    }
    evaluations_close(&bench.evaluations);
    parameters_destroy(&bench.parameters);
    world_close(&world);
    return status;
}
