/* SPDX-License-Identifier: MIT
 *
 * An option within a struct config: its value, and where that came from. Private to the folder. */
#ifndef DTRAIN_OPTION_STATE_H
#define DTRAIN_OPTION_STATE_H

#include "options.h"

/* The member of *config that the option sets. */
void *option_field(struct config *config, const struct option_spec *spec);

/* Where its value came from, and its name as it is written there (option_name). */
enum config_origin option_origin(const struct config *config, const struct option_spec *spec);
struct option_name option_called(const struct config *config, const struct option_spec *spec);

/* Gives the option the default of the table. */
void option_set_default(struct config *config, const struct option_spec *spec);

/* Whether the user has given the option, on the command line or in the environment. */
bool option_is_given(const struct config *config, const struct option_spec *spec);

/* The option of the command, which must have it, that sets the member of struct config at that
 * offset, or that has that name. */
const struct option_spec *option_find(const struct config *config, size_t offset);
const struct option_spec *option_find_named(const struct config *config, const char *name);

#endif
