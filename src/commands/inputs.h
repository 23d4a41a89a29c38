/* SPDX-License-Identifier: MIT
 *
 * What several commands open first: a dataset, and a model that fits it. */
#ifndef DTRAIN_INPUTS_H
#define DTRAIN_INPUTS_H

#include "core/model/model.h"
#include "data/dataset.h"
#include "options/config.h"
#include "ranks/world.h"

/* Collective. Opens --data, or the shipped dataset. On failure nothing is open. */
enum status inputs_open_data(const struct world *world, const struct config *config,
                             struct dataset *dataset, struct error *error);

/* Collective. Makes *model the model of weights with these tensors, loaded from `source`: the
 * user's model if there is one, otherwise a network. Fails where it does not fit the weights or the
 * dataset. */
enum status inputs_match_model(const struct world *world, const struct config *config,
                               const struct dataset *dataset, const char *source,
                               const struct tensors *tensors, struct model *model,
                               struct error *error);

/* Sets the widths of the hidden layers of the model; none where it is the user's. */
void inputs_hidden_of(const struct model *model, struct config_integers *hidden);

/* Collective. Makes a model for an open dataset, and its parameters *theta (P): those of --weights,
 * or initial ones of a network by --hidden and --activation or of the user's model, by --seed and
 * --init-std. The caller frees *theta, also on failure. */
enum status inputs_open_model(const struct world *world, const struct config *config,
                              const struct dataset *dataset, struct model *model, double **theta,
                              struct error *error);

#endif
