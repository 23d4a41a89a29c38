/* SPDX-License-Identifier: MIT */
#include "loader.h"

#include "common/xxh3.h"
#include "ranks/collective.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)CONFIG_CLASSES_MAX == (int)DATASET_CLASSES_MAX,
               "--classes takes as many as a dataset can have");

static enum status create_sampler(struct loader *loader, const struct world *world,
                                  const struct config *config, int64_t groups, int parts,
                                  struct error *error)
{
    const struct holdout holdout = {(uint64_t)config->seed,
                                    loader->dataset->global_rows[DATASET_TRAIN],
                                    config->validation_rows};
    const bool created =
        sampler_create(&loader->sampler, sampler_mode_find(config->sampling), &holdout,
                       config->batch_size, groups, parts, world->rank, world->size);
    if (created)
        loader->rows =
            malloc(((size_t)sampler_local_batch(&loader->sampler) + 1) * sizeof *loader->rows);
    return world_agree_memory(world, loader->rows, NULL, "the batches", error);
}

static void add_set(struct loader *loader, struct evaluation_set set)
{
    if (set.rows.global_count > 0)
        loader->sets[loader->set_count++] = set;
}

/* The largest |number| to be predicted in a split; 0 if its targets are labels. */
static double largest_target(const struct loader *loader, enum dataset_split split)
{
    const struct samples_extent *targets = &loader->summary.targets[split];
    return fmax(fabs(targets->smallest), fabs(targets->largest));
}

/* The sets to evaluate, of which this rank has some rows: the training rows that are drawn from,
 * those held out, which come behind them in `numbers`, and the test set. */
static void list_sets(struct loader *loader, const int64_t *numbers, int64_t left, int64_t held_out,
                      struct range test)
{
    const struct holdout *holdout = &loader->sampler.holdout;
    const double train_target = largest_target(loader, DATASET_TRAIN);
    add_set(loader, (struct evaluation_set){.name = "train",
                                            .rows = {&loader->train, numbers, left,
                                                     holdout_left(holdout), train_target}});
    add_set(loader, (struct evaluation_set){.name = "validation",
                                            .rows = {&loader->train, numbers + left, held_out,
                                                     holdout->count, train_target},
                                            .judges = true});
    add_set(loader, (struct evaluation_set){.name = "test",
                                            .rows = {&loader->test, NULL, test.end - test.begin,
                                                     loader->dataset->global_rows[DATASET_TEST],
                                                     largest_target(loader, DATASET_TEST)},
                                            .at_end = holdout->count > 0});
}

const struct evaluation_set *loader_judge(const struct loader *loader)
{
    for (int i = 0; i < loader->set_count; ++i)
        if (loader->sets[i].judges)
            return &loader->sets[i];
    return NULL;
}

/* Adds this rank's rows that are held out, or those that are not, to a list, in rising order.
 * Returns how many there are. */
static int64_t list_rows(const struct loader *loader, bool held_out, int64_t *numbers)
{
    const struct range rows = sampler_evaluation_rows(&loader->sampler);
    int64_t count = 0;
    for (int64_t row = rows.begin; row < rows.end; ++row)
        if (holdout_contains(&loader->sampler.holdout, row) == held_out)
            numbers[count++] = row;
    return count;
}

/* Lists the training rows that this rank evaluates, first those that are drawn from. */
static enum status list_evaluated(struct loader *loader, const struct world *world,
                                  struct range test, struct error *error)
{
    const struct range rows = sampler_evaluation_rows(&loader->sampler);
    int64_t *numbers = malloc(((size_t)(rows.end - rows.begin) + 1) * sizeof *numbers);
    loader->evaluated = numbers;
    if (world_agree_memory(world, numbers, NULL, "the rows to evaluate", error))
        return error->status;
    const int64_t left = list_rows(loader, false, numbers);
    const int64_t held_out = list_rows(loader, true, numbers + left);
    list_sets(loader, numbers, left, held_out, test);
    return STATUS_DONE;
}

enum status loader_create(struct loader *loader, const struct world *world,
                          const struct config *config, const struct dataset *dataset,
                          int64_t groups, int parts, struct error *error)
{
    *loader = (struct loader){.dataset = dataset, .summary.dataset = dataset};
    if (!dataset_is_there(dataset)) {
        loader->sampler.epoch_iterations = 1;
        return STATUS_DONE;
    }
    const int64_t global_test = dataset->global_rows[DATASET_TEST];
    const struct range test = range_split(global_test, world->rank, world->size);
    if (create_sampler(loader, world, config, groups, parts, error) ||
        dataset_read_hashed(dataset, DATASET_TRAIN, sampler_shard(&loader->sampler),
                            sampler_evaluation_rows(&loader->sampler), &loader->train, error) ||
        dataset_read(dataset, DATASET_TEST, test, &loader->test, error) ||
        data_summary_add(&loader->summary, world, DATASET_TRAIN, &loader->train,
                         sampler_evaluation_rows(&loader->sampler), error) ||
        (global_test > 0 &&
         data_summary_add(&loader->summary, world, DATASET_TEST, &loader->test, test, error)) ||
        list_evaluated(loader, world, test, error))
        return error->status;
    return STATUS_DONE;
}

void loader_destroy(struct loader *loader)
{
    dataset_free_samples(&loader->train);
    dataset_free_samples(&loader->test);
    data_summary_destroy(&loader->summary);
    sampler_destroy(&loader->sampler);
    free(loader->rows);
    free(loader->evaluated);
    loader->rows = loader->evaluated = NULL;
}

struct share loader_next(struct loader *loader, int64_t iteration)
{
    return sampler_share(&loader->sampler, iteration, loader->rows);
}

uint64_t loader_fingerprint(const struct loader *loader, const struct world *world)
{
    const char *const recipe = loader->dataset->recipe;
    const uint64_t rows = collective_sum_hash(world, loader->train.hash);
    return recipe ? XXH3_64bits_withSeed(recipe, strlen(recipe), rows) : rows;
}
