/* SPDX-License-Identifier: MIT */
#include "evaluation_rules.h"

#include "core/differences/differences.h"

struct evaluations_rules evaluation_rules_of(const struct config *config)
{
    return (struct evaluations_rules){
        .difference = difference_find(config->difference),
        .random_numbers = random_numbers_find(config->random_numbers),
        .seed = (uint64_t)config->seed,
        .retries = (int)config->retries,
        .again_lost = failure_policy_find(config->on_failure) == FAILURE_STOP,
        .repeats = config->repeated_run != NULL,
    };
}
