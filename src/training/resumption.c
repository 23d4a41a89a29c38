/* SPDX-License-Identifier: MIT */
#include "resumption.h"

#include "common/named.h"
#include "runs/checkpoint_store.h"
#include "runs/kept_values.h"
#include "runs/run_record.h"
#include "runs/weights.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The last line of that kind in the history, if it is of the iteration where the run resumes. */
static const struct metrics_line *find_line(const struct resumption *resumption,
                                            enum metrics_kind kind)
{
    const struct metrics_history *history = &resumption->history;
    for (size_t i = history->count; i-- > 0;) {
        const struct metrics_line *line = &history->scores[i];
        if (line->iteration != resumption->state.iteration)
            break;
        if (line->kind == kind)
            return line;
    }
    return NULL;
}

const struct metrics_line *resumption_evaluation(const struct resumption *resumption)
{
    const int64_t iteration = resumption->state.iteration;
    return schedule_has_evaluation(resumption->schedule, iteration)
               ? find_line(resumption, METRICS_EVALUATION)
               : NULL;
}

/* Whether the run ends where it resumes: with its last iteration, or by patience. */
static bool is_over(const struct resumption *resumption)
{
    const int64_t iteration = resumption->state.iteration;
    return iteration == resumption->schedule->last || iteration == resumption->end;
}

const struct metrics_line *resumption_test(const struct resumption *resumption)
{
    return resumption_evaluation(resumption) && is_over(resumption)
               ? find_line(resumption, METRICS_TEST)
               : NULL;
}

/* Takes the best of the evaluations that a run of that length has: one that was made only because
 * the run ended earlier does not count. Notes where patience ends the run. */
static void judge(struct resumption *resumption)
{
    const struct metrics_history *history = &resumption->history;
    struct schedule schedule = *resumption->schedule;
    resumption->best = best_none();
    resumption->end = INT64_MAX;
    for (size_t i = 0; i < history->count && resumption->end == INT64_MAX; ++i) {
        const struct metrics_line *line = &history->scores[i];
        if (line->kind != METRICS_EVALUATION ||
            !schedule_has_evaluation(&schedule, line->iteration))
            continue;
        const struct score *score = metrics_scores_find(&line->scores, resumption->judge);
        if (score)
            best_improve(&resumption->best, line->iteration, score_rank(resumption->kind, score));
        if (schedule_end_early(&schedule, line->iteration, &resumption->best))
            resumption->end = line->iteration;
    }
}

/* Reads the newest intact checkpoint up to `last`, in place of the one before. */
static enum status read_checkpoint(struct resumption *resumption, uint64_t fingerprint,
                                   int64_t last, struct error *error)
{
    checkpoint_free(&resumption->state);
    return checkpoint_store_newest(resumption->run_dir, resumption->settings, fingerprint, last,
                                   &resumption->state, error);
}

/* Reads what the metrics have up to the checkpoint. */
static enum status read_history(struct resumption *resumption, struct error *error)
{
    free(resumption->history.scores);
    if (metrics_read_history(resumption->run_dir, resumption->state.iteration,
                             resumption->evaluates, &resumption->history, error))
        return error->status;
    if (resumption->judge && resumption->state.iteration >= 0)
        judge(resumption);
    return STATUS_DONE;
}

/* Takes the newest intact checkpoint before that of the state or, if there is none, the
 * beginning. */
static enum status step_back(struct resumption *resumption, uint64_t fingerprint,
                             struct error *error)
{
    const int64_t before = resumption->state.iteration - 1;
    if (read_checkpoint(resumption, fingerprint, before, error) == STATUS_USAGE)
        return error->status;
    if (!resumption->state.theta)
        resumption->state.iteration = 0;
    return read_history(resumption, error);
}

/* Refuses a run that is already longer than it is to be; names the option that sets its length. */
static enum status refuse_length(const struct resumption *resumption, struct error *error)
{
    const long long last = (long long)resumption->schedule->last;
    const long long reached = (long long)resumption->state.iteration;
    const struct settings *settings = resumption->settings;
    const struct setting *setting =
        find_named(settings->list, (size_t)settings->count, sizeof *settings->list, "epochs");
    const char *epochs = setting ? setting->value : "0";
    if (strcmp(epochs, "0") == 0)
        return error_set(error, STATUS_USAGE, "--iterations %lld: %s has %lld already", last,
                         resumption->run_dir, reached);
    return error_set(error, STATUS_USAGE,
                     "--epochs %s: these are %lld iterations, and %s has %lld already", epochs,
                     last, resumption->run_dir, reached);
}

