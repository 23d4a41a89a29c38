/* SPDX-License-Identifier: MIT
 *
 * The way of evaluations (step.h): the table of the iteration is evaluated by all ranks together,
 * every rank applies the same formula to the full table, and makes the same update of a theta of
 * its own. The losses of a batch after its update are in the table of the next iteration, so that
 * no rank waits for them. */
#include "common/clock.h"
#include "core/numbers/norm.h"
#include "core/update/bounded_update.h"
#include "evaluation_records.h"
#include "evaluation_rules.h"
#include "files/path.h"
#include "iteration_table.h"
#include "kept_table.h"
#include "loop.h"
#include "lost_evaluations.h"
#include "ranks/collective.h"
#include "run_hash.h"
#include "same_bits.h"
#include "set_score.h"
#include "signals.h"
#include "step.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A checkpoint is written after each iteration that takes a rank so many seconds. */
static const double slow_iteration = 10;

/* Carries out evaluations of the table, on all ranks. Returns whether all have a result. */
static bool carry_out(struct trainer *trainer, const uint32_t *numbers, size_t count)
{
    struct evaluations *evaluations = &trainer->by_evaluations.evaluations;
    int64_t overdue = recorder_is_overdue(&trainer->recorder);
    phases_begin(&trainer->phases, PHASE_COMPUTE);
    evaluations_evaluate(evaluations, numbers, count);
    phases_begin(&trainer->phases, PHASE_REDUCTION);
    const bool complete = evaluations_share(evaluations, &overdue);
    phases_begin(&trainer->phases, PHASE_COMPUTE);
    trainer->stop.requests = evaluations->requests;
    trainer->stop.abandoned = !complete;
    trainer->overdue = overdue > 0;
    return complete;
}

/* The same for the numbers begin .. end - 1. */
static bool carry_out_range(struct trainer *trainer, size_t begin, size_t end)
{
    uint32_t *const numbers = trainer->by_evaluations.numbers;
    for (size_t number = begin; number < end; ++number)
        numbers[number - begin] = (uint32_t)number;
    return carry_out(trainer, numbers, end - begin);
}

/* The weights of a batch's rows; NULL: all weigh the same. */
static const double *weights_of(struct trainer *trainer, const struct batch *batch)
{
    double *const weights = trainer->by_evaluations.weights;
    for (int64_t i = 0; weights && i < batch->rows; ++i)
        weights[i] = batch_weight(batch, i);
    return weights;
}

/* Records the loss of the batch before, once it has been measured. */
static void record_loss(struct trainer *trainer)
{
    struct evaluations_step *by = &trainer->by_evaluations;
    const struct evaluations *evaluations = &by->evaluations;
    const struct batch *before = &evaluations->before;
    if (!by->loss_pending)
        return;
    by->loss_pending = false;
    recorder_loss(
        &trainer->recorder, before->iteration,
        differences_mean_loss(evaluations->losses, weights_of(trainer, before), before->rows),
        by->lost);
}

/* Evaluates what a one-sided difference needs besides. */
static bool complete_sides(struct trainer *trainer)
{
    struct evaluations_step *by = &trainer->by_evaluations;
    const size_t wanted =
        differences_wanted(&by->evaluations.table, by->policy, by->evaluations.losses, by->numbers);
    return wanted == 0 || carry_out(trainer, by->numbers, wanted);
}

/* The gradient from the full table, and the update; the same on all ranks. */
static void update(struct trainer *trainer, int64_t iteration)
{
    struct evaluations_step *by = &trainer->by_evaluations;
    const struct evaluations *evaluations = &by->evaluations;
    const struct parameters *parameters = trainer->model.user.parameters;
    differences_take(&evaluations->table, by->policy, evaluations->losses,
                     weights_of(trainer, &evaluations->batch), &by->differences);
    trainer->gradient_norm = norm_of(by->differences.gradient, parameters->count);
    lost_evaluations_name_idle(trainer);
    trainer->optimizer.learning_rate = learning_rate_at(&trainer->learning_rate, iteration);
    bounded_update(&trainer->optimizer, parameters, trainer->theta, by->before,
                   by->differences.gradient, by->differences.rows, iteration);
}

/* Writes what the journals hold back, for an iteration that is to be continued later. If that is
 * because a rank cannot evaluate any more, rather than because of a stop, the run fails. */
static enum status put_off(struct trainer *trainer, struct error *error)
{
    struct evaluations *evaluations = &trainer->by_evaluations.evaluations;
    const bool is_broken = evaluations->broken && evaluations->requests == 0;
    const enum status status =
        world_agree(trainer->world, evaluations_flush(evaluations, error), error);
    if (status || !is_broken)
        return status;
    return evaluator_agree(&evaluations->evaluator,
                           evaluations->evaluator.failure.status != STATUS_DONE, error);
}

