/* SPDX-License-Identifier: MIT */
#include "point_gradient.h"

#include "common/clock.h"
#include "common/xxh3.h"
#include "evaluation_rules.h"
#include "files/path.h"
#include "lost_evaluations.h"
#include "progress.h"
#include "ranks/beat.h"
#include "ranks/collective.h"
#include "run_hash.h"
#include "same_bits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lines about what takes long come as often as those of a run. */
static const double tell_every = 30;

/* Rank 0 now and then says how far its node is. */
static void tell_how_far(struct point_gradient *gradient)
{
    const struct evaluations *evaluations = &gradient->evaluations;
    const double now = clock_seconds();
    char left[32];
    struct error line;
    if (gradient->point->config.quiet || now - gradient->told < tell_every ||
        evaluations->begun == 0 || evaluations->begun >= evaluations->listed)
        return;
    gradient->told = now;
    const double speed = (double)evaluations->begun / (now - evaluations->began);
    progress_format_time((double)(evaluations->listed - evaluations->begun) / speed, left,
                         sizeof left);
    error_set(&line, STATUS_DONE, "evaluation %zu of %zu, %.3g/s, %s left", evaluations->begun,
              evaluations->listed, speed, left);
    world_report(gradient->point->world, &line);
}

static bool asks_to_stop(void *context)
{
    struct point_gradient *gradient = context;
    tell_how_far(gradient);
    return stop_is_requested(&gradient->stop, gradient->point->world);
}

/* Fills the batch with the rows of the dataset: each rank reads a part of them, and all get all.
 * *fingerprint is a hash of them. */
static enum status read_rows(struct point_gradient *gradient, uint64_t *fingerprint,
                             struct error *error)
{
    const struct world *world = gradient->point->world;
    const struct range rows = gradient->point->rows;
    struct batch *const batch = &gradient->evaluations.batch;
    const struct range part = range_split(batch->rows, world->rank, world->size);
    const struct range own = {rows.begin + part.begin, rows.begin + part.end};
    struct samples samples;
    if (dataset_read_hashed(&gradient->point->dataset, DATASET_TRAIN, own, own, &samples, error))
        return error->status;
    *fingerprint = collective_sum_hash(world, samples.hash);
    batch_begin(batch, 1);
    for (int64_t row = own.begin; row < own.end; ++row) {
        const struct sample sample = samples_row(&samples, row);
        batch_put(batch, row - rows.begin, &sample);
    }
    dataset_free_samples(&samples);
    collective_unite(world, batch->numbers, batch->count);
    collective_sum(world, batch->numbered, (size_t)batch->rows);
    return STATUS_DONE;
}

static enum status fill_batch(struct point_gradient *gradient, uint64_t *fingerprint,
                              struct error *error)
{
    *fingerprint = 0;
    if (dataset_is_there(&gradient->point->dataset))
        return read_rows(gradient, fingerprint, error);
    batch_take_replicates(&gradient->evaluations.batch, 1);
    return STATUS_DONE;
}

/* The journal's full path, as a model may change the working folder; "" without an output. */
static void name_journal(struct point_gradient *gradient)
{
    const char *const output = gradient->point->config.output;
    char folder[PATH_MAX], full[PATH_MAX];
    if (!output)
        return;
    snprintf(folder, sizeof folder, "%s", output);
    path_to_folder(folder);
    if (!realpath(folder, full))
        snprintf(full, sizeof full, "%s", folder);
    const char *const slash = strrchr(output, '/');
    char name[PATH_MAX];
    snprintf(name, sizeof name, "%s.journal", slash ? slash + 1 : output);
    path_join(gradient->journal, full, name);
}

static enum status keep_journal(struct point_gradient *gradient, uint64_t fingerprint,
                                struct error *error)
{
    const struct config *config = &gradient->point->config;
    const char *const name = gradient->point->model.description;
    struct settings settings;
    if (gradient->journal[0] == '\0')
        return STATUS_DONE;
    config_settings(config, &settings);
    /* The settings do not name a model that is a command. */
    const uint64_t hash = run_hash(&settings, gradient->point->model.user.parameters,
                                   fingerprint ^ XXH3_64bits(name, strlen(name)));
    return evaluations_keep_journal(&gradient->evaluations, journal_mode_find(config->journal),
                                    gradient->journal, hash, error);
}

