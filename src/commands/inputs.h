/* SPDX-License-Identifier: MIT
 *
 * What several commands begin with: a dataset, and a model that fits it. */
#ifndef DTRAIN_INPUTS_H
#define DTRAIN_INPUTS_H

#include "core/model.h"
#include "files/dataset.h"
#include "options/config.h"
#include "ranks/world.h"

/* --data, or the shipped data set: opens it. Collective. `path` (size PATH_MAX) keeps its name. */
enum status inputs_open_data(const struct world *world, const struct config *config, char *path,
                             struct dataset *dataset, struct error *error);

/* The model that weights with those tensors, loaded from `source`, belong to: the user's if there
 * is one, else a network. Refuses what does not fit the dataset. Collective. */
enum status inputs_match_model(const struct world *world, const struct config *config,
                               const struct dataset *dataset, const char *source,
                               const struct tensors *tensors, struct model *model,
                               struct error *error);

/* The model and its parameters for an open dataset: of --weights, or initial ones by --hidden,
 * --seed and --init-std. Collective. The caller frees *theta, also on failure. */
enum status inputs_open_model(const struct world *world, const struct config *config,
                              const struct dataset *dataset, struct model *model, double **theta,
                              struct error *error);

#endif
