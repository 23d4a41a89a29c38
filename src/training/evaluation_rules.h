/* SPDX-License-Identifier: MIT
 *
 * How the settings want evaluations carried out, in training and for a single gradient. */
#ifndef DTRAIN_EVALUATION_RULES_H
#define DTRAIN_EVALUATION_RULES_H

#include "engine/evaluations.h"
#include "options/config.h"

struct evaluations_rules evaluation_rules_of(const struct config *config);

#endif
