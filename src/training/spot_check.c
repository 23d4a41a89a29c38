/* SPDX-License-Identifier: MIT */
#include "spot_check.h"

#include "common/clock.h"
#include "core/numbers/rng.h"
#include "engine/evaluation_copy.h"
#include "iteration_table.h"
#include "kept_table.h"
#include "ranks/collective.h"
#include "runs/checkpoint_store.h"
#include "verification.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One of the evaluations that are repeated. */
struct choice {
    int64_t iteration;
    size_t number;
};

struct spot_check {
    struct trainer *trainer;
    const char *directory;
    int64_t all;            /* evaluations in the tables of the run that can be repeated */
    int64_t by_clock;       /* those that the clock or the machine has taken: they cannot */
    int64_t count;          /* how many of them are repeated */
    struct choice *choices; /* (count): by iteration and number */
    /* An outcome and its values, 0 where there are none, for each choice. */
    size_t numbers;                 /* 1 + width */
    double *recorded, *repeated;    /* (count, numbers) */
    struct evaluation_copy *copies; /* (count): those that this rank repeats */
};

/* Refuses other data or settings than those of the run. Rank 0 only, like all functions up to
 * share_choices. */
static enum status check_settings(const struct spot_check *check, struct error *error)
{
    const struct recorder *recorder = &check->trainer->recorder;
    struct checkpoint newest;
    const enum status status = checkpoint_store_newest(
        check->directory, &recorder->settings, recorder->fingerprint, INT64_MAX, &newest, error);
    checkpoint_free(&newest);
    return status;
}

/* Draws from the evaluations of a table: after n of all tables, each has been chosen with the
 * probability wanted / n (reservoir sampling). */
static void draw(struct spot_check *check, uint64_t seed, const struct kept_values *kept)
{
    const int64_t wanted = check->trainer->config->evaluations;
    for (size_t number = 0; number < kept->count; ++number) {
        const enum outcome outcome = (enum outcome)kept->outcomes[number];
        check->by_clock += !outcome_repeats(outcome);
        if (outcome == OUTCOME_NONE || !outcome_repeats(outcome))
            continue;
        const int64_t place = check->all < wanted
                                  ? check->all
                                  : rng_below(seed, RNG_BATCH, check->all, 0, check->all + 1);
        if (place < wanted)
            check->choices[place] = (struct choice){kept->iteration, number};
        ++check->all;
    }
    check->count = check->all < wanted ? check->all : wanted;
}

static int compare_choices(const void *a, const void *b)
{
    const struct choice *first = a, *second = b;
    if (first->iteration != second->iteration)
        return (first->iteration > second->iteration) - (first->iteration < second->iteration);
    return (first->number > second->number) - (first->number < second->number);
}

static enum status choose_of(struct spot_check *check, const struct iteration_list *list,
                             struct error *error)
{
    const uint64_t seed = (uint64_t)(1e9 * clock_seconds());
    const size_t wanted = (size_t)check->trainer->config->evaluations;
    check->choices = malloc(wanted * sizeof *check->choices);
    if (!check->choices)
        return error_memory(error, NULL, "the evaluations to repeat");
    for (size_t i = 0; i < list->count; ++i) {
        struct kept_values kept;
        if (kept_values_read(check->directory, list->iterations[i], &kept, error))
            return error->status;
        draw(check, seed, &kept);
        kept_values_destroy(&kept);
    }
    if (check->count == 0)
        return error_set(error, STATUS_FAILED,
                         "%s: has no kept tables: a model that evaluates leaves them in a run "
                         "with --keep-values",
                         check->directory);
    qsort(check->choices, (size_t)check->count, sizeof *check->choices, compare_choices);
    return STATUS_DONE;
}

static enum status choose(struct spot_check *check, struct error *error)
{
    struct iteration_list list = {NULL, 0};
    if (check_settings(check, error) ||
        (check->trainer->model.kind->evaluates && kept_values_list(check->directory, &list, error)))
        return error->status;
    const enum status status = choose_of(check, &list, error);
    free(list.iterations);
    return status;
}

static bool make_room(struct spot_check *check)
{
    const size_t count = (size_t)check->count;
    check->numbers = 1 + (size_t)check->trainer->by_evaluations.evaluations.width;
    if (check->trainer->world->rank != 0)
        check->choices = malloc(count * sizeof *check->choices);
    check->recorded = calloc(count, check->numbers * sizeof *check->recorded);
    check->repeated = calloc(count, check->numbers * sizeof *check->repeated);
    check->copies = calloc(count, sizeof *check->copies);
    return check->choices && check->recorded && check->repeated && check->copies;
}

