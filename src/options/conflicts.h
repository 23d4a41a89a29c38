/* SPDX-License-Identifier: MIT
 *
 * Options that have no effect with others. Private to the folder. */
#ifndef DTRAIN_CONFLICTS_H
#define DTRAIN_CONFLICTS_H

#include "options.h"

/* Whether there is a model of the user's in place of the network. */
bool conflicts_has_model(const struct config *config);

/* Whether the option is about classes, and the loss is about numbers. */
bool conflicts_is_for_classes(const struct config *config, const struct option_spec *spec);

/* Whether something else determines what the option sets, or it has no meaning: --weights
 * determines the network and its initial values, and a user's model replaces the network. */
bool conflicts_is_replaced(const struct config *config, const struct option_spec *spec);

/* Refuses options that would have no effect. With --weights, those that describe the network are
 * checked later, when that network is known (config_check_network). */
enum status conflicts_check(const struct config *config, struct error *error);

/* Refuses options about a model in a process of its own where it is in none. For a command that has
 * them, once it is known whether there is a --model. */
enum status conflicts_check_process(const struct config *config, struct error *error);

/* Resets what comes from the run of --like and has no effect with the model that the user gave: its
 * --model beside a --model-command, and options about processes where there are none. */
void conflicts_choose_model(struct config *config);

/* Resets one of --epochs and --iterations to its default. The one that was given stays, and the
 * command line wins over the environment; if both come from another run, the epochs stay, as they
 * determined its iterations. */
enum status conflicts_choose_length(struct config *config, struct error *error);

#endif
