/* SPDX-License-Identifier: MIT
 *
 * What several commands begin with: a dataset, and a network that fits it. */
#ifndef DTRAIN_INPUTS_H
#define DTRAIN_INPUTS_H

#include "core/network.h"
#include "files/dataset.h"
#include "options/config.h"
#include "ranks/world.h"

/* --data, or the shipped data set: opens it. Collective. `path` (size PATH_MAX) keeps its name. */
enum status inputs_open_data(const struct world *world, const struct config *config, char *path,
                             struct dataset *dataset, struct error *error);

/* Makes the network of weights loaded from `source` one for the dataset, with --model if given;
 * refuses what does not fit. Collective. */
enum status inputs_adopt_network(const struct world *world, const struct config *config,
                                 const struct dataset *dataset, const char *source,
                                 struct network *network, struct error *error);

/* --weights, or initial weights by --hidden, --seed and --init-std, for an open dataset.
 * Collective. The caller frees *theta, also on failure. */
enum status inputs_open_network(const struct world *world, const struct config *config,
                                const struct dataset *dataset, struct network *network,
                                double **theta, struct error *error);

#endif
