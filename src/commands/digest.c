/* SPDX-License-Identifier: MIT
 *
 * dtrain digest: the numbers that stand for all bits of saved weights, of a run's metrics and of
 * its failures. */
#include "core/model/digest.h"

#include "commands.h"
#include "files/path.h"
#include "runs/metrics.h"
#include "runs/weights_source.h"

#include <stdio.h>
#include <stdlib.h>

static void print_digest(const char *name, struct digest digest)
{
    char text[DIGEST_TEXT_SIZE];
    digest_format(digest, text);
    printf("%-10s %s\n", name, text);
}

/* Rank 0 only. */
static enum status print_digests(const char *source, const struct tensors *tensors,
                                 const double *theta, struct error *error)
{
    struct digest parameters, metrics, failures;
    const bool is_run = path_is_folder(source), has_failures = metrics_has_failures(source);
    if (!digest_parameters(tensors, theta, &parameters))
        return error_memory(error, source, "the digest");
    if (is_run && metrics_digest(source, &metrics, error))
        return error->status;
    if (has_failures && metrics_digest_failures(source, &failures, error))
        return error->status;
    print_digest("parameters", parameters);
    if (is_run)
        print_digest("metrics", metrics);
    if (has_failures)
        print_digest("failures", failures);
    return STATUS_DONE;
}

enum status digest_command(const struct job *job, struct error *error)
{
    const char *const source = job->config->file;
    struct tensors tensors;
    double *theta;
    if (weights_source_load(job->world, source, &tensors, &theta, NULL, NULL, error))
        return error->status;
    enum status status = STATUS_DONE;
    if (job->world->rank == 0)
        status = print_digests(source, &tensors, theta, error);
    free(theta);
    return world_agree(job->world, status, error);
}
