/* SPDX-License-Identifier: MIT
 *
 * Images without labels, which are to be classified. */
#ifndef DTRAIN_IMAGES_H
#define DTRAIN_IMAGES_H

#include "common/error.h"
#include "core/samples.h"

/* Not collective. Reads all images of `source`: HDF5 (FILE or FILE:/NAME, by default /test/images;
 * (N, ...) bytes or floats), IDX (plain or .gz) or one binary PGM. `inputs` is the number of values
 * that an image must have. On success free with dataset_free_samples (there are no labels); on
 * failure there is nothing to free. */
enum status images_read(const char *source, int inputs, struct samples *samples,
                        struct error *error);

#endif
