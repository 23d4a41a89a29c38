/* SPDX-License-Identifier: MIT
 *
 * dtrain eval: the loss of saved weights on a whole dataset, and how well they predict. */
#include "classification_report.h"
#include "commands.h"
#include "data/dataset.h"
#include "doubts.h"
#include "ranks/beat.h"
#include "regression_report.h"
#include "runs/json_number.h"
#include "runs/run_record.h"
#include "runs/weights_source.h"
#include "training/assemble_model.h"
#include "training/score.h"
#include "training/set_score.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The results of an evaluation, and room for its details. */
struct results {
    const char *split;
    int64_t rows; /* over all ranks */
    struct score score;
    struct score_details details;
    int classes; /* of the counts; 0: there are none */
};

static enum status print_classes(const struct config *config, const struct recipe *recipe,
                                 const struct results *results, struct error *error)
{
    const struct classification_report report = {results->split,
                                                 results->rows,
                                                 results->score,
                                                 results->classes,
                                                 results->details.confusions,
                                                 recipe};
    if (config->json)
        return classification_report_print_json(&report, error);
    classification_report_print(&report);
    return STATUS_DONE;
}

static enum status print_numbers(const struct config *config, const struct model *model,
                                 const struct recipe *recipe, const struct results *results,
                                 struct error *error)
{
    const struct regression_report report = {results->split,          results->rows,
                                             results->score.loss,     model->outputs,
                                             results->details.errors, recipe};
    if (config->json)
        return regression_report_print_json(&report, error);
    regression_report_print(&report);
    return STATUS_DONE;
}

static bool make_room(const struct model *model, struct results *results)
{
    /* A table of more classes would be too large to read. */
    const int confusion_classes_max = 1000;
    const size_t outputs = (size_t)model->outputs;
    if (model_predicts_numbers(model)) {
        results->details.errors = calloc(outputs + 1, sizeof *results->details.errors);
        return results->details.errors;
    }
    if (!model->predicts || model->outputs > confusion_classes_max)
        return true;
    results->classes = model->outputs;
    results->details.confusions = calloc(outputs * outputs, sizeof(int64_t));
    return results->details.confusions;
}

/* Evaluates loaded weights on this rank's rows; rank 0 prints the result over all rows. Fills the
 * rest of *results. Collective. */
static enum status evaluate_rows(const struct world *world, const struct config *config,
                                 const struct model *model, const struct recipe *recipe,
                                 const double *theta, const struct samples *samples,
                                 struct results *results, struct error *error)
{
    const struct score_rows rows = {samples, NULL, samples->rows, results->rows, 0};
    struct model_pass pass;
    const bool created = model_pass_create(&pass, model) && make_room(model, results);
    enum status status = world_agree_memory(world, created, NULL, "the evaluation", error);
    beat_enter(PHASE_EVALUATION);
    if (!status)
        status =
            score_compute(world, theta, &rows, &pass, &results->details, &results->score, error);
    if (!status) {
        if (world->rank == 0)
            status = model_predicts_numbers(model)
                         ? print_numbers(config, model, recipe, results, error)
                         : print_classes(config, recipe, results, error);
        status = world_agree(world, status, error);
    }
    model_pass_destroy(&pass);
    free(results->details.confusions);
    free(results->details.errors);
    return status;
}

/* Prints the score of a model that evaluates. Rank 0 only. */
static void print_evaluated(const struct config *config, const struct model *model,
                            const char *rows, int64_t count, const struct score *score)
{
    const double accuracy = model->predicts ? score->measures[0] : (double)NAN;
    if (config->json) {
        printf("{\"split\":\"%s\",\"rows\":%lld,\"lost\":%lld,\"loss\":%s", rows, (long long)count,
               (long long)score->lost, json_number(score->loss).text);
        if (model->predicts)
            printf(",\"accuracy\":%s", json_number(accuracy).text);
        puts("}");
        return;
    }
    if (strcmp(rows, "replicates") == 0)
        printf("%lld replicates: ", (long long)count);
    else
        printf("%s: %lld rows, ", rows, (long long)count);
    if (score->lost < count)
        printf("loss %.6g", score->loss);
    else
        printf("no loss");
    if (model->predicts)
        printf(", accuracy %.4f", accuracy);
    if (score->lost > 0)
        printf(" (%lld cannot be evaluated)", (long long)score->lost);
    putchar('\n');
}

