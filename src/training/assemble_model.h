/* SPDX-License-Identifier: MIT
 *
 * Turns settings into what every computation begins with: a dataset, a model that fits it, and the
 * model's parameters. */
#ifndef DTRAIN_ASSEMBLE_MODEL_H
#define DTRAIN_ASSEMBLE_MODEL_H

#include "core/model/model.h"
#include "data/dataset.h"
#include "job.h"
#include "runs/recipe.h"

/* Not collective. Whether there is a user's model: one that the settings name, or that of the
 * calling program. */
bool assemble_has_user_model(const struct job *job);

/* Collective. Loads the user's model, if there is one, and opens --data, or the shipped dataset,
 * for what the command does and for --loss. On failure nothing is open. */
enum status assemble_data(const struct job *job, struct dataset *dataset, struct error *error);

/* Collective. Makes a model for an open dataset, and its parameters *theta (P): those of --weights,
 * or else initial ones by --seed and --init-std, for the user's model or for a network of --hidden
 * and --activation. The caller frees *theta, also on failure. */
enum status assemble_model(const struct job *job, const struct dataset *dataset,
                           struct model *model, double **theta, struct error *error);

/* Collective. Refuses parameters outside the bounds of a model that evaluates, which no update may
 * leave. `source`, where they come from, begins the error line. All ranks return the same. */
enum status assemble_check_bounds(const struct world *world, const char *source,
                                  const struct model *model, const double *theta,
                                  struct error *error);

/* Collective. Sets the ranges of a model's sums by the rows of all ranks. */
void assemble_limits(const struct world *world, const struct samples *samples, struct model *model);

/* Collective. Loads the weights of the operand, *theta (P), opens the dataset, and makes the model
 * of these weights: the user's if there is one, otherwise a network. Fails if it does not fit the
 * weights or the dataset. On rank 0, *recipe is that of the weights or, if they have none, of the
 * dataset, and a line on standard error says if both have one and they differ; elsewhere it is
 * empty. The caller frees *theta and *recipe, and closes the dataset; on failure there is nothing
 * to free. */
enum status assemble_saved_model(const struct job *job, struct dataset *dataset,
                                 struct model *model, double **theta, struct recipe *recipe,
                                 struct error *error);

/* Collective. Loads the network of the operand and its weights, *theta (P), without a dataset; on
 * rank 0, *recipe is that of the weights. The caller frees *theta and *recipe; on failure there is
 * nothing to free. */
enum status assemble_saved_network(const struct job *job, struct model *model, double **theta,
                                   struct recipe *recipe, struct error *error);

#endif
