/* SPDX-License-Identifier: MIT
 *
 * What commands that train have in common: the data, the model and the trainer that they open. */
#ifndef DTRAIN_TRAINING_H
#define DTRAIN_TRAINING_H

#include "options/config.h"
#include "training/trainer.h"

/* What a command does with a trainer that is ready. Collective. */
typedef enum status training_course(struct trainer *trainer, struct error *error);

/* Collective. Opens what the settings name, follows the course, and frees everything. Where
 * --weights decides on the network, the settings that describe it become those of the file. All
 * ranks return the same. */
enum status training_follow(const struct world *world, struct config *config,
                            training_course *course, struct error *error);

#endif
