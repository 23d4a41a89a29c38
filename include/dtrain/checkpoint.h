/* SPDX-License-Identifier: MIT
 *
 * Checkpoints: RUN/checkpoints/iteration-0000600.h5, an HDF5 file with the weights in /parameters
 * and, as attributes, the iteration and every option that shapes the run. The bytes depend on the
 * run's state only: not on time, place or number of ranks. Not collective: rank 0 calls. */
#ifndef DTRAIN_CHECKPOINT_H
#define DTRAIN_CHECKPOINT_H

#include "dtrain/config.h"
#include "dtrain/error.h"
#include "dtrain/network.h"

#include <stdint.h>

/* Writes the checkpoint of an iteration under a temporary name, makes it durable, renames it, and
 * then removes all but the newest `config->keep`. On failure the older ones stay as they were. */
enum status checkpoint_write(const char *run_dir, int64_t iteration, const struct config *config,
                             const struct network *network, const double *theta,
                             struct error *error);

#endif
