/* SPDX-License-Identifier: MIT
 *
 * What a run says of itself when it begins and when it is finished. */
#include "common/printable.h"
#include "ranks/placement.h"
#include "trainer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Prints ", batch-size 1000 (command line)" for each setting that is not the default. */
static void print_settings(const struct config *config)
{
    int printed = 0;
    struct settings settings;
    config_settings(config, &settings);
    printf("dtrain: settings:");
    for (int i = 0; i < settings.count; ++i) {
        const struct setting *setting = settings.list + i;
        char value[PRINTABLE_PATH_SIZE];
        if (strcmp(setting->origin, "default") == 0)
            continue;
        printable_copy(value, sizeof value, setting->value);
        printf("%s %s %s (%s)", printed > 0 ? "," : "", setting->name, value, setting->origin);
        ++printed;
    }
    puts(printed > 0 ? "; others by default" : " all by default");
}

void training_print_start(const struct training *run)
{
    char layout[512];
    placement_describe(run->world, layout, sizeof layout);
    if (run->world->rank != 0 || run->config->quiet)
        return;
    char network[256], directory[PRINTABLE_PATH_SIZE];
    printable_copy(directory, sizeof directory, run->directory);
    if (run->network.model)
        printable_copy(network, sizeof network, run->network.model->name);
    else
        snprintf(network, sizeof network, "%d-%d-%d", run->network.inputs, run->network.hidden,
                 run->network.classes);
    printf("dtrain: %zu parameters (%s), %s gradients, %lld + %lld rows, batches of %lld, "
           "%s%s\ndtrain: %s\n",
           run->parameters, network, run->config->gradient,
           (long long)run->dataset.global_rows[DATASET_TRAIN],
           (long long)run->dataset.global_rows[DATASET_TEST], (long long)run->config->batch_size,
           run->config->dry_run ? "dry run" : "run in ", directory, layout);
    print_settings(run->config);
    if (run->resumed && run->first_iteration == run->config->iterations)
        printf("dtrain: the run is finished already: %lld iterations\n",
               (long long)run->config->iterations);
    else if (run->resumed)
        printf("dtrain: going on after iteration %lld\n", (long long)run->first_iteration);
    fflush(stdout);
}

/* Of the time from the start of this process on, in percent. */
static void print_shares(const struct training *run, double seconds)
{
    const double percent = 100 / seconds;
    const double reduction = run->total_pure_reduction;
    printf("  time: compute %.0f %%, reduction %.0f %%, waiting %.0f %%, evaluation %.0f %%, "
           "checkpoints %.0f %%, start %.0f %%\n",
           percent * run->total[PHASE_COMPUTE], percent * reduction,
           percent * (run->total[PHASE_REDUCTION] - reduction),
           percent * run->total[PHASE_EVALUATION], percent * run->total[PHASE_CHECKPOINT],
           percent * (run->loop_started - run->started));
}

/* Where the labels of all wrong rows have a probability of nearly 0, and all others one of nearly
 * 1: gradients vanish there, and nothing is learned any more. */
static bool is_saturated(const struct training *run)
{
    const double ceiling = -log(NETWORK_LOSS_EPSILON), wrong = 1 - run->last_train.accuracy;
    return !run->network.model && wrong > 0.1 && run->last_train.loss > 0.99 * ceiling * wrong;
}

/* What a finished run may not have been meant to end with, on standard error. */
static void print_warning(const struct training *run)
{
    const struct config *config = run->config;
    struct error line;
    if (is_saturated(run))
        error_set(&line, STATUS_DONE,
                  "the loss sticks at %.4f: nearly every row is certainly right or certainly "
                  "wrong (loss %.2f), and gradients vanish; begin again with a smaller "
                  "--learning-rate than %g%s",
                  run->last_train.loss, -log(NETWORK_LOSS_EPSILON), config->learning_rate,
                  config->weights ? ", or other --weights" : " or --init-std");
    else if (run->network.model && run->loss_unchanged)
        error_set(&line, STATUS_DONE,
                  "the loss sticks at %.6g, as between the last two evaluations nothing "
                  "changed: the loss of the model %s may not change within --step %g; try a larger "
                  "one",
                  run->last_train.loss, run->network.model->name, config->step);
    else
        return;
    fprintf(stderr, "dtrain: %s\n", line.text);
}

void training_print_summary(const struct training *run)
{
    const int64_t done = run->config->iterations - run->first_iteration;
    const double seconds = MPI_Wtime() - run->started;
    if (run->world->rank == 0 && done > 0)
        print_warning(run);
    if (run->world->rank != 0 || run->config->quiet || done == 0)
        return;
    printf("dtrain: %lld iterations in %.1f s, %.0f a second: test accuracy %.4f, loss %.4f; train "
           "accuracy %.4f, loss %.4f\n",
           (long long)done, seconds, (double)done / (MPI_Wtime() - run->loop_started),
           run->last_test.accuracy, run->last_test.loss, run->last_train.accuracy,
           run->last_train.loss);
    print_shares(run, seconds);
    char directory[PRINTABLE_PATH_SIZE];
    printable_copy(directory, sizeof directory, run->directory);
    printf("  files: %s: run.json, metrics.jsonl, timing.jsonl, checkpoints/iteration-%07lld.h5\n"
           "  pictures: scripts/plot.py %s    report: scripts/report.py %s\n"
           "  to train on: --run-dir %s --resume --iterations %lld\n",
           directory, (long long)run->config->iterations, directory, directory, directory,
           2 * (long long)run->config->iterations);
    fflush(stdout);
}
