/* SPDX-License-Identifier: MIT
 *
 * dtrain predict: the class of each image of a file, or the numbers predicted for it. A core
 * classifies some 700,000 digits a second, so rank 0 does it alone. */
#include "commands.h"
#include "data/image_formats.h"
#include "doubts.h"
#include "names.h"
#include "ranks/beat.h"
#include "runs/json_number.h"
#include "training/assemble_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The digits of a probability and of a predicted number. */
enum { PROBABILITY_DIGITS = 8, NUMBER_DIGITS = 14 };

/* How predictions are printed. */
struct printing {
    const struct config *config;
    const struct model *model;
    const struct recipe *recipe;
    int width;         /* of the column of names; 0: there are none */
    char **json_names; /* (names) as JSON, in quotes; NULL: there are none */
};

static void free_names(struct printing *printing)
{
    for (int i = 0; printing->json_names && i < printing->recipe->count; ++i)
        free(printing->json_names[i]);
    free(printing->json_names);
}

/* Writes the names as JSON once, since all images share them. False if memory is short; free with
 * free_names in any case. */
static bool write_names(struct printing *printing)
{
    const int count = printing->recipe->count;
    printing->json_names = calloc((size_t)count + 1, sizeof *printing->json_names);
    for (int i = 0; printing->json_names && i < count; ++i) {
        json_t *name = json_string(recipe_name(printing->recipe, i));
        printing->json_names[i] = json_dumps(name, JSON_ENCODE_ANY);
        json_decref(name);
        if (!printing->json_names[i])
            return false;
    }
    return printing->json_names;
}

/* The width of the column of an output's numbers, under its name. */
static int column_width(const struct printing *printing, int output, int digits)
{
    const int columns = names_cell(printing->recipe, output).columns;
    return columns > digits ? columns : digits;
}

/* The heading of such columns: the names at their right ends. */
static void print_names(const struct printing *printing, int digits)
{
    for (int k = 0; k < printing->model->outputs; ++k) {
        const struct names_cell cell = names_cell(printing->recipe, k);
        printf("  %*s%s", column_width(printing, k, digits) - cell.columns, "", cell.text);
    }
}

static void print_heading(const struct printing *printing)
{
    const bool numbers = model_predicts_numbers(printing->model);
    printf("  image");
    if (numbers && printing->width > 0)
        print_names(printing, NUMBER_DIGITS);
    else if (numbers)
        printf("  targets");
    else
        names_print(printing->width, "class");
    if (!numbers)
        printf("  probability");
    if (printing->config->probabilities)
        print_names(printing, PROBABILITY_DIGITS);
    putchar('\n');
}

static void print_class_json(const struct printing *printing, int64_t image, int class_,
                             double probability, const double *all)
{
    printf("{\"image\":%lld,\"class\":%d", (long long)image, class_);
    if (class_ < printing->recipe->count)
        printf(",\"name\":%s", printing->json_names[class_]);
    printf(",\"probability\":%s", json_number(probability).text);
    for (int k = 0; all && k < printing->model->outputs; ++k)
        printf("%s%s", k > 0 ? "," : ",\"probabilities\":[", json_number(all[k]).text);
    puts(all ? "]}" : "}");
}

static void print_class_row(const struct printing *printing, int64_t image, int class_,
                            double probability, const double *all)
{
    printf("%7lld", (long long)image);
    if (printing->width > 0)
        names_print(printing->width, names_cell(printing->recipe, class_).text);
    else
        printf(" %6d", class_);
    printf(all ? "  %-11.6f" : "  %.6f", probability);
    for (int k = 0; all && k < printing->model->outputs; ++k)
        printf("  %*.6f", column_width(printing, k, PROBABILITY_DIGITS), all[k]);
    putchar('\n');
}

/* Prints the class of image i of a pass, which is number `image` of all. */
static enum status print_class(const struct printing *printing, const struct model_pass *pass,
                               const double *theta, int i, int64_t image, struct error *error)
{
    const struct config *config = printing->config;
    const double *all =
        config->probabilities ? pass->model->kind->probabilities(pass->results, i) : NULL;
    double probability;
    const int class_ = model_predict(pass, theta, i, &probability);
    if (!isfinite(probability))
        return error_set(error, STATUS_DIVERGED,
                         "%s: image %lld: its probabilities are not numbers: its values, or the "
                         "weights of %s, are too large",
                         config->images, (long long)image, config->file);
    if (config->json)
        print_class_json(printing, image, class_, probability, all);
    else
        print_class_row(printing, image, class_, probability, all);
    return STATUS_DONE;
}