/* Refuses a run of a model that says something else about its parameters. */
static enum status check_parameters(const struct resumption *resumption,
                                    const struct checkpoint *like, struct error *error)
{
    const struct checkpoint *state = &resumption->state;
    char source[PATH_MAX + 16];
    snprintf(source, sizeof source, "--run-dir %s", resumption->run_dir);
    if (weights_compare_names(source, state->names, like->names, like->tensors.parameters, error))
        return error->status;
    if (state->described == like->described)
        return STATUS_DONE;
    return error_set(error, STATUS_USAGE,
                     "%s: this model has another name or other residuals than there, or its "
                     "parameters other bounds, scales or steps: give the model that it was made "
                     "with",
                     source);
}

/* Refuses tensors of another shape. */
static enum status refuse_tensors(const struct resumption *resumption,
                                  const struct checkpoint *like, struct error *error)
{
    if (!resumption->evaluates)
        return error_set(error, STATUS_USAGE, "--run-dir %s: holds a run of another network",
                         resumption->run_dir);
    return error_set(error, STATUS_USAGE,
                     "--run-dir %s: holds a run of %zu parameters, and this model has %zu: give "
                     "the model that it was made with",
                     resumption->run_dir, resumption->state.tensors.parameters,
                     like->tensors.parameters);
}

/* Refuses a run of another network, or one that is already longer. */
static enum status check_state(const struct resumption *resumption, const struct checkpoint *like,
                               struct error *error)
{
    const struct checkpoint *state = &resumption->state;
    if (state->theta && !tensors_equal(&state->tensors, &like->tensors))
        return refuse_tensors(resumption, like, error);
    if (state->theta && check_parameters(resumption, like, error))
        return error->status;
    if (state->iteration > resumption->schedule->last)
        return refuse_length(resumption, error);
    return STATUS_DONE;
}

/* The iteration of the best checkpoint; -1 if there is no intact one. */
static int64_t read_best(const struct resumption *resumption, uint64_t fingerprint)
{
    char path[PATH_MAX];
    struct checkpoint best;
    struct error ignored;
    checkpoint_store_best_path(resumption->run_dir, path, sizeof path);
    checkpoint_read(path, resumption->settings, fingerprint, &best, &ignored);
    const int64_t iteration = best.iteration;
    checkpoint_free(&best);
    return iteration;
}

/* Whether the checkpoint is what a run of this length has at that iteration. It is not if it lies
 * after the end that patience sets, or was the end of a shorter run whose last evaluation was the
 * best; and without the norm of the gradient it cannot become the end. */
static bool is_of_this_run(const struct resumption *resumption)
{
    const struct checkpoint *state = &resumption->state;
    if (state->iteration > resumption->end)
        return false;
    if (state->iteration == resumption->schedule->last)
        return state->iteration == 0 || !isnan(state->gradient_norm) ||
               resumption_evaluation(resumption);
    return state->best.iteration == resumption->best.iteration;
}

/* Whether the best checkpoint that belongs to the state is there: it is the state itself, or the
 * file, which is of iteration `best_file`; or a later evaluation, of iteration `overtaken_at`, is
 * better. */
static bool has_best(const struct resumption *resumption, int64_t best_file, int64_t overtaken_at)
{
    const int64_t best = resumption->best.iteration, iteration = resumption->state.iteration;
    return best < 0 || best == iteration || best == best_file || iteration < overtaken_at;
}

/* Whether those checkpoints are there that a run with that end keeps and does not write after the
 * state: a longer run may have removed them. */
static bool has_kept(const struct resumption *resumption, int64_t end)
{
    const int64_t period = resumption->schedule->checkpoint_period;
    const int64_t kept = resumption->keep - (end % period > 0);
    int64_t iteration = end - end % period;
    for (int64_t i = 0; i < kept && iteration >= 0; ++i, iteration -= period) {
        char path[PATH_MAX];
        checkpoint_store_path(resumption->run_dir, iteration, path, sizeof path);
        if (iteration <= resumption->state.iteration && access(path, F_OK) != 0)
            return false;
    }
    return true;
}

/* Prints why the run does not resume from its newest checkpoint, whose best evaluation is that of
 * iteration `best`. */
