/* SPDX-License-Identifier: MIT
 *
 * dtrain diff: where two runs, checkpoints or weights files begin to differ. */
#include "commands.h"
#include "core/model/comparison.h"
#include "core/model/model.h"
#include "files/path.h"
#include "runs/checkpoint_store.h"
#include "runs/metrics.h"
#include "runs/metrics_lines.h"
#include "runs/weights_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "784-50-10 with sigmoid", with its loss if that is not softmax, or "a model of 5 parameters". */
static void describe(const struct tensors *tensors, char *text, size_t size)
{
    struct model model;
    if (network_make_from_tensors(&model, tensors))
        snprintf(text, size, "%s with %s%s%s", model.description, tensors->activation,
                 head_goes_unnamed(tensors->loss) ? "" : " and ",
                 head_goes_unnamed(tensors->loss) ? "" : tensors->loss);
    else
        snprintf(text, size, "a model of %zu parameters", tensors->parameters);
}

static enum status refuse_networks(const char *name, const struct tensors *a,
                                   const struct tensors *b, struct error *error)
{
    char first[MODEL_DESCRIPTION_SIZE + 64], second[MODEL_DESCRIPTION_SIZE + 64];
    describe(a, first, sizeof first);
    describe(b, second, sizeof second);
    return error_set(error, STATUS_FAILED,
                     "%s: the two are not of the same network: the first is %s, the second %s",
                     name, first, second);
}

/* Compares two vectors of parameters, which are called `name` in what is printed; prints nothing if
 * they are equal. */
static enum status compare_parameters(const char *name, const struct tensors *a_tensors,
                                      const double *a, const struct tensors *b_tensors,
                                      const double *b, bool *equal, struct error *error)
{
    char text[512];
    if (!tensors_equal(a_tensors, b_tensors))
        return refuse_networks(name, a_tensors, b_tensors, error);
    const struct comparison comparison = comparison_make(a, b, a_tensors->parameters);
    *equal = comparison.different == 0;
    if (*equal)
        return STATUS_DONE;
    comparison_describe(&comparison, a_tensors, a, b, text, sizeof text);
    printf("%s: %s\n", name, text);
    return STATUS_DONE;
}

static void print_line(const struct metrics_lines *lines, size_t i)
{
    printf("  %s\n", i < lines->count ? lines->line[i] : "(no such line)");
}

/* Prints the first line in which a file of two runs differs; `name` says what its lines are. */
static void compare_lines(const char *name, const struct metrics_lines *a,
                          const struct metrics_lines *b, bool *equal)
{
    size_t i = 0;
    while (i < a->count && i < b->count && strcmp(a->line[i], b->line[i]) == 0)
        ++i;
    *equal = i == a->count && i == b->count;
    if (*equal) {
        printf("%s: the same %zu lines\n", name, i);
        return;
    }
    const int64_t iteration = i < a->count ? a->iteration[i] : b->iteration[i];
    printf("%s: the first %zu lines are the same; then, at iteration %lld:\n", name, i,
           (long long)iteration);
    print_line(a, i);
    print_line(b, i);
}

static enum status compare_files_of_lines(const char *name, const char *a, const char *b,
                                          bool *equal, struct error *error)
{
    char file[32];
    struct metrics_lines a_lines, b_lines = {0};
    snprintf(file, sizeof file, "%s.jsonl", name);
    enum status status = metrics_lines_read_run(a, file, &a_lines, error);
    if (!status)
        status = metrics_lines_read_run(b, file, &b_lines, error);
    if (!status)
        compare_lines(name, &a_lines, &b_lines, equal);
    metrics_lines_free(&a_lines);
    metrics_lines_free(&b_lines);
    return status;
}

/* Compares the failures, which only runs of some models record. */
static enum status compare_failures(const char *a, const char *b, bool *equal, struct error *error)
{
    const bool a_has = metrics_has_failures(a), b_has = metrics_has_failures(b);
    *equal = a_has == b_has;
    if (a_has && b_has)
        return compare_files_of_lines("failures", a, b, equal, error);
    if (!*equal)
        printf("failures: only the %s run has failures.jsonl\n", a_has ? "first" : "second");
    return STATUS_DONE;
}

/* The parameters of a checkpoint and the state of its optimizer. */
static struct tensors block_of(const struct checkpoint *state)
{
    return optimizer_block_tensors(state->optimizer, &state->tensors);
}

