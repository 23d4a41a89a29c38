/* SPDX-License-Identifier: MIT */
#include "announce.h"

#include "common/printable.h"
#include "core/model/digest.h"
#include "files/path.h"
#include "loop.h"
#include "step.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Prints the shares of the phases, in percent of the time since this process began. */
static void print_shares(const struct phases *phases, double seconds)
{
    const double percent = 100 / seconds, waiting = phases->total[PHASE_WAITING];
    printf("  time: compute %.0f %%, reduction %.0f %%, waiting for other ranks %.0f %%, "
           "evaluation %.0f %%, checkpoints %.0f %%, start %.0f %%\n",
           percent * phases->total[PHASE_COMPUTE],
           percent * (phases->total[PHASE_REDUCTION] - waiting), percent * waiting,
           percent * phases->total[PHASE_EVALUATION], percent * phases->total[PHASE_CHECKPOINT],
           percent * phases->total[PHASE_START]);
}

static const struct score *train_score(const struct trainer *trainer)
{
    return metrics_scores_find(&trainer->recorder.scores, "train");
}

/* Whether the labels of all wrong rows have a probability near 0, and those of all others one near
 * 1: then gradients vanish, and nothing more is learned. */
static bool is_saturated(const struct trainer *trainer)
{
    const struct score *train = train_score(trainer);
    if (!train)
        return false;
    const double wrong = 1 - train->measures[0];
    return wrong > 0.1 && train->loss > 0.99 * trainer->model.loss_ceiling * wrong;
}

/* Whether every parameter has the bits that it had before the first step. False if memory is
 * short. */
static bool is_unchanged(const struct trainer *trainer)
{
    struct digest now;
    return trainer->schedule.last > 0 &&
           digest_parameters(&trainer->model.tensors, trainer->theta, &now) &&
           digest_equal(now, trainer->recorder.initial);
}

/* Whether the last gradient of a model with bounds moves parameters beyond them only. */
static bool is_held(const struct trainer *trainer)
{
    const struct parameters *parameters = trainer->model.user.parameters;
    const double *gradient = trainer->by_evaluations.differences.gradient;
    bool pushes = false;
    for (size_t p = 0; trainer->model.kind->evaluates && p < parameters->count; ++p) {
        const double bound = gradient[p] > 0 ? parameters->lower[p] : parameters->upper[p];
        if (gradient[p] != 0 && trainer->theta[p] != bound)
            return false;
        pushes = pushes || gradient[p] != 0;
    }
    return pushes;
}

/* Describes a run in which no parameter has changed. */
static void describe_unchanged(const struct trainer *trainer, bool has_gradient, struct error *line)
{
    char why[80] = ", as their gradient is 0";
    if (is_held(trainer))
        snprintf(why, sizeof why, ", as their bounds hold them");
    else if (has_gradient)
        snprintf(why, sizeof why, ": --learning-rate %g is too small",
                 trainer->config->learning_rate);
    else if (trainer->by_evaluations.differences.without > 0)
        snprintf(why, sizeof why, ", as their gradient is 0 or cannot be computed");
    error_set(line, STATUS_DONE, "the parameters did not change in %lld iterations%s",
              (long long)trainer->schedule.last, why);
}

/* Describes a run whose last two evaluations have the same loss. */
static void describe_same_loss(const struct trainer *trainer, struct error *line)
{
    const struct config *config = trainer->config;
    const int used = snprintf(line->text, sizeof line->text,
                              "the loss sticks at %.6g, as between the last two evaluations "
                              "nothing changed: ",
                              train_score(trainer)->loss);
    char *const rest = line->text + used;
    const size_t left = sizeof line->text - (size_t)used;
    if (trainer->model.kind->blames_step)
        snprintf(rest, left, "the loss%s may not change within --step %g; try a larger one",
                 trainer->model.of_model, config->step);
    else
        snprintf(rest, left, "--learning-rate %g is too small", config->learning_rate);
}

static void describe_saturation(const struct trainer *trainer, struct error *line)
{
    const struct config *config = trainer->config;
    error_set(
        line, STATUS_DONE,
        "the loss sticks at %.4f: nearly every row is certainly right or certainly wrong (loss "
        "%.2f), and gradients vanish; begin again with a smaller --learning-rate than %g%s",
        train_score(trainer)->loss, trainer->model.loss_ceiling, config->learning_rate,
        config->weights ? ", or other --weights" : " or --init-std");
}