static void tell(const struct resumption *resumption, int64_t end, int64_t best, int64_t best_file)
{
    char path[PATH_MAX];
    checkpoint_store_best_path(resumption->run_dir, path, sizeof path);
    fprintf(stderr, "dtrain: %s: going back from iteration %lld to %lld: ", resumption->run_dir,
            (long long)resumption->newest, (long long)resumption->state.iteration);
    if (end < resumption->newest)
        fprintf(stderr, "by --patience the run ends at %lld\n", (long long)end);
    else if (best >= 0)
        fprintf(stderr, "the best so far is iteration %lld, and %s is %s\n", (long long)best, path,
                best_file < 0 ? "lost" : "of another");
    else
        fputs("the checkpoint of an older dtrain does not hold all that the end of a run needs\n",
              stderr);
}

/* Refuses a smaller patience than before if the run has already gone beyond its end, and a new
 * beginning with other parameters than before. */
static enum status check_record(const struct resumption *resumption, const struct checkpoint *like,
                                int64_t end, struct error *error)
{
    struct run_options options;
    enum status status = STATUS_DONE;
    if (run_record_read_options(resumption->run_dir, &options, error))
        return STATUS_DONE;
    const char *patience = settings_find_text(options.texts, options.bytes, "patience");
    const char *weights = settings_find_text(options.texts, options.bytes, "weights.file");
    if (patience && strcmp(patience, "0") != 0 && end < resumption->newest)
        status =
            error_set(error, STATUS_USAGE,
                      "--patience: with so little, the run would have ended at iteration %lld, "
                      "but %s has %lld already: give more, or choose another --run-dir",
                      (long long)end, resumption->run_dir, (long long)resumption->newest);
    else if (!resumption->state.theta && weights &&
             !run_record_has_weights(&options, &like->tensors, like->theta))
        status =
            error_set(error, STATUS_FAILED,
                      "%s: has to begin again, but --weights are not those that it began with: "
                      "bring them back, or choose another --run-dir",
                      resumption->run_dir);
    free(options.texts);
    return status;
}

/* Goes back to the newest checkpoint from which the run can continue. */
static enum status go_back(struct resumption *resumption, const struct checkpoint *like,
                           struct error *error)
{
    const int64_t best_file = resumption->judge ? read_best(resumption, like->fingerprint) : -1;
    const int64_t best = resumption->best.iteration, end = resumption->end;
    const bool shortens = end < resumption->newest;
    while (resumption->state.theta &&
           !(is_of_this_run(resumption) && has_best(resumption, best_file, best) &&
             (!shortens || has_kept(resumption, end))))
        if (step_back(resumption, like->fingerprint, error))
            return error->status;
    if (resumption->state.iteration == resumption->newest)
        return STATUS_DONE;
    if (check_record(resumption, like, end, error))
        return error->status;
    tell(resumption, end, best, best_file);
    return STATUS_DONE;
}

enum status resumption_find(struct resumption *resumption, const struct checkpoint *like,
                            struct error *error)
{
    resumption->state = checkpoint_none();
    resumption->history = (struct metrics_history){0};
    resumption->best = best_none();
    resumption->end = INT64_MAX;
    if (read_checkpoint(resumption, like->fingerprint, INT64_MAX, error) ||
        check_state(resumption, like, error))
        return error->status;
    resumption->newest = resumption->state.iteration;
    if (read_history(resumption, error))
        return error->status;
    return go_back(resumption, like, error);
}

enum status resumption_begin(const struct resumption *resumption, struct metrics *metrics,
                             struct error *error)
{
    const int64_t iteration = resumption->state.iteration;
    enum metrics_kind last_kept = METRICS_LOSS;
    if (resumption_evaluation(resumption))
        last_kept = is_over(resumption) ? METRICS_TEST : METRICS_EVALUATION;
    if (iteration < resumption->newest &&
        checkpoint_store_remove_after(resumption->run_dir, iteration, resumption->newest, error))
        return error->status;
    if (resumption->evaluates && kept_values_remove_after(resumption->run_dir, iteration, error))
        return error->status;
    /* At its end, a run has the losses after its last update: they are the first evaluations of an
     * iteration that it does not make. If it was stopped before its last scores, it evaluates them
     * once more. */
    const bool has_last = is_over(resumption) && resumption->history.losses >= iteration &&
                          resumption_evaluation(resumption);
    return metrics_resume(metrics, resumption->run_dir, resumption->evaluates, iteration, last_kept,
                          iteration + has_last, error);
}

void resumption_free(struct resumption *resumption)
{
    checkpoint_free(&resumption->state);
    free(resumption->history.scores);
}