/* Leaves a run that fails, whose line is in *error: a resume goes on with what the journals hold.
 */
static enum status leave(struct trainer *trainer, struct error *error)
{
    struct error unwritten;
    if (put_off(trainer, &unwritten))
        world_report(trainer->world, &unwritten);
    return error->status;
}

/* What is noted of an iteration once its table is full. */
static enum status close_table(struct trainer *trainer, struct error *error)
{
    struct evaluations_step *by = &trainer->by_evaluations;
    const struct evaluations_sum *sum = &by->evaluations.sum;
    evaluations_learn(&by->evaluations);
    by->lost = evaluation_records_lost(trainer);
    if (trainer->world->rank == 0)
        evaluation_records_times(trainer);
    by->loss_pending = true;
    if (kept_table_write(trainer, error))
        return error->status;
    trainer->overdue |= sum->seconds > slow_iteration * trainer->world->size;
    return same_bits_audit(trainer, error) ? leave(trainer, error) : STATUS_DONE;
}

/* Ends the run if too many evaluations were lost; they are on record then, and the journals hold
 * all others, as a resume may go on without them. */
static enum status check_losses(struct trainer *trainer, struct error *error)
{
    if (evaluations_check_model(&trainer->by_evaluations.evaluations, error))
        return error->status;
    if (!lost_evaluations_check(trainer, error))
        return STATUS_DONE;
    evaluation_records_lost(trainer);
    return leave(trainer, error);
}

static enum status take(struct trainer *trainer, int64_t iteration, struct error *error)
{
    struct evaluations_step *by = &trainer->by_evaluations;
    if (iteration_table_begin(trainer, iteration, error))
        return error->status;
    if (!carry_out_range(trainer, 0, by->evaluations.table.first))
        return put_off(trainer, error);
    record_loss(trainer);
    if (!complete_sides(trainer))
        return put_off(trainer, error);
    if (check_losses(trainer, error) || close_table(trainer, error))
        return error->status;
    update(trainer, iteration);
    return STATUS_DONE;
}

/* What a rank has spent on some evaluations, in seconds. */
struct trial {
    size_t count;
    double sum, longest;
    bool is_missing; /* whether one was given up, or cannot be made */
};

/* Evaluates for about a second, or once if that takes longer, others than the other ranks. Where no
 * parameter can move, the loss of a row is all that there is. */
static struct trial try_some(struct evaluations *evaluations)
{
    const double enough = 1;
    const struct table *table = &evaluations->table;
    const size_t size = (size_t)evaluations->world->size;
    const size_t begin = table->first > 0 ? 0 : table_own(table, 0);
    const size_t count = table->first > 0 ? table->first : 1;
    struct trial trial = {0};
    for (size_t place = (size_t)evaluations->world->rank % count;
         place < count && trial.sum < enough && !trial.is_missing &&
         (trial.count == 0 || !signals_ask_to_stop());
         place += size) {
        const double start = clock_seconds();
        trial.is_missing =
            evaluations_try(evaluations, begin + place, evaluations->room) == OUTCOME_NONE;
        const double seconds = clock_seconds() - start;
        ++trial.count;
        trial.sum += seconds;
        trial.longest = fmax(trial.longest, seconds);
    }
    return trial;
}

static enum status estimate(struct trainer *trainer, struct step_estimate *result,
                            struct error *error)
{
    const struct world *world = trainer->world;
    struct evaluations *evaluations = &trainer->by_evaluations.evaluations;
    if (iteration_table_begin(trainer, 1, error))
        return error->status;
    const struct trial trial = try_some(evaluations);
    const enum status status = evaluator_agree(&evaluations->evaluator, trial.is_missing, error);
    if (status)
        return status == STATUS_STOPPED ? loop_stop_before(trainer, error) : status;
    result->evaluations = evaluations->table.first + (size_t)evaluations->batch.rows;
    result->mean = collective_spread(world, trial.sum).mean /
                   collective_spread(world, (double)trial.count).mean;
    result->longest = collective_spread(world, trial.longest).maximum;
    result->seconds =
        fmax((double)result->evaluations * result->mean / world->size, result->longest);
    return STATUS_DONE;
}

/* Whether what is due at an iteration needs the loss of its batch: the end of the run, or scores,
 * which stand behind it. A checkpoint does not. */
static bool needs_loss(const struct trainer *trainer, int64_t iteration)
{
    return iteration == trainer->schedule.last || trainer->config->repeated_run ||
           (trainer->loader.set_count > 0 && schedule_evaluates(&trainer->schedule, iteration));
}

