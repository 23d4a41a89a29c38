/* SPDX-License-Identifier: MIT
 *
 * Data sets: HDF5 files with /train/images, /train/labels, /test/images, /test/labels, of which
 * each rank reads its own rows. The format is described in data/README.md. */
#ifndef DTRAIN_DATASET_H
#define DTRAIN_DATASET_H

#include "common/error.h"
#include "core/sampler.h"
#include "core/samples.h"
#include "ranks/world.h"

#include <hdf5.h>

enum dataset_split { DATASET_TRAIN, DATASET_TEST, DATASET_SPLITS };

/* An open data set; the same on all ranks. */
struct dataset {
    const struct world *world;
    const char *path;
    hid_t file;
    int inputs;                          /* D: the product of an image's dimensions */
    int classes;                         /* K */
    bool pixels;                         /* bytes rather than floats */
    int64_t global_rows[DATASET_SPLITS]; /* N of each split */
};

/* Collective. Opens the file read-only and checks types, shapes and labels. All ranks return the
 * same; on failure nothing stays open. world and path must outlive the data set. */
enum status dataset_open(struct dataset *dataset, const struct world *world, const char *path,
                         struct error *error);
void dataset_close(struct dataset *dataset);

/* Collective; each rank names its own rows (none is fine). All ranks return the same; on success
 * the caller frees with dataset_free_samples, on failure there is nothing to free. */
enum status dataset_read(const struct dataset *dataset, enum dataset_split split,
                         struct sampler_range rows, struct samples *samples, struct error *error);
void dataset_free_samples(struct samples *samples);

/* Collective. A number for the content (inputs and labels) of the rows that the ranks name, which
 * must be disjoint and are inside `samples`: equal however they are spread over ranks. */
uint64_t dataset_fingerprint(const struct world *world, const struct samples *samples,
                             struct sampler_range rows);

/* "train" or "test". */
const char *dataset_split_name(enum dataset_split split);

#endif