/* Prints the numbers of image i of a pass, each in its own unit. */
static enum status print_numbers(const struct printing *printing, const struct model_pass *pass,
                                 int i, int64_t image, struct error *error)
{
    const struct config *config = printing->config;
    const double *numbers = pass->model->kind->numbers(pass->results, i);
    for (int m = 0; m < pass->model->outputs; ++m)
        if (!isfinite(recipe_restore(printing->recipe, m, numbers[m])))
            return error_set(
                error, STATUS_DIVERGED,
                "%s: image %lld: what is predicted is not a number: its values, or the "
                "weights of %s, are too large",
                config->images, (long long)image, config->file);
    printf(config->json ? "{\"image\":%lld,\"targets\":[" : "%7lld", (long long)image);
    for (int m = 0; m < pass->model->outputs; ++m) {
        const double number = recipe_restore(printing->recipe, m, numbers[m]);
        if (config->json)
            printf("%s%s", m > 0 ? "," : "", json_number(number).text);
        else if (printing->width > 0)
            printf("  %*.7g", column_width(printing, m, NUMBER_DIGITS), number);
        else
            printf("  %14.7g", number);
    }
    puts(config->json ? "]}" : "");
    return STATUS_DONE;
}

/* Prints the predictions of the images of a pass, the first of which is number `first`. */
static enum status print_pass(const struct printing *printing, const struct model_pass *pass,
                              const double *theta, int64_t first, struct error *error)
{
    enum status status = STATUS_DONE;
    for (int i = 0; !status && i < pass->count; ++i)
        status = model_predicts_numbers(pass->model)
                     ? print_numbers(printing, pass, i, first + i, error)
                     : print_class(printing, pass, theta, i, first + i, error);
    return status;
}

static enum status print_predictions(const struct printing *printing, struct model_pass *pass,
                                     const double *theta, const struct samples *samples,
                                     struct error *error)
{
    enum status status = STATUS_DONE;
    if (!printing->config->json)
        print_heading(printing);
    for (int64_t done = 0; !status && done < samples->rows; done += pass->count) {
        model_pass_take_from(pass, samples, done, samples->rows - done);
        model_forward(pass, theta);
        status = print_pass(printing, pass, theta, done, error);
    }
    return status;
}

static enum status predict(struct printing *printing, const double *theta, struct error *error)
{
    const struct config *config = printing->config;
    const int inputs = printing->model->inputs;
    struct image_set images;
    struct model_pass pass;
    enum status status = STATUS_DONE;
    if (image_formats_read(config->images, inputs, &images, error))
        return error->status;
    if (images.remark.text[0])
        fprintf(stderr, "dtrain: %s\n", images.remark.text);
    const struct samples samples = {
        .inputs = inputs, .rows = images.rows, .bytes = images.bytes, .floats = images.floats};
    const struct samples_extent extent = samples_extent(&samples, 0, samples.rows);
    doubts_about_values(config, &extent, config->images);
    if (model_pass_create(&pass, printing->model) && write_names(printing))
        status = print_predictions(printing, &pass, theta, &samples, error);
    else
        status = error_memory(error, NULL, "the predictions");
    free_names(printing);
    model_pass_destroy(&pass);
    image_set_free(&images);
    return status;
}

enum status predict_command(const struct job *job, struct error *error)
{
    struct model model;
    struct recipe recipe;
    double *theta;
    enum status status = STATUS_DONE;
    if (assemble_saved_network(job, &model, &theta, &recipe, error))
        return error->status;
    struct printing printing = {
        .config = job->config, .model = &model, .recipe = &recipe, .width = names_width(&recipe)};
    beat_enter(PHASE_COMPUTE);
    if (job->config->probabilities && model_predicts_numbers(&model))
        status = error_set(error, STATUS_USAGE, "--probabilities: %s predicts numbers, not classes",
                           job->config->file);
    else if (job->world->rank == 0)
        status = predict(&printing, theta, error);
    recipe_free(&recipe);
    free(theta);
    return world_agree(job->world, status, error);
}