/* Whether a run that was stopped during scores resumes with them. The losses at that iteration are
 * on record, but their table, whose failures belong to the run if this is its end, is not there. */
static bool lacks_table(const struct trainer *trainer, int64_t iteration)
{
    const struct schedule *schedule = &trainer->schedule;
    return schedule->resumed && iteration == schedule->first && iteration > 0 &&
           schedule_evaluates(schedule, iteration) &&
           trainer->by_evaluations.evaluations.iteration != iteration + 1;
}

static enum status settle(struct trainer *trainer, int64_t iteration, struct error *error)
{
    struct evaluations *evaluations = &trainer->by_evaluations.evaluations;
    if (!(trainer->by_evaluations.loss_pending || lacks_table(trainer, iteration)) ||
        !needs_loss(trainer, iteration))
        return STATUS_DONE;
    if (iteration_table_begin(trainer, iteration + 1, error))
        return error->status;
    if (!carry_out_range(trainer, 0, (size_t)evaluations->table.before))
        return put_off(trainer, error);
    if (check_losses(trainer, error))
        return error->status;
    record_loss(trainer);
    return STATUS_DONE;
}

/* The losses after the last update are evaluations of a table that is never completed. */
static void end(struct trainer *trainer, int64_t iteration)
{
    if (trainer->by_evaluations.evaluations.iteration == iteration + 1)
        evaluation_records_lost(trainer);
}

/* Scores that a stop leaves incomplete are taken when the run is resumed. */
static enum status score(struct trainer *trainer, int64_t iteration,
                         const struct evaluation_set *set, struct score *result,
                         struct error *error)
{
    struct evaluations_step *by = &trainer->by_evaluations;
    const struct evaluations_rules *rules = &by->evaluations.rules;
    const struct set_evaluation evaluation = {
        &by->evaluations.evaluator, trainer->theta, iteration,
        rules->random_numbers,      rules->seed,    rules->retries};
    const enum status status =
        set_score_compute(trainer->world, &evaluation, &set->rows, result, error);
    if (status == STATUS_STOPPED) {
        trainer->stop.requests = 1;
        trainer->stop.abandoned = true;
        return STATUS_DONE;
    }
    if (status)
        return leave(trainer, error);
    if (result->lost == 0 || by->policy != FAILURE_STOP)
        return STATUS_DONE;
    return error_set(error, STATUS_EVALUATIONS_FAILED,
                     "iteration %lld: %lld of %lld rows of the %s set cannot be evaluated: "
                     "--on-failure one-sided or skip leaves them out, also with --resume",
                     (long long)iteration, (long long)result->lost,
                     (long long)set->rows.global_count, set->name);
}

static double gradient_norm(const struct trainer *trainer, int64_t iteration)
{
    (void)iteration;
    return trainer->gradient_norm;
}

/* All ranks get to know the run directory, where they look for the file `stop` and keep their
 * journals; by its full path, as a model may change the working folder. */
static void share_directory(struct trainer *trainer)
{
    struct evaluations_step *by = &trainer->by_evaluations;
    char given[PATH_MAX] = "";
    if (trainer->world->rank == 0)
        snprintf(given, sizeof given, "%s", trainer->recorder.directory);
    collective_broadcast(trainer->world, given, sizeof given);
    if (!realpath(given, by->directory))
        snprintf(by->directory, sizeof by->directory, "%s", given);
    path_join(by->journal_folder, by->directory, "journal");
    trainer->stop.run_dir = by->directory;
}

static enum status keep_journal(struct trainer *trainer, struct error *error)
{
    struct evaluations_step *by = &trainer->by_evaluations;
    const uint64_t hash = run_hash(&trainer->recorder.settings, trainer->model.user.parameters,
                                   trainer->recorder.fingerprint);
    share_directory(trainer);
    return evaluations_keep_journal(&by->evaluations, journal_mode_find(trainer->config->journal),
                                    by->journal_folder, hash, error);
}

/* Removes the journals of earlier starts once they have been used up, or all at the end. Rank 0
 * only. */
static void remove_journals(struct trainer *trainer, int64_t iteration, bool is_end)
{
    struct evaluations_step *by = &trainer->by_evaluations;
    struct error ignored;
    if (is_end || by->evaluations.past_last <= iteration)
        journal_remove(by->journal_folder, is_end ? INT_MAX : by->evaluations.start, &ignored);
}

/* The journals hold nothing that a checkpoint does not, except of a table that has begun. A run
 * that stops leaves them complete. */
