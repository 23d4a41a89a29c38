/* SPDX-License-Identifier: MIT */
#include "images.h"

#include "image_formats.h"

enum status images_read(const char *source, int inputs, struct samples *samples,
                        struct error *error)
{
    struct image_set images;
    *samples = (struct samples){0};
    if (image_formats_read(source, inputs, &images, error))
        return error->status;
    *samples = (struct samples){
        .inputs = inputs, .rows = images.rows, .bytes = images.bytes, .floats = images.floats};
    return STATUS_DONE;
}