/* All ranks get the choices of rank 0. */
static enum status share_choices(struct spot_check *check, struct error *error)
{
    const struct world *world = check->trainer->world;
    if (world_agree(world, world->rank == 0 ? choose(check, error) : STATUS_DONE, error))
        return error->status;
    collective_broadcast(world, &check->count, sizeof check->count);
    collective_broadcast(world, &check->all, sizeof check->all);
    if (world_agree_memory(world, make_room(check), NULL, "the evaluations to repeat", error))
        return error->status;
    collective_broadcast(world, check->choices, (size_t)check->count * sizeof *check->choices);
    return STATUS_DONE;
}

/* Reads a table, on rank 0, and makes its theta that of the trainer. */
static enum status read_table(const struct spot_check *check, int64_t iteration,
                              struct kept_values *kept, struct error *error)
{
    struct trainer *trainer = check->trainer;
    const size_t parameters = trainer->model.tensors.parameters;
    char path[PATH_MAX];
    if (kept_values_read(check->directory, iteration, kept, error))
        return error->status;
    if (kept->parameters == parameters) {
        memcpy(trainer->theta, kept->theta, parameters * sizeof *kept->theta);
        return STATUS_DONE;
    }
    kept_values_path(check->directory, iteration, path, sizeof path);
    return error_set(error, STATUS_FAILED, "%s: has %zu parameters, but the model has %zu", path,
                     kept->parameters, parameters);
}

/* Brings the table of an iteration to work, as it was. Its results are in *kept on rank 0. Free
 * with kept_values_destroy, whatever is returned. */
static enum status load_table(const struct spot_check *check, int64_t iteration,
                              struct kept_values *kept, struct error *error)
{
    struct trainer *trainer = check->trainer;
    const struct world *world = trainer->world;
    enum status status = STATUS_DONE;
    *kept = (struct kept_values){0};
    if (world->rank == 0)
        status = read_table(check, iteration, kept, error);
    if (world_agree(world, status, error))
        return error->status;
    node_memory_spread(&trainer->block);
    if (iteration_table_begin(trainer, iteration, error))
        return error->status;
    if (world->rank == 0)
        status = kept_table_check(trainer, check->directory, kept, error);
    return world_agree(world, status, error);
}

/* Takes over what a table has of a choice. Rank 0 only. */
static void take_recorded(const struct spot_check *check, int64_t i, const struct kept_values *kept)
{
    double *const recorded = check->recorded + (size_t)i * check->numbers;
    const size_t number = check->choices[i].number;
    recorded[0] = kept->outcomes[number];
    if (kept->outcomes[number] == OUTCOME_DONE)
        memcpy(recorded + 1, kept->values + number * kept->width, kept->width * sizeof *recorded);
}

/* Takes the choices from `begin` on that are of the same table. *end is where those of the next one
 * begin. Each is copied on the rank that is to repeat it. */
static enum status take_table(struct spot_check *check, int64_t begin, int64_t *end,
                              struct error *error)
{
    const struct world *world = check->trainer->world;
    const struct choice *choices = check->choices;
    struct kept_values kept;
    bool has = true;
    enum status status = load_table(check, choices[begin].iteration, &kept, error);
    int64_t i = begin;
    for (; !status && i < check->count && choices[i].iteration == choices[begin].iteration; ++i) {
        if (world->rank == 0)
            take_recorded(check, i, &kept);
        if (i % world->size == world->rank)
            has =
                evaluation_copy_make(&check->copies[i], &check->trainer->by_evaluations.evaluations,
                                     choices[i].number) &&
                has;
    }
    *end = i;
    kept_values_destroy(&kept);
    return status ? status
                  : world_agree_memory(world, has, NULL, "the evaluations to repeat", error);
}

/* Not before all tables have been read, so that no rank waits for another. */
static enum status take_tables(struct spot_check *check, struct error *error)
{
    for (int64_t i = 0; i < check->count;)
        if (take_table(check, i, &i, error))
            return error->status;
    collective_broadcast(check->trainer->world, check->recorded,
                         (size_t)check->count * check->numbers * sizeof *check->recorded);
    return STATUS_DONE;
}

static bool has_same_bits(const double *a, const double *b, size_t count)
{
    return memcmp(a, b, count * sizeof *a) == 0;
}

static bool is_same(const struct spot_check *check, int64_t i)
{
    const size_t at = (size_t)i * check->numbers;
    return has_same_bits(check->recorded + at, check->repeated + at, check->numbers);
}