/* Warns on standard error if a run may not have ended as intended. A network that has learned
 * nearly all there is may keep the same loss, too, and is not warned about. */
static void print_warning(const struct trainer *trainer)
{
    const double much = 0.01;
    const bool blames_step = trainer->model.kind->blames_step;
    const bool has_gradient = trainer->method->gradient_norm(trainer, trainer->schedule.last) != 0;
    const bool same_loss = trainer->recorder.loss_unchanged && trainer->schedule.last > 0;
    const bool unchanged = is_unchanged(trainer);
    struct error line = {0};
    if (is_saturated(trainer))
        describe_saturation(trainer, &line);
    else if (unchanged && (has_gradient || !blames_step || !same_loss))
        describe_unchanged(trainer, has_gradient, &line);
    else if (same_loss && (blames_step || train_score(trainer)->loss > much))
        describe_same_loss(trainer, &line);
    else
        return;
    fprintf(stderr, "dtrain: %s\n", line.text);
}

/* The files of a finished run, below its directory. */
enum { FILES_MAX = 6, FILE_NAME_SIZE = 64 };
_Static_assert(sizeof "checkpoints/iteration-1000000000000.h5" <= FILE_NAME_SIZE,
               "the longest name fits");
struct run_files {
    int count;
    char names[FILES_MAX][FILE_NAME_SIZE];
};

/* Lists those that are there, or those that are missing. */
static struct run_files list_files(const struct trainer *trainer, bool there)
{
    char last[FILE_NAME_SIZE];
    const bool has_best = trainer->best.iteration >= 0;
    const bool has_failures = trainer->recorder.keeps_failures;
    const char *const names[FILES_MAX] = {"run.json",     "metrics.jsonl",
                                          "timing.jsonl", has_failures ? "failures.jsonl" : NULL,
                                          last,           has_best ? "checkpoints/best.h5" : NULL};
    struct run_files files = {0};
    snprintf(last, sizeof last, "checkpoints/iteration-%07lld.h5",
             (long long)trainer->schedule.last);
    for (int i = 0; i < FILES_MAX; ++i)
        if (names[i] && path_exists(trainer->recorder.directory, names[i]) == there)
            snprintf(files.names[files.count++], FILE_NAME_SIZE, "%s", names[i]);
    return files;
}

/* "run.json, metrics.jsonl" */
static void join_files(const struct run_files *files, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < files->count && used < size; ++i)
        used +=
            (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? ", " : "", files->names[i]);
}

/* For a run with validation rows. */
static void print_best(const struct trainer *trainer)
{
    const struct schedule *schedule = &trainer->schedule;
    const long long best = (long long)trainer->best.iteration;
    char directory[PRINTABLE_PATH_SIZE];
    if (best < 0)
        return;
    printable_copy(directory, sizeof directory, trainer->recorder.directory);
    printf("  best on the validation rows: iteration %lld, %s %.4f", best,
           trainer->model.score->first_ranks ? trainer->model.score->measures[0] : "loss",
           fabs(trainer->best.score));
    if (path_exists(trainer->recorder.directory, "checkpoints/best.h5"))
        printf(": %s/checkpoints/best.h5", directory);
    putchar('\n');
    if (loop_ended_early(trainer))
        printf("  ended %lld iterations early: none of %lld %s was better (--patience)\n",
               (long long)(trainer->config->iterations - trainer->schedule.last),
               (long long)trainer->config->patience,
               schedule->evaluation_period > schedule->epoch ? "evaluations" : "epochs");
}

/* What can be done with a run whose files are all there: commands that can be typed as they stand.
 * The scripts lie beside dtrain, and not beside a program with a model of its own. */
static void print_uses(const struct trainer *trainer)
{
    const bool early = loop_ended_early(trainer);
    const char *const given = trainer->config->model_command; /* a run does not give it back */
    char program[PRINTABLE_WORD_SIZE], directory[PRINTABLE_WORD_SIZE];
    char command[PRINTABLE_WORD_SIZE] = "";
    printable_word(program, trainer->config->command_line[0]);
    if (given)
        printable_word(command, given);
    printable_word(directory, trainer->recorder.directory);
    const char *const scripts = trainer->config->has_linked_model ? "dtrain" : program;
    printf("  pictures: %s plot %s    report: %s report %s\n"
           "  to continue: %s --resume --run-dir %s --like %s%s%s --%s %lld\n",
           scripts, directory, scripts, directory, program, directory, directory,
           given ? " --model-command " : "", command, early ? "patience" : "iterations",
           2 * (long long)(early ? trainer->config->patience : trainer->schedule.last));
}