/* A table that would not fit into memory: its rows are the user's choice. */
static enum status check_size(const struct evaluation_point *point, struct error *error)
{
    const int64_t rows = point->rows.end - point->rows.begin;
    const size_t width = (size_t)evaluator_width(&point->model);
    if (table_capacity(point->model.user.parameters, rows) <= TABLE_MAX / width)
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED,
                     "the evaluations of %lld rows%s would give more than %zu numbers: choose "
                     "fewer by --rows",
                     (long long)rows, point->model.of_model, TABLE_MAX);
}

enum status point_gradient_open(struct point_gradient *gradient,
                                const struct evaluation_point *point, struct error *error)
{
    const struct config *config = &point->config;
    const struct dataset *dataset = &point->dataset;
    const struct evaluations_rules rules = evaluation_rules_of(config);
    uint64_t fingerprint;
    *gradient = (struct point_gradient){
        .point = point,
        .stop = {.max_time = config->max_time, .started = clock_seconds(), .everywhere = true},
        .told = clock_seconds()};
    name_journal(gradient);
    if (check_size(point, error) ||
        evaluations_open(&gradient->evaluations, point->world, &point->model, &rules,
                         point->rows.end - point->rows.begin, dataset->inputs,
                         dataset->labelled ? 0 : dataset->outputs, config->scratch, error))
        return error->status;
    gradient->evaluations.asks_to_stop = asks_to_stop;
    gradient->evaluations.context = gradient;
    if (fill_batch(gradient, &fingerprint, error))
        return error->status;
    return keep_journal(gradient, fingerprint, error);
}

void point_gradient_close(struct point_gradient *gradient)
{
    evaluations_close(&gradient->evaluations);
}

enum status point_gradient_put_off(struct point_gradient *gradient, struct error *error)
{
    return world_agree(gradient->point->world, evaluations_flush(&gradient->evaluations, error),
                       error);
}

enum status point_gradient_forget(const struct point_gradient *gradient, struct error *error)
{
    return gradient->journal[0] ? journal_remove(gradient->journal, INT_MAX, error) : STATUS_DONE;
}

static size_t count_results(const struct evaluations *evaluations)
{
    size_t count = 0;
    for (size_t number = 0; number < evaluations->table.count; ++number)
        count += evaluations->results[number].outcome != OUTCOME_NONE;
    return count;
}

/* "dtrain: 200 parameters of the model pond, central differences, 1 replicate, 401 evaluations on
 * 16 ranks" */
static void announce(const struct point_gradient *gradient)
{
    const struct evaluation_point *point = gradient->point;
    const struct evaluations *evaluations = &gradient->evaluations;
    const size_t parameters = point->model.tensors.parameters;
    const int64_t rows = evaluations->batch.rows;
    char recalled[64] = "";
    struct error line;
    if (point->config.quiet)
        return;
    if (gradient->recalled > 0)
        snprintf(recalled, sizeof recalled, ", %zu of them from the journal,", gradient->recalled);
    error_set(&line, STATUS_DONE,
              "%zu parameter%s%s, %s differences, %lld %s%s, %zu evaluations%s on %d rank%s",
              parameters, parameters == 1 ? "" : "s", point->model.of_model,
              point->config.difference, (long long)rows,
              dataset_is_there(&point->dataset) ? "row" : "replicate", rows == 1 ? "" : "s",
              evaluations->table.count, recalled, point->world->size,
              point->world->size == 1 ? "" : "s");
    world_report(point->world, &line);
}

