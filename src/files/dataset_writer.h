/* SPDX-License-Identifier: MIT
 *
 * Writes a dataset file in the format that dataset.h reads. */
#ifndef DTRAIN_DATASET_WRITER_H
#define DTRAIN_DATASET_WRITER_H

#include "common/error.h"

#include <stdint.h>

/* One split. */
struct dataset_part {
    int64_t rows;
    int height, width;
    const uint8_t *images; /* (rows, height, width) */
    const uint8_t *labels; /* (rows) */
};

/* What the root attributes say; a text that is NULL is left out. */
struct dataset_description {
    const char *name, *source, *license;
    int classes;
};

/* Hears, while a dataset is written, how many bytes of its images and labels are done. */
struct dataset_listener {
    void (*written)(void *context, int64_t done, int64_t total);
    void *context;
};

/* Writes the file under a temporary name, makes it durable and renames it. Equal contents give
 * equal bytes. On failure a file that was there before stays as it was. listener may be NULL. Not
 * collective. */
enum status dataset_write(const char *path, const struct dataset_description *description,
                          const struct dataset_part *train, const struct dataset_part *test,
                          const struct dataset_listener *listener, struct error *error);

#endif