static enum status saved(struct trainer *trainer, int64_t iteration, struct error *error)
{
    /* At the end the losses after the last update are there, though their table is never complete.
     */
    const bool is_end = iteration == trainer->schedule.last && !trainer->stop.abandoned;
    evaluations_forget(&trainer->by_evaluations.evaluations, is_end ? INT64_MAX : iteration);
    if (trainer->world->rank == 0)
        remove_journals(trainer, iteration, is_end);
    return trainer->stop.abandoned ? put_off(trainer, error) : STATUS_DONE;
}

static enum status prepare(struct trainer *trainer, int64_t *groups, int *parts,
                           struct error *error)
{
    (void)error;
    *groups = trainer->config->batch_size;
    *parts = 1;
    return STATUS_DONE;
}

static bool asks_to_stop(void *context)
{
    struct trainer *trainer = context;
    const struct evaluations *evaluations = &trainer->by_evaluations.evaluations;
    if (trainer->phases.now == PHASE_COMPUTE && evaluations->begun < evaluations->listed)
        recorder_table(&trainer->recorder, evaluations->iteration, evaluations->begun,
                       evaluations->listed, clock_seconds() - evaluations->began);
    return stop_is_requested(&trainer->stop, trainer->world);
}

/* Room for what a rank computes from a full table. */
static bool make_room(struct trainer *trainer)
{
    struct evaluations_step *by = &trainer->by_evaluations;
    const size_t parameters = trainer->model.tensors.parameters;
    by->numbers = malloc(by->evaluations.capacity * sizeof *by->numbers);
    by->differences.gradient = calloc(parameters, sizeof *by->differences.gradient);
    by->differences.rows = calloc(parameters, sizeof *by->differences.rows);
    by->before =
        calloc(optimizer_block_size(trainer->optimizer.rule, parameters), sizeof *by->before);
    by->idle_told = calloc(parameters, sizeof *by->idle_told);
    by->weights = calloc((size_t)trainer->config->batch_size, sizeof *by->weights);
    return by->numbers && by->differences.gradient && by->differences.rows && by->before &&
           by->weights && by->idle_told;
}

static enum status open_evaluations(struct trainer *trainer, struct error *error)
{
    struct evaluations_step *by = &trainer->by_evaluations;
    const struct config *config = trainer->config;
    const struct dataset *dataset = trainer->loader.dataset;
    const struct evaluations_rules rules = evaluation_rules_of(config);
    const size_t block =
        optimizer_block_size(trainer->optimizer.rule, trainer->model.tensors.parameters);
    by->policy = failure_policy_find(config->on_failure);
    if (evaluations_open(&by->evaluations, trainer->world, &trainer->model, &rules,
                         config->batch_size, dataset->inputs,
                         dataset->labelled ? 0 : dataset->outputs, config->scratch, error))
        return error->status;
    by->evaluations.asks_to_stop = asks_to_stop;
    by->evaluations.context = trainer;
    if (world_agree_memory(trainer->world, make_room(trainer), NULL, "the gradient", error))
        return error->status;
    return node_memory_create(&trainer->block, trainer->world, false, block, "the optimizer",
                              error);
}

/* A resumed run may have a loss that its checkpoint did not wait for. */
static enum status begin(struct trainer *trainer, struct error *error)
{
    struct evaluations_step *by = &trainer->by_evaluations;
    const struct schedule *schedule = &trainer->schedule;
    const struct config *config = trainer->config;
    const bool leaves_files = !config->dry_run && !config->repeated_run;
    trainer->stop.everywhere = true;
    by->loss_pending = schedule->first_without_loss;
    by->lost = schedule->first_lost;
    if (leaves_files &&
        (evaluations_take_records(&by->evaluations, &trainer->recorder.records, error) ||
         keep_journal(trainer, error)))
        return error->status;
    /* A run that resumes was checked when it began: where evaluations are slow, each check costs.
     */
    if (config->no_check || config->repeated_run || schedule->resumed || schedule->last == 0)
        return STATUS_DONE;
    if (iteration_table_begin(trainer, schedule->first + 1, error))
        return error->status;
    const enum status status = same_bits_check(trainer, error);
    return status == STATUS_STOPPED ? loop_stop_before(trainer, error) : status;
}

static void close_evaluations(struct trainer *trainer)
{
    struct evaluations_step *by = &trainer->by_evaluations;
    evaluations_close(&by->evaluations);
    free(by->numbers);
    free(by->differences.gradient);
    free(by->differences.rows);
    free(by->before);
    free(by->weights);
    free(by->idle_told);
}

const struct step_method step_of_evaluations = {
    .prepare = prepare,
    .open = open_evaluations,
    .begin = begin,
    .close = close_evaluations,
    .take = take,
    .estimate = estimate,
    .settle = settle,
    .end = end,
    .score = score,
    .saved = saved,
    .gradient_norm = gradient_norm,
};
