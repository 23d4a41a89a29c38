/* SPDX-License-Identifier: MIT
 *
 * dtrain verify: repeats a run on whatever ranks and machine are at hand. */
#include "commands.h"
#include "runs/run_record.h"
#include "training.h"
#include "training/verification.h"

#include <stdlib.h>

enum status verify_command(const struct world *world, const struct config *config,
                           struct error *error)
{
    struct config training = *config;
    struct run_options recorded;
    if (run_record_options(world, config->file, &recorded, error))
        return error->status;
    const char *data = settings_find_text(recorded.texts, recorded.bytes, "data");
    enum status status =
        config_take_run(&training, config->file, recorded.texts, recorded.bytes, error);
    if (!training.data && data && *data)
        training.data = data;
    training.repeated_run = config->file;
    training.iterations = recorded.finished < 0 ? INT64_MAX : recorded.finished;
    if (!status)
        status = training_follow(world, &training, verification_run, error);
    free(recorded.texts);
    return status;
}
