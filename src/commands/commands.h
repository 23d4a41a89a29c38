/* SPDX-License-Identifier: MIT
 *
 * The program's commands. Each is collective, and returns the same status and error line on all
 * ranks; results go to standard output, on rank 0. */
#ifndef DTRAIN_COMMANDS_H
#define DTRAIN_COMMANDS_H

#include "common/error.h"
#include "core/network.h"
#include "files/dataset.h"
#include "options/config.h"
#include "ranks/world.h"

/* argv is the command line, for the run's record. */
enum status train_command(const struct world *world, const struct config *config, char *const *argv,
                          struct error *error);
enum status evaluate_command(const struct world *world, const struct config *config,
                             struct error *error);
enum status predict_command(const struct world *world, const struct config *config,
                            struct error *error);
enum status gradcheck_command(const struct world *world, const struct config *config,
                              struct error *error);
enum status batches_command(const struct world *world, const struct config *config,
                            struct error *error);
enum status import_command(const struct world *world, const struct config *config,
                           struct error *error);

/* --data, or the shipped data set: opens it. Collective. `path` (size PATH_MAX) keeps its name. */
enum status open_data(const struct world *world, const struct config *config, char *path,
                      struct dataset *dataset, struct error *error);

/* Makes the network of weights loaded from `source` one for the dataset, with --model if given;
 * refuses what does not fit. Collective. */
enum status adopt_network(const struct world *world, const struct config *config,
                          const struct dataset *dataset, const char *source,
                          struct network *network, struct error *error);

/* --weights, or initial weights by --hidden, --seed and --init-std, for an open dataset.
 * Collective. The caller frees *theta, also on failure. */
enum status open_network(const struct world *world, const struct config *config,
                         const struct dataset *dataset, struct network *network, double **theta,
                         struct error *error);

#endif