/* Repeats this rank's, up to the first that differs: no rank has an earlier one that it leaves out.
 * Then all ranks get the results. */
static enum status repeat(struct spot_check *check, struct error *error)
{
    struct trainer *trainer = check->trainer;
    const struct world *world = trainer->world;
    struct evaluations *evaluations = &trainer->by_evaluations.evaluations;
    enum outcome outcome = OUTCOME_DONE;
    bool same = true;
    phases_begin(&trainer->phases, PHASE_COMPUTE);
    for (int64_t i = world->rank; same && i < check->count; i += world->size) {
        double *const given = check->repeated + (size_t)i * check->numbers;
        outcome = evaluation_copy_try(&check->copies[i], evaluations, given + 1);
        if (outcome != OUTCOME_DONE)
            memset(given, 0, check->numbers * sizeof *given);
        given[0] = outcome;
        same = is_same(check, i);
    }
    phases_begin(&trainer->phases, PHASE_REDUCTION);
    const enum status status =
        evaluator_agree(&evaluations->evaluator, outcome == OUTCOME_NONE, error);
    if (!status)
        collective_unite(world, check->repeated, (size_t)check->count * check->numbers);
    return status;
}

/* "0.25", or "no value (failed)". */
static void describe(const double *result, size_t value, char *text, size_t size)
{
    if ((enum outcome)result[0] == OUTCOME_DONE)
        snprintf(text, size, "%.17g", result[1 + value]);
    else
        snprintf(text, size, "no value (%s)", outcome_name((enum outcome)result[0]));
}

/* The line about a choice that differs. Its table is brought to work again, which has its name. */
static enum status refuse(const struct spot_check *check, int64_t i, struct error *error)
{
    const struct choice *choice = &check->choices[i];
    const double *recorded = check->recorded + (size_t)i * check->numbers;
    const double *repeated = check->repeated + (size_t)i * check->numbers;
    char path[PATH_MAX], name[PARAMETERS_NAME_MAX + 64], has[64], should[64], which[48] = "";
    struct kept_values kept;
    size_t value = 0;
    const enum status status = load_table(check, choice->iteration, &kept, error);
    kept_values_destroy(&kept);
    if (status)
        return status;
    while (value + 2 < check->numbers &&
           has_same_bits(recorded + 1 + value, repeated + 1 + value, 1))
        ++value;
    if (check->numbers > 2)
        snprintf(which, sizeof which, ", residual %zu", value);
    describe(recorded, value, has, sizeof has);
    describe(repeated, value, should, sizeof should);
    evaluations_name(&check->trainer->by_evaluations.evaluations, choice->number, name,
                     sizeof name);
    if (!outcome_repeats((enum outcome)repeated[0]))
        return error_set(
            error, STATUS_FAILED,
            "%s: could not be repeated: in iteration %lld the evaluation of %s had %s, "
            "and has %s now",
            check->directory, (long long)choice->iteration, name, has, should);
    kept_values_path(check->directory, choice->iteration, path, sizeof path);
    return error_set(error, STATUS_FAILED,
                     "%s: is not what repeating the run gives, at iteration %lld, in the "
                     "evaluation of %s%s: it has %s, and should have %s",
                     path, (long long)choice->iteration, name, which, has, should);
}

static enum status compare(const struct spot_check *check, struct error *error)
{
    for (int64_t i = 0; i < check->count; ++i)
        if (!is_same(check, i))
            return refuse(check, i, error);
    if (check->trainer->world->rank == 0 && !check->trainer->config->quiet)
        printf("dtrain: verified: %lld of %lld evaluations: the same bits\n",
               (long long)check->count, (long long)check->all);
    if (check->trainer->world->rank == 0 && !check->trainer->config->quiet)
        verification_print_facts(check->by_clock);
    return STATUS_DONE;
}

static void destroy(struct spot_check *check)
{
    for (int64_t i = 0; check->copies && i < check->count; ++i)
        free(check->copies[i].numbers);
    free(check->copies);
    free(check->choices);
    free(check->recorded);
    free(check->repeated);
}

enum status spot_check_run(struct trainer *trainer, struct error *error)
{
    struct spot_check check = {.trainer = trainer, .directory = trainer->config->repeated_run};
    enum status status = share_choices(&check, error);
    if (!status)
        status = take_tables(&check, error);
    if (!status)
        status = repeat(&check, error);
    if (!status)
        status = compare(&check, error);
    destroy(&check);
    return status;
}
