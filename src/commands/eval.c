/* SPDX-License-Identifier: MIT
 *
 * dtrain eval: the loss, accuracy and confusion matrix of saved weights on a whole dataset. */
#include "classification_report.h"
#include "commands.h"
#include "data/dataset.h"
#include "doubts.h"
#include "ranks/beat.h"
#include "training/assemble_model.h"
#include "training/score.h"

#include <stdlib.h>
#include <string.h>

static enum status print_report(const struct config *config,
                                const struct classification_report *report, struct error *error)
{
    if (config->json)
        return classification_report_print_json(report, error);
    classification_report_print(report);
    return STATUS_DONE;
}

/* Evaluates loaded weights on this rank's rows; rank 0 prints the result over all rows.
 * Collective. */
static enum status evaluate_rows(const struct world *world, const struct config *config,
                                 const struct model *model, const double *theta,
                                 const struct samples *samples, int64_t global_rows,
                                 struct error *error)
{
    /* A table of more classes would be too large to read. */
    const int confusion_classes_max = 1000;
    const struct score_rows rows = {samples, NULL, samples->rows, global_rows};
    const size_t classes =
        model->predicts && model->classes <= confusion_classes_max ? (size_t)model->classes : 0;
    struct score score;
    struct model_pass pass;
    int64_t *counts = calloc(classes * classes + 1, sizeof *counts);
    const bool created = model_pass_create(&pass, model) && counts;
    enum status status = world_agree_memory(world, created, NULL, "the evaluation", error);
    beat_enter(PHASE_EVALUATION);
    if (!status)
        status =
            score_compute(world, theta, &rows, &pass, classes > 0 ? counts : NULL, &score, error);
    if (!status) {
        const struct classification_report report = {config->split, global_rows, score,
                                                     (int)classes, counts};
        if (world->rank == 0)
            status = print_report(config, &report, error);
        status = world_agree(world, status, error);
    }
    model_pass_destroy(&pass);
    free(counts);
    return status;
}

/* Reads the rows of --split and evaluates them. Collective. */
static enum status evaluate_split(const struct job *job, const struct dataset *dataset,
                                  const struct model *model, const double *theta,
                                  struct error *error)
{
    const struct config *config = job->config;
    const enum dataset_split split =
        strcmp(config->split, "train") == 0 ? DATASET_TRAIN : DATASET_TEST;
    const int64_t global_rows = dataset->global_rows[split];
    const struct range rows = range_split(global_rows, job->world->rank, job->world->size);
    struct samples samples;
    if (dataset_read(dataset, split, rows, &samples, error))
        return error->status;
    doubts_about_rows(job->world, config, dataset, split, &samples);
    const enum status status =
        evaluate_rows(job->world, config, model, theta, &samples, global_rows, error);
    dataset_free_samples(&samples);
    return status;
}

enum status eval_command(const struct job *job, struct error *error)
{
    struct dataset dataset;
    struct model model;
    double *theta;
    if (assemble_saved_model(job, &dataset, &model, &theta, error))
        return error->status;
    const enum status status = evaluate_split(job, &dataset, &model, theta, error);
    dataset_close(&dataset);
    free(theta);
    return status;
}
