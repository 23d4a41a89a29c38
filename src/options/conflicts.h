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

/* Resets one of --epochs and --iterations to its default. The one that was given stays, and the
 * command line wins over the environment; if both come from another run, the epochs stay, as they
 * determined its iterations. */
enum status conflicts_choose_length(struct config *config, struct error *error);

#endif
