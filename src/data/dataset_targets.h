/* SPDX-License-Identifier: MIT
 *
 * What the rows of a dataset are to be mapped to: /train/labels and /test/labels number the
 * classes, or /train/targets and /test/targets hold M numbers for each row. */
#ifndef DTRAIN_DATASET_TARGETS_H
#define DTRAIN_DATASET_TARGETS_H

#include "dataset.h"
#include "files/hdf5_array.h"

/* "/train/labels", or as the dataset has it. */
const char *dataset_targets_name(const struct dataset *dataset, enum dataset_split split);

/* Chooses between the labels and the targets of an open file, by what is wanted and what is there.
 * Not collective. */
enum status dataset_targets_choose(struct dataset *dataset, enum dataset_wanted wanted,
                                   struct error *error);

/* Checks type and shape of those of a split, which must be one for each of its images; of the
 * training set first. Not collective. */
enum status dataset_targets_check(struct dataset *dataset, enum dataset_split split,
                                  const struct hdf5_array *images, struct error *error);

/* Collective. Finds the number of classes, if the rows have labels. */
enum status dataset_targets_count(struct dataset *dataset, struct error *error);

/* Reads and checks those of the rows of *samples, whose first_row and rows are set. Not collective.
 * On failure the caller frees the samples. */
enum status dataset_targets_read(const struct dataset *dataset, enum dataset_split split,
                                 struct samples *samples, struct error *error);

#endif