/* Says how the command goes on. */
static enum status stopped(struct point_gradient *gradient, struct error *error)
{
    const struct evaluations *evaluations = &gradient->evaluations;
    char reason[128];
    if (point_gradient_put_off(gradient, error))
        return error->status;
    stop_describe(&gradient->stop, gradient->point->world, reason, sizeof reason);
    return error_set(error, STATUS_STOPPED, "stopped by %s after %zu of %zu evaluations: %s",
                     reason, count_results(evaluations), evaluations->table.count,
                     evaluations->keeps_journal
                         ? "the same command goes on from there"
                         : "without a journal (--output, --journal) the same command begins again");
}

/* Checks that the model gives the same bits again, and can be evaluated if nothing may fail. */
static enum status check_model(struct point_gradient *gradient, struct error *error)
{
    const struct evaluation_point *point = gradient->point;
    struct same_bits found;
    char first[SAME_BITS_FIRST_SIZE];
    enum status status = same_bits_try(&gradient->evaluations, &found, error);
    if (status)
        return status == STATUS_STOPPED ? stopped(gradient, error) : status;
    same_bits_name_first(&found, first);
    if (found.first != OUTCOME_DONE &&
        failure_policy_find(point->config.on_failure) == FAILURE_STOP)
        status =
            error_set(error, STATUS_EVALUATIONS_FAILED,
                      "the model %s cannot be evaluated at this point (%s): choose another or, "
                      "if only some rows or replicates fail there, give --on-failure skip",
                      point->model.description, first);
    return world_agree(point->world, status, error);
}

/* Begins the table, and checks the model, unless an earlier start has done so. */
static enum status begin(struct point_gradient *gradient, struct error *error)
{
    const struct evaluation_point *point = gradient->point;
    struct evaluations *evaluations = &gradient->evaluations;
    if (evaluations_begin(evaluations, 1, point->theta, 0, error))
        return error->status;
    gradient->recalled = count_results(evaluations);
    announce(gradient);
    return point->config.no_check || gradient->recalled > 0 ? STATUS_DONE
                                                            : check_model(gradient, error);
}

/* Leaves a table that is not complete: because of a stop or, if there was none, because a rank
 * cannot evaluate any more. */
static enum status leave(struct point_gradient *gradient, struct error *error)
{
    const struct evaluator *evaluator = &gradient->evaluations.evaluator;
    if (!gradient->evaluations.broken || gradient->evaluations.requests > 0)
        return stopped(gradient, error);
    if (point_gradient_put_off(gradient, error))
        return error->status;
    return evaluator_agree(evaluator, evaluator->failure.status != STATUS_DONE, error);
}

/* Evaluates all numbers of the table, the rows' own losses included. */
static enum status evaluate(struct point_gradient *gradient, struct error *error)
{
    struct evaluations *evaluations = &gradient->evaluations;
    const size_t count = evaluations->table.count;
    int64_t unused = 0;
    uint32_t *numbers = calloc(count, sizeof *numbers);
    if (world_agree_memory(evaluations->world, numbers, NULL, "the list of evaluations", error))
        return error->status;
    for (size_t number = 0; number < count; ++number)
        numbers[number] = (uint32_t)number;
    beat_enter(PHASE_COMPUTE);
    evaluations_evaluate(evaluations, numbers, count);
    beat_enter(PHASE_REDUCTION);
    const bool complete = evaluations_share(evaluations, &unused);
    free(numbers);
    return complete ? STATUS_DONE : leave(gradient, error);
}

/* What is to become of evaluations that have failed. The journal keeps all others. */
static enum status judge(struct point_gradient *gradient, struct error *error)
{
    const struct config *config = &gradient->point->config;
    const struct lost_allowed allowed = {.policy = failure_policy_find(config->on_failure),
                                         .share = config->max_failures,
                                         .all = gradient->evaluations.table.count,
                                         .where = "",
                                         .again = ""};
    struct error unwritten;
    if (evaluations_check_model(&gradient->evaluations, error))
        return error->status;
    if (!lost_evaluations_judge(&gradient->evaluations, &allowed, error))
        return STATUS_DONE;
    if (point_gradient_put_off(gradient, &unwritten))
        world_report(gradient->point->world, &unwritten);
    return error->status;
}

