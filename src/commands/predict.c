/* SPDX-License-Identifier: MIT
 *
 * dtrain predict: the class of each image of a file, or the numbers predicted for it. A core
 * classifies some 700,000 digits a second, so rank 0 does it alone. */
#include "commands.h"
#include "data/image_formats.h"
#include "doubts.h"
#include "ranks/beat.h"
#include "runs/json_number.h"
#include "training/assemble_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void print_prediction(const struct config *config, int64_t image, int class_,
                             double probability)
{
    if (config->json)
        printf("{\"image\":%lld,\"class\":%d,\"probability\":%s}\n", (long long)image, class_,
               json_number(probability).text);
    else
        printf("%7lld %6d  %.6f\n", (long long)image, class_, probability);
}

/* Prints an image's numbers. */
static enum status print_numbers(const struct config *config, const struct model_pass *pass, int i,
                                 int64_t image, struct error *error)
{
    const double *numbers = pass->model->kind->numbers(pass->results, i);
    for (int m = 0; m < pass->model->outputs; ++m)
        if (!isfinite(numbers[m]))
            return error_set(
                error, STATUS_DIVERGED,
                "%s: image %lld: what is predicted is not a number: its values, or the "
                "weights of %s, are too large",
                config->images, (long long)image, config->file);
    printf(config->json ? "{\"image\":%lld,\"targets\":[" : "%7lld", (long long)image);
    for (int m = 0; m < pass->model->outputs; ++m)
        if (config->json)
            printf("%s%s", m > 0 ? "," : "", json_number(numbers[m]).text);
        else
            printf("  %14.7g", numbers[m]);
    puts(config->json ? "]}" : "");
    return STATUS_DONE;
}

/* Prints the predictions of the images of a pass, the first of which is number `first`. */
static enum status print_pass(const struct config *config, const struct model_pass *pass,
                              const double *theta, int64_t first, struct error *error)
{
    const bool numbers = model_predicts_numbers(pass->model);
    for (int i = 0; i < pass->count; ++i) {
        double probability;
        if (numbers) {
            if (print_numbers(config, pass, i, first + i, error))
                return error->status;
            continue;
        }
        const int class_ = model_predict(pass, theta, i, &probability);
        if (!isfinite(probability))
            return error_set(error, STATUS_DIVERGED,
                             "%s: image %lld: its probabilities are not numbers: its values, or "
                             "the weights of %s, are too large",
                             config->images, (long long)(first + i), config->file);
        print_prediction(config, first + i, class_, probability);
    }
    return STATUS_DONE;
}

static enum status print_predictions(const struct config *config, struct model_pass *pass,
                                     const double *theta, const struct samples *samples,
                                     struct error *error)
{
    enum status status = STATUS_DONE;
    if (!config->json)
        puts(model_predicts_numbers(pass->model) ? "  image  targets"
                                                 : "  image  class  probability");
    for (int64_t done = 0; !status && done < samples->rows; done += pass->count) {
        model_pass_take_from(pass, samples, done, samples->rows - done);
        model_forward(pass, theta);
        status = print_pass(config, pass, theta, done, error);
    }
    return status;
}

static enum status predict(const struct config *config, const struct model *model,
                           const double *theta, struct error *error)
{
    struct image_set images;
    struct model_pass pass;
    enum status status = STATUS_DONE;
    if (image_formats_read(config->images, model->inputs, &images, error))
        return error->status;
    if (images.remark.text[0])
        fprintf(stderr, "dtrain: %s\n", images.remark.text);
    const struct samples samples = {.inputs = model->inputs,
                                    .rows = images.rows,
                                    .bytes = images.bytes,
                                    .floats = images.floats};
    const struct samples_extent extent = samples_extent(&samples, 0, samples.rows);
    doubts_about_values(config, &extent, config->images);
    if (model_pass_create(&pass, model))
        status = print_predictions(config, &pass, theta, &samples, error);
    else
        status = error_memory(error, NULL, "the predictions");
    model_pass_destroy(&pass);
    image_set_free(&images);
    return status;
}

enum status predict_command(const struct job *job, struct error *error)
{
    struct model model;
    double *theta;
    enum status status = STATUS_DONE;
    if (assemble_saved_network(job, &model, &theta, error))
        return error->status;
    beat_enter(PHASE_COMPUTE);
    if (job->world->rank == 0)
        status = predict(job->config, &model, theta, error);
    free(theta);
    return world_agree(job->world, status, error);
}
