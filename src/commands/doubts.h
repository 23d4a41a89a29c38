/* SPDX-License-Identifier: MIT
 *
 * Lines on standard error about inputs that are valid but may not be what the user means. */
#ifndef DTRAIN_DOUBTS_H
#define DTRAIN_DOUBTS_H

#include "core/samples/samples.h"
#include "data/dataset.h"
#include "options/config.h"
#include "ranks/world.h"

/* Not collective: only rank 0 calls. Warns if inputs, called `name`, differ in kind from those that
 * the weights of config->file were trained on. Only a run's directory records these; for other
 * weights it prints nothing. */
void doubts_about_values(const struct config *config, const struct samples_extent *inputs,
                         const char *name);

/* Collective. Warns of what is odd about a dataset and the rows of a split; each rank has its own
 * rows. */
void doubts_about_rows(const struct world *world, const struct config *config,
                       const struct dataset *dataset, enum dataset_split split,
                       const struct samples *samples);

#endif
