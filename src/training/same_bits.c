/* SPDX-License-Identifier: MIT */
#include "same_bits.h"

#include "common/printable.h"
#include "ranks/collective.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How much of the reason of a failure a line has room for, in characters. */
enum { REASON_SHOWN = 200, REASON_SIZE = 2 * REASON_SHOWN };

/* What an evaluation gave: the outcome, and then its values (width). */
static double *try(struct evaluations *evaluations, size_t number, double *given)
{
    memset(given, 0, (1 + (size_t)evaluations->width) * sizeof *given);
    given[0] = evaluations_try(evaluations, number, given + 1);
    if ((enum outcome)given[0] != OUTCOME_DONE)
        memset(given + 1, 0, (size_t)evaluations->width * sizeof *given);
    return given;
}

/* Whether an outcome says something about the model, and not about the clock or the machine. */
static bool is_comparable(enum outcome outcome)
{
    return outcome != OUTCOME_NONE && outcome_repeats(outcome);
}

/* How far two losses are from each other; infinite if only one of them is there, and 0 if all bits
 * are the same, or if the clock or the machine has taken one. */
static double distance(const struct evaluations *evaluations, const double *a, const double *b)
{
    const size_t bytes = (1 + (size_t)evaluations->width) * sizeof *a;
    if (memcmp(a, b, bytes) == 0 || !is_comparable((enum outcome)a[0]) ||
        !is_comparable((enum outcome)b[0]))
        return 0;
    if (a[0] != b[0])
        return (double)INFINITY;
    const double losses =
        fabs(evaluator_loss(evaluations->model, a + 1) - evaluator_loss(evaluations->model, b + 1));
    return fmax(losses, 0x1p-1074); /* values may differ where losses do not */
}

/* The evaluation between the two that are compared: another one on each rank. */
static size_t other(const struct evaluations *evaluations)
{
    const struct table *table = &evaluations->table;
    const int64_t sides = (int64_t)table->side_count;
    if (sides == 0)
        return table_own(table, 0);
    const int64_t place = evaluations->world->rank % (sides * table->rows);
    return table_side(table, place / sides, (size_t)(place % sides));
}

/* Says on rank 0 that results differ. */
static void tell(const struct evaluations *evaluations, const char *when, double by,
                 const char *why)
{
    struct error line;
    char amount[48] = "";
    if (!isinf(by))
        snprintf(amount, sizeof amount, " (by up to %.3g)", by);
    error_set(&line, STATUS_DONE,
              "the model %s gives other results %s%s: %s; the run cannot be repeated bit for bit",
              evaluations->model->description, when, amount, why);
    world_report(evaluations->world, &line);
}

/* Compares the three evaluations of all ranks. Returns whether they have the same bits. */
static bool compare(const struct evaluations *evaluations, const double *first, const double *again,
                    double *of_first_rank)
{
    const struct world *world = evaluations->world;
    const size_t numbers = 1 + (size_t)evaluations->width;
    memcpy(of_first_rank, first, numbers * sizeof *first);
    collective_broadcast(world, of_first_rank, numbers * sizeof *first);
    const double later = collective_spread(world, distance(evaluations, first, again)).maximum;
    const double elsewhere =
        collective_spread(world, distance(evaluations, first, of_first_rank)).maximum;
    if (later > 0)
        tell(evaluations, "after other evaluations", later,
             "it remembers, so let each evaluation start from the same state");
    if (elsewhere > 0)
        tell(evaluations, "on other ranks", elsewhere,
             "look for threads, other machines or memory that is not initialised");
    return later == 0 && elsewhere == 0;
}

/* The three evaluations of a rank, with their results in room[3 * numbers]. Returns whether one was
 * given up or cannot be made; those behind it are left out. `reason` is that of the first. */
static bool try_three(struct evaluations *evaluations, size_t numbers, double *room, char *reason)
{
    const size_t own = table_own(&evaluations->table, 0);
    const size_t order[] = {own, other(evaluations), own};
    for (size_t i = 0; i < sizeof order / sizeof *order; ++i) {
        const double *given = try(evaluations, order[i], room + i * numbers);
        if ((enum outcome)given[0] == OUTCOME_NONE)
            return true;
        if (i == 0)
            snprintf(reason, PROTOCOL_TEXT_SIZE, "%s", evaluations->evaluator.reason);
    }
    return false;
}

enum status same_bits_try(struct evaluations *evaluations, struct same_bits *found,
                          struct error *error)
{
    const size_t numbers = 1 + (size_t)evaluations->width;
    double *room = calloc(3 * numbers, sizeof *room);
    *found = (struct same_bits){0};
    if (world_agree_memory(evaluations->world, room, NULL, "the first evaluations", error))
        return error->status;
    const bool is_missing = try_three(evaluations, numbers, room, found->reason);
    const enum status status = evaluator_agree(&evaluations->evaluator, is_missing, error);
    if (!status) {
        found->first = (enum outcome)room[0];
        found->same = compare(evaluations, room, room + 2 * numbers, room + numbers);
    }
    free(room);
    return status;
}

