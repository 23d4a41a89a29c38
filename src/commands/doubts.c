/* SPDX-License-Identifier: MIT */
#include "doubts.h"

#include "runs/run_record.h"
#include "runs/weights_source.h"
#include "training/data_summary.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

void doubts_about_values(const struct config *config, const struct samples_extent *inputs,
                         const char *name)
{
    char run_dir[PATH_MAX];
    struct samples_extent training;
    struct error line;
    if (weights_source_run(config->file, run_dir) && run_record_values(run_dir, &training) &&
        data_summary_differ(&training, inputs, name, &line))
        fprintf(stderr, "dtrain: %s\n", line.text);
}

void doubts_about_rows(const struct world *world, const struct config *config,
                       const struct dataset *dataset, enum dataset_split split,
                       const struct samples *samples)
{
    const struct image_type *type = dataset->types[split];
    const struct samples_extent inputs = data_summary_extent(
        world, samples_extent(samples, samples->first_row, samples->first_row + samples->rows));
    char name[64];
    if (world->rank != 0)
        return;
    snprintf(name, sizeof name, "/%s/images", dataset_split_name(split));
    for (int i = 0; i < dataset->remarks.count; ++i)
        fprintf(stderr, "dtrain: %s\n", dataset->remarks.lines[i].text);
    if (type->note)
        fprintf(stderr, "dtrain: %s is %s: the values are %s\n", name, type->name, type->note);
    doubts_about_values(config, &inputs, name);
}
