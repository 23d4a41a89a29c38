/* SPDX-License-Identifier: MIT */
#include "lost_evaluations.h"

#include "common/printable.h"
#include "ranks/collective.h"

#include <stdio.h>
#include <string.h>

/* How much of a simulation's own words a line has room for, in characters. */
enum { REASON_SHOWN = 200, REASON_SIZE = 2 * REASON_SHOWN };

/* How an evaluation failed, where nothing more is known. */
static const char *const causes[OUTCOMES] = {
    [OUTCOME_FAILED] = "reported by the model",
    [OUTCOME_NOT_FINITE] = "its result is not finite",
    [OUTCOME_TIMED_OUT] = "it took longer than --evaluation-timeout",
    [OUTCOME_CRASHED] = "its process ended",
    [OUTCOME_NONSENSE] = "its process gave an answer that is none",
};

/* Room for which evaluation was the first, and why. */
enum { FIRST_SIZE = PARAMETERS_NAME_MAX + REASON_SIZE + 128 };

/* How many evaluations of the table have failed, and the first of them. */
struct losses {
    size_t lost, first;
};

static struct losses count(const struct evaluations *evaluations)
{
    struct losses losses = {0};
    for (size_t number = evaluations->table.count; number-- > 0;) {
        const enum outcome outcome = evaluations->results[number].outcome;
        losses.lost += outcome_is_lost(outcome);
        if (outcome_is_lost(outcome))
            losses.first = number;
    }
    return losses;
}

/* All ranks get the reason that the rank has which evaluated it; "" where that is not known.
 * Collective. */
static void share_reason(const struct evaluations *evaluations, size_t number, char *reason)
{
    const int rank = evaluations->results[number].rank;
    int64_t words[PROTOCOL_TEXT_SIZE / sizeof(int64_t)] = {0};
    if (rank >= 0 && rank == evaluations->world->rank && evaluations->lost_number == number)
        memcpy(words, evaluations->lost_reason, strlen(evaluations->lost_reason));
    if (rank >= 0)
        collective_sum(evaluations->world, words, sizeof words / sizeof *words);
    printable_cell(reason, REASON_SIZE, (const char *)words, REASON_SHOWN);
}

/* "outlet + h, row 5 (the pond is dry; tried 2 times)". Collective. */
static void describe(const struct evaluations *evaluations, size_t number, char *text, size_t size)
{
    const struct result *result = &evaluations->results[number];
    char name[PARAMETERS_NAME_MAX + 64], reason[REASON_SIZE];
    evaluations_name(evaluations, number, name, sizeof name);
    share_reason(evaluations, number, reason);
    snprintf(text, size, "%s (%s%s tried %d time%s)", name,
             reason[0] ? reason : causes[result->outcome], reason[0] ? ";" : ",", result->attempts,
             result->attempts == 1 ? "" : "s");
}

enum status lost_evaluations_judge(const struct evaluations *evaluations,
                                   const struct lost_allowed *allowed, struct error *error)
{
    const struct losses losses = count(evaluations);
    const bool stops = allowed->policy == FAILURE_STOP;
    char first[FIRST_SIZE];
    if (losses.lost == 0 ||
        (!stops && (double)losses.lost <= allowed->share * (double)allowed->all))
        return STATUS_DONE;
    describe(evaluations, losses.first, first, sizeof first);
    if (stops)
        return error_set(error, STATUS_EVALUATIONS_FAILED,
                         "%s%zu of %zu evaluations%s failed, the first at %s: --on-failure "
                         "one-sided or skip goes on without such losses%s",
                         allowed->where, losses.lost, allowed->all, evaluations->model->of_model,
                         first, allowed->again);
    return error_set(error, STATUS_EVALUATIONS_FAILED,
                     "%s%zu of %zu evaluations%s failed, more than --max-failures %g; the first "
                     "at %s",
                     allowed->where, losses.lost, allowed->all, evaluations->model->of_model,
                     allowed->share, first);
}

/* The first evaluation that the clock or the machine has taken from a run that is repeated, and not
 * from that run; the number of evaluations if there is none. */
