/* SPDX-License-Identifier: MIT
 *
 * Times what a call of a model in a process of its own takes beyond the model's own work: a
 * question with 200 parameters goes there, and its answer comes back. Three models whose loss takes
 * next to no time are called 10,000 times each: one in C, which is this program, one in Python, and
 * one in Python that has its numbers as text (called.py). Prints "NAME MICROSECONDS" lines:
 * medians. bench_process
 */
#include "common/clock.h"
#include "engine/process/model_process.h"
#include "engine/server/model_server.h"
#include "files/scratch_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARAMETERS = 200, CALLS = 10000, CALLS_BEFORE = 100 };

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

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Calls the process. False, with a line, if it does not answer as it should. */
static bool call(struct model_process *process, int64_t iteration, double *seconds)
{
    static double theta[PARAMETERS];
    static const struct dtrain_shape shape = {.parameters = PARAMETERS};
    const struct dtrain_call call = {.theta = theta, .label = -1, .iteration = iteration};
    struct error error;
    double loss = 0;
    theta[0] = (double)iteration;
    theta[PARAMETERS - 1] = 0.5;
    const double begin = clock_seconds();
    const enum outcome outcome =
        model_process_evaluate(process, (size_t)iteration, &shape, &call, &loss, &error);
    *seconds = clock_seconds() - begin;
    if (outcome == OUTCOME_DONE && loss == (double)iteration + 0.5)
        return true;
    fprintf(stderr, "call %d: outcome %d, loss %g %s\n", (int)iteration, (int)outcome, loss,
            process->reason);
    return false;
}

/* Prints the median of the calls. */
static bool measure(const char *name, char *const *words)
{
    static struct model_process process;
    static double seconds[CALLS];
    const struct model_process_rules rules = {.title = name,
                                              .guard = DTRAIN_GUARD,
                                              .words = words,
                                              .python = DTRAIN_SCRIPTS,
                                              .scratch = scratch_folder_usual(),
                                              .place = {.ranks = 1}};
    struct error error;
    if (model_process_open(&process, &rules, &error) || model_process_prepare(&process, &error)) {
        fprintf(stderr, "%s\n", error.text);
        return false;
    }
    bool right = true;
    for (int i = 0; i < CALLS_BEFORE && right; ++i)
        right = call(&process, i, seconds);
    for (int i = 0; i < CALLS && right; ++i)
        right = call(&process, i, seconds + i);
    model_process_close(&process);
    qsort(seconds, CALLS, sizeof *seconds, compare);
    if (right)
        printf("%s %.1f\n", name, 1e6 * seconds[CALLS / 2]);
    return right;
}

int main(int argc, char **argv)
{
    static char serve[] = "serve", python[] = "/usr/bin/python3", text[] = "text";
    static char called[] = DTRAIN_SCRIPTS "/bench/called.py";
    if (argc > 1 && strcmp(argv[1], serve) == 0)
        return model_server_run(&functions);
    if (!measure("C", (char *[]){argv[0], serve, NULL}) ||
        !measure("Python", (char *[]){python, called, NULL}) ||
        !measure("text", (char *[]){python, called, text, NULL}))
        return EXIT_FAILURE;
    return EXIT_SUCCESS;
}
