/* SPDX-License-Identifier: MIT
 *
 * dtrain batches: prints the row numbers of each mini-batch. */
#include "commands.h"
#include "core/samples/sampler.h"

#include <stdio.h>
#include <stdlib.h>

/* Prints them to the end, or until nobody reads them any more. */
static void print_batches(struct sampler *sampler, int64_t iterations, int64_t *rows)
{
    for (int64_t iteration = 1; iteration <= iterations && !ferror(stdout); ++iteration) {
        sampler_share(sampler, iteration, rows);
        for (int64_t s = 0; s < sampler->global_batch; ++s)
            printf("%s%lld", s > 0 ? " " : "", (long long)rows[s]);
        putchar('\n');
    }
}

/* Prints each global batch, as a job of one rank draws it. Rank 0 only. */
static enum status print_as_one_rank(const struct config *config, struct error *error)
{
    const struct holdout holdout = {(uint64_t)config->seed, config->rows, config->validation_rows};
    struct sampler sampler;
    int64_t *rows = malloc((size_t)config->batch_size * sizeof *rows);
    const bool created = rows && sampler_create(&sampler, sampler_mode_find(config->sampling),
                                                &holdout, config->batch_size, 1, 1, 0, 1);
    enum status status = STATUS_DONE;
    if (created) {
        print_batches(&sampler, config->iterations, rows);
        sampler_destroy(&sampler);
    } else {
        status = error_memory(error, NULL, "the batches");
    }
    free(rows);
    return status;
}

enum status batches_command(const struct job *job, struct error *error)
{
    const enum status status =
        job->world->rank == 0 ? print_as_one_rank(job->config, error) : STATUS_DONE;
    return world_agree(job->world, status, error);
}
