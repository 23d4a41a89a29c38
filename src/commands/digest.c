/* SPDX-License-Identifier: MIT
 *
 * dtrain digest: the numbers that stand for all bits of saved weights and of a run's metrics. */
#include "core/model/digest.h"

#include "commands.h"
#include "files/path.h"
#include "runs/metrics.h"
#include "runs/weights_source.h"

#include <stdio.h>
#include <stdlib.h>

/* Rank 0 only. */
static enum status print_digests(const char *source, const struct tensors *tensors,
                                 const double *theta, struct error *error)
{
    struct digest parameters, metrics;
    char text[DIGEST_TEXT_SIZE];
    const bool is_run = path_is_folder(source);
    if (!digest_parameters(tensors, theta, &parameters))
        return error_memory(error, source, "the digest");
    if (is_run && metrics_digest(source, &metrics, error))
        return error->status;
    digest_format(parameters, text);
    printf("parameters %s\n", text);
    if (is_run) {
        digest_format(metrics, text);
        printf("metrics    %s\n", text);
    }
    return STATUS_DONE;
}

enum status digest_command(const struct job *job, struct error *error)
{
    const char *const source = job->config->file;
    struct tensors tensors;
    double *theta;
    if (weights_source_load(job->world, source, &tensors, &theta, NULL, error))
        return error->status;
    enum status status = STATUS_DONE;
    if (job->world->rank == 0)
        status = print_digests(source, &tensors, theta, error);
    free(theta);
    return world_agree(job->world, status, error);
}
