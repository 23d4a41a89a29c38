/* SPDX-License-Identifier: MIT */
#include "iteration_table.h"

#include "ranks/collective.h"

/* The ranks fill in the rows that they hold, and share them. */
static void gather_rows(struct trainer *trainer, struct batch *batch, int64_t iteration)
{
    struct loader *loader = &trainer->loader;
    const struct sampler *sampler = &loader->sampler;
    const struct range owned = sampler_owned(sampler);
    batch_begin(batch, iteration);
    loader_next(loader, iteration);
    for (int64_t i = owned.begin; i < owned.end; ++i) {
        const struct sample sample = samples_row(&loader->train, loader->rows[i]);
        batch_put(batch, sampler->positions.begin + i, &sample);
    }
    collective_unite(trainer->world, batch->numbers, batch->count);
    collective_sum(trainer->world, batch->numbered, (size_t)batch->rows);
}

static void fill(struct trainer *trainer, struct batch *batch, int64_t iteration)
{
    if (dataset_is_there(trainer->loader.dataset))
        gather_rows(trainer, batch, iteration);
    else
        batch_take_replicates(batch, iteration);
}

enum status iteration_table_begin(struct trainer *trainer, int64_t iteration, struct error *error)
{
    struct evaluations *evaluations = &trainer->by_evaluations.evaluations;
    const bool has_before = iteration > 1;
    if (evaluations->iteration == iteration)
        return STATUS_DONE;
    const struct batch last = evaluations->batch;
    evaluations->batch = evaluations->before;
    evaluations->before = last;
    if (has_before && evaluations->before.iteration != iteration - 1)
        fill(trainer, &evaluations->before, iteration - 1);
    fill(trainer, &evaluations->batch, iteration);
    return evaluations_begin(evaluations, iteration, trainer->theta,
                             has_before ? evaluations->batch.rows : 0, error);
}
