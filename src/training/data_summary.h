/* SPDX-License-Identifier: MIT
 *
 * Summarizes the rows of a dataset over all ranks: the range of their inputs, and the number of
 * rows of each class, or the range of their targets. Also prints lines about what is hardly
 * intended, such as labels of one class only. */
#ifndef DTRAIN_DATA_SUMMARY_H
#define DTRAIN_DATA_SUMMARY_H

#include "common/error.h"
#include "common/range.h"
#include "core/samples/samples.h"
#include "data/dataset.h"
#include "ranks/world.h"
#include "runs/recipe.h"

#include <stdbool.h>

/* The same on all ranks, except for the last bits of sums. */
struct data_summary {
    const struct dataset *dataset;
    struct samples_extent inputs[DATASET_SPLITS];
    int64_t *class_rows[DATASET_SPLITS]; /* (K) each; NULL: the targets are numbers */
    struct samples_extent targets[DATASET_SPLITS];
};

/* Collective. Adds rows of a split: each rank names rows of its own among its `samples`. All ranks
 * return the same; whatever that is, free with data_summary_destroy. */
enum status data_summary_add(struct data_summary *summary, const struct world *world,
                             enum dataset_split split, const struct samples *samples,
                             struct range rows, struct error *error);
void data_summary_destroy(struct data_summary *summary);

/* Collective. The extent of the rows of all ranks. */
struct samples_extent data_summary_extent(const struct world *world, struct samples_extent own);

/* Not collective. Prints two lines for each split; the recipe gives the names of classes and
 * targets, and the unit of a single target. `validation_rows` of the training set are held out. */
void data_summary_print(const struct data_summary *summary, const struct recipe *recipe,
                        int64_t validation_rows);

/* Not collective. Rank 0 prints a line for each doubt about the data on standard error. */
void data_summary_report(const struct data_summary *summary, int64_t validation_rows,
                         const struct world *world);

/* Whether inputs differ in kind from those of training: in scale or sign, or inverted. If so, fills
 * *line, which calls them `name`. */
bool data_summary_differ(const struct samples_extent *training, const struct samples_extent *others,
                         const char *name, struct error *line);

#endif