void same_bits_name_first(const struct same_bits *found, char *text)
{
    char reason[REASON_SIZE];
    printable_cell(reason, sizeof reason, found->reason, REASON_SHOWN);
    snprintf(text, SAME_BITS_FIRST_SIZE, "%s%s%s", outcome_name(found->first),
             reason[0] ? ": " : "", reason);
}

/* Refuses initial parameters that cannot be evaluated, if nothing may fail. */
static enum status check_beginning(const struct trainer *trainer, const struct same_bits *found,
                                   struct error *error)
{
    char first[SAME_BITS_FIRST_SIZE];
    if (trainer->by_evaluations.policy != FAILURE_STOP || trainer->schedule.first > 0 ||
        found->first == OUTCOME_DONE)
        return STATUS_DONE;
    same_bits_name_first(found, first);
    return error_set(
        error, STATUS_EVALUATIONS_FAILED,
        "the model %s cannot be evaluated at the initial parameters (%s): begin with "
        "others or, if only some rows or replicates fail there, with --on-failure skip",
        trainer->model.description, first);
}

enum status same_bits_check(struct trainer *trainer, struct error *error)
{
    struct same_bits found;
    phases_begin(&trainer->phases, PHASE_COMPUTE);
    const enum status status = same_bits_try(&trainer->by_evaluations.evaluations, &found, error);
    phases_begin(&trainer->phases, PHASE_START);
    if (status)
        return status;
    return world_agree(trainer->world, check_beginning(trainer, &found, error), error);
}

/* Whether an evaluation is to be repeated on this rank: it is another than the one that has done
 * it, if there is another. */
static bool is_audited(const struct trainer *trainer, size_t number)
{
    const struct evaluations *evaluations = &trainer->by_evaluations.evaluations;
    const struct result *result = &evaluations->results[number];
    const struct world *world = trainer->world;
    if (!is_comparable(result->outcome) || result->rank < 0 ||
        (result->rank + 1) % world->size != world->rank)
        return false;
    /* The row -1 is of no evaluation, so that the choice is independent of its random numbers. */
    const uint64_t drawn = random_numbers_seed(RANDOM_EACH, evaluations->rules.seed,
                                               evaluations->iteration, -1, number);
    return (double)drawn * 0x1p-53 < trainer->config->audit;
}

/* Repeats this rank's part, up to the first difference, whose line is in *error, or to an
 * evaluation that is given up or cannot be made: *is_missing. */
static enum status repeat(const struct trainer *trainer, struct evaluations *evaluations,
                          double *given, double *before, bool *is_missing, struct error *error)
{
    enum status status = STATUS_DONE;
    *is_missing = false;
    for (size_t number = 0; number < evaluations->table.count; ++number) {
        const struct result *result = &evaluations->results[number];
        char name[PARAMETERS_NAME_MAX + 64];
        if (status || *is_missing || !is_audited(trainer, number))
            continue;
        memset(before, 0, (1 + (size_t)evaluations->width) * sizeof *before);
        before[0] = result->outcome;
        if (result->outcome == OUTCOME_DONE)
            memcpy(before + 1, evaluations->values + number * (size_t)evaluations->width,
                   (size_t)evaluations->width * sizeof *before);
        const double by = distance(evaluations, before, try(evaluations, number, given));
        *is_missing = (enum outcome)given[0] == OUTCOME_NONE;
        evaluations_name(evaluations, number, name, sizeof name);
        if (by > 0)
            status =
                error_set(error, STATUS_FAILED,
                          "iteration %lld: the model %s gives another result (by %.3g) when "
                          "the evaluation of %s is repeated (--audit); the run cannot be "
                          "repeated bit for bit",
                          (long long)evaluations->iteration, trainer->model.description, by, name);
    }
    return status;
}

enum status same_bits_audit(struct trainer *trainer, struct error *error)
{
    struct evaluations *evaluations = &trainer->by_evaluations.evaluations;
    const size_t numbers = 1 + (size_t)evaluations->width;
    struct error line;
    bool is_missing;
    if (trainer->config->audit == 0)
        return STATUS_DONE;
    double *room = calloc(2 * numbers, sizeof *room);
    if (world_agree_memory(trainer->world, room, NULL, "the audit", error))
        return error->status;
    const enum status status =
        world_agree(trainer->world,
                    repeat(trainer, evaluations, room, room + numbers, &is_missing, &line), &line);
    free(room);
    if (status && !trainer->by_evaluations.audit_told)
        world_report(trainer->world, &line);
    trainer->by_evaluations.audit_told |= status != STATUS_DONE;
    /* A stop is noticed in the next iteration. */
    return evaluator_agree(&evaluations->evaluator, is_missing, error) == STATUS_FAILED
               ? STATUS_FAILED
               : STATUS_DONE;
}
