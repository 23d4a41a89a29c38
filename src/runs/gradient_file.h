/* SPDX-License-Identifier: MIT
 *
 * The gradient of a model at one point as an HDF5 file: an array for each member of struct
 * gradient_result, and the attributes `model`, `version` (of dtrain) and `described`, the hash of
 * what the model says about its parameters that checkpoints have, too. /theta has the parameters'
 * names, so that the file can be read as weights (weights.h). Its bytes depend on nothing but the
 * result. Not collective. */
#ifndef DTRAIN_GRADIENT_FILE_H
#define DTRAIN_GRADIENT_FILE_H

#include "common/error.h"
#include "gradient_result.h"

/* Writes the file completely or not at all. */
enum status gradient_file_write(const char *path, const struct gradient_result *result,
                                struct error *error);

#endif
