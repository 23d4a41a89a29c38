/* SPDX-License-Identifier: MIT
 *
 * Writes a dataset file in the format that dataset.h reads. */
#ifndef DTRAIN_DATASET_WRITER_H
#define DTRAIN_DATASET_WRITER_H

#include "common/error.h"

#include <stdint.h>

/* The images and labels of a split. */
struct split_content {
    int64_t rows;
    int height, width;
    const uint8_t *images; /* (rows, height, width) */
    const uint8_t *labels; /* (rows) */
};

/* The attributes of the file; a text that is NULL is left out. */
struct dataset_description {
    const char *name, *source, *license;
    int classes;
};

/* Called while a dataset is written: `done` of the `total` bytes of images and labels have been. */
struct dataset_listener {
    void (*written)(void *context, int64_t done, int64_t total);
    void *context;
};

/* Writes the file completely or not at all, as atomic_file.h describes. Equal contents give equal
 * bytes. listener may be NULL. Not collective. */
enum status dataset_write(const char *path, const struct dataset_description *description,
                          const struct split_content *train, const struct split_content *test,
                          const struct dataset_listener *listener, struct error *error);

#endif