static size_t find_new_hit(const struct evaluations *evaluations)
{
    size_t number = 0;
    while (number < evaluations->table.count &&
           (outcome_repeats(evaluations->results[number].outcome) ||
            evaluations->results[number].rank < 0))
        ++number;
    return number;
}

/* A run that is repeated has not ended by its losses, so none may be lost that it did not do
 * without. What only the clock or the machine has decided proves nothing against it. */
static enum status check_repetition(const struct trainer *trainer, struct error *error)
{
    const struct evaluations *evaluations = &trainer->by_evaluations.evaluations;
    const struct losses losses = count(evaluations);
    const size_t hit = find_new_hit(evaluations);
    const bool is_hit = hit < evaluations->table.count;
    char first[FIRST_SIZE];
    if (losses.lost == 0 || (!is_hit && trainer->by_evaluations.policy != FAILURE_STOP))
        return STATUS_DONE;
    describe(evaluations, is_hit ? hit : losses.first, first, sizeof first);
    return error_set(
        error, STATUS_FAILED,
        "%s: could not be repeated: in iteration %lld an evaluation%s failed, and not before: at "
        "%s",
        trainer->config->repeated_run, (long long)evaluations->iteration, trainer->model.of_model,
        first);
}

enum status lost_evaluations_check(const struct trainer *trainer, struct error *error)
{
    const struct evaluations_step *by = &trainer->by_evaluations;
    char where[48];
    snprintf(where, sizeof where, "iteration %lld: ", (long long)by->evaluations.iteration);
    const struct lost_allowed allowed = {.policy = by->policy,
                                         .share = trainer->config->max_failures,
                                         .all = by->evaluations.table.first,
                                         .where = where,
                                         .again = ", also with --resume"};
    return trainer->config->repeated_run
               ? check_repetition(trainer, error)
               : lost_evaluations_judge(&by->evaluations, &allowed, error);
}

/* Parameters that keep their values for the same reason. */
struct idle {
    size_t count, first;
    const char *reason;
};

static void add_idle(struct idle *idle, size_t p)
{
    if (idle->count++ == 0)
        idle->first = p;
}

/* One line for all of them, as a failure may concern thousands. */
static void name_idle(const struct trainer *trainer, const struct idle *idle)
{
    const char *const first = trainer->model.user.parameters->names[idle->first];
    const long long iteration = (long long)trainer->by_evaluations.evaluations.iteration;
    struct error line;
    if (idle->count == 0)
        return;
    if (idle->count == 1)
        error_set(&line, STATUS_DONE, "iteration %lld: %s keeps its value, as %s", iteration, first,
                  idle->reason);
    else
        error_set(&line, STATUS_DONE, "iteration %lld: %s and %zu more keep their values, as %s",
                  iteration, first, idle->count - 1, idle->reason);
    world_report(trainer->world, &line);
}

/* Whether the table has sides of a parameter. *side is the first that is not of one before, and is
 * moved behind those of this one. */
static bool pass_sides(const struct table *table, size_t p, size_t *side)
{
    const size_t begin = *side;
    while (*side < table->side_count && table->sides[*side].parameter == p)
        ++*side;
    return *side > begin;
}

void lost_evaluations_name_idle(struct trainer *trainer)
{
    struct evaluations_step *by = &trainer->by_evaluations;
    const struct parameters *parameters = trainer->model.user.parameters;
    struct idle unmoved = {.reason = "h does not fit within the bounds, or is lost in rounding: "
                                     "give another step in describe(), or another --step"};
    struct idle lost = {.reason = "all differences lack a loss"};
    if (by->differences.without == 0)
        return;
    for (size_t p = 0, side = 0; p < parameters->count; ++p) {
        const bool has_sides = pass_sides(&by->evaluations.table, p, &side);
        if (by->differences.rows[p] > 0 || by->idle_told[p] || !parameters_is_free(parameters, p))
            continue;
        by->idle_told[p] = true;
        add_idle(has_sides ? &lost : &unmoved, p);
    }
    name_idle(trainer, &unmoved);
    name_idle(trainer, &lost);
}
