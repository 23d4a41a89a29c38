/* SPDX-License-Identifier: MIT */
#include "model_source.h"

#include "shared_object.h"

bool model_source_exists(const struct model_source *source)
{
    return source->linked || source->file || source->is_process;
}

enum status model_source_load(const struct world *world, const struct model_source *source,
                              struct error *error)
{
    return source->is_process ? STATUS_DONE
                              : shared_object_load(world, source->file, source->linked, error);
}

bool model_source_evaluates(const struct model_source *source)
{
    return source->is_process || shared_object_evaluates();
}

bool model_source_needs_no_data(const struct model_source *source)
{
    return source->is_process || shared_object_takes_no_data();
}

enum status model_source_make(const struct world *world, const struct model_source *source,
                              const struct dtrain_shape *data, double step, struct model *model,
                              struct error *error)
{
    return source->is_process
               ? model_command_make(world, &source->command, data, step, model, error)
               : shared_object_make(world, data, step, model, error);
}
