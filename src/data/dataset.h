/* SPDX-License-Identifier: MIT
 *
 * A dataset is an HDF5 file with /train/images, /train/labels, /test/images and /test/labels, or
 * targets in place of labels. Each rank reads its own rows of it. data/README.md describes the
 * format. */
#ifndef DTRAIN_DATASET_H
#define DTRAIN_DATASET_H

#include "common/error.h"
#include "common/range.h"
#include "core/samples/samples.h"
#include "files/hdf5_array.h"
#include "image_type.h"
#include "ranks/world.h"

#include <hdf5.h>

/* A file that claims more is taken to be damaged. */
enum { DATASET_INPUTS_MAX = 1 << 24, DATASET_CLASSES_MAX = 65536 };

enum dataset_split { DATASET_TRAIN, DATASET_TEST, DATASET_SPLITS };

/* Lines about what is odd about the arrays, but may be intended. */
struct dataset_remarks {
    int count;
    struct error lines[2 * DATASET_SPLITS + 2];
};

/* What a command wants of a dataset: which targets, DATASET_ANY: those that are there; and which
 * test set: only a complete one; one that is complete if there is any of it; or one that must be
 * there. */
enum dataset_wanted { DATASET_ANY, DATASET_LABELS, DATASET_NUMBERS };
enum dataset_wanted_test { DATASET_TEST_IF_COMPLETE, DATASET_TEST_IF_ANY, DATASET_TEST_NEEDED };
struct dataset_wants {
    enum dataset_wanted targets;
    enum dataset_wanted_test test;
};

/* An open dataset: the same on all ranks. */
struct dataset {
    const struct world *world;
    char *path; /* a copy of the name */
    hid_t file;
    int inputs;                          /* D: the product of an image's dimensions */
    bool labelled;                       /* whether the targets are labels */
    int outputs;                         /* K classes, or M numbers */
    bool weighted;                       /* whether training rows have weights */
    bool pixels;                         /* whether the inputs are bytes; otherwise floats */
    int64_t global_rows[DATASET_SPLITS]; /* N of each split; 0: there is no test set */
    const struct image_type *types[DATASET_SPLITS];
    int target_axes[DATASET_SPLITS]; /* along which dimension the labels lie */
    char *recipe;                    /* the text of /recipe, not parsed yet; NULL: there is none */
    struct dataset_remarks remarks;
};

/* Collective. Opens the file read-only and checks types and shapes. All ranks return the same; on
 * failure nothing stays open. world must outlive the dataset. */
enum status dataset_open(struct dataset *dataset, const struct world *world, const char *path,
                         const struct dataset_wants *wants, struct error *error);
void dataset_close(struct dataset *dataset);

/* Stands for no data: `rows` training rows without inputs and targets. It may be closed. Whether a
 * dataset is another one than that. */
struct dataset dataset_none(const struct world *world, int64_t rows);
bool dataset_is_there(const struct dataset *dataset);

/* Collective. Reads and checks this rank's rows of a split; each rank names its own, or none. All
 * ranks return the same. The caller frees the samples with dataset_free_samples; on failure there
 * is nothing to free. */
enum status dataset_read(const struct dataset *dataset, enum dataset_split split, struct range rows,
                         struct samples *samples, struct error *error);

/* The same, and sets samples->hash to the sum of a hash of each of the rows that is in `hashed`, of
 * its inputs, target and number. So the sum over ranks does not depend on who hashed which rows. */
enum status dataset_read_hashed(const struct dataset *dataset, enum dataset_split split,
                                struct range rows, struct range hashed, struct samples *samples,
                                struct error *error);
void dataset_free_samples(struct samples *samples);

/* For dataset_targets.h. The line for a rank that lacks memory for its rows: more ranks have fewer
 * each. And a remark on values of an array that are packed: they are taken as they are. */
enum status dataset_no_memory(const struct dataset *dataset, const char *rows, struct error *error);
void dataset_remark_packing(struct dataset *dataset, const struct hdf5_array *array);

/* "train" or "test". */
const char *dataset_split_name(enum dataset_split split);

#endif