static void print_files(const struct trainer *trainer)
{
    const struct run_files there = list_files(trainer, true);
    char directory[PRINTABLE_PATH_SIZE], names[FILES_MAX * FILE_NAME_SIZE];
    printable_copy(directory, sizeof directory, trainer->recorder.directory);
    join_files(&there, names, sizeof names);
    printf("  files: %s: %s\n", directory, names);
    if (list_files(trainer, false).count == 0)
        print_uses(trainer);
}

/* The numbers by which two runs can be compared (dtrain digest). */
static void print_digests(const struct trainer *trainer)
{
    struct digest parameters, metrics;
    char text[2][DIGEST_TEXT_SIZE];
    struct error error;
    if (!digest_parameters(&trainer->model.tensors, trainer->theta, &parameters)) {
        error_memory(&error, NULL, "the digest of the parameters");
        world_report(trainer->world, &error);
        return;
    }
    digest_format(parameters, text[0]);
    printf("  digest: parameters %s", text[0]);
    if (!metrics_digest(trainer->recorder.directory, &metrics, &error)) {
        digest_format(metrics, text[1]);
        printf(", metrics %s", text[1]);
    }
    putchar('\n');
}

/* "10000 iterations in 5.8 s, 1753 a second"; for a run that had done them before, only their
 * number. */
static void print_iterations(const struct trainer *trainer, double seconds)
{
    const int64_t done = trainer->schedule.last - trainer->schedule.first;
    const double speed = (double)done / (seconds - trainer->phases.total[PHASE_START]);
    if (done > 0)
        printf("dtrain: %lld iterations in %.1f s, %.*f a second", (long long)done, seconds,
               speed < 10 ? 2 : 0, speed);
    else
        printf("dtrain: %lld iterations", (long long)trainer->schedule.last);
}

/* ": test accuracy 0.9442, loss 0.1872; train accuracy 0.9461, loss 0.1794"; without data, the loss
 * of the last iteration. */
static void print_scores(const struct trainer *trainer)
{
    const char *const names[] = {"test", "train"};
    const struct score_kind *kind = trainer->model.score;
    const char *before = ": ";
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        const struct score *score = metrics_scores_find(&trainer->recorder.scores, names[i]);
        if (!score)
            continue;
        printf("%s%s ", before, names[i]);
        for (int m = 0; m < kind->count; ++m)
            printf("%s %s, ", kind->measures[m],
                   recipe_measure(&trainer->recipe, kind, score, m).text);
        printf("loss %.4f", score->loss);
        before = "; ";
    }
    if (trainer->loader.set_count == 0 && !isnan(trainer->recorder.loss))
        printf("%sloss %.6g", before, trainer->recorder.loss);
    putchar('\n');
}

void announce_result(const struct trainer *trainer)
{
    const double seconds = phases_elapsed(&trainer->phases);
    if (trainer->world->rank != 0)
        return;
    print_warning(trainer);
    if (trainer->config->quiet)
        return;
    print_iterations(trainer, seconds);
    print_scores(trainer);
    print_best(trainer);
    if (trainer->schedule.last > trainer->schedule.first)
        print_shares(&trainer->phases, seconds);
    print_files(trainer);
    print_digests(trainer);
    fflush(stdout);
}

enum status announce_lost_files(const struct trainer *trainer, struct error *error)
{
    char names[FILES_MAX * FILE_NAME_SIZE];
    enum status status = STATUS_DONE;
    if (trainer->world->rank == 0) {
        const struct run_files lost = list_files(trainer, false);
        join_files(&lost, names, sizeof names);
        if (lost.count > 0)
            status =
                error_set(error, STATUS_FAILED,
                          "%s: was lost while the run was at work: %s; bring it back, or repair "
                          "the checkpoints by --resume",
                          trainer->recorder.directory, names);
    }
    return world_agree(trainer->world, status, error);
}
