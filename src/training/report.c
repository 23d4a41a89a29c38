/* SPDX-License-Identifier: MIT
 *
 * What a run says of itself when it is finished. */
#include "trainer.h"

#include "common/printable.h"
#include "core/digest.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* In percent of the time since this process began. */
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

/* Where the labels of all wrong rows have a probability of nearly 0, and all others one of nearly
 * 1: gradients vanish there, and nothing is learned any more. */
static bool is_saturated(const struct trainer *trainer)
{
    const double wrong = 1 - trainer->recorder.train.accuracy;
    return wrong > 0.1 && trainer->recorder.train.loss > 0.99 * trainer->model.loss_ceiling * wrong;
}

/* What a finished run may not have been meant to end with, on standard error. */
static void print_warning(const struct trainer *trainer)
{
    const struct config *config = trainer->config;
    struct error line;
    if (is_saturated(trainer))
        error_set(&line, STATUS_DONE,
                  "the loss sticks at %.4f: nearly every row is certainly right or certainly "
                  "wrong (loss %.2f), and gradients vanish; begin again with a smaller "
                  "--learning-rate than %g%s",
                  trainer->recorder.train.loss, trainer->model.loss_ceiling, config->learning_rate,
                  config->weights ? ", or other --weights" : " or --init-std");
    else if (!trainer->model.kind->derivative_known && trainer->recorder.loss_unchanged)
        error_set(&line, STATUS_DONE,
                  "the loss sticks at %.6g, as between the last two evaluations nothing "
                  "changed: the loss%s may not change within --step %g; try a larger "
                  "one",
                  trainer->recorder.train.loss, trainer->model.of_model, config->step);
    else
        return;
    fprintf(stderr, "dtrain: %s\n", line.text);
}

/* Of a run with validation rows. */
static void print_best(const struct trainer *trainer)
{
    const struct schedule *schedule = &trainer->schedule;
    const long long best = (long long)trainer->best.iteration;
    char directory[PRINTABLE_PATH_SIZE];
    if (best < 0)
        return;
    printable_copy(directory, sizeof directory, trainer->recorder.directory);
    printf("  best on the validation rows: iteration %lld, %s %.4f: %s/checkpoints/best.h5\n", best,
           trainer->model.predicts ? "accuracy" : "loss", fabs(trainer->best.score), directory);
    if (trainer_ended_early(trainer))
        printf("  ended %lld iterations early: none of %lld %s was better (--patience)\n",
               (long long)(trainer->config->iterations - trainer->schedule.last),
               (long long)trainer->config->patience,
               schedule->evaluation_period > schedule->epoch ? "evaluations" : "epochs");
}

static void print_files(const struct trainer *trainer)
{
    char directory[PRINTABLE_PATH_SIZE];
    const long long last = (long long)trainer->schedule.last;
    const bool early = trainer_ended_early(trainer);
    printable_copy(directory, sizeof directory, trainer->recorder.directory);
    printf("  files: %s: run.json, metrics.jsonl, timing.jsonl, checkpoints/iteration-%07lld.h5\n"
           "  pictures: scripts/plot.py %s    report: scripts/report.py %s\n"
           "  to continue: dtrain --resume --run-dir %s --like %s --%s %lld\n",
           directory, last, directory, directory, directory, directory,
           early ? "patience" : "iterations",
           2 * (early ? (long long)trainer->config->patience : last));
}

/* The numbers by which two runs can be compared (dtrain digest). */
static void print_digests(const struct trainer *trainer)
{
    struct digest parameters, metrics;
    char text[2][DIGEST_TEXT_SIZE];
    struct error error;
    if (!digest_parameters(&trainer->model.tensors, trainer->theta, &parameters)) {
        fputs("dtrain: not enough memory for the digest of the parameters\n", stderr);
        return;
    }
    if (metrics_digest(trainer->recorder.directory, &metrics, &error)) {
        fprintf(stderr, "dtrain: %s\n", error.text);
        return;
    }
    digest_format(parameters, text[0]);
    digest_format(metrics, text[1]);
    printf("  digest: parameters %s, metrics %s\n", text[0], text[1]);
}

/* "10000 iterations in 5.8 s, 1753 a second"; of a run that had them before, only their number. */
static void print_iterations(const struct trainer *trainer, double seconds)
{
    const int64_t done = trainer->schedule.last - trainer->schedule.first;
    if (done > 0)
        printf("dtrain: %lld iterations in %.1f s, %.0f a second", (long long)done, seconds,
               (double)done / (seconds - trainer->phases.total[PHASE_START]));
    else
        printf("dtrain: %lld iterations", (long long)trainer->schedule.last);
}

void trainer_print_summary(const struct trainer *trainer)
{
    const struct metrics_score train = trainer->recorder.train, test = trainer->recorder.test;
    const double seconds = phases_elapsed(&trainer->phases);
    if (trainer->world->rank != 0)
        return;
    print_warning(trainer);
    if (trainer->config->quiet)
        return;
    print_iterations(trainer, seconds);
    printf(": test accuracy %.4f, loss %.4f; train accuracy %.4f, loss %.4f\n", test.accuracy,
           test.loss, train.accuracy, train.loss);
    print_best(trainer);
    if (trainer->schedule.last > trainer->schedule.first)
        print_shares(&trainer->phases, seconds);
    print_files(trainer);
    print_digests(trainer);
    fflush(stdout);
}
