/* SPDX-License-Identifier: MIT
 *
 * dtrain verify: repeats a run on whatever ranks and machine are at hand. */
#include "commands.h"
#include "runs/run_record.h"
#include "training/assemble.h"
#include "training/spot_check.h"
#include "training/verification.h"

#include <stdlib.h>

enum status verify_command(const struct job *job, struct error *error)
{
    const char *const run_dir = job->config->file;
    struct config config = *job->config;
    struct job training = *job;
    struct run_options recorded;
    training.config = &config;
    if (run_record_options(job->world, run_dir, &recorded, error))
        return error->status;
    const char *data = settings_find_text(recorded.texts, recorded.bytes, "data");
    enum status status = config_take_run(&config, run_dir, recorded.texts, recorded.bytes, error);
    if (!config.data && data && *data)
        config.data = data;
    config.repeated_run = run_dir;
    config.iterations = recorded.finished < 0 ? INT64_MAX : recorded.finished;
    if (!status)
        status = trainer_open_and(
            &training, config.evaluations > 0 ? spot_check_run : verification_run, error);
    free(recorded.texts);
    return status;
}