/* Takes the gradient by the formula of a training. */
static void take_gradient(const struct evaluations *evaluations, enum failure_policy policy,
                          double *weights, struct gradient_result *result)
{
    const struct batch *batch = &evaluations->batch;
    struct differences differences = {.gradient = result->gradient, .rows = result->differences};
    for (int64_t row = 0; row < batch->rows; ++row)
        weights[row] = batch_weight(batch, row);
    differences_take(&evaluations->table, policy, evaluations->losses, weights, &differences);
    for (size_t p = 0; p < result->parameters->count; ++p)
        if (result->differences[p] == 0)
            result->gradient[p] = (double)NAN;
    result->value = differences_mean_loss(evaluations->losses + table_own(&evaluations->table, 0),
                                          weights, batch->rows);
}

/* One of the numbers that an evaluation gives, NaN where it has none: all of them (E). */
static void pick(const struct evaluations *evaluations, size_t which, double *numbers)
{
    const size_t width = (size_t)evaluations->width;
    for (size_t number = 0; number < evaluations->table.count; ++number)
        numbers[number] = evaluations->results[number].outcome == OUTCOME_DONE
                              ? evaluations->values[number * width + which]
                              : (double)NAN;
}

/* Takes values and Jacobian by the same formula. numbers (E) and room (P) are scratch memory. */
static void take_jacobian(const struct evaluations *evaluations, enum failure_policy policy,
                          double *numbers, int64_t *room, struct gradient_result *result)
{
    const struct table *table = &evaluations->table;
    for (size_t which = 0; which < result->width; ++which) {
        pick(evaluations, which, numbers);
        for (int64_t row = 0; row < result->rows; ++row) {
            const size_t at = (size_t)row * result->width + which;
            result->values[at] = numbers[table_own(table, row)];
            differences_of_row(table, policy, numbers, row,
                               result->jacobian + at * result->parameters->count, room);
        }
    }
}

/* Lists what became of each evaluation. */
static void list_evaluations(const struct evaluations *evaluations, struct gradient_result *result)
{
    for (size_t number = 0; number < result->count; ++number) {
        const struct result *of = &evaluations->results[number];
        const struct evaluation what = table_evaluation(&evaluations->table, number);
        result->outcomes[number] = (uint8_t)of->outcome;
        result->seconds[number] = (double)of->seconds;
        result->numbered[number] = evaluations->batch.numbered[what.row];
        result->moved[number] = what.side == 0 ? -1 : (int32_t)what.parameter;
        result->sides[number] = (int8_t)what.side;
        result->lost += outcome_is_lost(of->outcome);
    }
}

/* Rank 0 only. */
static bool make_result(const struct point_gradient *gradient, struct gradient_result *result)
{
    const struct evaluations *evaluations = &gradient->evaluations;
    const struct parameters *parameters = gradient->point->model.user.parameters;
    const enum failure_policy policy = failure_policy_find(gradient->point->config.on_failure);
    const int64_t rows = evaluations->batch.rows;
    const size_t count = evaluations->table.count;
    double *const weights = malloc((size_t)rows * sizeof *weights);
    double *const numbers = malloc(count * sizeof *numbers);
    int64_t *const room = malloc(parameters->count * sizeof *room);
    const bool made =
        weights && numbers && room &&
        gradient_result_create(result, parameters, rows, (size_t)evaluations->width, count);
    if (made) {
        result->model = gradient->point->model.description;
        memcpy(result->theta, gradient->point->theta, parameters->count * sizeof *result->theta);
        take_gradient(evaluations, policy, weights, result);
        take_jacobian(evaluations, policy, numbers, room, result);
        list_evaluations(evaluations, result);
    }
    free(weights);
    free(numbers);
    free(room);
    return made;
}

enum status point_gradient_take(struct point_gradient *gradient, struct gradient_result *result,
                                struct error *error)
{
    const struct world *world = gradient->point->world;
    *result = (struct gradient_result){0};
    if (begin(gradient, error) || evaluate(gradient, error) || judge(gradient, error))
        return error->status;
    const bool made = world->rank != 0 || make_result(gradient, result);
    return world_agree_memory(world, made, NULL, "the gradient", error);
}
