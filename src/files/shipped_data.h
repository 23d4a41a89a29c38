/* SPDX-License-Identifier: MIT
 *
 * The data set that comes with dtrain. */
#ifndef DTRAIN_SHIPPED_DATA_H
#define DTRAIN_SHIPPED_DATA_H

#include "common/error.h"

#include <stddef.h>

/* Writes the path of the shipped MNIST file to path[size]: share/dtrain/mnist.h5 in the nearest
 * folder above the running program, or above libdtrain, that has it. Not collective. Fails where
 * there is none. */
enum status shipped_data_path(char *path, size_t size, struct error *error);

#endif