static enum status compare_files(const char *a_path, const char *b_path, bool *equal,
                                 struct error *error)
{
    struct checkpoint a_state, b_state = {0};
    enum status status = checkpoint_read_any(a_path, &a_state, error);
    if (!status)
        status = checkpoint_read_any(b_path, &b_state, error);
    if (!status) {
        const struct tensors a_block = block_of(&a_state), b_block = block_of(&b_state);
        status = compare_parameters(strrchr(a_path, '/') + 1, &a_block, a_state.theta, &b_block,
                                    b_state.theta, equal, error);
    }
    checkpoint_free(&a_state);
    checkpoint_free(&b_state);
    return status;
}

/* Compares the checkpoints of one iteration. */
static enum status compare_checkpoints(const char *a, const char *b, int64_t iteration, bool *equal,
                                       struct error *error)
{
    char a_path[PATH_MAX], b_path[PATH_MAX];
    checkpoint_store_path(a, iteration, a_path, sizeof a_path);
    checkpoint_store_path(b, iteration, b_path, sizeof b_path);
    return compare_files(a_path, b_path, equal, error);
}

/* Compares the best checkpoints, if both runs have one. */
static enum status compare_best(const char *a, const char *b, bool *equal, struct error *error)
{
    char a_path[PATH_MAX], b_path[PATH_MAX];
    checkpoint_store_best_path(a, a_path, sizeof a_path);
    checkpoint_store_best_path(b, b_path, sizeof b_path);
    *equal = true;
    if (access(a_path, F_OK) != 0 || access(b_path, F_OK) != 0)
        return STATUS_DONE;
    return compare_files(a_path, b_path, equal, error);
}

static bool contains(const struct iteration_list *list, int64_t iteration)
{
    for (size_t i = 0; i < list->count; ++i)
        if (list->iterations[i] == iteration)
            return true;
    return false;
}

/* Compares the checkpoints that both runs have, up to the first that differ. */
static enum status compare_stores(const char *a, const char *b, bool *equal, struct error *error)
{
    struct iteration_list a_list, b_list = {0};
    enum status status = checkpoint_store_list(a, &a_list, error);
    size_t compared = 0;
    *equal = true;
    if (!status)
        status = checkpoint_store_list(b, &b_list, error);
    for (size_t i = a_list.count; !status && *equal && i-- > 0;)
        if (contains(&b_list, a_list.iterations[i])) {
            status = compare_checkpoints(a, b, a_list.iterations[i], equal, error);
            compared += *equal;
        }
    if (!status)
        printf("checkpoints: %zu that both have are the same%s\n", compared,
               *equal ? "" : ", those before the above");
    free(a_list.iterations);
    free(b_list.iterations);
    return status;
}

/* Rank 0 only. */
static enum status compare_runs(const char *a, const char *b, bool *equal, struct error *error)
{
    bool equal_metrics = false, equal_failures = false, equal_checkpoints = false;
    bool equal_best = false;
    if (compare_files_of_lines("metrics", a, b, &equal_metrics, error) ||
        compare_failures(a, b, &equal_failures, error) ||
        compare_stores(a, b, &equal_checkpoints, error) || compare_best(a, b, &equal_best, error))
        return error->status;
    *equal = equal_metrics && equal_failures && equal_checkpoints && equal_best;
    return STATUS_DONE;
}

/* Collective, as weights_source_load is. */
static enum status compare_weights(const struct world *world, const char *a, const char *b,
                                   bool *equal, struct error *error)
{
    struct tensors a_tensors, b_tensors;
    double *a_theta, *b_theta = NULL;
    enum status status = weights_source_load(world, a, &a_tensors, &a_theta, NULL, NULL, error);
    if (!status)
        status = weights_source_load(world, b, &b_tensors, &b_theta, NULL, NULL, error);
    if (!status && world->rank == 0)
        status = compare_parameters("parameters", &a_tensors, a_theta, &b_tensors, b_theta, equal,
                                    error);
    free(a_theta);
    free(b_theta);
    return status;
}

enum status diff_command(const struct job *job, struct error *error)
{
    const struct world *world = job->world;
    const char *a = job->config->file, *b = job->config->other_file;
    bool equal = true;
    enum status status = STATUS_DONE;
    if (!path_is_folder(a) || !path_is_folder(b))
        status = compare_weights(world, a, b, &equal, error);
    else if (world->rank == 0)
        status = compare_runs(a, b, &equal, error);
    if (!status && equal && world->rank == 0)
        puts("no difference");
    if (!status && !equal)
        status = error_set(error, STATUS_FAILED, "%s and %s differ", a, b);
    return world_agree(world, status, error);
}
