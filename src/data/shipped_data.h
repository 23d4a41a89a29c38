/* SPDX-License-Identifier: MIT
 *
 * The dataset that comes with dtrain. */
#ifndef DTRAIN_SHIPPED_DATA_H
#define DTRAIN_SHIPPED_DATA_H

#include "common/error.h"

#include <stddef.h>

/* Writes the path of the shipped MNIST file to path[size]. The file is share/dtrain/mnist.h5 in the
 * nearest folder above the running program, or above libdtrain, that has it; fails if there is
 * none. Not collective. */
enum status shipped_data_path(char *path, size_t size, struct error *error);

#endif
