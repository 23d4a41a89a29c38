/* SPDX-License-Identifier: MIT
 *
 * Lines on standard error about inputs that are read as they should be, and may not be what the
 * user means. */
#ifndef DTRAIN_DOUBTS_H
#define DTRAIN_DOUBTS_H

#include "core/samples/samples.h"
#include "data/dataset.h"
#include "options/config.h"
#include "ranks/world.h"

/* Not collective: only rank 0 calls. Tells where inputs, called `name`, cannot be of the same kind
 * as those that the weights of --file were trained with. Only a run's directory says what these
 * were; of other weights nothing is told. */
void doubts_about_values(const struct config *config, const struct samples_extent *inputs,
                         const char *name);

/* Collective. Tells what is odd about a dataset and the rows of a split; each rank has its own
 * rows. */
void doubts_about_rows(const struct world *world, const struct config *config,
                       const struct dataset *dataset, enum dataset_split split,
                       const struct samples *samples);

#endif