/* The same for a model that evaluates. Without data, `samples` is NULL, and the rows replicates. */
static enum status evaluate_evaluated(const struct job *job, const struct model *model,
                                      const double *theta, const char *name,
                                      const struct samples *samples, struct range own,
                                      int64_t count, struct error *error)
{
    const struct score_rows rows = {
        .samples = samples, .local_count = own.end - own.begin, .global_count = count};
    struct score score;
    beat_enter(PHASE_EVALUATION);
    if (set_score_of_weights(job->world, job->config, model, theta, &rows, &score, error))
        return error->status;
    if (job->world->rank == 0)
        print_evaluated(job->config, model, name, count, &score);
    return STATUS_DONE;
}

/* What --split stands for: by default the test set, or the training rows where there is none. */
static enum dataset_split find_split(const struct config *config, const struct dataset *dataset)
{
    if (strcmp(config->split, "auto") == 0)
        return dataset->global_rows[DATASET_TEST] > 0 ? DATASET_TEST : DATASET_TRAIN;
    return strcmp(config->split, "train") == 0 ? DATASET_TRAIN : DATASET_TEST;
}

/* Reads the rows of --split and evaluates them. Collective. */
static enum status evaluate_split(const struct job *job, const struct dataset *dataset,
                                  struct model *model, const struct recipe *recipe,
                                  const double *theta, struct error *error)
{
    const struct config *config = job->config;
    const enum dataset_split split = find_split(config, dataset);
    struct results results = {dataset_split_name(split), .rows = dataset->global_rows[split]};
    const struct range rows = range_split(results.rows, job->world->rank, job->world->size);
    struct samples samples;
    if (!dataset_is_there(dataset))
        return evaluate_evaluated(job, model, theta, "replicates", NULL, rows, results.rows, error);
    if (dataset_read(dataset, split, rows, &samples, error))
        return error->status;
    assemble_limits(job->world, &samples, model);
    doubts_about_rows(job->world, config, dataset, split, &samples);
    const enum status status =
        model->kind->evaluates
            ? evaluate_evaluated(job, model, theta, results.split, &samples, rows, results.rows,
                                 error)
            : evaluate_rows(job->world, config, model, recipe, theta, &samples, &results, error);
    dataset_free_samples(&samples);
    return status;
}

/* Takes how the run of the weights evaluates, and the dataset that it was trained on, if there is
 * one on record. Refuses a run whose model is a command unless the user gives a model. Collective.
 * The caller frees recorded->texts, which keep the path. */
static enum status take_settings_of_run(const struct world *world, struct config *config,
                                        struct run_options *recorded, struct error *error)
{
    char run_dir[PATH_MAX];
    struct error ignored, line;
    if (!weights_source_run(config->file, run_dir))
        snprintf(run_dir, sizeof run_dir, "%s", config->file);
    if (run_record_options(world, run_dir, recorded, &ignored))
        return STATUS_DONE;
    if (config_want_command(config, run_dir, recorded->texts, recorded->bytes, error))
        return error->status;
    config_take_evaluations(config, recorded->texts, recorded->bytes);
    const char *data = settings_find_text(recorded->texts, recorded->bytes, "data");
    if (config->data || !data || !*data)
        return STATUS_DONE;
    config->data = data;
    error_set(&line, STATUS_DONE, "the data are those of the run: %s", data);
    world_report(world, &line);
    return STATUS_DONE;
}

static enum status evaluate(const struct job *job, struct error *error)
{
    struct dataset dataset;
    struct model model;
    struct recipe recipe;
    double *theta;
    if (assemble_saved_model(job, &dataset, &model, &theta, &recipe, error))
        return error->status;
    const enum status status = evaluate_split(job, &dataset, &model, &recipe, theta, error);
    dataset_close(&dataset);
    recipe_free(&recipe);
    free(theta);
    return status;
}

enum status eval_command(const struct job *job, struct error *error)
{
    struct config config = *job->config;
    struct job evaluation = *job;
    struct run_options recorded = {0};
    evaluation.config = &config;
    enum status status = take_settings_of_run(job->world, &config, &recorded, error);
    if (!status)
        status = evaluate(&evaluation, error);
    free(recorded.texts);
    return status;
}
