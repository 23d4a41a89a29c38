/* SPDX-License-Identifier: MIT
 *
 * Options that have no effect beside others. Private to the folder. */
#ifndef DTRAIN_CONFLICTS_H
#define DTRAIN_CONFLICTS_H

#include "options.h"

/* Whether there is a model of the user's in place of the network. */
bool conflicts_has_model(const struct config *config);

/* Whether something else determines what the option sets: --weights the network and its initial
 * values, a model of the user's that there is no network. */
bool conflicts_is_replaced(const struct config *config, const struct option_spec *spec);

/* Refuses options that would have no effect. Those that describe the network are checked later
 * where there is --weights, when that network is known (config_check_network). */
enum status conflicts_check(const struct config *config, struct error *error);

/* Gives one of --epochs and --iterations its default. What was given stays, and on the command line
 * rather than in the environment; where both are of another run, the epochs stay, by which its
 * iterations were counted. */
enum status conflicts_choose_length(struct config *config, struct error *error);

#endif
