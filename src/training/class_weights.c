/* SPDX-License-Identifier: MIT */
#include "class_weights.h"

#include "ranks/collective.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Reads "W,W,...", a weight for each class. */
static enum status parse(const char *text, double *weights, int classes, struct error *error)
{
    const char *at = text;
    int count = 0;
    for (; *at; ++count) {
        char *end;
        const double weight = strtod(at, &end);
        if (end == at || (*end && *end != ',') || !isfinite(weight) || weight < 0)
            return error_set(error, STATUS_USAGE,
                             "--class-weights: '%.40s' is neither balanced nor a list of weights "
                             "from 0 on, such as 1,2.5",
                             text);
        if (count < classes)
            weights[count] = weight;
        at = *end ? end + 1 : end;
    }
    if (count != classes)
        return error_set(error, STATUS_USAGE,
                         "--class-weights: gives %d weights, and the data has %d classes", count,
                         classes);
    return STATUS_DONE;
}

/* Counts the rows of each class among those that are drawn from, over all ranks. */
static void count_rows(const struct loader *loader, const struct world *world, int64_t *rows)
{
    const struct score_rows *drawn = &loader->sets[0].rows;
    for (int64_t i = 0; i < drawn->local_count; ++i)
        ++rows[samples_row(drawn->samples, drawn->numbers[i]).target.label];
    collective_sum(world, rows, (size_t)loader->dataset->outputs);
}

static enum status balance(const struct loader *loader, const struct world *world, double *weights,
                           struct error *error)
{
    const int classes = loader->dataset->outputs;
    int64_t *rows = calloc((size_t)classes, sizeof *rows);
    int present = 0;
    if (world_agree_memory(world, rows, NULL, "the rows of each class", error))
        return error->status;
    count_rows(loader, world, rows);
    for (int k = 0; k < classes; ++k)
        present += rows[k] > 0;
    for (int k = 0; k < classes; ++k)
        weights[k] = rows[k] > 0 ? (double)loader->sets[0].rows.global_count /
                                       ((double)present * (double)rows[k])
                                 : 0;
    free(rows);
    return STATUS_DONE;
}

/* Multiplies the weights of this rank's rows by those of their classes. */
static enum status multiply(struct loader *loader, const struct world *world, const double *weights,
                            struct error *error)
{
    struct samples *train = &loader->train;
    double *of_rows = calloc((size_t)train->rows + 1, sizeof *of_rows);
    if (world_agree_memory(world, of_rows, NULL, "the weights of the rows", error))
        return error->status;
    for (int64_t row = 0; row < train->rows; ++row)
        of_rows[row] = weights[train->labels[row]] * (train->weights ? train->weights[row] : 1);
    samples_replace_weights(train, of_rows);
    return STATUS_DONE;
}

/* The classes' weights, or NULL if none are wanted. */
static enum status make_weights(const struct loader *loader, const struct world *world,
                                const struct config *config, double **weights, struct error *error)
{
    const int classes = loader->dataset->outputs;
    *weights = NULL;
    if (strcmp(config->class_weights, "none") == 0)
        return STATUS_DONE;
    if (!loader->dataset->labelled)
        return error_set(error, STATUS_USAGE, "--class-weights: the data has targets, not classes");
    *weights = malloc((size_t)classes * sizeof **weights);
    if (world_agree_memory(world, *weights, NULL, "the weights of the classes", error))
        return error->status;
    return strcmp(config->class_weights, "balanced") == 0
               ? balance(loader, world, *weights, error)
               : parse(config->class_weights, *weights, classes, error);
}

enum status class_weights_apply(struct loader *loader, const struct world *world,
                                const struct config *config, struct error *error)
{
    double *weights;
    enum status status = make_weights(loader, world, config, &weights, error);
    if (!status && weights)
        status = multiply(loader, world, weights, error);
    free(weights);
    if (status)
        return status;
    const double largest = samples_largest_weight(&loader->train);
    if (collective_spread(world, largest).maximum == 0)
        return error_set(error, STATUS_FAILED, "%s: all training rows have the weight 0",
                         loader->dataset->path);
    return STATUS_DONE;
}
