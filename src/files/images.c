/* SPDX-License-Identifier: MIT */
#include "images.h"

#include "dataset.h"
#include "image_formats.h"

#include <stdlib.h>

enum status images_read(const char *source, int inputs, struct samples *samples,
                        struct error *error)
{
    struct image_set images;
    *samples = (struct samples){0};
    if (image_formats_read(source, inputs, &images, error))
        return error->status;
    int32_t *labels = calloc((size_t)images.rows + 1, sizeof *labels);
    *samples = (struct samples){.inputs = inputs,
                                .rows = images.rows,
                                .bytes = images.bytes,
                                .floats = images.floats,
                                .labels = labels};
    if (labels)
        return STATUS_DONE;
    dataset_free_samples(samples);
    return error_set(error, STATUS_FAILED, "%s: does not fit into memory", source);
}
