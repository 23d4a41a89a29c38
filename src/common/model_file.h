/* SPDX-License-Identifier: MIT
 *
 * A file that defines dtrain_model() (dtrain/dtrain.h), for `--model FILE.so`. */
#ifndef DTRAIN_MODEL_FILE_H
#define DTRAIN_MODEL_FILE_H

#include "dtrain/dtrain.h"

/* Loads the file, and asks it for its model. NULL if it cannot be loaded or has none: *fault then
 * says why, as the end of a line about the file, until the next call. The file stays loaded as long
 * as the process lives. */
const struct dtrain_model *model_file_open(const char *path, const char **fault);

#endif
