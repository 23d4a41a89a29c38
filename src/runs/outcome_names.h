/* SPDX-License-Identifier: MIT
 *
 * What the numbers of an array of outcomes (core/differences/outcome.h) mean, as its attribute
 * `names`. Not collective. */
#ifndef DTRAIN_OUTCOME_NAMES_H
#define DTRAIN_OUTCOME_NAMES_H

#include <hdf5.h>
#include <stdbool.h>

/* Adds the attribute to an array that an open file already has. False on failure. */
bool outcome_names_write(hid_t file, const char *array);

#endif
